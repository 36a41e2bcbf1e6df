// Loaded before a Node program (`node --require`), so that its HTTPS connections all end at the
// simulator, at the port in WX_SIM_PORT.
//
// The program and the packages it uses stay as they are. They build the URLs of the real hosts and
// send the `Host` of these; only the bytes go, without TLS, to 127.0.0.1 instead. No name can be
// resolved, so nothing leaves this machine.

'use strict'

const dns = require('node:dns')
const net = require('node:net')
const tls = require('node:tls')

const port = Number(process.env.WX_SIM_PORT)

tls.connect = () => net.connect(port, '127.0.0.1')
dns.lookup = (host, options, callback) => {
  const done = callback ?? options
  process.nextTick(done, new Error(`${host} is not the simulator`))
}

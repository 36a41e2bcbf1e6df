"""Runs a Python program whose HTTPS connections all end at the simulator.

Usage: redirect.py PORT PROGRAM [ARGUMENT …]

The program and the packages it uses stay as they are. They build the URLs of the real hosts, send
the `Host` of these and keep their cookies by these; only the bytes go, without TLS, to
127.0.0.1:PORT instead. A connection to anywhere else is an error, so nothing leaves this machine.
"""

import html
import html.parser
import runpy
import socket
import sys

import urllib3.connection

port = int(sys.argv[1])


def connect(self):
    self.sock = socket.create_connection(("127.0.0.1", port))
    # Otherwise each request warns that nobody looked at the certificate.
    self.is_verified = True


def stay_here(event, arguments):
    if event == "socket.connect" and arguments[1] != ("127.0.0.1", port):
        raise OSError(f"{arguments[1]} is not the simulator")


urllib3.connection.HTTPConnection.connect = connect
urllib3.connection.HTTPSConnection.connect = connect
sys.addaudithook(stay_here)

# itchat 1.3.10 is older than Python 3.9, which dropped this method of the standard library.
html.parser.HTMLParser.unescape = staticmethod(html.unescape)

del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")

// A bot on wechat4u as its users write them: it knows nothing of a simulator.
//
// Usage: wechat4u_bot.cjs PICTURE FILE
//
// It waits for a private text, a text in a room and a picture, answers the private one with a text,
// the picture and the file, and logs out. What it sees it tells in JSON, one object a line.

'use strict'

const { createHash } = require('node:crypto')
const { createReadStream } = require('node:fs')
const Wechat = require('wechat4u')

const [picture, file] = process.argv.slice(2)
const missing = new Set(['text', 'room text', 'picture'])
let friend

const tell = (event, what) => console.log(JSON.stringify({ event, ...what }))

const seen = async (event, what) => {
  tell(event, what)
  if (missing.delete(event) && missing.size === 0) await answer()
}

const answer = async () => {
  const sent = [
    await bot.sendMsg('收到 😄 <ok> & "done"', friend),
    await bot.sendMsg({ file: createReadStream(picture) }, friend),
    await bot.sendMsg({ file: createReadStream(file) }, friend)
  ]
  tell('answered', { codes: sent.map(reply => reply.BaseResponse.Ret) })
  bot.stop()
}

const bot = new Wechat()
bot.on('login', () => tell('login'))
bot.on('error', error => {
  tell('error', { text: `${error.tips ?? ''} ${error.message}`.trim() })
})
bot.on('message', async message => {
  if (message.isSendBySelf) return
  const { MsgType: type, FromUserName: from } = message
  if (type === bot.CONF.MSGTYPE_IMAGE) {
    const { data } = await bot.getMsgImg(message.MsgId)
    await seen('picture', { md5: createHash('md5').update(data).digest('hex') })
  } else if (type === bot.CONF.MSGTYPE_TEXT && from.startsWith('@@')) {
    // Rooms come without the names of their members, until they are asked for.
    const [room] = await bot.batchGetContact([{ UserName: from }])
    bot.updateContacts([room])
    const [, id, text] = message.OriginalContent.match(/^(@\w+):<br\/>(.*)$/)
    const member = room.MemberList.find(({ UserName }) => UserName === id)
    const who = member.DisplayName || member.NickName
    await seen('room text', { who, room: bot.contacts[from].NickName, text })
  } else if (type === bot.CONF.MSGTYPE_TEXT) {
    friend = from
    await seen('text', { who: bot.contacts[from].NickName, text: message.Content })
  }
})
bot.start()

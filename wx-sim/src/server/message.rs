//! Messages as a session receives them.

use std::time::Duration;

use super::account::{Account, ME, Peer};
use super::friends::Applicant;
use super::reply::Json;
use super::session::Session;
use super::text::encode_text;

/// A message on its way to the client, with people instead of names.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) msg_id: u64,
    pub(super) at: Duration,
    pub(super) from: Peer,
    pub(super) to: Peer,
    /// Who said it in a room. `None`: nobody, or oneself on the phone; there is no prefix then.
    pub(super) speaker: Option<usize>,
    pub(super) msg_type: u32,
    pub(super) status: u32,
    pub(super) content: Content,
    pub(super) notify: Option<Notify>,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    /// What somebody typed.
    Plain(String),
    /// What is to stand in `Content`, as it is.
    Wire(String),
    /// Somebody who wants to be a friend.
    Applicant(Box<Applicant>),
}

/// The members of a status notification.
#[derive(Clone, Debug)]
pub(super) struct Notify {
    pub(super) code: u32,
    pub(super) peers: Vec<Peer>,
}

impl Message {
    /// A text or notice in a chat, from one of the account's people.
    pub(super) fn in_chat(
        msg_id: u64,
        at: Duration,
        chat: Peer,
        from: usize,
        content: Content,
    ) -> Self {
        let (sender, to, speaker) = match chat {
            _ if from == ME => (Peer::Person(ME), chat, None),
            Peer::Room(_) => (chat, Peer::Person(ME), Some(from)),
            Peer::Person(_) => (Peer::Person(from), Peer::Person(ME), None),
        };
        Self {
            msg_id,
            at,
            from: sender,
            to,
            speaker,
            msg_type: 1,
            status: 3,
            content,
            notify: None,
        }
    }

    /// The item of `AddMsgList`, with the names of a session.
    pub(super) fn json(&self, session: &Session) -> Json {
        let prefix = match self.speaker {
            Some(speaker) => format!("{}:<br/>", session.name(Peer::Person(speaker))),
            None => String::new(),
        };
        let content = match &self.content {
            Content::Plain(text) => encode_text(text),
            Content::Wire(wire) => wire.clone(),
            Content::Applicant(who) => who.xml(),
        };
        let names = |peers: &[Peer]| {
            peers
                .iter()
                .map(|peer| session.name(*peer))
                .collect::<Vec<_>>()
                .join(",")
        };
        let (code, notified) = self
            .notify
            .as_ref()
            .map_or((0, String::new()), |n| (n.code, names(&n.peers)));
        let recommend_info = match &self.content {
            Content::Applicant(who) => who.json(session),
            Content::Plain(_) | Content::Wire(_) => recommend_info(),
        };
        let pictured = matches!(self.msg_type, 3 | 47);
        let nothing = || Json::from("");
        let zero = || Json::Num(0);
        Json::Object(vec![
            ("MsgId", self.msg_id.to_string().into()),
            ("FromUserName", session.name(self.from).into()),
            ("ToUserName", session.name(self.to).into()),
            ("MsgType", self.msg_type.into()),
            ("Content", format!("{prefix}{content}").into()),
            ("Status", self.status.into()),
            ("ImgStatus", Json::Num(if pictured { 2 } else { 1 })),
            ("CreateTime", Json::Big(self.at.as_secs())),
            ("VoiceLength", zero()),
            ("PlayLength", zero()),
            ("FileName", nothing()),
            ("FileSize", nothing()),
            ("MediaId", nothing()),
            ("Url", nothing()),
            ("AppMsgType", zero()),
            ("StatusNotifyCode", code.into()),
            ("StatusNotifyUserName", notified.into()),
            ("RecommendInfo", recommend_info),
            ("ForwardFlag", zero()),
            (
                "AppInfo",
                Json::Object(vec![("AppID", nothing()), ("Type", zero())]),
            ),
            ("HasProductId", zero()),
            ("Ticket", nothing()),
            ("ImgHeight", zero()),
            ("ImgWidth", zero()),
            ("SubMsgType", zero()),
            ("NewMsgId", Json::Big(self.msg_id)),
            ("OriContent", nothing()),
            ("EncryFileName", nothing()),
        ])
    }
}

fn recommend_info() -> Json {
    Json::Object(vec![
        ("UserName", "".into()),
        ("NickName", "".into()),
        ("QQNum", Json::Num(0)),
        ("Province", "".into()),
        ("City", "".into()),
        ("Content", "".into()),
        ("Signature", "".into()),
        ("Alias", "".into()),
        ("Scene", Json::Num(0)),
        ("VerifyFlag", Json::Num(0)),
        ("AttrStatus", Json::Num(0)),
        ("Sex", Json::Num(0)),
        ("Ticket", "".into()),
        ("OpCode", Json::Num(0)),
    ])
}

/// The content of a recall, as it stands on the wire: escaped as a whole, with the names inside
/// `CDATA` encoded as names are.
pub(super) fn recall(account: &Account, chat: Peer, from: usize, msg_id: u64) -> String {
    let line = if from == ME {
        "你撤回了一条消息".to_owned()
    } else {
        let name = match chat {
            Peer::Room(room) => account.card(room, from),
            Peer::Person(_) => account.shown(Peer::Person(from)),
        };
        format!("\"{name}\" 撤回了一条消息")
    };
    // A number of 32 bit that means nothing to a client.
    let old = msg_id % 0x7fff_ffff;
    let plain = account.plain(chat);
    escape(&format!(
        "<sysmsg type=\"revokemsg\"><revokemsg><session>{plain}</session><oldmsgid>{old}</oldmsgid>\
         <msgid>{msg_id}</msgid><replacemsg><![CDATA[{line}]]></replacemsg></revokemsg></sysmsg>"
    ))
}

/// The content of a status notification as it was until the spring of 2017, with the ids that stay
/// in the order of the names beside it.
pub(super) fn operation(account: &Account, code: u32, peers: &[Peer], at: Duration) -> String {
    let list: Vec<&str> = peers.iter().map(|peer| account.plain(*peer)).collect();
    let mut lines = format!(
        "<msg>\n<op id='{code}'>\n<username>{}</username>\n",
        list.join(",")
    );
    if code == 4 {
        // The same element name once more, one level deeper.
        for chat in list.iter().take(1) {
            lines.push_str(&format!(
                "<unreadchatlist>\n<chat>\n<username>{chat}</username>\n<lastreadtime>{}\
                 </lastreadtime>\n</chat>\n</unreadchatlist>\n<unreadfunctionlist>\n\
                 </unreadfunctionlist>\n",
                at.as_secs()
            ));
        }
    }
    lines.push_str("</op>\n</msg>");
    escape(&lines)
}

/// XML inside `Content`: the markup is escaped once, quotes stay, emoji are spans.
pub(super) fn escape(xml: &str) -> String {
    encode_text(xml)
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
}

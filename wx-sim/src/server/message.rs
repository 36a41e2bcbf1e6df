//! Messages as a session receives them.

use std::time::Duration;

use super::account::{Account, Heard};
use super::friends::Applicant;
use super::notice::{Language, Notice};
use super::peer::{ME, Peer};
use super::reply::Json;
use super::session::Session;
use super::text::{encode_name, encode_text};
use super::upload::encry_file_name;

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
    pub(super) extra: Extra,
}

/// The members that most messages leave empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    /// Milliseconds.
    pub(super) voice_length: u64,
    /// Seconds.
    pub(super) play_length: u32,
    pub(super) file_name: String,
    /// Digits, or nothing.
    pub(super) file_size: String,
    pub(super) media_id: String,
    pub(super) url: String,
    pub(super) app_msg_type: u32,
    pub(super) app_id: String,
    pub(super) recommended: Option<Recommended>,
    pub(super) has_product_id: u32,
    /// Height and width.
    pub(super) image: (u32, u32),
    pub(super) sub_msg_type: u32,
    pub(super) ori_content: String,
}

/// Who is recommended: a person of the account, with what a card tells of them.
#[derive(Clone, Debug)]
pub(super) struct Recommended {
    pub(super) who: Peer,
    pub(super) nick: String,
    pub(super) province: String,
    pub(super) signature: String,
    pub(super) sex: u32,
    pub(super) verify_flag: u32,
    pub(super) attr_status: u32,
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
            extra: Extra::default(),
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
        let extra = &self.extra;
        let recommend_info = match &self.content {
            Content::Applicant(who) => who.json(session),
            Content::Plain(_) | Content::Wire(_) => recommend_info(session, extra),
        };
        // A sticker of the store comes as a text with nothing in it.
        let pictured = matches!(self.msg_type, 3 | 47) || extra.has_product_id > 0;
        // Only a file can be asked for by its name.
        let encry = match extra.media_id.as_str() {
            "" => String::new(),
            _ => encry_file_name(&extra.file_name),
        };
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
            ("VoiceLength", Json::Big(extra.voice_length)),
            ("PlayLength", extra.play_length.into()),
            ("FileName", encode_name(&extra.file_name).into()),
            ("FileSize", extra.file_size.as_str().into()),
            ("MediaId", extra.media_id.as_str().into()),
            ("Url", encode_text(&extra.url).into()),
            ("AppMsgType", extra.app_msg_type.into()),
            ("StatusNotifyCode", code.into()),
            ("StatusNotifyUserName", notified.into()),
            ("RecommendInfo", recommend_info),
            ("ForwardFlag", zero()),
            (
                "AppInfo",
                Json::Object(vec![
                    ("AppID", extra.app_id.as_str().into()),
                    ("Type", zero()),
                ]),
            ),
            ("HasProductId", extra.has_product_id.into()),
            ("Ticket", nothing()),
            ("ImgHeight", extra.image.0.into()),
            ("ImgWidth", extra.image.1.into()),
            ("SubMsgType", extra.sub_msg_type.into()),
            ("NewMsgId", Json::Big(self.msg_id)),
            ("OriContent", extra.ori_content.as_str().into()),
            ("EncryFileName", encry.into()),
        ])
    }
}

fn recommend_info(session: &Session, extra: &Extra) -> Json {
    let who = extra.recommended.as_ref();
    let text = |of: fn(&Recommended) -> &String| {
        Json::from(who.map_or(String::new(), |who| encode_name(of(who))))
    };
    let number = |of: fn(&Recommended) -> u32| Json::from(who.map_or(0, of));
    let name = who.map_or(String::new(), |who| session.name(who.who));
    Json::Object(vec![
        ("UserName", name.into()),
        ("NickName", text(|who| &who.nick)),
        ("QQNum", Json::Num(0)),
        ("Province", text(|who| &who.province)),
        ("City", "".into()),
        ("Content", "".into()),
        ("Signature", text(|who| &who.signature)),
        ("Alias", "".into()),
        ("Scene", Json::Num(i64::from(who.is_some()) * 17)),
        ("VerifyFlag", number(|who| who.verify_flag)),
        ("AttrStatus", number(|who| who.attr_status)),
        ("Sex", number(|who| who.sex)),
        ("Ticket", "".into()),
        ("OpCode", Json::Num(0)),
    ])
}

/// The content of a recall, as it stands on the wire: escaped as a whole, with the names inside
/// `CDATA` encoded as names are.
pub(super) fn recall(account: &Account, heard: &Heard, language: Language) -> String {
    let (chat, from, msg_id) = (heard.chat, heard.from, heard.msg_id);
    let name = match chat {
        Peer::Room(room) => account.card(room, from),
        Peer::Person(_) => account.shown(Peer::Person(from)),
    };
    let by = (from != ME).then_some(name);
    let line = Notice::Recalled { by }.text(language);
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

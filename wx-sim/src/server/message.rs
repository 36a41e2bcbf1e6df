//! Messages on their way to a client, before they have its names.

use std::time::Duration;

use super::account::{Account, Heard};
use super::notice::{Language, Notice};
use super::peer::{ME, Peer, Person};
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

/// Somebody who wants to be a friend.
#[derive(Clone, Debug)]
pub(super) struct Applicant {
    pub(super) at: usize,
    pub(super) person: Person,
    pub(super) ticket: String,
    pub(super) words: String,
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

//! What the service itself says: recalls, calls, and what happened on the phone.

use super::{
    Body, MsgType, Notice, NotifyCode, Who, attr, msg_id, notice::recalled_by, number, payload,
    some,
};
use crate::{MsgId, endpoint::message::MessageRecord, wire::xml::Element};

/// Something happened on the phone or in another client of the account. Nothing was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusNotify {
    /// What happened.
    pub code: NotifyCode,
    /// The chats it is about.
    pub users: Vec<String>,
    /// For each of `users` the account name behind it, the same in every login. Empty where the
    /// service did not say, which is so since 2017, or where the two lists do not match.
    pub accounts: Vec<String>,
    /// Chats with unread messages, as the phone sees it. Empty since 2017.
    pub unread: Vec<UnreadChat>,
}

/// A chat with unread messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadChat {
    /// The account name of the chat, the same in every login; no request accepts it.
    pub account: String,
    /// When it was read last; Unix time in seconds.
    pub last_read: Option<u64>,
}

impl UnreadChat {
    fn read(chat: &Element) -> Option<Self> {
        Some(Self {
            account: some(chat.child("username")?.text.trim())?,
            last_read: number(chat.child("lastreadtime").map(|time| time.text.as_str())),
        })
    }
}

impl StatusNotify {
    pub(super) fn read(record: &MessageRecord, said: &str) -> Self {
        let names = list(&record.status_notify_user_name);
        let xml = payload(said);
        let op = xml.as_ref().and_then(|xml| xml.descendant("op"));
        // Chats with unread messages repeat the element further down.
        let accounts = op
            .and_then(|op| op.child("username"))
            .map_or(Vec::new(), |names| list(&names.text));
        let unread = op.and_then(|op| op.child("unreadchatlist"));
        let unread = unread.into_iter().flat_map(|unread| &unread.children);
        // They belong together by position, so nothing may be left out before that is checked.
        let paired = names.len() == accounts.len();
        let (users, accounts) = names
            .iter()
            .enumerate()
            .filter(|(_, name)| !name.is_empty())
            .map(|(at, name)| {
                let account = accounts.get(at).copied().unwrap_or_default();
                ((*name).to_owned(), account.to_owned())
            })
            .unzip();
        Self {
            code: NotifyCode(record.status_notify_code),
            users,
            accounts: if paired { accounts } else { Vec::new() },
            unread: unread.filter_map(UnreadChat::read).collect(),
        }
    }
}

/// A phone tells of about a hundred. A list of commas would take fifty times its size.
const NAMES: usize = 10_000;

/// Names between commas. One comma too many at the end is nobody.
fn list(names: &str) -> Vec<&str> {
    let names = names.trim().split(',').map(str::trim);
    let mut names: Vec<_> = names.take(NAMES).collect();
    while names.last().is_some_and(|name| name.is_empty()) {
        names.pop();
    }
    names
}

/// Somebody took a message back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recalled {
    /// The message that is gone; its id as it was delivered.
    pub msg_id: Option<MsgId>,
    /// The same by its other number, where the service says that.
    pub new_msg_id: Option<MsgId>,
    /// The service wrote 0 for the id. The official page takes that as the last message the
    /// account itself sent to this chat.
    pub last_own: bool,
    /// The sentence the phone shows instead.
    pub replace_msg: Option<String>,
    /// Who did it, by that sentence; best effort. In a room, the sender of the content is more
    /// reliable where there is one.
    pub by: Option<Who>,
}

impl Recalled {
    fn read(recall: &Element) -> Self {
        let text = |name| recall.child(name).map(|child| child.text.as_str());
        let id = |name| text(name).and_then(msg_id);
        let sentence = text("replacemsg");
        Self {
            msg_id: id("msgid"),
            new_msg_id: id("newmsgid"),
            last_own: text("msgid").is_some_and(|id| id.trim() == "0"),
            replace_msg: sentence.and_then(some),
            by: sentence.and_then(recalled_by),
        }
    }
}

/// A call, which only the phone can take. There is nothing else to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// How far it got.
    pub step: CallStep,
}

/// How far a call got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallStep {
    /// A message about a call.
    Message,
    /// An invitation to it.
    Invited,
    /// It is over.
    Ended,
}

impl Call {
    pub(super) fn read(msg_type: MsgType) -> Self {
        let step = match msg_type {
            MsgType::VOIP_INVITATION => CallStep::Invited,
            MsgType::VOIP_ENDED => CallStep::Ended,
            _ => CallStep::Message,
        };
        Self { step }
    }
}

/// Something else happened in a chat: a room has a new to-do list. Mostly it is for the phone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct System {
    /// The service's word for it: `roomtoolstips` and others.
    pub kind: String,
    /// The sentence for it, with names still to be filled in where `$name$` or `${account}` stands.
    pub template: Option<String>,
}

impl System {
    fn read(kind: &str, xml: &Element) -> Self {
        let template = xml.descendant("template").map(|found| found.text.as_str());
        Self {
            kind: kind.to_owned(),
            template: template.and_then(some),
        }
    }
}

/// `None` for what has no readable XML.
pub(super) fn read(said: &str) -> Option<Body> {
    let xml = payload(said)?;
    // By name, not by path: what stands round it differs.
    if let Some(recall) = xml.descendant("revokemsg") {
        return Some(Body::Recalled(Recalled::read(recall)));
    }
    let kind = attr(Some(&xml), "type")?;
    let notice = match kind {
        "sysmsgtemplate" => Notice::of_template(&xml),
        "pat" => Notice::of_nudge(&xml),
        "roomtips" => Notice::of_tip(&xml),
        _ => None,
    };
    let system = || Body::System(System::read(kind, &xml));
    Some(notice.map_or_else(system, Body::Notice))
}

//! What the service itself says: notices, recalls, and what happened on the phone.

use super::{Body, NotifyCode, attr, payload, some};
use crate::{MsgId, endpoint::message::MessageRecord, wire::xml::Element};

/// A sentence of the service in the chat: who joined, that money is waiting on the phone, that a
/// message did not arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// In the language of the account, as the phone shows it: blanks at its end included, links as
    /// `<a href=…>`.
    pub text: String,
}

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
        }
    }
}

/// Names between commas. One comma too many at the end is nobody.
fn list(names: &str) -> Vec<&str> {
    let mut names: Vec<_> = names.trim().split(',').map(str::trim).collect();
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
}

impl Recalled {
    fn read(recall: &Element) -> Self {
        let text = |name| recall.child(name).map(|child| child.text.as_str());
        let id = |name| text(name).and_then(msg_id);
        Self {
            msg_id: id("msgid"),
            new_msg_id: id("newmsgid"),
            last_own: text("msgid").is_some_and(|id| id.trim() == "0"),
            replace_msg: text("replacemsg").and_then(some),
        }
    }
}

fn msg_id(digits: &str) -> Option<MsgId> {
    let digits = digits.trim();
    // 19 digits are the most there are; a number of 64 bits has 20.
    let valid = digits.len() <= 20 && digits.bytes().all(|digit| digit.is_ascii_digit());
    MsgId::new(digits).filter(|_| valid)
}

/// Something else happened in a chat: somebody was nudged, a room has a new to-do list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct System {
    /// The service's word for it: `pat`, `sysmsgtemplate`, `roomtoolstips` and others.
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
    Some(Body::System(System::read(kind, &xml)))
}

//! What unread events hold of what the service sent, in bytes. Whatever the service can make long counts:
//! a field that weighs nothing is one that fills the memory.

use crate::{
    event::{ContactRequest, EventKind, Message, Recalled, RosterChange},
    id::ChatId,
    message::{Body, Who},
};

impl EventKind {
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Message(message) => message.weight(),
            Self::Recalled(recalled) => recalled.weight(),
            Self::ContactRequest(ContactRequest { from, request }) => {
                from.as_ref().map_or(0, weight_of) + request.weight()
            }
            Self::ChatSeen(chat) => weight_of(chat),
            Self::Roster(RosterChange::Changed { before, after }) => {
                before.weight() + after.weight()
            }
            Self::Roster(RosterChange::Added(contact) | RosterChange::Removed(contact)) => {
                contact.weight()
            }
            // Of these the latest is kept, or a few come on the way to a session.
            _ => 0,
        }
    }
}

impl Message {
    fn weight(&self) -> usize {
        let sender = self.sender.as_ref();
        let sender = sender.map_or(0, |it| weight_of(&it.id) + it.name.len());
        let body = match &self.body {
            Body::Unreadable(item) => item.raw.len(),
            // The record, and what was read of it.
            _ => 2 * self.record.weight(),
        };
        weight_of(&self.chat) + self.chat_name.len() + sender + body
    }
}

impl Recalled {
    fn weight(&self) -> usize {
        let by = match &self.by {
            Some(Who::Named(name) | Who::Account(name)) => name.len(),
            _ => 0,
        };
        let id = self.message.as_ref().map_or(0, |id| id.as_str().len());
        weight_of(&self.chat) + id + by + self.notice.as_ref().map_or(0, String::len)
    }
}

fn weight_of(chat: &ChatId) -> usize {
    chat.user_name().len()
}

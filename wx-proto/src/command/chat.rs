//! What is said in a chat.

use std::fmt;

use crate::{
    command::{Answer, Command, Order, sealed::Lower},
    event::Message,
    id::{ChatId, ClientMsgId, MsgId},
};

/// Sends a text to a person, a room or `filehelper`.
///
/// Texts to one chat arrive in the order of their submission. Lost replies are asked for again
/// under the same [`ClientMsgId`], so that nothing is said twice.
#[derive(Clone, PartialEq, Eq)]
pub struct SendText {
    pub(crate) chat: ChatId,
    pub(crate) text: String,
}

impl SendText {
    /// `text` as phones show it: line breaks are `\n`, emoji are themselves, QQ faces are written
    /// `[微笑]`, nothing is escaped.
    pub fn new(chat: ChatId, text: impl Into<String>) -> Self {
        Self {
            chat,
            text: text.into(),
        }
    }
}

impl fmt::Debug for SendText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendText")
            .field("chat", &self.chat)
            .field("text_len", &self.text.len())
            .finish()
    }
}

impl Command for SendText {
    type Reply = Receipt;
}

impl Lower for SendText {
    fn lower(self) -> Order {
        Order::SendText(self)
    }

    fn raise(answer: Answer) -> Option<Receipt> {
        match answer {
            Answer::Sent(receipt) => Some(receipt),
            #[cfg(feature = "_probe")]
            _ => None,
        }
    }
}

impl Message {
    /// An answer to where this message was said.
    pub fn reply(&self, text: impl Into<String>) -> SendText {
        SendText::new(self.chat.clone(), text)
    }
}

/// The service accepted a message. That it was delivered is not known: a blocked or removed
/// contact shows only by a later notice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The service's id. `None` when it accepted without naming one; such a message cannot be
    /// recalled.
    pub msg_id: Option<MsgId>,
    /// The id this client gave.
    pub client_msg_id: ClientMsgId,
}

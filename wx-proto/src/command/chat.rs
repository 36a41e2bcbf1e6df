//! What is said in a chat, taken back, and read.

use std::{fmt, time::Duration};

use crate::{
    command::{Answer, command},
    event::Message,
    id::{ChatId, ClientMsgId, MsgId},
};

/// Sends a text to a person, a room or `filehelper`.
///
/// Texts to one chat arrive in the order of their submission. Lost replies are asked for again
/// under the same [`ClientMsgId`], so that nothing is said twice.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct SendText {
    pub(crate) chat: ChatId,
    pub(crate) text: String,
    pub(crate) mention: Vec<ChatId>,
    #[cfg_attr(feature = "record", serde(with = "crate::record::blank::key"))]
    pub(crate) key: Option<Vec<u8>>,
}

command!(SendText -> Receipt, Answer::Sent(receipt) => receipt);

impl SendText {
    /// `text` as phones show it: line breaks are `\n`, emoji are themselves, QQ faces are written
    /// `[微笑]`, nothing is escaped.
    pub fn new(chat: ChatId, text: impl Into<String>) -> Self {
        Self {
            chat,
            text: text.into(),
            mention: Vec::new(),
            key: None,
        }
    }

    /// Calls on members of the room: their names stand before the text, as `@name`, and their phones
    /// point it out to them. (The official page does so; that all phones heed it is not proven.)
    ///
    /// [`Misuse::NotARoom`](crate::Misuse::NotARoom) outside rooms, and
    /// [`Misuse::NotAMember`](crate::Misuse::NotAMember) of whom no name in the room is known.
    #[must_use]
    pub fn mention(mut self, members: impl IntoIterator<Item = ChatId>) -> Self {
        self.mention.extend(members);
        self
    }

    /// Names this message, so that the same submission after a crash is the same message: its
    /// [`ClientMsgId`] follows from the key alone. The key of an answer is made of the id of what it
    /// answers, as `format!("answer to {id}")`; what has no id gets no key. Use a key for one message
    /// of the account, ever; how long the service remembers one is not known. While it is on its way
    /// to one chat, [`Misuse::KeyTaken`](crate::Misuse::KeyTaken) keeps it from another.
    #[must_use]
    pub fn key(mut self, key: impl Into<Vec<u8>>) -> Self {
        self.key = Some(key.into());
        self
    }
}

impl fmt::Debug for SendText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendText")
            .field("chat", &self.chat)
            .field("text_len", &self.text.len())
            .field("mention", &self.mention.len())
            .finish()
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
    /// Where it was said.
    pub chat: ChatId,
    /// The service's id. `None` when it accepted without naming one; such a message cannot be
    /// recalled.
    pub msg_id: Option<MsgId>,
    /// The id this client gave.
    pub client_msg_id: ClientMsgId,
    /// When it was accepted: Unix time by the caller's clock.
    pub accepted: Duration,
}

/// Takes back a message that the own account sent, for everybody.
///
/// The service allows it for [two minutes](Self::WINDOW). A refusal carries its words for the user.
///
/// ```
/// use wx_proto::{Client, Completion, CommandError, Now, Recall, SendText, Submission, Ticket};
///
/// /// What was sent by mistake goes away, once its receipt is there.
/// fn take_back(
///     client: &mut Client,
///     now: Now,
///     sent: Ticket<SendText>,
///     done: Completion,
/// ) -> Result<Ticket<Recall>, CommandError> {
///     let receipt = sent.redeem(done)?;
///     let (submission, ticket) = Submission::new(Recall::of(&receipt));
///     client.submit(now, submission);
///     Ok(ticket)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Recall {
    pub(crate) chat: ChatId,
    pub(crate) message: Option<MsgId>,
    pub(crate) id: Option<ClientMsgId>,
    /// By our own clock.
    pub(crate) accepted: Option<Duration>,
}

command!(call Recall -> RecallNotice, Answer::Recalled(notice) => notice);

impl Recall {
    /// How long after it was sent a message can be taken back.
    pub const WINDOW: Duration = Duration::from_secs(120);

    /// By the receipt of the send. After the [window](Self::WINDOW), by our own clock, nothing is
    /// asked: [`Misuse::TooLate`](crate::Misuse::TooLate).
    pub fn of(receipt: &Receipt) -> Self {
        Self {
            chat: receipt.chat.clone(),
            message: receipt.msg_id.clone(),
            id: Some(receipt.client_msg_id),
            accepted: Some(receipt.accepted),
        }
    }

    /// A message that the service showed us, for example one sent on the phone.
    /// [`Misuse::NotOwn`](crate::Misuse::NotOwn) if somebody else said it. Whether it is too late is
    /// for the service to say.
    pub fn message(message: &Message) -> Self {
        Self {
            chat: message.chat.clone(),
            message: message.id.clone().filter(|_| message.is_own()),
            id: None,
            accepted: None,
        }
    }
}

/// What the service says to a recall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecallNotice {
    /// A sentence for the user, about the window; mostly there. Decoded.
    pub introduction: String,
    /// What it wants shown in place of the message; mostly empty. Decoded.
    pub wording: String,
}

/// Marks a chat as read, which clears its badge on the phone. Nothing does so by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct MarkRead {
    pub(crate) chat: ChatId,
}

command!(call MarkRead -> (), Answer::Done => ());

impl MarkRead {
    /// All that is in this chat.
    pub fn new(chat: ChatId) -> Self {
        Self { chat }
    }
}

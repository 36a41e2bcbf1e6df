//! How something that is said looks when it comes back.

use std::fmt;

use crate::{event::Message, id::ChatId, message::Body};

/// What a message that this client sends looks like when it comes back.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) chat: ChatId,
    pub(crate) what: SaidWhat,
}

/// Somebody's words.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said")
            .field("chat", &self.chat)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum SaidWhat {
    Text(String),
    File(String),
    /// Anything else, by [`Body::kind`].
    Kind(&'static str),
}

impl Said {
    pub(crate) fn is(&self, message: &Message) -> bool {
        self.chat == message.chat
            && match (&self.what, &message.body) {
                (SaidWhat::Text(said), Body::Text(text)) => *said == text.text,
                (SaidWhat::File(name), Body::File(file)) => *name == file.name,
                (SaidWhat::Kind(kind), body) => *kind == body.kind(),
                _ => false,
            }
    }
}

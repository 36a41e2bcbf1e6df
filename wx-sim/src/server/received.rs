//! What clients sent, as it can be seen from outside.

use std::time::Duration;

use super::media::Content;
use super::{AccountId, SessionId};

/// A message the service took from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When it came first.
    pub at: Duration,
    /// Who sent it.
    pub account: AccountId,
    /// In which session.
    pub session: SessionId,
    /// The plain id of the chat it went to.
    pub chat: String,
    /// What the phone shows for that chat.
    pub chat_name: String,
    /// The name of the chat in that session.
    pub to_user_name: String,
    /// What was said, as it arrived: the text, or the XML of what is none. Empty for what is only
    /// media.
    pub text: String,
    /// What kind of message it is.
    pub what: Said,
    /// The plain ids of those whose phones were told of a mention.
    pub mentions: Vec<String>,
    /// `LocalID`, which is also `ClientMsgId`.
    pub local_id: String,
    /// The id it got.
    pub msg_id: u64,
    /// How often it came again under the same `ClientMsgId`.
    pub repeats: u32,
}

/// A kind of message a client can send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Said {
    /// A text.
    Text,
    /// A location that was forwarded.
    Location,
    /// A contact card.
    Card {
        /// The plain id of the contact.
        who: String,
    },
    /// A picture.
    Image(MediaView),
    /// A video.
    Video {
        /// The file.
        media: MediaView,
        /// It was sent as a micro video.
        micro: bool,
    },
    /// A sticker that moves.
    Sticker(MediaView),
    /// A file.
    File {
        /// The file.
        media: MediaView,
        /// The name it goes by.
        name: String,
    },
    /// An app message that was forwarded.
    App {
        /// Its `type`: 5 for a link.
        kind: u32,
        /// Its title.
        title: String,
    },
}

impl Said {
    /// One word for it: `text`, `image`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Location => "location",
            Self::Card { .. } => "card",
            Self::Image(_) => "image",
            Self::Video { .. } => "video",
            Self::Sticker(_) => "sticker",
            Self::File { .. } => "file",
            Self::App { .. } => "app",
        }
    }

    /// Its bytes, if it has some.
    #[must_use]
    pub const fn media(&self) -> Option<&MediaView> {
        match self {
            Self::Image(media) | Self::Sticker(media) => Some(media),
            Self::Video { media, .. } | Self::File { media, .. } => Some(media),
            Self::Text | Self::Location | Self::Card { .. } | Self::App { .. } => None,
        }
    }
}

/// Bytes the service has; see [`Server::media`](super::Server::media).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaView {
    /// Their md5, in 32 lower-case digits.
    pub md5: String,
    /// How many they are.
    pub size: u64,
}

impl From<&Content> for MediaView {
    fn from(content: &Content) -> Self {
        Self {
            md5: content.md5.clone(),
            size: content.size,
        }
    }
}

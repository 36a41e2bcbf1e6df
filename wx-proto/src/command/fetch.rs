//! Media on their way from the service. What comes goes to the sink that the caller lends, for
//! example with `call_writing` of an adapter, and never through the core.
//!
//! Nothing is asked again once a byte has reached the sink. An empty reply, which the service gives
//! for what it does not have any more, and a page in place of media are errors; neither touches the
//! sink.

use crate::{
    command::{Answer, command},
    endpoint::webwxgetmsgimg::ImageSize,
    event::Message,
    id::{ChatId, LoginId, MsgId},
    message::Body,
    secret::Secret,
};

/// What came. It went to the sink and nowhere else. Nothing is asked again once a byte has reached the
/// sink, so after a failure it holds a part at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fetched {
    /// Bytes that the sink got.
    pub len: u64,
    /// What the service says it is, for example `image/jpeg`. Not to be relied on.
    pub content_type: Option<String>,
}

/// A message whose media are to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Of {
    pub(crate) login: LoginId,
    /// `None` if there is nothing of that kind to fetch.
    pub(crate) msg_id: Option<MsgId>,
    /// Bytes, as far as the message says so.
    pub(crate) size: u64,
}

impl Of {
    fn new(message: &Message, has_it: bool, size: Option<u64>) -> Self {
        Self {
            login: message.chat.login(),
            msg_id: message.id.clone().filter(|_| has_it),
            size: size.unwrap_or(0),
        }
    }
}

/// Fetches the picture of a message; also the poster of a video.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchImage {
    pub(crate) of: Of,
    pub(crate) size: ImageSize,
}

command!(FetchImage -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchImage {
    /// The picture as it was sent.
    pub fn of(message: &Message) -> Self {
        Self::sized(message, ImageSize::Full)
    }

    /// The preview; of a video its poster.
    pub fn thumbnail(message: &Message) -> Self {
        Self::sized(message, ImageSize::Thumbnail)
    }

    /// The largest that there is.
    pub fn big(message: &Message) -> Self {
        Self::sized(message, ImageSize::Big)
    }

    fn sized(message: &Message, size: ImageSize) -> Self {
        let (has_it, bytes) = match &message.body {
            Body::Image(image) => (true, image.size),
            Body::Video(_) => (size == ImageSize::Thumbnail, None),
            _ => (false, None),
        };
        Self {
            of: Of::new(message, has_it, bytes),
            size,
        }
    }
}

/// Fetches a sticker, with its movement. What comes from the store is mostly not handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchSticker {
    pub(crate) of: Of,
}

command!(FetchSticker -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchSticker {
    /// The sticker of this message.
    pub fn of(message: &Message) -> Self {
        let (has_it, size) = match &message.body {
            Body::Emoticon(sticker) => (true, sticker.size),
            _ => (false, None),
        };
        Self {
            of: Of::new(message, has_it, size),
        }
    }
}

/// Fetches a voice message, as MP3.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchVoice {
    pub(crate) of: Of,
}

command!(FetchVoice -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchVoice {
    /// The voice of this message.
    pub fn of(message: &Message) -> Self {
        let (has_it, size) = match &message.body {
            Body::Voice(voice) => (true, voice.size),
            _ => (false, None),
        };
        Self {
            of: Of::new(message, has_it, size),
        }
    }
}

/// Fetches a video, as MP4.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchVideo {
    pub(crate) of: Of,
    pub(crate) from: u64,
}

command!(FetchVideo -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchVideo {
    /// The video of this message.
    pub fn of(message: &Message) -> Self {
        let (has_it, size) = match &message.body {
            Body::Video(video) => (true, video.size),
            _ => (false, None),
        };
        Self {
            of: Of::new(message, has_it, size),
            from: 0,
        }
    }

    /// Leaves out the first bytes, to go on where an earlier fetch ended. The sink gets nothing but
    /// what follows them, whatever the service sends.
    #[must_use]
    pub fn from(mut self, offset: u64) -> Self {
        self.from = offset;
        self
    }
}

/// Fetches the file of a message. How the sender named it is in
/// [`File`](crate::message::File); before it becomes a path, make it a
/// [safe one](crate::message::safe_name).
///
/// A file that is a web page itself cannot be told from one that the service shows in its place: sent
/// as a page or a text, or without a type, it is refused. Other texts come through, those of type
/// `application/json` only as attachments; and so does all that is sent as `application/octet-stream`.
///
/// ```
/// use wx_proto::{Body, FetchFile, Message};
///
/// /// The command, for `session.call_writing(command, &mut file)`, and what to call that file.
/// fn wanted(message: &Message) -> Option<(FetchFile, String)> {
///     let Body::File(file) = &message.body else { return None };
///     let is_small = file.size.is_some_and(|size| size < 10 << 20);
///     is_small.then(|| (FetchFile::of(message), file.safe_name()))
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchFile {
    pub(crate) login: LoginId,
    pub(crate) what: Option<FileOf>,
}

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct FileOf {
    /// As the record has it; in rooms the room.
    pub(crate) sender: String,
    pub(crate) media_id: Secret,
    pub(crate) encry_file_name: String,
    pub(crate) file_name: String,
    pub(crate) size: u64,
}

command!(FetchFile -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchFile {
    /// The file of this message.
    pub fn of(message: &Message) -> Self {
        let what = match &message.body {
            Body::File(file) if !file.media_id.is_empty() => Some(FileOf {
                sender: message.record.from_user_name.clone(),
                media_id: file.media_id.clone(),
                encry_file_name: file.encry_file_name.clone().unwrap_or_default(),
                file_name: file.name.clone(),
                size: file.size.unwrap_or(0),
            }),
            _ => None,
        };
        Self {
            login: message.chat.login(),
            what,
        }
    }
}

impl std::fmt::Debug for FetchFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FetchFile")
            .field("size", &self.what.as_ref().map(|file| file.size))
            .finish_non_exhaustive()
    }
}

/// Fetches the map picture of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchMap {
    pub(crate) of: Of,
}

command!(FetchMap -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchMap {
    /// The map of this message.
    pub fn of(message: &Message) -> Self {
        Self {
            of: Of::new(message, matches!(message.body, Body::Location(_)), None),
        }
    }
}

/// Fetches the picture of a person, a room, or a member of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchAvatar {
    pub(crate) who: ChatId,
    pub(crate) room: Option<ChatId>,
    pub(crate) big: bool,
}

command!(FetchAvatar -> Fetched, Answer::Fetched(fetched) => fetched);

impl FetchAvatar {
    /// Of a person or a room.
    pub fn of(who: ChatId) -> Self {
        Self {
            who,
            room: None,
            big: false,
        }
    }

    /// Of somebody who need not be a friend.
    pub fn member(room: ChatId, who: ChatId) -> Self {
        Self {
            who,
            room: Some(room),
            big: false,
        }
    }

    /// The larger one, of a person.
    #[must_use]
    pub fn big(mut self) -> Self {
        self.big = true;
        self
    }
}

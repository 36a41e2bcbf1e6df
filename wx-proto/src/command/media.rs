//! Pictures, videos, stickers and files on their way to the service.

use std::fmt;

use bytes::Bytes;

use crate::{
    command::{Answer, Receipt, command},
    id::{ChatId, LoginId},
    secret::Secret,
};

/// What the service sorts uploads into; it decides how a message may use one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum MediaKind {
    /// A still picture: JPEG, PNG, BMP.
    Image,
    /// An MP4.
    Video,
    /// Any file, and stickers: a GIF sent as a picture would stand still.
    File,
}

/// Something that is to be sent: bytes at hand, a source that the caller reads, or what was uploaded
/// before.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Attachment(pub(crate) Part);

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Part {
    New { name: String, data: Data },
    Old(Media),
}

#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Data {
    Here(#[cfg_attr(feature = "record", serde(with = "crate::record::blank::bytes"))] Bytes),
    Lent(u64),
}

impl Data {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Here(bytes) => bytes.len() as u64,
            Self::Lent(len) => *len,
        }
    }
}

impl Attachment {
    /// Bytes at hand, and the name that receivers see.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self(Part::New {
            name: name.into(),
            data: Data::Here(bytes.into()),
        })
    }

    /// A source of `len` bytes, and the name that receivers see. The source goes with the call, for
    /// example with `call_reading` of an adapter. It is read twice, block by block: once for the
    /// digest that the service wants first, once to be sent. If it is not the same then, the command
    /// fails before its last block. If it is longer than `len`, the rest is not sent.
    pub fn source(name: impl Into<String>, len: u64) -> Self {
        Self(Part::New {
            name: name.into(),
            data: Data::Lent(len),
        })
    }
}

impl From<Media> for Attachment {
    fn from(media: Media) -> Self {
        Self(Part::Old(media))
    }
}

impl From<&Media> for Attachment {
    fn from(media: &Media) -> Self {
        media.clone().into()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Part::New { data, .. } => f
                .debug_struct("Attachment")
                .field("len", &data.len())
                .finish_non_exhaustive(),
            Part::Old(media) => media.fmt(f),
        }
    }
}

/// Brings a file to the service, to be sent to any number of receivers.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Upload {
    pub(crate) kind: MediaKind,
    pub(crate) name: String,
    pub(crate) data: Data,
    pub(crate) to: Option<ChatId>,
}

command!(Upload -> Media, Answer::Uploaded(media) => media);

impl Upload {
    /// Bytes at hand, see [`Attachment::bytes`].
    pub fn bytes(kind: MediaKind, name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(kind, name.into(), Data::Here(bytes.into()))
    }

    /// A source of `len` bytes, see [`Attachment::source`].
    pub fn source(kind: MediaKind, name: impl Into<String>, len: u64) -> Self {
        Self::new(kind, name.into(), Data::Lent(len))
    }

    fn new(kind: MediaKind, name: String, data: Data) -> Self {
        Self {
            kind,
            name,
            data,
            to: None,
        }
    }

    /// Names the first receiver, as the official page does. Whether the service cares is not known;
    /// without it, that is `filehelper`.
    #[must_use]
    pub fn to(mut self, chat: ChatId) -> Self {
        self.to = Some(chat);
        self
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("kind", &self.kind)
            .field("len", &self.data.len())
            .finish_non_exhaustive()
    }
}

/// Something the service has, for messages of this login. How long it keeps it is not known: if a
/// send is refused with [`Ret::SYSTEM_ERROR`](crate::Ret::SYSTEM_ERROR), upload it again.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Media {
    pub(crate) login: LoginId,
    pub(crate) kind: MediaKind,
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) md5: String,
    pub(crate) media_id: Secret,
    /// For large files alone; else empty.
    pub(crate) signature: Secret,
}

impl Media {
    /// What it was uploaded as.
    pub fn kind(&self) -> MediaKind {
        self.kind
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes.
    pub fn size(&self) -> u64 {
        self.len
    }

    /// The MD5 of its bytes, in lower-case hexadecimal digits.
    pub fn md5(&self) -> &str {
        &self.md5
    }
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("kind", &self.kind)
            .field("size", &self.len)
            .finish_non_exhaustive()
    }
}

macro_rules! send {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name {
            pub(crate) chat: ChatId,
            pub(crate) what: Attachment,
        }

        command!($name -> Receipt, Answer::Sent(receipt) => receipt);

        impl $name {
            /// Bytes, a source, or a [`Media`] that was uploaded as this kind.
            pub fn new(chat: ChatId, what: impl Into<Attachment>) -> Self {
                Self {
                    chat,
                    what: what.into(),
                }
            }
        }
    };
}

send! {
    /// Sends a still picture, of at most [`Limits::image`](crate::Limits::image) bytes.
    ///
    /// It is uploaded ahead of what else waits in the chat, and said when it is its turn.
    ///
    /// ```
    /// use wx_proto::{Attachment, ChatId, Media, MediaKind, SendImage, Upload};
    ///
    /// fn once(chat: ChatId, jpeg: Vec<u8>) -> SendImage {
    ///     SendImage::new(chat, Attachment::bytes("cat.jpg", jpeg))
    /// }
    ///
    /// /// For many: one upload, and any number of sends of what comes of it.
    /// fn upload(jpeg: Vec<u8>) -> Upload {
    ///     Upload::bytes(MediaKind::Image, "cat.jpg", jpeg)
    /// }
    ///
    /// fn to_all<'a>(chats: &'a [ChatId], cat: &'a Media) -> impl Iterator<Item = SendImage> + 'a {
    ///     chats.iter().map(move |chat| SendImage::new(chat.clone(), cat))
    /// }
    /// ```
    SendImage
}

send! {
    /// Sends a video (MP4) of at most [`Limits::video`](crate::Limits::video) bytes.
    SendVideo
}

send! {
    /// Sends a file under its name, of at most [`Limits::file`](crate::Limits::file) bytes. Any
    /// [`Media`] may be sent as a file.
    ///
    /// ```
    /// use wx_proto::{Attachment, ChatId, Command, SendFile};
    ///
    /// /// To be called with the file itself: `session.call_reading(command, &mut file)`.
    /// fn report(chat: ChatId, len: u64) -> impl Command {
    ///     let what = Attachment::source("report.pdf", len);
    ///     SendFile::new(chat, what).on_progress(move |it| println!("{} of {len} bytes", it.done))
    /// }
    /// ```
    SendFile
}

/// Sends a sticker: a GIF of at most [`Limits::image`](crate::Limits::image) bytes, or one that the
/// account knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct SendEmoticon {
    pub(crate) chat: ChatId,
    pub(crate) what: Result<Attachment, String>,
}

command!(SendEmoticon -> Receipt, Answer::Sent(receipt) => receipt);

impl SendEmoticon {
    /// Bytes, a source, or a [`Media`] that was uploaded as [`MediaKind::File`].
    pub fn new(chat: ChatId, what: impl Into<Attachment>) -> Self {
        Self {
            chat,
            what: Ok(what.into()),
        }
    }

    /// A sticker by the digest that a message with it has
    /// ([`Emoticon::md5`](crate::message::Emoticon::md5)). The service may refuse those of the store.
    pub fn known(chat: ChatId, md5: impl Into<String>) -> Self {
        Self {
            chat,
            what: Err(md5.into()),
        }
    }
}

//! What friends send that is not a text.

use std::time::Duration;

use bytes::Bytes;

/// Something somebody sends. What is not given is made up from the seed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Piece {
    /// A picture.
    Image {
        /// Its bytes; a JPEG if they are made up.
        data: Blob,
    },
    /// A sticker that moves, of the sender's own making.
    Gif {
        /// Its bytes.
        data: Blob,
    },
    /// A sticker that was bought in the store: the web client gets a message without content.
    StoreSticker,
    /// A spoken message.
    Voice {
        /// Its bytes; an MP3 if they are made up.
        data: Blob,
        /// How long it is; told in milliseconds.
        length: Duration,
    },
    /// A video.
    Video {
        /// Its bytes; an MP4 if they are made up.
        data: Blob,
        /// How long it is; told in whole seconds.
        length: Duration,
        /// It was taken while the chat was open (message type 62).
        micro: bool,
    },
    /// A file.
    File {
        /// Its name, as the sender's device shows it.
        name: String,
        /// Its bytes.
        data: Blob,
    },
    /// A link.
    Link {
        /// Its title.
        title: String,
        /// The line below the title.
        description: String,
        /// Where it leads.
        url: String,
    },
    /// A place.
    Location {
        /// What the map calls it.
        label: String,
        /// The first coordinate, in decimal degrees.
        x: String,
        /// The second one.
        y: String,
    },
    /// A contact.
    Card {
        /// Who is recommended.
        who: String,
    },
    /// An answer to something that was said, as older phones send it: a text, the quoted one above
    /// a row of dashes.
    Quote {
        /// What was said before.
        quoted: String,
        /// Who said it, as the phone shows them.
        name: String,
        /// The answer.
        text: String,
    },
    /// The same as newer phones send it: an app message that names the quoted one.
    Reply {
        /// The id of the quoted message, which must be remembered.
        msg_id: u64,
        /// What was said before.
        quoted: String,
        /// The answer.
        text: String,
    },
    /// A red packet: all that comes is a notice to look on the phone.
    RedPacket,
    /// Money.
    Transfer {
        /// The sum, as the phone shows it.
        amount: String,
        /// What it is for.
        memo: String,
    },
    /// A page of a mini program.
    MiniProgram {
        /// The title of the page.
        title: String,
        /// The name of the program.
        name: String,
    },
}

/// The bytes of a file.
#[derive(Clone, PartialEq, Eq)]
pub enum Blob {
    /// These.
    Given(Bytes),
    /// So many, made up: the first ones are those of a real file of its kind. A few more than
    /// asked for, where a file of that kind cannot be so short.
    Made(usize),
    /// Those that the service has under this md5, for example because a client sent them.
    Known(String),
}

impl std::fmt::Debug for Blob {
    /// Sizes only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Given(bytes) => write!(f, "Given({} bytes)", bytes.len()),
            Self::Made(size) => write!(f, "Made({size})"),
            Self::Known(md5) => write!(f, "Known({md5})"),
        }
    }
}

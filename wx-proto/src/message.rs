//! What a message says: where, by whom, and what.
//!
//! Everything here is a pure function of one record. It does not know which account is logged in,
//! so it names people by their user names and leaves the roster to others.

mod app;
mod kind;
mod media;
mod person;
mod system;

pub use app::{App, Article, File};
pub use kind::{AppMsgType, MsgType, NotifyCode};
pub use media::{Emoticon, Image, Location, Video, Voice};
pub use person::{Card, FriendRequest};
pub use system::{Notice, Recalled, StatusNotify, System};

use crate::{
    endpoint::message::MessageRecord,
    id::is_room,
    wire::{
        html::{self, clean},
        xml::{self, Element},
    },
};

/// The decoded content of one message.
///
/// Reading never fails and never loses a message: where an XML payload is torn, the body says what
/// the record itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Content {
    /// User name of the room; `None` outside rooms.
    pub room: Option<String>,
    /// User name of who said it; `None` where nobody did (notices of a room) or the room does not
    /// tell. Outside rooms it is the account the message came from.
    pub sender: Option<String>,
    /// What was said.
    pub body: Body,
}

impl Content {
    /// Decodes a record.
    pub fn read(record: &MessageRecord) -> Self {
        let (room, sender, said) = speaker(record);
        Self {
            room: room.and_then(some),
            sender: sender.and_then(some),
            body: Body::read(record, said),
        }
    }
}

/// What a message says. Which kind it is follows from its type alone, not from how well the rest
/// could be read; only a content of type 10002 decides for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// A text.
    Text(Text),
    /// A picture.
    Image(Image),
    /// A voice message.
    Voice(Voice),
    /// A video.
    Video(Video),
    /// A sticker.
    Emoticon(Emoticon),
    /// A place.
    Location(Location),
    /// Somebody was recommended.
    Card(Card),
    /// Somebody wants to be a friend.
    FriendRequest(FriendRequest),
    /// A file.
    File(File),
    /// A link, a mini program, money, and what else apps make.
    App(App),
    /// Not a message: something happened on the phone.
    StatusNotify(StatusNotify),
    /// A message was taken back.
    Recalled(Recalled),
    /// A sentence of the service.
    Notice(Notice),
    /// Something else happened in the chat.
    System(System),
    /// A type this version does not know.
    Unknown(Unknown),
    /// A record so broken that not even its type is known.
    Unreadable(Unreadable),
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text {
    /// As the phone shows it. A message that quotes another one has the quote in it.
    pub text: String,
}

/// A message of a type this version does not know, or of type 10002 with a content it cannot read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The type.
    pub msg_type: MsgType,
    /// The content as it came, escaped, with the prefix that names the sender in rooms.
    pub raw: String,
}

impl Unknown {
    fn of(record: &MessageRecord) -> Self {
        Self {
            msg_type: MsgType(record.msg_type),
            raw: record.content.clone(),
        }
    }
}

/// An item of a reply that is no message record, kept so that nothing is lost in silence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The item as it came.
    pub raw: String,
}

impl Unreadable {
    /// Keeps an item as it came.
    pub fn new(raw: impl Into<String>) -> Self {
        Self { raw: raw.into() }
    }
}

impl Body {
    /// The kind in one lower-case word, for logs and tables: `text`, `image`, `friend_request`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Voice(_) => "voice",
            Self::Video(_) => "video",
            Self::Emoticon(_) => "emoticon",
            Self::Location(_) => "location",
            Self::Card(_) => "card",
            Self::FriendRequest(_) => "friend_request",
            Self::File(_) => "file",
            Self::App(_) => "app",
            Self::StatusNotify(_) => "status_notify",
            Self::Recalled(_) => "recalled",
            Self::Notice(_) => "notice",
            Self::System(_) => "system",
            Self::Unknown(_) => "unknown",
            Self::Unreadable(_) => "unreadable",
        }
    }

    fn read(record: &MessageRecord, said: &str) -> Self {
        match MsgType(record.msg_type) {
            MsgType::TEXT if is_location(record, said) => {
                Self::Location(Location::read(record, said))
            }
            MsgType::TEXT if AppMsgType(record.app_msg_type) == AppMsgType::RED_PACKET => {
                Self::App(App::red_packet(said))
            }
            MsgType::TEXT => Self::Text(Text {
                text: clean(said).into_owned(),
            }),
            MsgType::IMAGE => Self::Image(Image::read(record, said)),
            MsgType::VOICE => Self::Voice(Voice::read(record, said)),
            MsgType::FRIEND_REQUEST => {
                Self::FriendRequest(FriendRequest::read(record, payload(said).as_ref()))
            }
            MsgType::CARD => Self::Card(Card::read(record, payload(said).as_ref())),
            MsgType::VIDEO => Self::Video(Video::read(record, said, false)),
            MsgType::MICRO_VIDEO => Self::Video(Video::read(record, said, true)),
            MsgType::EMOTICON => Self::Emoticon(Emoticon::read(record, said)),
            MsgType::LOCATION => Self::Location(Location::read(record, said)),
            MsgType::APP => app::read(record, said),
            MsgType::STATUS_NOTIFY => Self::StatusNotify(StatusNotify::read(record, said)),
            MsgType::NOTICE => Self::Notice(Notice {
                text: clean(said).into_owned(),
            }),
            MsgType::SYSTEM => {
                system::read(said).unwrap_or_else(|| Self::Unknown(Unknown::of(record)))
            }
            _ => Self::Unknown(Unknown::of(record)),
        }
    }
}

/// The room, who spoke, and what is left of the content once the prefix that says so is off.
fn speaker(record: &MessageRecord) -> (Option<&str>, Option<&str>, &str) {
    let from = record.from_user_name.as_str();
    let to = record.to_user_name.as_str();
    let content = record.content.as_str();
    if is_room(from) {
        // From a room: the prefix says who. Nobody says notices, and their text may look like one.
        let named = if MsgType(record.msg_type) == MsgType::NOTICE {
            None
        } else {
            split_prefix(content)
        };
        match named {
            // A place has an address with the same mark behind it. Where there is no second mark
            // it was the address that looked like a name.
            Some((name, rest))
                if is_location(record, content)
                    && !name.starts_with('@')
                    && !rest.contains(":<br/>") =>
            {
                (Some(from), None, content)
            }
            Some((name, rest)) => (Some(from), Some(name), rest),
            None => (Some(from), None, content),
        }
    } else if is_room(to) {
        // Written on the phone of this account. Mostly without a prefix, so one that names
        // somebody else is text.
        match split_prefix(content) {
            Some((name, rest)) if name == from => (Some(to), Some(from), rest),
            _ => (Some(to), Some(from), content),
        }
    } else {
        (None, Some(from), content)
    }
}

/// Splits `name:<br/>text`. Names are `@` and letters or digits; plain account names have hyphens
/// and underscores too.
fn split_prefix(content: &str) -> Option<(&str, &str)> {
    let (name, rest) = content.split_once(":<br/>")?;
    let given = match name.strip_prefix('@') {
        Some(given) => given
            .bytes()
            .all(|c| c.is_ascii_alphanumeric())
            .then_some(given),
        None => name
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
            .then_some(name),
    };
    (!given?.is_empty()).then_some((name, rest))
}

/// A text that is a place: the sub type says so, and the text itself does.
fn is_location(record: &MessageRecord, said: &str) -> bool {
    /// The sub type of a place.
    const LOCATION: i64 = 48;
    MsgType(record.msg_type) == MsgType::TEXT
        && (record.sub_msg_type == LOCATION || media::is_location(said))
}

/// The XML of a record, decoded so far that a request can repeat it. `None` if there is none that
/// could be read.
pub(crate) fn payload_text(record: &MessageRecord) -> Option<String> {
    let (_, _, said) = speaker(record);
    let text = html::payload(said);
    text.trim_start()
        .starts_with('<')
        .then(|| text.trim().to_owned())
}

/// Reads the XML of a content, `None` if it has none.
fn payload(said: &str) -> Option<Element> {
    let said = said.trim_start();
    if said.starts_with('<') && !said.starts_with("<br") {
        // Not escaped, which is so in the extra part of locations.
        return xml::parse(said);
    }
    xml::parse(&html::payload(said))
}

/// An attribute with something in it.
fn attr<'a>(element: Option<&'a Element>, name: &str) -> Option<&'a str> {
    element?.attr(name).filter(|value| !value.is_empty())
}

fn number(text: Option<&str>) -> Option<u64> {
    text?.trim().parse().ok()
}

/// A number of the record, where 0 means that it does not say.
fn positive(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|number| *number > 0)
}

/// A code that the record has, or else the XML.
fn code(record: i64, xml: Option<&str>) -> i64 {
    match record {
        0 => xml.and_then(|code| code.trim().parse().ok()).unwrap_or(0),
        code => code,
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A text of the record, decoded; `None` if it is empty.
fn shown(encoded: &str) -> Option<String> {
    some(&clean(encoded))
}

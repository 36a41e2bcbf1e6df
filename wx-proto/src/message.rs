//! What a message says: where, by whom, and what.
//!
//! Everything here is a pure function of one record. It does not know which account is logged in,
//! so it names people by their user names and leaves the roster to others.

mod app;
mod file_name;
mod kind;
mod media;
mod mention;
mod notice;
mod person;
mod quoted;
mod speaker;
mod system;

pub use app::{
    App, AppPayload, Article, ChannelVideo, ChatHistory, File, HistoryItem, MiniProgram, Quote,
    RedPacket, RoomInvitation, Sticker, Transfer,
};
pub use file_name::safe_name;
pub use kind::{AppMsgType, MsgType, NotifyCode};
pub use media::{Emoticon, Image, Location, Video, Voice};
pub use mention::{Mention, mention_text, mentions};
#[cfg(all(test, feature = "record"))]
pub(crate) use notice::templates;
pub use notice::{Direction, JoinedBy, Notice, NoticeEvent, Who};
pub use person::{Card, FriendRequest};
pub use quoted::QuotedText;
pub use system::{Call, CallStep, Recalled, StatusNotify, System, UnreadChat};

use std::fmt;

use self::speaker::speaker;
use crate::{
    MsgId,
    endpoint::message::MessageRecord,
    wire::{
        html::{self, clean},
        xml::{self, Element},
    },
};

/// The account that sends news of the day, as XML in a text.
const NEWS: &str = "newsapp";

/// `ImgStatus` of what has a picture.
const PICTURE: i64 = 2;

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
    /// The service proposes somebody from the phone's address book.
    PossibleFriend(Card),
    /// Somebody wants to be a friend.
    FriendRequest(FriendRequest),
    /// A file.
    File(File),
    /// A link, a mini program, money, and what else apps make.
    App(App),
    /// A call, for the phone.
    Call(Call),
    /// Not a message: something happened on the phone.
    StatusNotify(StatusNotify),
    /// A message was taken back.
    Recalled(Recalled),
    /// A sentence of the service.
    Notice(Notice),
    /// A sentence of the service for the client itself, which the official page does not show.
    SystemNotice(Text),
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

impl Text {
    fn read(said: &str) -> Self {
        Self {
            text: clean(said).into_owned(),
        }
    }

    /// The message that this one quotes, and the answer; `None` where it quotes nothing.
    ///
    /// Most phones send both as one text. The id of the quoted message is not in it. Best
    /// effort: whoever types a quotation mark and a row of dashes quotes, too.
    pub fn quoted(&self) -> Option<QuotedText<'_>> {
        quoted::split(&self.text)
    }
}

/// A message of a type this version does not know, or of type 10002 with a content it cannot read.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The type.
    pub msg_type: MsgType,
    /// The content as it came, escaped, with the prefix that names the sender in rooms.
    pub raw: String,
}

/// What nobody understands may hold a ticket.
impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unknown")
            .field("msg_type", &self.msg_type)
            .field("raw_len", &self.raw.len())
            .finish_non_exhaustive()
    }
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
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// The item as it came.
    pub raw: String,
}

/// What nobody understands may hold a ticket.
impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable")
            .field("raw_len", &self.raw.len())
            .finish_non_exhaustive()
    }
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
            Self::PossibleFriend(_) => "possible_friend",
            Self::FriendRequest(_) => "friend_request",
            Self::File(_) => "file",
            Self::App(_) => "app",
            Self::Call(_) => "call",
            Self::StatusNotify(_) => "status_notify",
            Self::Recalled(_) => "recalled",
            Self::Notice(_) => "notice",
            Self::SystemNotice(_) => "system_notice",
            Self::System(_) => "system",
            Self::Unknown(_) => "unknown",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Whether this is about the phone or the client and nothing that somebody said or that
    /// happened in the chat: what people do not want to see unless they ask for it.
    pub fn is_housekeeping(&self) -> bool {
        matches!(
            self,
            Self::PossibleFriend(_)
                | Self::Call(_)
                | Self::StatusNotify(_)
                | Self::SystemNotice(_)
                | Self::System(_)
        )
    }

    /// What was said in words now: of a text that quotes another one the answer alone.
    pub(crate) fn own_words(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.quoted().map_or(&*text.text, |quoted| quoted.answer)),
            Self::App(app) if app.kind == AppMsgType::QUOTE => Some(&app.title),
            _ => None,
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
            MsgType::TEXT if record.from_user_name == NEWS => Self::App(App::news(said)),
            // The sentence that the web cannot show it stands for the sticker.
            MsgType::TEXT if record.has_product_id > 0 && record.img_status == PICTURE => {
                Self::Emoticon(Emoticon::read(record, ""))
            }
            MsgType::TEXT => Self::Text(Text::read(said)),
            MsgType::IMAGE => Self::Image(Image::read(record, said)),
            MsgType::VOICE => Self::Voice(Voice::read(record, said)),
            MsgType::FRIEND_REQUEST => {
                Self::FriendRequest(FriendRequest::read(record, payload(said).as_ref()))
            }
            MsgType::CARD => Self::Card(Card::read(record, payload(said).as_ref())),
            MsgType::POSSIBLE_FRIEND => {
                Self::PossibleFriend(Card::read(record, payload(said).as_ref()))
            }
            MsgType::VIDEO => Self::Video(Video::read(record, said, false)),
            MsgType::MICRO_VIDEO => Self::Video(Video::read(record, said, true)),
            MsgType::EMOTICON => Self::Emoticon(Emoticon::read(record, said)),
            MsgType::LOCATION => Self::Location(Location::read(record, said)),
            MsgType::APP => app::read(record, said),
            MsgType::STATUS_NOTIFY => Self::StatusNotify(StatusNotify::read(record, said)),
            kind @ (MsgType::VOIP | MsgType::VOIP_ENDED | MsgType::VOIP_INVITATION) => {
                Self::Call(Call::read(kind))
            }
            MsgType::SYSTEM_NOTICE => Self::SystemNotice(Text::read(said)),
            MsgType::NOTICE => Self::Notice(Notice::read(said)),
            MsgType::SYSTEM => {
                system::read(said).unwrap_or_else(|| Self::Unknown(Unknown::of(record)))
            }
            _ => Self::Unknown(Unknown::of(record)),
        }
    }
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

/// An id of a message that stands in XML.
fn msg_id(digits: &str) -> Option<MsgId> {
    MsgId::new(digits.trim())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A text of the record, decoded; `None` if it is empty.
fn shown(encoded: &str) -> Option<String> {
    some(&clean(encoded))
}

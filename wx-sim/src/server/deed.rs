//! What phones, friends and operators do to the service.

use super::AccountId;
use super::piece::Piece;
use super::rate::{Class, Rate};

/// Something that happens on the other side of the service.
///
/// People and rooms are named by the id that stays the same over logins (`wxid_…`,
/// `…@chatroom`), by remark, by nick name or topic; the first of a name is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// The phone scans a QR code, or shows the question of a push login.
    Scan(Code),
    /// The phone of an account that exists scans a QR code.
    ScanBy(Code, AccountId),
    /// The user taps "log in". A code that was not scanned yet is scanned by that.
    Confirm(Code),
    /// The user taps "cancel".
    Cancel(Code),
    /// The code's life ends now.
    Expire(Code),
    /// Something in the world of one account.
    In(Whose, Act),
    /// Texts are limited from now on, and half as many media, or not any more, for all sessions.
    Rate(Option<Rate>),
    /// Calls of one class are limited from now on, or not any more by a rate of their own.
    RateOf(Class, Option<Rate>),
    /// Accounts are refused at login from now on, or not any more. [`Setup::refusal`] is what they are
    /// told.
    ///
    /// [`Setup::refusal`]: super::Setup::refusal
    Bar(bool),
    /// Accounts are let in as the desktop shell only from now on, or in any way.
    DesktopOnly(bool),
    /// Logins may be pushed to phones from now on, or not any more.
    Push(bool),
}

/// Which QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    /// The one given out last.
    Latest,
    /// The one with this uuid.
    Uuid(String),
    /// The login that was pushed to the phone of this account last.
    Pushed(AccountId),
}

/// Which account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one that logged in last.
    Latest,
    /// This one.
    Account(AccountId),
}

/// Something in the world of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Somebody writes to the user.
    Text {
        /// Who.
        from: String,
        /// What, as typed.
        text: String,
    },
    /// Somebody writes in a room.
    RoomText {
        /// Where.
        room: String,
        /// Who; must be a member.
        from: String,
        /// What, as typed.
        text: String,
        /// Puts `@name` and U+2005 before it: the user's name in that room.
        mention: bool,
    },
    /// The user writes on the phone.
    OwnText {
        /// To whom, or in which room.
        to: String,
        /// What, as typed.
        text: String,
    },
    /// Somebody sends something that is not a text.
    Send {
        /// In which chat.
        chat: String,
        /// Who: a member of the room, or `me` for the user on the phone. `None`: the other one of a
        /// private chat.
        from: Option<String>,
        /// What.
        piece: Piece,
        /// `Content` is not XML but a long name that tells a web client nothing, as newer phones
        /// send it: pictures, stickers, voices and videos.
        veiled: bool,
    },
    /// The service writes a notice into a chat (message type 10000).
    Notice {
        /// In which chat.
        chat: String,
        /// What, as the phone shows it.
        text: String,
    },
    /// Any message, its content given as it stands on the wire.
    Raw {
        /// In which chat.
        chat: String,
        /// Who says it. In a room: the member whose prefix is put before the content, or `None`.
        from: Option<String>,
        /// `MsgType`.
        msg_type: u32,
        /// `Content`, escaped.
        content: String,
    },
    /// Whoever said it takes a message back.
    Recall {
        /// Its id.
        msg_id: u64,
    },
    /// The phone tells what it does (message type 51).
    Notify {
        /// 1 read, 2 entered a chat, 4 the list of conversations, 5 left a chat; 9 was seen and
        /// names nobody.
        code: u32,
        /// The chat of the codes 1, 2 and 5.
        chat: Option<String>,
    },
    /// A contact changes; what is `None` stays.
    ContactChanged {
        /// Who.
        who: String,
        /// The name the contact chose.
        nick: Option<String>,
        /// The name the user gave the contact.
        remark: Option<String>,
        /// The bit set of friendship, blocking, pinning, muting.
        contact_flag: Option<u32>,
    },
    /// Somebody becomes a friend, and the chat says so.
    ContactAdded {
        /// The id that stays.
        plain: String,
        /// The name the contact chose.
        nick: String,
    },
    /// Somebody is removed from the address book; or the user leaves a room.
    ContactDeleted {
        /// Who, or which room.
        who: String,
    },
    /// A room changes; what is `None` or empty stays.
    RoomChanged {
        /// Which.
        room: String,
        /// The new topic.
        topic: Option<String>,
        /// Who joins.
        join: Vec<String>,
        /// Who leaves; `me` is the user.
        leave: Vec<String>,
    },
    /// Somebody asks the user to be a friend. Asking again repeats the same request.
    FriendRequest {
        /// The id that stays.
        plain: String,
        /// The name the person chose, if nobody here knows the person yet.
        nick: String,
        /// What the person says.
        words: String,
    },
    /// Somebody the user asked says yes.
    FriendAccepts {
        /// Who.
        who: String,
    },
    /// A friend drops the user, who hears of it after the next message.
    Unfriends {
        /// Who.
        who: String,
    },
    /// The user marks a chat on the phone, or takes the mark away.
    Marked {
        /// Which chat.
        who: String,
        /// The mark.
        mark: Mark,
        /// Whether it is there from now on.
        on: bool,
    },
    /// The user changes the own profile on the phone.
    Profile {
        /// The new name; `None`: the same.
        nick: Option<String>,
        /// There is another picture.
        picture: bool,
    },
    /// A member takes somebody into a room. Either may be the user.
    JoinsInvited {
        /// Which room.
        room: String,
        /// Who comes.
        who: String,
        /// Who asked.
        by: String,
    },
    /// Somebody comes into a room by a QR code.
    JoinsByCode {
        /// Which room.
        room: String,
        /// Who comes.
        who: String,
        /// The member who showed the code; `me` is the user.
        shown_by: String,
    },
    /// The owner of a room puts somebody out of it; `me` is the user.
    Removed {
        /// Which room.
        room: String,
        /// Who goes.
        who: String,
    },
    /// A member gives a room another name.
    Renamed {
        /// Which room.
        room: String,
        /// Who does it; `me` is the user.
        by: String,
        /// The new topic.
        topic: String,
    },
    /// The next poll tells of something, and `webwxsync` then brings nothing.
    FalseAlarm {
        /// What the poll says.
        selector: u32,
    },
    /// The session ends with this code: 1100, 1101 or 1102.
    Kick {
        /// The code.
        code: i64,
    },
    /// The user taps "log out" on the phone.
    LogOut,
    /// The session cookies lose their life on the service's side.
    CookiesExpire,
}

/// A mark on a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mark {
    /// No sound. People show it in the flag, rooms in `Statues`.
    Mute,
    /// A star; people only.
    Star,
    /// On top of the list.
    Pin,
    /// Blocked; people only.
    Block,
}

impl Mark {
    /// The bit of `ContactFlag`.
    pub(super) const fn bit(self) -> u32 {
        match self {
            Self::Block => 0x8,
            Self::Star => 0x40,
            Self::Mute => 0x200,
            Self::Pin => 0x800,
        }
    }
}

/// What came of a deed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Done {
    /// The message that was written, if one was.
    pub msg_id: Option<u64>,
    /// The account in whose world it happened, if in one.
    pub account: Option<AccountId>,
}

/// Why a deed could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeedError {
    /// There is no such QR code, or its life is over.
    NoCode,
    /// There is no such account.
    NoAccount,
    /// The account has no session that is on.
    NoSession,
    /// Nobody and no room has that name.
    Nobody(String),
    /// The chat of this deed cannot be that one: not a room, or not a member of it.
    NotThere(String),
    /// No message with that id is remembered.
    NoMessage(u64),
    /// That is so already: a friend, or a member.
    Already(String),
    /// The user did not ask that person to be a friend.
    NotAsked(String),
    /// The place where media are kept takes no more.
    NoStore,
    /// There are no media of that md5.
    NoMedia,
}

impl std::fmt::Display for DeedError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoCode => f.write_str("no such code, or its life is over"),
            Self::NoAccount => f.write_str("no such account, or nobody has logged in yet"),
            Self::NoSession => f.write_str("the account has no session"),
            Self::Nobody(name) => write!(f, "nobody is called {name:?}"),
            Self::NotThere(name) => write!(f, "{name:?} is no room, or no member of it"),
            Self::Already(name) => write!(f, "{name:?} is there already"),
            Self::NotAsked(name) => write!(f, "{name:?} was not asked"),
            Self::NoMessage(id) => write!(f, "no message {id}"),
            Self::NoStore => f.write_str("the media cannot be kept"),
            Self::NoMedia => f.write_str("no media of that md5"),
        }
    }
}

impl std::error::Error for DeedError {}

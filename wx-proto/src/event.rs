//! What the application sees.

mod queue;
mod told;
mod weight;

pub(crate) use queue::EventQueue;

use std::{collections::BTreeSet, fmt, time::Duration};

use thiserror::Error;

use crate::{
    endpoint::{Endpoint, MessageRecord},
    error::{ApiError, ProtocolError, ProtocolErrorKind},
    id::{ChatId, EventId, MsgId},
    kind::ContactKind,
    message::{Body, FriendRequest, MsgType, Who},
    pacer::PaceClass,
    profile::Profile,
    ret::Ret,
    roster::Contact,
    snapshot::Snapshot,
    transport::TransportErrorKind,
};

/// Something the application may want to know. Events come in order; acknowledge each one by its
/// id when it is dealt with (see [`Client::acknowledge`](crate::Client::acknowledge)).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Counts up from 1 within one [`Client`](crate::Client).
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
}

/// What happened. Ignoring a kind is the application's right, so more may be added.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EventKind {
    /// Show this QR code. A later one replaces it.
    Qr(Qr),
    /// The service asked the phone to confirm the login; no QR code is needed. It is for the user to
    /// tap there within five minutes. If nothing comes of it, a QR code follows, or the end.
    PushSent,
    /// The phone scanned the code, or shows the question of a push login, and waits for its user.
    Scanned(Scanned),
    /// The user confirmed on the phone.
    Confirmed,
    /// The user said no on the phone. A fresh QR code follows, also after a push login, unless
    /// [`Relogin::scan`](crate::Relogin::scan) forbids it.
    Declined,
    /// The session is open: commands are accepted from here on.
    Online(Profile),
    /// The address book was loaded, or changed.
    Roster(RosterChange),
    /// A message of any kind, own ones from the phone included.
    Message(Message),
    /// A message was taken back.
    Recalled(Recalled),
    /// The account's owner opened this chat on the phone.
    ChatSeen(ChatId),
    /// Somebody wants to be a friend.
    ContactRequest(ContactRequest),
    /// Something failed and will be tried again. Information only. Of these, the latest unread one
    /// replaces those before it.
    Trouble(Trouble),
    /// Sending is slowed down or stopped. Of each class, the latest unread one replaces those before
    /// it.
    Paced(Paced),
    /// A whole reply could not be understood, or was a refusal.
    Gap(Gap),
    /// Now is a good time to save [`Client::snapshot`](crate::Client::snapshot): cookies or keys
    /// changed, or something was acknowledged. At most one of these is unread at a time.
    SnapshotStale,
    /// The session is over: always the last event, exactly once.
    Ended(Ended),
}

/// A QR code to show: on a screen, and nowhere else. As long as it waits to be scanned and confirmed,
/// whoever knows it can take the login that comes of it. `Debug` leaves it out.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Qr {
    /// What the code says: a URL that only the phone's scanner understands.
    pub content: String,
    /// Where the service draws the same code as a picture.
    pub picture: String,
    /// The service forgets the code after about so long; a fresh one comes by itself.
    pub valid_for: Duration,
    /// Which code of this login it is, from 1 to [`Limits::qr_rounds`](crate::Limits::qr_rounds).
    pub round: u32,
}

impl fmt::Debug for Qr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Qr")
            .field("round", &self.round)
            .field("valid_for", &self.valid_for)
            .finish_non_exhaustive()
    }
}

/// The phone scanned the code, or shows the question of a push login.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scanned {
    /// The account's picture as a `data:` URL. Its media type is not to be relied on.
    pub avatar: Option<String>,
}

impl fmt::Debug for Scanned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scanned")
            .field("avatar_len", &self.avatar.as_ref().map(String::len))
            .finish()
    }
}

/// The address book was loaded, or changed. After [`Client::resume`](crate::Client::resume) it is loaded
/// anew, with all that changed meanwhile or was not yet acknowledged: no change comes again.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RosterChange {
    /// The first load is over; see [`Client::roster`](crate::Client::roster).
    #[non_exhaustive]
    Full {
        /// How many contacts are known.
        contacts: usize,
        /// Whether every page of the address book arrived. Rooms that nobody spoke in and nobody
        /// saved stay unknown to the service's web side in any case.
        complete: bool,
    },
    /// Somebody or some room is new.
    Added(Box<Contact>),
    /// A record changed.
    #[non_exhaustive]
    Changed {
        /// The record as it was.
        before: Box<Contact>,
        /// The record as it is.
        after: Box<Contact>,
    },
    /// The service took a record away.
    Removed(Box<Contact>),
}

impl RosterChange {
    /// Who came to a room and who left it, by its lists of members before and after: the one source
    /// that is complete, where both were known. `None` for any other change.
    pub fn members(&self) -> Option<MemberChange> {
        let Self::Changed { before, after } = self else {
            return None;
        };
        let names = |contact: &Contact| -> BTreeSet<String> {
            let members = contact.members();
            members
                .map(|member| member.user_name().to_owned())
                .collect()
        };
        let (was, is) = (names(before), names(after));
        let change = MemberChange {
            joined: is
                .difference(&was)
                .map(|name| before.id.sibling(name))
                .collect(),
            left: was
                .difference(&is)
                .map(|name| before.id.sibling(name))
                .collect(),
        };
        let is_known = !was.is_empty() && !is.is_empty();
        (is_known && was != is).then_some(change)
    }
}

/// Who came to a room and who left it. Their names are in the records before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberChange {
    /// Those who are members now.
    pub joined: Vec<ChatId>,
    /// Those who are not any more.
    pub left: Vec<ChatId>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The service's id; needed to recall or to fetch. `None` when the service gave none.
    pub id: Option<MsgId>,
    /// Where it was said: the person, room or account to answer to. Its user name is empty if the
    /// record was unreadable.
    pub chat: ChatId,
    /// The best name known for `chat` at that moment; its user name if there is none.
    pub chat_name: String,
    /// What `chat` is, by what was known of it at that moment: an official account that the roster
    /// does not have yet looks like a person.
    pub chat_kind: ContactKind,
    /// Who said it; `None` where nobody did (notices of a room), or where that is unknown.
    pub sender: Option<Sender>,
    /// Whose message this is.
    pub origin: Origin,
    /// When the service took it, in seconds since the Unix epoch.
    pub created: i64,
    /// The code of the kind of message.
    pub msg_type: MsgType,
    /// What it says.
    pub body: Body,
    /// Whether it was waiting when the session was resumed.
    pub arrival: Arrival,
    /// The record as it came, nothing decoded.
    pub record: Box<MessageRecord>,
}

impl Message {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// Whether the own account said it. Notices are said by nobody: that of a room which this client
    /// renamed is not its own either.
    pub fn is_own(&self) -> bool {
        self.origin != Origin::Other
    }
}

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sender {
    /// The person; can be written to if it is a friend.
    pub id: ChatId,
    /// In a room the name within the room, else the best name known; the user name if there is
    /// none.
    pub name: String,
}

/// Whose message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Somebody else's.
    Other,
    /// Our own account's, sent from the phone or another client of it.
    OwnElsewhere,
    /// Our own, sent by this client.
    OwnHere,
}

/// Whether a message was waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// It came while the session was open.
    Live,
    /// It was waiting when the session was resumed.
    CatchUp,
}

/// A message was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recalled {
    /// Where.
    pub chat: ChatId,
    /// The id of the message that is gone; `None` means the own latest one in this chat.
    pub message: Option<MsgId>,
    /// Who took it back, as far as that line tells.
    pub by: Option<Who>,
    /// The line that phones show instead.
    pub notice: Option<String>,
}

/// Somebody wants to be a friend.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContactRequest {
    /// The person, for this session; `None` if the service did not say.
    pub from: Option<ChatId>,
    /// What they wrote, and what accepting needs.
    pub request: FriendRequest,
}

/// Something failed and will be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// What was asked.
    pub endpoint: Endpoint,
    /// How often it failed in a row.
    pub attempt: u32,
    /// The next try is so far away.
    pub next_try: Duration,
    /// How it failed.
    pub cause: TroubleCause,
    /// What the transport says was at the bottom of it: a certificate of an unknown issuer, a proxy
    /// that wants a password. For people; empty if there is nothing more to say.
    pub detail: String,
}

/// The cause, and the detail behind it.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}

/// How something failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TroubleCause {
    /// No reply.
    #[error("{0}")]
    Transport(TransportErrorKind),
    /// A reply that is not the protocol's.
    #[error("{0}")]
    Protocol(ProtocolError),
    /// The service refused.
    #[error("{0}")]
    Refused(Ret),
    /// The very first poll of a session was refused at once. That is rather the wrong push host, or
    /// a cookie that is missing there, than a logout: the family's other host is asked, once, and
    /// then whether the session lives.
    #[error("{0} at the first poll: the wrong push host, or no cookies there")]
    FirstPoll(Ret),
    /// The service says again and again that there is something new, and delivers nothing.
    #[error("nothing delivered although announced")]
    Stagnant,
    /// Nothing at all got through for too long.
    #[error("no progress")]
    NoProgress,
}

/// Sending is slowed down or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paced {
    /// What is slowed down.
    pub class: PaceClass,
    /// Why.
    pub ret: Ret,
    /// Nothing of it is sent for so long.
    pub pause: Duration,
    /// How many commands of it have not completed.
    pub waiting: usize,
}

/// A whole reply could not be understood, or was a refusal, several times over.
///
/// The same is asked for once more. If that comes to nothing either, the session goes on behind
/// it, and what the reply held is lost to this client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// What is wrong with it, and the body; of several, with the latest.
    pub error: ProtocolError,
    /// How often that came to pass since the application last read of it: gaps that nobody reads
    /// become one.
    pub times: u32,
}

/// The session is over.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ended {
    /// Why.
    pub cause: EndCause,
    /// Whether the same account can be expected to log in again, if need be by a new scan. After
    /// [`EndCause::Replaced`] do not try in a loop: two clients would throw each other out.
    pub recoverable: bool,
    /// What to hand to [`Client::resume`](crate::Client::resume) for that: the session, if it may
    /// still be there, or else what a push login needs. `None` if there is neither, if the session
    /// cannot go on, and after our own logout unless
    /// [`Relogin::after_logout`](crate::Relogin::after_logout) asks for it.
    pub again: Option<Snapshot>,
}

impl Ended {
    /// Whether the service signals that the account attracts its attention.
    pub fn is_risk_signal(&self) -> bool {
        matches!(self.cause, EndCause::Refused(_) | EndCause::RiskControl)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

/// Why the session is over.
///
/// The three codes for a lost session (1100, 1101, 1102) cannot be told apart reliably: a logout on
/// the phone has been seen as each of them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndCause {
    /// We logged out, as asked. If the service did not answer in time, a phone may show the login
    /// for a while.
    #[error("logged out")]
    LoggedOut,
    /// We stopped without logging out, as asked; the session can be resumed.
    #[error("detached")]
    Detached,
    /// Logged out on the phone, or forgotten by the service (code 1100).
    #[error("logged out on the phone")]
    LoggedOutOnPhone,
    /// Another web or desktop login took over (code 1101).
    #[error("replaced by another login")]
    Replaced,
    /// The cookies are no longer accepted (code 1102).
    #[error("cookies no longer accepted")]
    CookieInvalid,
    /// The session was ended within seconds after the login: the service watches this account.
    #[error("ended by risk control")]
    RiskControl,
    /// The service does not let this account in, so that another QR code would not help; or it
    /// has refused the session's calls for long.
    #[error("{0}")]
    Refused(ApiError),
    /// The session cannot go on without a scan, or without another try at a push login, and
    /// [`Relogin::scan`](crate::Relogin::scan) forbids to show a code.
    #[error("a QR code is needed, and none may be shown")]
    NeedsScan,
    /// Nobody scanned any of the QR codes.
    #[error("no QR code was scanned")]
    QrGaveUp,
    /// The service cannot be reached.
    #[error("service unreachable: {0}")]
    Unreachable(TransportErrorKind),
    /// The service speaks a protocol we do not understand, or cannot be trusted.
    #[error("{0}")]
    Protocol(ProtocolError),
}

impl EndCause {
    /// Whether the same account can be expected to log in again.
    pub(crate) fn is_recoverable(&self) -> bool {
        use ProtocolErrorKind::{Malformed, Redirected, Status};
        match self {
            Self::RiskControl => false,
            Self::Refused(error) => error.endpoint != Endpoint::NewLoginPage,
            // Something else answered in place of the service: it may be back tomorrow.
            Self::Protocol(error) => {
                matches!(error.kind, Status(_) | Malformed(_) | Redirected)
            }
            _ => true,
        }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

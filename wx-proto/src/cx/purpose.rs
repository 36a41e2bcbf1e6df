//! What requests, timers and signals between the parts are for.

use crate::{
    endpoint::{ContactRecord, Endpoint, SyncKey, webwxinit, webwxsync},
    event::EndCause,
    id::{CommandId, RequestId},
    pacer::PaceClass,
    ret::Ret,
    session::Keys,
};

/// What a request is for. At most one request of each purpose is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purpose {
    PushLogin,
    JsLogin,
    LoginPoll,
    NewLoginPage,
    Init,
    StatusNotify,
    ContactPage,
    Lookup,
    SyncCheck,
    Sync,
    /// `webwxinit` again, to learn whether the session is really gone.
    Recheck,
    /// A step of a command.
    Command(CommandId, Endpoint),
    Logout,
}

impl Purpose {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::PushLogin => Endpoint::PushLoginUrl,
            Self::JsLogin => Endpoint::JsLogin,
            Self::LoginPoll => Endpoint::Login,
            Self::NewLoginPage => Endpoint::NewLoginPage,
            Self::Init | Self::Recheck => Endpoint::Init,
            Self::StatusNotify => Endpoint::StatusNotify,
            Self::ContactPage => Endpoint::GetContact,
            Self::Lookup => Endpoint::BatchGetContact,
            Self::SyncCheck => Endpoint::SyncCheck,
            Self::Sync => Endpoint::Sync,
            Self::Command(_, endpoint) => endpoint,
            Self::Logout => Endpoint::Logout,
        }
    }

    /// The command that it is a step of.
    pub(crate) fn command(self) -> Option<CommandId> {
        match self {
            Self::Command(id, _) => Some(id),
            _ => None,
        }
    }

    /// The endpoints that the page loads as scripts, with its anti-cache counter.
    pub(crate) fn carries_nonce(self) -> bool {
        matches!(self, Self::JsLogin | Self::LoginPoll | Self::SyncCheck)
    }
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Alarm {
    Flight(RequestId),
    Retry(Purpose),
    /// A poll waits, because the one before was answered at once.
    Spacing(Purpose),
    QrExpiry,
    RosterWait,
    Pace(PaceClass),
    Resync,
    Watchdog,
    CloseDrain,
    CloseGrace,
}

/// The names of the core's timers, see [`Client::timeout_cause`](crate::Client::timeout_cause).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// A request takes too long.
    Flight,
    /// A request is asked again.
    Retry,
    /// A poll or lookup waits, so that it does not follow the one before too closely.
    Spacing,
    /// The QR code, or the question on the phone, is too old.
    QrExpiry,
    /// The address book takes too long; the session opens without it.
    RosterWait,
    /// The next send may go.
    Pace,
    /// A sync is due, although nothing was announced.
    Resync,
    /// Nothing got through for long.
    Watchdog,
    /// The end of the session does not wait any longer.
    Close,
}

impl From<Alarm> for Timer {
    fn from(alarm: Alarm) -> Self {
        match alarm {
            Alarm::Flight(_) => Self::Flight,
            Alarm::Retry(_) => Self::Retry,
            Alarm::Spacing(_) => Self::Spacing,
            Alarm::QrExpiry => Self::QrExpiry,
            Alarm::RosterWait => Self::RosterWait,
            Alarm::Pace(_) => Self::Pace,
            Alarm::Resync => Self::Resync,
            Alarm::Watchdog => Self::Watchdog,
            Alarm::CloseDrain | Alarm::CloseGrace => Self::Close,
        }
    }
}

/// What one part has to say to the others.
#[derive(Debug)]
pub(crate) enum Signal {
    /// The credentials are there.
    Authorized,
    /// The service no longer accepts the snapshot this session was resumed from.
    SnapshotRefused,
    /// `webwxinit` succeeded, for the login of the snapshot or for another one.
    Opened {
        reply: Box<webwxinit::Reply>,
        same_login: bool,
    },
    /// The first load of the address book is over.
    Loaded,
    /// The session may go online.
    Ready,
    /// `synccheck` was understood: the session lives.
    Lively,
    /// It was, and nothing waits at the service.
    Quiet,
    /// `webwxsync` succeeded. `before`: the keys that would bring the same again.
    Synced {
        reply: Box<webwxsync::Reply>,
        before: Keys,
        key_moved: bool,
        /// The service has more.
        more: bool,
    },
    /// A command brought records that the roster may as well have.
    Learned(Vec<ContactRecord>),
    /// A notice in a chat says that something is done too often.
    TooOften(String),
    /// Somebody is mentioned whom the roster does not know.
    Unknown(Vec<String>),
    /// Somebody spoke in a room of whose members it is none that are known.
    Stranger { room: String, who: String },
    /// A logged-out code came from the loop that the session lives by.
    LoggedOut(Ret),
    /// A logged-out code came from a call beside it, which counts how often it says so.
    LoggedOutAside(Ret),
    /// Replies are not understood any more, or nothing gets through: ask whether the session lives.
    Doubtful,
    /// The check says that the session lives, and where its sync would start afresh.
    Alive(Option<SyncKey>),
    /// It is over.
    Over(EndCause),
}

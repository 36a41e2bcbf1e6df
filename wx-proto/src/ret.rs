//! The service's own codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number that says whether the service did what it was asked to.
///
/// Open: unknown numbers are kept as they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ret(pub i32);

impl Ret {
    /// Done. For a message that means accepted, not delivered.
    pub const OK: Self = Self(0);
    /// A transient failure on the other side.
    pub const SYSTEM_ERROR: Self = Self(-1);
    /// Understood and refused.
    pub const LOGIC_ERROR: Self = Self(-2);
    /// Something is wrong with the ticket of the session.
    pub const TICKET_ERROR: Self = Self(-14);
    /// The request lacks something, or its cookies.
    pub const PARAMETER_ERROR: Self = Self(1);
    /// Seen from `webwxsync` alone, with all lists and keys empty: nothing to do but to wait.
    pub const SYNC_STALLED: Self = Self(3);
    /// The session is unknown: logged out on the phone, or asked at the wrong host.
    pub const SESSION_UNKNOWN: Self = Self(1100);
    /// The session was replaced by another login, or ran out.
    pub const SESSION_INVALID: Self = Self(1101);
    /// The cookies are missing or ran out.
    pub const COOKIE_INVALID: Self = Self(1102);
    /// The service could not parse the request.
    pub const UNPARSABLE: Self = Self(1200);
    /// The account may not log in here.
    pub const LOGIN_REFUSED: Self = Self(1203);
    /// This receiver is not allowed, and will not be.
    pub const RECEIVER_REFUSED: Self = Self(1204);
    /// Too often; asking on makes it worse.
    pub const TOO_OFTEN: Self = Self(1205);

    /// Whether this is [`Ret::OK`].
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Whether the session is gone: 1100, 1101 and 1102, which cannot be told apart reliably.
    pub const fn is_logged_out(self) -> bool {
        matches!(self.0, 1100..=1102)
    }

    /// The number in a few words; `None` for those nobody has explained.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::OK => "ok",
            Self::SYSTEM_ERROR => "system error",
            Self::LOGIC_ERROR => "logic error",
            Self::TICKET_ERROR => "ticket error",
            Self::PARAMETER_ERROR => "parameter error",
            Self::SYNC_STALLED => "sync stalled",
            Self::SESSION_UNKNOWN => "session unknown",
            Self::SESSION_INVALID => "session invalid",
            Self::COOKIE_INVALID => "cookie invalid",
            Self::UNPARSABLE => "request not parsed",
            Self::LOGIN_REFUSED => "login refused",
            Self::RECEIVER_REFUSED => "receiver refused",
            Self::TOO_OFTEN => "too often",
            _ => return None,
        })
    }
}

impl fmt::Display for Ret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => self.0.fmt(f),
        }
    }
}

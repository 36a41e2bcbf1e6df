//! Identifiers. All counters start with each [`Client`](crate::Client) and are never reused.

use std::fmt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

macro_rules! ordinal {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            pub(crate) const fn new(ordinal: u64) -> Self {
                Self(ordinal)
            }

            /// The number behind the id, for logs and tables; it counts up from 1.
            pub const fn ordinal(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

ordinal! {
    /// One attempt at one request. A retry is a new id.
    RequestId
}
ordinal! {
    /// One submitted command; it completes exactly once.
    CommandId
}
ordinal! {
    /// One event; acknowledging it says that the application is done with it.
    EventId
}
ordinal! {
    /// One block of an upload source that the core asked for.
    BlockId
}

/// One login of one account. User names change with every login; this tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct LoginId(u64);

impl LoginId {
    /// The mark of a login: a digest of the own user name, which the service makes anew for each
    /// login and keeps while a session is resumed. Not a secret, only a distinction.
    pub(crate) fn of(own_user_name: &str) -> Self {
        Self(digest(own_user_name))
    }
}

/// FNV-1a, 64 bit: tells texts apart, the same in every build. It hides nothing.
pub(crate) fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A person, room or service account of one login.
///
/// The service gives out new names (`@…`, `@@…`) with every login, so an id of an earlier login is
/// refused as [`Misuse`](crate::Misuse) and never reaches a stranger.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct ChatId {
    login: LoginId,
    user_name: String,
}

impl ChatId {
    pub(crate) fn new(login: LoginId, user_name: impl Into<String>) -> Self {
        Self {
            login,
            user_name: user_name.into(),
        }
    }

    /// The name on the wire: `@` + hex for people, `@@` + hex for rooms, plain for special accounts
    /// such as `filehelper`.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// Whether this is a room.
    pub fn is_room(&self) -> bool {
        is_room(&self.user_name)
    }

    /// Somebody else of the same login.
    pub(crate) fn sibling(&self, user_name: &str) -> Self {
        Self::new(self.login, user_name)
    }

    pub(crate) fn login(&self) -> LoginId {
        self.login
    }
}

impl fmt::Debug for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChatId({})", self.user_name)
    }
}

/// Rooms start with `@@`; the raw form of a room id, rarely seen, ends in `@chatroom`.
pub(crate) fn is_room(user_name: &str) -> bool {
    user_name.starts_with("@@") || user_name.ends_with("@chatroom")
}

/// The service's id of a message: decimal digits, up to 19 of them. Text, because a double loses
/// the last ones.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MsgId(String);

impl MsgId {
    /// `None` for what the service writes when there is no id: nothing, or `0`; and for what is no
    /// number of 64 bits.
    pub(crate) fn new(digits: impl Into<String>) -> Option<Self> {
        let digits = digits.into();
        let is_number =
            (1..=20).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
        (is_number && digits != "0").then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The smallest id of what a caller names itself. Ids that are made of the clock lie below it until the
/// year 2064, so the two are never the same.
const LEAST_KEYED: u64 = 30_000_000_000_000_000;

/// The id that this client gives to what it sends: 17 digits. A retry carries the same one, so that
/// the service can tell it from a second message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct ClientMsgId(pub(crate) u64);

impl ClientMsgId {
    /// The id of what a caller names itself.
    pub(crate) fn of_key(key: &[u8]) -> Self {
        const RANGE: u64 = 60_000_000_000_000_000;
        let digest = Md5::digest(key);
        let number = digest
            .iter()
            .take(8)
            .fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
        Self(LEAST_KEYED + number % RANGE)
    }

    /// Whether it is [of a key](Self::of_key), and not made of the clock.
    #[cfg(feature = "record")]
    pub(crate) fn is_keyed(self) -> bool {
        self.0 >= LEAST_KEYED
    }
}

impl fmt::Display for ClientMsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

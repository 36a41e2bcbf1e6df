//! The service's own codes, what they mean, and what to do about them.

mod place;
mod reaction;
mod refusal;
mod scan;
mod selector;
mod table;

#[cfg(test)]
mod page;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use place::hint_at;
pub use {
    reaction::Reaction,
    refusal::{Explanation, ProbableCause},
    scan::LoginCode,
    selector::Selector,
};

use crate::language::Language;

/// The number that says whether the service did what it was asked to.
///
/// Open: unknown numbers are kept as they came. The page `docs/codes.md` lists the known ones.
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
    /// Seen once, from `webwxcreatechatroom`, together with the name of a room that can be used.
    pub const ROOM_MADE: Self = Self(-2013);
    /// The request lacks something, or its cookies; of a full room: nobody can be added without
    /// being invited.
    pub const PARAMETER_ERROR: Self = Self(1);
    /// Listed by other clients, explained by none.
    pub const UNEXPLAINED: Self = Self(2);
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

    /// All numbers that have a name, 0 first, then the negative ones, then upwards.
    pub fn named() -> impl Iterator<Item = Self> {
        table::ROWS.iter().map(|row| row.ret)
    }

    /// Whether this is [`Ret::OK`].
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// Whether the session is gone: 1100, 1101 and 1102, which cannot be told apart reliably.
    pub const fn is_logged_out(self) -> bool {
        matches!(self.0, 1100..=1102)
    }

    /// The number in a few words; `None` for those that are in no list.
    pub fn name(self) -> Option<&'static str> {
        self.row().map(|row| row.name)
    }

    /// What the number says, as far as anybody knows. Where it means something else in one place,
    /// [`ApiError::hint`](crate::ApiError::hint) knows that.
    pub fn meaning(self, language: Language) -> &'static str {
        self.row()
            .map_or(table::UNKNOWN_MEANING, |row| row.meaning)
            .say(language)
    }

    /// What a user or an operator should do next, wherever the number came from.
    pub fn hint(self, language: Language) -> &'static str {
        self.row()
            .map_or(table::UNKNOWN_HINT, |row| row.hint)
            .say(language)
    }

    /// What the core does about it by itself. A refused login is never asked again, whatever the
    /// number.
    pub fn reaction(self) -> Reaction {
        self.row().map_or(Reaction::GiveUp, |row| row.reaction)
    }

    fn row(self) -> Option<&'static table::Row> {
        table::ROWS.iter().find(|row| row.ret == self)
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

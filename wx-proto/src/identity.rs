//! Who is who across logins.
//!
//! The service gives out new user names with every login, so nothing that is kept under one finds
//! its owner again. A [`Resolver`] maps the people and rooms of this login to identities of our own,
//! which stay: it compares what is known about them with a [`Book`] of earlier logins. It is not
//! part of a [`Client`](crate::Client): hand it the contacts, and keep the book beside the snapshot.
//!
//! ```
//! use wx_proto::{Client, identity::{Book, BookError, Resolution, Resolver}};
//!
//! /// Call it after each login, when the address book is there.
//! fn whose_notes(client: &Client, saved: &[u8]) -> Result<Vec<u8>, BookError> {
//!     let book = if saved.is_empty() { Book::new() } else { Book::decode(saved)? };
//!     let Some(me) = client.me() else { return Ok(book.encode()) };
//!     let mut resolver = Resolver::begin(book, me)?;
//!     for contact in client.roster().iter() {
//!         resolver.observe(contact);
//!     }
//!     resolver.settle();
//!     for contact in client.roster().iter() {
//!         match resolver.resolve(&contact.id) {
//!             Resolution::Known { identity, confidence, .. } => {
//!                 println!("{identity}, again, {confidence:?}");
//!             }
//!             Resolution::New(identity) => println!("{identity}, for the first time"),
//!             Resolution::Ambiguous(candidates) => println!("one of {}", candidates.len()),
//!             _ => {}
//!         }
//!     }
//!     Ok(resolver.book().encode())
//! }
//! ```
//!
//! # What it goes by
//!
//! Two things are certain: the number of an account, which the service shows of our own alone, and
//! the account name (`wxid_…`, `gh_…`, `…@chatroom`), which it shows in cards, in friend requests
//! and, until 2017, in the list of recent chats
//! ([`StatusNotify`](crate::message::StatusNotify)). Whoever has one is found by it, whatever else
//! changed. All else is added up: the id the person chose, the remark, the number of the picture,
//! the nick name, the line under it, sex and region, and for rooms the topic, the id for lookups and
//! the members.
//!
//! | [`Confidence`] | means | errs |
//! | --- | --- | --- |
//! | `Certain` | an account number or name agrees, or the application decided | if the service paired its two lists wrongly |
//! | `Strong` | two good signs agree, or the chosen id does | if somebody copies name and picture, or a remark is given to another |
//! | `Probable` | one good sign, or the name with the region | if one of two namesakes left between the logins and another came |
//! | `Weak` | the name and little more | with every namesake that nothing else tells apart |
//!
//! A sign that more than 32 share is none: they are new each time, if nothing else tells them apart.
//!
//! It is best effort. Somebody who changed everything is new; a stranger who took over everything
//! that shows is taken for the other. Let nothing depend on less than `Certain` that a person could
//! gain from by being taken for somebody else.
//!
//! # What it holds to
//!
//! - No two of one login have one identity.
//! - It never picks one of several that are about as likely: that is [`Resolution::Ambiguous`], for
//!   which [`Resolver::assign`] takes a decision.
//! - The result depends on the book and on what was observed, not on the order of observation.
//!   Of one person, what is said first in a login counts for finding them, what is said last for
//!   the next login, so that a new name in mid-session changes nothing.
//! - What was said before may turn out wrong when more is known. [`Resolver::settle`] says each
//!   such [`Change`].
//! - An identity is never given to anybody else. One that is not seen for many logins may be
//!   forgotten when the book is full.

mod book;
mod matching;
mod resolver;
mod traits;
mod turn;

#[cfg(test)]
mod tests;

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use {book::Book, resolver::Resolver};

use crate::id::{ChatId, digest};

/// A person, room or service account, the same in every login. Opaque; `Display` and `FromStr` are
/// 16 hex digits, for files and databases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(u64);

impl Identity {
    /// The one for whoever was first seen under this name. No login gives out a name of another; the
    /// few names that are the same in all of them belong to the same account in all of them.
    fn born(user_name: &str) -> Self {
        Self(digest(user_name))
    }

    fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({self})")
    }
}

impl FromStr for Identity {
    type Err = ParseIntError;

    fn from_str(digits: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(digits, 16).map(Self)
    }
}

/// Who somebody of this login is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// Somebody of an earlier login.
    #[non_exhaustive]
    Known {
        /// The same as then.
        identity: Identity,
        /// How sure that is.
        confidence: Confidence,
        /// What spoke for it most.
        by: Evidence,
    },
    /// Nobody in the book is like them. The identity was made for them now.
    New(Identity),
    /// One of these, the most likely first, at most eight; or nobody of them.
    Ambiguous(Vec<Identity>),
    /// Nobody of this name was observed and settled in this login.
    Unknown,
}

impl Resolution {
    /// The identity, if it is one.
    pub fn identity(&self) -> Option<Identity> {
        match self {
            Self::Known { identity, .. } | Self::New(identity) => Some(*identity),
            Self::Ambiguous(_) | Self::Unknown => None,
        }
    }
}

/// How sure it is that somebody is the same as in an earlier login; see the
/// [module](crate::identity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// The name and little more.
    Weak,
    /// One good sign, or the name with the region.
    Probable,
    /// Two good signs, or the id that the person chose.
    Strong,
    /// An account number or name, or the application's decision.
    Certain,
}

/// What spoke most for somebody being the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The number of the account.
    Uin,
    /// The name of the account, or of the room, that is the same in every login.
    Account,
    /// The application said so, by [`Resolver::assign`].
    Application,
    /// The id that the person chose.
    Alias,
    /// The remark of our account's owner.
    Remark,
    /// The number of the picture.
    Picture,
    /// A room's id for lookups.
    RoomId,
    /// A room's members.
    Members,
    /// The nick name, or a room's topic.
    Name,
}

/// A correction of what was said before in this login.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It was ambiguous, and is not any more.
    #[non_exhaustive]
    Found {
        /// Whom it is about.
        chat: ChatId,
        /// Who they are.
        identity: Identity,
    },
    /// Two identities are one person: move what is kept under `from`. From now on `from` leads to
    /// `into`.
    #[non_exhaustive]
    Merged {
        /// Whom it is about.
        chat: ChatId,
        /// Made for them too soon.
        from: Identity,
        /// Who they are.
        into: Identity,
    },
    /// They were taken for somebody else. What this login kept for them under `from` belongs to
    /// `to`; what earlier logins kept there does not.
    #[non_exhaustive]
    Split {
        /// Whom it is about.
        chat: ChatId,
        /// Somebody else's.
        from: Identity,
        /// Who they are.
        to: Identity,
    },
    /// They may be `from`, but somebody else may be as well. See [`Resolver::resolve`].
    #[non_exhaustive]
    Lost {
        /// Whom it is about.
        chat: ChatId,
        /// Who they were taken for.
        from: Identity,
    },
}

/// A book that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BookError {
    /// Written by a newer version of this library.
    #[error("book version {0} is not supported")]
    UnsupportedVersion(u32),
    /// Not a book, or damaged.
    #[error("book is damaged")]
    Malformed,
    /// The book is that of another account: each account has its own.
    #[error("book of another account")]
    ForeignAccount,
}

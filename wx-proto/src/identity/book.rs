//! What is known of earlier logins, as versioned bytes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{BookError, Identity, traits::Traits};
use crate::{endpoint::contact::is_user_name, id::LoginId};

/// Bumped when a member changes its meaning; new members alone need no new version.
const VERSION: u32 = 1;

/// Twice what an account may have as friends, so that rooms, official accounts and those who left
/// have a place as well.
pub(super) const ENTRIES: usize = 20_000;

/// Identities that were merged into others, so that what is kept under the old one finds the new
/// one. It takes a correction to make one.
const MERGED: usize = 1000;

/// Everybody who was known in earlier logins of one account, and who is observed in this one.
///
/// It opens nothing, but it is personal data: who the account's friends are can be guessed from it,
/// though all but their account names are digests. `Debug` prints a count.
#[derive(Clone, PartialEq, Eq)]
pub struct Book(pub(super) Pages);

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pages {
    version: u32,
    /// The account, as a digest of its number; 0 before the first login.
    #[serde(default)]
    pub(super) owner: u64,
    /// Whose names `present` goes by.
    #[serde(default)]
    pub(super) login: Option<LoginId>,
    /// Logins so far.
    #[serde(default)]
    pub(super) logins: u32,
    /// Those of earlier logins. Not changed by this one.
    #[serde(default)]
    pub(super) past: BTreeMap<Identity, Entry>,
    /// Those of this login, by user name.
    #[serde(default)]
    pub(super) present: BTreeMap<String, Person>,
    /// What was merged into what, in the order of happening.
    #[serde(default)]
    pub(super) merged: Vec<(Identity, Identity)>,
}

/// Somebody of earlier logins.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Entry {
    pub(super) traits: Traits,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uin: Option<u64>,
    /// The logins that saw them first and last, counted.
    pub(super) born: u32,
    pub(super) seen: u32,
}

/// Somebody of this login.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Person {
    /// As they were first seen, for finding them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first: Option<Traits>,
    /// As they are now, if that is different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<Traits>,
    /// As a member of a room, where names may be remarks: for want of a record of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) as_member: Option<Traits>,
    /// More than one is a contradiction, and then none counts; more than two are not kept.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) accounts: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) uin: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) choice: Option<Choice>,
}

/// What the application decided.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Choice {
    Is(Identity),
    New,
}

impl Person {
    pub(super) fn account(&self) -> Option<&str> {
        match self.accounts.len() {
            1 => self.accounts.first().map(String::as_str),
            _ => None,
        }
    }

    /// What they are to be found by.
    pub(super) fn traits(&self) -> Option<&Traits> {
        self.first.as_ref().or(self.as_member.as_ref())
    }

    pub(super) fn latest(&self) -> Option<&Traits> {
        self.last.as_ref().or(self.traits())
    }
}

impl Book {
    /// A book of nobody, for the first login of an account.
    pub fn new() -> Self {
        Self(Pages {
            version: VERSION,
            ..Pages::default()
        })
    }

    /// Reads what [`encode`](Self::encode) wrote, in this or an earlier version.
    ///
    /// # Errors
    ///
    /// The bytes are damaged, or newer than this library. Do not begin with a new book then: what is
    /// kept under the old identities would be nobody's.
    pub fn decode(bytes: &[u8]) -> Result<Self, BookError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| BookError::Malformed)?;
        if head.version != VERSION {
            return Err(BookError::UnsupportedVersion(head.version));
        }
        let mut pages: Pages = serde_json::from_slice(bytes).map_err(|_| BookError::Malformed)?;
        pages.normalize();
        Ok(Self(pages))
    }

    /// The bytes to save: JSON, some 400 bytes for each person, 1 KB for each room.
    pub fn encode(&self) -> Vec<u8> {
        // Numbers, texts and lists: there is nothing in a book that JSON cannot hold.
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    /// How many identities of earlier logins it has.
    pub fn len(&self) -> usize {
        self.0.past.len()
    }

    /// Whether there was no earlier login.
    pub fn is_empty(&self) -> bool {
        self.0.past.is_empty()
    }

    /// The identity that stands for this one now: itself, or what it was merged into.
    pub fn current(&self, identity: Identity) -> Identity {
        self.0.current(identity)
    }
}

impl Default for Book {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book")
            .field("identities", &self.0.past.len())
            .field("observed", &self.0.present.len())
            .finish_non_exhaustive()
    }
}

impl Pages {
    pub(super) fn current(&self, identity: Identity) -> Identity {
        // Once through in the order of happening: who was merged into somebody who was merged later
        // is found, and there is no running in circles.
        let merged = self.merged.iter();
        merged.fold(identity, |found, (from, into)| match found == *from {
            true => *into,
            false => found,
        })
    }

    /// Whether `from` is not known to be `into` yet. It is from now on.
    pub(super) fn merge(&mut self, from: Identity, into: Identity) -> bool {
        let is_news = !self.merged.contains(&(from, into));
        if is_news {
            self.merged.retain(|(merged, _)| *merged != from);
            self.merged.push((from, into));
            let excess = self.merged.len().saturating_sub(MERGED);
            self.merged.drain(..excess);
        }
        is_news
    }

    /// Forgets those who were not seen for the longest time, first those whom nothing certain would
    /// find again.
    pub(super) fn evict(&mut self, room_for: usize) {
        let excess = self.past.len().saturating_sub(room_for);
        if excess == 0 {
            return;
        }
        let rank = |(identity, entry): (&Identity, &Entry)| {
            let is_certain = entry.account.is_some() || entry.uin.is_some();
            (entry.seen, is_certain, *identity)
        };
        let mut ranked: Vec<_> = self.past.iter().map(rank).collect();
        ranked.sort_unstable();
        for (_, _, identity) in ranked.into_iter().take(excess) {
            self.past.remove(&identity);
        }
    }

    /// What was read is brought within the bounds. A key that two share is nobody's.
    fn normalize(&mut self) {
        self.evict(ENTRIES);
        let mut accounts = BTreeMap::<_, u32>::new();
        let mut uins = BTreeMap::<_, u32>::new();
        for entry in self.past.values() {
            *accounts.entry(entry.account.clone()).or_default() += 1;
            *uins.entry(entry.uin).or_default() += 1;
        }
        for entry in self.past.values_mut() {
            entry.traits.normalize();
            entry
                .account
                .take_if(|it| accounts.get(&Some(it.clone())) != Some(&1));
            entry.uin.take_if(|it| uins.get(&Some(*it)) != Some(&1));
        }
        self.present.retain(|name, _| is_user_name(name));
        while self.present.len() > ENTRIES {
            self.present.pop_last();
        }
        for person in self.present.values_mut() {
            let traits = [&mut person.first, &mut person.last, &mut person.as_member];
            traits.into_iter().flatten().for_each(Traits::normalize);
        }
        let excess = self.merged.len().saturating_sub(MERGED);
        self.merged.drain(..excess);
    }
}

//! The sync log of a session and the key lists that point into it.
//!
//! A key list is all the service remembers of a position: it carries the position itself and a
//! check value over all its entries, so that any list ever given out can be read back, however old,
//! and one that was changed on the way is known, without a memory of lists.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::message::Message;
use super::peer::{ME, Peer};
use super::reply::Json;
use super::stream::mix;

/// What a key list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// From `webwxinit`: four keys, good for both calls.
    Init,
    /// `SyncKey` of a `webwxsync`.
    Sync,
    /// `SyncCheckKey` of a `webwxsync`.
    Check,
}

impl Role {
    /// Number and order of keys change from reply to reply; 1000 and above hold seconds.
    const fn keys(self) -> &'static [u32] {
        match self {
            Self::Init => &[1, 2, 3, 1000],
            Self::Sync => &[1, 2, 3, 11, 201, 1000, 1001],
            Self::Check => &[1, 2, 3, 11, 13, 201, 203, 1000, 1001, 1002],
        }
    }

    /// How far the message counter of this list runs ahead of the position. The two lists of a
    /// reply really differ: whoever mixes them up skips messages or polls without end.
    pub(super) const fn ahead(self) -> u32 {
        match self {
            Self::Init | Self::Sync => 0,
            Self::Check => 7,
        }
    }
}

/// One thing the client is to hear of.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Message(Box<Message>),
    /// A contact or room in its present state.
    Changed(Peer),
    Deleted(Peer),
    /// The own profile; whether the picture is another one.
    Profile {
        picture: bool,
    },
    /// Something `synccheck` tells and `webwxsync` does not show.
    Nothing {
        selector: u32,
    },
}

impl Item {
    /// What `synccheck` says when this item is the first that waits.
    pub(super) fn selector(&self) -> u32 {
        match self {
            Self::Message(message) if message.msg_type == 51 => 7,
            Self::Message(_) => 2,
            Self::Changed(_) | Self::Profile { .. } => 4,
            Self::Deleted(_) => 6,
            Self::Nothing { selector } => *selector,
        }
    }

    /// Whom or which room it is about. `None`: nobody.
    pub(super) fn chat(&self) -> Option<Peer> {
        match self {
            Self::Message(message) if message.from == Peer::Person(ME) => Some(message.to),
            Self::Message(message) => Some(message.from),
            Self::Changed(peer) | Self::Deleted(peer) => Some(*peer),
            Self::Profile { .. } | Self::Nothing { .. } => None,
        }
    }
}

/// The log of one session.
#[derive(Debug)]
pub(super) struct Log {
    salt: u64,
    start: u32,
    /// Position of the first item that is kept.
    first: u64,
    items: VecDeque<Item>,
}

impl Log {
    pub(super) fn new(salt: u64) -> Self {
        // Counters of old accounts were seen between 600 and 710 million.
        let start = 600_000_000 + u32::try_from(salt % 100_000_000).unwrap_or(0);
        Self {
            salt,
            start,
            first: 0,
            items: VecDeque::new(),
        }
    }

    pub(super) fn push(&mut self, item: Item, limit: usize) {
        self.items.push_back(item);
        while self.items.len() > limit.max(1) {
            self.items.pop_front();
            self.first = self.first.saturating_add(1);
        }
    }

    /// The position of the oldest item that is kept.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.items.len() as u64)
    }

    /// The items from a position on, without those that are gone.
    pub(super) fn since(&self, position: u64) -> impl Iterator<Item = &Item> {
        let skip = usize::try_from(position.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.items.iter().skip(skip)
    }

    /// The position after `count` items from `position` on.
    pub(super) fn after(&self, position: u64, count: usize) -> u64 {
        position
            .max(self.first)
            .saturating_add(count as u64)
            .min(self.end())
    }

    /// The key list for a position, as given out at `now`.
    pub(super) fn keys(&self, role: Role, position: u64, now: Duration) -> Keys {
        let seconds = u32::try_from(now.as_secs()).unwrap_or(u32::MAX);
        let counter = u32::try_from(position)
            .unwrap_or(u32::MAX)
            .saturating_add(self.start)
            .saturating_add(role.ahead());
        let mut list: Vec<(u32, u32)> = role
            .keys()
            .iter()
            .map(|&key| {
                let value = match key {
                    1 => self.start.saturating_sub(86),
                    2 => counter,
                    3 => 0,
                    11 => self.start.saturating_sub(119),
                    13 => 0,
                    201 | 203 => seconds,
                    _ => seconds.saturating_sub(13_000),
                };
                (key, value)
            })
            .collect();
        let check = self.check(role, &list);
        for (key, value) in &mut list {
            if *key == 3 {
                *value = check;
            }
        }
        Keys(list)
    }

    /// What a list of this log is for, and the position it stands at.
    pub(super) fn read(&self, keys: &Keys) -> Option<(Role, u64)> {
        [Role::Init, Role::Sync, Role::Check]
            .into_iter()
            .find_map(|role| {
                let of_role = keys
                    .0
                    .iter()
                    .map(|(key, _)| *key)
                    .eq(role.keys().iter().copied());
                let value = |wanted: u32| {
                    keys.0
                        .iter()
                        .find(|(key, _)| *key == wanted)
                        .map(|(_, value)| *value)
                };
                if !of_role || value(3)? != self.check(role, &keys.0) {
                    return None;
                }
                let position = value(2)?
                    .checked_sub(self.start)?
                    .checked_sub(role.ahead())?;
                Some((role, u64::from(position)))
            })
    }

    /// A value over everything else in the list, of the size such counters have.
    fn check(&self, role: Role, list: &[(u32, u32)]) -> u32 {
        let mut sum = mix(self.salt ^ u64::from(role.ahead()));
        for (key, value) in list.iter().filter(|(key, _)| *key != 3) {
            sum = mix(sum ^ (u64::from(*key) << 32 | u64::from(*value)));
        }
        700_000_000 + u32::try_from(sum % 100_000_000).unwrap_or(0)
    }
}

/// A key list as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Keys(Vec<(u32, u32)>);

impl Keys {
    /// From the body of `webwxsync`. The count must be true there.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let list = value.get("List")?.as_array()?;
        if value.get("Count")?.as_u64()? != list.len() as u64 {
            return None;
        }
        let number = |item: &Value, name: &str| u32::try_from(item.get(name)?.as_u64()?).ok();
        list.iter()
            .map(|item| Some((number(item, "Key")?, number(item, "Val")?)))
            .collect::<Option<_>>()
            .map(Self)
    }

    /// From the query of `synccheck`: `1_11|2_22`.
    pub(super) fn from_query(value: &str) -> Option<Self> {
        value
            .split('|')
            .map(|item| {
                let (key, value) = item.split_once('_')?;
                Some((key.parse().ok()?, value.parse().ok()?))
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    pub(super) fn empty() -> Self {
        Self(Vec::new())
    }

    pub(super) fn json(&self) -> Json {
        let items = self.0.iter().map(|(key, value)| {
            Json::Object(vec![("Key", (*key).into()), ("Val", (*value).into())])
        });
        Json::Object(vec![
            ("Count", self.0.len().into()),
            ("List", Json::List(items.collect())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_back_and_differ_by_role() {
        let log = Log::new(42);
        let now = Duration::from_secs(1_672_531_200);
        for (role, position) in [(Role::Init, 0), (Role::Sync, 5), (Role::Check, 5)] {
            let keys = log.keys(role, position, now);
            assert_eq!(log.read(&keys), Some((role, position)));
        }
        assert_ne!(log.keys(Role::Sync, 5, now), log.keys(Role::Check, 5, now));
    }

    #[test]
    fn a_changed_list_is_unknown() {
        let log = Log::new(42);
        let now = Duration::from_secs(1_672_531_200);
        let mut keys = log.keys(Role::Sync, 5, now);
        keys.0[1].1 += 1;
        assert_eq!(log.read(&keys), None);
        assert_eq!(Log::new(43).read(&log.keys(Role::Sync, 5, now)), None);
        assert_eq!(log.read(&Keys::empty()), None);
    }

    #[test]
    fn old_items_go_and_positions_stay() {
        let mut log = Log::new(1);
        for selector in 0..5 {
            log.push(Item::Nothing { selector }, 3);
        }
        assert_eq!(log.end(), 5);
        assert_eq!(log.since(3).map(Item::selector).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(log.since(0).count(), 3);
        assert_eq!(log.after(0, 2), 4);
    }
}

//! Deadlines by name.

use std::collections::BTreeMap;

use crate::time::Stamp;

/// At most one deadline per key. There are few keys, so the earliest is looked for, not kept.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    due: BTreeMap<K, Stamp>,
}

impl<K: Ord + Copy> Timers<K> {
    pub(crate) fn new() -> Self {
        Self {
            due: BTreeMap::new(),
        }
    }

    /// Arms `key`, or moves its deadline.
    pub(crate) fn set(&mut self, key: K, at: Stamp) {
        self.due.insert(key, at);
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    pub(crate) fn cancel(&mut self, key: K) {
        self.due.remove(&key);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.due.retain(|key, _| keep(key));
    }

    pub(crate) fn due(&self, key: K) -> Option<Stamp> {
        self.due.get(&key).copied()
    }

    pub(crate) fn is_set(&self, key: K) -> bool {
        self.due.contains_key(&key)
    }

    /// The earliest deadline; among equal ones the smallest key.
    pub(crate) fn next(&self) -> Option<(Stamp, K)> {
        self.due.iter().map(|(key, at)| (*at, *key)).min()
    }

    /// The keys whose deadlines are reached at `now`, the earliest first.
    pub(crate) fn reached(&self, now: Stamp) -> Vec<K> {
        let reached = self.due.iter().filter(|(_, at)| **at <= now);
        let mut reached: Vec<_> = reached.map(|(key, at)| (*at, *key)).collect();
        reached.sort_unstable();
        reached.into_iter().map(|(_, key)| key).collect()
    }

    /// Takes a deadline, if it is still reached at `now`.
    pub(crate) fn take(&mut self, key: K, now: Stamp) -> bool {
        let is_reached = self.due(key).is_some_and(|at| at <= now);
        if is_reached {
            self.due.remove(&key);
        }
        is_reached
    }
}

//! What the application behind one account knows, over all the processes it lives in.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use wx_proto::{EventId, Snapshot};
use wx_sim::server::SessionId;

/// What must reach an application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Message(u64),
    /// Of the message with this id.
    Recall(u64),
    /// Of the person with this user name.
    Request(String),
}

/// What the service was made to tell an account.
pub(crate) struct Expected {
    pub(crate) msg_id: u64,
    pub(crate) key: Key,
    /// What a text says, or the md5 of a picture.
    pub(crate) content: Option<String>,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) expected: Vec<Expected>,
    pub(crate) seen: BTreeSet<Key>,
    /// Of them, those that the running process was told.
    told: BTreeSet<Key>,
    /// Those that may come again after a crash.
    fresh: BTreeSet<Key>,
    /// In the order of acknowledgement.
    acknowledged: Vec<Key>,
    is_acknowledged: BTreeSet<Key>,
    /// What a restart finds.
    saved: Option<(Snapshot, usize)>,
    /// Read, and not acknowledged yet.
    pub(crate) held: Vec<(EventId, Option<Key>)>,
    /// The latest message of each chat, in this process.
    latest: BTreeMap<String, usize>,
    /// When the client was online first in each session, as Unix time.
    pub(crate) online: BTreeMap<SessionId, Duration>,
    /// Sessions in which a process died: what it had fetched may have died with it.
    pub(crate) crashed: BTreeSet<SessionId>,
    /// How often the client told in each session that it could not read what came.
    pub(crate) gaps: BTreeMap<SessionId, u32>,
    /// When it then passed over what waited, as Unix time.
    pub(crate) passed_over: BTreeMap<SessionId, Vec<Duration>>,
}

impl Ledger {
    /// `false`: this process was told it before. Nothing but the end of a process makes a client
    /// tell something once more.
    pub(crate) fn tell(&mut self, key: &Key) -> bool {
        self.told.insert(key.clone())
    }

    /// `false`: it was acknowledged before.
    pub(crate) fn see(&mut self, key: &Key) -> bool {
        self.seen.insert(key.clone());
        self.fresh.insert(key.clone());
        !self.is_acknowledged.contains(key)
    }

    /// `false`: a later one of that chat was there before.
    pub(crate) fn is_in_order(&mut self, chat: &str, at: usize) -> bool {
        let before = self.latest.insert(chat.to_owned(), at);
        before.is_none_or(|before| before < at)
    }

    pub(crate) fn acknowledge(&mut self, key: Option<Key>) {
        if let Some(key) = key.filter(|key| self.is_acknowledged.insert(key.clone())) {
            self.acknowledged.push(key);
        }
    }

    /// A session ended, and left nothing to go back to but this.
    pub(crate) fn end(&mut self, again: Option<Snapshot>) {
        self.fresh.clear();
        match again {
            Some(snapshot) => self.save(snapshot),
            None => self.saved = None,
        }
    }

    pub(crate) fn save(&mut self, snapshot: Snapshot) {
        self.saved = Some((snapshot, self.acknowledged.len()));
    }

    /// A new process begins with what was saved.
    pub(crate) fn restart(&mut self) -> Option<Snapshot> {
        self.held.clear();
        self.latest.clear();
        self.told.clear();
        let Some((snapshot, covered)) = self.saved.clone() else {
            self.forget(0);
            return None;
        };
        self.forget(covered);
        Some(snapshot)
    }

    /// The process died. What it had read and not acknowledged must come again.
    pub(crate) fn crash(&mut self, session: Option<SessionId>) {
        self.crashed.extend(session);
        for key in std::mem::take(&mut self.fresh) {
            if !self.is_acknowledged.contains(&key) {
                self.seen.remove(&key);
            }
        }
    }

    fn forget(&mut self, covered: usize) {
        for key in self.acknowledged.split_off(covered) {
            self.is_acknowledged.remove(&key);
        }
    }
}

//! What a session is made of: everything that is needed to go on after a restart, and no more.

use std::time::Duration;

use crate::{
    cookies::Jar,
    endpoint::{Credentials, SyncKey},
    hosts::Family,
    id::{ChatId, ClientMsgId, LoginId},
    profile::Profile,
};

pub(crate) struct Session {
    pub(crate) family: &'static Family,
    pub(crate) credentials: Credentials,
    pub(crate) cookies: Jar,
    /// What `webwxsync` starts from.
    pub(crate) sync_key: Option<SyncKey>,
    /// What `synccheck` compares; the sync key until the first sync brought one of its own.
    pub(crate) sync_check_key: Option<SyncKey>,
    pub(crate) me: Option<Profile>,
    /// The cookie clock at the time of the snapshot this session goes on from.
    pub(crate) saved: Option<Duration>,
    /// The latest id given to something sent; ids only grow, also across restarts.
    pub(crate) last_client_msg_id: u64,
}

/// Where a sync starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) sync: Option<SyncKey>,
    pub(crate) check: Option<SyncKey>,
}

impl Session {
    pub(crate) fn new(family: &'static Family) -> Self {
        Self {
            family,
            credentials: Credentials::default(),
            cookies: Jar::default(),
            sync_key: None,
            sync_check_key: None,
            me: None,
            saved: None,
            last_client_msg_id: 0,
        }
    }

    /// The own user name; empty before `webwxinit`.
    pub(crate) fn my_name(&self) -> &str {
        self.me.as_ref().map_or("", |me| me.id.user_name())
    }

    pub(crate) fn login(&self) -> LoginId {
        self.me
            .as_ref()
            .map_or_else(|| LoginId::of(""), |me| me.id.login())
    }

    pub(crate) fn chat(&self, user_name: impl Into<String>) -> ChatId {
        ChatId::new(self.login(), user_name)
    }

    pub(crate) fn check_key(&self) -> Option<&SyncKey> {
        self.sync_check_key.as_ref().or(self.sync_key.as_ref())
    }

    pub(crate) fn keys(&self) -> Keys {
        Keys {
            sync: self.sync_key.clone(),
            check: self.sync_check_key.clone(),
        }
    }

    /// Both lists are replaced as a whole, each for itself, and never by an empty one.
    pub(crate) fn adopt_keys(&mut self, sync: Option<SyncKey>, check: Option<SyncKey>) {
        self.sync_key = sync.or(self.sync_key.take());
        self.sync_check_key = check.or(self.sync_check_key.take());
    }

    /// Milliseconds and four random digits, but always more than the one before: a clock that
    /// stands still, or went back before a restart, must not make two messages look like one.
    pub(crate) fn next_client_msg_id(&mut self, unix_ms: u64, digits: u64) -> ClientMsgId {
        let fresh = unix_ms.saturating_mul(10_000).saturating_add(digits);
        self.last_client_msg_id = fresh.max(self.last_client_msg_id.saturating_add(1));
        ClientMsgId(self.last_client_msg_id)
    }
}

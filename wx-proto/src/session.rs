//! What a session is made of: everything that is needed to go on after a restart, and no more.

use std::time::Duration;

use crate::{
    cookies::Jar,
    endpoint::{Credentials, SyncKey, Uin},
    hosts::{Family, HostRole},
    id::{ChatId, ClientMsgId, LoginId},
    profile::Profile,
};

pub(crate) struct Session {
    pub(crate) family: &'static Family,
    /// The long poll goes to the main host: the push host did not know the session.
    pub(crate) polls_main: bool,
    /// Whether it was entered as the desktop client. `None`: nobody noted it, so it was entered as
    /// the settings say.
    pub(crate) desktop: Option<bool>,
    pub(crate) credentials: Credentials,
    pub(crate) cookies: Jar,
    /// What `webwxsync` starts from.
    pub(crate) sync_key: Option<SyncKey>,
    /// What `synccheck` compares; the sync key until the first sync brought one of its own.
    pub(crate) sync_check_key: Option<SyncKey>,
    pub(crate) me: Option<Profile>,
    /// From so many members on, people are not added to a room but invited, as `webwxinit` says.
    pub(crate) invite_from: Option<usize>,
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

/// Session cookies live for twelve hours, one was seen with three days; those that name the device
/// live for ten years.
const SESSION_COOKIES: Duration = Duration::from_secs(30 * 24 * 3600);

impl Session {
    pub(crate) fn new(family: &'static Family) -> Self {
        Self {
            family,
            polls_main: false,
            desktop: None,
            credentials: Credentials::default(),
            cookies: Jar::default(),
            sync_key: None,
            sync_check_key: None,
            me: None,
            invite_from: None,
            saved: None,
            last_client_msg_id: 0,
        }
    }

    /// What is left when the service no longer knows the session, and the next login can use: whose
    /// account it was, the jar, and the ids that must go on growing.
    pub(crate) fn lapsed(&self) -> Self {
        Self {
            credentials: Credentials {
                uin: self.credentials.uin,
                ..Credentials::default()
            },
            cookies: self.cookies.clone(),
            saved: self.saved,
            last_client_msg_id: self.last_client_msg_id,
            ..Self::new(self.family)
        }
    }

    /// What is left when the session was ended on purpose: of the jar only what names the device.
    pub(crate) fn logged_out(&self, now: Duration) -> Self {
        let mut left = self.lapsed();
        left.cookies.retain_long_lived(now, SESSION_COOKIES);
        left
    }

    /// A login was confirmed, on hosts that may be others. What an earlier session of this device
    /// left behind must not pass for cookies of the new one.
    pub(crate) fn begin(&mut self, family: &'static Family, desktop: bool, now: Duration) {
        self.family = family;
        self.polls_main = false;
        self.desktop = Some(desktop);
        if self.credentials.uin != Uin::default() {
            self.cookies.retain_long_lived(now, SESSION_COOKIES);
        }
    }

    /// Whether the service can be asked to push a login to the phone: it wants to know whose, and
    /// two cookies of an earlier login by which it knows this device.
    pub(crate) fn can_push(&self, now: Duration) -> bool {
        let has = |name| self.cookies.value(self.family.main, name, now).is_some();
        self.credentials.uin != Uin::default() && has("webwxuvid") && has("webwx_auth_ticket")
    }

    /// The host for a role.
    pub(crate) fn host(&self, role: HostRole) -> &'static str {
        match role {
            HostRole::Push if self.polls_main => self.family.main,
            role => self.family.host(role),
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

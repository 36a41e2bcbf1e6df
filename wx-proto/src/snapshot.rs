//! What survives a restart, as versioned bytes.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    cookies::Jar,
    endpoint::{Credentials, SyncKey, Uin},
    error::SnapshotError,
    hosts::Family,
    id::{ChatId, LoginId},
    profile::Profile,
    secret::Secret,
    seen::Fingerprint,
    session::{Keys, Session},
};

/// A session that can be resumed without a new scan; or, once it is over, what lets the service
/// ask the phone instead of showing a code (see [`Relogin`](crate::Relogin)).
///
/// **It opens the account**: keep it as secret as a password. It never covers a message, a recall or
/// a friend request that was not acknowledged: after [`Client::resume`](crate::Client::resume) those
/// come again. Changes of the roster do not: it is loaded anew, and shows how things are by then.
#[derive(Clone)]
pub struct Snapshot(Arc<Record>);

/// Bumped, by a new step, when a member changes its form or its meaning. New members alone need
/// none: they have a default, and older versions of this library pass over them.
const VERSION: u32 = 1 + STEPS.len() as u32;

/// Each makes of a record of one version one of the next, the first of version 1; or fails, because
/// it is none. They stay for as long as anybody may have a file from before.
const STEPS: &[fn(&mut Value) -> Option<()>] = &[without_tickets];

/// Version 2: friend requests are remembered without their tickets.
fn without_tickets(record: &mut Value) -> Option<()> {
    let seen = record.get_mut("seen")?;
    let mut window: Vec<Fingerprint> = serde_json::from_value(seen.take()).ok()?;
    window.iter_mut().for_each(Fingerprint::hide_ticket);
    *seen = serde_json::to_value(window).ok()?;
    Some(())
}

/// No clock leads so far, and no client counts so far; what is sent from there on would soon all
/// have the same id.
const LAST_CLIENT_MSG_ID: u64 = i64::MAX as u64;

#[derive(Clone, Serialize, Deserialize)]
struct Record {
    version: u32,
    family: String,
    uin: Uin,
    sid: Secret,
    skey: Secret,
    pass_ticket: Secret,
    /// Empty once the session is over; then there are no keys either.
    user_name: String,
    nick_name: String,
    cookies: Jar,
    /// In the text form of `synccheck`.
    sync_key: String,
    sync_check_key: Option<String>,
    last_client_msg_id: u64,
    /// The clock that the cookies live by, in seconds.
    saved: u64,
    seen: Vec<Fingerprint>,
    #[serde(default, skip_serializing_if = "is_false")]
    polls_main: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    desktop: Option<bool>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Snapshot {
    /// Reads what [`encode`](Self::encode) wrote, in this or any earlier version. What a later one has
    /// added to this version is passed over.
    ///
    /// # Errors
    ///
    /// The bytes are damaged or something else, or of a version that is newer than this library.
    /// Either means: scan again.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| SnapshotError::Malformed)?;
        if head.version > VERSION {
            return Err(SnapshotError::UnsupportedVersion(head.version));
        }
        Self::read(head.version, bytes).ok_or(SnapshotError::Malformed)
    }

    fn read(version: u32, bytes: &[u8]) -> Option<Self> {
        let done = usize::try_from(version.checked_sub(1)?).ok()?;
        let record: Record = match STEPS.get(done..)? {
            [] => serde_json::from_slice(bytes).ok()?,
            steps => {
                let mut record = serde_json::from_slice(bytes).ok()?;
                steps.iter().try_for_each(|step| step(&mut record))?;
                serde_json::from_value(record).ok()?
            }
        };
        let is_whole = match record.user_name.as_str() {
            "" => record.uin != Uin::default(),
            _ => SyncKey::parse(&record.sync_key).is_some(),
        };
        let can_grow = record.last_client_msg_id <= LAST_CLIENT_MSG_ID;
        let is_ours = Family::of_main(&record.family).is_some() && is_whole && can_grow;
        let version = VERSION;
        is_ours.then(|| Self(Arc::new(Record { version, ..record })))
    }

    /// The bytes to save: JSON, readable and secret.
    pub fn encode(&self) -> Vec<u8> {
        // Strings, numbers and lists: there is nothing in a record that JSON cannot hold.
        serde_json::to_vec(&*self.0).unwrap_or_default()
    }

    /// Whether a client that enters at `entry` goes on from this: the full page and that for the file
    /// helper alone are two worlds.
    pub(crate) fn is_for(&self, entry: &Family) -> bool {
        let family = Family::of_main(&self.0.family);
        family.is_some_and(|family| family.is_file_helper() == entry.is_file_helper())
    }

    /// A snapshot of `session`, but for its sync keys, which may cover too much. `None` if nothing
    /// could be resumed from it, not even by a push login.
    pub(crate) fn of(
        session: &Session,
        keys: Keys,
        now: Duration,
        seen: Vec<Fingerprint>,
    ) -> Option<Self> {
        let left;
        let (session, sync_key) = match &session.me {
            Some(_) => (session, keys.sync?.to_string()),
            None if session.can_push(now) => {
                left = session.lapsed();
                (&left, String::new())
            }
            None => return None,
        };
        let me = session.me.as_ref();
        Some(Self(Arc::new(Record {
            version: VERSION,
            family: session.family.main.to_owned(),
            uin: session.credentials.uin,
            sid: session.credentials.sid.clone(),
            skey: session.credentials.skey.clone(),
            pass_ticket: session.credentials.pass_ticket.clone(),
            user_name: session.my_name().to_owned(),
            nick_name: me.map(|me| me.nick_name.clone()).unwrap_or_default(),
            cookies: session.cookies.clone(),
            sync_key,
            sync_check_key: keys.check.map(|key| key.to_string()),
            last_client_msg_id: session.last_client_msg_id,
            saved: now.as_secs(),
            seen,
            polls_main: session.polls_main,
            desktop: session.desktop,
        })))
    }

    /// The session and the messages that were acknowledged in it. `None` if the record cannot be
    /// one of ours, which [`decode`](Self::decode) has ruled out.
    pub(crate) fn restore(&self) -> Option<(Session, Vec<Fingerprint>)> {
        let record = &*self.0;
        let session = Session {
            family: Family::of_main(&record.family)?,
            polls_main: record.polls_main,
            desktop: record.desktop,
            credentials: Credentials {
                uin: record.uin,
                sid: record.sid.clone(),
                skey: record.skey.clone(),
                pass_ticket: record.pass_ticket.clone(),
            },
            cookies: record.cookies.clone(),
            sync_key: SyncKey::parse(&record.sync_key),
            sync_check_key: record.sync_check_key.as_deref().and_then(SyncKey::parse),
            me: (!record.user_name.is_empty()).then(|| Profile {
                id: ChatId::new(LoginId::of(&record.user_name), record.user_name.clone()),
                nick_name: record.nick_name.clone(),
                uin: record.uin,
            }),
            last_client_msg_id: record.last_client_msg_id,
            invite_from: None,
            saved: Some(Duration::from_secs(record.saved)),
        };
        Some((session, record.seen.clone()))
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Snapshot(..)")
    }
}

#[cfg(test)]
mod tests;

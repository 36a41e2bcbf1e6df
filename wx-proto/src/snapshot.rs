//! What survives a restart, as versioned bytes.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

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
/// **It opens the account**: keep it as secret as a password. It never covers an event that was
/// not acknowledged: after [`Client::resume`](crate::Client::resume) those come again.
#[derive(Clone)]
pub struct Snapshot(Arc<Record>);

/// Bumped when a member changes its meaning; new members alone need no new version.
const VERSION: u32 = 1;

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
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Snapshot {
    /// Reads what [`encode`](Self::encode) wrote, in this or an earlier version.
    ///
    /// # Errors
    ///
    /// The bytes are damaged, or newer than this library. Either means: scan again.
    pub fn decode(bytes: &[u8]) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|_| SnapshotError::Malformed)?;
        if head.version != VERSION {
            return Err(SnapshotError::UnsupportedVersion(head.version));
        }
        let record: Record = serde_json::from_slice(bytes).map_err(|_| SnapshotError::Malformed)?;
        let is_whole = match record.user_name.as_str() {
            "" => record.uin != Uin::default(),
            _ => SyncKey::parse(&record.sync_key).is_some(),
        };
        let can_grow = record.last_client_msg_id <= LAST_CLIENT_MSG_ID;
        if Family::of_main(&record.family).is_none() || !is_whole || !can_grow {
            return Err(SnapshotError::Malformed);
        }
        Ok(Self(Arc::new(record)))
    }

    /// The bytes to save: JSON, readable and secret.
    pub fn encode(&self) -> Vec<u8> {
        // Strings, numbers and lists: there is nothing in a record that JSON cannot hold.
        serde_json::to_vec(&*self.0).unwrap_or_default()
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
        })))
    }

    /// The session and the messages that were acknowledged in it. `None` if the record cannot be
    /// one of ours, which [`decode`](Self::decode) has ruled out.
    pub(crate) fn restore(&self) -> Option<(Session, Vec<Fingerprint>)> {
        let record = &*self.0;
        let session = Session {
            family: Family::of_main(&record.family)?,
            polls_main: record.polls_main,
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

//! News: synccheck and webwxsync.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::call::{Call, Fail};
use super::contact::{changed, deleted, own_profile, profile};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::keys::{Item, Keys, Role};
use super::login::counter;
use super::reply::{self, Json, base};
use super::{ExchangeId, Held, Server};

/// After so long without one a `webwxsync` needs no reason: it keeps the cookies alive.
const QUIET: Duration = Duration::from_secs(20 * 60);

impl Server {
    pub(super) fn sync_check(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Option<Response<Bytes>>, Fail> {
        let id = self.enter(call, row)?;
        self.start_script(id);
        let counter = counter(call);
        let session = self.sessions.get_mut(&id).ok_or(Fail::Code(1100))?;
        if counter != 0 && counter <= session.counter {
            call.remark(Remark::Counter);
        }
        session.counter = session.counter.max(counter);
        let keys = call.param("synckey").and_then(Keys::from_query);
        let Some((role, position)) = keys.and_then(|keys| session.log.read(&keys)) else {
            return Err(call.refuse(Refusal::Keys, 1101));
        };
        let (before, behind) = (session.poll, position < session.log.end());
        let waiting = session.log.since(position).next().map(Item::selector);
        // Before the first sync there is only one list. Later the service knows the other by it.
        let mixed_up = role != Role::Check && session.synced;
        session.poll = Some(call.id);
        if before.is_some() {
            // The older one is let go with nothing to tell.
            call.note(Refusal::ConcurrentPoll);
            self.answer_poll(before, 0, 0);
            if let Some(session) = self.sessions.get_mut(&id) {
                session.poll = Some(call.id);
            }
        }
        if mixed_up {
            call.remark(Remark::SyncKeyPolled);
        }
        if behind || (mixed_up && role == Role::Sync) {
            self.held.insert(call.id, Held::Poll(id));
            self.answer_poll(Some(call.id), 0, waiting.unwrap_or(2));
        } else {
            let until = self.now.saturating_add(self.setup.hold);
            self.hold(call.id, Held::Poll(id), until);
        }
        Ok(None)
    }

    /// Answers a held `synccheck`, if there is one.
    pub(super) fn answer_poll(&mut self, poll: Option<ExchangeId>, retcode: i64, selector: u32) {
        let Some(id) = poll else { return };
        let Some(Held::Poll(session)) = self.release(id) else {
            return;
        };
        if let Some(session) = self.sessions.get_mut(&session) {
            session.sync_due |= selector != 0;
            session.answered = Some(id);
        }
        let body = format!("window.synccheck={{retcode:\"{retcode}\",selector:\"{selector}\"}}");
        let reply = reply::script(self.now, body);
        self.finish(id, reply);
    }

    pub(super) fn sync(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.start_script(id);
        match call
            .json
            .get("rr")
            .map(|rr| rr.as_i64().and_then(|rr| i32::try_from(rr).ok()))
        {
            None => {}
            Some(Some(rr)) => call.judge_inverted("rr", rr, &self.setup),
            Some(None) => call.remark(Remark::MemberForm("rr")),
        }
        let page = self.setup.limits.sync_page.max(1);
        let life = self.setup.cookie_life;
        let session = self.sessions.get_mut(&id).ok_or(Fail::Code(1100))?;
        if session.syncing.is_some() {
            call.note(Refusal::ConcurrentSync);
        }
        if session.poll.is_some() {
            call.remark(Remark::SyncBesidePoll);
        }
        let keys = call.json.get("SyncKey").and_then(Keys::from_json);
        let Some((role, position)) = keys.as_ref().and_then(|keys| session.log.read(keys)) else {
            session.sync_due = true;
            return Err(call.refuse(Refusal::Keys, 1));
        };
        let position = match role {
            Role::Init | Role::Sync => position,
            // Clients of wide use have only this list. They hear of most things, and not of all.
            Role::Check if !session.apart => {
                call.remark(Remark::CheckKeySynced);
                position
            }
            // The counter of this list runs ahead: what lies between is skipped.
            Role::Check => {
                call.note(Refusal::CheckKeys);
                position.saturating_add(u64::from(role.ahead()))
            }
        };
        let again = keys.as_ref() == Some(&session.last_keys);
        let quiet = self.now.saturating_sub(session.last_sync) >= QUIET;
        if !session.sync_due && !again && !quiet {
            call.remark(Remark::NeedlessSync);
        }
        let count = session.log.since(position).take(page).count();
        let next = session.log.after(position, count);
        session.last_keys = keys.unwrap_or_else(Keys::empty);
        session.last_sync = self.now;
        session.synced = true;
        session.apart = false;
        session.sync_due = next < session.log.end();
        session.syncing = Some(call.id);
        session.answered = Some(call.id);
        session.cookies_until = self.now.saturating_add(life);

        let (session, account) = self.inside(id)?;
        let (mut messages, mut changes, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        let mut changed_profile = None;
        for item in session.log.since(position).take(count) {
            match item {
                Item::Message(message) => messages.push(message.json(session)),
                Item::Changed(peer) => changes.push(changed(account, session, *peer)),
                Item::Deleted(peer) => gone.push(deleted(session, *peer)),
                Item::Profile { picture } => {
                    changed_profile = Some(changed_profile.unwrap_or(false) || *picture);
                }
                Item::Nothing { .. } => {}
            }
        }
        let sync_keys = session.log.keys(Role::Sync, next, self.now);
        let check_keys = session.log.keys(Role::Check, next, self.now);
        let profile = match changed_profile {
            Some(picture) => own_profile(account, session, picture),
            None => profile(),
        };
        let body = Json::Object(vec![
            base(0),
            ("AddMsgCount", messages.len().into()),
            ("AddMsgList", Json::List(messages)),
            ("ModContactCount", changes.len().into()),
            ("ModContactList", Json::List(changes)),
            ("DelContactCount", gone.len().into()),
            ("DelContactList", Json::List(gone)),
            ("ModChatRoomMemberCount", Json::Num(0)),
            ("ModChatRoomMemberList", Json::List(Vec::new())),
            ("Profile", profile),
            ("ContinueFlag", Json::Num(i64::from(session.sync_due))),
            ("SyncKey", sync_keys.json()),
            ("SKey", "".into()),
            ("SyncCheckKey", check_keys.json()),
        ]);
        let mut reply = reply::json(self.now, self.packs(call), &body);
        self.renew_cookies(session, &mut reply);
        Ok(reply)
    }
}

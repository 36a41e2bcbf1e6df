//! Who gets what: replies by their purpose, deadlines by their name, signals by their kind.

use std::time::Duration;

use http::header::SET_COOKIE;

use crate::{
    client::{Client, Close},
    cookies::Scope,
    cx::{Alarm, Purpose, Signal},
    driver::Reply,
    endpoint::{webwxinit, webwxlogout, webwxsync},
    event::{EndCause, Ended, EventKind, RosterChange},
    flight::Flight,
    hosts::Hosts,
    inbox::Delivery,
    phase::Phase,
    ret::Ret,
    session::{Keys, Session},
    transport::TransportErrorKind,
};

/// How long the service may take to hear that we leave.
const LOGOUT_GRACE: Duration = Duration::from_secs(5);

impl Client {
    pub(super) fn route_reply(
        &mut self,
        purpose: Purpose,
        reply: Result<Reply, TransportErrorKind>,
    ) {
        let cx = &mut self.cx;
        match purpose {
            Purpose::JsLogin | Purpose::LoginPoll | Purpose::NewLoginPage => {
                self.login.handle(cx, purpose, reply);
            }
            Purpose::Init | Purpose::StatusNotify => self.bootstrap.handle(cx, purpose, reply),
            Purpose::ContactPage | Purpose::Lookup => self.directory.handle(cx, purpose, reply),
            Purpose::SyncCheck | Purpose::Sync => {
                self.sync.handle(cx, purpose, reply, self.inbox.open());
            }
            Purpose::Recheck => self.recheck.handle(cx, reply),
            Purpose::Send(id) => self.outbox.handle(cx, id, reply),
            // Whatever the service says to a farewell.
            Purpose::Logout => self.over(EndCause::LoggedOut),
        }
    }

    fn issue(&mut self, purpose: Purpose) {
        let cx = &mut self.cx;
        match purpose {
            Purpose::JsLogin | Purpose::LoginPoll | Purpose::NewLoginPage => {
                self.login.issue(cx, purpose);
            }
            Purpose::Init | Purpose::StatusNotify => self.bootstrap.issue(cx, purpose),
            Purpose::ContactPage | Purpose::Lookup => self.directory.issue(cx, purpose),
            Purpose::SyncCheck | Purpose::Sync => self.sync.issue(cx, purpose),
            Purpose::Recheck => self.recheck.issue(cx),
            Purpose::Send(id) => self.outbox.issue(cx, id),
            Purpose::Logout => {}
        }
    }

    pub(super) fn route_alarm(&mut self, alarm: Alarm) {
        match alarm {
            Alarm::Flight(id) => {
                if let Some(flight) = self.cx.abort_id(id) {
                    self.route_reply(flight.purpose, Err(TransportErrorKind::TimedOut));
                }
            }
            Alarm::Retry(purpose) | Alarm::Spacing(purpose) => self.issue(purpose),
            Alarm::QrExpiry => self.login.expire(&mut self.cx),
            Alarm::RosterWait => self.cx.raise(Signal::Ready),
            // `settle` looks at the queue after every call.
            Alarm::Pace => {}
            Alarm::Resync => self.sync.resync_due(),
            Alarm::Watchdog => self.sync.watch(&mut self.cx),
            Alarm::CloseDrain => self.leave(),
            Alarm::CloseGrace => self.over(EndCause::LoggedOut),
        }
    }

    /// Routes what the parts have to say to each other, until they are silent.
    pub(super) fn settle(&mut self) {
        while let Some(signal) = self.cx.signals.pop_front() {
            self.route_signal(signal);
        }
        match self.cx.phase.current() {
            Phase::Online => self.outbox.pump(&mut self.cx),
            Phase::Closing if self.cx.flights.find(Purpose::Logout).is_none() => {
                if self.outbox.is_empty() {
                    self.leave();
                } else {
                    self.outbox.pump(&mut self.cx);
                }
            }
            _ => {}
        }
    }

    fn route_signal(&mut self, signal: Signal) {
        let phase = self.cx.phase.current();
        match signal {
            Signal::Over(cause) => self.over(cause),
            // What is still to be sent would only be refused again and again.
            Signal::LoggedOut(_) if phase == Phase::Closing => self.leave(),
            _ if phase >= Phase::Closing => {}
            Signal::Authorized => self.bootstrap.start(&mut self.cx),
            Signal::SnapshotRefused => {
                let mut session = Session::new(self.cx.session.family);
                // The long-lived ones among them name this device to the service.
                session.cookies = std::mem::take(&mut self.cx.session.cookies);
                session.last_client_msg_id = self.cx.session.last_client_msg_id;
                self.cx.session = session;
                self.sync.caught_up();
                self.login.start(&mut self.cx);
            }
            Signal::Opened { reply, same_login } => self.opened(*reply, same_login),
            Signal::Loaded => {
                self.go_online();
                self.cx.emit(EventKind::Roster(RosterChange::Full {
                    contacts: self.directory.roster.len(),
                    complete: self.directory.roster.is_complete(),
                }));
            }
            Signal::Ready => self.go_online(),
            Signal::Lively => self.recheck.reassure(),
            Signal::Synced {
                reply,
                before,
                caught_up,
            } => self.synced(*reply, before, caught_up),
            Signal::More => self.sync.more(&mut self.cx, self.inbox.open()),
            Signal::Unknown(names) => self.directory.want(&mut self.cx, names),
            // Before the session is online its poll will tell, and be checked.
            Signal::LoggedOut(code) if phase == Phase::Online => self.doubt(Some(code)),
            Signal::Doubtful if phase == Phase::Online => self.doubt(None),
            Signal::LoggedOut(_) | Signal::Doubtful => {}
            Signal::Alive(key) => {
                if self.sync.skips_unreadable() {
                    self.cx.session.adopt_keys(key.clone(), key);
                }
                self.sync.resume(&mut self.cx);
            }
        }
    }

    fn opened(&mut self, reply: webwxinit::Reply, same_login: bool) {
        if !same_login {
            self.sync.caught_up();
        }
        self.cx.stats.unreadable += reply.unreadable as u64;
        self.directory
            .start(&mut self.cx, reply.contacts, reply.chat_set);
    }

    fn go_online(&mut self) {
        if self.cx.phase.current() != Phase::Bootstrap {
            return;
        }
        self.cx.timers.cancel(Alarm::RosterWait);
        self.cx.phase.enter(Phase::Online);
        if let Some(me) = self.cx.session.me.clone() {
            self.cx.emit(EventKind::Online(me));
        }
        self.cx.emit(EventKind::SnapshotStale);
        self.recheck.online(&self.cx);
        self.sync.start(&mut self.cx);
    }

    /// In the order of the official page: own profile, removals, changes, messages. A message may
    /// speak of a room that came with it.
    fn synced(&mut self, reply: webwxsync::Reply, before: Keys, caught_up: bool) {
        let cx = &mut self.cx;
        if let (Some(profile), Some(me)) = (&reply.profile, &mut cx.session.me) {
            if let Some(name) = &profile.nick_name {
                me.nick_name = crate::wire::html::clean(name).into_owned();
            }
        }
        cx.stats.unreadable += reply.unreadable as u64;
        let mut changes = self.directory.remove(&reply.del_contacts);
        changes.extend(self.directory.absorb(cx, reply.mod_contacts));
        let outbox = &self.outbox;
        let with = Delivery {
            roster: &self.directory.roster,
            is_ours: &|message| outbox.is_ours(message),
            catching_up: self.sync.is_catching_up(),
        };
        self.inbox
            .deliver(cx, before, changes, reply.messages, &with);
        if caught_up {
            self.sync.caught_up();
        }
    }

    fn doubt(&mut self, code: Option<Ret>) {
        self.sync.stop(&mut self.cx);
        self.recheck.start(&mut self.cx, code);
    }

    pub(super) fn begin_close(&mut self, how: Close) {
        let phase = self.cx.phase.current();
        if phase >= Phase::Closing {
            return;
        }
        self.closing = Some(how);
        if !matches!(phase, Phase::Online | Phase::Suspect) {
            self.over(EndCause::Detached);
            return;
        }
        self.cx.phase.enter(Phase::Closing);
        self.sync.stop(&mut self.cx);
        for purpose in [Purpose::Recheck, Purpose::ContactPage, Purpose::Lookup] {
            self.cx.abort(purpose);
        }
        for alarm in [Alarm::Watchdog, Alarm::Resync, Alarm::RosterWait] {
            self.cx.timers.cancel(alarm);
        }
        if how.drain.is_zero() || self.outbox.is_empty() {
            self.leave();
        } else {
            self.cx.arm(Alarm::CloseDrain, how.drain);
        }
    }

    /// The last commands are done, or have had their time.
    fn leave(&mut self) {
        self.cx.timers.cancel(Alarm::CloseDrain);
        let ended = self.end_of(self.close_cause());
        self.outbox.close(&mut self.cx, &ended);
        if !self.closing.is_some_and(|how| how.logout) {
            self.over(EndCause::Detached);
        } else if self.cx.flights.find(Purpose::Logout).is_none() {
            self.cx
                .send(Purpose::Logout, |_, s| webwxlogout::request(&s.credentials));
            self.cx.arm(Alarm::CloseGrace, LOGOUT_GRACE);
        }
    }

    pub(super) fn close_cause(&self) -> EndCause {
        match self.closing {
            Some(Close { logout: true, .. }) => EndCause::LoggedOut,
            _ => EndCause::Detached,
        }
    }

    pub(super) fn end_of(&self, cause: EndCause) -> Ended {
        let recoverable = cause.is_recoverable();
        let again = match cause {
            EndCause::LoggedOut => None,
            _ if recoverable => self.inbox.snapshot(&self.cx),
            _ => None,
        };
        Ended {
            cause,
            recoverable,
            again,
        }
    }

    /// The end, once.
    fn over(&mut self, cause: EndCause) {
        if self.ended.is_some() {
            return;
        }
        let ended = self.end_of(cause);
        self.cx.phase.enter(Phase::Closed);
        self.outbox.close(&mut self.cx, &ended);
        let open: Vec<_> = self.cx.flights.ids().collect();
        for id in open {
            self.cx.abort_id(id);
        }
        self.cx.timers.retain(|_| false);
        self.cx.emit(EventKind::Ended(ended.clone()));
        self.ended = Some(ended);
    }

    pub(super) fn take_cookies(&mut self, flight: &Flight<Purpose>, reply: &Reply) {
        let cx = &mut self.cx;
        let scope = Scope {
            host: flight.host,
            path: flight.purpose.endpoint().row().path,
            domains: &cx.session.family.cookie_domains(),
            spread: matches!(cx.config.hosts, Hosts::Mapped(_)),
        };
        cx.session
            .cookies
            .store(&scope, &reply.headers, cx.now.unix);
        let changed = reply.headers.contains_key(SET_COOKIE);
        if changed && matches!(cx.phase.current(), Phase::Online | Phase::Suspect) {
            cx.emit(EventKind::SnapshotStale);
        }
    }
}

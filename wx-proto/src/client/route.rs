//! Who gets what: replies by their purpose, deadlines by their name, signals by their kind.

use std::time::Duration;

use http::header::SET_COOKIE;

use crate::{
    bootstrap::own_name,
    client::{Client, Close},
    command::{Answer, CommandError, Logout},
    cookies::Scope,
    cx::{Alarm, Purpose, Signal},
    endpoint::{webwxinit, webwxlogout, webwxsync},
    event::{EndCause, Ended, EventKind, RosterChange},
    flight::Flight,
    hosts::Hosts,
    id::CommandId,
    inbox::{Delivery, News},
    output::Reply,
    phase::Phase,
    ret::Ret,
    retry::Tries,
    session::Keys,
    snapshot::Snapshot,
    transport::{TransportError, TransportErrorKind},
};

/// How long the service may take to hear that we leave.
const LOGOUT_GRACE: Duration = Duration::from_secs(5);

impl Client {
    pub(super) fn route_reply(&mut self, purpose: Purpose, reply: Result<Reply, TransportError>) {
        let cx = &mut self.cx;
        match purpose {
            Purpose::PushLogin | Purpose::JsLogin | Purpose::LoginPoll | Purpose::NewLoginPage => {
                self.login.handle(cx, purpose, reply)
            }
            Purpose::Init | Purpose::StatusNotify => self.bootstrap.handle(cx, purpose, reply),
            Purpose::ContactPage | Purpose::Lookup => self.directory.handle(cx, purpose, reply),
            Purpose::SyncCheck | Purpose::Sync => {
                self.sync.handle(cx, purpose, reply, self.inbox.open());
            }
            Purpose::Recheck => self.recheck.handle(cx, reply),
            Purpose::Command(id, endpoint) => self.outbox.handle(cx, id, endpoint, reply),
            Purpose::Logout => self.said_goodbye(reply),
        }
    }

    fn issue(&mut self, purpose: Purpose) {
        let cx = &mut self.cx;
        match purpose {
            Purpose::PushLogin | Purpose::JsLogin | Purpose::LoginPoll | Purpose::NewLoginPage => {
                self.login.issue(cx, purpose)
            }
            Purpose::Init | Purpose::StatusNotify => self.bootstrap.issue(cx, purpose),
            Purpose::ContactPage | Purpose::Lookup => self.directory.issue(cx, purpose),
            Purpose::SyncCheck | Purpose::Sync => self.sync.issue(cx, purpose),
            Purpose::Recheck => self.recheck.issue(cx),
            Purpose::Command(id, _) => self.outbox.repeat(id),
            Purpose::Logout => self.say_goodbye(),
        }
    }

    pub(super) fn route_alarm(&mut self, alarm: Alarm) {
        match alarm {
            Alarm::Flight(id) => {
                if let Some(flight) = self.cx.abort_id(id) {
                    self.route_reply(flight.purpose, Err(TransportErrorKind::TimedOut.into()));
                }
            }
            Alarm::Retry(purpose) | Alarm::Spacing(purpose) => self.issue(purpose),
            Alarm::QrExpiry => self.login.expire(&mut self.cx),
            Alarm::RosterWait => self.cx.raise(Signal::Ready),
            // `settle` looks at the queue after every call.
            Alarm::Pace(_) => {}
            Alarm::Resync => self.sync.resync_due(&self.cx, self.inbox.open()),
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
            Phase::Closing if !self.cx.is_busy(Purpose::Logout) => {
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
            Signal::LoggedOutAside(_) if phase == Phase::Closing => self.leave(),
            _ if phase >= Phase::Closing => {}
            Signal::Authorized => self.bootstrap.start(&mut self.cx),
            Signal::SnapshotRefused => {
                self.cx.session = self.cx.session.lapsed();
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
            Signal::Quiet => self.inbox.caught_up(),
            Signal::Synced {
                reply,
                before,
                key_moved,
                more,
            } => {
                let news = self.synced(*reply, before);
                // Behind the same key, the same comes again.
                let news = if key_moved { news } else { News::Nothing };
                let open = self.inbox.open();
                self.sync.took_in(&mut self.cx, news, more, open);
            }
            Signal::Learned(records) => {
                for change in self.directory.absorb(&mut self.cx, records) {
                    self.cx.emit(change);
                }
            }
            Signal::TooOften(notice) => self.outbox.heard_too_often(&mut self.cx, notice),
            Signal::Unknown(names) => self.directory.want(&mut self.cx, &names),
            Signal::Stranger { room, who } => self.directory.renew(&mut self.cx, room, who),
            // Before the session is online its poll will tell, and be checked.
            Signal::LoggedOut(_) | Signal::LoggedOutAside(_) | Signal::Doubtful
                if phase != Phase::Online => {}
            Signal::LoggedOut(code) => {
                self.recheck.count();
                self.doubt(Some(code));
            }
            Signal::LoggedOutAside(code) => self.doubt(Some(code)),
            Signal::Doubtful => self.doubt(None),
            Signal::Alive(key) => {
                if self.sync.skips_unreadable() {
                    self.cx.session.adopt_keys(key.clone(), key);
                }
                self.sync.resume(&mut self.cx, self.inbox.open());
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
        if !self.bootstrap.is_resumed() {
            self.recheck.logged_in(&self.cx);
        }
        self.sync.start(&mut self.cx);
    }

    /// In the order of the official page: own profile, removals, changes, messages. A message may
    /// speak of a room that came with it.
    fn synced(&mut self, reply: webwxsync::Reply, before: Keys) -> News {
        let cx = &mut self.cx;
        if let (Some(profile), Some(me)) = (&reply.profile, &mut cx.session.me) {
            if let Some(name) = &profile.nick_name {
                me.nick_name = own_name(name);
            }
        }
        cx.stats.unreadable += reply.unreadable as u64;
        let mut changes = self.directory.remove(&reply.del_contacts);
        changes.extend(self.directory.absorb(cx, reply.mod_contacts));
        let outbox = &mut self.outbox;
        let mut with = Delivery {
            roster: &self.directory.roster,
            is_ours: &mut |message| outbox.is_ours(message),
            catching_up: self.sync.is_catching_up(),
        };
        self.inbox
            .deliver(cx, before, changes, reply.messages, &mut with)
    }

    fn doubt(&mut self, code: Option<Ret>) {
        self.sync.stop(&mut self.cx);
        self.recheck.start(&mut self.cx, code);
    }

    pub(super) fn begin_close(&mut self, how: Close) {
        match self.cx.phase.current() {
            Phase::Closed => {}
            Phase::Closing => self.hurry(how),
            phase => {
                self.closing = Some(how);
                let knows_us = phase >= Phase::Bootstrap && (how.logout || phase >= Phase::Online);
                if !knows_us {
                    self.over(EndCause::Detached);
                    return;
                }
                self.cx.phase.enter(Phase::Closing);
                self.cx.stop_all_but_commands();
                if how.drain.is_zero() || self.outbox.is_empty() {
                    self.leave();
                } else {
                    self.cx.arm(Alarm::CloseDrain, how.drain);
                }
            }
        }
    }

    pub(super) fn log_out(&mut self, id: CommandId, how: Logout) {
        self.logouts.insert(id);
        self.begin_close(Close {
            logout: true,
            drain: how.drain,
        });
    }

    /// A second close may be stricter than the first, never laxer.
    fn hurry(&mut self, how: Close) {
        if let Some(closing) = &mut self.closing {
            closing.logout |= how.logout;
        }
        let until = self.cx.now.mono + how.drain;
        if self
            .cx
            .timers
            .due(Alarm::CloseDrain)
            .is_some_and(|due| until < due)
        {
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
        } else if !self.cx.is_busy(Purpose::Logout) {
            self.say_goodbye();
            self.cx.arm(Alarm::CloseGrace, LOGOUT_GRACE);
        }
    }

    fn say_goodbye(&mut self) {
        self.cx
            .send(Purpose::Logout, |_, s| webwxlogout::request(&s.credentials));
    }

    fn said_goodbye(&mut self, reply: Result<Reply, TransportError>) {
        // Whatever the service answers, it has heard. If it did not hear, it is told again until
        // the grace is over.
        let again = reply.is_err_and(|error| {
            self.cx
                .again(Purpose::Logout, &error.into(), Tries::Unlimited)
        });
        if !again {
            self.over(EndCause::LoggedOut);
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
            EndCause::LoggedOut => self.what_a_logout_leaves(),
            _ if recoverable => self.inbox.snapshot(&self.cx),
            _ => None,
        };
        Ended {
            cause,
            recoverable,
            again,
        }
    }

    /// Nothing, unless asked for; and then only what a push login needs.
    pub(super) fn what_a_logout_leaves(&self) -> Option<Snapshot> {
        let now = self.cx.cookie_clock();
        let keys = Keys {
            sync: None,
            check: None,
        };
        let asked = self.cx.config.relogin.after_logout;
        asked
            .then(|| Snapshot::of(&self.cx.session.logged_out(now), keys, now, Vec::new()))
            .flatten()
    }

    /// The end, once.
    pub(super) fn over(&mut self, cause: EndCause) {
        if self.ended.is_some() {
            return;
        }
        let ended = self.end_of(cause);
        self.cx.phase.enter(Phase::Closed);
        self.outbox.close(&mut self.cx, &ended);
        let asked_to_leave = self.cx.is_busy(Purpose::Logout);
        let open: Vec<_> = self.cx.flights.ids(|_| true).collect();
        for id in open {
            self.cx.abort_id(id);
        }
        self.cx.timers.retain(|_| false);
        for id in std::mem::take(&mut self.logouts) {
            let result = match ended.cause {
                EndCause::LoggedOut => Ok(Answer::Done),
                _ => Err(CommandError::Closed {
                    ended: ended.clone(),
                    maybe_sent: asked_to_leave,
                }),
            };
            self.cx.complete(id, result);
        }
        self.cx.emit(EventKind::Ended(ended.clone()));
        self.cx.events.note_stale();
        self.ended = Some(ended);
    }

    pub(super) fn take_cookies(&mut self, flight: &Flight<Purpose>, reply: &Reply) {
        let cx = &mut self.cx;
        let now = cx.cookie_clock();
        let scope = Scope {
            host: flight.host,
            path: flight.purpose.endpoint().row().path,
            domains: &cx.session.family.cookie_domains(),
            spread: matches!(cx.config.hosts, Hosts::Mapped(_)),
        };
        cx.session.cookies.store(&scope, &reply.headers, now);
        let changed = reply.headers.contains_key(SET_COOKIE);
        if changed && matches!(cx.phase.current(), Phase::Online | Phase::Suspect) {
            cx.emit(EventKind::SnapshotStale);
        }
    }
}

//! The loop of an open session: `synccheck` waits for news, `webwxsync` fetches them.
//!
//! Never both at once. What the two sync keys are is kept apart and never replaced by nothing.

mod idle;
mod poll_host;
mod vigil;

use std::time::Duration;

use self::{idle::Idle, poll_host::PollHost, vigil::Vigil};
use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal, read, read_accepted},
    endpoint::{Endpoint, synccheck, webwxsync},
    error::ApiError,
    event::{EventKind, Gap, Trouble, TroubleCause},
    inbox::News,
    output::Reply,
    ret::Ret,
    retry::{Setback, Tries},
    time::Stamp,
    transport::{TransportError, TransportErrorKind},
};

pub(crate) struct SyncLoop {
    /// When the poll on its way was sent.
    polled: Stamp,
    vigil: Vigil,
    /// When a sync last succeeded.
    synced: Stamp,
    /// Why the sync on its way was started.
    reason: Reason,
    /// Syncs in a row because the service had more.
    rounds: u32,
    /// Syncs in a row that were announced and brought nothing.
    stagnant: u32,
    idle: Idle,
    /// Replies `Ret 3` in a row.
    empty: u32,
    /// Replies in a row that were not understood, or that said no.
    garbled: u32,
    /// Times in a row that this led to a check of the session.
    gaps: u32,
    /// News wait at the service until the application has caught up.
    stalled: bool,
    /// A sync is due, although nothing was announced.
    resync: bool,
    /// What comes was waiting before the session was resumed.
    catching_up: bool,
    poll_host: PollHost,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    News,
    KeepAlive,
}

/// How long the service holds a poll.
const HOLD: Duration = Duration::from_secs(25);

/// A poll that comes back sooner, without news, was not held.
const AT_ONCE: Duration = Duration::from_secs(1);

/// How often the other host is asked: a network that fails says nothing about it.
const OTHER_HOST_TRIES: u32 = 5;

/// A poll that took so long was held, however slow the network is.
const HELD: Duration = Duration::from_secs(10);

/// Without a sync the cookies are not renewed, and die after twelve hours.
const RESYNC: Duration = Duration::from_secs(30 * 60);

/// Even an application that does not read gets one sync before the cookies die.
const COOKIES_AT_RISK: Duration = Duration::from_secs(11 * 3600);

/// More than so many syncs without a poll in between are a fault of the service.
const ROUNDS: u32 = 20;

/// So many announcements without news may be chance.
const STAGNANT: u32 = 5;

/// So many replies that cannot be read are not chance.
const GARBLED: u32 = 3;

/// Less than the watchdog's patience: the service is there, and says when to come back.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);

const SLOWEST: Duration = Duration::from_secs(30);

impl SyncLoop {
    pub(crate) fn new(resumed: bool) -> Self {
        Self {
            polled: Stamp::ZERO,
            vigil: Vigil::new(),
            synced: Stamp::ZERO,
            reason: Reason::News,
            rounds: 0,
            stagnant: 0,
            idle: Idle::new(resumed),
            empty: 0,
            garbled: 0,
            gaps: 0,
            stalled: false,
            resync: false,
            catching_up: resumed,
            poll_host: PollHost::Untried,
        }
    }

    pub(crate) fn start(&mut self, cx: &mut Cx) {
        self.vigil.progressed(cx);
        self.synced = cx.now.mono;
        cx.arm(Alarm::Resync, RESYNC);
        if self.catching_up {
            self.sync(cx, Reason::KeepAlive);
        } else {
            self.poll(cx);
        }
    }

    /// The check of the session was positive. It brought the session no further, so it is no
    /// progress; and what could not be read before may still be there.
    pub(crate) fn resume(&mut self, cx: &mut Cx, outstanding: usize) {
        self.vigil.go_on(cx);
        if self.gaps == 0 {
            self.reason = Reason::KeepAlive;
            self.news(cx, outstanding);
        } else {
            let pause = Duration::from_secs(1 << self.gaps.min(5)).min(SLOWEST);
            cx.arm(Alarm::Spacing(Purpose::Sync), pause);
        }
    }

    /// The keys lead nowhere, again and again: the next sync must start behind them.
    pub(crate) fn skips_unreadable(&self) -> bool {
        self.gaps >= 2
    }

    pub(crate) fn stop(&mut self, cx: &mut Cx) {
        for purpose in [Purpose::SyncCheck, Purpose::Sync] {
            cx.abort(purpose);
            cx.timers.cancel(Alarm::Spacing(purpose));
        }
    }

    pub(crate) fn is_catching_up(&self) -> bool {
        self.catching_up
    }

    /// The application read or acknowledged something.
    pub(crate) fn relieved(&mut self, cx: &mut Cx, outstanding: usize) {
        if self.stalled && !cx.is_crowded(outstanding) {
            self.stop(cx);
            self.sync(cx, Reason::News);
        }
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, purpose: Purpose) {
        match purpose {
            Purpose::SyncCheck => self.poll(cx),
            Purpose::Sync => {
                let Some(key) = cx.session.sync_key.clone() else {
                    return;
                };
                cx.send(purpose, |c, s| webwxsync::request(c, &s.credentials, &key));
            }
            _ => {}
        }
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        purpose: Purpose,
        reply: Result<Reply, TransportError>,
        outstanding: usize,
    ) {
        if let Err(error) = &reply {
            self.vigil.failed(error.into());
        }
        match purpose {
            Purpose::SyncCheck => self.checked(cx, reply, outstanding),
            Purpose::Sync => {
                match read_accepted(Endpoint::Sync, reply, webwxsync::parse, |it| &it.base) {
                    Ok(reply) => self.fetched(cx, reply),
                    Err(failure) => self.sync_failed(cx, failure),
                }
            }
            _ => {}
        }
    }

    /// Half an hour without a sync: the poll on its way may finish, then one is due. It brings what
    /// there is, whatever the polls say, and waits for a reader as all news do.
    pub(crate) fn resync_due(&mut self, cx: &Cx, outstanding: usize) {
        self.resync = true;
        self.stalled |= cx.is_crowded(outstanding);
    }

    /// Nothing was understood for long.
    pub(crate) fn watch(&mut self, cx: &mut Cx) {
        self.vigil.watch(cx);
    }

    /// When the service last said something that was understood.
    pub(crate) fn progress(&self) -> Stamp {
        self.vigil.progress()
    }

    fn checked(&mut self, cx: &mut Cx, reply: Result<Reply, TransportError>, outstanding: usize) {
        let failure = match reply {
            // The service writes garbage in place of a status line when the phone is busy: it
            // means that something happened.
            Err(error)
                if error.kind() == TransportErrorKind::NotHttp && !self.poll_host.is_other() =>
            {
                cx.retries.forget(Purpose::SyncCheck);
                self.news(cx, outstanding);
                return;
            }
            // The service holds a poll shorter than we wait, so this says little; but it is no
            // reason to wait before the next one.
            Err(error)
                if error.kind() == TransportErrorKind::TimedOut && !self.poll_host.is_other() =>
            {
                self.poll_unless_at_once(cx);
                return;
            }
            reply => match read(Endpoint::SyncCheck, reply, synccheck::parse) {
                Ok(check) if check.retcode.is_ok() => {
                    cx.retries.forget(Purpose::SyncCheck);
                    if self.poll_host.is_other() {
                        cx.emit(EventKind::SnapshotStale);
                    }
                    self.poll_host = PollHost::Settled;
                    self.vigil.progressed(cx);
                    cx.raise(Signal::Lively);
                    if check.has_news() {
                        self.news(cx, outstanding);
                    } else {
                        self.quiet(cx, outstanding);
                    }
                    return;
                }
                Ok(check) if check.retcode.is_logged_out() && !self.poll_host.is_other() => {
                    self.turned_away(cx, check.retcode);
                    return;
                }
                Ok(check) => Failure::Refused(ApiError {
                    endpoint: Endpoint::SyncCheck,
                    ret: check.retcode,
                    text: String::new(),
                }),
                Err(failure) => failure,
            },
        };
        if let PollHost::Other(first) = self.poll_host {
            let tries = Tries::AtMost(OTHER_HOST_TRIES);
            if cx.again(Purpose::SyncCheck, &failure, tries) {
                return;
            }
            self.poll_host.turn_back(cx);
            cx.raise(Signal::LoggedOut(first));
            return;
        }
        self.again(cx, Purpose::SyncCheck, &failure);
        self.vigil.failed(failure);
    }

    fn turned_away(&mut self, cx: &mut Cx, code: Ret) {
        let was_held = cx.now.mono.since(self.polled) >= HELD;
        if self.poll_host.turn(cx, code, was_held) {
            self.poll(cx);
        } else {
            cx.raise(Signal::LoggedOut(code));
        }
    }

    /// Nothing new.
    fn quiet(&mut self, cx: &mut Cx, outstanding: usize) {
        cx.raise(Signal::Quiet);
        self.stagnant = 0;
        // That there is no more is believed when there is room for it.
        self.stalled &= cx.is_crowded(outstanding);
        // Whatever the syncs say of more.
        self.catching_up = false;
        self.poll_unless_at_once(cx);
    }

    /// The next poll goes at once, unless this one was not held.
    fn poll_unless_at_once(&mut self, cx: &mut Cx) {
        let held = cx.now.mono.since(self.polled);
        if held < AT_ONCE {
            cx.arm(Alarm::Spacing(Purpose::SyncCheck), AT_ONCE - held);
        } else {
            self.poll(cx);
        }
    }

    /// Any selector but 0 means: sync, or the next poll returns at once, for ever.
    fn news(&mut self, cx: &mut Cx, outstanding: usize) {
        if cx.is_crowded(outstanding) && !self.cookies_are_at_risk(cx) {
            // The news wait at the service; the polls go on at their usual pace.
            self.stalled = true;
            cx.arm(Alarm::Spacing(Purpose::SyncCheck), HOLD);
        } else {
            self.sync(cx, self.reason);
        }
    }

    fn cookies_are_at_risk(&self, cx: &Cx) -> bool {
        cx.now.mono.since(self.synced) >= COOKIES_AT_RISK
    }

    fn poll(&mut self, cx: &mut Cx) {
        let may_sync = !self.stalled || self.cookies_are_at_risk(cx);
        if self.resync && may_sync {
            self.sync(cx, Reason::KeepAlive);
            return;
        }
        self.polled = cx.now.mono;
        self.reason = Reason::News;
        let Some(key) = cx.session.check_key().cloned() else {
            return;
        };
        cx.send(Purpose::SyncCheck, |c, s| {
            synccheck::request(c, &s.credentials, &key)
        });
    }

    fn sync(&mut self, cx: &mut Cx, reason: Reason) {
        self.reason = reason;
        self.stalled = false;
        self.issue(cx, Purpose::Sync);
    }

    fn fetched(&mut self, cx: &mut Cx, reply: webwxsync::Reply) {
        cx.retries.forget(Purpose::Sync);
        cx.stats.syncs += 1;
        self.garbled = 0;
        self.gaps = 0;
        self.empty = 0;
        self.resync = false;
        self.synced = cx.now.mono;
        self.vigil.progressed(cx);
        cx.arm(Alarm::Resync, RESYNC);

        let before = cx.session.keys();
        cx.session
            .adopt_keys(reply.sync_key.clone(), reply.sync_check_key.clone());
        if let Some(skey) = reply.skey.clone() {
            cx.session.credentials.skey = skey;
        }
        let key_moved = before.sync != cx.session.sync_key;
        let more = reply.continue_flag != 0 && key_moved;
        cx.raise(Signal::Synced {
            reply: Box::new(reply),
            before,
            key_moved,
            more,
        });
    }

    /// What a sync brought is taken in; on with the loop.
    pub(crate) fn took_in(&mut self, cx: &mut Cx, news: News, more: bool, outstanding: usize) {
        if !more {
            self.catching_up = false;
        }
        let explained =
            news == News::Told || self.catching_up && more && self.idle.take_from_backlog();
        let pause = if explained {
            Duration::ZERO
        } else {
            self.idle.pause(cx.now.mono)
        };
        let in_vain = !explained && news == News::Nothing && self.reason == Reason::News;
        if !in_vain {
            self.stagnant = 0;
        }
        if more && self.rounds < ROUNDS {
            self.rounds += 1;
            if pause.is_zero() {
                self.news(cx, outstanding);
            } else {
                cx.arm(Alarm::Spacing(Purpose::Sync), pause);
            }
            return;
        }
        self.rounds = 0;
        if in_vain {
            self.stagnant += 1;
        }
        let pause = pause.max(self.stagnation(cx));
        if pause.is_zero() {
            self.poll(cx);
        } else {
            cx.arm(Alarm::Spacing(Purpose::SyncCheck), pause);
        }
    }

    /// How long to wait because what was announced did not come, and did not the times before.
    fn stagnation(&self, cx: &mut Cx) -> Duration {
        let Some(slower) = self.stagnant.checked_sub(STAGNANT) else {
            return Duration::ZERO;
        };
        let pause = Duration::from_secs(1 << slower.min(5)).min(SLOWEST);
        cx.emit(EventKind::Trouble(Trouble {
            endpoint: Endpoint::Sync,
            attempt: self.stagnant,
            next_try: pause,
            cause: TroubleCause::Stagnant,
            detail: String::new(),
        }));
        pause
    }

    fn sync_failed(&mut self, cx: &mut Cx, failure: Failure) {
        self.vigil.failed(failure.clone());
        match &failure {
            Failure::Refused(error) if error.ret.is_logged_out() => {
                cx.raise(Signal::LoggedOut(error.ret));
            }
            // Nothing in it, no keys either, perhaps for hours: it heals when the phone does
            // anything. The keys stay.
            Failure::Refused(error) if error.ret == Ret::SYNC_STALLED => {
                self.vigil.progressed(cx);
                let pause = Duration::from_secs(2 << self.empty.min(4)).min(SLOWEST);
                self.empty += 1;
                cx.trouble(Endpoint::Sync, self.empty, pause, &failure);
                cx.arm(Alarm::Spacing(Purpose::SyncCheck), pause);
            }
            Failure::Refused(error) if error.ret == Ret::TOO_OFTEN => {
                cx.retry_in(Purpose::Sync, TOO_OFTEN_PAUSE);
                self.vigil.pauses(cx, Purpose::Sync, &failure);
                cx.trouble(Endpoint::Sync, 1, TOO_OFTEN_PAUSE, &failure);
            }
            // Not understood; or a clear no, perhaps to the keys. The check brings fresh ones.
            _ if matches!(failure.setback(), Setback::Garbled | Setback::Refused) => {
                self.garbled += 1;
                if self.garbled < GARBLED {
                    self.again(cx, Purpose::Sync, &failure);
                    return;
                }
                self.garbled = 0;
                self.gaps += 1;
                cx.retries.forget(Purpose::Sync);
                cx.emit(EventKind::Gap(Gap {
                    error: failure.evidence(Endpoint::Sync),
                    times: 1,
                }));
                cx.raise(Signal::Doubtful);
            }
            _ => {
                self.again(cx, Purpose::Sync, &failure);
            }
        }
    }

    /// Nothing that was waiting is left, or it belonged to another login.
    pub(crate) fn caught_up(&mut self) {
        self.catching_up = false;
    }

    /// For ever: whether that gets anywhere is watched over apart.
    fn again(&mut self, cx: &mut Cx, purpose: Purpose, failure: &Failure) {
        cx.again(purpose, failure, Tries::Unlimited);
        self.vigil.pauses(cx, purpose, failure);
    }
}

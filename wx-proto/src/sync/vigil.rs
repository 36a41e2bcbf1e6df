//! Whether a session gets anywhere. One that is alive but hears nothing must not pass for well.

use std::time::Duration;

use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal},
    endpoint::Endpoint,
    event::{EventKind, Trouble, TroubleCause},
    ret::Ret,
    retry::Setback,
    time::Stamp,
    transport::{TransportError, TransportErrorKind},
};

pub(super) struct Vigil {
    /// When the service last said something that was understood.
    progress: Stamp,
    /// When all patience ends.
    end: Stamp,
    /// When it is looked at next.
    due: Stamp,
    /// Until when the service asked to be left alone.
    patience: Stamp,
    /// How the latest request failed, for the end of a session that nothing comes of any more.
    failure: Failure,
}

/// A clock that goes on by so much at once did that while the machine slept, or while the program was
/// stopped: nobody asked, so nobody was silent.
const LEAP: Duration = Duration::from_secs(30);

impl Vigil {
    pub(super) fn new() -> Self {
        Self {
            progress: Stamp::ZERO,
            end: Stamp::ZERO,
            due: Stamp::ZERO,
            patience: Stamp::ZERO,
            failure: TransportError::new(TransportErrorKind::TimedOut).into(),
        }
    }

    pub(super) fn progress(&self) -> Stamp {
        self.progress
    }

    pub(super) fn progressed(&mut self, cx: &mut Cx) {
        self.progress = cx.now.mono;
        self.end = cx.now.mono + cx.config.limits.unreachable;
        self.go_on(cx);
    }

    /// Checks that go well put the next one off, but never the end of all patience.
    pub(super) fn go_on(&mut self, cx: &mut Cx) {
        self.look_at(cx, cx.now.mono + cx.config.limits.watchdog);
    }

    fn look_at(&mut self, cx: &mut Cx, when: Stamp) {
        self.due = when.min(self.end);
        cx.timers.set(Alarm::Watchdog, self.due);
    }

    pub(super) fn failed(&mut self, failure: Failure) {
        self.failure = failure;
    }

    /// A request goes again after a pause. If that is one the service asked for, it is not silence.
    pub(super) fn pauses(&mut self, cx: &Cx, purpose: Purpose, failure: &Failure) {
        let is_asked_for = match failure {
            Failure::Refused(error) => error.ret == Ret::TOO_OFTEN,
            failure => matches!(failure.setback(), Setback::Busy(Some(_))),
        };
        let due = cx.timers.due(Alarm::Retry(purpose));
        if let Some(due) = due.filter(|_| is_asked_for) {
            self.patience = self.patience.max(due);
        }
    }

    /// Nothing was understood for long. First the session is checked; at some point it is over.
    pub(super) fn watch(&mut self, cx: &mut Cx) {
        let (now, watchdog) = (cx.now.mono, cx.config.limits.watchdog);
        let late = now.since(self.due);
        if late >= LEAP {
            // However long it was: what is asked from now on may take its time.
            self.end = (self.end + late).max(now + watchdog);
        }
        if now >= self.end {
            cx.raise(Signal::Over(self.failure.clone().into_end()));
            return;
        }
        if self.patience > now {
            self.look_at(cx, self.patience + watchdog);
            return;
        }
        self.look_at(cx, self.end);
        cx.emit(EventKind::Trouble(Trouble {
            endpoint: Endpoint::SyncCheck,
            attempt: 1,
            next_try: Duration::ZERO,
            cause: TroubleCause::NoProgress,
            detail: String::new(),
        }));
        cx.raise(Signal::Doubtful);
    }
}

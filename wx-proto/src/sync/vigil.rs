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
    /// How much had been slept through by then.
    slept: Duration,
    /// Until when the service asked to be left alone.
    patience: Stamp,
    /// How the latest request failed, for the end of a session that nothing comes of any more.
    failure: Failure,
}

impl Vigil {
    pub(super) fn new() -> Self {
        Self {
            progress: Stamp::ZERO,
            slept: Duration::ZERO,
            patience: Stamp::ZERO,
            failure: TransportError::new(TransportErrorKind::TimedOut).into(),
        }
    }

    pub(super) fn progress(&self) -> Stamp {
        self.progress
    }

    pub(super) fn progressed(&mut self, cx: &mut Cx) {
        self.progress = cx.now.mono;
        self.slept = cx.slept;
        self.go_on(cx);
    }

    /// Checks that go well put the next one off, but never the end of all patience.
    pub(super) fn go_on(&self, cx: &mut Cx) {
        let check = cx.now.mono + cx.config.limits.watchdog;
        cx.timers.set(Alarm::Watchdog, check.min(self.end(cx)));
    }

    /// When all patience ends. While nobody asked, nobody was silent; and whoever was woken may ask first.
    fn end(&self, cx: &Cx) -> Stamp {
        let limits = &cx.config.limits;
        let slept = cx.slept.saturating_sub(self.slept);
        let end = self.progress + limits.unreachable + slept;
        match slept.is_zero() {
            true => end,
            false => end.max(cx.woke + limits.watchdog),
        }
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
        let end = self.end(cx);
        if cx.now.mono >= end {
            cx.raise(Signal::Over(self.failure.clone().into_end()));
            return;
        }
        if self.patience > cx.now.mono {
            let next = self.patience + cx.config.limits.watchdog;
            cx.timers.set(Alarm::Watchdog, next.min(end));
            return;
        }
        cx.timers.set(Alarm::Watchdog, end);
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

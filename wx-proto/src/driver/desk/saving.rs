//! When a session is saved: soon after it changed, one save at a time, the latest state only, and
//! once more at its end.

use std::{fmt, mem, sync::Arc, thread, time::Duration};

use super::{Shared, State};
use crate::{
    client::Client,
    driver::{Keeper, ToSave},
    time::Stamp,
};

/// How long what has changed may wait for what changes next. It is on the disk within the second that
/// is promised, if the disk takes less than the rest of it.
const DELAY: Duration = Duration::from_millis(500);

/// After a failure, doubling from one to the other: a disk that is full is not full for a second only.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// At the end somebody waits for it. Those before the end do not count: a disk that was full for a while
/// may have room by now.
const LAST_TRIES: u32 = 3;

/// What there is to save, and since when.
pub(super) struct Saver {
    /// Away while it saves.
    keeper: Option<Keeper>,
    is_kept: bool,
    /// [`Client::stale`] of what was saved last, or given up.
    saved: u64,
    /// The same of what `due` was set for.
    noted: u64,
    due: Option<Stamp>,
    /// It is due, and whoever drives has not heard of it.
    pub(super) is_ready: bool,
    /// In a row, and since the end once that has come.
    failures: u32,
    was_over: bool,
}

impl Saver {
    pub(super) fn new(keeper: Option<Keeper>, client: &Client) -> Self {
        Self {
            is_kept: keeper.is_some(),
            keeper,
            saved: client.snapshot_revision(),
            noted: client.snapshot_revision(),
            due: None,
            is_ready: false,
            failures: 0,
            was_over: false,
        }
    }

    pub(super) fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// The store has the session as it is, or as it is to stay there.
    fn is_done(&self, client: &Client) -> bool {
        !self.is_kept || self.saved == client.snapshot_revision()
    }

    fn is_away(&self) -> bool {
        self.is_kept && self.keeper.is_none()
    }

    /// What whoever drives has to wake up for.
    pub(super) fn deadline(&self) -> Option<Stamp> {
        self.due.filter(|_| self.keeper.is_some() && !self.is_ready)
    }

    /// Looks at the client, after anything that happened to it. `is_read`: nobody acknowledges any
    /// more of it.
    pub(super) fn look(&mut self, client: &Client, over: bool, is_read: bool, now: Stamp) {
        if !self.is_kept {
            return;
        }
        let stale = client.snapshot_revision();
        if stale != self.noted {
            self.noted = stale;
            let soon = now + DELAY;
            // After a failure the pause counts.
            let due = self.due.filter(|due| self.failures > 0 || *due < soon);
            self.due = Some(due.unwrap_or(soon));
        }
        let is_end = over && !mem::replace(&mut self.was_over, over);
        let is_last = over && is_read && self.failures == 0;
        if is_end {
            self.failures = 0;
        }
        if is_end || is_last {
            // There is nothing more to wait for.
            self.due = self.due.map(|due| due.min(now));
        }
        let is_due = self.due.is_some_and(|due| due <= now);
        self.is_ready = is_due && self.keeper.is_some();
    }

    pub(super) fn take(&mut self) -> Option<Keeper> {
        self.is_ready = false;
        self.keeper.take()
    }

    /// What to save at this very moment.
    fn begin(&mut self, client: &Client, stopped: bool) -> Job {
        self.due = None;
        Job {
            what: ToSave::of(client),
            stale: client.snapshot_revision(),
            is_last: stopped,
        }
    }

    /// The pause after a save that fails now: the session may have ended since it began. `None`: it was
    /// tried often enough.
    fn next_try(&self, job: &Job, over: bool) -> Option<Duration> {
        let is_last = job.is_last || (over && self.failures + 1 >= LAST_TRIES);
        let pause = match over {
            true => FIRST_PAUSE,
            false => FIRST_PAUSE * 2_u32.saturating_pow(self.failures.min(6)),
        };
        (!is_last).then_some(pause.min(LONGEST_PAUSE))
    }

    fn end(&mut self, keeper: Option<Keeper>, job: &Job, next_try: Option<Stamp>) {
        self.keeper = keeper;
        match next_try {
            Some(due) => {
                self.failures += 1;
                self.due = Some(due);
            }
            None => {
                self.failures = 0;
                self.saved = job.stale;
            }
        }
    }

    /// What was not saved never will be.
    pub(super) fn give_up(&mut self) {
        self.is_kept = false;
    }
}

/// One save.
struct Job {
    what: ToSave,
    stale: u64,
    /// Nobody drives any more, so that nobody would try again.
    is_last: bool,
}

/// The session is to be saved, now and not on the loop: [`run`](Self::run) blocks for as long as
/// the store does. There is one of these at a time.
///
/// One that is dropped before it was run, or that the store panics in, counts as a failure: the
/// errand comes again.
#[must_use = "nothing is saved before it is run"]
pub struct Saving {
    shared: Arc<Shared>,
    /// Until it is given back.
    keeper: Option<Keeper>,
}

impl Saving {
    pub(super) fn new(shared: &Arc<Shared>, keeper: Keeper) -> Self {
        Self {
            shared: Arc::clone(shared),
            keeper: Some(keeper),
        }
    }

    /// Saves the session as it is by now.
    pub fn run(mut self) {
        self.work();
    }

    fn work(&mut self) {
        while let Some(keeper) = &mut self.keeper {
            let job = self.shared.lock().next_job();
            let saved = keeper.attempt(&job.what);
            let is_saved = saved.is_ok();
            if let Err(error) = saved {
                let next_try = self.shared.lock().next_try(&job);
                keeper.tell(error, next_try);
            }
            self.give_back(&job, is_saved);
        }
    }

    fn give_back(&mut self, job: &Job, is_saved: bool) {
        let keeper = self.keeper.take();
        self.keeper = self.shared.with(|state, now| {
            state.end_job(keeper, job, is_saved, now.mono);
            // Without an engine there is no errand any more.
            state.last_keeper()
        });
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        if self.keeper.is_none() {
            return;
        }
        if !thread::panicking() && self.shared.lock().stopped {
            return self.work();
        }
        let job = self.shared.lock().next_job();
        let keeper = self.keeper.take();
        self.shared
            .with(|state, now| state.end_job(keeper, &job, false, now.mono));
    }
}

impl fmt::Debug for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Saving")
    }
}

impl State {
    fn next_job(&mut self) -> Job {
        self.saver.begin(&self.client, self.stopped)
    }

    fn next_try(&self, job: &Job) -> Option<Duration> {
        self.saver.next_try(job, self.over)
    }

    fn end_job(&mut self, keeper: Option<Keeper>, job: &Job, is_saved: bool, now: Stamp) {
        // Asked anew: whoever was told of the failure may have ended the session.
        let pause = self.next_try(job).filter(|_| !is_saved);
        self.saver.end(keeper, job, pause.map(|pause| now + pause));
    }

    /// Nothing is being saved, nor will be unless something happens.
    pub(super) fn is_saved(&self) -> bool {
        // What is acknowledged when nobody drives any more comes again.
        !self.saver.is_away() && (self.stopped || self.saver.is_done(&self.client))
    }

    /// Who saves what is left, if there is anything left and nobody drives any more.
    pub(super) fn last_keeper(&mut self) -> Option<Keeper> {
        let is_left = self.stopped && !self.saver.is_done(&self.client);
        is_left.then(|| self.saver.take()).flatten()
    }
}

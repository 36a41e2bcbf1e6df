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

/// At the end somebody waits for it.
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
    /// In a row.
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

    /// What to save at this very moment, and the pause if that should fail.
    fn begin(&mut self, client: &Client, over: bool, stopped: bool) -> Job {
        self.due = None;
        let is_last = stopped || (over && self.failures + 1 >= LAST_TRIES);
        let pause = match over {
            true => FIRST_PAUSE,
            false => FIRST_PAUSE * 2_u32.saturating_pow(self.failures.min(6)),
        };
        Job {
            what: ToSave::of(client),
            stale: client.snapshot_revision(),
            next_try: (!is_last).then_some(pause.min(LONGEST_PAUSE)),
        }
    }

    fn end(&mut self, keeper: Option<Keeper>, job: &Job, is_saved: bool, now: Stamp) {
        self.keeper = keeper;
        match job.next_try.filter(|_| !is_saved) {
            Some(pause) => {
                self.failures += 1;
                self.due = Some(now + pause);
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
    /// If it fails.
    next_try: Option<Duration>,
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
            let is_saved = keeper.save(&job.what, job.next_try);
            self.give_back(&job, is_saved);
        }
    }

    fn give_back(&mut self, job: &Job, is_saved: bool) {
        let keeper = self.keeper.take();
        self.keeper = self.shared.with(|state, now| {
            state.saver.end(keeper, job, is_saved, now.mono);
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
            .with(|state, now| state.saver.end(keeper, &job, false, now.mono));
    }
}

impl fmt::Debug for Saving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Saving")
    }
}

impl State {
    fn next_job(&mut self) -> Job {
        self.saver.begin(&self.client, self.over, self.stopped)
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

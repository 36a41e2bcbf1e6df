//! Saves the session of a driver that has no engine to do so.

use std::{
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use wx_proto::{
    Client,
    driver::{Keeper, ToSave},
};

use crate::bug::Bug;

/// From a change to its save.
const DELAY: Duration = Duration::from_millis(400);

/// After a failure. The end has three tries.
const PAUSE: Duration = Duration::from_secs(1);
const LAST_TRIES: u32 = 3;

pub(crate) struct Saver {
    bug: Bug,
    keeper: Option<Keeper>,
    /// A save under way: who did it, and whether it worked.
    saving: Option<Receiver<(Keeper, bool)>>,
    /// A change that no save has seen.
    due: Option<Instant>,
}

impl Saver {
    pub(crate) fn new(keeper: Option<Keeper>, bug: Bug) -> Self {
        let (saving, due) = (None, None);
        Self {
            bug,
            keeper,
            saving,
            due,
        }
    }

    /// Something may have changed.
    pub(crate) fn note(&mut self) {
        let now = Instant::now();
        self.due.get_or_insert(now + DELAY);
    }

    /// Begins what is due. When to look again, if there is anything to see to.
    pub(crate) fn look(&mut self, client: &Client) -> Option<Duration> {
        if let Some((keeper, is_saved)) = self.saving.as_ref().and_then(|it| it.try_recv().ok()) {
            self.back(keeper, is_saved);
        }
        let due = self.due.filter(|_| self.bug != Bug::SavesLate)?;
        let left = due.saturating_duration_since(Instant::now());
        if self.keeper.is_none() {
            return self.saving.as_ref().map(|_| Duration::from_millis(50));
        }
        if left.is_zero() {
            self.due = None;
            self.begin(client);
            return Some(DELAY);
        }
        Some(left)
    }

    fn begin(&mut self, client: &Client) {
        let Some(mut keeper) = self.keeper.take() else {
            return;
        };
        let what = ToSave::of(client);
        if self.bug == Bug::SavesOnTheLoop {
            let is_saved = keeper.save(&what, Some(PAUSE));
            return self.back(keeper, is_saved);
        }
        let (tell, told) = channel();
        thread::spawn(move || {
            let is_saved = keeper.save(&what, Some(PAUSE));
            let _ = tell.send((keeper, is_saved));
        });
        self.saving = Some(told);
    }

    fn back(&mut self, keeper: Keeper, is_saved: bool) {
        self.keeper = Some(keeper);
        self.saving = None;
        if !is_saved && self.bug != Bug::SavesOnce {
            let now = Instant::now();
            self.due = Some(self.due.unwrap_or(now).max(now + PAUSE));
        }
    }

    /// The end: waits for a save that is under way, and saves what it has not seen.
    pub(crate) fn end(&mut self, client: &Client) {
        if let Some((keeper, is_saved)) = self.saving.as_ref().and_then(|it| it.recv().ok()) {
            self.back(keeper, is_saved);
        }
        let Some(keeper) = self
            .keeper
            .as_mut()
            .filter(|_| self.bug != Bug::ForgetsTheEnd)
        else {
            return;
        };
        for nth in 1..=LAST_TRIES {
            let next_try = (nth < LAST_TRIES).then_some(PAUSE);
            let is_left = self.bug == Bug::KeepsAfterLogout && client.snapshot().is_none();
            if is_left || keeper.save(&ToSave::of(client), next_try) {
                return;
            }
            thread::sleep(PAUSE);
        }
    }
}

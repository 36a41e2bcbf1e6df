//! A store of its own kind, to look into and to slow down.

use std::{
    error::Error,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use wx_proto::{
    Seed,
    driver::{Kept, Store, Unsaved},
};

use super::scene::{PATIENCE, config, eventually};

/// What is on it stays there when its session has gone. Clones are the same shelf.
#[derive(Clone, Default)]
pub(super) struct Shelf(Arc<(Mutex<Content>, Condvar)>);

#[derive(Default)]
pub(super) struct Content {
    pub(super) session: Option<Vec<u8>>,
    /// Saves that have returned without a failure.
    pub(super) saves: u32,
    pub(super) clears: u32,
    /// So many saves fail yet.
    pub(super) failures: u32,
    /// Saves do not return.
    pub(super) is_stuck: bool,
    /// A call has not returned yet.
    pub(super) is_busy: bool,
    /// The pauses that were told of, one for each failure.
    pub(super) told: Vec<Option<Duration>>,
}

impl Shelf {
    /// With what is on it now. For whoever wants to see what a program would have come back to that
    /// was killed at this moment.
    pub(super) fn copy(&self) -> Self {
        let copy = Self::default();
        copy.look().session = self.look().session.clone();
        copy
    }

    pub(super) fn look(&self) -> MutexGuard<'_, Content> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn saves(&self) -> u32 {
        self.look().saves
    }

    /// A client that goes on with what is on it, for a service at `url`.
    pub(super) fn open(&self, url: &str) -> Kept {
        let told = self.clone();
        let on_error = move |unsaved: Unsaved| told.look().told.push(unsaved.next_try);
        // Two programs have nothing in common but the shelf.
        let seed = Seed::from(
            self.saves()
                .to_le_bytes()
                .repeat(8)
                .try_into()
                .unwrap_or([0; 32]),
        );
        let kept = Kept::open(config(url), seed, self.clone(), on_error);
        kept.expect("a driver saves nothing but snapshots, whole")
    }

    /// Does something, and waits until all that follows from it is saved.
    pub(super) fn saved_after(&self, act: impl FnOnce()) {
        let before = self.saves();
        act();
        eventually("rule 14: a session that has changed is saved", || {
            self.saves() > before
        });
        // What is due by then is saved within a second.
        let mut last = before;
        eventually("a session that is at rest is not saved", || {
            let now = std::mem::replace(&mut last, self.saves());
            thread::sleep(Duration::from_millis(1100));
            now == self.saves()
        });
    }

    /// From now on, saves do not return. They do when the guard is dropped.
    pub(super) fn stick(&self) -> Stuck {
        self.look().is_stuck = true;
        Stuck(self.clone())
    }

    fn enter(&self) {
        let mut content = self.look();
        content.is_busy = true;
        let stuck = |content: &mut Content| content.is_stuck;
        // Whoever forgets one is not to keep the thread for ever.
        let woken = self.0.1.wait_timeout_while(content, PATIENCE, stuck);
        drop(woken.unwrap_or_else(PoisonError::into_inner));
    }
}

pub(super) struct Stuck(Shelf);

impl Drop for Stuck {
    fn drop(&mut self) {
        self.0.look().is_stuck = false;
        self.0.0.1.notify_all();
    }
}

impl Store for Shelf {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        Ok(self.look().session.clone())
    }

    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.enter();
        let mut content = self.look();
        content.is_busy = false;
        if content.failures > 0 {
            content.failures -= 1;
            return Err("disk full".into());
        }
        content.session = Some(session.to_vec());
        content.saves += 1;
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.enter();
        let mut content = self.look();
        content.is_busy = false;
        content.session = None;
        content.clears += 1;
        Ok(())
    }
}

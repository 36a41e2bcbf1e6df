//! Those who wait for something, as many as there are.

use std::{collections::BTreeMap, task::Waker};

/// Wakers, each in a seat of its own.
#[derive(Default)]
pub(super) struct Seats(BTreeMap<u64, Waker>);

impl Seats {
    /// Sits down, in the seat that one has already or in a free one. What sat there goes when the
    /// state is free again.
    #[must_use]
    pub(super) fn take(&mut self, seat: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let free = self.0.last_key_value().map_or(0, |(last, _)| last + 1);
        self.0.insert(*seat.get_or_insert(free), waker)
    }

    #[must_use]
    pub(super) fn leave(&mut self, seat: u64) -> Option<Waker> {
        self.0.remove(&seat)
    }

    /// All of them get up.
    pub(super) fn rise(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.0).into_values()
    }
}

//! Those who wait for something, as many as there are.

use std::{collections::BTreeMap, mem, task::Waker};

/// Wakers, each in a seat of its own.
#[derive(Default)]
pub(super) struct Seats {
    /// No number is given out twice: whoever got up still holds theirs.
    given: u64,
    taken: BTreeMap<u64, Waker>,
}

impl Seats {
    /// Sits down, in the seat that one has already or in a new one. The waker that sat there before
    /// goes when the state is free again.
    #[must_use]
    pub(super) fn take(&mut self, seat: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let seat = *seat.get_or_insert_with(|| {
            self.given += 1;
            self.given
        });
        self.taken.insert(seat, waker)
    }

    #[must_use]
    pub(super) fn leave(&mut self, seat: u64) -> Option<Waker> {
        self.taken.remove(&seat)
    }

    /// All of them get up.
    pub(super) fn rise(&mut self) -> impl Iterator<Item = Waker> + use<> {
        mem::take(&mut self.taken).into_values()
    }
}

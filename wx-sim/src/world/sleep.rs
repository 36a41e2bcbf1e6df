//! Machines that sleep while their clocks go on.

use std::time::Duration;

use super::{PeerId, World, transit::Parcel};
use crate::server::ExchangeId;

impl World {
    /// The machine that a client runs on falls asleep, and its clocks go on: until it wakes, after so long,
    /// nothing comes in and no deadline is noticed. Zero wakes it.
    pub fn sleep(&mut self, id: PeerId, time: Duration) {
        self.peer_mut(id).asleep = self.now + time;
    }

    /// What comes for somebody who sleeps comes when they have woken, and have looked at the clock.
    pub(super) fn unless_asleep(&mut self, exchange: ExchangeId, parcel: Parcel) -> Option<Parcel> {
        let is_for_service = matches!(parcel, Parcel::Request(_));
        let whose = self.open.get(&exchange).filter(|_| !is_for_service);
        let woken = whose.map(|(id, _)| self.peer(*id).asleep);
        let Some(woken) = woken.filter(|woken| *woken > self.now) else {
            return Some(parcel);
        };
        let at = woken + Duration::from_millis(1);
        self.transit.post(at, exchange, parcel);
        None
    }
}

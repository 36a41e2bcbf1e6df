//! The machine of an application may sleep, and its clock goes on.

use std::time::Duration;

use wx_sim::world::World;

use super::Bot;
use crate::report::Report;

/// A client knows that it slept from the next deadline on, and not whether a short while was a sleep.
const UNKNOWN: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Sleep {
    until: Duration,
    /// From when until when, of the latest client.
    past: Vec<(Duration, Duration)>,
}

impl Sleep {
    pub(super) fn is_on(&self, now: Duration) -> bool {
        self.until > now
    }

    pub(super) const fn until(&self) -> Duration {
        self.until
    }

    pub(super) fn forget(&mut self) {
        self.past.clear();
    }

    /// How long it slept since then, as far as a client can know.
    pub(super) fn since(&self, then: Duration, now: Duration) -> Duration {
        let part = |(from, until): &(Duration, Duration)| {
            let until = (*until).min(now);
            until
                .saturating_sub(then.max(*from))
                .saturating_sub(UNKNOWN)
        };
        self.past.iter().map(part).sum()
    }

    /// How long it has been awake.
    pub(super) fn awake(&self, now: Duration) -> Duration {
        now.saturating_sub(self.until)
    }
}

impl Bot {
    pub(crate) fn sleep(&mut self, world: &mut World, time: Duration, report: &mut Report) {
        let now = world.now();
        let Some(peer) = self.peer.filter(|_| !self.sleep.is_on(now)) else {
            return;
        };
        report.fault("machine sleeps", 1);
        self.watch(world, peer);
        world.sleep(peer, time);
        self.sleep.until = now + time;
        self.sleep.past.push((now, now + time));
    }

    pub(crate) fn is_asleep(&self, world: &World) -> bool {
        self.sleep.is_on(world.now())
    }

    pub(crate) fn awaken(&mut self, world: &mut World) {
        let now = world.now();
        if let Some(peer) = self.peer.filter(|_| self.sleep.is_on(now)) {
            world.sleep(peer, Duration::ZERO);
        }
        self.sleep.until = self.sleep.until.min(now);
        if let Some((_, until)) = self.sleep.past.last_mut() {
            *until = (*until).min(now);
        }
    }
}

//! A token bucket under a clock that is given.

use std::time::Duration;

use crate::{config::Pace, time::Stamp};

/// Lets `burst` through at once, then one per interval.
#[derive(Debug)]
pub(crate) struct Bucket {
    pace: Pace,
    /// When the bucket is, or was, full again: the one number that says how many tokens there are.
    full_at: Stamp,
    /// Nothing passes before.
    closed_until: Stamp,
}

impl Bucket {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            full_at: Stamp::ZERO,
            closed_until: Stamp::ZERO,
        }
    }

    /// Takes a token, or says how long to wait for one.
    pub(crate) fn take(&mut self, now: Stamp) -> Result<(), Duration> {
        if now < self.closed_until {
            return Err(self.closed_until.since(now));
        }
        if self.pace.interval.is_zero() {
            return Ok(());
        }
        let debt = self.full_at.since(now).saturating_add(self.pace.interval);
        let allowed = self.pace.interval.saturating_mul(self.pace.burst.max(1));
        if debt > allowed {
            return Err(debt - allowed);
        }
        self.full_at = now + debt;
        Ok(())
    }

    pub(crate) fn is_closed(&self, now: Stamp) -> bool {
        now < self.closed_until
    }

    pub(crate) fn closed_until(&self) -> Stamp {
        self.closed_until
    }

    /// Nothing passes before `until`; after it, one by one.
    pub(crate) fn pause(&mut self, until: Stamp) {
        self.closed_until = self.closed_until.max(until);
        let burst = self
            .pace
            .interval
            .saturating_mul(self.pace.burst.max(1) - 1);
        self.full_at = self.full_at.max(until + burst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Stamp {
        Stamp::new(Duration::from_millis(ms))
    }

    #[test]
    fn a_burst_then_one_per_interval() {
        let mut bucket = Bucket::new(Pace::new(2, Duration::from_secs(1)));
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(0)), Ok(()));
        assert_eq!(bucket.take(at(400)), Err(Duration::from_millis(600)));
        assert_eq!(bucket.take(at(1000)), Ok(()));
        assert_eq!(bucket.take(at(1000)), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take(at(9000)), Ok(()));
        assert_eq!(bucket.take(at(9000)), Ok(()));
        assert!(bucket.take(at(9000)).is_err());
    }

    #[test]
    fn after_a_pause_there_is_no_burst() {
        let mut bucket = Bucket::new(Pace::new(5, Duration::from_secs(1)));
        bucket.pause(at(60_000));
        assert_eq!(bucket.take(at(1000)), Err(Duration::from_secs(59)));
        assert_eq!(bucket.take(at(60_000)), Ok(()));
        assert_eq!(bucket.take(at(60_000)), Err(Duration::from_secs(1)));
    }
}

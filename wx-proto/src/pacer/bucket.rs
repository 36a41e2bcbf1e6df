//! A token bucket under a clock that is given.

use std::time::Duration;

use crate::{config::Rate, time::Stamp};

/// Lets `burst` through at once, then one per interval.
#[derive(Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    /// When the bucket is, or was, full again: the one number that says how many tokens there are.
    full_at: Stamp,
    /// Whoever waits, waits until then.
    next: Stamp,
    /// Nothing passes before.
    closed_until: Stamp,
}

/// Longer than any session. Even the largest burst at such intervals is far from the end of what a
/// clock can count, where all sums are the same.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

impl Bucket {
    pub(crate) fn new(rate: Rate) -> Self {
        let interval = rate.interval.min(LONGEST);
        Self {
            rate: Rate::new(rate.burst.max(1), interval),
            full_at: Stamp::ZERO,
            next: Stamp::ZERO,
            closed_until: Stamp::ZERO,
        }
    }

    /// Takes a token, or says how long to wait for one: up to a quarter of the interval longer than
    /// need be, as `jitter` says, because a person does not write to the beat.
    pub(crate) fn take(&mut self, now: Stamp, jitter: u64) -> Result<(), Duration> {
        let shut = self.closed_until.max(self.next);
        if now < shut {
            return Err(shut.since(now));
        }
        if self.rate.interval.is_zero() {
            return Ok(());
        }
        let debt = self.full_at.since(now).saturating_add(self.rate.interval);
        let allowed = self.rate.interval.saturating_mul(self.rate.burst);
        if debt > allowed {
            let late = u32::try_from(jitter % 256).unwrap_or(0);
            let late = self.rate.interval.saturating_mul(late) / 1024;
            let wait = (debt - allowed).saturating_add(late);
            self.next = now + wait;
            return Err(wait);
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
        let burst = self.rate.interval.saturating_mul(self.rate.burst - 1);
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
        let mut bucket = Bucket::new(Rate::new(2, Duration::from_secs(1)));
        assert_eq!(bucket.take(at(0), 0), Ok(()));
        assert_eq!(bucket.take(at(0), 0), Ok(()));
        assert_eq!(bucket.take(at(400), 0), Err(Duration::from_millis(600)));
        assert_eq!(bucket.take(at(1000), 0), Ok(()));
        assert_eq!(bucket.take(at(1000), 0), Err(Duration::from_secs(1)));
        assert_eq!(bucket.take(at(9000), 0), Ok(()));
        assert_eq!(bucket.take(at(9000), 0), Ok(()));
        assert!(bucket.take(at(9000), 0).is_err());
    }

    #[test]
    fn jitter_only_slows_down_and_by_a_quarter_at_most() {
        let mut bucket = Bucket::new(Rate::new(1, Duration::from_secs(1)));
        assert_eq!(bucket.take(at(0), 0), Ok(()));
        let wait = Duration::from_nanos(1_249_023_437);
        assert_eq!(bucket.take(at(0), u64::MAX), Err(wait));
        assert!(
            bucket.take(at(1100), 0).is_err(),
            "asking in between changes nothing"
        );
        assert_eq!(bucket.take(at(1250), 0), Ok(()));
    }

    #[test]
    fn after_a_pause_there_is_no_burst() {
        let mut bucket = Bucket::new(Rate::new(5, Duration::from_secs(1)));
        bucket.pause(at(60_000));
        assert_eq!(bucket.take(at(1000), 0), Err(Duration::from_secs(59)));
        assert_eq!(bucket.take(at(60_000), 0), Ok(()));
        assert_eq!(bucket.take(at(60_000), 0), Err(Duration::from_secs(1)));
    }
}

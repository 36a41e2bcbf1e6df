//! Time as plain data. The core never reads a clock: each call brings its own [`Now`].

use std::{
    ops::{Add, Sub},
    time::Duration,
};

/// A point on the driver's monotone clock: the time since an origin that the driver fixes once.
///
/// A plain value, not `std::time::Instant`: it can be made on wasm, in a `const`, from the bytes of
/// a fuzzer and from a recorded trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(Duration);

impl Stamp {
    /// The origin itself.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The point that lies `since_origin` after the origin.
    pub const fn new(since_origin: Duration) -> Self {
        Self(since_origin)
    }

    /// How long after the origin this point lies.
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// How long after `earlier` this point lies; zero if it lies before it.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Stamp {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(after))
    }
}

impl Sub<Duration> for Stamp {
    type Output = Self;

    fn sub(self, before: Duration) -> Self {
        Self(self.0.saturating_sub(before))
    }
}

/// The two clocks of one moment: timers run on `mono`, the protocol prints `unix`.
///
/// The wall clock may jump and may be wrong; no timer depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// The monotone clock. A value before the latest one seen counts as that latest one.
    pub mono: Stamp,
    /// Time since the Unix epoch.
    pub unix: Duration,
}

impl Now {
    /// One moment, read from both clocks.
    pub const fn new(mono: Stamp, unix: Duration) -> Self {
        Self { mono, unix }
    }

    /// Unix time in milliseconds, as the protocol writes it. A wall clock beyond the year 9999 is
    /// wrong, and what is made from it must have room to grow.
    pub(crate) fn unix_ms(self) -> u64 {
        const LATEST: u64 = 253_402_300_799_999;
        u64::try_from(self.unix.as_millis()).map_or(LATEST, |ms| ms.min(LATEST))
    }
}

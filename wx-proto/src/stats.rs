//! Counters and gauges for metrics and tests.

/// What a client has done so far. Counts only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests given to the driver, retries included.
    pub requests: u64,
    /// Requests that were asked again.
    pub retries: u64,
    /// Syncs that were understood.
    pub syncs: u64,
    /// Messages handed to the application.
    pub messages: u64,
    /// Messages that came again and were left out.
    pub duplicates: u64,
    /// Records that could not be read.
    pub unreadable: u64,
    /// Commands submitted.
    pub submitted: u64,
    /// Commands completed, whatever came of them.
    pub completed: u64,
}

/// How much a client holds at the moment. Each of these is bounded, whatever the service sends and
/// however long the session lasts: by [`Limits`](crate::Limits) where there is one for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Events that the application has not taken.
    pub unread: usize,
    /// Events of messages and changes that the application has not acknowledged, unread ones included.
    pub unacknowledged: usize,
    /// Messages that are remembered, so that none comes twice.
    pub seen: usize,
    /// Commands that have not completed.
    pub commands: usize,
    /// Requests that were not answered.
    pub requests: usize,
    /// Calls whose failures are counted.
    pub retries: usize,
    /// Deadlines.
    pub timers: usize,
    /// People, rooms and other accounts.
    pub contacts: usize,
    /// Cookies.
    pub cookies: usize,
}

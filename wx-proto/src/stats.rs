//! Counters for metrics and tests.

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

//! How far transfers are.

use crate::id::CommandId;

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Whose transfer.
    pub command: CommandId,
    /// Bytes that are through.
    pub done: u64,
    /// Bytes in all, where known.
    pub total: Option<u64>,
}

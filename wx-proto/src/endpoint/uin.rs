//! The number of an account.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of an account: the one name of it that never changes. Kept out of logs: `Debug` prints
/// `[redacted]`, and there is no `Display`.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Uin(u32);

impl Uin {
    /// Wraps a number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number itself. It uses all 32 bits.
    pub const fn expose(self) -> u32 {
        self.0
    }

    /// `None` for 0, which the service writes where it says nothing, and for what is too large.
    pub(crate) fn of(number: u64) -> Option<Self> {
        u32::try_from(number)
            .ok()
            .filter(|number| *number != 0)
            .map(Self)
    }
}

impl fmt::Debug for Uin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

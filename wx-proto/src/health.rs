//! Whether a session does what it is for, at one look.

use std::time::Duration;

use crate::phase::Phase;

/// Whether a session does what it is for. Being connected is not enough: a session is well only if
/// the service said something lately that could be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// It is online, and the service was understood within the time asked for.
    Well,
    /// It was online, and the service was last understood so long ago. Or it is in doubt, for whatever
    /// reason, and that may be just now: see [`Phase::Suspect`]. It either comes back or ends, see
    /// [`Limits::watchdog`](crate::Limits::watchdog) and
    /// [`Limits::unreachable`](crate::Limits::unreachable).
    Silent(Duration),
    /// It is not online yet. A login may wait for its user.
    Opening(Phase),
    /// It is over, or about to be.
    Over,
}

impl Health {
    pub(crate) fn of(phase: Phase, silent: Duration, within: Duration) -> Self {
        match phase {
            Phase::Online if silent <= within => Self::Well,
            Phase::Online | Phase::Suspect => Self::Silent(silent),
            Phase::Closing | Phase::Closed => Self::Over,
            phase => Self::Opening(phase),
        }
    }

    /// Whether it is well.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Well)
    }
}

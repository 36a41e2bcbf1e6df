//! How far a session is, and which moves are legal. Nothing else changes the phase.

use crate::trace;

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Not started.
    Idle,
    /// The phone is asked to confirm a login without a QR code.
    PushWait,
    /// A QR code is asked for, or waits to be scanned.
    Qr,
    /// Scanned, or a push that the phone shows; it waits for its user.
    Scanned,
    /// Confirmed; the credentials are on their way.
    Confirmed,
    /// The session is being opened.
    Bootstrap,
    /// Commands are accepted and messages arrive.
    Online,
    /// The service said that the session is gone, or nothing that could be understood for too long;
    /// that is being checked.
    Suspect,
    /// Asked to end; the last requests are on their way.
    Closing,
    /// Over.
    Closed,
}

impl Phase {
    fn may_become(self, next: Self) -> bool {
        use Phase::{
            Bootstrap, Closed, Closing, Confirmed, Idle, Online, PushWait, Qr, Scanned, Suspect,
        };
        match (self, next) {
            (Closed, _) => false,
            (Closing, next) => next == Closed,
            (_, Closing | Closed) => true,
            (Idle, next) => matches!(next, PushWait | Qr | Bootstrap),
            (PushWait, next) => matches!(next, Qr | Scanned | Confirmed),
            (Qr, next) => matches!(next, Scanned | Confirmed),
            (Scanned, next) => matches!(next, Qr | Confirmed),
            (Confirmed, next) => next == Bootstrap,
            // A snapshot that the service no longer accepts leads to a new login.
            (Bootstrap, next) => matches!(next, Online | PushWait | Qr),
            (Online, next) => next == Suspect,
            (Suspect, next) => next == Online,
        }
    }
}

/// The phase of one client.
#[derive(Debug)]
pub(crate) struct PhaseCell(Phase);

impl PhaseCell {
    pub(crate) fn new() -> Self {
        Self(Phase::Idle)
    }

    pub(crate) fn current(&self) -> Phase {
        self.0
    }

    /// Moves, if that is legal, and says so. A move to where it already stands is none.
    pub(crate) fn enter(&mut self, next: Phase) -> bool {
        let legal = self.0 != next && self.0.may_become(next);
        debug_assert!(
            legal || self.0 == next || self.0 >= Phase::Closing,
            "{self:?} to {next:?}"
        );
        if legal {
            trace::phase(self.0, next);
            self.0 = next;
        }
        legal
    }
}

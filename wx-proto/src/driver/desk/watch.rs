//! Those who look on: how far a session is, and whether it does what it is for.

use std::{
    fmt,
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::Shared;
use crate::{health::Health, phase::Phase};

/// The phase of a session, for somebody who looks on: a supervisor, a metric, a status page.
///
/// It takes nothing from the [events](super::Events) and keeps no session alive. A clone has seen what
/// the original has.
///
/// Whoever looks on asks for less than all that happens: phases that are left before they were looked
/// at are not told.
pub struct Watch {
    shared: Arc<Shared>,
    seen: Option<Phase>,
    seat: Option<u64>,
}

impl Watch {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            seen: None,
            seat: None,
        }
    }

    /// How far the session is now.
    pub fn phase(&self) -> Phase {
        self.shared.lock().client.phase()
    }

    /// Whether the service was understood within that time; see [`Client::health`](crate::Client::health).
    pub fn health(&self, within: Duration) -> Health {
        self.shared.glance().client.health(within)
    }

    /// Waits until the phase is another one than was told last; the first time it is told at once.
    /// `None`: [`Phase::Closed`] was told, and there is no other after it.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Phase> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Phase>> {
        if self.seen == Some(Phase::Closed) {
            return Poll::Ready(None);
        }
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        let phase = state.client.phase();
        if self.seen != Some(phase) {
            self.seen = Some(phase);
            return Poll::Ready(self.seen);
        }
        let before = state.watchers.take(&mut self.seat, waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Clone for Watch {
    fn clone(&self) -> Self {
        let mut clone = Self::new(&self.shared);
        clone.seen = self.seen;
        clone
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let leave = |seat| self.shared.lock().watchers.leave(seat);
        let _waker = self.seat.and_then(leave);
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watch").field(&self.seen).finish()
    }
}

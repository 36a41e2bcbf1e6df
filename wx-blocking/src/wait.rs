//! How threads wait.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Waits in this thread, but not for longer than that.
pub(crate) fn wait<T>(time: Option<Duration>, what: impl Future<Output = T>) -> Option<T> {
    // Beyond the end of the clock: for ever.
    let until = time.and_then(|time| Instant::now().checked_add(time));
    let mut what = pin!(what);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(came) = what.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(came);
        }
        // Neither waits if there was a wake-up since, and both may end without one.
        match until.map(|until| until.saturating_duration_since(Instant::now())) {
            None => thread::park(),
            Some(Duration::ZERO) => return None,
            Some(left) => thread::park_timeout(left),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

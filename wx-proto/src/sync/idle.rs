//! What a phone does comes as syncs that tell the application nothing, a few at once. These may be as
//! fast as they come. But as nothing of them is ever unread, nothing else would slow a service down
//! that goes on with them for ever.

use std::time::Duration;

use crate::time::Stamp;

/// So many at once,
const AT_ONCE: u32 = 30;

/// and one in this time in the long run.
const EACH: Duration = Duration::from_secs(1);

/// A session that is resumed may know much of what waits for it, or is to skip it.
const BACKLOG: u32 = 500;

pub(super) struct Idle {
    /// How many more the backlog may have.
    backlog: u32,
    /// When all of them will have had their time.
    until: Stamp,
}

impl Idle {
    pub(super) fn new(resumed: bool) -> Self {
        Self {
            backlog: if resumed { BACKLOG } else { 0 },
            until: Stamp::ZERO,
        }
    }

    /// There was one more, and the service has more. Whether the backlog may explain it, which then has
    /// one less.
    pub(super) fn take_from_backlog(&mut self) -> bool {
        let left = self.backlog.checked_sub(1);
        self.backlog = left.unwrap_or(0);
        left.is_some()
    }

    /// There was one more, with nothing to explain it. How long to wait before anything else is asked for.
    pub(super) fn pause(&mut self, now: Stamp) -> Duration {
        self.until = self.until.max(now) + EACH;
        self.until.since(now + EACH * AT_ONCE)
    }
}

//! Events that the application has not read yet.

use std::{collections::VecDeque, mem::discriminant};

use crate::{
    event::{Event, EventKind},
    id::EventId,
};

/// In order of emission. Kinds of which only the latest matters keep one place, so that an
/// application that does not read cannot make the queue grow by them.
#[derive(Debug)]
pub(crate) struct EventQueue {
    last: u64,
    waiting: VecDeque<Event>,
    /// One that says so is waiting; another would say the same.
    is_stale: bool,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        Self {
            last: 0,
            waiting: VecDeque::new(),
            is_stale: false,
        }
    }

    pub(crate) fn push(&mut self, kind: EventKind) -> EventId {
        if matches!(kind, EventKind::SnapshotStale) {
            if self.is_stale {
                return EventId::new(self.last);
            }
            self.is_stale = true;
        }
        if only_latest_matters(&kind) {
            let same = discriminant(&kind);
            self.waiting
                .retain(|event| discriminant(&event.kind) != same);
        }
        self.last += 1;
        let id = EventId::new(self.last);
        self.waiting.push_back(Event { id, kind });
        id
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        let event = self.waiting.pop_front()?;
        self.is_stale &= !matches!(event.kind, EventKind::SnapshotStale);
        Some(event)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn only_latest_matters(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Qr(_) | EventKind::Trouble(_) | EventKind::Paced(_)
    )
}

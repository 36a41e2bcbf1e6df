//! Events that the application has not read yet.

use std::{
    collections::VecDeque,
    mem::{Discriminant, discriminant},
};

#[cfg(feature = "tracing")]
use crate::event::told;
use crate::{
    event::{Event, EventKind},
    id::EventId,
    pacer::PaceClass,
};

/// In bytes: a thousand of the longest texts that phones send, four times over.
const HEAVY: usize = 64 << 20;

/// In order of emission. Kinds of which only the latest matters keep one place, so that an
/// application that does not read cannot make the queue grow by them.
#[derive(Debug)]
pub(crate) struct EventQueue {
    last: u64,
    waiting: VecDeque<Event>,
    /// What they hold, in bytes.
    weight: usize,
    /// One that says so is waiting; another would say the same.
    is_stale: bool,
    /// How often the snapshot became stale, waiting or not.
    stale: u64,
}

impl EventQueue {
    pub(crate) fn new() -> Self {
        Self {
            last: 0,
            waiting: VecDeque::new(),
            weight: 0,
            is_stale: false,
            stale: 0,
        }
    }

    /// Moves whenever the snapshot becomes stale.
    pub(crate) fn stale(&self) -> u64 {
        self.stale
    }

    /// The snapshot became stale when there is no event any more that could say so.
    pub(crate) fn note_stale(&mut self) {
        self.stale += 1;
    }

    pub(crate) fn push(&mut self, mut kind: EventKind) -> EventId {
        if matches!(kind, EventKind::SnapshotStale) {
            self.note_stale();
            if self.is_stale {
                return EventId::new(self.last);
            }
            self.is_stale = true;
        }
        if let Some(older) = self.take_superseded(&kind) {
            if let (EventKind::Gap(gap), EventKind::Gap(older)) = (&mut kind, older.kind) {
                gap.times = gap.times.saturating_add(older.times);
            }
        }
        self.last += 1;
        let id = EventId::new(self.last);
        #[cfg(feature = "tracing")]
        told::tell(id, &kind);
        self.weight = self.weight.saturating_add(kind.weight());
        self.waiting.push_back(Event { id, kind });
        id
    }

    /// The one that waits in the place of this kind.
    fn take_superseded(&mut self, by: &EventKind) -> Option<Event> {
        let place = place(by)?;
        let at = self
            .waiting
            .iter()
            .position(|event| self::place(&event.kind) == Some(place))?;
        let older = self.waiting.remove(at)?;
        self.weight = self.weight.saturating_sub(older.kind.weight());
        Some(older)
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        let event = self.waiting.pop_front()?;
        self.is_stale &= !matches!(event.kind, EventKind::SnapshotStale);
        self.weight = self.weight.saturating_sub(event.kind.weight());
        Some(event)
    }

    /// Whether the waiting events hold so much that the rest has to wait at the service.
    pub(crate) fn is_heavy(&self) -> bool {
        self.weight >= HEAVY
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// The place that such an event shares with others, if only the latest of them matters.
fn place(kind: &EventKind) -> Option<(Discriminant<EventKind>, Option<PaceClass>)> {
    let class = match kind {
        EventKind::Qr(_) | EventKind::Trouble(_) | EventKind::Gap(_) => None,
        // That one class is stopped says nothing about another.
        EventKind::Paced(paced) => Some(paced.class),
        _ => return None,
    };
    Some((discriminant(kind), class))
}

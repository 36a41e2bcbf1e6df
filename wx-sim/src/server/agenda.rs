//! What the service does by itself, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{ExchangeId, SessionId};

#[derive(Clone, Debug)]
pub(super) enum Task {
    /// A held request has waited long enough.
    HoldEnds(ExchangeId),
    /// The phone scans a code.
    Scan(String),
    /// The user confirms on the phone.
    Confirm(String),
    /// The life of a code is over.
    CodeEnds(String),
    /// The phone sends its list of conversations.
    ChatList(SessionId),
    /// The next deed of the script.
    Script {
        session: SessionId,
        run: u32,
        step: usize,
    },
}

/// Tasks by time; those of one moment in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    tasks: BTreeMap<(Duration, u64), Task>,
    added: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Duration, task: Task) {
        self.tasks.insert((at, self.added), task);
        self.added = self.added.saturating_add(1);
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.tasks.first_key_value().map(|((at, _), _)| *at)
    }

    /// The first task that is due.
    pub(super) fn pop(&mut self, now: Duration) -> Option<(Duration, Task)> {
        if self.next()? > now {
            return None;
        }
        self.tasks.pop_first().map(|((at, _), task)| (at, task))
    }

    /// Drops the end of a hold that ended before its time.
    pub(super) fn forget_hold(&mut self, id: ExchangeId) {
        self.tasks
            .retain(|_, task| !matches!(task, Task::HoldEnds(held) if *held == id));
    }

    /// Drops what was to happen to a code that has come to its last stage.
    pub(super) fn forget_code(&mut self, code: &str) {
        self.tasks.retain(|_, task| match task {
            Task::Scan(uuid) | Task::Confirm(uuid) | Task::CodeEnds(uuid) => uuid != code,
            _ => true,
        });
    }
}

//! What waits, for whoever wants to look.

use super::{
    Outbox,
    entry::{Entry, State},
};
use crate::{
    id::{ChatId, CommandId},
    pacer::PaceClass,
};

/// A command that has not completed, see [`Client::outbox`](crate::Client::outbox).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxItem {
    /// As [`Client::submit`](crate::Client::submit) returned it.
    pub id: CommandId,
    /// The name of the command: `SendText`, `Upload` and so on.
    pub command: &'static str,
    /// Where it will say something. Commands of one chat that do so go out in their order.
    pub chat: Option<ChatId>,
    /// What its next request counts as.
    pub class: PaceClass,
    /// Where it stands.
    pub state: OutboxState,
    /// Bytes that are through and bytes in all, for uploads.
    pub progress: Option<(u64, u64)>,
}

/// Where a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutboxState {
    /// It waits for its turn, its pace, a free place, or the session.
    Waiting,
    /// Its source is being read.
    Reading,
    /// A request of its is on the wire.
    OnTheWire,
    /// A request of its failed, and is sent again after a pause.
    Resting,
}

impl Outbox {
    /// In order of submission.
    pub(crate) fn items(&self) -> impl Iterator<Item = OutboxItem> {
        self.queue.iter().map(|(id, entry)| entry.item(*id))
    }
}

impl Entry {
    fn item(&self, id: CommandId) -> OutboxItem {
        OutboxItem {
            id,
            command: self.job.name(),
            chat: self.job.chat().cloned(),
            class: self.job.class(),
            state: match self.state {
                State::Waiting => OutboxState::Waiting,
                State::Reading(_) => OutboxState::Reading,
                State::Out(_) => OutboxState::OnTheWire,
                State::Resting(_) => OutboxState::Resting,
            },
            progress: self.job.progress(),
        }
    }
}

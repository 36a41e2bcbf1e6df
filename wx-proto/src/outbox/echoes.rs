//! Which messages this client sent, to know them again when the service shows them to us.

use std::collections::VecDeque;

use crate::{
    command::Answer,
    event::Message,
    id::MsgId,
    job::{Job, Said},
};

/// The latest sends.
#[derive(Debug, Default)]
pub(crate) struct Echoes {
    sent: VecDeque<Sent>,
}

#[derive(Debug)]
enum Sent {
    Id(MsgId),
    /// The service named no id.
    Said(Said),
}

/// Echoes of our own messages come soon or never.
const SENT: usize = 256;

impl Echoes {
    /// A job is done. If it said something, that is remembered: by its id, or else by what it said.
    pub(crate) fn sent(&mut self, job: &Job, answer: &Answer) {
        let Answer::Sent(receipt) = answer else {
            return;
        };
        let sent = match (&receipt.msg_id, job.said()) {
            (Some(id), _) => Sent::Id(id.clone()),
            (None, Some(said)) => Sent::Said(said),
            (None, None) => return,
        };
        if self.sent.len() >= SENT {
            self.sent.pop_front();
        }
        self.sent.push_back(sent);
    }

    /// Whether this is one of them. Each is known again once.
    pub(crate) fn knows(&mut self, message: &Message) -> bool {
        let known = self.sent.iter().position(|sent| match sent {
            Sent::Id(id) => message.id.as_ref() == Some(id),
            Sent::Said(said) => said.is(message),
        });
        known.map(|at| self.sent.remove(at)).is_some()
    }
}

/// Whether a message is what this job has on its way.
pub(crate) fn is_echo(job: &Job, message: &Message) -> bool {
    job.takes_turn() && job.said().is_some_and(|said| said.is(message))
}

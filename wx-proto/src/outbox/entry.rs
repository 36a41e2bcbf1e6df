//! A command in the outbox, and where its request stands.

use crate::{
    command::CommandError,
    endpoint::Endpoint,
    error::{ApiError, ProtocolError},
    id::BlockId,
    job::Job,
    time::Stamp,
};

/// A command that has not completed.
pub(super) struct Entry {
    pub(super) job: Job,
    pub(super) submitted: Stamp,
    pub(super) attempt: Attempt,
    pub(super) state: State,
    /// Whether this occupies one of the places of transfers.
    pub(super) transfers: bool,
}

/// The tries of the request at hand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Attempt {
    /// Whether the pace lets it through. Repetitions need no leave of their own, unless the class was
    /// stopped in between.
    pub(super) has_token: bool,
    /// When it was first given out.
    pub(super) since: Option<Stamp>,
    /// Requests that the service may have acted upon without our knowing.
    pub(super) unanswered: u32,
    /// Times that its refusal put the session in doubt, and the session was alive.
    pub(super) doubts: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting,
    /// A block of its source is asked for.
    Reading(BlockId),
    /// On its way.
    Out(Endpoint),
    /// Waiting to be asked again.
    Resting(Endpoint),
}

impl Entry {
    /// Whether the service may have done what the command is for, without our knowing.
    pub(super) fn may_have_acted(&self) -> bool {
        self.attempt.unanswered > 0 && self.job.is_deed()
    }

    /// The end of it by a refusal. That is about the latest try, or about its class.
    pub(super) fn rejected(&self, error: ApiError) -> CommandError {
        CommandError::Rejected {
            error,
            maybe_sent: self.may_have_acted(),
        }
    }

    /// The end of it by something that is not the protocol.
    pub(super) fn garbled(&self, error: ProtocolError) -> CommandError {
        CommandError::Protocol {
            error,
            maybe_sent: self.may_have_acted(),
        }
    }
}

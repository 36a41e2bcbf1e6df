//! The steps of a job.

use crate::{
    command::Answer,
    endpoint::{ContactRecord, Endpoint},
};

/// What a job needs next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These bytes of its source.
    Read { offset: u64, len: usize },
    /// The reply to a request.
    Ask(Endpoint),
}

/// What came of a request.
pub(crate) enum Outcome {
    /// There is another step.
    Next,
    Done(Answer),
    /// Done, and these records are for the roster.
    Learned(Answer, Vec<ContactRecord>),
}

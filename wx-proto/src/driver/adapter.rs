//! What every adapter says in the same words.

use std::error::Error;

use thiserror::Error;

use crate::{
    command::CommandError,
    transport::{TransportError, TransportErrorKind},
};

/// Why a call to an adapter has no reply.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// The command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The session is over. Why, says the event [`Ended`](crate::Ended).
    #[error("session is over")]
    Stopped,
}

/// There was no event within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("timed out")]
pub struct TimedOut;

/// When an event counts as dealt with. A snapshot covers only what was acknowledged: all else comes
/// again after a resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ack {
    /// Asking for the next event acknowledges the one before.
    #[default]
    OnNext,
    /// The application acknowledges each event itself, in any order. What it forgets holds messages
    /// back once there are [`Limits::backlog`](crate::Limits::backlog) of them.
    Manual,
}

/// For `map_err`: makes of any error a failure of this kind that comes from it.
pub fn failed<E: Into<Box<dyn Error + Send + Sync>>>(
    kind: TransportErrorKind,
) -> impl FnOnce(E) -> TransportError {
    move |error| TransportError::with_source(kind, error)
}

//! What an operator may see of a session, apart from its events: one function for each thing that
//! is told.
//!
//! Without the feature `tracing` they are empty. They take numbers, names of our own and errors,
//! which hold no text of the service. No address, header, body or name of a person has a way in
//! here. What is told under which target is in the manual of the crate; keep the two together.

#![cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, reason = "the functions are empty then")
)]

use std::fmt::{Debug, Display};

#[cfg(feature = "tracing")]
use tracing::{Span, debug, info, span::EnteredSpan, trace};

/// The span in which a client was made. What it tells is told in there, whoever drives it, so that
/// one who has several sessions can tell them apart.
pub(crate) struct Scope {
    #[cfg(feature = "tracing")]
    span: Span,
}

/// As long as this lives, what is told is told in a [`Scope`].
pub(crate) struct Entered {
    #[cfg(feature = "tracing")]
    _span: EnteredSpan,
}

impl Scope {
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: Span::current(),
        }
    }

    pub(crate) fn enter(&self) -> Entered {
        Entered {
            #[cfg(feature = "tracing")]
            _span: self.span.clone().entered(),
        }
    }
}

/// What is told meanwhile is told to nobody.
#[cfg(feature = "record")]
pub(crate) fn silently<T>(act: impl FnOnce() -> T) -> T {
    #[cfg(feature = "tracing")]
    return tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), act);
    #[cfg(not(feature = "tracing"))]
    act()
}

pub(crate) fn phase(from: impl Debug, to: impl Debug) {
    #[cfg(feature = "tracing")]
    info!(target: "wx_proto::session", ?from, ?to, "phase");
}

/// A request is given out, perhaps for a command. `attempt`: the how manieth in a row, from 1.
pub(crate) fn request(
    id: u64,
    endpoint: &'static str,
    class: impl Debug,
    command: Option<u64>,
    attempt: u32,
) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::request", id, endpoint, ?class, command, attempt, "sent");
}

pub(crate) fn aborted(id: u64, endpoint: &'static str) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::request", id, endpoint, "aborted");
}

/// A reply came. `streamed`: how much of it went to the sink of a command.
pub(crate) fn reply(id: u64, endpoint: &'static str, status: u16, len: usize, streamed: u64) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::reply", id, endpoint, status, len, streamed, "came");
}

pub(crate) fn no_reply(id: u64, endpoint: &'static str, error: impl Display) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::reply", id, endpoint, %error, "did not come");
}

/// The reply that came last has the form it should have.
pub(crate) fn understood(endpoint: &'static str) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::reply", endpoint, "understood");
}

pub(crate) fn not_understood(endpoint: &'static str, error: impl Display) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::reply", endpoint, %error, "not understood");
}

/// The service said no.
pub(crate) fn refused(endpoint: &'static str, ret: impl Display) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::reply", endpoint, %ret, "refused");
}

pub(crate) fn timer(timer: impl Debug) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::timer", ?timer, "due");
}

pub(crate) fn submitted(id: u64) {
    #[cfg(feature = "tracing")]
    trace!(target: "wx_proto::command", id, "submitted");
}

pub(crate) fn completed<E: Display>(id: u64, error: Option<E>) {
    #[cfg(feature = "tracing")]
    match error {
        None => trace!(target: "wx_proto::command", id, "done"),
        Some(error) => debug!(target: "wx_proto::command", id, %error, "failed"),
    }
}

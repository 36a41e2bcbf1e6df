//! Commands: one struct each, with the type of its reply.
//!
//! `Submission::new(command)` splits a command in two: the [`Submission`] goes to the core, the
//! [`Ticket`] stays with the caller. When the core is done it hands out a [`Completion`], which
//! travels through any channel, and the ticket turns it back into the typed reply.

mod chat;
mod error;
#[cfg(feature = "_probe")]
pub mod probe;

pub use chat::{Receipt, SendText};
pub use error::{CommandError, Misuse};
pub(crate) use sealed::{Answer, Order};

use std::{fmt, marker::PhantomData};

use crate::id::CommandId;

/// Something the account can be made to do.
pub trait Command: sealed::Lower {
    /// What comes of it.
    type Reply;
}

/// What seals [`Command`]: nobody outside can name these.
#[expect(unnameable_types, reason = "that is what seals `Command`")]
pub(crate) mod sealed {
    use super::{Command, Receipt, SendText};

    pub trait Lower {
        fn lower(self) -> Order;
        fn raise(answer: Answer) -> Option<Self::Reply>
        where
            Self: Command;
    }

    /// A command, lowered: free of generics, so that one queue holds them all.
    #[derive(Debug)]
    pub enum Order {
        SendText(SendText),
        #[cfg(feature = "_probe")]
        Probe(super::probe::Probe),
    }

    /// What came of an [`Order`].
    #[derive(Debug)]
    pub enum Answer {
        Sent(Receipt),
        #[cfg(feature = "_probe")]
        Read(Vec<u8>),
        #[cfg(feature = "_probe")]
        Nothing,
    }
}

/// A command on its way into the core.
#[derive(Debug)]
pub struct Submission(pub(crate) Order);

impl Submission {
    /// Splits a command into what the core gets and what the caller keeps.
    pub fn new<C: Command>(command: C) -> (Self, Ticket<C>) {
        (Self(command.lower()), Ticket(PhantomData))
    }
}

/// Turns a [`Completion`] into the typed reply of its command.
#[must_use = "without it the reply cannot be read"]
pub struct Ticket<C>(PhantomData<fn() -> C>);

impl<C: Command> Ticket<C> {
    /// The reply, or why there is none.
    ///
    /// # Errors
    ///
    /// What the command itself failed with, or [`Misuse::ForeignCompletion`] if `done` belongs to
    /// a command of another kind.
    pub fn redeem(self, done: Completion) -> Result<C::Reply, CommandError> {
        C::raise(done.result?).ok_or(CommandError::Misuse(Misuse::ForeignCompletion))
    }
}

impl<C> fmt::Debug for Ticket<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket")
    }
}

/// The end of a command. Every submission has exactly one, also when the session closes.
#[derive(Debug)]
pub struct Completion {
    id: CommandId,
    result: Result<Answer, CommandError>,
}

impl Completion {
    pub(crate) fn new(id: CommandId, result: Result<Answer, CommandError>) -> Self {
        Self { id, result }
    }

    /// Which command is done.
    pub fn id(&self) -> CommandId {
        self.id
    }
}

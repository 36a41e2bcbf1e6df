//! Commands that tell how far they are.

use std::fmt;

use crate::{
    command::{
        Answer, Command, Order,
        sealed::{Lower, Watcher},
    },
    progress::Progress,
};

/// A command with somebody who wants to know how far it is, see
/// [`Command::on_progress`].
pub struct Watched<C> {
    command: C,
    watcher: Option<Watcher>,
}

impl<C> Watched<C> {
    pub(super) fn new(command: C, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        Self {
            command,
            watcher: Some(Watcher(Box::new(tell))),
        }
    }
}

impl<C: Command> Command for Watched<C> {
    type Reply = C::Reply;
}

impl<C: Command> Lower for Watched<C> {
    type Raised = C::Reply;

    fn watcher(&mut self) -> Option<Watcher> {
        self.watcher.take()
    }

    fn lower(self) -> Order {
        self.command.lower()
    }

    fn raise(answer: Answer) -> Option<C::Reply> {
        C::raise(answer)
    }
}

impl<C: fmt::Debug> fmt::Debug for Watched<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Watched").field(&self.command).finish()
    }
}

//! Commands: one struct each, with the type of its reply.
//!
//! `Submission::new(command)` splits a command in two: the [`Submission`] goes to the core, the
//! [`Ticket`] stays with the caller. When the core is done it hands out a [`Completion`], which
//! travels through any channel, and the ticket turns it back into the typed reply.

mod chat;
mod contact;
mod error;
mod fetch;
mod forward;
mod media;
mod raw;
mod room;
mod watched;

pub use chat::{MarkRead, Recall, RecallNotice, Receipt, SendText};
pub use contact::{AcceptFriend, AddFriend, FetchContacts, Pin, SearchContact, SetRemark, Unpin};
pub use error::{CommandError, Misuse};
pub use fetch::{
    FetchAvatar, FetchFile, FetchImage, FetchMap, FetchSticker, FetchVideo, FetchVoice, Fetched,
};
pub use forward::Forward;
pub use media::{
    Attachment, Media, MediaKind, SendEmoticon, SendFile, SendImage, SendVideo, Upload,
};
pub use raw::{CheckLogin, Logout, Raw, RawHost, RawReply, StatReport};
pub use room::{
    AddMembers, Added, CreateRoom, CreatedRoom, InviteMembers, LeaveRoom, RemoveMember, RenameRoom,
};
pub use watched::Watched;
pub(crate) use {
    fetch::{FileOf, Of},
    forward::{Forwarded, Kept},
    media::{Data, Part},
    sealed::{Answer, CallOrder, JobOrder, Order, Watcher},
};

use std::{fmt, marker::PhantomData};

use crate::{id::CommandId, progress::Progress};

/// Something the account can be made to do.
pub trait Command: sealed::Lower<Raised = <Self as Command>::Reply> {
    /// What comes of it.
    type Reply;

    /// The same command, which tells how far it is: an upload whenever the service has another piece,
    /// a download whenever the sink has. Other commands tell nothing.
    ///
    /// `tell` is called where the call waits, in its thread or from its future, with the latest
    /// [`Progress`], and never twice with the same. What is done never becomes less, and of a
    /// transfer that succeeds the end is told before the reply is there. Keep it short: nothing
    /// is read or written meanwhile.
    ///
    /// Of a command that is submitted to a [`Client`](crate::Client) itself it is not called: there,
    /// uploads tell by [`Output::Progress`](crate::Output::Progress), and downloads pass the caller.
    fn on_progress(self, tell: impl FnMut(Progress) + Send + 'static) -> Watched<Self>
    where
        Self: Sized,
    {
        Watched::new(self, tell)
    }
}

/// What seals [`Command`]: nobody outside can name these.
#[expect(unnameable_types, reason = "that is what seals `Command`")]
pub(crate) mod sealed {
    use super::*;
    use crate::roster::Contact;

    pub trait Lower {
        /// The reply of the command.
        type Raised;

        /// Takes out who wants to know how far it is.
        fn watcher(&mut self) -> Option<Watcher> {
            None
        }

        fn lower(self) -> Order;

        fn raise(answer: Answer) -> Option<Self::Raised>;
    }

    pub struct Watcher(pub(crate) Box<dyn FnMut(Progress) + Send>);

    impl fmt::Debug for Watcher {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Watcher")
        }
    }

    /// A command, lowered: free of generics, so that one queue holds them all.
    #[derive(Debug)]
    #[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
    pub enum Order {
        Job(JobOrder),
        Logout(Logout),
    }

    /// An order for the outbox.
    #[derive(Debug)]
    #[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
    pub enum JobOrder {
        SendText(SendText),
        SendImage(SendImage),
        SendEmoticon(SendEmoticon),
        SendVideo(SendVideo),
        SendFile(SendFile),
        Forward(Forward),
        Upload(Upload),
        FetchImage(FetchImage),
        FetchVoice(FetchVoice),
        FetchVideo(FetchVideo),
        FetchFile(FetchFile),
        FetchSticker(FetchSticker),
        FetchMap(FetchMap),
        FetchAvatar(FetchAvatar),
        Call(CallOrder),
    }

    /// An order of a request or two with short replies.
    #[derive(Debug)]
    #[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
    pub enum CallOrder {
        Recall(Recall),
        MarkRead(MarkRead),
        FetchContacts(FetchContacts),
        SetRemark(SetRemark),
        Pin(Pin),
        Unpin(Unpin),
        AcceptFriend(AcceptFriend),
        AddFriend(AddFriend),
        SearchContact(SearchContact),
        CreateRoom(CreateRoom),
        AddMembers(AddMembers),
        InviteMembers(InviteMembers),
        RemoveMember(RemoveMember),
        RenameRoom(RenameRoom),
        LeaveRoom(LeaveRoom),
        StatReport(StatReport),
        CheckLogin(CheckLogin),
        Raw(Raw),
    }

    /// What came of an [`Order`].
    #[derive(Debug)]
    pub enum Answer {
        Done,
        Flag(bool),
        Sent(Receipt),
        Uploaded(Media),
        Recalled(RecallNotice),
        Fetched(Fetched),
        Contacts(Vec<Contact>),
        Chats(Vec<crate::id::ChatId>),
        Created(CreatedRoom),
        Added(Added),
        Raw(RawReply),
    }
}

/// What a command is to the core: the order it is lowered to, and the answer its reply is made from.
macro_rules! command {
    (call $name:ident -> $reply:ty, $answer:pat => $raised:expr) => {
        $crate::command::command! {
            @ $name, $reply, $answer, $raised,
            |it| $crate::command::Order::Job($crate::command::JobOrder::Call(
                $crate::command::CallOrder::$name(it)
            ))
        }
    };
    (client $name:ident -> $reply:ty, $answer:pat => $raised:expr) => {
        $crate::command::command! {
            @ $name, $reply, $answer, $raised, $crate::command::Order::$name
        }
    };
    ($name:ident -> $reply:ty, $answer:pat => $raised:expr) => {
        $crate::command::command! {
            @ $name, $reply, $answer, $raised,
            |it| $crate::command::Order::Job($crate::command::JobOrder::$name(it))
        }
    };
    (@ $name:ident, $reply:ty, $answer:pat, $raised:expr, $lower:expr) => {
        impl $crate::command::Command for $name {
            type Reply = $reply;
        }

        impl $crate::command::sealed::Lower for $name {
            type Raised = $reply;

            fn lower(self) -> $crate::command::Order {
                ($lower)(self)
            }

            fn raise(answer: $crate::command::Answer) -> Option<$reply> {
                match answer {
                    $answer => Some($raised),
                    _ => None,
                }
            }
        }
    };
}
use command;

/// A command on its way into the core.
#[derive(Debug)]
pub struct Submission {
    pub(crate) order: Order,
    /// For whoever does the waiting; the core has no use for it.
    pub(crate) watcher: Option<Watcher>,
}

impl Submission {
    /// Splits a command into what the core gets and what the caller keeps.
    pub fn new<C: Command>(mut command: C) -> (Self, Ticket<C>) {
        let watcher = command.watcher();
        let order = command.lower();
        (Self { order, watcher }, Ticket(PhantomData))
    }

    /// What a recording says.
    #[cfg(feature = "record")]
    pub(crate) fn of(order: Order) -> Self {
        Self {
            order,
            watcher: None,
        }
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

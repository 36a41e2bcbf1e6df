//! What passes between the core and a driver: orders one way, replies the other.

mod reader;

pub use reader::{Reply, ReplyReader, ReplyRule};

use std::{fmt, time::Duration};

use bytes::Bytes;

use crate::{
    command::Completion,
    id::{BlockId, CommandId, RequestId},
    progress::Progress,
};

/// One order of the core to its driver.
///
/// Exhaustive on purpose: a driver that ignores an order is wrong, so a new kind of order must
/// break its build.
#[must_use = "an order that is not carried out stalls the session"]
#[derive(Debug)]
pub enum Output {
    /// Put this on the wire, and answer its id with
    /// [`Client::handle_reply`](crate::Client::handle_reply).
    Request(OutgoingRequest),
    /// Stop this exchange at once and free its socket. The id is dead; an answer is ignored.
    Abort(RequestId),
    /// Read this block of the command's source, and answer its id with
    /// [`Client::handle_block`](crate::Client::handle_block).
    Read(ReadBlock),
    /// How far a transfer is; for whoever shows a progress bar.
    Progress(Progress),
    /// Hand this to whoever waits for the command.
    Done(Completion),
}

/// A finished request.
#[non_exhaustive]
pub struct OutgoingRequest {
    /// Answer this id exactly once, unless it is aborted.
    pub id: RequestId,
    /// Absolute URI, every header but `Host`, `Content-Length` and `Connection`, whole body. To be
    /// sent exactly as it is, over HTTP/1.1.
    pub http: http::Request<Bytes>,
    /// How to read the response.
    pub reply: ReplyRule,
    /// What the request is for, for drivers that keep their connections apart.
    pub class: Class,
    /// A bound for drivers that cannot interrupt a blocked read. The core's own time-out is
    /// earlier and arrives as [`Output::Abort`].
    pub give_up: Duration,
}

impl fmt::Debug for OutgoingRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Query, headers and body carry credentials; host and path do not.
        f.debug_struct("OutgoingRequest")
            .field("id", &self.id)
            .field("method", self.http.method())
            .field("host", &self.http.uri().host().unwrap_or_default())
            .field("path", &self.http.uri().path())
            .field("class", &self.class)
            .finish_non_exhaustive()
    }
}

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// A step of the login, its long poll included.
    Login,
    /// The long poll of the session.
    Poll,
    /// Fetching what is new.
    Sync,
    /// Anything else that is short.
    Call,
    /// A part of an upload, or a download.
    Transfer,
    /// The end of the session.
    Logout,
}

/// One block of an upload source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadBlock {
    /// Answer this id exactly once.
    pub id: BlockId,
    /// Whose source to read.
    pub command: CommandId,
    /// Where the block starts, in bytes. Any offset may be asked for again.
    pub offset: u64,
    /// Exactly so many bytes.
    pub len: usize,
}

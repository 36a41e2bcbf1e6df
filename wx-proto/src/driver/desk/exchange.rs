//! One request on the wire, as the desk sees it: to be answered once.

use std::{
    fmt,
    future::poll_fn,
    io, mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::{
    Shared,
    work::{Lent, Piece, Work},
};
use crate::{
    id::{CommandId, RequestId},
    output::{OutgoingRequest, Reply, ReplyReader, ReplyRule},
    progress::Progress,
    transport::{TransportError, TransportErrorKind},
};

/// What comes of a request is given to this. Dropped without a reply, it reports that there is
/// none, so that each request is answered exactly once whatever becomes of its task.
pub struct Exchange {
    shared: Arc<Shared>,
    id: RequestId,
    /// Whose sink gets the body.
    command: Option<CommandId>,
    /// Bytes that the caller was given for it.
    reached_sink: u64,
    /// Bytes that it is to get, where known.
    total: Option<u64>,
    /// Pieces that it was to write.
    pieces: u64,
    /// What came of it was told.
    told: bool,
}

impl Exchange {
    pub(super) fn new(shared: &Arc<Shared>, request: &OutgoingRequest) -> Self {
        Self {
            shared: Arc::clone(shared),
            id: request.id,
            command: request.reply.streams_to(),
            reached_sink: 0,
            total: None,
            pieces: 0,
            told: false,
        }
    }

    /// The request that this is about.
    pub fn id(&self) -> RequestId {
        self.id
    }

    /// Starts reading, once the head of the response is there. As [`ReplyRule::begin`], and the caller
    /// learns how much its sink is to get.
    pub fn begin(&mut self, rule: ReplyRule, head: http::response::Parts) -> ReplyReader {
        let reader = rule.begin(head);
        self.total = reader.total();
        reader
    }

    /// Has the caller add bytes to its sink, or flush it if there are none, and waits until that is
    /// done: so no more is read from the wire than the sink takes. Dropping the future does not take
    /// the bytes back.
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::Sink`]: it failed, there is none, or its caller went away.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), TransportError> {
        let len = bytes.len() as u64;
        // One that was given up goes, with its waker, when the state is free again.
        self.pieces += 1;
        let _given_up = self.shared.with(|state, _| {
            let may_write = state.writers.contains(&self.id);
            let caller = self.command.filter(|_| may_write).and_then(|id| {
                let caller = state.callers.get_mut(&id)?;
                (caller.lent == Lent::Sink && caller.done.is_none()).then_some((id, caller))
            });
            let (command, caller) = caller?;
            self.reached_sink += len;
            let progress = Progress {
                command,
                done: self.reached_sink,
                // The last piece is empty.
                total: if len == 0 {
                    Some(self.reached_sink)
                } else {
                    self.total
                },
            };
            let piece = Piece::new(bytes, self.id, self.pieces, progress);
            caller.give(Work::Write(piece), &mut state.woken);
            state
                .writings
                .insert(self.id, Writing::new(command, self.pieces))
        });
        poll_fn(|cx| self.poll_written(cx)).await
    }

    fn poll_written(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.shared.lock();
        let is_it = |writing: &&mut Writing| writing.nth == self.pieces;
        let Some(writing) = state.writings.get_mut(&self.id).filter(is_it) else {
            return Poll::Ready(Err(TransportErrorKind::Sink.into()));
        };
        match writing.result.take() {
            Some(result) => {
                state.writings.remove(&self.id);
                let sink = |error| TransportError::with_source(TransportErrorKind::Sink, error);
                Poll::Ready(result.map_err(sink))
            }
            None => {
                mem::swap(&mut writing.waker, &mut waker);
                Poll::Pending
            }
        }
    }

    /// Takes in one block of the response's body, and waits until the sink has what came of it.
    ///
    /// # Errors
    ///
    /// The body breaks the rule, or a [`write`](Self::write) failed. Read no more.
    pub async fn push(
        &mut self,
        reader: &mut ReplyReader,
        block: Bytes,
    ) -> Result<(), TransportError> {
        reader.push(block);
        while let Some(piece) = reader.pull()? {
            self.write(piece).await?;
        }
        Ok(())
    }

    /// The end of the body: the reply, once the sink has all of it and was flushed. A sink that got
    /// nothing is left alone.
    ///
    /// # Errors
    ///
    /// The body breaks the rule, or a [`write`](Self::write) failed.
    pub async fn end(&mut self, reader: ReplyReader) -> Result<Reply, TransportError> {
        let (reply, rest) = reader.finish()?;
        if let Some(rest) = rest {
            self.write(rest).await?;
        }
        if self.reached_sink > 0 {
            self.write(Bytes::new()).await?;
        }
        Ok(reply)
    }

    /// The reply, or why there is none. What [`write`](Self::write) gave to the sink counts as having
    /// reached it, even if the error does not say so.
    pub fn finish(mut self, reply: Result<Reply, TransportError>) {
        self.tell(reply);
    }

    fn tell(&mut self, reply: Result<Reply, TransportError>) {
        // Whoever drops an exchange or forgets to count must not have the same bytes written twice.
        let after = |error: TransportError| {
            let reached_sink = error.reached_sink().max(self.reached_sink);
            error.after(reached_sink)
        };
        self.told = true;
        self.shared.with(|state, now| {
            state.stop_writing(self.id);
            let reply = reply.map_err(after);
            state.client.handle_reply(now, self.id, reply);
        });
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.told {
            let kind = TransportErrorKind::Other;
            // Ignored if it was aborted.
            self.tell(Err(TransportError::with_source(kind, "exchange dropped")));
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Exchange").field(&self.id).finish()
    }
}

/// Bytes that a caller has not yet written.
pub(super) struct Writing {
    pub(super) command: CommandId,
    /// Which piece of its exchange.
    pub(super) nth: u64,
    pub(super) result: Option<io::Result<()>>,
    pub(super) waker: Option<Waker>,
}

impl Writing {
    fn new(command: CommandId, nth: u64) -> Self {
        Self {
            command,
            nth,
            result: None,
            waker: None,
        }
    }
}

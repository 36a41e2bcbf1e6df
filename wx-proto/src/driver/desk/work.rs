//! What a caller does for its command: it reads its own source, it writes to its own sink.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::Shared;
use crate::{
    command::Completion,
    id::{BlockId, CommandId, RequestId},
    output::ReadBlock,
    transport::SourceError,
};

/// What a caller lends to its command, see [`Handle::submit`](super::Handle::submit).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lent {
    /// Nothing: blocks are answered as missing, and bytes for a sink are refused.
    #[default]
    Nothing,
    /// A source, of which [`Work::Read`] wants blocks.
    Source,
    /// A sink, to which [`Work::Write`] adds bytes.
    Sink,
}

/// Something to be done with what the caller has lent.
#[derive(Debug)]
pub enum Work {
    /// Read exactly this block, and answer with [`Worker::read`].
    Read(ReadBlock),
    /// Add these bytes to the sink, and answer with [`Worker::wrote`].
    Write(Piece),
}

/// Bytes for a sink. None at all: flush what was written before.
#[derive(Debug)]
pub struct Piece {
    /// To be written, all of them.
    pub bytes: Bytes,
    request: RequestId,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, request: RequestId) -> Self {
        Self { bytes, request }
    }
}

/// Tells a caller what is to be done for its command, see [`Call::worker`](super::Call::worker).
/// It keeps neither the command nor the session alive.
pub struct Worker {
    shared: Arc<Shared>,
    id: Option<CommandId>,
}

impl Worker {
    pub(super) fn new(shared: &Arc<Shared>, id: Option<CommandId>) -> Self {
        let shared = Arc::clone(shared);
        Self { shared, id }
    }

    /// Waits for work. `None`: there is none any more, and the call has its reply.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Work> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Work>> {
        let mut state = self.shared.lock();
        let over = state.over;
        let caller = self.id.and_then(|id| state.callers.get_mut(&id));
        let Some(caller) = caller.filter(|caller| caller.done.is_none() && !over) else {
            return Poll::Ready(None);
        };
        match caller.work.pop_front() {
            Some(work) => Poll::Ready(Some(work)),
            None => {
                caller.worker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// The answer to [`Work::Read`]: exactly the bytes asked for.
    pub fn read(&self, block: BlockId, data: Result<Bytes, SourceError>) {
        self.shared
            .with(|state, now| state.client.handle_block(now, block, data));
    }

    /// The answer to [`Work::Write`]: all of it was written, or flushed, or not.
    pub fn wrote(&self, piece: &Piece, result: io::Result<()>) {
        self.shared.with(|state, _| {
            if let Some(writing) = state.writings.get_mut(&piece.request) {
                writing.result = Some(result);
                state.woken.extend(writing.waker.take());
            }
        });
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Worker")
    }
}

/// The caller of a command that has no end yet.
pub(super) struct Caller {
    pub(super) lent: Lent,
    pub(super) done: Option<Completion>,
    work: VecDeque<Work>,
    /// Who waits for the end.
    pub(super) waiter: Option<Waker>,
    /// Who waits for work.
    worker: Option<Waker>,
}

impl Caller {
    pub(super) fn new(lent: Lent) -> Self {
        Self {
            lent,
            done: None,
            work: VecDeque::new(),
            waiter: None,
            worker: None,
        }
    }

    pub(super) fn give(&mut self, work: Work, woken: &mut Vec<Waker>) {
        self.work.push_back(work);
        woken.extend(self.worker.take());
    }

    /// There is nothing more to wait for.
    pub(super) fn end(&mut self, woken: &mut Vec<Waker>) {
        woken.extend(self.waiter.take().into_iter().chain(self.worker.take()));
    }

    /// What this exchange wanted to write shall not be written.
    pub(super) fn forget(&mut self, request: RequestId) {
        self.work
            .retain(|work| !matches!(work, Work::Write(piece) if piece.request == request));
    }
}

//! What a caller does for its command: it reads its own source, it writes to its own sink.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    future::poll_fn,
    io, mem,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use super::Shared;
use crate::{
    command::{Completion, Watcher},
    id::{BlockId, CommandId, RequestId},
    output::ReadBlock,
    progress::Progress,
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
///
/// Exhaustive on purpose: work that is not done stalls its command.
#[derive(Debug)]
pub enum Work {
    /// Read exactly this block, and answer with [`Worker::read`].
    Read(ReadBlock),
    /// Add these bytes to the sink, and answer with [`Worker::wrote`].
    Write(Piece),
}

/// Bytes for a sink. None at all: flush what was written before.
pub struct Piece {
    /// To be written, all of them.
    pub bytes: Bytes,
    request: RequestId,
    /// Which piece of that request.
    nth: u64,
    /// How far the command is when this is written.
    progress: Progress,
}

impl Piece {
    pub(super) fn new(bytes: Bytes, request: RequestId, nth: u64, progress: Progress) -> Self {
        Self {
            bytes,
            request,
            nth,
            progress,
        }
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Somebody's picture.
        f.debug_struct("Piece")
            .field("len", &self.bytes.len())
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// Tells a caller what is to be done for its command, see [`Call::worker`](super::Call::worker).
/// It keeps neither the command nor the session alive. Dropping it takes back what was lent: what was
/// asked for and not answered is missing, and so is all that would be.
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
        let mut waker = Some(cx.waker().clone());
        let work = self.take(&mut waker);
        // Whatever comes after this wakes again.
        self.id.inspect(|id| self.shared.tell(*id));
        work
    }

    fn take(&self, waker: &mut Option<Waker>) -> Poll<Option<Work>> {
        let mut state = self.shared.lock();
        let caller = self.id.and_then(|id| state.callers.get_mut(&id));
        let Some(caller) = caller.filter(|caller| caller.done.is_none()) else {
            return Poll::Ready(None);
        };
        match caller.work.pop_front() {
            Some(work) => Poll::Ready(Some(work)),
            None => {
                mem::swap(&mut caller.worker, waker);
                Poll::Pending
            }
        }
    }

    /// The answer to [`Work::Read`]: exactly the bytes asked for.
    pub fn read(&self, block: BlockId, data: Result<Bytes, SourceError>) {
        self.shared.with(|state, now| {
            if let Some(caller) = self.id.and_then(|id| state.callers.get_mut(&id)) {
                caller.blocks.remove(&block);
            }
            state.client.handle_block(now, block, data);
        });
    }

    /// The answer to [`Work::Write`]: all of it was written, or flushed, or not.
    pub fn wrote(&self, piece: &Piece, result: io::Result<()>) {
        self.shared.with(|state, _| {
            // Nobody waits any more for the pieces before.
            let writing = state.writings.get_mut(&piece.request);
            let Some(writing) = writing.filter(|writing| writing.nth == piece.nth) else {
                return;
            };
            let is_written = result.is_ok();
            writing.result = Some(result);
            state.woken.extend(writing.waker.take());
            if is_written {
                state.advance(piece.progress);
            }
        });
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.shared.with(|state, now| state.take_back(now, id));
        }
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
    /// Asked for and not answered.
    blocks: BTreeSet<BlockId>,
    has_worker: bool,
    /// How far the command is.
    pub(super) progress: Option<Progress>,
    /// The watcher knows of it.
    told: bool,
    /// Who wants to know. Somebody else's code: to be called, and dropped, while the state is free.
    watcher: Option<Watcher>,
    /// Who waits for the end.
    pub(super) waiter: Option<Waker>,
    /// Who waits for work.
    worker: Option<Waker>,
}

impl Caller {
    pub(super) fn new(lent: Lent, watcher: Option<Watcher>) -> Self {
        Self {
            lent,
            done: None,
            work: VecDeque::new(),
            blocks: BTreeSet::new(),
            has_worker: false,
            progress: None,
            told: true,
            watcher,
            waiter: None,
            worker: None,
        }
    }

    /// Whether there was no worker yet.
    pub(super) fn hire(&mut self) -> bool {
        !mem::replace(&mut self.has_worker, true)
    }

    pub(super) fn advance(&mut self, progress: Progress, woken: &mut Vec<Waker>) {
        if self.progress.replace(progress) != Some(progress) {
            self.told = false;
            if self.watcher.is_some() {
                self.wake(woken);
            }
        }
    }

    /// Who is to be told what, if there is somebody.
    pub(super) fn untold(&mut self) -> Option<(Watcher, Progress)> {
        let progress = self.progress.filter(|_| !self.told)?;
        let watcher = self.watcher.take()?;
        self.told = true;
        Some((watcher, progress))
    }

    /// Comes back from having told.
    pub(super) fn watch(&mut self, watcher: Watcher) {
        self.watcher = Some(watcher);
    }

    pub(super) fn give(&mut self, work: Work, woken: &mut Vec<Waker>) {
        if let Work::Read(block) = &work {
            self.blocks.insert(block.id);
        }
        self.work.push_back(work);
        woken.extend(self.worker.take());
    }

    /// Nothing is lent any more. What was asked for in vain.
    pub(super) fn take_back(&mut self, woken: &mut Vec<Waker>) -> BTreeSet<BlockId> {
        self.lent = Lent::Nothing;
        self.work.clear();
        woken.extend(self.worker.take());
        mem::take(&mut self.blocks)
    }

    /// Wakes whoever waits: there is news, or nothing more to wait for.
    pub(super) fn wake(&mut self, woken: &mut Vec<Waker>) {
        woken.extend(self.waiter.take().into_iter().chain(self.worker.take()));
    }
}

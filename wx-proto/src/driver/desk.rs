//! A client between those who use it and the one who drives it. The page of [`driver`](super) tells
//! how it is used.

mod exchange;
mod handle;
mod work;

pub use exchange::Exchange;
pub use handle::{Call, Events, Handle};
pub use work::{Lent, Piece, Work, Worker};

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicUsize},
    task::{Context, Poll, Waker},
    time::Duration,
};

use self::{exchange::Writing, work::Caller};
use crate::{
    client::{Client, Close},
    command::Submission,
    id::{CommandId, RequestId},
    output::{OutgoingRequest, Output},
    progress::Progress,
    time::{Now, Stamp},
    transport::SourceError,
};

/// The end of the one who drives: a loop over [`next`](Self::next) and
/// [`deadline`](Self::deadline). Dropping it ends the session for everybody, where it stands: calls
/// and events hear of the end as of any other.
pub struct Engine {
    shared: Arc<Shared>,
}

/// What there is to do for whoever drives. None of it may be done by waiting.
///
/// Exhaustive for the reason that [`Output`] is: a driver that ignores an errand is wrong.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all errands are requests")]
pub enum Errand {
    /// Put the request on the wire, and give the exchange what comes of it.
    Send(OutgoingRequest, Exchange),
    /// Stop this exchange at once and free its socket, if it still runs.
    Abort(RequestId),
    /// Ask for the [deadline](Engine::deadline) again: it is not what it was.
    Reschedule,
}

impl Engine {
    /// Starts a client. `elapsed` tells the time whenever it is needed, from any thread: how long it
    /// is on a monotonic clock since some moment, which was at `unix` in Unix time. Stamps, such as the
    /// [deadline](Self::deadline), count from that moment.
    ///
    /// The session ends when the last handle and the events are dropped, without a logout.
    pub fn start(
        client: Client,
        unix: Duration,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> (Self, Handle, Events) {
        let shared = Arc::new(Shared {
            unix,
            elapsed: Box::new(elapsed),
            attendance: AtomicUsize::new(0),
            state: Mutex::new(State::new(client)),
        });
        shared.with(|state, now| state.client.start(now));
        let handle = Handle::new(&shared);
        let events = Events::new(handle.clone());
        (Self { shared }, handle, events)
    }

    /// Waits for something to do. `None`: the session is over, and so is the driver.
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Errand> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Errand>> {
        let mut waker = Some(cx.waker().clone());
        let mut state = self.shared.lock();
        match state.to_do.pop_front() {
            Some(ToDo::Send(order)) => {
                let exchange = Exchange::new(&self.shared, &order);
                return Poll::Ready(Some(Errand::Send(order, exchange)));
            }
            Some(ToDo::Abort(id)) => return Poll::Ready(Some(Errand::Abort(id))),
            None if state.over => return Poll::Ready(None),
            None if state.is_rescheduled() => return Poll::Ready(Some(Errand::Reschedule)),
            None => {}
        }
        mem::swap(&mut state.engine, &mut waker);
        Poll::Pending
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, on the clock that was given. Ask again
    /// before each sleep. It may lie in the past.
    pub fn deadline(&mut self) -> Option<Stamp> {
        let mut state = self.shared.lock();
        state.deadline = state.client.poll_timeout();
        state.deadline
    }

    /// The deadline is reached. Calling it too often, or too early, does no harm.
    pub fn handle_timeout(&mut self) {
        self.shared
            .with(|state, now| state.client.handle_timeout(now));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.with(|state, now| {
            state.client.stop(now);
            state.stopped = true;
        });
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

struct Shared {
    /// When the clock began, as Unix time.
    unix: Duration,
    elapsed: Box<dyn Fn() -> Duration + Send + Sync>,
    /// Handles, pending calls and the stream of events. Counted outside the state, so that a handle
    /// may come and go while somebody looks at the client.
    attendance: AtomicUsize,
    state: Mutex<State>,
}

struct State {
    client: Client,
    /// Nothing more is to be sent, and calls fail.
    over: bool,
    /// Nobody drives any more.
    stopped: bool,
    to_do: VecDeque<ToDo>,
    /// The one that the engine sleeps towards.
    deadline: Option<Stamp>,
    callers: BTreeMap<CommandId, Caller>,
    /// Exchanges that may write to a sink. A thread may go on for a while after its exchange was
    /// aborted, and the sink belongs to another one by then.
    writers: BTreeSet<RequestId>,
    writings: BTreeMap<RequestId, Writing>,
    /// The stream of events was dropped.
    unread: bool,
    engine: Option<Waker>,
    reader: Option<Waker>,
    /// Who waits for the driver to go, by seat.
    closers: BTreeMap<u64, Waker>,
    /// To be woken once the state is free again: some executors run right there what they wake.
    woken: Vec<Waker>,
}

#[expect(clippy::large_enum_variant, reason = "nearly all of it are requests")]
enum ToDo {
    Send(OutgoingRequest),
    Abort(RequestId),
}

impl Shared {
    /// Does something to the client, and whatever follows from it.
    fn with<T>(&self, act: impl FnOnce(&mut State, Now) -> T) -> T {
        let (result, woken) = {
            // The clock is somebody else's code. Of two that came together the earlier time may be told
            // last; the client takes that for the later one.
            let elapsed = (self.elapsed)();
            let now = Now::new(Stamp::new(elapsed), self.unix.saturating_add(elapsed));
            let mut state = self.lock();
            let result = act(&mut state, now);
            state.settle(now);
            (result, mem::take(&mut state.woken))
        };
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// Tells who wants to know how far a command is. For whoever waits for it, after it has said that
    /// it waits.
    fn tell(&self, id: CommandId) {
        let untold = || self.lock().callers.get_mut(&id)?.untold();
        while let Some((mut watcher, progress)) = untold() {
            watcher.0(progress);
            match self.lock().callers.get_mut(&id) {
                Some(caller) => caller.watch(watcher),
                None => return,
            }
        }
    }

    /// A view of the application may panic while it looks at the client, which it cannot change.
    ///
    /// Wakers are cloned before and dropped after: a waker may be the last to own a task, and with it
    /// ends of this very session.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(client: Client) -> Self {
        Self {
            client,
            over: false,
            stopped: false,
            to_do: VecDeque::new(),
            deadline: None,
            callers: BTreeMap::new(),
            writers: BTreeSet::new(),
            writings: BTreeMap::new(),
            unread: false,
            engine: None,
            reader: None,
            closers: BTreeMap::new(),
            woken: Vec::new(),
        }
    }

    /// Carries the client's orders as far as they go here, and wakes whom they concern.
    fn settle(&mut self, now: Now) {
        loop {
            while self.unread {
                let Some(event) = self.client.poll_event() else {
                    break;
                };
                self.client.acknowledge(now, event.id);
            }
            let Some(order) = self.client.poll_output() else {
                break;
            };
            self.route(now, order);
        }
        // By then each command has its end, each exchange was answered or aborted, and the last event
        // is there: whoever waits for any of them was told.
        self.over = self.client.is_drained();
        if self.client.has_events() {
            self.woken.extend(self.reader.take());
        }
        if self.over || !self.to_do.is_empty() || self.is_rescheduled() {
            self.woken.extend(self.engine.take());
        }
        if self.stopped {
            self.woken
                .extend(mem::take(&mut self.closers).into_values());
        }
    }

    fn route(&mut self, now: Now, order: Output) {
        match order {
            Output::Request(request) => {
                if request.reply.streams_to().is_some() {
                    self.writers.insert(request.id);
                }
                self.to_do.push_back(ToDo::Send(request));
            }
            Output::Abort(id) => {
                self.stop_writing(id);
                let before = self.to_do.len();
                self.to_do
                    .retain(|to_do| !matches!(to_do, ToDo::Send(request) if request.id == id));
                // What has not left yet never will.
                if self.to_do.len() == before {
                    self.to_do.push_back(ToDo::Abort(id));
                }
            }
            Output::Read(block) => {
                let caller = self.callers.get_mut(&block.command);
                match caller.filter(|caller| caller.lent == Lent::Source) {
                    Some(caller) => caller.give(Work::Read(block), &mut self.woken),
                    None => {
                        let missing = Err(SourceError::missing());
                        self.client.handle_block(now, block.id, missing);
                    }
                }
            }
            Output::Progress(progress) => self.advance(progress),
            Output::Done(done) => {
                if let Some(caller) = self.callers.get_mut(&done.id()) {
                    caller.done = Some(done);
                    caller.wake(&mut self.woken);
                }
            }
        }
    }

    fn submit(&mut self, now: Now, submission: Submission) -> Option<CommandId> {
        (!self.over).then(|| self.client.submit(now, submission))
    }

    fn advance(&mut self, progress: Progress) {
        if let Some(caller) = self.callers.get_mut(&progress.command) {
            caller.advance(progress, &mut self.woken);
        }
    }

    fn is_rescheduled(&self) -> bool {
        self.client.poll_timeout() != self.deadline
    }

    /// Nobody waits for this command any more. Its caller goes when the state is free again.
    fn abandon(&mut self, now: Now, id: CommandId) -> Option<Caller> {
        let mut caller = self.callers.remove(&id)?;
        caller.wake(&mut self.woken);
        self.client.cancel(now, id);
        Some(caller)
    }

    /// The caller of this command takes back what it has lent.
    fn take_back(&mut self, now: Now, id: CommandId) {
        if let Some(caller) = self.callers.get_mut(&id) {
            for block in caller.take_back(&mut self.woken) {
                let missing = Err(SourceError::missing());
                self.client.handle_block(now, block, missing);
            }
            self.refuse_writing(id);
        }
    }

    /// What this command was to write and has not yet will never be written.
    fn refuse_writing(&mut self, id: CommandId) {
        self.writings.retain(|_, writing| {
            let is_refused = writing.command == id && writing.result.is_none();
            if is_refused {
                self.woken.extend(writing.waker.take());
            }
            !is_refused
        });
    }

    /// This exchange writes no more.
    fn stop_writing(&mut self, id: RequestId) {
        self.writers.remove(&id);
        if let Some(writing) = self.writings.remove(&id) {
            self.woken.extend(writing.waker);
        }
    }

    fn close(&mut self, now: Now, how: Close) {
        if !self.over {
            self.client.close(now, how);
        }
    }
}

#[cfg(test)]
mod tests;

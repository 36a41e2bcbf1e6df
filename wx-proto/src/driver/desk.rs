//! A client between those who use it and the one who drives it. The page of [`driver`](super) tells
//! how it is used.

mod exchange;
mod handle;
mod saving;
mod seats;
mod watch;
mod work;

pub use exchange::Exchange;
pub use handle::{Call, Events, Handle};
pub use saving::Saving;
pub use watch::Watch;
pub use work::{Lent, Piece, Work, Worker};

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    future::poll_fn,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use self::{exchange::Writing, saving::Saver, seats::Seats, work::Caller};
use super::Kept;
use crate::{
    client::{Client, Close},
    command::Submission,
    id::{CommandId, EventId, RequestId},
    output::{OutgoingRequest, Output},
    phase::Phase,
    progress::Progress,
    time::{Now, Stamp},
    transport::SourceError,
};

/// The end of the one who drives: a loop over [`next`](Self::next) and
/// [`deadline`](Self::deadline). Dropping it ends the session for everybody, where it stands: calls
/// and events hear of the end as of any other. What is not saved then is saved in the dropping thread,
/// unless that one panics: a store that does so as well would end the process.
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
    /// [Save](Saving::run) the session, in a thread that may be blocked.
    Save(Saving),
    /// Ask for the [deadline](Engine::deadline) again: it is not what it was.
    Reschedule,
}

impl Engine {
    /// Starts a client, or one that is [kept](Kept) in a store. `elapsed` tells the time whenever it
    /// is needed, from any thread: how long it is on a monotonic clock since some moment, which was at
    /// `unix` in Unix time. Stamps, such as the [deadline](Self::deadline), count from that moment.
    ///
    /// The session ends when the last handle and the events are dropped, without a logout.
    pub fn start(
        client: impl Into<Kept>,
        unix: Duration,
        elapsed: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> (Self, Handle, Events) {
        let shared = Arc::new(Shared {
            unix,
            elapsed: Box::new(elapsed),
            is_asked: AtomicBool::new(false),
            attendance: AtomicUsize::new(0),
            state: Mutex::new(State::new(client.into())),
        });
        shared.with(|state, now| state.client.start(now));
        let handle = Handle::new(&shared);
        let events = Events::new(handle.clone());
        (Self { shared }, handle, events)
    }

    /// Waits for something to do. `None`: the session is over, and so is the driver. One that is kept
    /// in a store is over when its events were read or dropped, because until then there is
    /// something to save.
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
            None if state.saver.is_ready => {
                if let Some(keeper) = state.saver.take() {
                    let saving = Saving::new(&self.shared, keeper);
                    return Poll::Ready(Some(Errand::Save(saving)));
                }
            }
            None if state.is_finished() => return Poll::Ready(None),
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
        state.deadline = state.next_deadline();
        state.deadline
    }

    /// How long it is until the [deadline](Self::deadline), for sleeps that are told how long they
    /// take and not when they end.
    pub fn time_left(&mut self) -> Option<Duration> {
        let now = Stamp::new((self.shared.elapsed)());
        self.deadline().map(|at| at.since(now))
    }

    /// The deadline is reached. Calling it too often, or too early, does no harm.
    pub fn handle_timeout(&mut self) {
        self.shared
            .with(|state, now| state.client.handle_timeout(now));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let keeper = self.shared.with(|state, now| {
            state.client.stop(now);
            state.stopped = true;
            if thread::panicking() {
                state.saver.give_up();
            }
            state.last_keeper()
        });
        if let Some(keeper) = keeper {
            Saving::new(&self.shared, keeper).run();
        }
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
    /// The clock is being asked.
    is_asked: AtomicBool,
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
    saver: Saver,
    audience: Audience,
    engine: Option<Waker>,
    reader: Option<Waker>,
    /// Who waits for the driver to go.
    closers: Seats,
    /// Who waits for another phase, and the one that they know.
    watchers: Seats,
    phase: Phase,
    /// To be woken once the state is free again: some executors run right there what they wake.
    woken: Vec<Waker>,
}

/// Who reads the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// The stream.
    There,
    /// The stream was dropped just now, with an event that was not acknowledged perhaps. Nobody
    /// knows yet whether the session is to go on without.
    Leaving(Stamp, Option<EventId>),
    /// Nobody, and the session goes on: events are discarded.
    Gone,
    /// Nobody, and nothing more is acknowledged.
    Left,
}

/// A program that ends drops its stream and then its handle, however it ends. What it has not dealt
/// with by then must not count as such, so the last of both may take a while to go.
const LEAVING: Duration = Duration::from_secs(1);

#[expect(clippy::large_enum_variant, reason = "nearly all of it are requests")]
enum ToDo {
    Send(OutgoingRequest),
    Abort(RequestId),
}

impl Shared {
    /// Does something to the client, and whatever follows from it.
    fn with<T>(&self, act: impl FnOnce(&mut State, Now) -> T) -> T {
        let (result, woken) = {
            let now = self.now();
            let mut state = self.lock();
            let result = act(&mut state, now);
            state.settle(now);
            (result, mem::take(&mut state.woken))
        };
        woken.into_iter().for_each(Waker::wake);
        result
    }

    /// The clock is somebody else's code, so it is asked while nothing is held. Of two that come together
    /// the earlier time may be told last; the client takes that for the later one.
    fn now(&self) -> Now {
        self.is_asked.store(true, Ordering::Relaxed);
        let elapsed = (self.elapsed)();
        self.is_asked.store(false, Ordering::Relaxed);
        Now::new(Stamp::new(elapsed), self.unix.saturating_add(elapsed))
    }

    /// For a look at the client, which is told the time, unless somebody is just being asked for it: a
    /// clock may look at the session itself.
    fn glance(&self) -> MutexGuard<'_, State> {
        let is_asked = self.is_asked.load(Ordering::Relaxed);
        let now = (!is_asked).then(|| self.now());
        let mut state = self.lock();
        now.into_iter().for_each(|now| state.client.tell_time(now));
        state
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
    fn new(kept: Kept) -> Self {
        let (client, keeper) = kept.into_parts();
        Self {
            saver: Saver::new(keeper, &client),
            audience: Audience::There,
            client,
            over: false,
            stopped: false,
            to_do: VecDeque::new(),
            deadline: None,
            callers: BTreeMap::new(),
            writers: BTreeSet::new(),
            writings: BTreeMap::new(),
            engine: None,
            reader: None,
            closers: Seats::default(),
            watchers: Seats::default(),
            phase: Phase::Idle,
            woken: Vec::new(),
        }
    }

    /// Carries the client's orders as far as they go here, and wakes whom they concern.
    fn settle(&mut self, now: Now) {
        self.see_off(now);
        loop {
            while self.audience == Audience::Gone {
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
        let (over, is_read) = (self.over, self.is_read());
        self.saver.look(&self.client, over, is_read, now.mono);
        if self.client.has_events() {
            self.woken.extend(self.reader.take());
        }
        let is_due = self.saver.is_ready || !self.to_do.is_empty() || self.is_rescheduled();
        if is_due || self.is_finished() {
            self.woken.extend(self.engine.take());
        }
        if self.is_closed() {
            self.woken.extend(self.closers.rise());
        }
        let phase = self.client.phase();
        if phase != self.phase {
            self.phase = phase;
            self.woken.extend(self.watchers.rise());
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

    fn next_deadline(&self) -> Option<Stamp> {
        let client = self.client.poll_timeout();
        let leaving = match self.audience {
            Audience::Leaving(until, _) => Some(until),
            _ => None,
        };
        let others = client.into_iter().chain(leaving);
        others.chain(self.saver.deadline()).min()
    }

    fn is_rescheduled(&self) -> bool {
        self.next_deadline() != self.deadline
    }

    /// Whether those who wait for the end need wait no more.
    fn is_closed(&self) -> bool {
        let is_done = self.over && self.to_do.is_empty() && self.saver.is_kept();
        (self.stopped || is_done) && self.is_saved()
    }

    /// Whether nobody will acknowledge any more of a session that is over.
    fn is_read(&self) -> bool {
        self.audience != Audience::There || self.client.is_logged_out()
    }

    /// Whether there is nothing left to drive.
    fn is_finished(&self) -> bool {
        self.over && self.is_saved() && (self.is_read() || !self.saver.is_kept())
    }

    /// Decides what becomes of the events of somebody who has gone.
    fn see_off(&mut self, now: Now) {
        let Audience::Leaving(until, last) = self.audience else {
            return;
        };
        if self.client.phase() >= Phase::Closing {
            self.audience = Audience::Left;
        } else if until <= now.mono {
            self.audience = Audience::Gone;
            last.into_iter()
                .for_each(|last| self.client.acknowledge(now, last));
        }
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

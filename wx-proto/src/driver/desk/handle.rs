//! The ends of those who use a session: handles, calls, and the stream of events.

use std::{
    fmt,
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    thread,
};

use super::{
    Audience, LEAVING, Shared, Watch,
    work::{Caller, Lent, Worker},
};
use crate::{
    client::{Client, Close},
    command::{Command, Submission, Ticket},
    driver::{Ack, CallError},
    event::Event,
    id::{CommandId, EventId},
    progress::Progress,
    snapshot::Snapshot,
};

/// A handle of a session. Clones are handles of the same session.
pub struct Handle {
    shared: Arc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        shared.attendance.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(shared);
        Self { shared }
    }

    /// Submits a command, now. What is lent to it is used through the [worker](Call::worker) of the
    /// call: without one, it waits. Dropping the call cancels it, though it may be too late for what is
    /// on the wire.
    pub fn submit<C: Command>(&self, command: C, lent: Lent) -> Call<C> {
        let (mut submission, ticket) = Submission::new(command);
        // It goes again, if the session is over, when the state is free.
        let mut caller = Some(Caller::new(lent, submission.watcher.take()));
        let id = self.shared.with(|state, now| {
            let id = state.submit(now, submission)?;
            state
                .callers
                .extend(caller.take().map(|caller| (id, caller)));
            Some(id)
        });
        Call {
            handle: self.clone(),
            id,
            ticket: Some(ticket),
        }
    }

    /// Submits a command that nobody waits for: its reply, or why there is none, is dropped, and
    /// so is whoever wants to know its progress. Nothing is lent to it, so a command that needs a
    /// source or a sink fails. `None`: the session is over.
    ///
    /// There is no call to be dropped, so nothing cancels it. But it keeps no session: what is to
    /// be carried out before the end needs a [`Close`] with some time to
    /// [drain](Close::drain).
    pub fn post<C: Command>(&self, command: C) -> Option<CommandId> {
        let (mut submission, _) = Submission::new(command);
        let _unheard = submission.watcher.take();
        self.shared.with(|state, now| state.submit(now, submission))
    }

    /// The application is done with an event.
    pub fn acknowledge(&self, event: EventId) {
        self.shared
            .with(|state, now| state.client.acknowledge(now, event));
    }

    /// Looks at the client. Nothing else happens to the session while `view` runs, so keep it
    /// short, and use no end of the same session in it: that would wait for ever.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub fn inspect<T>(&self, view: impl FnOnce(&Client) -> T) -> Result<T, CallError> {
        let state = self.shared.glance();
        if state.over {
            return Err(CallError::Stopped);
        }
        Ok(view(&state.client))
    }

    /// What to save now.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub fn snapshot(&self) -> Result<Option<Snapshot>, CallError> {
        self.inspect(Client::snapshot)
    }

    /// For somebody who looks on.
    pub fn watch(&self) -> Watch {
        Watch::new(&self.shared)
    }

    /// Begins to end the session.
    pub fn close(&self, how: Close) {
        self.shared.with(|state, now| state.close(now, how));
    }

    /// Waits until nothing more is to be sent, and the driver has gone; or, if the session is
    /// [kept](crate::driver::Kept), until its end is saved, or could not be in a few tries.
    pub async fn closed(&self) {
        let mut closing = Closing {
            shared: &self.shared,
            seat: None,
        };
        poll_fn(|cx| closing.poll(cx)).await;
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(&self.shared)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // As for any count of owners: whoever is last has seen what the others did.
        if self.shared.attendance.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared
                .with(|state, now| state.close(now, Close::default()));
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

/// Somebody who waits for the end, and is forgotten when it is dropped.
struct Closing<'a> {
    shared: &'a Shared,
    seat: Option<u64>,
}

impl Closing<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        if state.is_closed() {
            return Poll::Ready(());
        }
        let before = state.closers.take(&mut self.seat, waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        let leave = |seat| self.shared.lock().closers.leave(seat);
        let _waker = self.seat.and_then(leave);
    }
}

/// A command under way: a future of its reply. Dropping it cancels the command, though it may be
/// too late for what is on the wire.
#[must_use = "dropping it cancels the command"]
pub struct Call<C: Command> {
    handle: Handle,
    /// `None`: the session was over.
    id: Option<CommandId>,
    /// Until the reply was given out.
    ticket: Option<Ticket<C>>,
}

impl<C: Command> Call<C> {
    /// Which command this is, as in [`Client::outbox`]. `None`: the session was over.
    pub fn id(&self) -> Option<CommandId> {
        self.id
    }

    /// How far it is. `None` as long as nothing is known of it, and always for what is no transfer.
    pub fn progress(&self) -> Option<Progress> {
        self.handle.shared.lock().callers.get(&self.id?)?.progress
    }

    /// Tells what is to be done with what was lent. A call has one; any further one has no work.
    pub fn worker(&self) -> Worker {
        let shared = &self.handle.shared;
        let mut state = shared.lock();
        let mut is_first = |id: &CommandId| state.callers.get_mut(id).is_some_and(Caller::hire);
        Worker::new(shared, self.id.filter(&mut is_first))
    }

    /// Whether there is nothing more to wait for; if there is, this is who waits for it.
    fn wait(&self, waker: &mut Option<Waker>) -> bool {
        let mut state = self.handle.shared.lock();
        let caller = self.id.and_then(|id| state.callers.get_mut(&id));
        match caller.filter(|caller| caller.done.is_none()) {
            Some(caller) => {
                mem::swap(&mut caller.waiter, waker);
                false
            }
            None => true,
        }
    }
}

impl<C: Command> Future for Call<C> {
    type Output = Result<C::Reply, CallError>;

    /// Once it was ready, it is over: polled again it says so.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut waker = Some(cx.waker().clone());
        let is_done = self.wait(&mut waker);
        // Whatever comes after this wakes again.
        self.id.inspect(|id| self.handle.shared.tell(*id));
        if !is_done {
            return Poll::Pending;
        }
        let remove = |id| self.handle.shared.lock().callers.remove(&id);
        let done = self.id.and_then(remove).and_then(|caller| caller.done);
        Poll::Ready(match (done, self.ticket.take()) {
            (Some(done), Some(ticket)) => ticket.redeem(done).map_err(CallError::Command),
            _ => Err(CallError::Stopped),
        })
    }
}

impl<C: Command> Drop for Call<C> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let shared = &self.handle.shared;
            let _caller = shared.with(|state, now| state.abandon(now, id));
        }
    }
}

impl<C: Command> fmt::Debug for Call<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.id).finish()
    }
}

/// What happens in a session, in order.
///
/// The stream keeps the session alive as a handle does. Dropping it acknowledges nothing: what was
/// not dealt with comes again after a resume. But if the session goes on for a second without it,
/// nobody is interested, and from then on events are discarded and acknowledged, the one at hand
/// too. After a panic they are not: messages wait at the service, whatever becomes of the session.
///
/// To stop at a message and not to get it again, [acknowledge](Handle::acknowledge) it.
pub struct Events {
    /// When events count as dealt with. May be changed at any time.
    pub ack: Ack,
    handle: Handle,
    /// To be acknowledged when another event is asked for, or never will be.
    handed_out: Option<EventId>,
}

impl Events {
    pub(super) fn new(handle: Handle) -> Self {
        Self {
            ack: Ack::default(),
            handle,
            handed_out: None,
        }
    }

    /// Waits for the next event. `None` after [`EventKind::Ended`](crate::EventKind::Ended), the
    /// last one.
    ///
    /// Dropping the future loses nothing: the event comes with the next call.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        if let Some(id) = self.handed_out.take() {
            self.handle.acknowledge(id);
        }
        let mut waker = Some(cx.waker().clone());
        // What is taken may change the deadline, which `with` looks after.
        let event = self.handle.shared.with(|state, _| {
            let event = state.client.poll_event();
            if event.is_some() {
                return Poll::Ready(event);
            }
            if !state.over {
                mem::swap(&mut state.reader, &mut waker);
                return Poll::Pending;
            }
            if self.ack == Ack::OnNext {
                state.audience = Audience::Left;
            }
            Poll::Ready(None)
        });
        if let Poll::Ready(Some(event)) = &event {
            self.handed_out = Some(event.id).filter(|_| self.ack == Ack::OnNext);
        }
        event
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let _reader = self.handle.shared.with(|state, now| {
            state.audience = match thread::panicking() {
                true => Audience::Left,
                false => Audience::Leaving(now.mono + LEAVING, self.handed_out),
            };
            state.reader.take()
        });
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("ack", &self.ack)
            .finish_non_exhaustive()
    }
}

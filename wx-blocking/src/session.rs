//! What an application holds of a session: the handle, pending calls, and the stream of events.

use std::io::{Read, Seek, Write};
use std::time::Duration;

use wx_proto::driver::{self, Ack, CallError, Handle, Kept, Lent, Store, StoreError, TimedOut};
use wx_proto::driver::{Unsaved, Work, tls::seed_or_panic};
use wx_proto::{
    Client, Close, Command, CommandId, Config, Event, EventId, Phase, Progress, Snapshot,
};

use crate::{driver::start, transport::Transport, wait::wait};

/// A handle of one login. Clone it into as many threads as needed; all act on the same session.
///
/// When the last handle, the last pending [`Call`] and the [`Events`] are dropped, the session ends
/// without a logout.
#[derive(Clone, Debug)]
pub struct Session(Handle);

impl Session {
    /// Starts a session that will ask for a scan: watch the events for a QR code.
    ///
    /// # Panics
    ///
    /// If the operating system has no thread or no randomness to give.
    pub fn spawn(config: Config, transport: &Transport) -> (Self, Events) {
        Self::drive(Client::new(config, seed_or_panic()), transport)
    }

    /// Starts a session that goes on where the snapshot was taken. If the service no longer accepts
    /// that, it asks the phone, and then for a scan, as far as [`Relogin`](wx_proto::Relogin) allows.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub fn resume(config: Config, transport: &Transport, from: Snapshot) -> (Self, Events) {
        Self::drive(Client::resume(config, seed_or_panic(), from), transport)
    }

    /// Starts a session that is kept in a store, such as a
    /// [`SessionFile`](wx_proto::driver::SessionFile): the one that is there goes on, or else a new
    /// one begins. It is [saved](Kept) whenever it has changed, in a thread of its own. `on_error`
    /// hears of each save that fails.
    ///
    /// # Errors
    ///
    /// There is something in the store, and it is of no use. It was left as it is.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub fn keep(
        config: Config,
        transport: &Transport,
        store: impl Store,
        on_error: impl FnMut(Unsaved) + Send + 'static,
    ) -> Result<(Self, Events), StoreError> {
        let kept = Kept::open(config, seed_or_panic(), store, on_error)?;
        Ok(Self::drive(kept, transport))
    }

    /// Starts a session of a client of the caller's own making, one with a seed of its own for
    /// example, and perhaps a [store](Kept::open). It must not have been told the time yet: that is
    /// counted from here.
    ///
    /// # Panics
    ///
    /// If the operating system has no thread to give.
    pub fn drive(client: impl Into<Kept>, transport: &Transport) -> (Self, Events) {
        #[expect(clippy::expect_used, reason = "documented here and at `spawn`")]
        let (handle, inner) = start(client.into(), transport.clone()).expect("no thread");
        let ack = Ack::default();
        (Self(handle), Events { ack, inner })
    }

    /// Carries a command out, and waits for what comes of it.
    ///
    /// # Errors
    ///
    /// Whatever the command fails with, and [`CallError::Stopped`].
    pub fn call<C: Command>(&self, command: C) -> Result<C::Reply, CallError> {
        self.begin(command).wait()
    }

    /// Begins to carry a command out, and does not wait. Commands take effect in the order of these
    /// calls.
    pub fn begin<C: Command>(&self, command: C) -> Call<C> {
        Call(self.0.submit(command, Lent::Nothing))
    }

    /// Begins to carry a command out that nobody waits for: what comes of it is dropped. It has
    /// neither a source nor a sink. `None`: the session is over.
    ///
    /// Nothing cancels it but the end of the session, which it does not put off.
    pub fn post<C: Command>(&self, command: C) -> Option<CommandId> {
        self.0.post(command)
    }

    /// Carries a command out that sends what `source` holds. It is read here, in this thread, from
    /// wherever the protocol wants it next, and some of it more than once.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call).
    pub fn call_reading<C: Command>(
        &self,
        command: C,
        mut source: &mut (impl Read + Seek + ?Sized),
    ) -> Result<C::Reply, CallError> {
        let call = self.0.submit(command, Lent::Source);
        let mut worker = call.worker();
        while let Some(Some(Work::Read(block))) = wait(None, worker.next()) {
            worker.read(block.id, block.read(&mut source));
        }
        Call(call).wait()
    }

    /// Carries a command out that fetches something, and writes it to `sink`, in this thread. If it
    /// fails after the first bytes, they are there. A sink that returns an error ends the call:
    /// that is how to give up what takes too long.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). What could not be written and flushed is an error.
    pub fn call_writing<C: Command>(
        &self,
        command: C,
        sink: &mut (impl Write + ?Sized),
    ) -> Result<C::Reply, CallError> {
        let call = self.0.submit(command, Lent::Sink);
        let mut worker = call.worker();
        while let Some(Some(Work::Write(piece))) = wait(None, worker.next()) {
            worker.wrote(&piece, piece.write(sink));
        }
        Call(call).wait()
    }

    /// The application is done with an event; needed with [`Ack::Manual`] only.
    pub fn acknowledge(&self, event: EventId) {
        self.0.acknowledge(event);
    }

    /// Looks at the state of the session: roster, phase, counters. Nothing else happens to it while
    /// `view` runs, so keep that short, copy out what is needed, and use neither this session nor
    /// its calls and events in it: that would wait for ever.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub fn inspect<T>(&self, view: impl FnOnce(&Client) -> T) -> Result<T, CallError> {
        self.0.inspect(view)
    }

    /// The phase, whenever it is another one: first the one that it is in, last
    /// [`Phase::Closed`]. It is for a thread of its own, such as that of a supervisor; it takes nothing
    /// from the events, and keeps no session alive. Phases that are left before it asks are not told.
    pub fn watch(&self) -> impl Iterator<Item = Phase> + Send + use<> {
        let mut watch = self.0.watch();
        std::iter::from_fn(move || wait(None, watch.next()).flatten())
    }

    /// What to save now, in order to [`resume`](Self::resume) later. It opens the account: store it
    /// like a password. `None` before the session is open, and after a logout.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`]; the snapshot is then in [`Ended::again`](wx_proto::Ended::again).
    pub fn snapshot(&self) -> Result<Option<Snapshot>, CallError> {
        self.0.snapshot()
    }

    /// Ends the session, and waits until nothing more is to be sent, and the end of one that is kept
    /// is saved. The events that are left can still be read afterwards.
    pub fn close(&self, how: Close) {
        self.0.close(how);
        wait(None, self.0.closed());
    }
}

/// A command under way. Dropping it cancels the command, though it may be too late for what is on
/// the wire.
#[must_use = "dropping it cancels the command"]
#[derive(Debug)]
pub struct Call<C: Command>(driver::Call<C>);

impl<C: Command> Call<C> {
    /// How far a transfer is, as far as that is known.
    pub fn progress(&self) -> Option<Progress> {
        self.0.progress()
    }

    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Whatever the command fails with, and [`CallError::Stopped`].
    pub fn wait(self) -> Result<C::Reply, CallError> {
        wait(None, self.0).unwrap_or(Err(CallError::Stopped))
    }

    /// Waits for the result, but not longer than this. `None`: there is none yet. Once it was given
    /// out, there is no other than [`CallError::Stopped`].
    pub fn wait_for(&mut self, time: Duration) -> Option<Result<C::Reply, CallError>> {
        wait(Some(time), &mut self.0)
    }
}

/// What happens in a session, in order: an iterator that waits for each event, and ends after
/// [`EventKind::Ended`](wx_proto::EventKind::Ended), the last one.
///
/// The stream keeps the session alive as a handle does. Dropping it acknowledges nothing: what was
/// not dealt with comes again after a resume. But if the session goes on for a second without it,
/// nobody is interested, and from then on events are discarded and acknowledged, the one at hand
/// too. After a panic they are not: messages wait at the service, whatever becomes of the session.
#[derive(Debug)]
pub struct Events {
    /// When events count as dealt with. May be changed at any time.
    pub ack: Ack,
    inner: driver::Events,
}

impl Events {
    /// Waits for the next event, but not longer than this. `None`: there are no more.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], and nothing is lost: the event comes with the next call.
    pub fn next_within(&mut self, time: Duration) -> Result<Option<Event>, TimedOut> {
        self.inner.ack = self.ack;
        wait(Some(time), self.inner.next()).ok_or(TimedOut)
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.next_within(Duration::MAX).ok().flatten()
    }
}

//! What an application holds of a session: the handle, pending calls, and the stream of events.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::{mem, thread, time::Duration};

use bytes::Bytes;
use thiserror::Error;
use wx_proto::driver::{Ack, CallError};
use wx_proto::{Client, Close, Command, Config, EventId, Snapshot, Submission, Ticket};
use wx_proto::{Event, Now, ReadBlock, SourceError};

use crate::driver::{Driver, Note, Waiter, seed};
use crate::mailbox::{Mail, Mailbox};
use crate::transport::Transport;

/// A handle of one login. Clone it into as many threads as needed; all act on the same session.
///
/// When the last handle, the last pending [`Call`] and the [`Events`] are dropped, the session ends
/// without a logout.
#[derive(Clone, Debug)]
pub struct Session {
    attendance: Arc<Attendance>,
}

/// Shared by all who keep the session alive.
#[derive(Debug)]
struct Attendance(Sender<Mail>);

impl Drop for Attendance {
    fn drop(&mut self) {
        let close = |driver: &mut Driver, now| driver.client.close(now, Close::default());
        // An error: it is over anyway.
        let _ = self.0.send(Mail::Usual(Box::new(close)));
    }
}

impl Session {
    /// Starts a session that will ask for a scan: watch the events for a QR code.
    ///
    /// # Panics
    ///
    /// If the operating system has no thread or no randomness to give.
    pub fn spawn(config: Config, transport: &Transport) -> (Self, Events) {
        Self::drive(Client::new(config, seed()), transport)
    }

    /// Starts a session that goes on where the snapshot was taken. If the service no longer accepts
    /// that, it asks for a scan.
    ///
    /// # Panics
    ///
    /// As for [`spawn`](Self::spawn).
    pub fn resume(config: Config, transport: &Transport, from: Snapshot) -> (Self, Events) {
        Self::drive(Client::resume(config, seed(), from), transport)
    }

    /// Starts a session of a client of the caller's own making, one with a seed of its own for
    /// example.
    ///
    /// # Panics
    ///
    /// If the operating system has no thread to give.
    pub fn drive(client: Client, transport: &Transport) -> (Self, Events) {
        let (mail, arrivals) = channel();
        let (reader, inbox) = channel();
        let driver = Driver::new(client, transport.clone(), mail.clone(), reader);
        let thread = thread::Builder::new().name("wx-session".into());
        #[expect(clippy::expect_used, reason = "documented here and at `spawn`")]
        thread
            .spawn(|| driver.run(Mailbox::new(arrivals)))
            .expect("no thread");
        let attendance = Arc::new(Attendance(mail));
        let session = Self { attendance };
        let events = Events {
            ack: Ack::default(),
            session: session.clone(),
            inbox,
            asked: false,
            handed_out: None,
        };
        (session, events)
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
        self.submit(command, false)
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
        source: &mut (impl Read + Seek),
    ) -> Result<C::Reply, CallError> {
        let read = |block| read(source, block).map_err(SourceError::new);
        let sinkless = |_: &[u8]| Err(io::ErrorKind::Unsupported.into());
        self.submit(command, true).attend(read, sinkless)
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
        sink: &mut impl Write,
    ) -> Result<C::Reply, CallError> {
        let write = |piece: &[u8]| {
            if piece.is_empty() {
                return sink.flush();
            }
            sink.write_all(piece)
        };
        let sourceless = |_| Err(SourceError::missing());
        self.submit(command, true).attend(sourceless, write)
    }

    fn submit<C: Command>(&self, command: C, lends: bool) -> Call<C> {
        let (submission, ticket) = Submission::new(command);
        let (notes, inbox) = channel();
        let caller = Arc::new(());
        let waiter = Waiter {
            notes,
            caller: Arc::downgrade(&caller),
            lends,
        };
        self.tell(move |driver, now| {
            // Otherwise the caller was gone before it began.
            if waiter.caller.strong_count() > 0 {
                let id = driver.client.submit(now, submission);
                driver.waiters.insert(id, waiter);
            }
        });
        Call {
            session: self.clone(),
            notes: inbox,
            ticket: Some(ticket),
            caller,
        }
    }

    /// The application is done with an event; needed with [`Ack::Manual`] only.
    pub fn acknowledge(&self, event: EventId) {
        self.tell(move |driver, now| driver.client.acknowledge(now, event));
    }

    /// Looks at the state of the session: roster, phase, counters. Nothing else happens while
    /// `view` runs, so keep it short, copy out what is needed, and call nothing that waits. If it
    /// panics, so does the caller, and the session goes on.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub fn inspect<T: Send + 'static>(
        &self,
        view: impl FnOnce(&Client) -> T + Send + 'static,
    ) -> Result<T, CallError> {
        let (answer, seen) = channel();
        self.tell(move |driver, _| {
            // A view cannot leave the client half changed.
            let view = AssertUnwindSafe(|| view(&driver.client));
            let _ = answer.send(catch_unwind(view));
        });
        let seen = seen.recv().map_err(|_| CallError::Stopped)?;
        Ok(seen.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// What to save now, in order to [`resume`](Self::resume) later. It opens the account: store it
    /// like a password. `None` before the session is open, and after a logout.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`]; the snapshot is then in [`Ended::again`](wx_proto::Ended::again).
    pub fn snapshot(&self) -> Result<Option<Snapshot>, CallError> {
        self.inspect(Client::snapshot)
    }

    /// Ends the session, and waits until nothing more is to be sent. The events that are left can
    /// still be read afterwards.
    pub fn close(&self, how: Close) {
        let (closer, closed) = channel();
        self.tell(|driver, _| driver.closers.push(closer));
        self.begin_close(how);
        // Nothing is ever sent: it ends with the driver.
        let _ = closed.recv();
    }

    /// Begins to end the session, and does not wait for the end: that is an event.
    pub fn begin_close(&self, how: Close) {
        self.tell(move |driver, now| driver.client.close(now, how));
    }

    /// If the driver has stopped, the input is dropped, and with it the sender of the answer that
    /// somebody may wait for.
    fn tell(&self, input: impl FnOnce(&mut Driver, Now) + Send + 'static) {
        let _ = self.attendance.0.send(Mail::Usual(Box::new(input)));
    }
}

/// A command under way. Dropping it cancels the command, though it may be too late for what is on
/// the wire.
#[must_use = "dropping it cancels the command"]
#[derive(Debug)]
pub struct Call<C: Command> {
    session: Session,
    notes: Receiver<Note>,
    /// Until the result was given out.
    ticket: Option<Ticket<C>>,
    caller: Arc<()>,
}

impl<C: Command> Call<C> {
    /// Waits for the result.
    ///
    /// # Errors
    ///
    /// Whatever the command fails with, and [`CallError::Stopped`].
    pub fn wait(mut self) -> Result<C::Reply, CallError> {
        let last = self.notes.recv().ok();
        self.redeem(last)
    }

    /// Waits for the result, but not longer than this. `None`: there is none yet. Once it was given
    /// out, there is no other than [`CallError::Stopped`].
    pub fn wait_for(&mut self, time: Duration) -> Option<Result<C::Reply, CallError>> {
        match self.notes.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => None,
            last => Some(self.redeem(last.ok())),
        }
    }

    /// Waits for the result, and lends a source or a sink meanwhile.
    fn attend(
        mut self,
        mut read: impl FnMut(ReadBlock) -> Result<Bytes, SourceError>,
        mut write: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<C::Reply, CallError> {
        loop {
            match self.notes.recv().ok() {
                Some(Note::Read(block)) => {
                    let data = read(block);
                    self.session
                        .tell(move |driver, now| driver.client.handle_block(now, block.id, data));
                }
                Some(Note::Piece(data, exchange, answer)) => {
                    if exchange.strong_count() > 0 {
                        let _ = answer.send(write(&data));
                    }
                }
                last => return self.redeem(last),
            }
        }
    }

    fn redeem(&mut self, last: Option<Note>) -> Result<C::Reply, CallError> {
        match (last, self.ticket.take()) {
            (Some(Note::Done(done)), Some(ticket)) => Ok(ticket.redeem(done)?),
            _ => Err(CallError::Stopped),
        }
    }
}

impl<C: Command> Drop for Call<C> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            // First, because the driver looks who is gone when it hears that somebody is.
            drop(mem::take(&mut self.caller));
            let mail = Mail::Urgent(Box::new(Driver::cancel_abandoned));
            let _ = self.session.attendance.0.send(mail);
        }
    }
}

/// Exactly what was asked for.
fn read(source: &mut (impl Read + Seek), block: ReadBlock) -> io::Result<Bytes> {
    source.seek(SeekFrom::Start(block.offset))?;
    let mut data = vec![0; block.len];
    source.read_exact(&mut data)?;
    Ok(data.into())
}

/// What happens in a session, in order: an iterator that waits for each event, and ends after
/// [`EventKind::Ended`](wx_proto::EventKind::Ended), the last one.
///
/// The stream keeps the session alive as a handle does. Dropping it says that nobody is interested:
/// from then on events are discarded and acknowledged.
#[derive(Debug)]
pub struct Events {
    /// When events count as dealt with. May be changed at any time.
    pub ack: Ack,
    session: Session,
    inbox: Receiver<Event>,
    asked: bool,
    /// To be acknowledged when another event is asked for, or never will be.
    handed_out: Option<EventId>,
}

impl Events {
    /// Waits for the next event, but not longer than this. `None`: there are no more.
    ///
    /// # Errors
    ///
    /// [`TimedOut`], and nothing is lost: the event comes with the next call.
    pub fn next_within(&mut self, time: Duration) -> Result<Option<Event>, TimedOut> {
        self.ask();
        match self.inbox.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Err(TimedOut),
            came => Ok(self.hand_out(came.ok())),
        }
    }

    fn ask(&mut self) {
        if !self.asked {
            let done = self.handed_out.take();
            done.into_iter().for_each(|id| self.session.acknowledge(id));
            self.session.tell(|driver, _| driver.reader_ready = true);
            self.asked = true;
        }
    }

    fn hand_out(&mut self, event: Option<Event>) -> Option<Event> {
        self.asked = false;
        let id = event.as_ref().map(|event| event.id);
        self.handed_out = id.filter(|_| self.ack == Ack::OnNext);
        event
    }
}

impl Iterator for Events {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        self.ask();
        let came = self.inbox.recv().ok();
        self.hand_out(came)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let done = self.handed_out.take();
        done.into_iter().for_each(|id| self.session.acknowledge(id));
        let inbox = mem::replace(&mut self.inbox, channel().1);
        self.session.tell(move |driver, now| {
            driver.reader = None;
            // On its way, and now nobody will see it: discarded like all that follow.
            let unseen = inbox.try_iter();
            unseen.for_each(|event| driver.client.acknowledge(now, event.id));
        });
    }
}

/// There was no event within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("timed out")]
pub struct TimedOut;

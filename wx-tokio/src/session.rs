//! What an application holds of a session: the handle, and the stream of events.

use std::io::{self, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bytes::Bytes;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt, Empty,
};
use tokio::sync::{mpsc, oneshot};
use wx_proto::driver::{Ack, CallError};
use wx_proto::{Client, Close, Command, Config, Event, EventId, ReadBlock, Snapshot};
use wx_proto::{SourceError, Submission};

use crate::driver::{Driver, Input, Note, seed};
use crate::transport::Transport;

/// A handle of one login. Clone it into as many tasks as needed; all act on the same session.
///
/// When the last handle and the [`Events`] are dropped, the session ends without a logout.
#[derive(Clone, Debug)]
pub struct Session {
    // Unbounded, and yet it does not grow: every input stands for a caller who waits for the
    // answer, or for an event that was given out.
    inputs: mpsc::UnboundedSender<Input>,
}

impl Session {
    /// Starts a session that will ask for a scan: watch the events for a QR code.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time and I/O, or if the operating system has no randomness to
    /// give.
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

    /// Starts a session of a client of the caller's own making, with a seed of its own. It must not
    /// have been told the time yet: that is counted from here.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time and I/O.
    pub fn drive(client: Client, transport: &Transport) -> (Self, Events) {
        let (inputs, driver_inputs) = mpsc::unbounded_channel();
        // Room for the one event that was asked for.
        let (driver_events, inbox) = mpsc::channel(1);
        tokio::spawn(Driver::new(client, transport.clone(), driver_events).run(driver_inputs));
        let events = Events {
            ack: Ack::default(),
            session: Self { inputs },
            inbox,
            asked: false,
            handed_out: None,
        };
        (events.session.clone(), events)
    }

    /// Carries a command out.
    ///
    /// The command is submitted when the future is first polled; commands take effect in that
    /// order. Dropping the future cancels the command, though it may be too late for what is on the
    /// wire.
    ///
    /// # Errors
    ///
    /// Whatever the command fails with, and [`CallError::Stopped`].
    pub async fn call<C: Command>(&self, command: C) -> Result<C::Reply, CallError> {
        self.carry_out(command, NOTHING, NOTHING).await
    }

    /// The same, for a command that sends what `source` holds. It is read block by block, from
    /// where and as often as it takes; where it stands before does not matter.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). A source that fails, ends too early or changes meanwhile fails
    /// the command.
    pub async fn call_reading<C: Command>(
        &self,
        command: C,
        source: &mut (impl AsyncRead + AsyncSeek + Unpin),
    ) -> Result<C::Reply, CallError> {
        self.carry_out(command, Some(source), NOTHING).await
    }

    /// The same, for a command that fetches something: it is written to `sink`, and flushed, as it
    /// comes.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). After any of them the sink may hold a part of what was fetched.
    /// A sink that fails fails the command.
    pub async fn call_writing<C: Command>(
        &self,
        command: C,
        sink: &mut (impl AsyncWrite + Unpin),
    ) -> Result<C::Reply, CallError> {
        self.carry_out(command, NOTHING, Some(sink)).await
    }

    async fn carry_out<C: Command>(
        &self,
        command: C,
        mut source: Option<&mut (impl AsyncRead + AsyncSeek + Unpin)>,
        mut sink: Option<&mut (impl AsyncWrite + Unpin)>,
    ) -> Result<C::Reply, CallError> {
        let (submission, ticket) = Submission::new(command);
        // Unbounded, and yet at most one note waits: reads and pieces are answered one by one.
        let (notes, mut noted) = mpsc::unbounded_channel();
        self.tell(move |driver| driver.submit(submission, notes));
        let mut next = noted.recv().await;
        loop {
            let note = next.ok_or(CallError::Stopped)?;
            if let Note::Done(done) = note {
                return Ok(ticket.redeem(done)?);
            }
            let serve = async {
                match (note, &mut source, &mut sink) {
                    (Note::Read(block), source, _) => {
                        let bytes = match source {
                            Some(source) => read(source, block).await.map_err(SourceError::new),
                            None => Err(SourceError::missing()),
                        };
                        self.tell(move |driver| {
                            driver.client.handle_block(driver.now(), block.id, bytes);
                        });
                    }
                    (Note::Piece(piece, written), _, Some(sink)) => {
                        let _ = written.send(write(sink, &piece).await);
                    }
                    _ => {}
                }
            };
            // Nothing comes before that is done but the end, and no source or sink that takes for
            // ever holds it up.
            next = tokio::select! {
                biased;
                next = noted.recv() => next,
                () = serve => noted.recv().await,
            };
        }
    }

    /// The application is done with an event; needed with [`Ack::Manual`] only.
    pub fn acknowledge(&self, event: EventId) {
        self.tell(move |driver| driver.client.acknowledge(driver.now(), event));
    }

    /// Looks at the state of the session: roster, phase, counters. Nothing else happens while
    /// `view` runs, so keep it short and copy out what is needed. If it panics, so does the caller,
    /// and the session goes on.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`].
    pub async fn inspect<T: Send + 'static>(
        &self,
        view: impl FnOnce(&Client) -> T + Send + 'static,
    ) -> Result<T, CallError> {
        let (answer, seen) = oneshot::channel();
        self.tell(move |driver| {
            // A view cannot leave the client half changed.
            let view = AssertUnwindSafe(|| view(&driver.client));
            let _ = answer.send(catch_unwind(view));
        });
        let seen = seen.await.map_err(|_| CallError::Stopped)?;
        Ok(seen.unwrap_or_else(|panic| resume_unwind(panic)))
    }

    /// What to save now, in order to [`resume`](Self::resume) later. It opens the account: store it
    /// like a password. `None` before the session is open, and after a logout.
    ///
    /// # Errors
    ///
    /// [`CallError::Stopped`]; the snapshot is then in [`Ended::again`](wx_proto::Ended::again).
    pub async fn snapshot(&self) -> Result<Option<Snapshot>, CallError> {
        self.inspect(Client::snapshot).await
    }

    /// Ends the session, and waits until nothing more is to be sent. The events that are left can
    /// still be read afterwards. Closing goes on if the future is dropped.
    pub async fn close(&self, how: Close) {
        self.tell(move |driver| driver.client.close(driver.now(), how));
        self.inputs.closed().await;
    }

    /// If the driver has stopped, the input is dropped, and with it the sender of the answer that
    /// somebody may wait for.
    fn tell(&self, input: impl FnOnce(&mut Driver) + Send + 'static) {
        let _ = self.inputs.send(Box::new(input));
    }
}

/// No source, or no sink.
const NOTHING: Option<&mut Empty> = None;

/// The whole block or nothing.
async fn read(
    source: &mut (impl AsyncRead + AsyncSeek + Unpin),
    block: ReadBlock,
) -> io::Result<Bytes> {
    source.seek(SeekFrom::Start(block.offset)).await?;
    let mut bytes = vec![0; block.len];
    source.read_exact(&mut bytes).await?;
    Ok(bytes.into())
}

/// Flushes each piece, so that none counts as written that may still be lost.
async fn write(sink: &mut (impl AsyncWrite + Unpin), piece: &[u8]) -> io::Result<()> {
    sink.write_all(piece).await?;
    sink.flush().await
}

/// What happens in a session, in order.
///
/// The stream keeps the session alive as a handle does. Dropping it says that nobody is interested:
/// from then on events are discarded and acknowledged.
#[derive(Debug)]
pub struct Events {
    /// When events count as dealt with. May be changed at any time.
    pub ack: Ack,
    session: Session,
    inbox: mpsc::Receiver<Event>,
    asked: bool,
    /// To be acknowledged when another event is asked for, or never will be.
    handed_out: Option<EventId>,
}

impl Events {
    /// Waits for the next event. `None` after [`EventKind::Ended`](wx_proto::EventKind::Ended),
    /// the last one.
    ///
    /// Dropping the future loses nothing: the event comes with the next call.
    pub async fn next(&mut self) -> Option<Event> {
        if !self.asked {
            let done = self.handed_out.take();
            done.into_iter().for_each(|id| self.session.acknowledge(id));
            self.session.tell(|driver| driver.reader_ready = true);
            self.asked = true;
        }
        let event = self.inbox.recv().await;
        self.asked = false;
        let id = event.as_ref().map(|event| event.id);
        self.handed_out = id.filter(|_| self.ack == Ack::OnNext);
        event
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.inbox.close();
        // On its way, and now nobody will see it: discarded like all that follow.
        let unseen = self.inbox.try_recv().ok().map(|event| event.id);
        let done = self.handed_out.into_iter().chain(unseen);
        done.for_each(|id| self.session.acknowledge(id));
        // Wakes the driver, which finds the inbox closed.
        self.session.tell(|_| {});
    }
}

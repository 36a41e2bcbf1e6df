//! What an application holds of a session: the handle, and the stream of events.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_io::{AsyncRead, AsyncSeek, AsyncWrite};
use futures_lite::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, Cursor, Sink};
use futures_lite::{FutureExt, StreamExt};
use wx_proto::driver::{Ack, CallError};
use wx_proto::{Client, Close, Command, Config, Event, EventId, Now, ReadBlock, Snapshot};
use wx_proto::{SourceError, Submission};

use crate::driver::{Driver, Input, Waiter, Work, seed};
use crate::runtime::spawn;
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
    /// If the operating system has no randomness to give.
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

    /// Starts a session of a client of the caller's own making, with a seed of its own for example.
    pub fn drive(client: Client, transport: &Transport) -> (Self, Events) {
        let (inputs, driver_inputs) = mpsc::unbounded();
        // Room for the one event that was asked for: each sender has one place besides.
        let (driver_events, inbox) = mpsc::channel(0);
        spawn(Driver::new(client, transport.clone(), driver_events).run(driver_inputs));
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
        self.carry_out(command, None::<Cursor<&[u8]>>, None::<Sink>)
            .await
    }

    /// Carries out a command that uploads what is in `source`, from its start.
    ///
    /// The future reads it block by block, each as often as it has to be sent.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). A source that fails or ends early fails the command.
    pub async fn call_reading<C, R>(
        &self,
        command: C,
        source: &mut R,
    ) -> Result<C::Reply, CallError>
    where
        C: Command,
        R: AsyncRead + AsyncSeek + Unpin + ?Sized,
    {
        self.carry_out(command, Some(source), None::<Sink>).await
    }

    /// Carries out a command that downloads to `sink`.
    ///
    /// The future writes to it as fast as it takes the bytes, and flushes it in the end.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call). A sink that fails, be it in the last flush, fails the command.
    /// After an error it may hold a part.
    pub async fn call_writing<C: Command>(
        &self,
        command: C,
        sink: &mut (impl AsyncWrite + Unpin + ?Sized),
    ) -> Result<C::Reply, CallError> {
        self.carry_out(command, None::<Cursor<&[u8]>>, Some(sink))
            .await
    }

    /// Source and sink stay here, with the caller: the driver asks for what is to be done to them.
    async fn carry_out<C: Command>(
        &self,
        command: C,
        mut source: Option<impl AsyncRead + AsyncSeek + Unpin>,
        mut sink: Option<impl AsyncWrite + Unpin>,
    ) -> Result<C::Reply, CallError> {
        let (submission, ticket) = Submission::new(command);
        let (work, mut to_do) = mpsc::unbounded();
        let done = self.ask(move |driver, now, done| {
            // Otherwise the caller was gone before it began.
            if !done.is_canceled() {
                let id = driver.client.submit(now, submission);
                driver.waiters.insert(id, Waiter { done, work });
            }
        });
        let doing = async {
            while let Some(work) = to_do.next().await {
                match (work, &mut source, &mut sink) {
                    (Work::Read(block), source, _) => {
                        let data = match source {
                            Some(source) => read(source, block).await.map_err(SourceError::new),
                            None => Err(SourceError::missing()),
                        };
                        self.tell(move |driver, now| {
                            driver.client.handle_block(now, block.id, data);
                        });
                    }
                    (Work::Write(piece, mut answer), _, Some(sink)) => {
                        // A sink that takes for ever holds nothing up once the exchange is over.
                        let written = async { Some(write(sink, &piece).await) };
                        let stopped = async {
                            answer.cancellation().await;
                            None
                        };
                        if let Some(written) = written.or(stopped).await {
                            let _ = answer.send(written);
                        }
                    }
                    // Without an answer, it is refused.
                    (Work::Write(..), _, None) => {}
                }
            }
            pending().await
        };
        Ok(ticket.redeem(done.or(doing).await?)?)
    }

    /// The application is done with an event; needed with [`Ack::Manual`] only.
    pub fn acknowledge(&self, event: EventId) {
        self.tell(move |driver, now| driver.client.acknowledge(now, event));
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
        let seen = self.ask(move |driver, _, answer| {
            // A view cannot leave the client half changed.
            let view = AssertUnwindSafe(|| view(&driver.client));
            let _ = answer.send(catch_unwind(view));
        });
        Ok(seen.await?.unwrap_or_else(|panic| resume_unwind(panic)))
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
        let ended = self.ask(move |driver, now, ended: oneshot::Sender<Infallible>| {
            driver.client.close(now, how);
            driver.closing.push(ended);
        });
        // There is never an answer: the driver drops the sender.
        let _ = ended.await;
    }

    /// If the driver has stopped, the input is dropped, and with it the sender of the answer that
    /// somebody may wait for.
    fn tell(&self, input: impl FnOnce(&mut Driver, Now) + Send + 'static) {
        let _ = self.inputs.unbounded_send(Box::new(input));
    }

    async fn ask<T: Send + 'static>(
        &self,
        input: impl FnOnce(&mut Driver, Now, oneshot::Sender<T>) + Send + 'static,
    ) -> Result<T, CallError> {
        let (answer, asked) = oneshot::channel();
        self.tell(move |driver, now| input(driver, now, answer));
        asked.await.map_err(|_| CallError::Stopped)
    }
}

async fn read(
    source: &mut (impl AsyncRead + AsyncSeek + Unpin),
    block: ReadBlock,
) -> io::Result<Bytes> {
    source.seek(SeekFrom::Start(block.offset)).await?;
    let mut data = vec![0; block.len];
    source.read_exact(&mut data).await?;
    Ok(data.into())
}

async fn write(sink: &mut (impl AsyncWrite + Unpin), piece: &[u8]) -> io::Result<()> {
    if piece.is_empty() {
        return sink.flush().await;
    }
    sink.write_all(piece).await
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
            self.session.tell(|driver, _| driver.reader_ready = true);
            self.asked = true;
        }
        let event = self.inbox.next().await;
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
        self.session.tell(|_, _| {});
    }
}

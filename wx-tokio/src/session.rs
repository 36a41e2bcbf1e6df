//! What an application holds of a session: the handle, and the stream of events.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use wx_proto::{Client, Close, Command, CommandError, Config, EventId, Snapshot, Submission};
use wx_proto::{Event, Now};

use crate::driver::{Driver, Input, seed};
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

    fn drive(client: Client, transport: &Transport) -> (Self, Events) {
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
        let (submission, ticket) = Submission::new(command);
        let done = self.ask(move |driver, now, waiter| {
            // Otherwise the caller was gone before it began.
            if !waiter.is_closed() {
                let id = driver.client.submit(now, submission);
                driver.waiters.insert(id, waiter);
            }
        });
        Ok(ticket.redeem(done.await?)?)
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
        self.tell(move |driver, now| driver.client.close(now, how));
        self.inputs.closed().await;
    }

    /// If the driver has stopped, the input is dropped, and with it the sender of the answer that
    /// somebody may wait for.
    fn tell(&self, input: impl FnOnce(&mut Driver, Now) + Send + 'static) {
        let _ = self.inputs.send(Box::new(input));
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

/// Why a call has no reply.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// The command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The session is over. Why, says the event [`Ended`](wx_proto::Ended).
    #[error("session is over")]
    Stopped,
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

/// When an event counts as dealt with. A snapshot covers only what was acknowledged: all else comes
/// again after a resume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ack {
    /// Asking for the next event acknowledges the one before.
    #[default]
    OnNext,
    /// The application calls [`Session::acknowledge`] for each event, in any order. What it forgets
    /// holds messages back once there are [`Limits::backlog`](wx_proto::Limits::backlog) of them.
    Manual,
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
        self.session.tell(|_, _| {});
    }
}

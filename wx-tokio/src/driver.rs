//! The task that owns a client and does what it says.
//!
//! All that happens to the client arrives here as one of four things: a deadline, the end of an
//! exchange, a caller that went away, or an [`Input`]. After each of them the client's orders are
//! carried out, none of which waits for the network.

use std::time::{Duration, SystemTime};
use std::{collections::BTreeMap, io};

use bytes::Bytes;
use rustls::crypto::ring;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until};
use wx_proto::{
    Client, Close, CommandId, Completion, Event, Now, Output, ReadBlock, RequestId, Seed, Stamp,
    Submission,
};

use crate::transport::{Outcome, Transport};

/// What a handle or a stream wants done when its turn comes. It must not wait.
pub(crate) type Input = Box<dyn FnOnce(&mut Driver) + Send>;

/// What a caller hears of its command. Sources and sinks stay with it, so it reads and writes
/// itself. If it goes away, the channel shows as closed.
pub(crate) enum Note {
    /// To be answered by `Client::handle_block`.
    Read(ReadBlock),
    /// To be written to the sink. Who drops the answer refuses it.
    Piece(Bytes, oneshot::Sender<io::Result<()>>),
    Done(Completion),
}

pub(crate) type Notes = mpsc::UnboundedSender<Note>;

pub(crate) struct Driver {
    pub(crate) client: Client,
    transport: Transport,
    /// One moment, on tokio's clock, which tests can pause, and as Unix time.
    origin: (Instant, Duration),
    exchanges: JoinSet<(RequestId, Outcome)>,
    in_flight: BTreeMap<RequestId, AbortHandle>,
    /// Callers, until their command is done.
    waiters: BTreeMap<CommandId, Notes>,
    /// For each caller a task that ends when it goes away.
    departures: JoinSet<CommandId>,
    /// Closed once nobody will read.
    events: mpsc::Sender<Event>,
    /// The application asked for an event.
    pub(crate) reader_ready: bool,
}

impl Driver {
    pub(crate) fn new(client: Client, transport: Transport, events: mpsc::Sender<Event>) -> Self {
        let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self {
            client,
            transport,
            origin: (Instant::now(), unix),
            exchanges: JoinSet::new(),
            in_flight: BTreeMap::new(),
            waiters: BTreeMap::new(),
            departures: JoinSet::new(),
            events,
            reader_ready: false,
        }
    }

    /// Ends when the client is drained and its last event was read, or will never be.
    pub(crate) async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        let mut attended = true;
        self.client.start(self.now());
        loop {
            self.hand_out_events();
            self.carry_out_orders();
            if self.client.is_drained() {
                break;
            }
            // A stamp beyond the end of the clock is no deadline.
            let at = self.client.poll_timeout().map(Stamp::since_origin);
            let deadline = at.and_then(|at| self.origin.0.checked_add(at));
            // In this order, so that a flood of calls delays neither deadlines nor replies. Neither
            // of those can flood: the client sets the one and asked for the other.
            tokio::select! {
                biased;
                () = sleep_until(deadline.unwrap_or(self.origin.0)), if deadline.is_some() => {
                    self.client.handle_timeout(self.now());
                }
                // An error: it was aborted and nobody waits, or it panicked and its deadline will
                // abort it.
                Some(end) = self.exchanges.join_next() => if let Ok((id, reply)) = end {
                    self.in_flight.remove(&id);
                    self.client.handle_reply(self.now(), id, reply);
                },
                Some(Ok(id)) = self.departures.join_next() => if self.waiters.remove(&id).is_some() {
                    self.client.cancel(self.now(), id);
                },
                input = inputs.recv(), if attended => match input {
                    Some(input) => input(&mut self),
                    None => {
                        attended = false;
                        self.client.close(self.now(), Close::default());
                    }
                }
            }
        }
        // From here on calls fail, and whoever waits for the end is told.
        drop(inputs);
        while let Some(event) = self.client.poll_event() {
            let _ = self.events.send(event).await;
        }
    }

    pub(crate) fn submit(&mut self, submission: Submission, caller: Notes) {
        // Otherwise the caller was gone before it began.
        if !caller.is_closed() {
            let id = self.client.submit(self.now(), submission);
            self.waiters.insert(id, caller.clone());
            self.departures.spawn(async move {
                caller.closed().await;
                id
            });
        }
    }

    /// One event each time the application asks; all of them, if it never will again.
    fn hand_out_events(&mut self) {
        while self.client.has_events() && (self.reader_ready || self.events.is_closed()) {
            self.reader_ready = false;
            match (self.client.poll_event(), self.events.try_reserve()) {
                (Some(event), Ok(room)) => room.send(event),
                (Some(event), Err(_)) => self.client.acknowledge(self.now(), event.id),
                (None, _) => {}
            }
        }
    }

    fn carry_out_orders(&mut self) {
        while let Some(order) = self.client.poll_output() {
            match order {
                Output::Request(order) => {
                    let id = order.id;
                    let streams_to = order.reply.streams_to();
                    let sink = streams_to.and_then(|command| self.waiters.get(&command).cloned());
                    let reply = self.transport.clone().exchange(order, sink);
                    let task = self.exchanges.spawn(async move { (id, reply.await) });
                    self.in_flight.insert(id, task);
                }
                Output::Abort(id) => {
                    if let Some(exchange) = self.in_flight.remove(&id) {
                        exchange.abort();
                    }
                }
                Output::Read(block) => {
                    // Without a caller it needs no answer: the command is about to be cancelled.
                    if let Some(caller) = self.waiters.get(&block.command) {
                        let _ = caller.send(Note::Read(block));
                    }
                }
                Output::Progress(_) => {}
                Output::Done(done) => {
                    if let Some(caller) = self.waiters.remove(&done.id()) {
                        // Who goes away in this very moment does not miss it.
                        let _ = caller.send(Note::Done(done));
                    }
                }
            }
        }
    }

    pub(crate) fn now(&self) -> Now {
        let elapsed = self.origin.0.elapsed();
        Now::new(Stamp::new(elapsed), self.origin.1.saturating_add(elapsed))
    }
}

/// From the generator that TLS relies on: the operating system's.
pub(crate) fn seed() -> Seed {
    let mut seed = [0; 32];
    let system = ring::default_provider().secure_random;
    #[expect(clippy::expect_used, reason = "documented at `spawn`")]
    system.fill(&mut seed).expect("no randomness");
    Seed::from(seed)
}

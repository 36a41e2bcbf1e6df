//! The thread that owns a client and does what it says.
//!
//! All that happens to the client arrives here as a deadline or as an input. After each of them the
//! client's orders are carried out, none of which waits for the network.

use std::collections::BTreeMap;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};
use std::{io, mem, thread};

use bytes::Bytes;
use rustls::crypto::ring;
use wx_proto::TransportErrorKind::{Connect, Sink};
use wx_proto::{
    Client, CommandId, Completion, Event, Now, OutgoingRequest, Output, ReadBlock, Reply,
    RequestId, Seed, SourceError, Stamp, TransportError,
};

use crate::mailbox::{Mail, Mailbox};
use crate::transport::{Lane, Transport};

pub(crate) struct Driver {
    pub(crate) client: Client,
    transport: Transport,
    /// One moment, on the monotone clock and as Unix time.
    origin: (Instant, Duration),
    /// Where exchanges report.
    reports: Sender<Mail>,
    in_flight: BTreeMap<RequestId, Exchange>,
    /// Callers, until their command is done.
    pub(crate) waiters: BTreeMap<CommandId, Waiter>,
    /// `None` once nobody will read.
    pub(crate) reader: Option<Sender<Event>>,
    /// The application asked for an event.
    pub(crate) reader_ready: bool,
    /// Who wait for the end, which closes these.
    pub(crate) closers: Vec<Sender<()>>,
}

/// A caller, as the driver knows it.
pub(crate) struct Waiter {
    pub(crate) notes: Sender<Note>,
    /// Gone when the caller is.
    pub(crate) caller: Weak<()>,
    /// It lends a source or a sink, and answers what is asked of them.
    pub(crate) lends: bool,
}

/// What a caller is told. Its source and its sink stay with it.
pub(crate) enum Note {
    Done(Completion),
    Read(ReadBlock),
    /// Bytes for its sink; none at all mean that it is to be flushed. The exchange they are from
    /// waits for the answer. It is gone when it was aborted: another one may write from the start
    /// by now.
    Piece(Bytes, Weak<()>, Sender<io::Result<()>>),
}

struct Exchange {
    lane: Lane,
    /// Alive until the exchange is over or aborted.
    _alive: Arc<()>,
}

impl Driver {
    pub(crate) fn new(
        client: Client,
        transport: Transport,
        reports: Sender<Mail>,
        reader: Sender<Event>,
    ) -> Self {
        let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self {
            client,
            transport,
            origin: (Instant::now(), unix),
            reports,
            in_flight: BTreeMap::new(),
            waiters: BTreeMap::new(),
            reader: Some(reader),
            reader_ready: false,
            closers: Vec::new(),
        }
    }

    /// Ends when the client is drained.
    pub(crate) fn run(mut self, mut mailbox: Mailbox) {
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
            let input = mailbox.next(deadline);
            let now = self.now();
            match input {
                Some(input) => input(&mut self, now),
                None => self.client.handle_timeout(now),
            }
        }
        // From here on calls fail, and whoever waits for the end is told.
        drop(mailbox);
        self.hand_out_events();
    }

    /// One event each time the application asks; all of them, if it never will again.
    fn hand_out_events(&mut self) {
        while self.reader_ready || self.reader.is_none() || self.client.is_drained() {
            let Some(event) = self.client.poll_event() else {
                break;
            };
            self.reader_ready = false;
            let id = event.id;
            let reader = self.reader.as_ref();
            if reader.is_none_or(|reader| reader.send(event).is_err()) {
                self.client.acknowledge(self.now(), id);
            }
        }
    }

    fn carry_out_orders(&mut self) {
        while let Some(order) = self.client.poll_output() {
            match order {
                Output::Request(order) => self.begin(order),
                Output::Abort(id) => {
                    if let Some(exchange) = self.in_flight.remove(&id) {
                        exchange.lane.hang_up();
                    }
                }
                Output::Read(block) => match self.lender(block.command) {
                    // One who goes away in this very moment is about to cancel.
                    Some(lender) => drop(lender.notes.send(Note::Read(block))),
                    None => {
                        let missing = Err(SourceError::missing());
                        self.client.handle_block(self.now(), block.id, missing);
                    }
                },
                Output::Progress(_) => {}
                Output::Done(done) => {
                    if let Some(waiter) = self.waiters.remove(&done.id()) {
                        // Who goes away in this very moment does not miss it.
                        let _ = waiter.notes.send(Note::Done(done));
                    }
                }
            }
        }
    }

    fn lender(&self, command: CommandId) -> Option<&Waiter> {
        self.waiters.get(&command).filter(|waiter| waiter.lends)
    }

    fn begin(&mut self, order: OutgoingRequest) {
        let id = order.id;
        let lane = self.transport.lane_to(order.http.uri());
        let alive = Arc::new(());
        let lender = order.reply.streams_to().and_then(|id| self.lender(id));
        let sink = lender.map(|lender| (lender.notes.clone(), Arc::downgrade(&alive)));
        let write = move |data| match &sink {
            Some((notes, exchange)) => write(notes, exchange.clone(), data),
            None => Err(Sink.into()),
        };
        let exchange = Exchange {
            lane: lane.clone(),
            _alive: alive,
        };
        self.in_flight.insert(id, exchange);
        let reports = self.reports.clone();
        let work = move || {
            let reply = lane.exchange(order, write);
            let report = Box::new(move |driver: &mut Self, now| driver.end(now, id, reply));
            // An error: the session is over.
            let _ = reports.send(Mail::Urgent(report));
        };
        // If it panics, its deadline will abort it.
        let thread = thread::Builder::new().name("wx-exchange".into());
        if let Err(error) = thread.spawn(work) {
            let error = TransportError::with_source(Connect, error);
            self.end(self.now(), id, Err(error));
        }
    }

    fn end(&mut self, now: Now, id: RequestId, reply: Result<Reply, TransportError>) {
        // If it was aborted, its lane is dead.
        if let Some(exchange) = self.in_flight.remove(&id) {
            if reply.is_ok() {
                self.transport.keep(exchange.lane);
            }
            self.client.handle_reply(now, id, reply);
        }
    }

    pub(crate) fn cancel_abandoned(&mut self, now: Now) {
        self.waiters.retain(|&id, waiter| {
            let waits = waiter.caller.strong_count() > 0;
            if !waits {
                self.client.cancel(now, id);
            }
            waits
        });
    }

    fn now(&self) -> Now {
        let elapsed = self.origin.0.elapsed();
        Now::new(Stamp::new(elapsed), self.origin.1.saturating_add(elapsed))
    }
}

/// Should the thread end in any other way than it should, nobody waits for ever.
impl Drop for Driver {
    fn drop(&mut self) {
        let exchanges = mem::take(&mut self.in_flight);
        exchanges.into_values().for_each(|it| it.lane.hang_up());
    }
}

/// Waits until the caller has written this to its sink, so that what counts as written was.
fn write(notes: &Sender<Note>, exchange: Weak<()>, data: Bytes) -> Result<(), TransportError> {
    let (answer, written) = channel();
    let piece = Note::Piece(data, exchange, answer);
    notes.send(piece).map_err(|_| Sink)?;
    let written = written.recv().map_err(|_| Sink)?;
    written.map_err(|error| TransportError::with_source(Sink, error))
}

/// From the generator that TLS relies on: the operating system's.
pub(crate) fn seed() -> Seed {
    let mut seed = [0; 32];
    let system = ring::default_provider().secure_random;
    #[expect(clippy::expect_used, reason = "documented at `spawn`")]
    system.fill(&mut seed).expect("no randomness");
    Seed::from(seed)
}

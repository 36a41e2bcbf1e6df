//! The loop: one thread owns the client, and one more each request.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use wx_proto::{
    Client, Close, CommandId, Completion, Event, Now, OutgoingRequest, Output, Phase, ReadBlock,
    RequestId, SourceError, Stamp, driver::Kept,
};

use crate::{
    bug::Bug,
    saver::Saver,
    wire::{Cut, Wire},
};

/// What a handle, a stream or an exchange wants done when its turn comes.
pub(crate) type Input = Box<dyn FnOnce(&mut Driver, Now) + Send>;

/// What a caller hears while it waits: its source and its sink stay with it.
pub(crate) enum Note {
    Done(Completion),
    Read(ReadBlock),
    /// Bytes for the sink; none: flush it.
    Piece(Bytes, Sender<io::Result<()>>),
}

pub(crate) struct Driver {
    pub(crate) bug: Bug,
    pub(crate) client: Client,
    origin: (Instant, Duration),
    wire: Arc<Wire>,
    inputs: Sender<Input>,
    in_flight: BTreeMap<RequestId, Cut>,
    pub(crate) waiters: BTreeMap<CommandId, Sender<Note>>,
    /// Whoever waits for the end; told by being dropped.
    pub(crate) closers: Vec<Sender<()>>,
    /// `None` once nobody reads.
    pub(crate) events: Option<SyncSender<Event>>,
    /// The application asked for an event.
    pub(crate) asked: bool,
    /// Events of [`Bug::PopsUnasked`].
    hoard: Vec<Event>,
    saver: Saver,
}

impl Driver {
    pub(crate) fn new(
        kept: Kept,
        wire: Wire,
        inputs: Sender<Input>,
        events: SyncSender<Event>,
    ) -> Self {
        let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let (client, keeper) = kept.into_parts();
        Self {
            saver: Saver::new(keeper, wire.bug),
            bug: wire.bug,
            client,
            origin: (Instant::now(), unix),
            wire: Arc::new(wire),
            inputs,
            in_flight: BTreeMap::new(),
            waiters: BTreeMap::new(),
            closers: Vec::new(),
            events: Some(events),
            asked: false,
            hoard: Vec::new(),
        }
    }

    pub(crate) fn run(mut self, inputs: Receiver<Input>) {
        self.client.start(self.now());
        loop {
            self.hand_out();
            self.obey();
            if self.client.is_drained() {
                break;
            }
            if self.bug == Bug::LeavesEarly && self.client.phase() >= Phase::Closing {
                break;
            }
            let now = self.now();
            let due = self.client.poll_timeout().map(|at| at.since(now.mono));
            let due = due.filter(|_| self.bug != Bug::NeverWakes);
            let due = due.into_iter().chain(self.saver.look(&self.client)).min();
            let input = match due {
                Some(Duration::ZERO) if self.bug == Bug::CallsFirst => {
                    inputs.recv_timeout(Duration::from_millis(200))
                }
                Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
                due => inputs.recv_timeout(due.unwrap_or(Duration::from_secs(3600))),
            };
            let now = self.now();
            match input {
                Ok(input) => {
                    input(&mut self, now);
                    self.saver.note();
                }
                Err(_) => self.client.handle_timeout(now),
            }
        }
        self.saver.end(&self.client);
        // From here on calls fail, and whoever waits for the end is told.
        drop(inputs);
        self.waiters.clear();
        self.closers.clear();
        let Some(events) = self.events.filter(|_| self.bug != Bug::DropsLastEvents) else {
            return;
        };
        while let Some(event) = self.client.poll_event() {
            let _ = events.send(event);
        }
    }

    /// One event each time the application asks; all of them, if it never will again.
    fn hand_out(&mut self) {
        if self.bug == Bug::PopsUnasked {
            self.hoard
                .extend(std::iter::from_fn(|| self.client.poll_event()));
        }
        let now = self.now();
        while self.client.has_events() || !self.hoard.is_empty() {
            let Some(events) = &self.events else {
                match self.client.poll_event() {
                    Some(event) if self.bug != Bug::KeepsUnread => {
                        self.client.acknowledge(now, event.id);
                    }
                    Some(_) => {}
                    None => return,
                }
                continue;
            };
            if !std::mem::take(&mut self.asked) && self.bug != Bug::BlocksOnEvents {
                return;
            }
            let event = match self.hoard.is_empty() {
                true => self.client.poll_event(),
                false => Some(self.hoard.remove(0)),
            };
            let Some(event) = event else { return };
            let id = event.id;
            if self.bug == Bug::BlocksOnEvents {
                let _ = events.send(event);
            } else if let Err(TrySendError::Disconnected(event)) = events.try_send(event) {
                self.events = None;
                self.client.acknowledge(now, event.id);
            }
            if self.bug == Bug::AcknowledgesEarly {
                self.client.acknowledge(now, id);
            }
        }
    }

    fn obey(&mut self) {
        while let Some(order) = self.client.poll_output() {
            match order {
                Output::Request(order) => self.send(order),
                Output::Abort(id) => {
                    let cut = self.in_flight.remove(&id);
                    if let Some(cut) = cut.filter(|_| self.bug != Bug::NeverAborts) {
                        cut.cut();
                    }
                }
                Output::Read(block) => {
                    let waiter = self.waiters.get(&block.command);
                    if waiter.is_none_or(|it| it.send(Note::Read(block)).is_err()) {
                        let missing = Err(SourceError::missing());
                        self.client.handle_block(self.now(), block.id, missing);
                    }
                }
                Output::Progress(_) => {}
                Output::Done(done) => {
                    if let Some(waiter) = self.waiters.remove(&done.id()) {
                        let _ = waiter.send(Note::Done(done));
                    }
                }
            }
        }
    }

    fn send(&mut self, order: OutgoingRequest) {
        let cut = Cut::default();
        self.in_flight.insert(order.id, cut.clone());
        let caller = order.reply.streams_to();
        let caller = caller.and_then(|id| self.waiters.get(&id).cloned());
        let (wire, inputs) = (Arc::clone(&self.wire), self.inputs.clone());
        thread::spawn(move || {
            let id = order.id;
            let reply = wire.exchange(order, &cut, caller.as_ref());
            let _ = inputs.send(Box::new(move |driver, now| {
                driver.in_flight.remove(&id);
                driver.client.handle_reply(now, id, reply);
            }));
        });
    }

    /// The last handle and the stream are gone.
    pub(crate) fn last_one_out(&mut self, now: Now) {
        let how = Close {
            logout: self.bug == Bug::LogsOutOnDrop,
            ..Close::default()
        };
        self.client.close(now, how);
    }

    fn now(&self) -> Now {
        let elapsed = self.origin.0.elapsed();
        let unix = match self.bug {
            Bug::StoppedClock => self.origin.1,
            _ => self.origin.1 + elapsed,
        };
        Now::new(Stamp::new(elapsed), unix)
    }
}

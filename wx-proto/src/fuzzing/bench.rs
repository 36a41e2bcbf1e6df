//! A client, the driver it has, and the application, all of them watched.

mod orders;
mod replies;
mod wire;

use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    time::Duration,
};

use crate::{
    client::{Client, Close},
    command::{Completion, Media, Receipt},
    config::Config,
    event::{ContactRequest, Event, EventKind, Message},
    hosts::{Family, Hosts},
    id::{BlockId, CommandId, EventId, RequestId},
    output::{Class, OutgoingRequest, Output, ReadBlock, ReplyRule},
    phase::Phase,
    rng::Seed,
    snapshot::Snapshot,
    time::{Now, Stamp},
    transport::{SourceError, TransportError},
};

pub(super) use replies::MARK;

/// More orders at once than anything could lead to.
const MOST: usize = 10_000;

/// Redeems a completion; `None` for a command that failed.
type Redeem = Box<dyn FnOnce(Completion) -> Option<Box<dyn Any>>>;

/// What makes a message the same one.
type Print = (String, String, i64);

pub(super) struct Bench {
    config: Config,
    client: Client,
    clients: u8,
    now: Duration,
    unix: Duration,
    open: Vec<Open>,
    used: BTreeSet<RequestId>,
    blocks: Vec<ReadBlock>,
    used_blocks: BTreeSet<BlockId>,
    submitted: Vec<CommandId>,
    pending: BTreeMap<CommandId, Redeem>,
    told: Vec<EventId>,
    has_ended: bool,
    /// Messages that were told, of which some are acknowledged.
    heard: BTreeSet<Print>,
    unread: BTreeMap<EventId, Print>,
    replies: u64,
    messages: Vec<Message>,
    request: Option<ContactRequest>,
    receipt: Option<Receipt>,
    media: Option<Media>,
    /// Whether what is printed is looked through.
    looks: bool,
    was_online: bool,
}

/// A request that was not answered.
struct Open {
    id: RequestId,
    endpoint: String,
    rule: ReplyRule,
    class: Class,
}

impl Bench {
    pub(super) fn new(config: Config, looks: bool) -> Self {
        let mut bench = Self {
            client: Client::new(config.clone(), Seed::from([0; 32])),
            config,
            clients: 1,
            now: Duration::ZERO,
            unix: Duration::from_secs(1_700_003_600),
            open: Vec::new(),
            used: BTreeSet::new(),
            blocks: Vec::new(),
            used_blocks: BTreeSet::new(),
            submitted: Vec::new(),
            pending: BTreeMap::new(),
            told: Vec::new(),
            has_ended: false,
            heard: BTreeSet::new(),
            unread: BTreeMap::new(),
            replies: 0,
            messages: Vec::new(),
            request: None,
            receipt: None,
            media: None,
            looks,
            was_online: false,
        };
        bench.start();
        bench
    }

    fn start(&mut self) {
        let now = self.clock();
        self.client.start(now);
        self.drain();
    }

    pub(super) fn was_online(&self) -> bool {
        self.was_online
    }

    fn clock(&self) -> Now {
        Now::new(Stamp::new(self.now), self.unix)
    }

    pub(super) fn wait(&mut self, time: Duration) {
        self.now = self.now.saturating_add(time);
        self.unix = self.unix.saturating_add(time);
    }

    /// Sets the wall clock.
    pub(super) fn set_clock(&mut self, hours: i8) {
        let by = Duration::from_secs(u64::from(hours.unsigned_abs()) * 3600);
        self.unix = match hours {
            0.. => self.unix.saturating_add(by),
            _ => self.unix.saturating_sub(by),
        };
    }

    /// Goes to the next deadline, unless it has passed.
    pub(super) fn due(&mut self) {
        /// What is due at one moment is done in so many calls.
        const CALLS: usize = 200;
        let Some(due) = self.client.poll_timeout() else {
            return;
        };
        self.wait(due.since(Stamp::new(self.now)));
        for _ in 0..CALLS {
            let is_due = |at: Stamp| at <= Stamp::new(self.now);
            if !self.client.poll_timeout().is_some_and(is_due) {
                return;
            }
            self.timeout();
        }
        panic!("deadline after deadline: {:?}", self.client.timeout_cause());
    }

    /// Something is to come of a deadline that is reached, and nothing of one that is not.
    pub(super) fn timeout(&mut self) {
        let (due, cause) = (self.client.poll_timeout(), self.client.timeout_cause());
        let before = (self.client.phase(), self.client.has_events());
        let now = self.clock();
        self.client.handle_timeout(now);
        let after = (self.client.phase(), self.client.has_events());
        let orders = self.drain();
        let moved = orders > 0 || before != after || self.client.poll_timeout() != due;
        let was_due = due.is_some_and(|due| due <= now.mono);
        assert!(moved || !was_due, "nothing came of {cause:?}");
        assert!(
            was_due || !moved,
            "something came of {cause:?}, which was not due"
        );
    }

    pub(super) fn cancel(&mut self, which: u8) {
        if let Some(id) = pick(&self.submitted, which).copied() {
            let (now, was_open) = (self.clock(), self.pending.contains_key(&id));
            self.client.cancel(now, id);
            self.drain();
            assert!(
                !was_open || !self.pending.contains_key(&id),
                "{id} is not cancelled"
            );
        }
    }

    pub(super) fn take(&mut self, events: u8) {
        for _ in 0..events {
            let Some(event) = self.client.poll_event() else {
                return;
            };
            self.hear(event);
        }
    }

    pub(super) fn acknowledge(&mut self, which: u8) {
        let (id, now) = (pick(&self.told, which).copied(), self.clock());
        let id = id.unwrap_or(EventId::new(u64::from(which)));
        self.unread.remove(&id);
        self.client.acknowledge(now, id);
        self.drain();
    }

    pub(super) fn close(&mut self, how: Close) {
        let now = self.clock();
        self.client.close(now, how);
        self.drain();
    }

    /// The process dies; another one goes on from what could have been saved, if anything could.
    pub(super) fn crash(&mut self) {
        let saved = self.client.snapshot().map(|saved| saved.encode());
        let saved = saved.map(|saved| Snapshot::decode(&saved));
        let (config, seed) = (self.config.clone(), Seed::from([self.clients; 32]));
        self.clients = self.clients.wrapping_add(1);
        self.client = match saved {
            Some(Ok(saved)) => {
                // What was not acknowledged may come again.
                for print in std::mem::take(&mut self.unread).values() {
                    self.heard.remove(print);
                }
                Client::resume(config, seed, saved)
            }
            Some(Err(error)) => panic!("{error}"),
            None => {
                self.heard.clear();
                self.unread.clear();
                Client::new(config, seed)
            }
        };
        self.open.clear();
        self.used.clear();
        self.blocks.clear();
        self.used_blocks.clear();
        self.submitted.clear();
        self.pending.clear();
        self.told.clear();
        self.messages.clear();
        (self.request, self.receipt, self.media) = (None, None, None);
        self.has_ended = false;
        self.start();
    }

    /// The end, after which there is nothing more.
    pub(super) fn finish(mut self) {
        self.close(Close::default());
        // A logout that is under way has a few seconds.
        for _ in 0..MOST {
            if self.client.is_drained() {
                break;
            }
            self.due();
        }
        assert!(
            self.client.is_drained(),
            "{:?} for ever",
            self.client.phase()
        );
        assert!(self.open.is_empty() && self.client.poll_timeout().is_none());
        self.submit(0, 0);
        self.stale(0);
        self.timeout();
        assert!(self.pending.is_empty() && self.client.waiting_commands() == 0);
        let mut last = None;
        while let Some(event) = self.client.poll_event() {
            last = Some(event.id);
            self.hear(event);
        }
        if let Some(last) = last {
            let now = self.clock();
            self.client.acknowledge(now, last);
        }
        assert!(self.has_ended && !self.client.has_events());
        let again = self
            .client
            .snapshot()
            .map(|saved| Snapshot::decode(&saved.encode()));
        assert!(again.is_none_or(|again| again.is_ok()));
    }

    /// Carries out whatever the client orders. How many orders there were.
    fn drain(&mut self) -> usize {
        let mut orders = 0;
        while let Some(output) = self.client.poll_output() {
            orders += 1;
            assert!(orders < MOST);
            self.look(&output);
            match output {
                Output::Request(request) => self.send(request),
                Output::Abort(id) => self.open.retain(|open| open.id != id),
                Output::Read(block) => {
                    assert!(self.used_blocks.insert(block.id) && block.len > 0);
                    assert!(self.pending.contains_key(&block.command));
                    self.blocks.push(block);
                }
                Output::Progress(progress) => {
                    assert!(self.pending.contains_key(&progress.command));
                }
                Output::Done(done) => self.done(done),
            }
        }
        self.was_online |= self.client.phase() == Phase::Online;
        let outbox = self.client.outbox().count();
        assert!(outbox <= self.pending.len() && outbox == self.client.waiting_commands());
        if self.client.is_drained() {
            assert!(self.pending.is_empty() && self.open.is_empty());
        }
        let is_alive = self.client.phase() != Phase::Closed;
        assert!(
            !is_alive || self.client.poll_timeout().is_some(),
            "nothing to wait for"
        );
        orders
    }

    fn send(&mut self, request: OutgoingRequest) {
        assert!(self.used.insert(request.id), "{} again", request.id);
        assert!(!self.client.is_drained(), "{request:?} after the end");
        let uri = request.http.uri();
        let host = uri.host().unwrap_or_default();
        let is_known = match self.config.hosts {
            Hosts::Real => {
                let is_one = Family::ALL.iter().any(|family| family.contains(host));
                is_one && uri.scheme_str() == Some("https")
            }
            Hosts::Mapped(_) => host == "127.0.0.1",
        };
        assert!(is_known, "{request:?}");
        let endpoint = uri.path().rsplit('/').next().unwrap_or_default();
        self.open.push(Open {
            id: request.id,
            endpoint: if endpoint.is_empty() {
                "index"
            } else {
                endpoint
            }
            .to_owned(),
            rule: request.reply,
            class: request.class,
        });
        let of = |class| {
            self.open
                .iter()
                .filter(move |open| open.class == class)
                .count()
        };
        let limits = &self.config.limits;
        assert!(of(Class::Transfer) <= limits.transfers.max(1));
        // The notice for the phone, a page of the address book and a lookup are no commands.
        assert!(of(Class::Call) + of(Class::Transfer) <= limits.in_flight.max(1) + 3);
        for class in [Class::Login, Class::Poll, Class::Sync, Class::Logout] {
            assert!(of(class) <= 1, "{class:?} twice");
        }
    }

    fn done(&mut self, done: Completion) {
        self.look(&done);
        let redeem = self.pending.remove(&done.id());
        let Some(redeem) = redeem else {
            panic!("{} is done twice", done.id());
        };
        let reply = redeem(done);
        let Some(reply) = reply else { return };
        match reply.downcast::<Receipt>() {
            Ok(receipt) => self.receipt = Some(*receipt),
            Err(other) => {
                self.media = other
                    .downcast()
                    .ok()
                    .map(|media| *media)
                    .or(self.media.take())
            }
        }
    }

    fn hear(&mut self, event: Event) {
        self.look(&event);
        assert!(!self.has_ended, "{event:?} after the end");
        assert!(self.told.last().is_none_or(|last| *last < event.id));
        self.told.push(event.id);
        match event.kind {
            EventKind::Message(message) => {
                if let Some(id) = &message.id {
                    let from = message.record.from_user_name.clone();
                    let print = (id.to_string(), from, message.created);
                    assert!(self.heard.insert(print.clone()), "{print:?} once more");
                    self.unread.insert(event.id, print);
                }
                self.messages.push(message);
            }
            EventKind::ContactRequest(request) => self.request = Some(request),
            EventKind::Ended(ended) => {
                self.has_ended = true;
                let again = ended.again.map(|again| Snapshot::decode(&again.encode()));
                assert!(again.is_none_or(|again| again.is_ok()));
            }
            _ => {}
        }
    }

    /// Nothing secret is in what anybody would print.
    fn look(&self, what: &impl Debug) {
        if self.looks {
            let printed = format!("{what:?}");
            assert!(!printed.contains(MARK), "{printed}");
        }
    }
}

/// From the newest.
fn pick<T>(from: &[T], which: u8) -> Option<&T> {
    from.iter()
        .rev()
        .nth(usize::from(which) % from.len().max(1))
}

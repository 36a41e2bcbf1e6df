//! Clients, the service and a network in one virtual clock: a day of protocol in milliseconds.
//!
//! The world drives its clients exactly as the contract of `wx-proto` demands, and watches them
//! while it does: what a client may never do ends up in [`World::violations`].
//!
//! A bot is tested here without sockets and without waiting:
//!
//! ```
//! use std::time::Duration;
//! use wx_proto::{Config, EventKind};
//! use wx_sim::{server::{Act, Setup}, world::World};
//!
//! let mut world = World::new(Setup::default());
//! let bot = world.join(Config::default(), [7; 32]);
//! assert!(world.to_online(bot));
//! # world.run_for(Duration::from_secs(1));
//!
//! // A friend writes, an hour later; the bot says it back.
//! world.run_for(Duration::from_secs(3600));
//! let from = "wxid_anna7c20x1".to_owned();
//! world.happen(Act::Text { from, text: "hello".into() }).unwrap();
//! world.run_for(Duration::from_secs(1));
//! for event in world.events(bot) {
//!     if let EventKind::Message(message) = event.kind {
//!         world.submit(bot, message.reply(message.text().unwrap_or_default()));
//!     }
//! }
//! world.run_for(Duration::from_secs(1));
//!
//! let said: Vec<_> = world.server().received().map(|text| text.text.as_str()).collect();
//! assert_eq!(said, ["hello"]);
//! assert_eq!(world.server().faults().count(), 0);
//! assert!(world.violations().is_empty());
//! ```

mod commands;
mod fates;
mod peer;
mod sleep;
mod transit;

pub use fates::Doomed;
pub use peer::{Came, PeerId, Pending, Reading, Sent};

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use wx_proto::{Client, Close, Config, Event, Limits, Seed, Snapshot};

use crate::{
    net::{Net, Weather},
    server::{Act, Deed, DeedError, Done, ExchangeId, Server, Setup, Whose},
    world::{
        peer::Peer,
        transit::{Parcel, Transit},
    },
};

/// One service, any number of clients.
pub struct World {
    now: Duration,
    net: Net,
    server: Server,
    peers: Vec<Peer>,
    transit: Transit,
    /// Which client's request an exchange is.
    open: BTreeMap<ExchangeId, (PeerId, wx_proto::RequestId)>,
    exchanges: u64,
    fates: Vec<Doomed>,
    violations: Vec<String>,
    /// What a careless application would log, if that is wanted.
    log: Option<String>,
}

/// When every world begins: a Tuesday in November 2023, so that what is written down stays.
pub const EPOCH: Duration = Duration::from_secs(1_700_000_000);

impl World {
    /// A world with fair weather and nobody in it.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            now: Duration::ZERO,
            net: Net::new(setup.seed, Weather::FAIR),
            server: Server::new(setup),
            peers: Vec::new(),
            transit: Transit::new(),
            open: BTreeMap::new(),
            exchanges: 0,
            fates: Vec::new(),
            violations: Vec::new(),
            log: None,
        }
    }

    /// Adds a client and starts it.
    pub fn join(&mut self, config: Config, seed: [u8; 32]) -> PeerId {
        let limits = config.limits.clone();
        self.add(Client::new(config, Seed::from(seed)), limits)
    }

    /// Adds a client that was made elsewhere, with the same limits, and starts it.
    pub fn enter(&mut self, client: Client, limits: Limits) -> PeerId {
        self.add(client, limits)
    }

    /// Adds a client that goes on from a snapshot, and starts it.
    pub fn rejoin(&mut self, config: Config, seed: [u8; 32], from: Snapshot) -> PeerId {
        let limits = config.limits.clone();
        self.add(Client::resume(config, Seed::from(seed), from), limits)
    }

    fn add(&mut self, client: Client, limits: Limits) -> PeerId {
        let id = PeerId(self.peers.len());
        let now = self.clock();
        let mut peer = Peer::new(client, limits);
        peer.client.start(now);
        self.peers.push(peer);
        self.drain(id);
        id
    }

    /// Virtual time since the beginning.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// The service.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The service, for faults to be planted.
    pub fn server_mut(&mut self) -> &mut Server {
        &mut self.server
    }

    /// What clients did that they may never do. Empty, or there is a bug.
    #[must_use]
    pub fn violations(&self) -> &[String] {
        &self.violations
    }

    /// One client, to look at.
    ///
    /// # Panics
    ///
    /// If `id` is of another world.
    #[must_use]
    pub fn client(&self, id: PeerId) -> &Client {
        &self.peer(id).client
    }

    /// Writes down, from now on, the `Debug` and `Display` of everything that passes between
    /// clients, drivers and applications: what a careless program would log.
    pub fn keep_log(&mut self) {
        self.log = Some(String::new());
    }

    /// What was written down.
    #[must_use]
    pub fn log(&self) -> &str {
        self.log.as_deref().unwrap_or_default()
    }

    /// Takes what was written down since the last call.
    pub fn take_log(&mut self) -> String {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Every request a client made, in order.
    ///
    /// # Panics
    ///
    /// If `id` is of another world.
    #[must_use]
    pub fn sent(&self, id: PeerId) -> &[Sent] {
        &self.peer(id).sent
    }

    /// Keeps what comes back to a client from now on.
    pub fn keep_replies(&mut self, id: PeerId) {
        self.peer_mut(id).came.get_or_insert_default();
    }

    /// Every reply that a client got, or the beginning of, since they are [kept](Self::keep_replies), in
    /// order.
    ///
    /// # Panics
    ///
    /// If `id` is of another world.
    #[must_use]
    pub fn replies(&self, id: PeerId) -> &[Came] {
        self.peer(id).came.as_deref().unwrap_or_default()
    }

    /// How the application behind a client deals with events. At first it takes and acknowledges
    /// each at once.
    pub fn set_reading(&mut self, id: PeerId, reading: Reading) {
        self.peer_mut(id).reading = reading;
        self.drain(id);
    }

    /// The events that a client's application took since the last call.
    pub fn events(&mut self, id: PeerId) -> Vec<Event> {
        std::mem::take(&mut self.peer_mut(id).events)
    }

    /// Has a client's application acknowledge an event.
    pub fn acknowledge(&mut self, id: PeerId, event: wx_proto::EventId) {
        let now = self.clock();
        self.peer_mut(id).client.acknowledge(now, event);
        self.drain(id);
    }

    /// Closes a client's session.
    pub fn close(&mut self, id: PeerId, how: Close) {
        let now = self.clock();
        self.peer_mut(id).client.close(now, how);
        self.drain(id);
    }

    /// The process behind a client dies: whatever was on its way for it is lost.
    pub fn crash(&mut self, id: PeerId) {
        let open: Vec<_> = self
            .open
            .iter()
            .filter(|(_, (peer, _))| *peer == id)
            .map(|(id, _)| *id)
            .collect();
        for exchange in open {
            self.hang_up(exchange);
        }
        self.peer_mut(id).is_dead = true;
    }

    /// Something happens at the service, now.
    ///
    /// # Errors
    ///
    /// If there is nobody it could happen to.
    pub fn act(&mut self, deed: Deed) -> Result<Done, DeedError> {
        let done = self.server.act(EPOCH + self.now, deed);
        self.take_replies();
        done
    }

    /// Something happens in the world of the account that logged in last.
    ///
    /// # Errors
    ///
    /// If there is nobody it could happen to.
    pub fn happen(&mut self, act: Act) -> Result<Done, DeedError> {
        self.act(Deed::In(Whose::Latest, act))
    }

    /// Lets time pass.
    pub fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while self.step(until) {}
    }

    /// Lets time pass until `what` holds, for at most `limit`. Whether it holds.
    pub fn run_until(&mut self, limit: Duration, mut what: impl FnMut(&Self) -> bool) -> bool {
        let until = self.now + limit;
        loop {
            if what(self) {
                return true;
            }
            if !self.step(until) {
                return what(self);
            }
        }
    }

    /// Lets time pass until a client is online, for at most ten minutes.
    pub fn to_online(&mut self, id: PeerId) -> bool {
        self.run_until(Duration::from_secs(600), |world| {
            world.client(id).phase() == wx_proto::Phase::Online
        })
    }

    /// Goes to the next moment at which something happens. `false`: nothing does, before `until`.
    fn step(&mut self, until: Duration) -> bool {
        let due = self
            .peers
            .iter()
            .filter(|peer| !peer.is_dead)
            .filter_map(Peer::due)
            .chain(self.transit.next())
            .chain(
                self.server
                    .poll_timeout()
                    .map(|at| at.saturating_sub(EPOCH)),
            )
            .min();
        let Some(due) = due.filter(|due| *due <= until) else {
            self.now = until;
            return false;
        };
        self.now = self.now.max(due);
        while let Some((exchange, parcel)) = self.transit.pop(self.now) {
            if let Some(parcel) = self.unless_asleep(exchange, parcel) {
                self.arrive(exchange, parcel);
            }
        }
        self.server.handle_timeout(EPOCH + self.now);
        self.take_replies();
        for id in (0..self.peers.len()).map(PeerId) {
            self.wake(id);
        }
        true
    }

    fn wake(&mut self, id: PeerId) {
        let now = self.clock();
        let peer = self.peer_mut(id);
        let is_due = |peer: &Peer| peer.due().is_some_and(|at| at <= now.mono.since_origin());
        if peer.is_dead || !is_due(peer) {
            return;
        }
        let cause = peer.client.timeout_cause();
        peer.client.handle_timeout(now);
        let has_events = peer.client.has_events();
        let sent = self.drain(id);
        // A reader who does not read leaves events behind that prove nothing.
        let told = has_events && self.peer(id).reading != Reading::Stalled;
        let idle = is_due(self.peer(id)) && sent == 0 && !told;
        if idle {
            self.violations
                .push(format!("{cause:?}: a due deadline brought no progress"));
        }
    }

    fn arrive(&mut self, exchange: ExchangeId, parcel: Parcel) {
        match parcel {
            Parcel::Request(request) => {
                self.server.accept(EPOCH + self.now, exchange, request);
                if !self.open.contains_key(&exchange) {
                    // It had left when its client hung up.
                    self.server.abandon(EPOCH + self.now, exchange);
                }
                self.take_replies();
            }
            Parcel::Reply(reply) => self.hand_over(exchange, Ok(reply)),
            Parcel::Cut(reply, keep) => self.hand_over(exchange, Err((Some((reply, keep)), None))),
            Parcel::Failure(kind) => self.hand_over(exchange, Err((None, Some(kind)))),
        }
    }

    fn hand_over(&mut self, exchange: ExchangeId, what: peer::Outcome) {
        let Some((id, request)) = self.open.remove(&exchange) else {
            return;
        };
        let now = self.clock();
        self.peer_mut(id).hand_over(now, request, what);
        self.drain(id);
    }

    /// Carries out whatever a client orders. How many orders there were.
    fn drain(&mut self, id: PeerId) -> usize {
        let now = self.clock();
        let mut orders = 0;
        loop {
            let peer = self.peer_mut(id);
            if peer.is_dead {
                return orders;
            }
            match peer.client.poll_output() {
                Some(output) => {
                    orders += 1;
                    self.obey(id, output);
                }
                None => match peer.read(now) {
                    Some(event) => self.note_event(id, &event),
                    None => break,
                },
            }
        }
        if self.peer(id).lacks_completions() {
            self.violations
                .push("drained with open commands".to_owned());
        }
        orders
    }

    fn note_event(&mut self, id: PeerId, event: &Event) {
        if self.peer_mut(id).has_heard_the_end(event) {
            self.violations.push(format!("{event:?} after the end"));
        }
        let Some(log) = &mut self.log else { return };
        log.push_str(&format!("{event:?}\n"));
        if let wx_proto::EventKind::Ended(ended) = &event.kind {
            log.push_str(&format!("{ended}\n"));
        }
    }

    fn obey(&mut self, id: PeerId, output: wx_proto::Output) {
        if let Some(log) = &mut self.log {
            log.push_str(&format!("{output:?}\n"));
        }
        let now = self.now;
        match output {
            wx_proto::Output::Request(request) => {
                self.exchanges += 1;
                let exchange = ExchangeId(self.exchanges);
                let complaint = self.peer_mut(id).note(now, &request);
                self.violations.extend(complaint);
                self.open.insert(exchange, (id, request.id));
                self.send(exchange, request.http);
            }
            wx_proto::Output::Abort(request) => {
                self.peer_mut(id).forget(request);
                let exchange = self.open.iter().find(|(_, open)| **open == (id, request));
                if let Some(exchange) = exchange.map(|(exchange, _)| *exchange) {
                    self.hang_up(exchange);
                }
            }
            wx_proto::Output::Read(block) => {
                let now = self.clock();
                self.peer_mut(id).read_block(now, block);
            }
            wx_proto::Output::Progress(progress) => self.peer_mut(id).progress.push(progress),
            wx_proto::Output::Done(done) => {
                let command = done.id();
                if !self.peer_mut(id).pending.remove(&command) {
                    self.violations
                        .push(format!("command {command} completed without being open"));
                }
                if self.peer_mut(id).done.insert(command, done).is_some() {
                    self.violations
                        .push(format!("command {command} completed twice"));
                }
            }
        }
    }

    fn hang_up(&mut self, exchange: ExchangeId) {
        self.open.remove(&exchange);
        self.transit.drop_exchange(exchange);
        self.server.abandon(EPOCH + self.now, exchange);
    }

    fn take_replies(&mut self) {
        while let Some((exchange, reply)) = self.server.poll_reply() {
            let now = self.now;
            if !self.transit.answer(&self.net, now, exchange, reply) {
                // The service learns that its reply was lost.
                self.server.abandon(EPOCH + now, exchange);
            }
        }
    }

    /// Both clocks, as the clients of this world are told.
    #[must_use]
    pub fn clock(&self) -> wx_proto::Now {
        wx_proto::Now::new(wx_proto::Stamp::new(self.now), EPOCH + self.now)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ids are handed out by this world; documented"
    )]
    fn peer(&self, id: PeerId) -> &Peer {
        &self.peers[id.0]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ids are handed out by this world; documented"
    )]
    fn peer_mut(&mut self, id: PeerId) -> &mut Peer {
        &mut self.peers[id.0]
    }
}

/// What a request looked like on the wire, byte for byte.
#[must_use]
pub fn wire_form(request: &http::Request<Bytes>) -> Vec<u8> {
    let mut text = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    for (name, value) in request.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.push(b'\n');
    }
    text.push(b'\n');
    text.extend_from_slice(request.body());
    text
}

//! One account: its phone, its friends, and the application that embeds a client.

mod ends;
mod friends;
mod phone;
mod record;
mod sleep;
mod wishes;

pub(crate) use wishes::Arrived;

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use md5::{Digest, Md5};
use wx_proto::{
    ChatId, CommandError, CommandId, Event, EventKind, FetchImage, Message, Phase, Receipt,
    SendFile, SendImage, SendText,
};
use wx_sim::{
    server::{AccountId, Act, Code, Deed, Done, SessionId, Whose},
    world::{PeerId, Pending, World},
};

use crate::{
    dice::Dice,
    ledger::{Key, Ledger},
    plan::Application,
    report::{Kind, Report},
    witness::Witness,
};

pub(crate) struct Bot {
    pub(crate) index: usize,
    made: Application,
    pub(crate) dice: Dice,
    /// The client of the running process.
    pub(crate) peer: Option<PeerId>,
    pub(crate) account: Option<AccountId>,
    pub(crate) ledger: Ledger,
    pub(crate) said: Vec<Said>,
    fetches: Vec<(Pending<FetchImage>, u64)>,
    latest: Option<CommandId>,
    receipts: Vec<Receipt>,
    pictures: Vec<Message>,
    /// What the phone will do.
    phone: Vec<(Duration, Deed)>,
    /// When the process comes back.
    pub(crate) restart: Option<Duration>,
    sleep: sleep::Sleep,
    stale: bool,
    stalled: bool,
    /// From here on everybody does what is expected of them.
    pub(crate) calm: bool,
    /// What passed between the client of the running process and the service.
    pub(crate) witness: Witness,
    /// The client was asked to end, with a logout or without.
    leaves: Option<bool>,
    /// The codes that it showed, and when.
    codes: Vec<(String, Duration)>,
    was_stalled: bool,
    /// Until when the service wants to be left alone with something, as far as is known.
    pub(crate) paced: Duration,
    count: u32,
    /// It writes its sessions down.
    pub(crate) records: bool,
    recording: Option<record::Recording>,
    /// Somebody wanted to be a friend.
    was_asked: bool,
    /// What it would log if it were careless.
    pub(crate) log: String,
    /// Rooms that were to be made, and people to be asked to be friends.
    pub(crate) rooms: u64,
    pub(crate) requests: u64,
    /// Calls that were refused, by their endpoint, of all processes.
    pub(crate) refused: BTreeMap<&'static str, u64>,
}

/// Something an application said, and wants to know to be said once.
pub(crate) struct Said {
    /// The text, or the md5 of the bytes.
    pub(crate) what: String,
    /// The chat, by the name that it always has.
    to: String,
    keyed: Option<ChatId>,
    open: Option<(CommandId, Open)>,
    pub(crate) outcome: Option<Result<Receipt, CommandError>>,
}

enum Open {
    Text(Pending<SendText>),
    Image(Pending<SendImage>),
    File(Pending<SendFile>),
}

impl Bot {
    pub(crate) fn new(index: usize, made: Application, dice: Dice) -> Self {
        Self {
            index,
            made,
            dice,
            peer: None,
            account: None,
            ledger: Ledger::default(),
            said: Vec::new(),
            fetches: Vec::new(),
            latest: None,
            receipts: Vec::new(),
            pictures: Vec::new(),
            phone: Vec::new(),
            restart: Some(Duration::ZERO),
            sleep: sleep::Sleep::default(),
            stale: false,
            stalled: false,
            calm: false,
            witness: Witness::default(),
            leaves: None,
            codes: Vec::new(),
            was_stalled: false,
            paced: Duration::ZERO,
            count: 0,
            records: false,
            recording: None,
            was_asked: false,
            log: String::new(),
            rooms: 0,
            requests: 0,
            refused: BTreeMap::new(),
        }
    }

    /// When this bot wants to be tended again, if it wants.
    pub(crate) fn next(&self) -> Option<Duration> {
        let deeds = self.phone.iter().map(|(at, _)| *at);
        let restart = self.restart.map(|at| at.max(self.sleep.until()));
        deeds.chain(restart).min()
    }

    pub(crate) fn limits(&self) -> &wx_proto::Limits {
        &self.made.config.limits
    }

    pub(crate) fn skips(&self) -> bool {
        self.made.config.catch_up == wx_proto::CatchUp::Skip
    }

    pub(crate) fn is_online(&self, world: &World) -> bool {
        let online = |peer| world.client(peer).phase() == Phase::Online;
        self.peer.is_some_and(online)
    }

    /// The session of the service that the client is in.
    pub(crate) fn session(&self, world: &World) -> Option<SessionId> {
        let me = world.client(self.peer?).me()?;
        let sessions = world.server().sessions();
        let mine = sessions
            .iter()
            .find(|session| session.user_name == me.id.user_name())?;
        Some(mine.id)
    }

    /// Reads, acknowledges, saves, scans and restarts, as far as it is time for it.
    pub(crate) fn tend(&mut self, world: &mut World, report: &mut Report) {
        let is_awake = !self.is_asleep(world);
        if let Some(peer) = self.peer.filter(|_| is_awake) {
            self.watch(world, peer);
            self.read(world, report);
            self.collect(world, report);
            self.acknowledge_some(world);
            if std::mem::take(&mut self.stale) {
                self.save(world, report);
            }
        }
        let now = world.now();
        let phone = std::mem::take(&mut self.phone).into_iter();
        let (deeds, later): (Vec<_>, Vec<_>) = phone.partition(|(at, _)| *at <= now);
        self.phone = later;
        for (_, deed) in deeds {
            self.on_phone(world, deed, report);
        }
        if is_awake && self.restart.is_some_and(|at| at <= now) {
            if self.peer.is_some() {
                // It reads to the end before it goes.
                self.stall(world, false, report);
                self.read(world, report);
            }
            self.start(world, report);
        }
    }

    fn start(&mut self, world: &mut World, report: &mut Report) {
        self.restart = None;
        self.stalled = false;
        self.was_stalled = false;
        self.leaves = None;
        self.codes.clear();
        self.bury(world, report);
        self.sleep.forget();
        let from = self.ledger.restart();
        let peer = self.enter(world, self.made.config.clone(), from);
        world.keep_replies(peer);
        world.set_reading(peer, wx_sim::world::Reading::Manual);
        self.peer = Some(peer);
    }

    fn read(&mut self, world: &mut World, report: &mut Report) {
        let Some(peer) = self.peer else { return };
        if self.stalled {
            return;
        }
        for event in world.events(peer) {
            let key = self.heard(world, &event, report);
            if self.calm || !self.dice.chance(self.made.lazy) {
                world.acknowledge(peer, event.id);
                self.ledger.acknowledge(key);
            } else {
                self.ledger.held.push((event.id, key));
            }
            if let EventKind::Ended(ended) = event.kind {
                report.end(&ended.cause);
                self.believe(world, &ended.cause, report);
                self.collect(world, report);
                // What is in `again` was acknowledged before this event was taken; some was after.
                self.ledger.end(world.client(peer).snapshot());
                self.peer = None;
                let pause = if self.calm {
                    1
                } else {
                    self.dice.between(1, 1800)
                };
                let planned = self.restart.take().filter(|_| !self.calm);
                self.restart = planned.or(Some(world.now() + Duration::from_secs(pause)));
                return;
            }
        }
    }

    fn heard(&mut self, world: &mut World, event: &Event, report: &mut Report) -> Option<Key> {
        let now = world.now();
        match &event.kind {
            EventKind::Qr(qr) => {
                let uuid = qr.content.rsplit('/').next().unwrap_or_default();
                self.codes.push((uuid.to_owned(), now));
                self.show(Code::Uuid(uuid.to_owned()), now);
                None
            }
            EventKind::PushSent => {
                if let Some(account) = self.account {
                    self.show(Code::Pushed(account), now);
                }
                None
            }
            EventKind::Online(_) => {
                if let Some(session) = self.session(world) {
                    let unix = wx_sim::world::EPOCH + now;
                    self.ledger.online.entry(session).or_insert(unix);
                }
                self.say_again(world);
                self.stale = true;
                None
            }
            EventKind::SnapshotStale => {
                self.stale = true;
                None
            }
            EventKind::Paced(paced) => {
                self.paced = self.paced.max(now + paced.pause);
                report.fault("told \"too often\"", 1);
                None
            }
            EventKind::Gap(gap) => {
                report.fault("gap that was told", gap.times.into());
                if let Some(session) = self.session(world) {
                    *self.ledger.gaps.entry(session).or_default() += gap.times;
                }
                None
            }
            EventKind::Message(message) => self.message(message, report),
            EventKind::Recalled(recalled) => {
                let id = recalled.message.as_ref()?.to_string().parse().ok()?;
                Some(self.note(Key::Recall(id), report))
            }
            EventKind::ContactRequest(request) => {
                let name = request.from.as_ref()?.user_name().to_owned();
                // Who asks twice may be heard twice.
                let key = Key::Request(name);
                self.ledger.see(&key);
                Some(key)
            }
            _ => None,
        }
    }

    fn note(&mut self, key: Key, report: &mut Report) -> Key {
        if !self.ledger.tell(&key) {
            let text = format!("{key:?}, twice to one process");
            report.violation(Kind::Again, self.index, text);
        }
        if !self.ledger.see(&key) {
            report.violation(Kind::Again, self.index, format!("{key:?}"));
        }
        key
    }

    fn message(&mut self, message: &Message, report: &mut Report) -> Option<Key> {
        let id: u64 = message.id.as_ref()?.to_string().parse().ok()?;
        let key = Key::Message(id);
        if !self.ledger.seen.contains(&key) {
            report.messages += 1;
        }
        let key = self.note(key, report);
        if let Some(at) = self.ledger.expected.iter().position(|it| it.msg_id == id) {
            if !self.ledger.is_in_order(message.chat.user_name(), at) {
                report.violation(Kind::Order, self.index, format!("{id} after a later one"));
            }
            let content = self.ledger.expected[at].content.as_ref();
            if let (Some(content), Some(text)) = (content, message.text()) {
                if content != text {
                    let text = format!("{content:?} came as {text:?}");
                    report.violation(Kind::Corrupt, self.index, text);
                }
            }
        }
        if matches!(message.body, wx_proto::Body::Image(_)) && !message.is_own() {
            self.pictures.push(message.clone());
        }
        Some(key)
    }

    fn acknowledge_some(&mut self, world: &mut World) {
        let Some(peer) = self.peer else { return };
        while !self.ledger.held.is_empty() && (self.calm || self.dice.chance(300)) {
            let at = self.dice.index(self.ledger.held.len());
            let (event, key) = self.ledger.held.swap_remove(at);
            world.acknowledge(peer, event);
            self.ledger.acknowledge(key);
            self.stale = true;
        }
    }

    fn save(&mut self, world: &mut World, report: &mut Report) {
        if !self.calm && self.dice.chance(self.made.saves_lost) {
            report.fault("snapshot not written", 1);
            self.stale = true;
            return;
        }
        let snapshot = self.peer.and_then(|peer| world.client(peer).snapshot());
        if let Some(snapshot) = snapshot {
            let client = self.peer.map(|peer| world.client(peer));
            let _ = writeln!(self.log, "{client:?} {snapshot:?}");
            self.ledger.save(snapshot);
        }
    }

    /// What came of what was asked for.
    fn collect(&mut self, world: &mut World, report: &mut Report) {
        let Some(peer) = self.peer else { return };
        for said in &mut self.said {
            let Some((command, open)) = said.open.take() else {
                continue;
            };
            if !world.is_done(peer, command) {
                said.open = Some((command, open));
                continue;
            }
            said.outcome = match open {
                Open::Text(pending) => world.outcome(peer, pending),
                Open::Image(pending) => world.outcome(peer, pending),
                Open::File(pending) => world.outcome(peer, pending),
            };
            match &said.outcome {
                Some(Ok(receipt)) => self.receipts.push(receipt.clone()),
                Some(Err(error)) => tell(&mut self.log, error),
                None => {}
            }
        }
        for (pending, id) in std::mem::take(&mut self.fetches) {
            if !world.is_done(peer, pending.command) {
                self.fetches.push((pending, id));
                continue;
            }
            let digest = digest(world.sink(peer, pending.command));
            match world.outcome(peer, pending) {
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    tell(&mut self.log, &error);
                    continue;
                }
                None => continue,
            }
            let expected = self.ledger.expected.iter().find(|it| it.msg_id == id);
            let content = expected.and_then(|it| it.content.as_ref());
            if content.is_some_and(|content| *content != digest) {
                report.violation(Kind::Corrupt, self.index, format!("the picture of {id}"));
            }
        }
    }

    pub(crate) fn stall(&mut self, world: &mut World, stalled: bool, report: &mut Report) {
        let Some(peer) = self.peer else { return };
        if stalled && !self.stalled {
            report.fault("application stalls", 1);
        }
        self.stalled = stalled;
        self.was_stalled |= stalled;
        world.set_reading(
            peer,
            if stalled {
                wx_sim::world::Reading::Stalled
            } else {
                wx_sim::world::Reading::Manual
            },
        );
    }

    pub(crate) fn crash(&mut self, world: &mut World, down: Duration, report: &mut Report) {
        let Some(peer) = self.peer else { return };
        self.watch(world, peer);
        self.collect(world, report);
        report.fault("process dies", 1);
        self.awaken(world);
        self.ledger.crash(self.session(world));
        world.crash(peer);
        self.peer = None;
        self.fetches.clear();
        for said in &mut self.said {
            said.open = None;
        }
        self.phone.clear();
        self.restart = Some(world.now() + down);
    }

    pub(crate) fn close(&mut self, world: &mut World, logout: bool, down: Duration) {
        let Some(peer) = self.peer else { return };
        let drain = Duration::from_secs(self.dice.below(20));
        self.leaves = Some(logout);
        world.close(peer, wx_proto::Close { logout, drain });
        self.restart = Some(world.now() + Duration::from_secs(60) + down);
    }

    /// The end of all, after which nobody comes back.
    pub(crate) fn leave(&mut self, world: &mut World, how: wx_proto::Close) {
        let Some(peer) = self.peer else { return };
        self.leaves = Some(how.logout);
        world.close(peer, how);
    }

    pub(crate) fn cancel(&mut self, world: &mut World) {
        if let (Some(peer), Some(command)) = (self.peer, self.latest) {
            world.cancel(peer, command);
        }
    }

    pub(crate) fn act(&self, world: &mut World, act: Act) -> Option<Done> {
        world.act(Deed::In(Whose::Account(self.account?), act)).ok()
    }
}

/// An error as it is logged: for people, for programmers, and with all that is behind it.
fn tell(log: &mut String, error: &CommandError) {
    let _ = writeln!(log, "{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let _ = writeln!(log, "{error} {error:?}");
        source = error.source();
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex = Md5::digest(bytes);
    hex.iter().map(|byte| format!("{byte:02x}")).collect()
}

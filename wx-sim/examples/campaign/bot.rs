//! One account: its phone, its friends, and the application that embeds a client.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use md5::{Digest, Md5};
use wx_proto::{
    AddFriend, AddMembers, Attachment, ChatId, CheckLogin, CommandError, CommandId, CreateRoom,
    EndCause, Event, EventKind, FetchAvatar, FetchContacts, FetchImage, Forward, LeaveRoom,
    MarkRead, Message, Phase, Pin, Recall, Receipt, RenameRoom, SearchContact, SendFile, SendImage,
    SendText, SetRemark, StatReport,
};
use wx_sim::{
    server::{AccountId, Act, Blob, Code, Deed, Done, Mark, PeerView, Piece, SessionId, Whose},
    world::{PeerId, Pending, World},
};

use crate::{
    dice::Dice,
    ledger::{Expected, Key, Ledger},
    plan::{Application, Heard, Order},
    report::{Kind, Report},
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
    stale: bool,
    stalled: bool,
    /// From here on everybody does what is expected of them.
    pub(crate) calm: bool,
    /// Somebody in place of the service said that the session is over.
    pub(crate) misled: bool,
    count: u32,
}

/// Something an application said, and wants to know to be said once.
pub(crate) struct Said {
    /// The text, or the md5 of the bytes.
    pub(crate) what: String,
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
            stale: false,
            stalled: false,
            calm: false,
            misled: false,
            count: 0,
        }
    }

    /// When this bot wants to be tended again, if it wants.
    pub(crate) fn next(&self) -> Option<Duration> {
        let deeds = self.phone.iter().map(|(at, _)| *at);
        deeds.chain(self.restart).min()
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
        self.read(world, report);
        self.collect(world, report);
        self.acknowledge_some(world);
        if std::mem::take(&mut self.stale) {
            self.save(world, report);
        }
        let now = world.now();
        let phone = std::mem::take(&mut self.phone).into_iter();
        let (deeds, later): (Vec<_>, Vec<_>) = phone.partition(|(at, _)| *at <= now);
        self.phone = later;
        for (_, deed) in deeds {
            self.on_phone(world, deed, report);
        }
        if self.restart.is_some_and(|at| at <= now) {
            if self.peer.is_some() {
                // It reads to the end before it goes.
                self.stall(world, false, report);
                self.read(world, report);
            }
            self.start(world);
        }
    }

    fn start(&mut self, world: &mut World) {
        self.restart = None;
        self.stalled = false;
        let (config, seed) = (self.made.config.clone(), self.dice.seed());
        let peer = match self.ledger.restart() {
            Some(snapshot) => world.rejoin(config, seed, snapshot),
            None => world.join(config, seed),
        };
        world.set_reading(peer, wx_sim::world::Reading::Manual);
        self.peer = Some(peer);
    }

    fn on_phone(&mut self, world: &mut World, deed: Deed, report: &mut Report) {
        let name = match &deed {
            Deed::Cancel(_) => Some("declined on the phone"),
            Deed::Expire(_) => Some("code expired"),
            _ => None,
        };
        let deed = match (deed, self.account) {
            (Deed::Scan(code), Some(account)) => Deed::ScanBy(code, account),
            (deed, _) => deed,
        };
        let Ok(done) = world.act(deed) else { return };
        self.account = self.account.or(done.account);
        if let Some(name) = name {
            report.fault(name, 1);
        }
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
            EventKind::Paced(_) => {
                report.fault("told \"too often\"", 1);
                None
            }
            EventKind::Gap(gap) => {
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
                self.ledger.see(&Key::Request(name));
                None
            }
            _ => None,
        }
    }

    /// A session that is said to be over must be.
    fn believe(&mut self, world: &World, cause: &EndCause, report: &mut Report) {
        let says_so = matches!(
            cause,
            EndCause::LoggedOutOnPhone | EndCause::Replaced | EndCause::CookieInvalid
        );
        let session = self.session(world).filter(|_| says_so && !self.misled);
        let sessions = world.server().sessions();
        let now = wx_sim::world::EPOCH + world.now();
        let is_on = |id: &SessionId| {
            let mut of_id = sessions.iter().filter(|session| session.id == *id);
            of_id.any(|session| session.over.is_none() && session.cookies_until > now)
        };
        if session.as_ref().is_some_and(is_on) {
            let text = format!("{cause:?}, and the service knows the session");
            report.violation(Kind::Untrue, self.index, text);
        }
    }

    /// What the phone does about a code or a question.
    fn show(&mut self, code: Code, now: Duration) {
        let soon = |dice: &mut Dice| now + dice.seconds(1, 40);
        let kind = if self.calm { 0 } else { self.dice.below(10) };
        match kind {
            0..7 => {
                let at = if self.calm { now } else { soon(&mut self.dice) };
                self.phone.push((at, Deed::Scan(code.clone())));
                self.phone
                    .push((at + Duration::from_secs(2), Deed::Confirm(code)));
            }
            7 => {
                let at = soon(&mut self.dice);
                self.phone.push((at, Deed::Scan(code.clone())));
                self.phone
                    .push((at + Duration::from_secs(2), Deed::Cancel(code)));
            }
            8 => self.phone.push((soon(&mut self.dice), Deed::Expire(code))),
            // Nobody is there.
            _ => {}
        }
    }

    fn note(&mut self, key: Key, report: &mut Report) -> Key {
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
            if let Some(Ok(receipt)) = &said.outcome {
                self.receipts.push(receipt.clone());
            }
        }
        for (pending, id) in std::mem::take(&mut self.fetches) {
            if !world.is_done(peer, pending.command) {
                self.fetches.push((pending, id));
                continue;
            }
            let digest = digest(world.sink(peer, pending.command));
            let Some(Ok(_)) = world.outcome(peer, pending) else {
                continue;
            };
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
        self.collect(world, report);
        report.fault("process dies", 1);
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
        world.close(peer, wx_proto::Close { logout, drain });
        self.restart = Some(world.now() + Duration::from_secs(60) + down);
    }

    pub(crate) fn cancel(&mut self, world: &mut World) {
        if let (Some(peer), Some(command)) = (self.peer, self.latest) {
            world.cancel(peer, command);
        }
    }

    /// What was on its way when the process died is said again, under its key: it may be the same
    /// message only in the same login.
    fn say_again(&mut self, world: &mut World) {
        let Some(peer) = self.peer else { return };
        for said in &mut self.said {
            let Some(chat) = said.keyed.clone() else {
                continue;
            };
            let same = world.client(peer).chat(chat.user_name());
            if said.open.is_none() && said.outcome.is_none() && same == Some(chat.clone()) {
                let send = SendText::new(chat, said.what.clone()).key(said.what.as_bytes());
                let pending = world.submit(peer, send);
                said.open = Some((pending.command, Open::Text(pending)));
            }
        }
    }

    pub(crate) fn say(&mut self, world: &mut World, order: Order, report: &mut Report) {
        let (Some(peer), Some(account)) = (self.peer, self.account) else {
            return;
        };
        let peers = world.server().peers(account);
        if peers.is_empty() {
            return;
        }
        let mut chat = self.dice.pick(&peers).user_name;
        if self.dice.chance(300) {
            chat = "filehelper".to_owned();
        }
        let Some(chat) = world.client(peer).chat(&chat) else {
            return;
        };
        self.count += 1;
        report.commands += 1;
        let name = format!("say {}-{}", self.index, self.count);
        match order {
            Order::Text { keyed } => {
                let mut send = SendText::new(chat.clone(), name.clone());
                if keyed {
                    send = send.key(name.as_bytes());
                }
                let pending = world.submit(peer, send);
                let keyed = keyed.then_some(chat);
                self.open(name, keyed, pending.command, Open::Text(pending));
            }
            Order::Image => {
                let bytes = Bytes::from(format!("{name} {}", "x".repeat(700)));
                let what = digest(&bytes);
                let image = SendImage::new(chat, Attachment::bytes("a.jpg", bytes));
                let pending = world.submit(peer, image);
                self.open(what, None, pending.command, Open::Image(pending));
            }
            Order::File { len } => {
                let mut bytes = name.into_bytes();
                bytes.resize(len as usize, b'.');
                let what = digest(&bytes);
                let file = Attachment::source("a.bin", u64::from(len));
                let pending = world.submit_reading(peer, SendFile::new(chat, file), bytes);
                self.open(what, None, pending.command, Open::File(pending));
            }
            Order::Fetch => {
                if self.pictures.is_empty() {
                    return;
                }
                let message = self.dice.pick(&self.pictures);
                let id = message
                    .id
                    .as_ref()
                    .and_then(|id| id.to_string().parse().ok());
                let pending = world.submit_writing(peer, FetchImage::of(&message));
                self.fetches.extend(id.map(|id| (pending, id)));
            }
            Order::Recall => {
                if let Some(receipt) = self.receipts.last() {
                    world.submit(peer, Recall::of(receipt));
                }
            }
            Order::Other(which) => self.other(world, peer, which, chat),
        }
    }

    fn open(&mut self, what: String, keyed: Option<ChatId>, command: CommandId, open: Open) {
        self.latest = Some(command);
        self.said.push(Said {
            what,
            keyed,
            open: Some((command, open)),
            outcome: None,
        });
    }

    fn other(&mut self, world: &mut World, peer: PeerId, which: u8, chat: ChatId) {
        self.latest = Some(match which % 13 {
            0 => world.submit(peer, SetRemark::new(chat, "x")).command,
            1 => world.submit(peer, Pin::new(chat)).command,
            2 => world.submit(peer, MarkRead::new(chat)).command,
            3 => world.submit(peer, FetchContacts::new([chat])).command,
            4 => world.submit(peer, SearchContact::new("a")).command,
            5 => world.submit(peer, CreateRoom::new([chat])).command,
            6 => {
                let room = AddMembers::new(chat.clone(), [chat]);
                world.submit(peer, room).command
            }
            7 => world.submit(peer, RenameRoom::new(chat, "x")).command,
            8 if self.dice.chance(100) => world.submit(peer, LeaveRoom::new(chat)).command,
            8 => world.submit(peer, StatReport::new()).command,
            9 => world.submit(peer, AddFriend::new(chat, "x")).command,
            10 => world.submit_writing(peer, FetchAvatar::of(chat)).command,
            11 if !self.pictures.is_empty() => {
                let message = self.dice.pick(&self.pictures);
                world.submit(peer, Forward::new(chat, &message)).command
            }
            _ => world.submit(peer, CheckLogin).command,
        });
    }

    pub(crate) fn act(&self, world: &mut World, act: Act) -> Option<Done> {
        world.act(Deed::In(Whose::Account(self.account?), act)).ok()
    }

    /// Something happens to the account.
    pub(crate) fn hear(&mut self, world: &mut World, heard: Heard) {
        let Some(account) = self.account else { return };
        let peers = world.server().peers(account);
        let is_friend = |it: &&PeerView| it.listed && !it.room && it.plain.starts_with("wxid_");
        let friends: Vec<_> = peers.iter().filter(is_friend).cloned().collect();
        let rooms: Vec<_> = peers.iter().filter(|it| it.room).cloned().collect();
        if friends.is_empty() || rooms.is_empty() {
            return;
        }
        let friend = self.dice.pick(&friends).plain;
        let room = self.dice.pick(&rooms).plain;
        match heard {
            Heard::Texts(times) => {
                for _ in 0..times {
                    let (from, text) = (friend.clone(), self.words());
                    self.told(
                        world,
                        Act::Text {
                            from,
                            text: text.clone(),
                        },
                        Some(text),
                    );
                }
            }
            Heard::RoomTexts { times, mention } => {
                for _ in 0..times {
                    let text = self.words();
                    let said = (!mention).then(|| text.clone());
                    // Whoever is a member.
                    for from in friends.iter().map(|it| it.plain.clone()) {
                        let act = Act::RoomText {
                            room: room.clone(),
                            from,
                            text: text.clone(),
                            mention,
                        };
                        if self.told(world, act, said.clone()) {
                            break;
                        }
                    }
                }
            }
            Heard::OwnText => {
                let text = self.words();
                let act = Act::OwnText {
                    to: friend,
                    text: text.clone(),
                };
                self.told(world, act, Some(text));
            }
            Heard::Image => {
                self.count += 1;
                let bytes = format!("\u{ff}picture {}-{}", self.index, self.count);
                let bytes = Bytes::from(bytes.repeat(40));
                let content = digest(&bytes);
                let piece = Piece::Image {
                    data: Blob::Given(bytes),
                };
                self.told(world, send(friend, piece), Some(content));
            }
            Heard::Piece(which) => {
                let piece = piece(which, &friend);
                self.told(world, send(friend, piece), None);
            }
            Heard::Notice => {
                let text = "你已添加了对方".to_owned();
                self.told(world, Act::Notice { chat: friend, text }, None);
            }
            Heard::Raw => {
                let act = Act::Raw {
                    chat: friend,
                    from: None,
                    msg_type: self.dice.pick(&[9999, 9998, 50, 53]),
                    content: "&lt;unknown/&gt;".to_owned(),
                };
                self.told(world, act, None);
            }
            Heard::Recall => {
                let latest = self.ledger.expected.iter().rev().take(8);
                let ids: Vec<_> = latest.map(|it| it.msg_id).collect();
                if !ids.is_empty() {
                    let of = self.dice.pick(&ids);
                    let done = self.act(world, Act::Recall { msg_id: of });
                    self.expect(done, Key::Recall(of), None);
                }
            }
            Heard::Request(who) => {
                let plain = format!("wxid_newcomer{who}");
                let act = Act::FriendRequest {
                    plain: plain.clone(),
                    nick: format!("Newcomer {who}"),
                    words: "hello".to_owned(),
                };
                let done = self.act(world, act);
                let peers = world.server().peers(account);
                if let Some(peer) = peers.into_iter().find(|it| it.plain == plain) {
                    self.expect(done, Key::Request(peer.user_name), None);
                }
            }
            Heard::People(which) => self.people(world, which, &friend, &room),
            Heard::Phone(which) => {
                let code = [1, 2, 4, 5][usize::from(which % 4)];
                let chat = (code != 4).then_some(friend);
                self.act(world, Act::Notify { code, chat });
            }
        }
    }

    fn people(&mut self, world: &mut World, which: u8, friend: &str, room: &str) {
        let (who, room) = (friend.to_owned(), room.to_owned());
        self.count += 1;
        let name = format!("Name {}", self.count);
        let act = match which % 8 {
            0 => Act::ContactChanged {
                who,
                nick: Some(name),
                remark: None,
                contact_flag: None,
            },
            1 => Act::RoomChanged {
                room,
                topic: Some(name),
                join: vec![who],
                leave: Vec::new(),
            },
            2 => Act::Renamed {
                room,
                by: who,
                topic: name,
            },
            3 => Act::JoinsByCode {
                room,
                who,
                shown_by: "me".to_owned(),
            },
            4 => Act::Profile {
                nick: Some(name),
                picture: false,
            },
            5 => Act::ContactAdded {
                plain: format!("wxid_added{}", which % 3),
                nick: name,
            },
            6 => Act::Marked {
                who,
                mark: Mark::Mute,
                on: which > 100,
            },
            _ => Act::Removed { room, who },
        };
        self.act(world, act);
    }

    /// Whether it could be said.
    fn told(&mut self, world: &mut World, act: Act, content: Option<String>) -> bool {
        let done = self.act(world, act);
        let msg_id = done.as_ref().and_then(|done| done.msg_id);
        if let Some(msg_id) = msg_id {
            self.expect(done, Key::Message(msg_id), content);
        }
        msg_id.is_some()
    }

    fn expect(&mut self, done: Option<Done>, key: Key, content: Option<String>) {
        if let Some(msg_id) = done.and_then(|done| done.msg_id) {
            self.ledger.expected.push(Expected {
                msg_id,
                key,
                content,
            });
        }
    }

    /// A text of its own.
    fn words(&mut self) -> String {
        const SPICES: [&str; 8] = [
            "",
            " <b>&amp;</b> \"quoted\"",
            "\nsecond line",
            " [微笑]",
            " 😀🏳️‍🌈",
            " 你好，世界",
            " a=b&c=d;#e",
            " \\u0041 \\/",
        ];
        self.count += 1;
        let spice = self.dice.pick(&SPICES);
        format!("hear {}-{}{spice}", self.index, self.count)
    }

    /// For each thing that was said, how often it arrived, and what the application was told of it.
    pub(crate) fn judge_said(&self, arrived: &BTreeMap<String, u32>, report: &mut Report) {
        for said in &self.said {
            let times = arrived.get(&said.what).copied().unwrap_or(0);
            if times > 1 {
                let text = format!("{:?} arrived {times} times", said.what);
                report.violation(Kind::Doubled, self.index, text);
            }
            match &said.outcome {
                Some(Ok(_)) if times == 0 => {
                    let text = format!("{:?} was accepted and is not there", said.what);
                    report.violation(Kind::Untrue, self.index, text);
                }
                Some(Err(error)) if times > 0 && !error.maybe_sent() => {
                    let text = format!("{:?} is there, in spite of {error:?}", said.what);
                    report.violation(Kind::Untrue, self.index, text);
                }
                None if said.open.is_some() => {
                    let text = format!("{:?} has no end", said.what);
                    report.violation(Kind::Command, self.index, text);
                }
                _ => {}
            }
        }
    }
}

fn send(chat: String, piece: Piece) -> Act {
    Act::Send {
        chat,
        from: None,
        piece,
        veiled: false,
    }
}

fn piece(which: u8, friend: &str) -> Piece {
    let data = Blob::Made(300);
    match which % 7 {
        0 => Piece::Voice {
            data,
            length: Duration::from_secs(3),
        },
        1 => Piece::Video {
            data,
            length: Duration::from_secs(9),
            micro: false,
        },
        2 => Piece::File {
            name: "report.pdf".to_owned(),
            data,
        },
        3 => Piece::Link {
            title: "A title".to_owned(),
            description: "More".to_owned(),
            url: "http://example.com/a?b=c".to_owned(),
        },
        4 => Piece::Location {
            label: "A place".to_owned(),
            x: "31.2".to_owned(),
            y: "121.4".to_owned(),
        },
        5 => Piece::Card {
            who: friend.to_owned(),
        },
        _ => Piece::RedPacket,
    }
}

pub(crate) fn digest(bytes: &[u8]) -> String {
    let hex = Md5::digest(bytes);
    hex.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! A session, what happens to it, and what must hold whatever it was.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use http::{Response, StatusCode};
use wx_proto::{
    ChatId, Close, Config, EventId, EventKind, Phase, SendText, Snapshot,
    endpoint::{webwxinit, webwxsync},
};

use super::{
    ACTS, ENDPOINTS, Lent, Step,
    commands::{Open, order},
    step::FRIEND,
};
use crate::{
    net::Weather,
    server::{Act, Setup},
    world::{PeerId, Reading, World},
};

/// A session in its world.
pub struct Trial {
    world: World,
    config: Config,
    bot: PeerId,
    bots: u8,
    reading: Reading,
    /// The size of files that are read.
    file: u64,
    open: Vec<Open>,
    /// How often the application said something, each time something else.
    answers: usize,
    /// What the friend wrote, and to which login.
    said: Vec<(String, Option<ChatId>)>,
    /// What the latest client told of it.
    heard: BTreeSet<String>,
    /// What the application was done with when the last client died.
    done_before: BTreeSet<String>,
    done: BTreeSet<String>,
    /// Events that were taken and not acknowledged.
    held: Vec<(EventId, Option<String>)>,
    /// A reply was made up that may have moved the session on, or one was given up: what it held may
    /// be lost.
    is_tainted: bool,
    ends: usize,
}

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// How many of the friend's texts an application heard.
    pub heard: usize,
}

/// Long enough for every pause there is.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);

impl Trial {
    /// A world with one client that was just started.
    #[must_use]
    pub fn new(setup: Setup, config: Config, seed: u8) -> Self {
        let mut world = World::new(setup);
        let bot = world.join(config.clone(), [seed; 32]);
        Self {
            world,
            config,
            bot,
            bots: seed,
            reading: Reading::Prompt,
            file: 3000,
            open: Vec::new(),
            answers: 0,
            said: Vec::new(),
            heard: BTreeSet::new(),
            done_before: BTreeSet::new(),
            done: BTreeSet::new(),
            held: Vec::new(),
            is_tainted: false,
            ends: 0,
        }
    }

    /// Files that are read have this size from now on.
    #[must_use]
    pub fn with_files_of(mut self, size: u64) -> Self {
        self.file = size;
        self
    }

    /// Something happens.
    pub fn take(&mut self, step: Step) {
        self.listen();
        let bot = self.bot;
        match step {
            Step::Wait(ms) => self.world.run_for(Duration::from_millis(ms.into())),
            Step::Online => {
                self.world.to_online(bot);
            }
            Step::Heard => self.say(),
            Step::Happens(which) => {
                if let Some(act) = ACTS.get(usize::from(which) % ACTS.len()) {
                    // There may be nobody yet to whom it could happen.
                    let _ = self.world.happen(act());
                }
            }
            Step::Say { chat, len } => {
                if let Some(chat) = self.chat(chat) {
                    // An empty text is refused, and completes all the same.
                    let text = match len % 4 {
                        0 => String::new(),
                        _ => format!("answer {}", self.answers),
                    };
                    self.answers += 1;
                    let text = SendText::new(chat, text);
                    self.open.push(self.world.submit(bot, text).into());
                }
            }
            Step::Do { what, chat, lent } => self.order(what, chat, lent),
            Step::Cancel(which) => {
                if let Some(command) = pick(&self.open, which).map(|open| open.id) {
                    self.world.cancel(bot, command);
                }
            }
            Step::Read(reading) => {
                self.reading = reading;
                self.world.set_reading(bot, reading);
            }
            Step::Acknowledge(which) => self.acknowledge(which),
            Step::Storm(rate) => self.world.set_weather(Weather::foul(rate)),
            Step::Doom { at, times, fate } => self.world.doom(endpoint(at), times, fate),
            Step::Refuse { at, times, ret } => {
                let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
                let reply = Response::new(Bytes::from(body));
                self.world.server_mut().plant(endpoint(at), times, reply);
            }
            Step::Garble {
                at,
                times,
                after,
                status,
                body,
            } => self.garble(at, times, after, status, body),
            Step::Close { logout, drain } => {
                let drain = Duration::from_secs(drain.into());
                self.world.close(bot, Close { logout, drain });
            }
            Step::Crash => self.crash(),
        }
        self.listen();
        let client = self.world.client(self.bot);
        let is_alive = client.phase() != Phase::Closed;
        assert!(
            !is_alive || client.poll_timeout().is_some(),
            "nothing to wait for"
        );
    }

    /// Lets everything come to its end.
    #[must_use]
    pub fn finish(mut self) -> Outcome {
        self.world.set_weather(Weather::FAIR);
        self.take(Step::Read(Reading::Prompt));
        // Whatever the application forgets to acknowledge holds messages back.
        while !self.held.is_empty() {
            self.acknowledge(0);
        }
        let until = self.world.now() + PATIENCE;
        let mut pause = Duration::from_secs(1);
        loop {
            self.listen();
            let phase = self.world.client(self.bot).phase();
            let rests =
                phase == Phase::Closed || phase == Phase::Online && self.missing().is_none();
            let waits = self.world.client(self.bot).waiting_commands();
            if rests && waits == 0 || self.world.now() >= until {
                break;
            }
            self.world.run_for(pause);
            pause *= 2;
        }
        let is_online = self.world.client(self.bot).phase() == Phase::Online;
        let missing = self.missing().filter(|_| is_online && !self.is_tainted);
        assert_eq!(missing, None, "it never came");
        let how = Close {
            logout: true,
            drain: Duration::from_secs(10),
        };
        self.world.close(self.bot, how);
        let limit = Duration::from_secs(60);
        let bot = self.bot;
        let is_drained = |world: &World| world.client(bot).is_drained();
        assert!(self.world.run_until(limit, is_drained), "it does not end");
        self.listen();
        for open in self.open {
            let has_ended = (open.has_ended)(&mut self.world, bot);
            assert!(has_ended, "command {} without an end", open.id);
        }
        assert_eq!(self.ends, 1);
        let mut told = BTreeSet::new();
        let received = self.world.server().received().map(|it| it.text.as_str());
        for text in received.filter(|text| text.starts_with("answer")) {
            assert!(told.insert(text), "{text} was said twice");
        }
        assert_eq!(self.world.violations(), <&[String]>::default());
        Outcome {
            heard: self.done.union(&self.heard).count(),
        }
    }

    /// A text that was said in this login, that the application is not done with, and that the
    /// latest client did not tell.
    fn missing(&self) -> Option<&str> {
        let me = self.world.client(self.bot).me().map(|me| &me.id);
        let is_there = |text: &str| self.done.contains(text) || self.heard.contains(text);
        let is_missing = |(text, to): &&(String, Option<ChatId>)| {
            to.is_some() && to.as_ref() == me && !is_there(text)
        };
        self.said
            .iter()
            .find(is_missing)
            .map(|(text, _)| text.as_str())
    }

    /// The friend says something that nobody said before.
    fn say(&mut self) {
        let text = format!("text {}", self.said.len());
        let act = Act::Text {
            from: FRIEND.to_owned(),
            text: text.clone(),
        };
        let me = self.world.client(self.bot).me().map(|me| me.id.clone());
        if self.world.happen(act).is_ok() {
            self.said.push((text, me));
        }
    }

    /// Takes note of what the application took.
    fn listen(&mut self) {
        for event in self.world.events(self.bot) {
            let mut text = None;
            match &event.kind {
                EventKind::Message(message) => {
                    let is_one = |text: &&str| self.said.iter().any(|(said, _)| said == text);
                    text = message.text().filter(is_one).map(str::to_owned);
                }
                EventKind::Gap(_) => self.is_tainted = true,
                EventKind::Ended(_) => self.ends += 1,
                _ => {}
            }
            if let Some(text) = &text {
                let is_new = self.heard.insert(text.clone());
                assert!(is_new || self.is_tainted, "{text} came twice");
                let is_done = self.done_before.contains(text);
                assert!(!is_done || self.is_tainted, "{text} came again");
            }
            match self.reading {
                Reading::Prompt => self.done.extend(text),
                _ => self.held.push((event.id, text)),
            }
        }
    }

    fn acknowledge(&mut self, which: u8) {
        if let Some((event, text)) = pick(&self.held, which).cloned() {
            self.held.retain(|(id, _)| *id != event);
            self.done.extend(text);
            self.world.acknowledge(self.bot, event);
        }
    }

    fn order(&mut self, what: u8, chat: u8, lent: Lent) {
        if let Some(chat) = self.chat(chat) {
            let open = order(&mut self.world, self.bot, what, chat, lent, self.file);
            self.open.push(open);
        }
    }

    /// Somebody whom the account knows.
    fn chat(&self, which: u8) -> Option<ChatId> {
        let account = self.world.server().accounts().last()?.id;
        let peers = self.world.server().peers(account);
        let peer = pick(&peers, which)?;
        self.world.client(self.bot).chat(&peer.user_name)
    }

    fn garble(&mut self, at: u8, times: u32, after: bool, status: u16, body: Vec<u8>) {
        let moves = webwxsync::parse(&body).is_ok() || webwxinit::parse(&body).is_ok();
        self.is_tainted |= moves;
        let mut reply = Response::new(Bytes::from(body));
        *reply.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        let server = self.world.server_mut();
        match after {
            true => server.plant_after(endpoint(at), times, reply),
            false => server.plant(endpoint(at), times, reply),
        }
    }

    fn crash(&mut self) {
        let client = self.world.client(self.bot);
        let saved = client.snapshot().map(|saved| saved.encode());
        let saved = saved.map(|saved| Snapshot::decode(&saved));
        self.world.crash(self.bot);
        self.bots = self.bots.wrapping_add(1);
        let (config, seed) = (self.config.clone(), [self.bots; 32]);
        self.bot = match saved {
            Some(saved) => {
                assert!(saved.is_ok(), "{saved:?}");
                let saved = saved.ok();
                saved.map_or(self.bot, |saved| self.world.rejoin(config, seed, saved))
            }
            None => self.world.join(config, seed),
        };
        self.reading = Reading::Prompt;
        self.open.clear();
        self.held.clear();
        self.heard.clear();
        self.done_before.clone_from(&self.done);
        self.ends = 0;
    }
}

fn endpoint(at: u8) -> &'static str {
    let at = usize::from(at) % ENDPOINTS.len();
    ENDPOINTS.get(at).copied().unwrap_or_default()
}

fn pick<T>(from: &[T], which: u8) -> Option<&T> {
    from.get(usize::from(which) % from.len().max(1))
}

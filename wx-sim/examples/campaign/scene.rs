//! A plan, carried out.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use wx_proto::Phase;
use wx_sim::{
    net::{Fate, Weather},
    server::{Act, Deed, Record, SecretKind},
    world::{Doomed, World},
};

use crate::{
    bot::{Arrived, Bot},
    dice::Dice,
    fault::{self, Named},
    leak::Search,
    plan::{Move, Order, Plan},
    report::{Kind, Report},
    verdict,
};

/// What came of a plan.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    pub(crate) fates: Vec<Doomed>,
}

pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) bots: Vec<Bot>,
    pub(crate) report: Report,
    dice: Dice,
    search: Search,
    planted: Vec<(&'static str, u64)>,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_A_DAY: Duration = Duration::from_secs(12 * 3600);

/// Without faults everybody is online again within this, or has said why not: what the service asked
/// to wait, a login that nobody confirmed, and what is retried once a minute all fit in.
const RECOVERY: Duration = Duration::from_secs(25 * 60);

/// The longest that a client waits after it was told "too often".
const PAUSE: Duration = Duration::from_secs(30 * 60);

/// Carries a plan out. `script`: what goes wrong on the network in place of the weather.
pub(crate) fn run(plan: &Plan, script: Option<&[Doomed]>) -> Outcome {
    let mut world = World::new(plan.setup.clone());
    world.keep_log();
    if let Some(script) = script {
        world.follow(script);
    }
    let mut dice = Dice::new(plan.seed, 1);
    let bots = plan.bots.iter().enumerate();
    let bots = bots.map(|(at, made)| {
        let dice = Dice::new(dice.next(), at as u64);
        let records = dice.clone().chance(100);
        let mut bot = Bot::new(at, made.clone(), dice);
        // Days of idle polls cost twice the time and show nothing new. What is drawn moves nothing else.
        bot.records = records && plan.length < HALF_A_DAY;
        bot
    });
    let mut scene = Scene {
        bots: bots.collect(),
        world,
        report: Report::default(),
        dice: Dice::new(plan.seed, 2),
        search: Search::of(SecretKind::opens_something),
        planted: Vec::new(),
    };
    // What is broken by then is looked at no more, but for what had befallen it.
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| scene.play(plan))) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref().copied());
        let text = text.unwrap_or("no words").to_owned();
        scene.report.violation(Kind::Panic, 0, text);
    }
    Outcome {
        fates: scene.world.fates().to_vec(),
        report: scene.report,
    }
}

impl Scene {
    fn play(&mut self, plan: &Plan) {
        for it in &plan.moves {
            self.advance(it.at.min(plan.length));
            self.carry_out(&it.what);
        }
        self.advance(plan.length);
        self.calm();
        self.finish();
        self.account(plan);
    }

    fn advance(&mut self, until: Duration) {
        while self.world.now() < until {
            let busy = self.bots.iter().any(|bot| !bot.is_online(&self.world));
            let slice = if busy {
                SECOND
            } else {
                self.dice.seconds(5, 60)
            };
            let next = self.bots.iter().filter_map(Bot::next).min();
            let mut to = (self.world.now() + slice).min(until);
            if let Some(next) = next {
                to = to.min(next.max(self.world.now() + Duration::from_millis(1)));
            }
            // Nobody is there to be asked every second.
            if busy && self.bots.iter().all(|bot| bot.peer.is_none()) {
                to = next.map_or(until, |next| next.min(until)).max(to);
            }
            self.world.run_for(to.saturating_sub(self.world.now()));
            self.tend();
        }
    }

    fn tend(&mut self) {
        for bot in &mut self.bots {
            bot.tend(&mut self.world, &mut self.report);
        }
        self.log();
        for bot in &self.bots {
            verdict::weigh(bot, &self.world, &mut self.report);
        }
    }

    /// What a careless program would have logged is to be searched.
    fn log(&mut self) {
        let mut log = self.world.take_log();
        for bot in &mut self.bots {
            log.push_str(&std::mem::take(&mut bot.log));
        }
        self.search.add(&log, self.world.server());
    }

    fn carry_out(&mut self, what: &Move) {
        let Self {
            world,
            bots,
            report,
            ..
        } = self;
        match what {
            // Nobody is there to do it.
            Move::Say(bot, _)
            | Move::Cancel(bot)
            | Move::Stall(bot, _)
            | Move::Close { bot, .. }
                if bots[*bot].is_asleep(world) => {}
            Move::Hear(bot, heard) => bots[*bot].hear(world, *heard),
            Move::Say(bot, order) => {
                bots[*bot].say(world, *order, report);
                verdict::weigh(&bots[*bot], world, report);
            }
            Move::Cancel(bot) => bots[*bot].cancel(world),
            Move::Stall(bot, on) => bots[*bot].stall(world, *on, report),
            Move::Sleep(bot, time) => bots[*bot].sleep(world, *time, report),
            Move::Crash(bot, down) => bots[*bot].crash(world, *down, report),
            Move::Close { bot, logout, down } => bots[*bot].close(world, *logout, *down),
            Move::Weather(weather) => world.set_weather(weather.clone()),
            Move::Outage => {
                report.fault("outage", 1);
                world.set_weather(Weather {
                    unreachable: 1000,
                    ..Weather::FAIR
                });
            }
            Move::Doom(endpoint, times, fate) => world.doom(endpoint, *times, *fate),
            Move::Plant {
                endpoint,
                times,
                bad,
                after,
            } => {
                self.planted.push((bad.name(), u64::from(*times)));
                if *after {
                    world
                        .server_mut()
                        .plant_after(endpoint, *times, bad.reply());
                } else {
                    world.server_mut().plant(endpoint, *times, bad.reply());
                }
            }
            Move::FalseAlarm(bot, selector) => self.mishap(
                *bot,
                "false alarm",
                Act::FalseAlarm {
                    selector: *selector,
                },
            ),
            Move::Kick(bot, code) => {
                let name = match code {
                    1100 => "session ends: 1100",
                    1101 => "session ends: 1101",
                    _ => "session ends: 1102",
                };
                self.mishap(*bot, name, Act::Kick { code: *code });
            }
            Move::LogOut(bot) => self.mishap(*bot, "logout on the phone", Act::LogOut),
            Move::CookiesExpire(bot) => self.mishap(*bot, "cookies end", Act::CookiesExpire),
            Move::Rate(rate) => self.deed("rate limit", rate.is_some(), Deed::Rate(*rate)),
            Move::RateOf(class, rate) => {
                self.deed("rate limit", rate.is_some(), Deed::RateOf(*class, *rate));
            }
            Move::Bar(on) => self.deed("accounts barred", *on, Deed::Bar(*on)),
            Move::DesktopOnly(on) => self.deed("desktop only", *on, Deed::DesktopOnly(*on)),
            Move::Push(on) => self.deed("no push", !*on, Deed::Push(*on)),
        }
        self.tend();
    }

    fn mishap(&mut self, bot: usize, name: &'static str, act: Act) {
        if self.bots[bot].act(&mut self.world, act).is_some() {
            self.report.fault(name, 1);
        }
    }

    fn deed(&mut self, name: &'static str, begins: bool, deed: Deed) {
        if self.world.act(deed).is_ok() && begins {
            self.report.fault(name, 1);
        }
    }

    /// All faults stop.
    fn calm(&mut self) {
        self.world.set_weather(Weather::FAIR);
        self.world.pardon();
        for (reply, times) in self.world.server_mut().unplant() {
            let name = reply.extensions().get::<Named>().map_or("", |it| it.0);
            if let Some(it) = self.planted.iter_mut().find(|it| it.0 == name && it.1 > 0) {
                it.1 = it.1.saturating_sub(u64::from(times));
            }
        }
        for (name, times) in std::mem::take(&mut self.planted) {
            self.report.fault(name, times);
        }
        for deed in [
            Deed::Rate(None),
            Deed::Bar(false),
            Deed::DesktopOnly(false),
            Deed::Push(true),
        ] {
            let _ = self.world.act(deed);
        }
        for class in fault::CLASSES {
            let _ = self.world.act(Deed::RateOf(class, None));
        }
        let now = self.world.now();
        for bot in &mut self.bots {
            bot.calm = true;
            bot.awaken(&mut self.world);
            bot.stall(&mut self.world, false, &mut self.report);
            if bot.peer.is_none() {
                bot.restart = Some(now);
            }
        }
        let until = now + RECOVERY;
        while self.world.now() < until {
            let is_well = |bot: &Bot| bot.is_online(&self.world) && bot.restart.is_none();
            if self.bots.iter().all(is_well) {
                break;
            }
            self.advance(self.world.now() + 5 * SECOND);
        }
        for bot in &self.bots {
            if !bot.is_online(&self.world) {
                let phase = bot.peer.map(|peer| self.world.client(peer).phase());
                let text = format!("{phase:?} {RECOVERY:?} after the last fault");
                self.report.violation(Kind::Stuck, bot.index, text);
            }
        }
        // What the service wanted to be left alone with is left alone until it is over.
        let paced = self.bots.iter().map(|bot| bot.paced).max();
        let paced = paced.map_or(Duration::ZERO, |until| until.min(self.world.now() + PAUSE));
        self.advance(paced.max(self.world.now() + 5 * MINUTE));
    }

    /// Everybody still hears and is heard; then they log out.
    fn finish(&mut self) {
        for bot in &mut self.bots {
            bot.hear(&mut self.world, crate::plan::Heard::Texts(1));
            bot.say(&mut self.world, Order::LastText, &mut self.report);
        }
        self.advance(self.world.now() + 30 * MINUTE);
        for bot in &self.bots {
            verdict::judge_waiting(bot, &self.world, &mut self.report);
            verdict::judge_heard(bot, &self.world, &mut self.report);
        }
        let logout = wx_proto::Close {
            logout: true,
            drain: 10 * SECOND,
        };
        for bot in &mut self.bots {
            bot.leave(&mut self.world, logout);
        }
        self.world.run_for(MINUTE);
        let clients = self
            .bots
            .iter()
            .filter_map(|bot| Some((bot.index, bot.peer?)));
        for (at, peer) in clients.collect::<Vec<_>>() {
            if !self.world.client(peer).is_drained() {
                let phase = self.world.client(peer).phase();
                debug_assert!(phase >= Phase::Closing);
                let text = format!("{phase:?} a minute after the logout");
                self.report.violation(Kind::Stuck, at, text);
            }
        }
        self.tend();
        for bot in &mut self.bots {
            bot.bury(&self.world, &mut self.report);
        }
    }

    fn account(&mut self, plan: &Plan) {
        let mut arrived = Arrived::new();
        let server = self.world.server();
        for received in server.received().chain(server.revoked()) {
            let what = match received.what.media() {
                Some(media) => media.md5.clone(),
                None => received.text.clone(),
            };
            let chats = arrived.entry(what).or_default();
            chats.push(received.chat.clone());
        }
        for bot in &self.bots {
            bot.judge_said(&arrived, &mut self.report);
        }
        self.search.search(self.world.server());
        for text in self.search.take() {
            self.report.violation(Kind::Leak, 0, text);
        }
        self.report.log = self.search.searched;
        verdict::judge_deeds(&self.bots, &self.world, &mut self.report);
        for text in self.world.violations().to_vec() {
            self.report.violation(Kind::Contract, 0, text);
        }
        let sessions = self.world.server().sessions();
        let refused = |it: &&Record| verdict::is_our_fault(it, &sessions);
        for record in self.world.server().faults().filter(refused) {
            let text = record.to_string();
            self.report.violation(Kind::Contract, 0, text);
        }
        for doomed in self.world.fates() {
            if doomed.fate != Fate::Arrives {
                let name = fault::name_of(doomed.fate);
                *self.report.faults.entry(name).or_default() += 1;
            }
        }
        let sessions = self.bots.len() as u64;
        let day = Duration::from_secs(86_400);
        self.report.worlds = 1;
        self.report.sessions = sessions;
        self.report.long_sessions = if plan.length >= day { sessions } else { 0 };
        self.report.requests = self.world.exchanges();
        let lives = u32::try_from(sessions).unwrap_or(1);
        self.report.virtual_time = self.world.now() * lives;
    }
}

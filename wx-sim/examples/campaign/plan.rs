//! What happens in a world, all of it decided before it begins: so that parts can be taken away.

use std::time::Duration;

use wx_proto::{CatchUp, Config, Pace};
use wx_sim::{
    net::{Fate, Weather},
    server::{Cast, Class, Door, Family, Language, Phone, Rate, Setup},
};

use crate::{
    dice::Dice,
    fault::{self, Bad},
};

/// One world: a service, and the sessions of one to three accounts.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) world: u64,
    pub(crate) seed: u64,
    pub(crate) setup: Setup,
    pub(crate) bots: Vec<Application>,
    pub(crate) moves: Vec<Timed>,
    /// Until the weather clears and all faults stop.
    pub(crate) length: Duration,
}

/// How one account's application is made.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    pub(crate) config: Config,
    /// Of 1,000 snapshots so many are not written: a full disk.
    pub(crate) saves_lost: u64,
    /// Of 1,000 events so many are not acknowledged at once.
    pub(crate) lazy: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Timed {
    pub(crate) at: Duration,
    pub(crate) what: Move,
}

#[derive(Clone, Debug)]
pub(crate) enum Move {
    /// Something happens to an account.
    Hear(usize, Heard),
    /// An application wants something.
    Say(usize, Order),
    /// An application thinks better of its latest command.
    Cancel(usize),
    /// An application stops to read, or reads again.
    Stall(usize, bool),
    /// A process dies, and comes back after a while.
    Crash(usize, Duration),
    /// A machine falls asleep for a while.
    Sleep(usize, Duration),
    /// A session is closed by its application, and comes back after a while.
    Close {
        bot: usize,
        logout: bool,
        down: Duration,
    },
    Weather(Weather),
    /// Nothing gets through for a while: the weather of before comes back by a move of its own.
    Outage,
    Doom(&'static str, u32, Fate),
    Plant {
        endpoint: &'static str,
        times: u32,
        bad: Bad,
        after: bool,
    },
    FalseAlarm(usize, u32),
    Kick(usize, i64),
    LogOut(usize),
    CookiesExpire(usize),
    Rate(Option<Rate>),
    RateOf(Class, Option<Rate>),
    Bar(bool),
    DesktopOnly(bool),
    Push(bool),
}

impl Move {
    /// Whether it is one of the faults, not of the traffic.
    pub(crate) const fn is_fault(&self) -> bool {
        !matches!(self, Self::Hear(..) | Self::Say(..))
    }
}

/// What an account gets to hear.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Heard {
    Texts(u32),
    RoomTexts { times: u32, mention: bool },
    OwnText,
    Image,
    Piece(u8),
    Notice,
    Raw,
    Recall,
    Request(u8),
    People(u8),
    Phone(u8),
}

/// What an application does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Text {
        keyed: bool,
    },
    /// When all is well: to a chat that is always there.
    LastText,
    Image,
    File {
        len: u32,
    },
    Fetch,
    Recall,
    Other(u8),
}

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

impl Plan {
    /// How many sessions a world has.
    pub(crate) fn sessions_of(seed: u64, world: u64) -> usize {
        Dice::new(seed, world).index(3) + 1
    }

    pub(crate) fn draw(seed: u64, world: u64, sessions: usize) -> Self {
        let dice = &mut Dice::new(seed, world ^ (1 << 40));
        let length = match dice.below(100) {
            0..36 => dice.seconds(DAY, 2 * DAY + 12 * HOUR),
            36..60 => dice.seconds(HOUR, 12 * HOUR),
            _ => dice.seconds(5 * MINUTE, HOUR),
        };
        let bots = (0..sessions).map(|_| application(dice)).collect();
        let mut moves = Vec::new();
        for bot in 0..sessions {
            traffic(dice, bot, length, &mut moves);
            mishaps(dice, bot, length, &mut moves);
        }
        faults(dice, length, &mut moves);
        moves.sort_by_key(|it| it.at);
        Self {
            world,
            seed: dice.next(),
            setup: setup(dice),
            bots,
            moves,
            length,
        }
    }
}

fn setup(dice: &mut Dice) -> Setup {
    let mut setup = Setup {
        seed: dice.next(),
        family: dice.pick(&Family::ALL),
        phone: Phone::Manual,
        cast: if dice.chance(30) {
            Cast::Odd
        } else {
            Cast::Everyday
        },
        language: dice.pick(&[Language::ZhCn, Language::En]),
        push: dice.chance(800),
        door: dice.pick(&[
            Door::Usual,
            Door::Usual,
            Door::Moved { location: true },
            Door::Moved { location: false },
        ]),
        push_at_main: dice.chance(100),
        plain_ids: dice.chance(100),
        ..Setup::default()
    };
    setup.limits.sync_page = usize::from(dice.pick(&[3_u8, 10, 20, 20]));
    setup
}

fn application(dice: &mut Dice) -> Application {
    let mut config = Config::default();
    if dice.chance(700) {
        config.pace = Pace::FREE;
    }
    config.catch_up = if dice.chance(100) {
        CatchUp::Skip
    } else {
        CatchUp::Deliver
    };
    config.relogin.push = dice.chance(800);
    let limits = &mut config.limits;
    limits.in_flight = dice.pick(&[1, 2, 5, 5, 8]);
    limits.transfers = dice.pick(&[1, 2, 2]);
    limits.backlog = dice.pick(&[4, 16, 64, 1024]);
    limits.seen_messages = dice.pick(&[64, 256, 1024]);
    limits.outbox = dice.pick(&[16, 1024]);
    Application {
        config,
        saves_lost: dice.pick(&[0, 0, 0, 200, 800]),
        lazy: dice.pick(&[0, 100, 500, 900]),
    }
}

/// Messages and commands, as many in a short life as in a long one.
fn traffic(dice: &mut Dice, bot: usize, length: Duration, moves: &mut Vec<Timed>) {
    let mut add = |dice: &mut Dice, what: Move| {
        let at = moment(dice, length);
        moves.push(Timed { at, what });
    };
    for _ in 0..dice.between(30, 76) {
        let heard = match dice.below(100) {
            0..45 => Heard::Texts(dice.small(1, 4)),
            45..65 => Heard::RoomTexts {
                times: dice.small(1, 4),
                mention: dice.chance(300),
            },
            65..68 => Heard::Texts(dice.small(10, 60)),
            68..72 => Heard::OwnText,
            72..77 => Heard::Image,
            77..81 => Heard::Piece(u8::try_from(dice.below(256)).unwrap_or(0)),
            81..83 => Heard::Notice,
            83..85 => Heard::Raw,
            85..88 => Heard::Recall,
            88..90 => Heard::Request(u8::try_from(dice.below(3)).unwrap_or(0)),
            90..95 => Heard::People(u8::try_from(dice.below(256)).unwrap_or(0)),
            _ => Heard::Phone(u8::try_from(dice.below(256)).unwrap_or(0)),
        };
        add(dice, Move::Hear(bot, heard));
    }
    for _ in 0..dice.between(5, 40) {
        let order = match dice.below(100) {
            0..55 => Order::Text {
                keyed: dice.chance(500),
            },
            55..63 => Order::Image,
            63..66 => Order::File {
                len: dice.small(500, 4000),
            },
            66..67 => Order::File { len: 700_000 },
            67..75 => Order::Fetch,
            75..79 => Order::Recall,
            _ => Order::Other(u8::try_from(dice.below(256)).unwrap_or(0)),
        };
        add(dice, Move::Say(bot, order));
    }
    // More at once than may be on their way together.
    for _ in 0..dice.below(3) {
        let at = moment(dice, length);
        for _ in 0..dice.between(8, 20) {
            let what = Move::Say(bot, Order::Fetch);
            moves.push(Timed { at, what });
        }
    }
}

fn moment(dice: &mut Dice, length: Duration) -> Duration {
    let most = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(dice.below(most))
}

/// What befalls one account, its session, or the process behind it.
fn mishaps(dice: &mut Dice, bot: usize, length: Duration, moves: &mut Vec<Timed>) {
    let is_long = length >= Duration::from_secs(HOUR);
    let mut add = |at: Duration, what: Move| moves.push(Timed { at, what });
    for _ in 0..dice.below(if is_long { 4 } else { 3 }) {
        let down = match dice.below(10) {
            0..6 => dice.seconds(0, 60),
            6..9 => dice.seconds(60, HOUR),
            _ => dice.seconds(HOUR, 14 * HOUR),
        };
        let at = moment(dice, length);
        add(at, Move::Crash(bot, down));
        // Many die while they have much to do.
        if dice.chance(700) {
            let before = at.saturating_sub(dice.seconds(1, 5));
            add(before, Move::Hear(bot, Heard::Texts(dice.small(1, 6))));
        }
    }
    if dice.chance(150) {
        let at = moment(dice, length);
        let down = dice.seconds(0, 600);
        let logout = dice.chance(400);
        add(at, Move::Close { bot, logout, down });
    }
    if dice.chance(300) {
        let at = moment(dice, length);
        add(at, Move::Stall(bot, true));
        let until = at + dice.seconds(5, 2 * HOUR);
        add(until, Move::Stall(bot, false));
    }
    for _ in 0..dice.below(3) {
        let at = moment(dice, length);
        let time = match dice.below(10) {
            0..4 => dice.seconds(5, 600),
            4..9 => dice.seconds(600, 3 * HOUR),
            _ => dice.seconds(3 * HOUR, 14 * HOUR),
        };
        add(at, Move::Sleep(bot, time));
    }
    for _ in 0..dice.below(3) {
        let at = moment(dice, length);
        add(at, Move::Cancel(bot));
    }
    for _ in 0..dice.below(3) {
        let at = moment(dice, length);
        add(at, Move::FalseAlarm(bot, dice.small(1, 7)));
    }
    for (chance, what) in [
        (200, Move::Kick(bot, 1100)),
        (200, Move::Kick(bot, 1101)),
        (200, Move::Kick(bot, 1102)),
        (200, Move::LogOut(bot)),
        (200, Move::CookiesExpire(bot)),
    ] {
        if dice.chance(chance) {
            add(moment(dice, length), what);
        }
    }
}

/// What befalls everybody.
fn faults(dice: &mut Dice, length: Duration, moves: &mut Vec<Timed>) {
    let mut add = |at: Duration, what: Move| moves.push(Timed { at, what });
    for _ in 0..dice.between(1, 3) {
        let at = moment(dice, length);
        add(at, Move::Weather(fault::foul(dice)));
        let until = at + dice.seconds(60, 2 * HOUR);
        add(until, Move::Weather(Weather::FAIR));
    }
    // Some only come up: the login begins in a storm.
    if dice.chance(300) {
        add(Duration::ZERO, Move::Weather(fault::foul(dice)));
    }
    if dice.chance(280) {
        let at = moment(dice, length);
        add(at, Move::Outage);
        let until = at + dice.seconds(30, 3 * HOUR);
        add(until, Move::Weather(Weather::FAIR));
    }
    for _ in 0..dice.below(6) {
        let endpoint = endpoint(dice);
        let at = moment(dice, length);
        add(
            at,
            Move::Doom(endpoint, dice.small(1, 8), fault::fate(dice)),
        );
    }
    for _ in 0..dice.between(4, 14) {
        let endpoint = endpoint(dice);
        let after = dice.chance(350);
        let at = if dice.chance(150) {
            Duration::ZERO
        } else {
            moment(dice, length)
        };
        let bad = fault::bad(dice, endpoint, after);
        let times = match bad {
            // Enough to tell a client that waits from one that does not.
            Bad::NotHeld => dice.small(200, 600),
            _ => dice.small(1, 3),
        };
        add(
            at,
            Move::Plant {
                endpoint,
                times,
                bad,
                after,
            },
        );
    }
    // What waits cannot be read. Three times in a row are a gap, and after six a client passes over it.
    if dice.chance(250) {
        let at = moment(dice, length);
        let bad = dice.pick(&[
            Bad::Html,
            Bad::Noise,
            Bad::CutGzip,
            Bad::Nested,
            Bad::Null,
            Bad::Status(404),
            Bad::Redirect,
        ]);
        add(
            at,
            Move::Plant {
                endpoint: "webwxsync",
                times: dice.small(2, 9),
                bad,
                after: false,
            },
        );
        add(at, Move::Hear(0, Heard::Texts(2)));
    }
    if dice.chance(500) {
        let at = moment(dice, length);
        let until = at + dice.seconds(60, HOUR);
        let rate = Rate {
            texts: dice.small(0, 5),
            window: Duration::from_secs(60),
        };
        if dice.chance(600) {
            add(at, Move::Rate(Some(rate)));
            add(until, Move::Rate(None));
        } else {
            let class = dice.pick(&[Class::Lookup, Class::Remark, Class::Recall, Class::Upload]);
            add(at, Move::RateOf(class, Some(rate)));
            add(until, Move::RateOf(class, None));
        }
    }
    let mut toggle = |chance: u64, begin: Move, end: Move| {
        if dice.chance(chance) {
            let at = match dice.chance(500) {
                true => Duration::ZERO,
                false => moment(dice, length),
            };
            let until = at + dice.seconds(60, HOUR);
            moves.push(Timed { at, what: begin });
            moves.push(Timed {
                at: until,
                what: end,
            });
        }
    };
    toggle(350, Move::Bar(true), Move::Bar(false));
    toggle(350, Move::DesktopOnly(true), Move::DesktopOnly(false));
    toggle(350, Move::Push(false), Move::Push(true));
}

fn endpoint(dice: &mut Dice) -> &'static str {
    match dice.below(10) {
        0..5 => dice.pick(&fault::LIFE),
        5..8 => dice.pick(&fault::SENDS),
        _ => dice.pick(&fault::CALLS),
    }
}

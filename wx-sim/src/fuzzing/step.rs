//! What may happen, one step after the other.

use wx_proto::{TransportErrorKind, fuzzing::Feed};

use crate::{net::Fate, server::Act, world::Reading};

/// One thing that happens. What is picked from a list is picked modulo its length, and nothing
/// happens if there is nothing to pick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Time passes, in milliseconds.
    Wait(u32),
    /// Time passes until the client is online, for ten minutes at most.
    Online,
    /// A friend writes.
    Heard,
    /// One of [`ACTS`] happens.
    Happens(u8),
    /// The application says something.
    Say {
        /// Where.
        chat: u8,
        /// 0: nothing, which is refused; so is any multiple of 4.
        len: u8,
    },
    /// The application orders something else.
    Do {
        /// What.
        what: u8,
        /// About whom.
        chat: u8,
        /// What the command reads from or writes to.
        lent: Lent,
    },
    /// A command is cancelled, complete or not.
    Cancel(u8),
    /// The application reads in another way.
    Read(Reading),
    /// The application is done with an event that it took and did not acknowledge.
    Acknowledge(u8),
    /// The network gets worse, by so many faults of each kind per 1,000, or better.
    Storm(u32),
    /// The next requests to one of [`ENDPOINTS`] meet a fate.
    Doom {
        /// Which endpoint.
        at: u8,
        /// How many requests.
        times: u32,
        /// What becomes of them.
        fate: Fate,
    },
    /// The next requests to one of [`ENDPOINTS`] are answered with a code.
    Refuse {
        /// Which endpoint.
        at: u8,
        /// How many requests.
        times: u32,
        /// The code.
        ret: i32,
    },
    /// The next requests to one of [`ENDPOINTS`] are answered with these bytes.
    Garble {
        /// Which endpoint.
        at: u8,
        /// How many requests.
        times: u32,
        /// Whether they are carried out all the same.
        after: bool,
        /// The status.
        status: u16,
        /// The bytes.
        body: Vec<u8>,
    },
    /// The session is closed.
    Close {
        /// With a logout.
        logout: bool,
        /// Seconds for what was submitted.
        drain: u32,
    },
    /// The process dies, and another one goes on from what could have been saved.
    Crash,
}

/// What a command is given to read from and to write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lent {
    /// Nothing.
    Nothing,
    /// So many bytes to read.
    Source(usize),
    /// Something to write to.
    Sink,
}

/// Every endpoint of a session, those that a command asks behind the others.
pub const ENDPOINTS: [&str; 21] = [
    "jslogin",
    "login",
    "webwxnewloginpage",
    "webwxinit",
    "webwxstatusnotify",
    "webwxgetcontact",
    "webwxbatchgetcontact",
    "synccheck",
    "webwxsync",
    "webwxsendmsg",
    "webwxuploadmedia",
    "webwxsendmsgimg",
    "webwxsendappmsg",
    "webwxgeticon",
    "webwxgetheadimg",
    "webwxoplog",
    "webwxverifyuser",
    "webwxsearchcontact",
    "webwxcreatechatroom",
    "webwxupdatechatroom",
    "webwxstatreport",
];

/// What happens at the service, besides a friend's words.
pub const ACTS: [fn() -> Act; 12] = [
    || Act::FalseAlarm { selector: 2 },
    || Act::FalseAlarm { selector: 7 },
    || Act::Kick { code: 1100 },
    || Act::Kick { code: 1101 },
    || Act::Kick { code: 1102 },
    || Act::LogOut,
    || Act::CookiesExpire,
    || Act::RoomText {
        room: ROOM.to_owned(),
        from: FRIEND.to_owned(),
        text: "all of you".to_owned(),
        mention: true,
    },
    || Act::OwnText {
        to: FRIEND.to_owned(),
        text: "from the phone".to_owned(),
    },
    || Act::Notice {
        chat: FRIEND.to_owned(),
        text: "a notice".to_owned(),
    },
    || Act::FriendRequest {
        plain: "wxid_newcomer1".to_owned(),
        nick: "Newcomer".to_owned(),
        words: "let me in".to_owned(),
    },
    || Act::Renamed {
        room: ROOM.to_owned(),
        by: FRIEND.to_owned(),
        topic: "another name".to_owned(),
    },
];

/// Somebody whom every account knows, and a room with both in it.
pub(super) const FRIEND: &str = "wxid_anna7c20x1";
const ROOM: &str = "10241024@chatroom";

const RETS: [i32; 10] = [-1, -2, -14, 1, 3, 1101, 1200, 1204, 1205, 77];

const STATUSES: [u16; 8] = [200, 200, 200, 200, 204, 302, 404, 503];

const READINGS: [Reading; 3] = [Reading::Prompt, Reading::Manual, Reading::Stalled];

const FATES: [Fate; 8] = [
    Fate::Fails(TransportErrorKind::Connect),
    Fate::Fails(TransportErrorKind::Reset),
    Fate::Unheard(TransportErrorKind::Reset),
    Fate::Unheard(TransportErrorKind::NotHttp),
    Fate::Stalls,
    Fate::Truncated(500),
    Fate::Truncated(999),
    Fate::Unavailable,
];

impl Step {
    /// The next step of an input.
    pub fn read(feed: &mut Feed<'_>) -> Option<Self> {
        if feed.is_empty() {
            return None;
        }
        let few = |byte: u8| u32::from(byte & 3) + 1;
        Some(match feed.byte() & 15 {
            0 => Self::Heard,
            1 => Self::Wait(u32::from(feed.word()) * 4),
            2 => Self::Happens(feed.byte()),
            3 => Self::Say {
                chat: feed.byte(),
                len: feed.byte(),
            },
            4 => Self::Do {
                what: feed.byte(),
                chat: feed.byte(),
                lent: match feed.byte() {
                    byte @ 0..=63 => Lent::Source(usize::from(byte) * 100),
                    64..=127 => Lent::Sink,
                    _ => Lent::Nothing,
                },
            },
            5 => Self::Cancel(feed.byte()),
            6 => Self::Read(feed.pick(&READINGS).unwrap_or(Reading::Prompt)),
            7 => Self::Acknowledge(feed.byte()),
            8 => Self::Storm(u32::from(feed.byte() & 63)),
            9 => Self::Doom {
                at: feed.byte(),
                times: few(feed.byte()),
                fate: feed.pick(&FATES).unwrap_or(Fate::Stalls),
            },
            10 => Self::Refuse {
                at: feed.byte(),
                times: few(feed.byte()),
                ret: feed.pick(&RETS).unwrap_or_default(),
            },
            11 => {
                let (at, how) = (feed.byte(), feed.byte());
                Self::Garble {
                    at,
                    times: few(how),
                    after: how & 4 != 0,
                    status: STATUSES.get(usize::from(how >> 5)).copied().unwrap_or(200),
                    body: feed.run().to_vec(),
                }
            }
            12 => Self::Crash,
            13 => Self::Close {
                logout: feed.byte() & 1 != 0,
                drain: u32::from(feed.byte() & 31),
            },
            _ => Self::Online,
        })
    }

    /// Writes the step as [`read`](Self::read) reads it, as far as there is a way to.
    pub fn write(&self, out: &mut Vec<u8>) {
        let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        let few = |times: u32| byte(times.saturating_sub(1)) & 3;
        match self {
            Self::Heard => out.push(0),
            Self::Wait(ms) => {
                let ms = u16::try_from(ms / 4).unwrap_or(u16::MAX);
                out.push(1);
                out.extend(ms.to_le_bytes());
            }
            Self::Happens(which) => out.extend([2, *which]),
            Self::Say { chat, len } => out.extend([3, *chat, *len]),
            Self::Do { what, chat, lent } => {
                let lent = match lent {
                    Lent::Source(len) => u8::try_from(len / 100).unwrap_or(63).min(63),
                    Lent::Sink => 64,
                    Lent::Nothing => 128,
                };
                out.extend([4, *what, *chat, lent]);
            }
            Self::Cancel(which) => out.extend([5, *which]),
            Self::Read(reading) => out.extend([6, place(&READINGS, reading)]),
            Self::Acknowledge(which) => out.extend([7, *which]),
            Self::Storm(rate) => out.extend([8, byte(*rate)]),
            Self::Doom { at, times, fate } => {
                out.extend([9, *at, few(*times), place(&FATES, fate)]);
            }
            Self::Refuse { at, times, ret } => {
                out.extend([10, *at, few(*times), place(&RETS, ret)]);
            }
            Self::Garble {
                at,
                times,
                after,
                status,
                body,
            } => {
                let how = few(*times) | u8::from(*after) << 2 | place(&STATUSES, status) << 5;
                let len = u16::try_from(body.len()).unwrap_or(u16::MAX);
                out.extend([11, *at, how]);
                out.extend(len.to_le_bytes());
                out.extend(body.iter().take(len.into()));
            }
            Self::Crash => out.push(12),
            Self::Close { logout, drain } => out.extend([13, (*logout).into(), byte(*drain)]),
            Self::Online => out.push(14),
        }
    }
}

/// Where something stands in a list, or the first place.
fn place<T: PartialEq>(list: &[T], what: &T) -> u8 {
    let place = list.iter().position(|it| it == what);
    place
        .and_then(|at| u8::try_from(at).ok())
        .unwrap_or_default()
}

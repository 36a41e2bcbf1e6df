//! What a caller decides before the session starts.

mod browser;

pub use browser::Browser;

use std::time::Duration;

use crate::hosts::{Family, Hosts};

/// Settings of one [`Client`](crate::Client). Start from [`Config::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What the client says it is.
    pub browser: Browser,
    /// The real hosts, or one base URL in place of all of them.
    pub hosts: Hosts,
    /// Where the login starts. The account may live in another family; the service says so. Only
    /// from one of the page for the file helper alone ([`Family::FILE_HELPER`] and its like) does a
    /// login lead to such a family, and to no other; a snapshot of the other kind of page is not
    /// resumed.
    pub entry: &'static Family,
    /// What a login may ask of the account's owner.
    pub relogin: Relogin,
    /// Bounds on memory, time and tries.
    pub limits: Limits,
    /// How fast commands leave.
    pub pace: Pace,
    /// What becomes of messages that were waiting when the session was resumed.
    pub catch_up: CatchUp,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            browser: Browser::default(),
            hosts: Hosts::Real,
            entry: Family::WX,
            relogin: Relogin::default(),
            limits: Limits::default(),
            pace: Pace::default(),
            catch_up: CatchUp::Deliver,
        }
    }
}

/// What a login may ask of the account's owner.
///
/// A client that [resumes](crate::Client::resume) first asks the service whether the session is
/// still there. If it is not, or there was none, the ways in are tried in this order, as far as they
/// are allowed here: a question on the phone, then a QR code. Either needs a tap on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relogin {
    /// The service may be asked to push the login to the phone: no QR code, one tap. That needs
    /// the snapshot of an earlier login, and is tried once; declined, ignored for five minutes or
    /// refused by the service, it gives way to the next. By default it may.
    pub push: bool,
    /// A QR code may be shown. By default it may; for a client that runs where nobody would see one,
    /// the session then ends with [`EndCause::NeedsScan`](crate::EndCause::NeedsScan).
    pub scan: bool,
    /// After our own logout, [`Ended::again`](crate::Ended::again) holds what a push login needs,
    /// which is not the session any more: the account's number, and the cookies by which the
    /// service knows this device again. By default a logout leaves nothing behind.
    pub after_logout: bool,
}

impl Default for Relogin {
    fn default() -> Self {
        Self {
            push: true,
            scan: true,
            after_logout: false,
        }
    }
}

/// Bounds on memory, time and tries.
///
/// What a session cannot live with is not taken at its word: see the least of each.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Commands on the wire at once; the login, the poll, the sync and the logout have places of
    /// their own. A browser opens six connections to a host, the poll holds one. At least 1.
    pub in_flight: usize,
    /// Events that were not read and acknowledged; beyond it, messages wait at the service, as they do
    /// while unread events hold 64 MiB. At least 1.
    pub backlog: usize,
    /// Submitted commands that have not completed; more are refused.
    pub outbox: usize,
    /// Uploads and downloads at once, of those on the wire. Each upload holds one block of 512 KiB.
    /// At least 1.
    pub transfers: usize,
    /// The largest picture or sticker that is sent, in bytes.
    pub image: u64,
    /// The largest video that is sent, in bytes. The official page refuses those of 20 MiB.
    pub video: u64,
    /// The largest file that is sent, in bytes.
    pub file: u64,
    /// The most that one download hands to a sink, in bytes.
    pub download: u64,
    /// QR codes that are shown before the login gives up. The official page stops after five
    /// fresh ones as well.
    pub qr_rounds: u32,
    /// Message ids that are remembered, so that none is delivered twice.
    pub seen_messages: usize,
    /// How long `Online` waits for the address book, so that the first messages have names.
    pub roster_wait: Duration,
    /// Without a reply that makes sense for so long, the session is checked. At least 30 seconds:
    /// the service holds a poll for nearly as long.
    pub watchdog: Duration,
    /// Without a reply that makes sense for so long, the session is over for this client. The
    /// service may still know it: see [`Ended::again`](crate::Ended::again). What the machine slept
    /// through does not count. At least 30 seconds.
    pub unreachable: Duration,
}

/// A poll without news takes the service 25 seconds, and the way there and back.
const LEAST_PATIENCE: Duration = Duration::from_secs(30);

impl Limits {
    /// With less than that a session would hear nothing, send nothing, or do nothing but check
    /// itself.
    pub(crate) fn at_least_livable(self) -> Self {
        Self {
            in_flight: self.in_flight.max(1),
            backlog: self.backlog.max(1),
            transfers: self.transfers.max(1),
            watchdog: self.watchdog.max(LEAST_PATIENCE),
            unreachable: self.unreachable.max(LEAST_PATIENCE),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 5,
            backlog: 1024,
            outbox: 1024,
            transfers: 2,
            image: 20 << 20,
            video: (20 << 20) - 1,
            file: 100 << 20,
            download: 256 << 20,
            qr_rounds: 5,
            seen_messages: 1024,
            roster_wait: Duration::from_secs(5),
            watchdog: Duration::from_secs(180),
            unreachable: Duration::from_secs(3600),
        }
    }
}

/// How fast commands leave, by class: a token bucket for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Texts. By default a burst of five, then one per second: bulk senders reported blocks below
    /// that spacing.
    pub text: Rate,
    /// Pictures, videos, stickers, files and what is forwarded: blocked sooner than texts.
    pub media: Rate,
    /// Friend requests and answers to them: what gets accounts banned.
    pub contact: Rate,
    /// Making, filling, naming and leaving rooms.
    pub room: Rate,
    /// Everything else: recalls, remarks, lookups.
    pub call: Rate,
    /// How long a queued command waits when the service says "too often", before it fails.
    pub wait: Duration,
}

/// A token bucket: a burst, then one per interval, or a little less often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rate {
    /// What may go out at once after a pause.
    pub burst: u32,
    /// After the burst, one in each such interval. Zero sets the pace free.
    pub interval: Duration,
}

impl Rate {
    /// No pacing at all.
    pub const FREE: Self = Self::new(u32::MAX, Duration::ZERO);

    /// A burst, then one per interval.
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval }
    }
}

impl Pace {
    /// No pacing at all: for simulated services.
    pub const FREE: Self = Self {
        text: Rate::FREE,
        media: Rate::FREE,
        contact: Rate::FREE,
        room: Rate::FREE,
        call: Rate::FREE,
        wait: Duration::from_secs(600),
    };

    /// Texts at that rate, everything else by default.
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self {
            text: Rate::new(burst, interval),
            media: Rate::new(3, Duration::from_secs(3)),
            contact: Rate::new(2, Duration::from_secs(30)),
            room: Rate::new(2, Duration::from_secs(10)),
            call: Rate::new(10, Duration::from_millis(500)),
            wait: Duration::from_secs(600),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(5, Duration::from_secs(1))
    }
}

/// What becomes of messages that were waiting when the session was resumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CatchUp {
    /// They are delivered, marked as such.
    #[default]
    Deliver,
    /// They are left out.
    Skip,
}

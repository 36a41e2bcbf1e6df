//! What a caller decides before the session starts.

use std::time::Duration;

use http::HeaderValue;

use crate::hosts::{Family, Hosts};

/// Settings of one [`Client`](crate::Client). Start from [`Config::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What the client says it is.
    pub browser: Browser,
    /// The real hosts, or one base URL in place of all of them.
    pub hosts: Hosts,
    /// Where the login starts. The account may live in another family; the service says so.
    pub entry: &'static Family,
    /// Bounds on memory, time and tries.
    pub limits: Limits,
    /// How fast messages leave.
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
            limits: Limits::default(),
            pace: Pace::default(),
            catch_up: CatchUp::Deliver,
        }
    }
}

/// What the client says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Browser {
    /// The `User-Agent` header. The service wants one.
    pub user_agent: HeaderValue,
    /// The `Accept-Language` header.
    pub accept_language: HeaderValue,
    /// The `lang` parameter: `zh_CN`, `en_US`, …
    pub lang: String,
    /// The client is the desktop one, which is the same page in a window of its own. Accounts that
    /// are refused on the web may be let in there.
    pub desktop: bool,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            user_agent: HeaderValue::from_static(
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/120.0.0.0 Safari/537.36",
            ),
            accept_language: HeaderValue::from_static("zh-CN,zh;q=0.9,en;q=0.8"),
            lang: "zh_CN".into(),
            desktop: false,
        }
    }
}

/// Bounds on memory, time and tries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Commands on the wire at once; the login, the poll, the sync and the logout have places of
    /// their own. A browser opens six connections to a host, the poll holds one.
    pub in_flight: usize,
    /// Events that were not read and acknowledged; beyond it, messages wait at the service.
    pub backlog: usize,
    /// Submitted commands that have not completed; more are refused.
    pub outbox: usize,
    /// QR codes that are shown before the login gives up. The official page stops after five
    /// fresh ones as well.
    pub qr_rounds: u32,
    /// Message ids that are remembered, so that none is delivered twice.
    pub seen_messages: usize,
    /// How long `Online` waits for the address book, so that the first messages have names.
    pub roster_wait: Duration,
    /// Without a reply that makes sense for so long, the session is checked.
    pub watchdog: Duration,
    /// Without a reply that makes sense for so long, the session is over for this client. The
    /// service may still know it: see [`Ended::again`](crate::Ended::again).
    pub unreachable: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            in_flight: 5,
            backlog: 1024,
            outbox: 1024,
            qr_rounds: 5,
            seen_messages: 1024,
            roster_wait: Duration::from_secs(5),
            watchdog: Duration::from_secs(180),
            unreachable: Duration::from_secs(3600),
        }
    }
}

/// How fast messages leave: a token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Sends that may go out at once after a pause.
    pub burst: u32,
    /// After the burst, one send in each such interval. Zero sets the pace free.
    pub interval: Duration,
    /// How long queued texts wait when the service says "too often", before they fail.
    pub wait: Duration,
}

impl Pace {
    /// No pacing at all: for simulated services.
    pub const FREE: Self = Self {
        burst: u32::MAX,
        interval: Duration::ZERO,
        wait: Duration::from_secs(600),
    };

    /// A burst, then one send per interval.
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self {
            burst,
            interval,
            wait: Duration::from_secs(600),
        }
    }
}

impl Default for Pace {
    /// A burst of five, then one per second: bulk senders reported blocks below that spacing.
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

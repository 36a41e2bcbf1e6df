//! How a recorded client was made.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::veil::Veil;
use crate::{
    client::Client,
    config::{Browser, CatchUp, Config, Limits, Pace, Rate, Relogin},
    hosts::{Family, Hosts},
    rng::Seed,
    snapshot::Snapshot,
};

/// The settings are written as they are: they say what a program is, not whose. Only what its user chose
/// freely, and may have chosen as a password, is replaced like any other text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    version: u32,
    seed: String,
    base: Option<String>,
    entry: String,
    browser: BrowserRecord,
    relogin: [bool; 3],
    limits: LimitsRecord,
    pace: PaceRecord,
    skips: bool,
    /// Replaced, like any other text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    snapshot: Option<Value>,
}

const VERSION: u32 = 1;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct BrowserRecord {
    user_agent: String,
    accept_language: String,
    lang: String,
    desktop: bool,
    login_headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct LimitsRecord {
    in_flight: usize,
    backlog: usize,
    outbox: usize,
    transfers: usize,
    image: u64,
    video: u64,
    file: u64,
    download: u64,
    qr_rounds: u32,
    seen_messages: usize,
    /// Milliseconds, as are the next two.
    roster_wait: u64,
    watchdog: u64,
    unreachable: u64,
}

/// Burst and milliseconds of each class, and how long a queued command waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PaceRecord {
    text: (u32, u64),
    media: (u32, u64),
    contact: (u32, u64),
    room: (u32, u64),
    call: (u32, u64),
    wait: u64,
}

impl Head {
    pub(super) fn new(
        config: &Config,
        seed: &Seed,
        from: Option<&Snapshot>,
        veil: &mut Veil,
    ) -> Self {
        let Config {
            browser,
            hosts,
            entry,
            relogin,
            limits,
            pace,
            catch_up,
        } = config;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let usual = Browser::web();
        let is_usual = browser.user_agent == usual.user_agent;
        // First of all: a snapshot may name the host.
        let base = match hosts {
            Hosts::Real => None,
            Hosts::Mapped(base) => Some(veil_base(&base.to_string(), veil)),
        };
        let snapshot = from.and_then(|from| {
            let mut snapshot = serde_json::from_slice(&from.encode()).ok()?;
            veil_snapshot(&mut snapshot, veil);
            Some(snapshot)
        });
        Self {
            version: VERSION,
            seed: STANDARD.encode(seed.bytes()),
            base,
            entry: entry.main.to_owned(),
            browser: BrowserRecord {
                user_agent: match is_usual {
                    true => text(&browser.user_agent),
                    false => veil.private(&text(&browser.user_agent)),
                },
                accept_language: text(&browser.accept_language),
                lang: browser.lang.clone(),
                desktop: browser.desktop,
                login_headers: browser
                    .login_headers
                    .iter()
                    .map(|(name, value)| (name.to_string(), veil.private(&text(value))))
                    .collect(),
            },
            relogin: [relogin.push, relogin.scan, relogin.after_logout],
            limits: LimitsRecord {
                in_flight: limits.in_flight,
                backlog: limits.backlog,
                outbox: limits.outbox,
                transfers: limits.transfers,
                image: limits.image,
                video: limits.video,
                file: limits.file,
                download: limits.download,
                qr_rounds: limits.qr_rounds,
                seen_messages: limits.seen_messages,
                roster_wait: millis(limits.roster_wait),
                watchdog: millis(limits.watchdog),
                unreachable: millis(limits.unreachable),
            },
            pace: PaceRecord {
                text: rate(pace.text),
                media: rate(pace.media),
                contact: rate(pace.contact),
                room: rate(pace.room),
                call: rate(pace.call),
                wait: millis(pace.wait),
            },
            skips: *catch_up == CatchUp::Skip,
            snapshot,
        }
    }

    /// The client that this is the head of. What is wrong with it, if it is none.
    pub(super) fn client(&self) -> Result<Client, &'static str> {
        if self.version != VERSION {
            return Err("another version of this format");
        }
        let seed = STANDARD.decode(&self.seed).map_err(|_| "no seed")?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| "no seed")?;
        let config = self.config().ok_or("settings that are none")?;
        let Some(snapshot) = &self.snapshot else {
            return Ok(Client::new(config, Seed::from(seed)));
        };
        let bytes = serde_json::to_vec(snapshot).map_err(|_| "no snapshot")?;
        let from = Snapshot::decode(&bytes).map_err(|_| "no snapshot")?;
        Ok(Client::resume(config, Seed::from(seed), from))
    }

    fn config(&self) -> Option<Config> {
        let value = |text: &str| HeaderValue::from_bytes(text.as_bytes()).ok();
        let browser = &self.browser;
        let headers = browser.login_headers.iter();
        let headers = headers.map(|(name, text)| Some((name.parse().ok()?, value(text)?)));
        let [push, scan, after_logout] = self.relogin;
        let limits = &self.limits;
        let pace = &self.pace;
        let rate = |(burst, interval)| Rate::new(burst, Duration::from_millis(interval));
        Some(Config {
            browser: Browser {
                user_agent: value(&browser.user_agent)?,
                accept_language: value(&browser.accept_language)?,
                lang: browser.lang.clone(),
                desktop: browser.desktop,
                login_headers: headers.collect::<Option<Vec<(HeaderName, HeaderValue)>>>()?,
            },
            hosts: match &self.base {
                None => Hosts::Real,
                Some(base) => Hosts::mapped(base).ok()?,
            },
            entry: Family::of_main(&self.entry)?,
            relogin: Relogin {
                push,
                scan,
                after_logout,
            },
            limits: Limits {
                in_flight: limits.in_flight,
                backlog: limits.backlog,
                outbox: limits.outbox,
                transfers: limits.transfers,
                image: limits.image,
                video: limits.video,
                file: limits.file,
                download: limits.download,
                qr_rounds: limits.qr_rounds,
                seen_messages: limits.seen_messages,
                roster_wait: Duration::from_millis(limits.roster_wait),
                watchdog: Duration::from_millis(limits.watchdog),
                unreachable: Duration::from_millis(limits.unreachable),
            },
            pace: Pace {
                text: rate(pace.text),
                media: rate(pace.media),
                contact: rate(pace.contact),
                room: rate(pace.room),
                call: rate(pace.call),
                wait: Duration::from_millis(pace.wait),
            },
            catch_up: if self.skips {
                CatchUp::Skip
            } else {
                CatchUp::Deliver
            },
        })
    }
}

/// The host that takes the place of the service's: another one, where there can be another one. The
/// replies that name it name the other one, too.
fn veil_base(base: &str, veil: &mut Veil) -> String {
    let (scheme, authority) = base.split_once("://").unwrap_or(("https", base));
    // `[fe80::1]:8443` has its colons within.
    let colon = authority.rfind(':').filter(|_| !authority.ends_with(']'));
    let (host, port) = authority.split_at(colon.unwrap_or(authority.len()));
    // Nowhere else does plain http lead.
    let is_here = Hosts::mapped(&format!("http://{authority}")).is_ok();
    let host = veil.host(host, is_here);
    let other = [scheme, "://", &host, &veil.text(port)].concat();
    match Hosts::mapped(&other) {
        Ok(_) => other,
        Err(_) => base.to_owned(),
    }
}

/// The names of members are ours, and so are most points in time; whose it is, and all texts, are not.
fn veil_snapshot(value: &mut Value, veil: &mut Veil) {
    match value {
        Value::String(text) => *text = veil.text(text),
        Value::Array(list) => list.iter_mut().for_each(|it| veil_snapshot(it, veil)),
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::Number(uin) if name == "uin" => {
                        let other = veil.account(&uin.to_string());
                        *member = serde_json::from_str(&other).unwrap_or_default();
                    }
                    // When a message was sent. Replies that bring it again say the same as text.
                    Value::Number(time) if name == "created" => {
                        let other = veil.text(&time.to_string());
                        *member = serde_json::from_str(&other).unwrap_or_default();
                    }
                    _ => veil_snapshot(member, veil),
                }
            }
        }
        _ => {}
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn rate(rate: Rate) -> (u32, u64) {
    (rate.burst, millis(rate.interval))
}

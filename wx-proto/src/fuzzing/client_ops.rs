//! Any sequence of calls on a client.

use std::time::Duration;

use super::{Feed, Step, bench::Bench, bench::MARK};
use crate::{
    client::Close,
    config::{CatchUp, Config, Pace},
    hosts::{Family, Hosts},
};

/// Drives a client through what the input says, and holds it to its contract. The first two bytes
/// are settings, the others [steps](Step).
pub fn client_ops(data: &[u8]) -> bool {
    let mut feed = Feed::new(data);
    let config = config(feed.byte(), feed.byte());
    // An input that brings the mark itself, or a way to write it, proves nothing.
    let brings = |what: &str| {
        data.windows(what.len())
            .any(|window| window == what.as_bytes())
    };
    let mut bench = Bench::new(config, !brings(MARK) && !brings("\\u") && !brings("&#"));
    while let Some(step) = Step::read(&mut feed) {
        match step {
            Step::Answer { which, how } => bench.answer(which, how),
            Step::Wait(tenths) => bench.wait(Duration::from_millis(u64::from(tenths) * 100)),
            Step::Due => bench.due(),
            Step::Early => bench.timeout(),
            Step::Clock(hours) => bench.set_clock(hours as i8),
            Step::Body { which, head, body } => bench.body(which, head, body),
            Step::Fail { which, how } => bench.fail(which, how),
            Step::Stale(id) => bench.stale(id),
            Step::Block { which, how } => bench.block(which, how),
            Step::Submit { what, chat } => bench.submit(what, chat),
            Step::Cancel(which) => bench.cancel(which),
            Step::Take(events) => bench.take(events),
            Step::Acknowledge(which) => bench.acknowledge(which),
            Step::Close { logout, drain } => bench.close(Close {
                logout,
                drain: Duration::from_secs(drain.into()),
            }),
            Step::Crash => bench.crash(),
        }
    }
    let was_online = bench.was_online();
    bench.finish();
    was_online
}

/// The default for zeros, but at a free pace.
fn config(page: u8, limits: u8) -> Config {
    let entry = match page & 3 {
        1 => Family::FILE_HELPER,
        2 => Family::WEB,
        _ => Family::WX,
    };
    let mut config = Config {
        entry,
        ..Config::default()
    };
    if page & 4 != 0 {
        config.hosts = Hosts::mapped("http://127.0.0.1:8088").unwrap_or_default();
    }
    config.relogin.push = page & 8 == 0;
    config.relogin.scan = page & 16 == 0;
    config.relogin.after_logout = page & 32 != 0;
    if page & 64 != 0 {
        config.catch_up = CatchUp::Skip;
    }
    if page & 128 == 0 {
        config.pace = Pace::FREE;
    }
    let pick = |at: u8, few: usize, usual: usize| if limits & at != 0 { few } else { usual };
    config.limits.in_flight = pick(1, 1, config.limits.in_flight);
    config.limits.transfers = pick(2, 1, config.limits.transfers);
    config.limits.backlog = pick(4, 2, config.limits.backlog);
    config.limits.outbox = pick(8, 2, config.limits.outbox);
    if limits & 16 != 0 {
        config.limits.watchdog = Duration::from_secs(30);
        config.limits.unreachable = Duration::from_secs(90);
    }
    config
}

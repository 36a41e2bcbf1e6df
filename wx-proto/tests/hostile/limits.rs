//! Limits that leave a session nothing, and such that leave it everything.

use std::time::Duration;

use bytes::Bytes;
use wx_proto::{Attachment, Config, FetchContacts, Phase, Rate, SendFile, SendText};
use wx_sim::{server::Setup, world::World};

use crate::common::*;

#[test]
fn a_watchdog_without_patience_does_not_flood_the_service() {
    let mut config = config();
    config.limits.watchdog = Duration::ZERO;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(10 * SECOND);
    let before = world.sent(bot).len();
    world.run_for(600 * SECOND);
    let sent = world.sent(bot).len() - before;
    assert!(sent < 40, "{sent} requests in ten minutes");
}

#[test]
fn a_backlog_of_none_still_hears_messages() {
    let mut config = config();
    config.limits.backlog = 0;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    let friend = friend(&world);
    hears(&mut world, &friend, "hello");
    world.run_for(HOUR);
    assert_eq!(texts(&world.events(bot)), ["hello"]);
}

/// Every limit at both of its ends.
#[test]
fn no_limit_at_its_end_hangs_a_command_or_breaks_a_rule() {
    type Set = fn(&mut Config, bool);
    fn n(max: bool) -> usize {
        if max { usize::MAX >> 1 } else { 0 }
    }
    fn d(max: bool) -> Duration {
        if max { Duration::MAX } else { Duration::ZERO }
    }
    let sets: [(&str, Set); 14] = [
        ("in_flight", |c, max| c.limits.in_flight = n(max)),
        ("outbox", |c, max| c.limits.outbox = n(max)),
        ("transfers", |c, max| c.limits.transfers = n(max)),
        ("image", |c, max| c.limits.image = n(max) as u64),
        ("file", |c, max| c.limits.file = n(max) as u64),
        ("download", |c, max| c.limits.download = n(max) as u64),
        ("qr_rounds", |c, max| c.limits.qr_rounds = n(max) as u32),
        ("seen", |c, max| c.limits.seen_messages = n(max)),
        ("roster_wait", |c, max| c.limits.roster_wait = d(max)),
        ("unreachable", |c, max| c.limits.unreachable = d(max)),
        ("wait", |c, max| c.pace.wait = d(max)),
        ("watchdog", |c, max| c.limits.watchdog = d(max)),
        ("backlog", |c, max| c.limits.backlog = n(max)),
        ("call", |c, max| {
            c.pace.call = Rate::new(n(max) as u32, Duration::from_millis(1))
        }),
    ];
    let mut failed = Vec::new();
    for (name, set) in sets {
        for max in [false, true] {
            let mut config = config();
            set(&mut config, max);
            let mut world = World::new(Setup::default());
            let bot = world.join(config, [3; 32]);
            world.to_online(bot);
            let Some(chat) = world.client(bot).chat("filehelper") else {
                if world.client(bot).phase() != Phase::Closed {
                    failed.push((name, max, "not online".to_owned()));
                }
                continue;
            };
            let file = Attachment::bytes("a.txt", vec![1; 100]);
            let a = world.submit(bot, SendText::new(chat.clone(), "x"));
            let b = world.submit(bot, SendFile::new(chat.clone(), file));
            let c = world.submit(bot, FetchContacts::new([chat.clone()]));
            let source = Attachment::source("b.txt", 10);
            let source = SendFile::new(chat, source);
            let e = world.submit_reading(bot, source, Bytes::from_static(b"0123456789"));
            world.run_for(HOUR);
            let done = [
                world.outcome(bot, a).is_some(),
                world.outcome(bot, b).is_some(),
                world.outcome(bot, c).is_some(),
                world.outcome(bot, e).is_some(),
            ];
            if done != [true; 4] || !world.violations().is_empty() {
                failed.push((name, max, format!("{done:?} {:?}", world.violations())));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

//! Crash, resume, acknowledge: what a snapshot promises.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::BTreeSet;

use common::{
    bench::{Bench, ME, init},
    *,
};
use wx_proto::{
    Arrival, CatchUp, Close, EndCause, Event, EventKind, Phase, SendText, Snapshot, SnapshotError,
};
use wx_sim::{
    server::{Act, Setup},
    world::{Reading, World},
};

fn through_bytes(snapshot: Snapshot) -> Snapshot {
    Snapshot::decode(&snapshot.encode()).unwrap()
}

#[test]
fn a_resumed_session_needs_no_scan_and_gets_what_came_meanwhile() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let friend = friend(&world);
    let snapshot = through_bytes(world.client(bot).snapshot().unwrap());
    world.crash(bot);
    for n in 0..5 {
        hears(&mut world, &friend, format!("{n}"));
    }
    world.run_for(HOUR);
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    world.run_for(10 * SECOND);
    hears(&mut world, &friend, "live");
    world.run_for(10 * SECOND);
    let events = world.events(again);
    assert!(!names(&events).contains(&"qr"));
    assert_eq!(texts(&events), ["0", "1", "2", "3", "4", "live"]);
    let arrivals: Vec<_> = messages(&events).iter().map(|m| m.arrival).collect();
    assert_eq!(arrivals[..5], [Arrival::CatchUp; 5]);
    assert_eq!(arrivals[5], Arrival::Live);
    assert_clean(&world);
}

#[test]
fn the_backlog_can_be_left_out() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let friend = friend(&world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    hears(&mut world, &friend, "old");
    let mut config = config();
    config.catch_up = CatchUp::Skip;
    let again = world.rejoin(config, [4; 32], snapshot);
    assert!(world.to_online(again));
    world.run_for(10 * SECOND);
    hears(&mut world, &friend, "new");
    world.run_for(10 * SECOND);
    assert_eq!(texts(&world.events(again)), ["new"]);
}

#[test]
fn what_was_acknowledged_never_comes_again_and_what_was_not_always_does() {
    // Acknowledge any subset, in any order; crash; resume.
    for subset in 0..32_u32 {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let friend = friend(&world);
        world.set_reading(bot, Reading::Manual);
        for n in 0..5 {
            hears(&mut world, &friend, format!("{n}"));
            // Some of them in one sync, some apart.
            if n != 2 {
                world.run_for(5 * SECOND);
            }
        }
        world.run_for(5 * SECOND);
        let events = world.events(bot);
        let mut open = BTreeSet::new();
        for event in events.iter().rev() {
            let EventKind::Message(message) = &event.kind else {
                continue;
            };
            let n: u32 = message.text().unwrap().parse().unwrap();
            if subset & (1 << n) == 0 {
                open.insert(n.to_string());
            } else {
                world.acknowledge(bot, event.id);
            }
        }
        let snapshot = through_bytes(world.client(bot).snapshot().unwrap());
        world.crash(bot);
        world.run_for(60 * SECOND);
        let again = world.rejoin(config(), [4; 32], snapshot);
        assert!(world.to_online(again));
        world.run_for(30 * SECOND);
        let came: Vec<_> = texts(&world.events(again));
        assert_eq!(
            came,
            open.iter().cloned().collect::<Vec<_>>(),
            "subset {subset:05b}"
        );
    }
}

#[test]
fn a_session_that_was_detached_goes_on_and_one_that_was_logged_out_does_not() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.close(bot, Close::default());
    assert!(world.client(bot).is_drained());
    let events = world.events(bot);
    assert_eq!(end_of(&events), EndCause::Detached);
    let ended = ended(&events);
    let again = world.rejoin(config(), [4; 32], ended.again.unwrap());
    assert!(world.to_online(again));
    assert!(!names(&world.events(again)).contains(&"qr"));

    log_out(&mut world, again);
    assert!(world.client(again).snapshot().is_none());
}

#[test]
fn a_snapshot_that_is_too_old_or_no_longer_accepted_leads_to_a_new_login() {
    // Too old: the service has forgotten the session.
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    world.run_for(13 * HOUR);
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    assert!(
        world.sent(again)[0].path.ends_with("webwxinit"),
        "it is asked first"
    );
    assert_eq!(names(&world.events(again))[0], "push");

    // Not accepted: somebody logged in elsewhere.
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    world.happen(Act::Kick { code: 1101 }).unwrap();
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    assert_eq!(
        names(&world.events(again))[..3],
        ["push", "scanned", "confirmed"]
    );
    let chat = world.client(again).chat("filehelper").unwrap();
    let pending = world.submit(again, SendText::new(chat, "back"));
    world.run_for(5 * SECOND);
    world.outcome(again, pending).unwrap().unwrap();
}

#[test]
fn acknowledged_messages_behind_an_open_one_do_not_come_again_however_many() {
    let mut config = config();
    config.limits.seen_messages = 3;
    let mut world = World::new(Setup::default());
    let bot = world.join(config.clone(), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    let friend = friend(&world);
    world.set_reading(bot, Reading::Manual);
    world.events(bot);
    for n in 0..20 {
        hears(&mut world, &friend, format!("{n}"));
        world.run_for(5 * SECOND);
    }
    for event in world.events(bot) {
        if let EventKind::Message(message) = &event.kind {
            if message.text() != Some("4") {
                world.acknowledge(bot, event.id);
            }
        }
    }
    let snapshot = through_bytes(world.client(bot).snapshot().unwrap());
    world.crash(bot);
    let again = world.rejoin(config, [4; 32], snapshot);
    assert!(world.to_online(again));
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(again)), ["4"]);
}

#[test]
fn a_long_backlog_is_catch_up_to_its_end() {
    for catch_up in [CatchUp::Deliver, CatchUp::Skip] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let friend = friend(&world);
        let snapshot = world.client(bot).snapshot().unwrap();
        world.crash(bot);
        for n in 0..600 {
            hears(&mut world, &friend, format!("{n}"));
        }
        let mut config = config();
        config.catch_up = catch_up;
        let again = world.rejoin(config, [4; 32], snapshot);
        assert!(world.to_online(again));
        world.run_for(120 * SECOND);
        let messages = messages(&world.events(again));
        assert_eq!(
            messages.len(),
            if catch_up == CatchUp::Skip { 0 } else { 600 }
        );
        assert!(
            messages
                .iter()
                .all(|message| message.arrival == Arrival::CatchUp)
        );
    }
}

#[test]
fn a_backlog_that_is_known_already_delays_nothing_and_brings_nothing_twice() {
    // 1,500 messages, the first 300 of them not acknowledged.
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let friend = friend(&world);
    world.set_reading(bot, Reading::Manual);
    for n in 0..1500 {
        hears(&mut world, &friend, format!("{n}"));
        if n % 100 == 99 {
            world.run_for(10 * SECOND);
            for event in world.events(bot) {
                let EventKind::Message(message) = &event.kind else {
                    continue;
                };
                if message.text().unwrap().parse::<u32>().unwrap() >= 300 {
                    world.acknowledge(bot, event.id);
                }
            }
        }
    }
    let snapshot = through_bytes(world.client(bot).snapshot().unwrap());
    world.crash(bot);
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    hears(&mut world, &friend, "new");
    world.run_for(30 * SECOND);
    let came = texts(&world.events(again));
    let open = (0..300).map(|n| n.to_string()).chain(["new".to_owned()]);
    assert_eq!(came, open.collect::<Vec<_>>());
}

#[test]
fn a_snapshot_that_is_refused_late_leaves_the_fresh_login_all_its_tries() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    let refusals = [-1, -1, 1101, -1];
    for ret in refusals {
        world.server_mut().plant("webwxinit", 1, refusing(ret));
    }
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
}

#[test]
fn what_is_acknowledged_after_the_end_does_not_come_again() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let friend = friend(&world);
    world.set_reading(bot, Reading::Stalled);
    for n in 0..3 {
        hears(&mut world, &friend, format!("{n}"));
        world.run_for(5 * SECOND);
    }
    world.close(bot, Close::default());
    world.set_reading(bot, Reading::Prompt);
    let events = world.events(bot);
    assert_eq!(texts(&events).len(), 3);
    let ended = ended(&events);
    let again = world.rejoin(config(), [4; 32], ended.again.unwrap());
    assert!(world.to_online(again));
    world.run_for(60 * SECOND);
    assert!(texts(&world.events(again)).is_empty());
}

#[test]
fn ids_of_what_is_sent_only_grow_even_if_the_clock_stands_still() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let one = world.submit(bot, SendText::new(chat.clone(), "1"));
    let two = world.submit(bot, SendText::new(chat, "2"));
    world.run_for(5 * SECOND);
    let one = world.outcome(bot, one).unwrap().unwrap().client_msg_id;
    let two = world.outcome(bot, two).unwrap().unwrap().client_msg_id;
    assert!(one < two);
    assert_eq!(one.to_string().len(), 17);
}

#[test]
fn damaged_and_foreign_snapshots_are_refused_and_never_panic() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let bytes = world.client(bot).snapshot().unwrap().encode();
    for end in 0..bytes.len() {
        assert_eq!(
            Snapshot::decode(&bytes[..end]).unwrap_err(),
            SnapshotError::Malformed
        );
    }
    assert_eq!(Snapshot::decode(b"").unwrap_err(), SnapshotError::Malformed);
    assert_eq!(
        Snapshot::decode(br#"{"version":999}"#).unwrap_err(),
        SnapshotError::UnsupportedVersion(999)
    );
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("wx2.qq.com"));
    let forged = text.replace("wx2.qq.com", "evil.example");
    assert_eq!(
        Snapshot::decode(forged.as_bytes()).unwrap_err(),
        SnapshotError::Malformed
    );
}

#[test]
fn a_session_whose_keys_the_service_no_longer_knows_goes_on_with_fresh_ones() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let friend = friend(&world);
    let text = String::from_utf8(world.client(bot).snapshot().unwrap().encode()).unwrap();
    world.crash(bot);
    // One digit of one value of the key is another.
    let at = text.find("\"sync_key\":\"1_").unwrap() + "\"sync_key\":\"1_".len();
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
    let snapshot = Snapshot::decode(&bytes).unwrap();
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    world.run_for(600 * SECOND);
    assert_eq!(world.client(again).phase(), Phase::Online);
    hears(&mut world, &friend, "hello");
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(again)), ["hello"]);
}

/// A bot that starts again and again is told so.
#[test]
fn a_session_that_is_opened_too_often_is_not_given_up() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    for (ret, times) in [(1205, 10), (1205, 1), (1, 1), (-14, 2), (9999, 1)] {
        let refusal = refusing(ret);
        world.server_mut().plant("webwxinit", times, refusal);
        let again = world.rejoin(config(), [4; 32], snapshot.clone());
        world.run_for(900 * SECOND);
        let events = world.events(again);
        assert_eq!(
            world.client(again).phase(),
            Phase::Online,
            "after {ret}: {events:?}"
        );
        assert!(!logs_in(&events), "{ret}");
        world.crash(again);
    }

    // For ever is too long, and the session is still worth something.
    let refusal = refusing(1205);
    world.server_mut().plant("webwxinit", u32::MAX, refusal);
    let again = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(2 * HOUR);
    let ended = ended(&world.events(again));
    assert!(matches!(ended.cause, EndCause::Refused(_)), "{ended:?}");
    world.server_mut().unplant();
    let again = world.rejoin(config(), [5; 32], ended.again.unwrap());
    assert!(world.to_online(again));
    assert!(!logs_in(&world.events(again)));
}

fn logs_in(events: &[Event]) -> bool {
    let names = names(events);
    names.contains(&"qr") || names.contains(&"push")
}

#[test]
fn a_resumed_session_that_ends_at_once_was_not_ended_because_of_its_login() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    let again = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(again));
    world.happen(Act::Kick { code: 1102 }).unwrap();
    world.run_for(10 * SECOND);
    let ended = ended(&world.events(again));
    assert_eq!(ended.cause, EndCause::CookieInvalid);
    assert!(ended.recoverable && ended.again.is_some());
}

/// The service need not say that there is more.
#[test]
fn a_backlog_that_comes_in_parts_brings_nothing_twice() {
    let mut config = config();
    config.limits.seen_messages = 3;
    let bench = Bench::to_online(config.clone(), "wx.qq.com", "qq.com");
    let snapshot = String::from_utf8(bench.client.snapshot().unwrap().encode()).unwrap();
    // The first two of twenty messages are not acknowledged.
    let window: Vec<_> = (3..=20)
        .map(|id| format!(r#"{{"id":"{id}","from":"@anna","created":1700000000}}"#))
        .collect();
    let window = format!(r#""seen":[{}]"#, window.join(","));
    let snapshot = snapshot.replace(r#""seen":[]"#, &window);
    let snapshot = Snapshot::decode(snapshot.as_bytes()).unwrap();
    let mut bench = Bench::resume(config, snapshot);
    bench.say("webwxinit", init());
    bench.run_for(5 * SECOND);
    for part in 0..5 {
        bench.say("webwxsync", part_of_a_backlog(part * 5 + 1..=part * 5 + 5));
        bench.run_for(SECOND);
        let more = if part < 4 { 2 } else { 0 };
        let poll = format!(r#"window.synccheck={{retcode:"0",selector:"{more}"}}"#);
        bench.say("synccheck", poll);
        bench.run_for(SECOND);
    }
    let told: Vec<_> = messages(&bench.events())
        .into_iter()
        .map(|it| it.id.unwrap().as_str().to_owned())
        .collect();
    assert_eq!(told, ["1", "2", "21", "22", "23", "24", "25"]);
}

fn part_of_a_backlog(ids: std::ops::RangeInclusive<u32>) -> String {
    let last = *ids.end();
    let item = |id| {
        format!(
            r#"{{"MsgId":"{id}","FromUserName":"@anna","ToUserName":"{ME}","MsgType":1,
            "Content":"{id}","CreateTime":1700000000}}"#
        )
    };
    let items: Vec<_> = ids.map(item).collect();
    format!(
        r#"{{"BaseResponse":{{"Ret":0}},"AddMsgList":[{}],"ContinueFlag":0,
        "SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":{last}}}]}},"SKey":""}}"#,
        items.join(",")
    )
}

//! A bad network and a wrong clock.

use std::time::Duration;

use wx_proto::{EndCause, Phase, SendText, TransportErrorKind};
use wx_sim::{
    net::{Fate, Weather},
    server::Setup,
    world::World,
};

use crate::common::{bench::Bench, *};

#[test]
fn a_reply_that_was_lost_after_its_effect_does_not_send_twice() {
    for fate in [
        Fate::Unheard(TransportErrorKind::Reset),
        Fate::Truncated(300),
        Fate::Stalls,
        Fate::Unheard(TransportErrorKind::NotHttp),
    ] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        world.doom("webwxsendmsg", 2, fate);
        let chat = world.client(bot).chat("filehelper").unwrap();
        let pending = world.submit(bot, SendText::new(chat, "once"));
        world.run_for(120 * SECOND);
        world.outcome(bot, pending).unwrap().unwrap();
        assert_eq!(world.server().received().len(), 1, "{fate:?}");
        assert_eq!(
            world.server().received().next().unwrap().repeats,
            2,
            "{fate:?}"
        );
    }
}

#[test]
fn a_short_outage_fails_no_command_and_costs_no_second_scan() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let down = Fate::Fails(TransportErrorKind::Connect);
    world.doom("webwxsendmsg", 4, down);
    let pending: Vec<_> = (0..5)
        .map(|n| world.submit(bot, SendText::new(chat.clone(), format!("{n}"))))
        .collect();
    world.run_for(60 * SECOND);
    for pending in pending {
        world.outcome(bot, pending).unwrap().unwrap();
    }

    let mut world = World::new(Setup::default());
    world.doom("webwxinit", 5, down);
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    assert_eq!(
        names(&world.events(bot))
            .iter()
            .filter(|name| **name == "qr")
            .count(),
        1
    );
}

#[test]
fn lookups_and_the_address_book_survive_an_outage() {
    let mut world = World::new(Setup::default());
    world.doom(
        "webwxgetcontact",
        6,
        Fate::Fails(TransportErrorKind::Connect),
    );
    world.doom(
        "webwxbatchgetcontact",
        6,
        Fate::Fails(TransportErrorKind::Connect),
    );
    let bot = world.join(config(), [3; 32]);
    world.run_for(600 * SECOND);
    let roster = world.client(bot).roster();
    assert!(roster.is_complete());
    for room in roster.iter().filter(|contact| contact.id.is_room()) {
        assert!(
            room.members().any(|member| !member.name().is_empty()),
            "{}",
            room.name()
        );
    }
}

#[test]
fn a_wall_clock_that_is_set_right_does_not_end_a_session() {
    use wx_proto::{Client, Now, Output, Seed, Stamp};
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    let mut client = Client::resume(config(), Seed::from([5; 32]), snapshot);
    let cookies = |client: &mut Client| {
        let mut found = Vec::new();
        while let Some(output) = client.poll_output() {
            if let Output::Request(request) = output {
                let cookie = request.http.headers().get("cookie");
                found.push(cookie.is_some_and(|c| c.to_str().unwrap().contains("wxsid=")));
            }
        }
        found
    };
    // The clock was thirteen hours behind, and is set while the session runs.
    let unix = wx_sim::world::EPOCH + 13 * HOUR;
    client.start(Now::new(Stamp::ZERO, unix));
    assert_eq!(cookies(&mut client), [true]);
    client.handle_timeout(Now::new(Stamp::new(31 * SECOND), unix + 13 * HOUR));
    client.handle_timeout(Now::new(Stamp::new(40 * SECOND), unix + 13 * HOUR));
    assert_eq!(cookies(&mut client), [true]);
}

#[test]
fn foul_weather_delays_but_loses_nothing_and_doubles_nothing() {
    for seed in 0..8 {
        let mut world = World::new(Setup {
            seed,
            ..Setup::default()
        });
        let bot = online(&mut world);
        let friend = friend(&world);
        world.set_weather(Weather::foul(30));
        let chat = world.client(bot).chat("filehelper").unwrap();
        let mut expected = Vec::new();
        let mut pending = Vec::new();
        for n in 0..50 {
            hears(&mut world, &friend, format!("{n}"));
            expected.push(format!("{n}"));
            pending.push(world.submit(bot, SendText::new(chat.clone(), format!("{n}"))));
            world.run_for(40 * SECOND);
        }
        world.set_weather(Weather::FAIR);
        world.run_for(300 * SECOND);
        assert_eq!(texts(&world.events(bot)), expected, "seed {seed}");
        let mut accepted = 0;
        for pending in pending {
            accepted += usize::from(world.outcome(bot, pending).unwrap().is_ok());
        }
        let received: Vec<_> = world
            .server()
            .received()
            .map(|text| text.text.clone())
            .collect();
        let mut once = received.clone();
        once.dedup();
        assert_eq!(received, once, "seed {seed}: sent twice");
        assert!(
            accepted <= received.len() && accepted >= 45,
            "seed {seed}: {accepted}"
        );
        assert_eq!(world.violations(), <&[String]>::default());
    }
}

#[test]
fn a_clock_at_its_very_end_neither_panics_nor_loops() {
    use wx_proto::{Client, Now, Seed, Stamp};
    for start in [Duration::ZERO, Duration::MAX] {
        let mut client = Client::new(config(), Seed::from([5; 32]));
        client.start(Now::new(Stamp::new(start), Duration::MAX));
        for _ in 0..100 {
            client.handle_timeout(Now::new(Stamp::new(Duration::MAX), Duration::MAX));
            while client.poll_output().is_some() {}
        }
    }
}

#[test]
fn no_clock_makes_a_session_that_goes_on_panic_or_run_in_circles() {
    use wx_proto::{Client, Now, Output, Seed, Stamp};
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    let ends = [Duration::ZERO, Duration::from_secs(1 << 40), Duration::MAX];
    let clocks = ends.map(|mono| ends.map(|unix| Now::new(Stamp::new(mono), unix)));
    for now in clocks.into_iter().flatten() {
        let mut client = Client::resume(config(), Seed::from([1; 32]), snapshot.clone());
        client.start(now);
        for _ in 0..50 {
            while let Some(output) = client.poll_output() {
                if let Output::Request(request) = output {
                    let error = TransportErrorKind::Reset.into();
                    client.handle_reply(now, request.id, Err(error));
                }
            }
            client.handle_timeout(now);
            client.snapshot();
        }
    }
}

#[test]
fn an_address_book_that_never_comes_holds_up_nothing_else() {
    let mut world = World::new(Setup::default());
    world.doom("webwxgetcontact", u32::MAX, Fate::Stalls);
    let bot = world.join(config(), [3; 32]);
    world.run_for(HOUR);
    assert!(names(&world.events(bot)).contains(&"roster"));
    let roster = world.client(bot).roster();
    assert!(!roster.is_complete());
    let rooms = roster.iter().filter(|contact| contact.id.is_room());
    assert!(rooms.count() > 0);
    let looked_up = world
        .sent(bot)
        .iter()
        .any(|sent| sent.path.ends_with("batchgetcontact"));
    assert!(looked_up);
}

#[test]
fn a_refused_connection_late_in_a_long_queue_fails_nothing() {
    let mut world = World::new(Setup::default());
    let bot = world.join(wx_proto::Config::default(), [3; 32]);
    assert!(world.to_online(bot));
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending: Vec<_> = (0..100)
        .map(|n| world.submit(bot, SendText::new(chat.clone(), format!("{n}"))))
        .collect();
    world.run_for(80 * SECOND);
    world.doom("webwxsendmsg", 1, Fate::Fails(TransportErrorKind::Connect));
    world.run_for(120 * SECOND);
    for pending in pending {
        world.outcome(bot, pending).unwrap().unwrap();
    }
}

/// Nobody can have answered.
#[test]
fn a_machine_that_slept_gives_the_service_time_to_answer() {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    bench.poll(0);
    bench.run_for(20 * SECOND);
    bench.sleep(8 * HOUR);
    bench.run_for(10 * SECOND);
    bench.open();
    bench.say("webwxsync", NOTHING);
    assert_eq!(bench.client.phase(), Phase::Online);

    // Also when it was silent before, and falls asleep again and again.
    bench.run_for(59 * 60 * SECOND);
    for _ in 0..3 {
        bench.sleep(8 * HOUR);
        bench.run_for(100 * SECOND);
        assert_eq!(bench.client.phase(), Phase::Suspect);
    }
    bench.run_for(100 * SECOND);
    assert!(matches!(end_of(&bench.events()), EndCause::Unreachable(_)));
}

#[test]
fn what_was_said_while_the_machine_slept_is_heard_when_it_wakes() {
    for hours in [1, 3, 10] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let friend = friend(&world);
        world.sleep(bot, hours * HOUR);
        world.run_for(SECOND);
        hears(&mut world, &friend, "asleep?");
        world.run_for(hours * HOUR - 2 * SECOND);
        assert!(world.events(bot).is_empty());
        world.run_for(60 * SECOND);
        assert_eq!(texts(&world.events(bot)), ["asleep?"]);
        assert_eq!(world.client(bot).phase(), Phase::Online);
        assert_clean(&world);
    }
}

const NOTHING: &str = r#"{"BaseResponse":{"Ret":0},"AddMsgCount":0,"AddMsgList":[],"ContinueFlag":0,
    "SyncKey":{"Count":1,"List":[{"Key":1,"Val":7}]},"SKey":""}"#;

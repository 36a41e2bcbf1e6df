//! Every endpoint answers with every kind of garbage, once, a few times, and for ever: the session
//! goes on, or ends with one truthful event; it never panics, loops, or talks to strangers.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{garbage::bad_replies, *};
use wx_proto::{Phase, TransportErrorKind};
use wx_sim::{
    net::Fate,
    server::{Act, Setup},
    world::World,
};

/// Runs a session that is to receive a text, and to answer it, and checks what must always hold.
fn survives(mut world: World, what: &str) {
    // The same ladder in less time.
    let mut config = config();
    config.limits.watchdog = 30 * SECOND;
    config.limits.unreachable = 600 * SECOND;
    config.limits.qr_rounds = 2;
    let bot = world.join(config, [3; 32]);
    world.run_for(30 * SECOND);
    let mut heard = Vec::new();
    let mut events = Vec::new();
    let mut pending = Vec::new();
    for round in 0..5 {
        if !world.server().accounts().is_empty() {
            // Nobody is there to hear it while the login still fails.
            let _ = world.happen(Act::Text {
                from: friend(&world),
                text: format!("{round}"),
            });
        }
        world.run_for(100 * SECOND);
        let new = world.events(bot);
        for message in messages(&new) {
            heard.push(message.text().unwrap_or_default().to_owned());
            pending.push(world.submit(bot, message.reply("heard")));
        }
        events.extend(new);
    }
    world.run_for(700 * SECOND);
    events.extend(world.events(bot));
    let client = world.client(bot);
    match client.phase() {
        Phase::Online => {
            let mut once = heard.clone();
            once.dedup();
            assert_eq!(once, heard, "{what}: delivered twice");
        }
        // A check that goes on, with trouble told, until the service answers or an hour is over.
        Phase::Suspect => assert!(names(&events).contains(&"trouble"), "{what}"),
        Phase::Closed => {
            end_of(&events);
            assert!(client.is_drained(), "{what}");
        }
        other => panic!("{what}: stuck in {other:?}"),
    }
    if client.phase() == Phase::Closed {
        for pending in pending {
            assert!(
                world.outcome(bot, pending).is_some(),
                "{what}: a command without an end"
            );
        }
    }
    assert_eq!(world.violations(), <&[String]>::default(), "{what}");
    assert!(
        world.sent(bot).len() < 20_000,
        "{what}: {} requests",
        world.sent(bot).len()
    );
    let strangers = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("evil");
    assert!(
        !world.sent(bot).iter().any(|sent| strangers(&sent.bytes)),
        "{what}"
    );
}

#[test]
fn any_bad_reply_of_any_endpoint_once_or_a_few_times_is_survived() {
    for endpoint in ENDPOINTS {
        for (name, reply) in bad_replies() {
            for times in [1, 4] {
                let mut world = World::new(Setup::default());
                world.server_mut().plant(endpoint, times, reply.clone());
                survives(
                    world,
                    &format!("{endpoint} answers with {name} {times} times"),
                );
            }
        }
    }
}

#[test]
fn an_endpoint_that_only_ever_answers_badly_ends_in_one_event_or_in_patience() {
    for endpoint in ENDPOINTS {
        for (name, reply) in bad_replies() {
            let mut world = World::new(Setup::default());
            world.server_mut().plant(endpoint, u32::MAX, reply);
            survives(world, &format!("{endpoint} answers only with {name}"));
        }
    }
}

#[test]
fn any_return_code_of_any_endpoint_is_survived() {
    for endpoint in ENDPOINTS.iter().filter(|name| name.starts_with("webwx")) {
        for ret in [
            -1, -2, -14, 1, 2, 3, 1100, 1101, 1102, 1200, 1203, 1204, 1205, 77,
        ] {
            for times in [1, u32::MAX] {
                let mut world = World::new(Setup::default());
                let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
                world.server_mut().plant(endpoint, times, page(200, body));
                survives(world, &format!("{endpoint} answers {ret} {times} times"));
            }
        }
    }
}

#[test]
fn an_endpoint_that_cannot_be_reached_at_all_ends_in_one_event_or_in_patience() {
    let fates = [
        Fate::Fails(TransportErrorKind::Resolve),
        Fate::Fails(TransportErrorKind::Tls),
        Fate::Fails(TransportErrorKind::Reset),
        Fate::Unheard(TransportErrorKind::Reset),
        Fate::Unheard(TransportErrorKind::NotHttp),
        Fate::Stalls,
        Fate::Truncated(500),
        Fate::Unavailable,
    ];
    for endpoint in ENDPOINTS {
        for fate in fates {
            for times in [1, 3, u32::MAX] {
                let mut world = World::new(Setup::default());
                world.doom(endpoint, times, fate);
                survives(world, &format!("{endpoint} meets {fate:?} {times} times"));
            }
        }
    }
}

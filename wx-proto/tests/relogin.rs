//! The way back in: the old session, a question on the phone, a QR code, as far as allowed.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::*;
use wx_proto::{
    Close, Config, EndCause, Ended, Event, EventKind, Phase, ProtocolErrorKind, SendText, Snapshot,
    TransportErrorKind, TroubleCause,
};
use wx_sim::{
    net::Fate,
    server::{Act, Code, Deed, Phone, Setup},
    world::{PeerId, World},
};

fn allowing(push: bool, scan: bool) -> Config {
    let mut config = config();
    config.relogin.push = push;
    config.relogin.scan = scan;
    config
}

/// A world in which a session was replaced, and the snapshot of it. The phone does nothing by itself.
fn replaced() -> (World, Snapshot) {
    let mut world = World::new(Setup {
        phone: Phone::Manual,
        ..Setup::default()
    });
    let bot = world.join(config(), [3; 32]);
    world.run_for(SECOND);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    world.happen(Act::Kick { code: 1101 }).unwrap();
    (world, Snapshot::decode(&snapshot.encode()).unwrap())
}

fn last_end(events: &[Event]) -> Ended {
    match &events.last().unwrap().kind {
        EventKind::Ended(ended) => ended.clone(),
        other => panic!("{other:?}"),
    }
}

/// The requests as method, path and query, and headers.
fn sent(world: &World, bot: PeerId) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    world.sent(bot).iter().map(|s| text(&s.bytes)).collect()
}

fn endpoints(world: &World, bot: PeerId) -> Vec<&str> {
    let name = |path: &'_ str| path.rfind('/').map(|at| at + 1).unwrap_or_default();
    world
        .sent(bot)
        .iter()
        .map(|sent| &sent.path[name(&sent.path)..])
        .collect()
}

#[test]
fn a_session_that_is_gone_comes_back_by_one_tap_on_the_phone() {
    let (mut world, snapshot) = replaced();
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(40 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::PushWait);
    world.act(Deed::Scan(Code::Latest)).unwrap();
    world.run_for(5 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Scanned);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    assert!(world.to_online(bot));
    assert_eq!(
        names(&world.events(bot))[..4],
        ["push", "scanned", "confirmed", "online"]
    );
    assert_eq!(
        endpoints(&world, bot)[..7],
        [
            "webwxinit",
            "webwxpushloginurl",
            "login",
            "login",
            "login",
            "webwxnewloginpage",
            "webwxinit"
        ]
    );
    let sent = sent(&world, bot);
    assert!(
        sent[1].starts_with("GET https://wx2.qq.com/"),
        "{}",
        sent[1]
    );
    for part in ["webwxpushloginurl?uin=", "webwxuvid=", "webwx_auth_ticket="] {
        assert!(sent[1].contains(part), "{}", sent[1]);
    }
    let tips: Vec<_> = sent[2..5].iter().map(|s| s.contains("&tip=1&")).collect();
    assert_eq!(tips, [true, false, false]);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending = world.submit(bot, SendText::new(chat, "back"));
    world.run_for(5 * SECOND);
    world.outcome(bot, pending).unwrap().unwrap();
    assert_clean(&world);
}

#[test]
fn what_ended_a_session_on_the_other_side_leaves_something_to_come_back_with() {
    for code in [1100, 1101, 1102] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        world.run_for(HOUR);
        world.happen(Act::Kick { code }).unwrap();
        world.run_for(60 * SECOND);
        let ended = last_end(&world.events(bot));
        let again = world.rejoin(config(), [4; 32], ended.again.unwrap());
        assert!(world.to_online(again), "{code}");
        let events = world.events(again);
        assert_eq!(names(&events)[..2], ["push", "scanned"], "{code}");
        assert!(!names(&events).contains(&"qr"), "{code}");
    }
}

#[test]
fn a_push_that_comes_to_nothing_gives_way_to_a_code_if_one_may_be_shown() {
    enum Fails {
        Declined,
        Ignored,
        Refused,
    }
    for (fails, steps) in [
        (Fails::Declined, vec!["push", "scanned", "declined"]),
        (Fails::Ignored, vec!["push"]),
        (Fails::Refused, vec!["trouble"]),
    ] {
        for scan in [true, false] {
            let (mut world, snapshot) = replaced();
            if matches!(fails, Fails::Refused) {
                let no = page(200, r#"{"ret":"1","msg":"no","uuid":""}"#);
                world.server_mut().plant("webwxpushloginurl", 1, no);
            }
            let bot = world.rejoin(allowing(true, scan), [4; 32], snapshot);
            world.run_for(5 * SECOND);
            match fails {
                Fails::Declined => {
                    world.act(Deed::Scan(Code::Latest)).unwrap();
                    world.run_for(5 * SECOND);
                    world.act(Deed::Cancel(Code::Latest)).unwrap();
                    world.run_for(5 * SECOND);
                }
                Fails::Ignored => {
                    world.run_for(290 * SECOND);
                    assert_eq!(world.client(bot).phase(), Phase::PushWait);
                    world.run_for(15 * SECOND);
                }
                Fails::Refused => {}
            }
            let events = world.events(bot);
            assert_eq!(names(&events)[..steps.len()], steps);
            let rest = &names(&events)[steps.len()..];
            if scan {
                assert_eq!((rest, world.client(bot).phase()), (&["qr"][..], Phase::Qr));
                world.act(Deed::Confirm(Code::Latest)).unwrap();
                assert!(world.to_online(bot));
            } else {
                assert_eq!(rest, ["ended"]);
                let ended = last_end(&events);
                assert_eq!(
                    (&ended.cause, ended.recoverable),
                    (&EndCause::NeedsScan, true)
                );
                // Another time the phone may be asked again, or a code be shown.
                let again = world.rejoin(config(), [5; 32], ended.again.unwrap());
                world.run_for(5 * SECOND);
                assert_eq!(world.client(again).phase(), Phase::PushWait);
                assert_eq!(endpoints(&world, again)[0], "webwxpushloginurl");
                world.act(Deed::Confirm(Code::Latest)).unwrap();
                assert!(world.to_online(again));
            }
            let asked = endpoints(&world, bot);
            let pushes = asked.iter().filter(|name| **name == "webwxpushloginurl");
            assert_eq!(pushes.count(), 1, "the phone is asked once");
        }
    }
}

#[test]
fn the_policy_says_which_ways_are_tried() {
    for (push, scan, first, phase) in [
        (true, true, "push", Phase::PushWait),
        (true, false, "push", Phase::PushWait),
        (false, true, "qr", Phase::Qr),
        (false, false, "ended", Phase::Closed),
    ] {
        let (mut world, snapshot) = replaced();
        let bot = world.rejoin(allowing(push, scan), [4; 32], snapshot);
        world.run_for(5 * SECOND);
        let events = world.events(bot);
        assert_eq!(names(&events), [first]);
        assert_eq!(world.client(bot).phase(), phase);
        assert_eq!(
            endpoints(&world, bot)[0],
            "webwxinit",
            "the session itself comes first"
        );
        if phase == Phase::Closed {
            assert_eq!(endpoints(&world, bot), ["webwxinit"]);
            assert_eq!(end_of(&events), EndCause::NeedsScan);
            assert!(last_end(&events).again.is_some());
        }
    }
}

#[test]
fn a_first_login_needs_a_scan_and_ends_at_once_where_none_is_allowed() {
    let mut world = World::new(Setup::default());
    let bot = world.join(allowing(true, false), [3; 32]);
    assert!(world.client(bot).is_drained());
    assert!(world.sent(bot).is_empty());
    let ended = last_end(&world.events(bot));
    assert_eq!(ended.cause, EndCause::NeedsScan);
    assert!(ended.again.is_none());
}

#[test]
fn the_phone_is_not_asked_without_the_cookies_by_which_the_service_knows_the_device() {
    for name in ["webwxuvid", "webwx_auth_ticket"] {
        let (mut world, snapshot) = replaced();
        let mut record: serde_json::Value = serde_json::from_slice(&snapshot.encode()).unwrap();
        let cookies = record["cookies"].as_array_mut().unwrap();
        cookies.retain(|cookie| cookie["name"] != name);
        let snapshot = Snapshot::decode(record.to_string().as_bytes()).unwrap();
        let bot = world.rejoin(config(), [4; 32], snapshot);
        world.run_for(5 * SECOND);
        assert_eq!(
            endpoints(&world, bot)[..2],
            ["webwxinit", "jslogin"],
            "{name}"
        );
    }
}

#[test]
fn a_network_that_fails_on_the_way_costs_neither_the_tap_nor_a_scan() {
    for endpoint in [
        "webwxinit",
        "webwxpushloginurl",
        "login",
        "webwxnewloginpage",
        "webwxgetcontact",
        "synccheck",
    ] {
        for fate in [
            Fate::Fails(TransportErrorKind::Connect),
            Fate::Unheard(TransportErrorKind::Reset),
            Fate::Truncated(300),
            Fate::Stalls,
            Fate::Unavailable,
        ] {
            let (mut world, snapshot) = replaced();
            world.doom(endpoint, 2, fate);
            let bot = world.rejoin(config(), [4; 32], snapshot);
            assert!(world.run_until(200 * SECOND, |world| {
                world.client(bot).phase() == Phase::PushWait
                    && endpoints(world, bot).contains(&"login")
            }));
            world.act(Deed::Confirm(Code::Latest)).unwrap();
            assert!(world.to_online(bot), "{endpoint} {fate:?}");
            let events = world.events(bot);
            let calls_for_a_scan = names(&events).contains(&"qr");
            assert!(
                !calls_for_a_scan,
                "{endpoint} {fate:?}: {:?}",
                names(&events)
            );
            assert_eq!(world.violations(), <&[String]>::default());
        }
    }
}

#[test]
fn a_service_that_is_away_is_not_taken_for_one_that_wants_a_scan() {
    let (mut world, snapshot) = replaced();
    let away = Fate::Fails(TransportErrorKind::Connect);
    world.doom("webwxpushloginurl", u32::MAX, away);
    let bot = world.rejoin(allowing(true, false), [4; 32], snapshot);
    world.run_for(60 * SECOND);
    let ended = last_end(&world.events(bot));
    assert_eq!(
        ended.cause,
        EndCause::Unreachable(TransportErrorKind::Connect)
    );
    assert!(ended.again.is_some());
}

#[test]
fn a_refused_push_is_told_with_its_code() {
    let (mut world, snapshot) = replaced();
    let no = page(200, r#"{"ret":"1","msg":""}"#);
    world.server_mut().plant("webwxpushloginurl", 1, no);
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(5 * SECOND);
    let told = world
        .events(bot)
        .into_iter()
        .find_map(|event| match event.kind {
            EventKind::Trouble(trouble) => Some((trouble.endpoint.name(), trouble.cause)),
            _ => None,
        });
    let (endpoint, cause) = told.unwrap();
    assert_eq!(endpoint, "webwxpushloginurl");
    assert_eq!(cause, TroubleCause::Refused(wx_proto::Ret(1)));
}

#[test]
fn codes_that_nobody_scanned_leave_the_way_by_push_open() {
    let (mut world, snapshot) = replaced();
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(HOUR);
    let events = world.events(bot);
    assert_eq!(
        names(&events),
        ["push", "qr", "qr", "qr", "qr", "qr", "ended"]
    );
    let ended = last_end(&events);
    assert_eq!(ended.cause, EndCause::QrGaveUp);
    let again = world.rejoin(config(), [5; 32], ended.again.unwrap());
    world.run_for(5 * SECOND);
    assert_eq!(names(&world.events(again)), ["push"]);
}

#[test]
fn a_client_that_is_closed_while_the_phone_is_asked_can_ask_again() {
    let (mut world, snapshot) = replaced();
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(5 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::PushWait);
    world.close(
        bot,
        Close {
            logout: true,
            drain: SECOND,
        },
    );
    assert!(world.client(bot).is_drained());
    let ended = last_end(&world.events(bot));
    // There is no session to log out of.
    assert_eq!(ended.cause, EndCause::Detached);
    let again = world.rejoin(config(), [5; 32], ended.again.unwrap());
    world.run_for(5 * SECOND);
    assert_eq!(names(&world.events(again)), ["push"]);
}

#[test]
fn our_own_logout_leaves_what_a_push_needs_if_asked_for_and_nothing_of_the_session() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    log_out(&mut world, bot);
    assert!(last_end(&world.events(bot)).again.is_none());

    for heard in [true, false] {
        let mut world = World::new(Setup::default());
        let mut keeping = config();
        keeping.relogin.after_logout = true;
        let bot = world.join(keeping, [3; 32]);
        assert!(world.to_online(bot));
        world.run_for(5 * SECOND);
        let open = world.client(bot).snapshot().unwrap().encode();
        let open: serde_json::Value = serde_json::from_slice(&open).unwrap();
        if !heard {
            world.doom("webwxlogout", u32::MAX, Fate::Stalls);
        }
        log_out(&mut world, bot);
        let ended = last_end(&world.events(bot));
        assert_eq!(ended.cause, EndCause::LoggedOut);
        let left = String::from_utf8(ended.again.clone().unwrap().encode()).unwrap();
        for name in [
            "sid",
            "skey",
            "pass_ticket",
            "user_name",
            "nick_name",
            "sync_key",
        ] {
            assert!(!left.contains(open[name].as_str().unwrap()), "{name}");
        }
        for cookie in open["cookies"].as_array().unwrap() {
            let name = cookie["name"].as_str().unwrap();
            let stays = ["webwxuvid", "webwx_auth_ticket"].contains(&name);
            assert_eq!(left.contains(&format!("\"{name}\"")), stays, "{name}");
        }

        let again = world.rejoin(config(), [4; 32], ended.again.unwrap());
        assert!(world.to_online(again));
        assert_eq!(endpoints(&world, again)[0], "webwxpushloginurl");
        assert_eq!(names(&world.events(again))[..2], ["push", "scanned"]);
    }
}

#[test]
fn the_cookies_of_a_session_that_is_gone_never_pass_for_those_of_the_new_one() {
    let (mut world, snapshot) = replaced();
    // Credentials without a session id, and no cookie for it either.
    let xml = "<error><ret>0</ret><skey>@crypt_0a1b2c3d_0</skey><wxuin>2100045678</wxuin></error>";
    world
        .server_mut()
        .plant("webwxnewloginpage", 1, page(200, xml));
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.run_for(5 * SECOND);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    world.run_for(5 * SECOND);
    let EndCause::Protocol(error) = end_of(&world.events(bot)) else {
        panic!()
    };
    assert_eq!(error.kind, ProtocolErrorKind::Missing("wxsid"));
}

#[test]
fn the_way_back_is_the_same_for_the_same_seed_byte_for_byte() {
    let run = |seed: u8| {
        let (mut world, snapshot) = replaced();
        let bot = world.rejoin(config(), [seed; 32], snapshot);
        world.run_for(60 * SECOND);
        world.act(Deed::Cancel(Code::Latest)).unwrap();
        world.run_for(5 * SECOND);
        world.act(Deed::Confirm(Code::Latest)).unwrap();
        assert!(world.to_online(bot));
        world.run_for(60 * SECOND);
        let sent = world.sent(bot).iter();
        sent.map(|s| (s.at, s.bytes.clone())).collect::<Vec<_>>()
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn nothing_of_the_way_back_can_be_logged_that_opens_the_account() {
    let (mut world, snapshot) = replaced();
    world.keep_log();
    let record: serde_json::Value = serde_json::from_slice(&snapshot.encode()).unwrap();
    let bot = world.rejoin(config(), [4; 32], snapshot);
    world.doom("webwxpushloginurl", 1, Fate::Truncated(500));
    world.run_for(5 * SECOND);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    assert!(world.to_online(bot));
    let fresh = world.client(bot).snapshot().unwrap();
    let fresh: serde_json::Value = serde_json::from_slice(&fresh.encode()).unwrap();
    let said = world.log().to_owned();
    assert!(said.contains("PushSent") && said.contains("webwxpushloginurl"));
    for record in [record, fresh] {
        let mut secrets = vec![record["uin"].to_string()];
        for name in ["sid", "skey", "pass_ticket"] {
            secrets.push(record[name].as_str().unwrap().to_owned());
        }
        for cookie in record["cookies"].as_array().unwrap() {
            let name = cookie["name"].as_str().unwrap();
            if !["mm_lang", "wxloadtime", "wxpluginkey"].contains(&name) {
                secrets.push(cookie["value"].as_str().unwrap().to_owned());
            }
        }
        assert!(secrets.iter().all(|secret| secret.len() >= 7));
        let told = secrets.iter().filter(|secret| said.contains(*secret));
        assert_eq!(told.count(), 0);
    }
}

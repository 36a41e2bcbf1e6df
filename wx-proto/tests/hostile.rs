//! What a hostile or confused service, a bad network and a wrong clock can do to a session.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::*;
use wx_proto::{
    CommandError, EndCause, Event, EventKind, Phase, ProtocolErrorKind, RedirectRefusal, Ret,
    SendText, TransportErrorKind, TroubleCause,
};
use wx_sim::{
    net::{Fate, Weather},
    server::{Act, Rate, Setup},
    world::World,
};

#[test]
fn a_redirect_uri_on_a_foreign_host_is_refused_and_nothing_is_sent_there() {
    for uri in [
        "https://evil.example/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A@qrticket_0&uuid=x",
        "https://wx.qq.com.evil.example/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A",
        "https://wx.qq.com@evil.example/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A",
    ] {
        let mut world = World::new(Setup::default());
        let body = format!("window.code=200;\nwindow.redirect_uri=\"{uri}\";");
        world.server_mut().plant("login", 1, page(200, body));
        let bot = world.join(config(), [3; 32]);
        world.run_for(60 * SECOND);
        let events = world.events(bot);
        let EndCause::Protocol(error) = end_of(&events) else {
            panic!("{events:?}")
        };
        assert!(
            matches!(
                error.kind,
                ProtocolErrorKind::Untrusted(RedirectRefusal::Host | RedirectRefusal::UserInfo)
            ),
            "{error:?}"
        );
        assert_eq!(names(&events).last(), Some(&"ended"));
        assert!(!names(&events).contains(&"confirmed"));
        let paths: Vec<_> = world
            .sent(bot)
            .iter()
            .map(|sent| sent.path.as_str())
            .collect();
        assert_eq!(paths, ["/jslogin", "/cgi-bin/mmwebwx-bin/login"]);
    }
}

#[test]
fn a_refused_account_learns_why_and_is_shown_no_second_code() {
    let mut world = World::new(Setup {
        barred: true,
        ..Setup::default()
    });
    let bot = world.join(config(), [3; 32]);
    world.run_for(HOUR);
    let events = world.events(bot);
    let EndCause::Refused(error) = end_of(&events) else {
        panic!("{events:?}")
    };
    assert_eq!(error.ret, Ret::LOGIN_REFUSED);
    assert!(!error.text.is_empty());
    assert_eq!(
        names(&events).iter().filter(|name| **name == "qr").count(),
        1
    );
}

#[test]
fn oddity_30_an_empty_key_never_replaces_a_good_one() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let stalled = r#"{"BaseResponse":{"Ret":3,"ErrMsg":""},"AddMsgCount":0,"AddMsgList":[],
        "ContinueFlag":0,"SyncKey":{"Count":0,"List":[]},"SKey":"","SyncCheckKey":{"Count":0,"List":[]}}"#;
    world.server_mut().plant("webwxsync", 3, page(200, stalled));
    let friend = friend(&world);
    world
        .happen(Act::Text {
            from: friend,
            text: "after the storm".into(),
        })
        .unwrap();
    world.run_for(120 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["after the storm"]);
    let keys: Vec<_> = world
        .sent(bot)
        .iter()
        .filter(|sent| sent.path.ends_with("/webwxsync"))
        .map(|sent| {
            let body = String::from_utf8(sent.bytes.clone()).unwrap();
            let from = body.find("\"SyncKey\"").unwrap();
            body[from..body.find(",\"rr\"").unwrap()].to_owned()
        })
        .collect();
    let tail = &keys[keys.len() - 4..];
    assert!(
        tail.iter()
            .all(|key| *key == tail[0] && key.contains("\"Val\"")),
        "{tail:?}"
    );
    assert_clean(&world);
}

#[test]
fn garbage_in_place_of_a_status_line_on_the_poll_is_news_not_an_error() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.doom("synccheck", 2, Fate::Unheard(TransportErrorKind::NotHttp));
    let friend = friend(&world);
    world.run_for(60 * SECOND);
    world
        .happen(Act::Text {
            from: friend,
            text: "typing done".into(),
        })
        .unwrap();
    world.run_for(60 * SECOND);
    let events = world.events(bot);
    assert_eq!(texts(&events), ["typing done"]);
    assert!(!names(&events).contains(&"trouble"), "{:?}", names(&events));
}

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
fn a_logged_out_code_is_believed_only_after_a_check() {
    // The poll lies once; `webwxinit` says that the session lives.
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let lie = "window.synccheck={retcode:\"1101\",selector:\"0\"}";
    world.server_mut().plant("synccheck", 1, page(200, lie));
    world.run_for(60 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Online);
    let friend = friend(&world);
    world
        .happen(Act::Text {
            from: friend,
            text: "alive".into(),
        })
        .unwrap();
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["alive"]);

    // It lies for ever: after two checks it is believed.
    world
        .server_mut()
        .plant("synccheck", u32::MAX, page(200, lie));
    world.run_for(300 * SECOND);
    assert_eq!(end_of(&world.events(bot)), EndCause::Replaced);
}

#[test]
fn each_logged_out_code_has_its_cause_and_what_can_go_on_says_so() {
    for (code, cause, recoverable) in [
        (1100, EndCause::LoggedOutOnPhone, true),
        (1101, EndCause::Replaced, true),
        (1102, EndCause::CookieInvalid, true),
    ] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        world.run_for(HOUR);
        let chat = world.client(bot).chat("filehelper").unwrap();
        world.happen(Act::Kick { code }).unwrap();
        let pending = world.submit(bot, SendText::new(chat, "anybody?"));
        world.run_for(60 * SECOND);
        let events = world.events(bot);
        assert_eq!(end_of(&events), cause);
        let Some(Event {
            kind: EventKind::Ended(ended),
            ..
        }) = events.last()
        else {
            panic!()
        };
        assert_eq!(
            (ended.recoverable, ended.again.is_some()),
            (recoverable, recoverable)
        );
        let outcome = world.outcome(bot, pending).unwrap();
        assert!(
            matches!(outcome, Err(CommandError::Closed(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_session_that_is_ended_within_seconds_after_the_login_is_risk_control() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.happen(Act::Kick { code: 1102 }).unwrap();
    world.run_for(10 * SECOND);
    assert_eq!(end_of(&world.events(bot)), EndCause::RiskControl);
}

#[test]
fn a_check_that_says_nothing_about_the_session_does_not_end_it() {
    for body in [
        r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#,
        r#"{"BaseResponse":{"Ret":-1,"ErrMsg":""}}"#,
        r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#,
        "<html></html>",
    ] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let lie = "window.synccheck={retcode:\"1101\",selector:\"0\"}";
        world.server_mut().plant("synccheck", 1, page(200, lie));
        world.server_mut().plant("webwxinit", 2, page(200, body));
        world.run_for(300 * SECOND);
        assert_eq!(world.client(bot).phase(), Phase::Online, "{body}");
    }
}

#[test]
fn one_endpoint_that_says_the_session_is_gone_is_not_believed_alone() {
    let gone = page(200, r#"{"BaseResponse":{"Ret":1101,"ErrMsg":""}}"#);
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsendmsg", u32::MAX, gone.clone());
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending = world.submit(bot, SendText::new(chat, "hello"));
    world.run_for(300 * SECOND);
    let outcome = world.outcome(bot, pending).unwrap();
    assert!(
        matches!(outcome, Err(CommandError::Rejected(_))),
        "{outcome:?}"
    );
    assert_eq!(world.client(bot).phase(), Phase::Online);

    let mut world = World::new(Setup::default());
    world.server_mut().plant("webwxgetcontact", u32::MAX, gone);
    let bot = world.join(config(), [3; 32]);
    world.run_for(600 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Online);
}

#[test]
fn a_session_that_only_met_bad_replies_can_go_on_later() {
    for reply in [page(503, ""), page(200, "<html>captive</html>")] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let snapshot = world.client(bot).snapshot().unwrap();
        for endpoint in ENDPOINTS {
            world.server_mut().plant(endpoint, u32::MAX, reply.clone());
        }
        world.run_for(2 * HOUR);
        let events = world.events(bot);
        end_of(&events);
        let Some(Event {
            kind: EventKind::Ended(ended),
            ..
        }) = events.last()
        else {
            panic!()
        };
        assert!(ended.recoverable && ended.again.is_some(), "{ended:?}");

        // The same when a session is resumed into it.
        let again = world.rejoin(config(), [4; 32], snapshot);
        world.run_for(2 * HOUR);
        let events = world.events(again);
        assert!(!names(&events).contains(&"qr"));
        let Some(Event {
            kind: EventKind::Ended(ended),
            ..
        }) = events.last()
        else {
            panic!()
        };
        assert!(ended.recoverable && ended.again.is_some(), "{ended:?}");
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
fn announcements_without_news_slow_the_poll_down() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant(
        "synccheck",
        u32::MAX,
        page(200, "window.synccheck={retcode:\"0\",selector:\"7\"}"),
    );
    let before = world.sent(bot).len();
    world.run_for(HOUR);
    let requests = world.sent(bot).len() - before;
    assert!(requests < 400, "{requests} requests in an hour");
    assert_eq!(world.client(bot).phase(), Phase::Online);
    let stagnant = |event: &Event| match &event.kind {
        EventKind::Trouble(trouble) => trouble.cause == TroubleCause::Stagnant,
        _ => false,
    };
    assert!(world.events(bot).iter().any(stagnant));
}

#[test]
fn a_poll_that_the_service_does_not_hold_is_not_repeated_without_a_pause() {
    let mut world = World::new(Setup {
        hold: Duration::ZERO,
        ..Setup::default()
    });
    let bot = online(&mut world);
    let before = world.sent(bot).len();
    world.run_for(60 * SECOND);
    let requests = world.sent(bot).len() - before;
    assert!(requests <= 61, "{requests} requests in a minute");
}

#[test]
fn too_often_stops_the_sends_tells_so_and_goes_on_later() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant(
        "webwxsendmsg",
        1,
        page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#),
    );
    let chat = world.client(bot).chat("filehelper").unwrap();
    let first = world.submit(bot, SendText::new(chat.clone(), "one"));
    let second = world.submit(bot, SendText::new(chat, "two"));
    world.run_for(59 * SECOND);
    assert!(names(&world.events(bot)).contains(&"paced"));
    assert_eq!(world.server().received().len(), 0);
    world.run_for(10 * SECOND);
    world.outcome(bot, first).unwrap().unwrap();
    world.outcome(bot, second).unwrap().unwrap();
    let received: Vec<_> = world
        .server()
        .received()
        .map(|text| text.text.as_str())
        .collect();
    assert_eq!(received, ["one", "two"]);
}

#[test]
fn a_refused_receiver_fails_the_command_and_nothing_else() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant(
        "webwxsendmsg",
        1,
        page(200, r#"{"BaseResponse":{"Ret":1204,"ErrMsg":""}}"#),
    );
    let chat = world.client(bot).chat("filehelper").unwrap();
    let refused = world.submit(bot, SendText::new(chat.clone(), "no"));
    let accepted = world.submit(bot, SendText::new(chat, "yes"));
    world.run_for(10 * SECOND);
    match world.outcome(bot, refused).unwrap() {
        Err(CommandError::Rejected(error)) => {
            assert_eq!(error.ret, Ret::RECEIVER_REFUSED);
            assert!(!error.is_retryable() && !error.ends_session());
        }
        other => panic!("{other:?}"),
    }
    world.outcome(bot, accepted).unwrap().unwrap();
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
            world
                .happen(Act::Text {
                    from: friend.clone(),
                    text: format!("{n}"),
                })
                .unwrap();
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
fn what_would_wait_for_too_long_fails_together() {
    let mut config = config();
    config.pace.wait = 600 * SECOND;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    let too_often = page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#);
    world
        .server_mut()
        .plant("webwxsendmsg", u32::MAX, too_often);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending: Vec<_> = (0..6)
        .map(|n| world.submit(bot, SendText::new(chat.clone(), format!("{n}"))))
        .collect();
    world.run_for(601 * SECOND);
    for pending in pending {
        let outcome = world.outcome(bot, pending).unwrap();
        assert!(
            matches!(outcome, Err(CommandError::Rejected(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_rate_limit_of_the_service_is_obeyed_by_waiting() {
    let rate = Rate {
        texts: 5,
        window: 60 * SECOND,
    };
    let mut world = World::new(Setup {
        rate: Some(rate),
        ..Setup::default()
    });
    let bot = online(&mut world);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending: Vec<_> = (0..8)
        .map(|n| world.submit(bot, SendText::new(chat.clone(), format!("{n}"))))
        .collect();
    world.run_for(500 * SECOND);
    for pending in pending {
        world.outcome(bot, pending).unwrap().unwrap();
    }
}

#[test]
fn nothing_is_skipped_in_silence_because_the_sync_was_refused() {
    for ret in [1205, 1, -2, -14, 1200, 77] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
        world.server_mut().plant("webwxsync", 6, page(200, body));
        let friend = friend(&world);
        world
            .happen(Act::Text {
                from: friend,
                text: "waiting".into(),
            })
            .unwrap();
        world.run_for(900 * SECOND);
        let events = world.events(bot);
        let told = names(&events).contains(&"gap");
        for event in &events {
            if let EventKind::Gap(gap) = &event.kind {
                assert_eq!(gap.error.kind, ProtocolErrorKind::Refused(Ret(ret)));
            }
        }
        assert!(
            texts(&events) == ["waiting"] || told,
            "{ret}: {:?}",
            names(&events)
        );
        if ret == 1205 {
            assert_eq!(texts(&events), ["waiting"]);
        }
        assert_eq!(world.client(bot).phase(), Phase::Online);
    }
}

#[test]
fn several_refusals_as_too_often_of_sends_on_their_way_together_are_one() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let too_often = page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#);
    world.server_mut().plant("webwxsendmsg", 5, too_often);
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let chats: Vec<_> = peers.iter().filter(|peer| peer.listed).take(5).collect();
    let pending: Vec<_> = chats
        .iter()
        .map(|peer| {
            let chat = world.client(bot).chat(&peer.user_name).unwrap();
            world.submit(bot, SendText::new(chat, "hello"))
        })
        .collect();
    assert_eq!(pending.len(), 5);
    world.run_for(70 * SECOND);
    for pending in pending {
        world.outcome(bot, pending).unwrap().unwrap();
    }
    let paced = names(&world.events(bot))
        .iter()
        .filter(|name| **name == "paced")
        .count();
    assert_eq!(paced, 1);
}

/// The reply of a sync that brings `what`, with keys that move on.
fn news(what: &str) -> http::Response<bytes::Bytes> {
    page(
        200,
        format!(
            r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},{what},"ContinueFlag":0,
            "SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":7}}]}},"SKey":""}}"#
        ),
    )
}

#[test]
fn a_room_that_changes_a_thousand_times_in_one_reply_changes_once() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let rooms: Vec<_> = (0..1000)
        .map(|n| format!(r#"{{"UserName":"@@storm","NickName":"name {n}"}}"#))
        .collect();
    let reply = news(&format!(r#""ModContactList":[{}]"#, rooms.join(",")));
    world.server_mut().plant("webwxsync", 1, reply);
    world.happen(Act::FalseAlarm { selector: 4 }).unwrap();
    world.run_for(10 * SECOND);
    let events = world.events(bot);
    assert_eq!(
        names(&events)
            .iter()
            .filter(|name| **name == "change")
            .count(),
        1
    );
    assert_eq!(
        world.client(bot).roster().find("@@storm").unwrap().name(),
        "name 999"
    );
}

#[test]
fn names_without_end_are_cut() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let name = "名".repeat(1_000_000);
    let reply = news(&format!(
        r#""ModContactList":[{{"UserName":"@long","NickName":"{name}"}}],"AddMsgList":[
        {{"MsgId":"71","FromUserName":"@long","ToUserName":"@me","MsgType":1,"Content":"hi"}}]"#
    ));
    world.server_mut().plant("webwxsync", 1, reply);
    world.happen(Act::FalseAlarm { selector: 2 }).unwrap();
    world.run_for(10 * SECOND);
    let message = messages(&world.events(bot)).pop().unwrap();
    assert!(
        (1..=2048).contains(&message.chat_name.len()),
        "{}",
        message.chat_name.len()
    );
}

#[test]
fn messages_that_have_only_a_number_for_an_id_are_told_apart() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let message = |number: u32| {
        format!(
            r#"{{"MsgId":"","NewMsgId":{number},"FromUserName":"@a","ToUserName":"@me",
            "MsgType":1,"Content":"{number}","CreateTime":1700000000}}"#
        )
    };
    let list = format!(
        r#""AddMsgList":[{},{},{}]"#,
        message(81),
        message(82),
        message(81)
    );
    world.server_mut().plant("webwxsync", 1, news(&list));
    world.happen(Act::FalseAlarm { selector: 2 }).unwrap();
    world.run_for(10 * SECOND);
    let messages = messages(&world.events(bot));
    let ids: Vec<_> = messages
        .iter()
        .map(|m| m.id.as_ref().unwrap().as_str())
        .collect();
    assert_eq!(ids, ["81", "82"]);
}

#[test]
fn the_same_unreadable_item_again_and_again_is_told_once_and_slows_the_loop() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsync", u32::MAX, news(r#""AddMsgList":[{},[7],"x"]"#));
    let alarm = "window.synccheck={retcode:\"0\",selector:\"2\"}";
    world
        .server_mut()
        .plant("synccheck", u32::MAX, page(200, alarm));
    let before = world.sent(bot).len();
    world.run_for(600 * SECOND);
    assert_eq!(messages(&world.events(bot)).len(), 3);
    assert!(
        world.sent(bot).len() - before < 100,
        "{}",
        world.sent(bot).len() - before
    );
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

#[test]
fn nothing_of_a_stopped_class_goes_out_and_nothing_waits_for_longer_than_allowed() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let too_often = page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#);
    world.server_mut().plant("webwxsendmsg", 1, page(503, ""));
    world
        .server_mut()
        .plant("webwxsendmsg", u32::MAX, too_often);
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let mut pending = Vec::new();
    for peer in peers.iter().filter(|peer| peer.listed).take(2) {
        let chat = world.client(bot).chat(&peer.user_name).unwrap();
        pending.push((world.now(), world.submit(bot, SendText::new(chat, "hello"))));
    }
    let sends = |world: &World| {
        world
            .sent(bot)
            .iter()
            .filter(|sent| sent.path.ends_with("webwxsendmsg"))
            .count()
    };
    world.run_for(50 * SECOND);
    assert_eq!(sends(&world), 2, "the pause holds for repetitions too");
    let chat = world.client(bot).chat("filehelper").unwrap();
    for _ in 0..60 {
        pending.push((
            world.now(),
            world.submit(bot, SendText::new(chat.clone(), "more")),
        ));
        world.run_for(20 * SECOND);
        // The default patience is ten minutes.
        let patience = 620 * SECOND;
        let (late, open): (Vec<_>, Vec<_>) = pending
            .into_iter()
            .partition(|(since, _)| world.now() - *since > patience);
        pending = open;
        for (since, late) in late {
            assert!(world.outcome(bot, late).is_some(), "waits since {since:?}");
        }
    }
}

#[test]
fn one_text_accepted_without_an_id_is_not_taken_for_others_of_the_same_words() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant(
        "webwxsendmsg",
        1,
        page(200, r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#),
    );
    let to = friend(&world);
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let user_name = &peers
        .iter()
        .find(|peer| peer.plain == to)
        .unwrap()
        .user_name;
    let chat = world.client(bot).chat(user_name).unwrap();
    let pending = world.submit(bot, SendText::new(chat, "ok"));
    world.run_for(5 * SECOND);
    assert_eq!(world.outcome(bot, pending).unwrap().unwrap().msg_id, None);
    for _ in 0..3 {
        world
            .happen(Act::OwnText {
                to: to.clone(),
                text: "ok".into(),
            })
            .unwrap();
        world.run_for(HOUR);
    }
    let origins: Vec<_> = messages(&world.events(bot))
        .iter()
        .map(|m| m.origin)
        .collect();
    assert_eq!(origins[1..], [wx_proto::Origin::OwnElsewhere; 2]);
}

#[test]
fn a_check_that_is_refused_once_is_asked_again() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let lie = "window.synccheck={retcode:\"1101\",selector:\"0\"}";
    world.server_mut().plant("synccheck", 1, page(200, lie));
    let refusal = page(200, r#"{"BaseResponse":{"Ret":1,"ErrMsg":""}}"#);
    world.server_mut().plant("webwxinit", 1, refusal);
    world.run_for(120 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Online);
}

//! A service that lies, refuses or is confused.

use wx_proto::{
    CommandError, EndCause, EventKind, Phase, ProtocolErrorKind, RedirectRefusal, Ret, SendText,
    TransportErrorKind,
};
use wx_sim::{
    net::Fate,
    server::{Act, Setup},
    world::World,
};

use crate::common::*;

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
    hears(&mut world, &friend, "after the storm");
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
    hears(&mut world, &friend, "typing done");
    world.run_for(60 * SECOND);
    let events = world.events(bot);
    assert_eq!(texts(&events), ["typing done"]);
    assert!(!names(&events).contains(&"trouble"), "{:?}", names(&events));
}

#[test]
fn a_logged_out_code_is_believed_only_after_a_check() {
    // The poll lies once; `webwxinit` says that the session lives.
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("synccheck", 1, polled("1101", "0"));
    world.run_for(60 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Online);
    let friend = friend(&world);
    hears(&mut world, &friend, "alive");
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["alive"]);

    // It lies for ever: after two checks it is believed.
    world
        .server_mut()
        .plant("synccheck", u32::MAX, polled("1101", "0"));
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
        let ended = ended(&events);
        assert_eq!(
            (ended.recoverable, ended.again.is_some()),
            (recoverable, recoverable)
        );
        let outcome = world.outcome(bot, pending).unwrap();
        assert!(
            matches!(outcome, Err(CommandError::Closed { .. })),
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
        world
            .server_mut()
            .plant("synccheck", 1, polled("1101", "0"));
        world.server_mut().plant("webwxinit", 2, page(200, body));
        world.run_for(300 * SECOND);
        assert_eq!(world.client(bot).phase(), Phase::Online, "{body}");
    }
}

#[test]
fn one_endpoint_that_says_the_session_is_gone_is_not_believed_alone() {
    let gone = refusing(1101);
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
        matches!(outcome, Err(CommandError::Rejected { .. })),
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
        let end = ended(&events);
        assert!(end.recoverable && end.again.is_some(), "{end:?}");

        // The same when a session is resumed into it.
        let again = world.rejoin(config(), [4; 32], snapshot);
        world.run_for(2 * HOUR);
        let events = world.events(again);
        assert!(!names(&events).contains(&"qr"));
        let end = ended(&events);
        assert!(end.recoverable && end.again.is_some(), "{end:?}");
    }
}

#[test]
fn nothing_is_skipped_in_silence_because_the_sync_was_refused() {
    for ret in [1205, 1, -2, -14, 1200, 77] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        world.server_mut().plant("webwxsync", 6, refusing(ret));
        let friend = friend(&world);
        hears(&mut world, &friend, "waiting");
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
fn a_check_that_is_refused_is_asked_again_until_three_say_so() {
    // What was lost before is no refusal.
    let lost = Fate::Fails(TransportErrorKind::Connect);
    for (before, refusals, goes_on) in [(0, 1, true), (4, 2, true), (0, 3, false), (4, 3, false)] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        world
            .server_mut()
            .plant("synccheck", 1, polled("1101", "0"));
        world.doom("webwxinit", before, lost);
        world.server_mut().plant("webwxinit", refusals, refusing(1));
        world.run_for(300 * SECOND);
        let phase = world.client(bot).phase();
        assert_eq!(phase == Phase::Online, goes_on, "{before} {refusals}");
        if !goes_on {
            let cause = ended(&world.events(bot)).cause;
            assert!(matches!(cause, EndCause::Refused(_)), "{cause:?}");
        }
    }
}

#[test]
fn a_session_whose_syncs_are_never_readable_ends() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsync", u32::MAX, page(200, "garbage"));
    let friend = friend(&world);
    hears(&mut world, &friend, "hello");
    world.run_for(2 * HOUR);
    // Each check says that it lives. It hears nothing all the same.
    let end = ended(&world.events(bot));
    assert!(matches!(end.cause, EndCause::Protocol(_)), "{end:?}");
    assert!(end.again.is_some());
}

#[test]
fn a_session_is_not_opened_for_ever() {
    for ret in [-1, -2, -14, 3, 1100, 1101, 1102, 1205, 9999] {
        for endpoint in [
            "webwxinit",
            "webwxgetcontact",
            "webwxbatchgetcontact",
            "webwxstatusnotify",
        ] {
            let mut world = World::new(Setup::default());
            world.server_mut().plant(endpoint, u32::MAX, refusing(ret));
            let bot = world.join(config(), [3; 32]);
            world.run_for(2 * HOUR);
            let phase = world.client(bot).phase();
            assert!(
                matches!(phase, Phase::Online | Phase::Closed),
                "{phase:?} after {ret} of {endpoint}"
            );
            assert_eq!(world.violations(), <&[String]>::default());
        }
    }
}

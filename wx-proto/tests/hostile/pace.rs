//! What is asked too often, and what would be if nothing held it back.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use wx_proto::{CommandError, Event, EventKind, Phase, Ret, SendText, TroubleCause};
use wx_sim::{
    server::{Rate, Setup},
    world::World,
};

use crate::common::*;

#[test]
fn announcements_without_news_slow_the_poll_down() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("synccheck", u32::MAX, polled("0", "7"));
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

/// Sync number `n` of a service that has something in each of them, and never anything to tell.
fn untold(n: u32, items: &str, more: u8) -> Response<Bytes> {
    let key = format!(
        r#"{{"Count":1,"List":[{{"Key":1,"Val":{}}}]}}"#,
        900_000_000 + n
    );
    let body = format!(
        r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"AddMsgList":[{items}],"ContinueFlag":{more},
        "SyncKey":{key},"SyncCheckKey":{key},"SKey":""}}"#
    );
    Response::new(body.into())
}

#[test]
fn news_that_are_nothing_to_tell_do_not_keep_the_client_busy() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.run_for(20 * SECOND);
    world.events(bot);
    let server = world.server_mut();
    server.plant("synccheck", u32::MAX, polled("0", "2"));
    for n in 0..9_999 {
        let opened = format!(
            r#"{{"MsgId":"{}","MsgType":51,"StatusNotifyCode":4,"FromUserName":"@a",
            "ToUserName":"@b","CreateTime":1700000000,"Content":""}}"#,
            7_000_000_000_u64 + u64::from(n)
        );
        server.plant("webwxsync", 1, untold(n, &opened, 0));
    }
    let before = world.sent(bot).len();
    world.run_for(300 * SECOND);
    let requests = world.sent(bot).len() - before;
    assert!(requests < 2 * (300 + 40), "{requests} requests");
    assert!(requests > 300, "a busy phone does not silence the client");
    assert_eq!(names(&world.events(bot)), [""; 0]);
}

#[test]
fn a_backlog_that_never_ends_and_has_nothing_in_it_is_no_reason_to_hurry() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    let server = world.server_mut();
    server.plant("synccheck", u32::MAX, polled("0", "2"));
    for n in 0..9_999 {
        server.plant("webwxsync", 1, untold(n, "", 1));
    }
    let bot = world.rejoin(config(), [4; 32], snapshot);
    assert!(world.to_online(bot));
    let before = world.sent(bot).len();
    world.run_for(HOUR);
    let requests = world.sent(bot).len() - before;
    assert!(requests < 3_600, "{requests} requests in an hour");
    assert_eq!(world.client(bot).phase(), Phase::Online);
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
    world.server_mut().plant("webwxsendmsg", 1, refusing(1205));
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
    world.server_mut().plant("webwxsendmsg", 1, refusing(1204));
    let chat = world.client(bot).chat("filehelper").unwrap();
    let refused = world.submit(bot, SendText::new(chat.clone(), "no"));
    let accepted = world.submit(bot, SendText::new(chat, "yes"));
    world.run_for(10 * SECOND);
    match world.outcome(bot, refused).unwrap() {
        Err(CommandError::Rejected { error, .. }) => {
            assert_eq!(error.ret, Ret::RECEIVER_REFUSED);
            assert!(!error.is_retryable() && !error.ends_session());
        }
        other => panic!("{other:?}"),
    }
    world.outcome(bot, accepted).unwrap().unwrap();
}

#[test]
fn what_would_wait_for_too_long_fails_together() {
    let mut config = config();
    config.pace.wait = 600 * SECOND;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    let too_often = refusing(1205);
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
            matches!(outcome, Err(CommandError::Rejected { .. })),
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
fn several_refusals_as_too_often_of_sends_on_their_way_together_are_one() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let too_often = refusing(1205);
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

#[test]
fn nothing_of_a_stopped_class_goes_out_and_nothing_waits_for_longer_than_allowed() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let too_often = refusing(1205);
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
fn codes_that_are_spent_at_once_are_renewed_with_a_pause() {
    let mut config = config();
    config.limits.qr_rounds = u32::MAX;
    let mut world = World::new(Setup::default());
    world
        .server_mut()
        .plant("login", u32::MAX, page(200, "window.code=400;"));
    let bot = world.join(config, [3; 32]);
    world.run_for(60 * SECOND);
    let requests = world.sent(bot).len();
    assert!(requests <= 30, "{requests} requests in a minute");
}

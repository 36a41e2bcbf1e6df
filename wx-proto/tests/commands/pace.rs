//! What commands wait for, the last one included.

use std::time::Duration;

use wx_proto::{
    Attachment, CommandError, EndCause, EventKind, Logout, OutboxState, PaceClass, Rate,
    RenameRoom, Ret, SendImage, SendText,
};
use wx_sim::{
    net::Fate,
    server::{Act, Setup},
    world::World,
};

use crate::{
    cases::picture,
    common::*,
    stage::{FRIEND, OTHER, Stage},
};

#[test]
fn a_stopped_class_stops_nothing_else_and_the_outbox_shows_what_waits() {
    let mut stage = Stage::new();
    let often = refusing(1205);
    stage.world.server_mut().plant("webwxsendmsgimg", 1, often);
    let (friend, other) = (stage.friend(), stage.chat(OTHER));
    let image = SendImage::new(friend.clone(), Attachment::bytes("a.jpg", picture()));
    let image = stage.world.submit(stage.bot, image);
    stage.run(2 * SECOND);
    let events = stage.world.events(stage.bot);
    let paced = events.iter().find_map(|event| match &event.kind {
        EventKind::Paced(paced) => Some(paced.clone()),
        _ => None,
    });
    let paced = paced.unwrap();
    assert_eq!(
        (paced.class, paced.ret, paced.waiting),
        (PaceClass::Media, Ret::TOO_OFTEN, 1)
    );

    // Behind it, in its chat: waits. Elsewhere: goes.
    let behind = stage
        .world
        .submit(stage.bot, SendText::new(friend.clone(), "behind"));
    stage.call(SendText::new(other, "elsewhere")).unwrap();
    let waiting: Vec<_> = stage
        .world
        .client(stage.bot)
        .outbox()
        .map(|item| (item.command, item.chat, item.class, item.state))
        .collect();
    assert_eq!(
        waiting,
        [
            (
                "SendImage",
                Some(friend.clone()),
                PaceClass::Media,
                OutboxState::Waiting
            ),
            (
                "SendText",
                Some(friend),
                PaceClass::Text,
                OutboxState::Waiting
            ),
        ]
    );
    stage.finish(image).unwrap();
    stage.finish(behind).unwrap();
}

#[test]
fn a_notice_that_says_too_often_stops_what_is_said() {
    let mut stage = Stage::new();
    let act = Act::Notice {
        chat: FRIEND.to_owned(),
        text: "操作太频繁，请稍后再试。".to_owned(),
    };
    stage.world.happen(act).unwrap();
    stage.run(2 * SECOND);
    let start = stage.world.now();
    stage
        .call(SendText::new(stage.friend(), "patience"))
        .unwrap();
    assert!(stage.world.now() - start >= 55 * SECOND);
}

#[test]
fn a_name_that_reads_like_a_warning_stops_nobody() {
    for sentence in [
        "操作太频繁，请稍后再试 撤回了一条消息",
        "操作太频繁，请稍后再试 拍了拍我",
        "操作太频繁，请稍后再试 将群主转让给你",
        "Operation too frequent. Try again later tickled me",
    ] {
        let mut stage = Stage::new();
        let act = Act::Notice {
            chat: FRIEND.to_owned(),
            text: sentence.to_owned(),
        };
        stage.world.happen(act).unwrap();
        stage.run(2 * SECOND);
        let start = stage.world.now();
        stage
            .call(SendText::new(stage.friend(), "at once"))
            .unwrap();
        let took = stage.world.now() - start;
        assert!(took < 10 * SECOND, "{sentence}: {took:?}");
    }
}

#[test]
fn a_pace_of_one_for_ever_lets_one_through() {
    for rate in [Rate::new(1, Duration::MAX), Rate::new(4, Duration::MAX / 2)] {
        let mut config = config();
        config.pace.text = rate;
        let mut world = World::new(Setup::default());
        let bot = world.join(config, [3; 32]);
        assert!(world.to_online(bot));
        let chat = world.client(bot).chat("filehelper").unwrap();
        for n in 0..20 {
            world.submit(bot, SendText::new(chat.clone(), format!("{n}")));
        }
        world.run_for(60 * SECOND);
        let said = world.server().received().count();
        assert_eq!(said, rate.burst as usize, "{rate:?}");
    }
}

#[test]
fn each_class_has_a_pace_of_its_own() {
    let mut config = config();
    config.pace.room = Rate::new(1, 30 * SECOND);
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    let room = world
        .client(bot)
        .roster()
        .rooms()
        .next()
        .unwrap()
        .id
        .clone();
    let rename = |topic: &str| RenameRoom::new(room.clone(), topic);
    let first = world.submit(bot, rename("one"));
    let second = world.submit(bot, rename("two"));
    let text = world.submit(bot, SendText::new(room.clone(), "meanwhile"));
    world.run_for(20 * SECOND);
    assert!(world.outcome(bot, first).is_some());
    assert!(world.outcome(bot, text).is_some());
    assert_eq!(world.client(bot).outbox().count(), 1);
    world.run_for(20 * SECOND);
    assert!(world.outcome(bot, second).is_some());
}

#[test]
fn a_logout_is_a_command_as_well() {
    let mut stage = Stage::new();
    let text = SendText::new(stage.friend(), "last words");
    let text = stage.world.submit(stage.bot, text);
    let out = stage
        .world
        .submit(stage.bot, Logout::new().drain(10 * SECOND));
    let again = stage
        .world
        .submit(stage.bot, Logout::new().drain(10 * SECOND));
    stage.run(20 * SECOND);
    let (world, bot) = (&mut stage.world, stage.bot);
    world.outcome(bot, text).unwrap().unwrap();
    world.outcome(bot, out).unwrap().unwrap();
    world.outcome(bot, again).unwrap().unwrap();
    assert_eq!(end_of(&world.events(bot)), wx_proto::EndCause::LoggedOut);
    assert_eq!(stage.last().text, "last words");
    let late = stage.world.submit(stage.bot, Logout::new());
    let late = stage.world.outcome(stage.bot, late).unwrap();
    assert!(matches!(late, Err(CommandError::Closed { .. })));
    assert_clean(&stage.world);
}

#[test]
fn a_logout_that_is_cancelled_completes_and_the_session_ends_all_the_same() {
    for (wait, maybe_sent) in [(false, true), (true, false)] {
        let mut stage = Stage::new();
        if wait {
            stage.world.doom("webwxsendmsg", 1, Fate::Stalls);
            let text = SendText::new(stage.friend(), "keeps the logout waiting");
            stage.world.submit(stage.bot, text);
        }
        let (world, bot) = (&mut stage.world, stage.bot);
        let logout = world.submit(bot, Logout::new().drain(10 * SECOND));
        world.cancel(bot, logout.command);
        world.run_for(HOUR);
        let error = world.outcome(bot, logout).unwrap().unwrap_err();
        assert!(matches!(error, CommandError::Cancelled { .. }), "{error:?}");
        assert_eq!(error.maybe_sent(), maybe_sent);
        assert_eq!(end_of(&world.events(bot)), EndCause::LoggedOut);
        assert_eq!(world.violations(), <&[String]>::default());
    }
}

#[test]
fn each_class_that_a_notice_stops_is_told() {
    let mut stage = Stage::new();
    let act = Act::Notice {
        chat: FRIEND.to_owned(),
        text: "操作太频繁，请稍后再试。".to_owned(),
    };
    stage.world.happen(act).unwrap();
    stage.run(2 * SECOND);
    let events = stage.world.events(stage.bot);
    let classes: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Paced(paced) => Some(paced.class),
            _ => None,
        })
        .collect();
    assert_eq!(classes, [PaceClass::Text, PaceClass::Media]);
}

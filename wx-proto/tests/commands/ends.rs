//! What becomes of commands that do not come to their end: cut off, cancelled, or waiting for a
//! network that is gone.

use std::time::Duration;

use bytes::Bytes;
use wx_proto::{
    Attachment, Body, Close, CommandError, FetchImage, Misuse, OutboxState, SendFile, SendText,
    SetRemark, TransportErrorKind,
};
use wx_sim::net::Fate;

use crate::{
    common::*,
    stage::{OTHER, Stage, Wait},
};

/// A text whose reply never comes, and one that waits behind it.
fn one_out_one_waiting(
    stage: &mut Stage,
) -> (
    wx_sim::world::Pending<SendText>,
    wx_sim::world::Pending<SendText>,
) {
    stage.world.doom("webwxsendmsg", 1, Fate::Stalls);
    let friend = stage.friend();
    let (world, bot) = (&mut stage.world, stage.bot);
    let out = world.submit(bot, SendText::new(friend.clone(), "on its way"));
    let waiting = world.submit(bot, SendText::new(friend, "behind it"));
    stage.run(SECOND);
    (out, waiting)
}

#[test]
fn what_a_session_takes_with_it_says_whether_it_may_have_happened() {
    let mut stage = Stage::new();
    let (out, waiting) = one_out_one_waiting(&mut stage);
    stage.world.close(stage.bot, Close::default());
    for (pending, expected) in [(out, true), (waiting, false)] {
        let error = stage
            .world
            .outcome(stage.bot, pending)
            .unwrap()
            .unwrap_err();
        assert!(matches!(error, CommandError::Closed { .. }), "{error:?}");
        assert_eq!(error.maybe_sent(), expected);
        assert!(error.ends_session());
    }
}

#[test]
fn what_is_cancelled_says_whether_it_may_have_happened() {
    let mut stage = Stage::new();
    let (out, waiting) = one_out_one_waiting(&mut stage);
    for (pending, expected) in [(waiting, false), (out, true)] {
        stage.world.cancel(stage.bot, pending.id());
        let error = stage
            .world
            .outcome(stage.bot, pending)
            .unwrap()
            .unwrap_err();
        assert!(matches!(error, CommandError::Cancelled { .. }), "{error:?}");
        assert_eq!(error.maybe_sent(), expected);
    }
}

#[test]
fn a_refusal_says_whether_an_earlier_try_may_have_happened() {
    for (lost, maybe_sent, times) in [(0, false, 0), (1, true, 1)] {
        let mut stage = Stage::new();
        let server = stage.world.server_mut();
        server.plant_after("webwxsendmsg", lost, page(502, ""));
        let mut no = page(200, r#"{"BaseResponse":{"Ret":1204,"ErrMsg":""}}"#);
        let json = http::HeaderValue::from_static("application/json");
        no.headers_mut().insert("content-type", json);
        server.plant("webwxsendmsg", 1, no);
        let error = stage
            .call(SendText::new(stage.friend(), "once"))
            .unwrap_err();
        assert!(matches!(error, CommandError::Rejected { .. }), "{error:?}");
        assert_eq!(error.maybe_sent(), maybe_sent);
        assert!(!error.is_retryable());
        let received = stage.world.server().received();
        assert_eq!(received.filter(|it| it.text == "once").count(), times);
    }
}

#[test]
fn what_waits_to_be_asked_again_takes_no_place_on_the_wire() {
    let mut stage = Stage::new();
    let no_way = Fate::Fails(TransportErrorKind::Connect);
    stage.world.doom("webwxoplog", 10_000, no_way);
    let people = [stage.friend(), stage.chat(OTHER)];
    let failing: Vec<_> = (0..8)
        .map(|n| {
            let whom = people[n % people.len()].clone();
            stage
                .world
                .submit(stage.bot, SetRemark::new(whom, format!("remark {n}")))
        })
        .collect();
    stage.run(20 * SECOND);
    let states = stage.world.client(stage.bot).outbox();
    let resting = states.filter(|item| item.state == OutboxState::Resting);
    assert!(resting.count() > 4, "more than fit on the wire");

    let text = SendText::new(stage.friend(), "goes all the same");
    let text = stage.world.submit(stage.bot, text);
    stage.run(2 * SECOND);
    stage.world.outcome(stage.bot, text).unwrap().unwrap();
    stage.run(200 * SECOND);
    for pending in failing {
        let error = stage
            .world
            .outcome(stage.bot, pending)
            .unwrap()
            .unwrap_err();
        assert!(matches!(error, CommandError::Transport { .. }) && !error.maybe_sent());
    }
}

#[test]
fn uploads_that_are_slowed_down_do_not_hold_up_downloads() {
    let mut stage = Stage::new();
    let friend = stage.friend();
    let mut often = page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#);
    let json = http::HeaderValue::from_static("application/json");
    often.headers_mut().insert("content-type", json);
    let message = stage.message(|body| matches!(body, Body::Image(_)));
    let image = FetchImage::of(message);
    stage.world.server_mut().plant("webwxuploadmedia", 2, often);
    let files: Vec<_> = (0..3)
        .map(|n| {
            let file = Attachment::bytes(format!("{n}.txt"), vec![1; 100]);
            let file = SendFile::new(friend.clone(), file);
            stage.world.submit(stage.bot, file)
        })
        .collect();
    stage.run(SECOND);
    let fetch = stage.world.submit_writing(stage.bot, image);
    stage.run(5 * SECOND);
    stage.world.outcome(stage.bot, fetch).unwrap().unwrap();
    stage.run(300 * SECOND);
    for file in files {
        stage.world.outcome(stage.bot, file).unwrap().unwrap();
    }
    assert_clean(&stage.world);
}

#[test]
fn a_key_stands_for_one_text() {
    let mut stage = Stage::new();
    let text = |words: &str| SendText::new(stage.friend(), words).key("k");
    let (yes, no, yes_again) = (text("yes"), text("no"), text("yes"));
    let (world, bot) = (&mut stage.world, stage.bot);
    let yes = world.submit(bot, yes);
    let no = world.submit(bot, no);
    let yes_again = world.submit(bot, yes_again);
    let error = world.outcome(bot, no).unwrap().unwrap_err();
    assert!(
        matches!(error, CommandError::Misuse(Misuse::KeyTaken)),
        "{error:?}"
    );
    world.run_for(60 * SECOND);
    world.outcome(bot, yes).unwrap().unwrap();
    world.outcome(bot, yes_again).unwrap().unwrap();
}

/// Cancelled or closed after any time, and in a session that is lost meanwhile.
#[test]
fn a_command_ends_once_whenever_it_is_cancelled_or_the_session_closed() {
    let closes = [
        Close::default(),
        Close {
            logout: true,
            drain: 30 * SECOND,
        },
    ];
    for step in 0..8_u32 {
        for how in 0..4 {
            let mut stage = Stage::new();
            let friend = stage.friend();
            let image = FetchImage::of(stage.message(|body| matches!(body, Body::Image(_))));
            let (world, bot) = (&mut stage.world, stage.bot);
            let text = world.submit(bot, SendText::new(friend.clone(), "a"));
            let file = SendFile::new(friend.clone(), Attachment::source("b.bin", 600_000));
            let file = world.submit_reading(bot, file, Bytes::from(vec![7; 600_000]));
            let fetch = world.submit_writing(bot, image);
            let last = world.submit(bot, SendText::new(friend, "z"));
            let ids = [text.command, file.command, fetch.command, last.command];
            if how == 3 {
                let server = world.server_mut();
                server.plant("webwxsendmsg", 1, refusing(1101));
            }
            world.run_for(Duration::from_millis(60) * step);
            match how {
                0 => ids.into_iter().for_each(|id| world.cancel(bot, id)),
                1 | 2 => world.close(bot, closes[how - 1]),
                _ => world.cancel(bot, ids[(step % 4) as usize]),
            }
            world.run_for(HOUR / 2);
            let ends = [
                world.outcome(bot, text).is_some(),
                world.outcome(bot, file).is_some(),
                world.outcome(bot, fetch).is_some(),
                world.outcome(bot, last).is_some(),
            ];
            assert_eq!(ends, [true; 4], "{how} after {step}");
            assert_eq!(world.violations(), <&[String]>::default());
        }
    }
}

#[test]
fn no_order_of_refusals_makes_a_command_wait_for_ever() {
    let codes = [-1, -14, 1101, 1205, 3];
    for seed in 0..12_u32 {
        let mut stage = Stage::new();
        let friend = stage.friend();
        let world = &mut stage.world;
        let mut random = seed.wrapping_mul(2_654_435_761);
        for _ in 0..100 {
            for endpoint in ["webwxsendmsg", "webwxinit", "webwxoplog"] {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let ret = codes[(random >> 16) as usize % codes.len()];
                // The session is to live.
                if endpoint != "webwxinit" || ret != 1101 {
                    world.server_mut().plant(endpoint, 1, refusing(ret));
                }
            }
        }
        let text = world.submit(stage.bot, SendText::new(friend.clone(), "hello"));
        let remark = world.submit(stage.bot, SetRemark::new(friend, "x"));
        world.run_for(2 * HOUR);
        assert!(world.outcome(stage.bot, text).is_some(), "{seed}");
        assert!(world.outcome(stage.bot, remark).is_some(), "{seed}");
        assert_eq!(world.violations(), <&[String]>::default());
    }
}

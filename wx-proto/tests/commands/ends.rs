//! What becomes of commands that do not come to their end: cut off, cancelled, or waiting for a
//! network that is gone.

use wx_proto::{Close, CommandError, OutboxState, SendText, SetRemark, TransportErrorKind};
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

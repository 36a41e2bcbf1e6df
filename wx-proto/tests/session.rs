//! Whole sessions in virtual time, against the simulated service.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::{collections::BTreeSet, time::Duration};

use common::*;
use wx_proto::{
    Arrival, Close, CommandError, Config, EndCause, EventKind, Misuse, Origin, Phase, RosterChange,
    SendText, TransportErrorKind, message::Mention,
};
use wx_sim::{
    net::{Fate, Weather},
    server::{Act, Script, Setup},
    world::{Reading, World},
};

#[test]
fn a_login_goes_step_by_step_to_online_and_ends_by_logout() {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let events = world.events(bot);
    assert_eq!(
        names(&events)[..5],
        ["qr", "scanned", "confirmed", "online", "roster"]
    );
    assert!(texts(&events).len() >= 6, "{:?}", texts(&events));

    log_out(&mut world, bot);
    assert_eq!(end_of(&world.events(bot)), EndCause::LoggedOut);
    assert_eq!(world.client(bot).phase(), Phase::Closed);
    assert_clean(&world);
}

#[test]
fn a_day_of_messages_arrives_in_order_is_answered_and_renews_the_cookies() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    let friend = friend(&world);

    let mut expected = Vec::new();
    let mut heard = Vec::new();
    for n in 0..(24 * 60 / 5) {
        world.run_for(5 * 60 * SECOND);
        let text = format!("number {n}");
        hears(&mut world, &friend, text.clone());
        expected.push(text);
        world.run_for(2 * SECOND);
        for event in world.events(bot) {
            if let EventKind::Message(message) = event.kind {
                heard.push(message.text().unwrap_or_default().to_owned());
                let answer = world.submit(bot, message.reply("heard"));
                world.run_for(SECOND);
                assert!(
                    world
                        .outcome(bot, answer)
                        .unwrap()
                        .unwrap()
                        .msg_id
                        .is_some()
                );
            }
        }
    }
    assert_eq!(heard, expected);
    assert_eq!(world.server().received().len(), expected.len());
    assert_eq!(world.client(bot).phase(), Phase::Online);

    log_out(&mut world, bot);
    assert_eq!(end_of(&world.events(bot)), EndCause::LoggedOut);
    assert_clean(&world);
}

#[test]
fn an_idle_night_survives_the_twelve_hours_of_the_cookies() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(30 * HOUR);
    let friend = friend(&world);
    hears(&mut world, &friend, "still there?");
    world.run_for(5 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["still there?"]);
    assert_clean(&world);
}

#[test]
fn the_same_seed_makes_the_same_requests_byte_for_byte() {
    let run = |seed: u8| {
        let mut world = World::new(Setup {
            script: Script::demo(),
            ..Setup::default()
        });
        let bot = world.join(config(), [seed; 32]);
        assert!(world.to_online(bot));
        for _ in 0..30 {
            world.run_for(60 * SECOND);
            for event in world.events(bot) {
                if let EventKind::Message(message) = event.kind {
                    world.submit(bot, message.reply("again"));
                }
            }
        }
        log_out(&mut world, bot);
        let sent: Vec<_> = world
            .sent(bot)
            .iter()
            .map(|s| (s.at, s.bytes.clone()))
            .collect();
        assert!(sent.len() > 80, "{}", sent.len());
        sent
    };
    let first = run(1);
    assert_eq!(first, run(1));
    assert_ne!(first, run(2), "the seed is in the ids");
}

#[test]
fn nothing_is_in_flight_twice_and_no_deadline_passes_without_progress() {
    for seed in 0..4 {
        let mut world = World::new(Setup {
            seed,
            script: Script::demo(),
            ..Setup::default()
        });
        let bot = world.join(config(), [7; 32]);
        assert!(world.to_online(bot));
        world.set_weather(Weather::foul(20));
        let friend = friend(&world);
        let chat = world.client(bot).chat("filehelper").unwrap();
        for n in 0..(24 * 60 / 10) {
            hears(&mut world, &friend, format!("{n}"));
            world.submit(bot, SendText::new(chat.clone(), format!("{n}")));
            world.run_for(10 * 60 * SECOND);
        }
        // The world watches its clients while it drives them.
        assert_eq!(world.violations(), <&[String]>::default(), "seed {seed}");
        assert_eq!(world.client(bot).phase(), Phase::Online);
        assert_eq!(world.client(bot).waiting_commands(), 0);
    }
}

#[test]
fn names_come_with_messages_for_friends_and_for_members_of_rooms() {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let mut rooms = 0;
    for event in world.events(bot) {
        let EventKind::Message(message) = event.kind else {
            continue;
        };
        assert!(!message.chat_name.starts_with('@'), "{message:?}");
        let sender = message.sender.as_ref().unwrap();
        assert!(
            !sender.name.starts_with('@') && !sender.name.contains("<span"),
            "{message:?}"
        );
        assert_eq!(message.origin, Origin::Other);
        assert_eq!(message.arrival, Arrival::Live);
        if message.chat.is_room() {
            rooms += 1;
            assert_ne!(message.chat, sender.id);
            assert!(!message.text().unwrap().contains(sender.id.user_name()));
        }
    }
    assert!(rooms >= 2);
}

#[test]
fn what_the_phone_sends_is_marked_as_own_and_what_this_client_sends_is_known_again() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    let friend = friend(&world);
    world
        .happen(Act::OwnText {
            to: friend,
            text: "from my phone".into(),
        })
        .unwrap();
    world.run_for(5 * SECOND);
    let events = world.events(bot);
    let message = messages(&events).pop().unwrap();
    assert_eq!(message.text(), Some("from my phone"));
    assert_eq!(message.origin, Origin::OwnElsewhere);
    assert!(message.is_own());
}

#[test]
fn a_chat_that_is_opened_on_the_phone_is_told_and_is_no_message() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let chat = friend(&world);
    for code in [2, 4, 1] {
        let chat = (code != 4).then(|| chat.clone());
        world.happen(Act::Notify { code, chat }).unwrap();
    }
    world.run_for(5 * SECOND);
    let events = world.events(bot);
    let seen = events.iter().filter_map(|event| match &event.kind {
        EventKind::ChatSeen(chat) => Some(chat.user_name().to_owned()),
        _ => None,
    });
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let peer = peers.iter().find(|peer| peer.plain == chat).unwrap();
    assert_eq!(
        seen.collect::<BTreeSet<_>>(),
        [peer.user_name.clone()].into()
    );
    assert!(messages(&events).iter().all(|it| it.body.is_housekeeping()));
}

#[test]
fn whoever_calls_on_this_account_in_a_room_is_heard() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    for mention in [true, false] {
        let act = Act::RoomText {
            room: "10241024@chatroom".into(),
            from: "wxid_boris9d4k2".into(),
            text: "who comes along?".into(),
            mention,
        };
        world.happen(act).unwrap();
    }
    world.run_for(5 * SECOND);
    let messages = messages(&world.events(bot));
    let heard = messages.iter().map(|it| world.client(bot).mentions(it));
    assert_eq!(heard.collect::<Vec<_>>(), [Mention::Yes, Mention::No]);
}

#[test]
fn recalls_and_notices_and_changes_of_the_roster_are_told() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    let friend = friend(&world);
    let said = hears(&mut world, &friend, "oops");
    world.run_for(5 * SECOND);
    let id = messages(&world.events(bot)).pop().unwrap().id.unwrap();
    assert_eq!(id.as_str(), said.msg_id.unwrap().to_string());
    world
        .happen(Act::Recall {
            msg_id: said.msg_id.unwrap(),
        })
        .unwrap();
    world
        .happen(Act::ContactChanged {
            who: friend.clone(),
            nick: None,
            remark: Some("Renamed".into()),
            contact_flag: None,
        })
        .unwrap();
    world.run_for(5 * SECOND);
    world.happen(Act::ContactDeleted { who: friend }).unwrap();
    world.run_for(5 * SECOND);
    let events = world.events(bot);
    let recalled = events.iter().find_map(|event| match &event.kind {
        EventKind::Recalled(recalled) => Some(recalled.message.clone()),
        _ => None,
    });
    assert_eq!(recalled, Some(Some(id)));
    let removed = events.iter().any(|event| {
        matches!(&event.kind, EventKind::Roster(RosterChange::Removed(gone)) if gone.name() == "Renamed")
    });
    assert!(removed, "{:?}", names(&events));
}

#[test]
fn texts_to_one_chat_keep_their_order_and_each_completes_once() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending: Vec<_> = (0..20)
        .map(|n| world.submit(bot, SendText::new(chat.clone(), format!("line {n}"))))
        .collect();
    world.run_for(30 * SECOND);
    for pending in pending {
        world.outcome(bot, pending).unwrap().unwrap();
    }
    let received: Vec<_> = world
        .server()
        .received()
        .map(|text| text.text.clone())
        .collect();
    assert_eq!(
        received,
        (0..20).map(|n| format!("line {n}")).collect::<Vec<_>>()
    );
    assert_clean(&world);
}

#[test]
fn a_send_goes_out_while_the_poll_is_held() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let pending = world.submit(bot, SendText::new(chat, "now"));
    world.run_for(Duration::from_millis(100));
    assert!(world.outcome(bot, pending).unwrap().is_ok());
}

#[test]
fn commands_before_online_after_the_end_and_of_another_login_are_refused_at_once() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    let other = world.join(config(), [8; 32]);
    assert!(world.to_online(other));
    let foreign = world.client(other).chat("filehelper").unwrap();

    let early = world.join(config(), [9; 32]);
    let pending = world.submit(early, SendText::new(foreign.clone(), "hi"));
    let outcome = world.outcome(early, pending).unwrap();
    assert!(
        matches!(outcome, Err(CommandError::NotOnline)),
        "{outcome:?}"
    );

    assert!(world.to_online(bot));
    let pending = world.submit(bot, SendText::new(foreign, "hi"));
    let outcome = world.outcome(bot, pending).unwrap();
    assert!(
        matches!(outcome, Err(CommandError::Misuse(Misuse::ForeignChat))),
        "{outcome:?}"
    );
    let own = world.client(bot).chat("filehelper").unwrap();
    let pending = world.submit(bot, SendText::new(own.clone(), ""));
    let outcome = world.outcome(bot, pending).unwrap();
    assert!(
        matches!(outcome, Err(CommandError::Misuse(Misuse::EmptyText))),
        "{outcome:?}"
    );

    log_out(&mut world, bot);
    let pending = world.submit(bot, SendText::new(own, "too late"));
    let outcome = world.outcome(bot, pending).unwrap();
    assert!(
        matches!(outcome, Err(CommandError::Closed { .. })),
        "{outcome:?}"
    );
}

#[test]
fn close_with_a_drain_sends_what_waits_and_close_without_completes_it_as_closed() {
    for (drain, sent) in [(30 * SECOND, 3), (Duration::ZERO, 1)] {
        let mut world = World::new(Setup::default());
        let bot = world.join(config(), [7; 32]);
        assert!(world.to_online(bot));
        let chat = world.client(bot).chat("filehelper").unwrap();
        let pending: Vec<_> = (0..3)
            .map(|_| world.submit(bot, SendText::new(chat.clone(), "bye")))
            .collect();
        world.close(
            bot,
            Close {
                logout: true,
                drain,
            },
        );
        assert!(world.run_until(60 * SECOND, |world| world.client(bot).is_drained()));
        let mut done = 0;
        for pending in pending {
            match world.outcome(bot, pending).unwrap() {
                Ok(_) => done += 1,
                Err(CommandError::Closed { ended, .. }) => {
                    assert_eq!(ended.cause, EndCause::LoggedOut)
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(done, if drain.is_zero() { 0 } else { 3 });
        // A request that has left has left.
        assert_eq!(world.server().received().len(), sent);
        assert_clean(&world);
    }
}

#[test]
fn a_logout_before_online_and_one_whose_request_is_lost_reach_the_service() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    let opening = |world: &World| world.client(bot).phase() == Phase::Bootstrap;
    assert!(world.run_until(60 * SECOND, opening));
    world.doom("webwxlogout", 1, Fate::Fails(TransportErrorKind::Reset));
    log_out(&mut world, bot);
    assert_eq!(end_of(&world.events(bot)), EndCause::LoggedOut);
    assert!(
        world
            .server()
            .sessions()
            .iter()
            .all(|session| session.over.is_some())
    );
}

#[test]
fn a_second_close_hurries_the_first() {
    let mut world = World::new(Setup::default());
    let bot = world.join(Config::default(), [7; 32]);
    assert!(world.to_online(bot));
    let chat = world.client(bot).chat("filehelper").unwrap();
    for _ in 0..100 {
        world.submit(bot, SendText::new(chat.clone(), "many"));
    }
    world.close(
        bot,
        Close {
            logout: true,
            drain: HOUR,
        },
    );
    world.run_for(5 * SECOND);
    assert!(!world.client(bot).is_drained());
    world.close(
        bot,
        Close {
            logout: true,
            drain: Duration::ZERO,
        },
    );
    assert!(world.run_until(SECOND, |world| world.client(bot).is_drained()));
    assert_eq!(world.violations(), <&[String]>::default());
}

#[test]
fn a_reader_who_sleeps_for_hours_gets_one_sync_for_the_cookies_and_no_more() {
    let mut config = config();
    config.limits.backlog = 10;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(60 * SECOND);
    world.set_reading(bot, Reading::Stalled);
    let friend = friend(&world);
    for n in 0..60 {
        hears(&mut world, &friend, format!("{n}"));
        world.run_for(600 * SECOND);
    }
    let before = world.client(bot).stats().syncs;
    world.run_for(4 * HOUR);
    let after = world.client(bot).stats().syncs;
    assert!(after - before <= 3, "{before} {after}");
    world.set_reading(bot, Reading::Prompt);
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(bot)).len(), 60);
}

#[test]
fn a_cancelled_command_completes_as_cancelled_and_says_whether_it_may_have_been_sent() {
    let mut world = World::new(Setup::default());
    let bot = world.join(config(), [7; 32]);
    assert!(world.to_online(bot));
    let chat = world.client(bot).chat("filehelper").unwrap();
    let first = world.submit(bot, SendText::new(chat.clone(), "one"));
    let second = world.submit(bot, SendText::new(chat, "two"));
    world.cancel(bot, second.command);
    world.cancel(bot, first.command);
    world.run_for(5 * SECOND);
    let outcome = world.outcome(bot, first).unwrap();
    assert!(
        matches!(
            outcome,
            Err(CommandError::Cancelled {
                maybe_sent: true,
                ..
            })
        ),
        "{outcome:?}"
    );
    let outcome = world.outcome(bot, second).unwrap();
    assert!(
        matches!(
            outcome,
            Err(CommandError::Cancelled {
                maybe_sent: false,
                ..
            })
        ),
        "{outcome:?}"
    );
}

#[test]
fn an_application_that_does_not_read_leaves_messages_at_the_service() {
    let mut config = config();
    config.limits.backlog = 10;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [7; 32]);
    assert!(world.to_online(bot));
    world.run_for(60 * SECOND);
    world.events(bot);
    world.set_reading(bot, Reading::Stalled);
    let friend = friend(&world);
    let mut expected = Vec::new();
    for n in 0..200 {
        expected.push(format!("{n}"));
        hears(&mut world, &friend, format!("{n}"));
        world.run_for(10 * SECOND);
    }
    let syncs = world.client(bot).stats().syncs;
    assert!(syncs < 30, "{syncs} syncs");
    assert_eq!(world.client(bot).phase(), Phase::Online);
    world.set_reading(bot, Reading::Prompt);
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(bot)), expected);
    assert_clean(&world);
}

//! What commands do, seen from the other side.

use wx_proto::{
    AcceptFriend, AddFriend, AddMembers, Attachment, Body, CommandError, CreateRoom, EventKind,
    FetchContacts, Forward, LeaveRoom, Logout, MarkRead, Misuse, OutboxState, PaceClass, Pin, Rate,
    Recall, RemoveMember, RenameRoom, Ret, RosterChange, SearchContact, SendImage, SendText,
    SetRemark, Unpin,
};
use wx_sim::server::{Act, Received, Said};

use crate::{
    cases::{picture, three_pieces},
    common::*,
    stage::{FRIEND, OTHER, Stage},
};

fn received(stage: &Stage) -> Vec<&Received> {
    stage.world.server().received().collect()
}

fn last(stage: &Stage) -> &Received {
    stage.world.server().received().last().unwrap()
}

/// What happened to the roster since the events were read last, but for new people.
fn changes(stage: &mut Stage) -> Vec<RosterChange> {
    stage.run(5 * SECOND);
    let events = stage.world.events(stage.bot).into_iter();
    let change = |event: wx_proto::Event| match event.kind {
        EventKind::Roster(change) => Some(change),
        _ => None,
    };
    events.filter_map(change).collect()
}

#[test]
fn a_mention_names_people_in_the_text_and_to_their_phones() {
    let mut stage = Stage::new();
    let who = [stage.chat(OTHER), stage.stranger()];
    stage
        .call(SendText::new(stage.room(), "look").mention(who))
        .unwrap();
    let sent = last(&stage);
    assert_eq!(sent.text, "@领队\u{2005}@路人甲😄\u{2005}look");
    assert_eq!(sent.mentions, [OTHER, "wxid_stra1c4v5b"]);

    let nobody = SendText::new(stage.room(), "look").mention([stage.chat("wxid_zoe7h6j5k4")]);
    let error = stage.call(nobody).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotAMember)));
    let alone = SendText::new(stage.friend(), "look").mention([stage.friend()]);
    let error = stage.call(alone).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotARoom)));
    assert_clean(&stage.world);
}

#[test]
fn a_key_makes_the_same_message_of_a_second_submission() {
    let mut stage = Stage::new();
    let friend = stage.friend();
    let text = || SendText::new(friend.clone(), "once").key("order 17");
    let before = received(&stage).len();
    let first = stage.call(text()).unwrap();
    // As after a crash: another client of the same session, with another seed.
    let snapshot = stage.world.client(stage.bot).snapshot().unwrap();
    stage.world.crash(stage.bot);
    stage.bot = stage.world.rejoin(config(), [9; 32], snapshot);
    assert!(stage.world.to_online(stage.bot));
    let second = stage.call(text()).unwrap();
    assert_eq!(first.client_msg_id, second.client_msg_id);
    assert_eq!(first.msg_id, second.msg_id);
    assert_eq!(received(&stage).len(), before + 1);
    assert_eq!(last(&stage).repeats, 1);

    let other = stage.call(SendText::new(stage.friend(), "once").key("order 18"));
    assert_ne!(other.unwrap().client_msg_id, first.client_msg_id);
    assert_eq!(received(&stage).len(), before + 2);

    let here = SendText::new(stage.friend(), "here").key("order 19");
    let there = SendText::new(stage.chat(OTHER), "there").key("order 19");
    let here = stage.world.submit(stage.bot, here);
    let error = stage.call(there).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::KeyTaken)));
    stage.finish(here).unwrap();
}

#[test]
fn uploads_run_ahead_and_what_is_said_in_a_chat_keeps_its_order() {
    let mut stage = Stage::new();
    let (friend, other) = (stage.friend(), stage.chat(OTHER));
    let (world, bot) = (&mut stage.world, stage.bot);
    let before = world.server().received().len();
    let large = Attachment::bytes("a.jpg", three_pieces());
    let one = world.submit(bot, SendImage::new(friend.clone(), large));
    let two = world.submit(bot, SendText::new(friend.clone(), "after the picture"));
    let three = world.submit(
        bot,
        SendImage::new(friend, Attachment::bytes("b.jpg", picture())),
    );
    let four = world.submit(bot, SendText::new(other, "somebody else does not wait"));
    for pending in [one, three] {
        stage.finish(pending).unwrap();
    }
    for pending in [two, four] {
        stage.finish(pending).unwrap();
    }
    let said: Vec<_> = received(&stage)[before..]
        .iter()
        .map(|it| (it.chat.as_str(), it.what.name()))
        .collect();
    assert_eq!(
        said,
        [
            (OTHER, "text"),
            (FRIEND, "image"),
            (FRIEND, "text"),
            (FRIEND, "image"),
        ]
    );
    assert_clean(&stage.world);
}

#[test]
fn what_is_forwarded_arrives_as_what_it_was() {
    let mut stage = Stage::new();
    let said = stage.said.clone();
    let mut arrived = Vec::new();
    for message in &said {
        let forward = Forward::new(stage.chat(OTHER), message);
        match stage.call(forward) {
            Ok(_) => arrived.push((message.body.kind(), last(&stage).what.name())),
            Err(CommandError::Misuse(Misuse::NotForwardable)) => {
                assert!(matches!(message.body, Body::Voice(_)), "{:?}", message.body);
            }
            Err(error) => panic!("{}: {error:?}", message.body.kind()),
        }
    }
    assert_eq!(
        arrived,
        [
            ("image", "image"),
            ("emoticon", "sticker"),
            ("video", "video"),
            ("file", "file"),
            ("app", "app"),
            ("location", "location"),
            ("card", "card"),
            ("text", "text"),
        ]
    );
    assert_clean(&stage.world);
}

#[test]
fn a_recall_takes_a_message_back_within_its_window() {
    let mut stage = Stage::new();
    let receipt = stage.receipt.clone();
    let notice = stage.call(Recall::of(&receipt)).unwrap();
    assert!(!notice.introduction.is_empty());
    let gone = stage.world.server().revoked().last().unwrap();
    assert_eq!(gone.text, "take this back");

    let late = stage.call(SendText::new(stage.friend(), "stays")).unwrap();
    stage.run(Recall::WINDOW + SECOND);
    let asked = stage.asked("webwxrevokemsg");
    let error = stage.call(Recall::of(&late)).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::TooLate)));
    assert_eq!(stage.asked("webwxrevokemsg"), asked, "nobody was bothered");

    let theirs = stage.said[0].clone();
    let error = stage.call(Recall::message(&theirs)).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotOwn)));

    // Sent on the phone: when, the service knows.
    let to = FRIEND.to_owned();
    let text = "from the phone".to_owned();
    stage.world.happen(Act::OwnText { to, text }).unwrap();
    stage.run(SECOND);
    let own = messages(&stage.world.events(stage.bot)).remove(0);
    stage.call(Recall::message(&own)).unwrap();
    let to = FRIEND.to_owned();
    let text = "long ago".to_owned();
    stage.world.happen(Act::OwnText { to, text }).unwrap();
    stage.run(Recall::WINDOW + SECOND);
    let own = messages(&stage.world.events(stage.bot)).remove(0);
    let error = stage.call(Recall::message(&own)).unwrap_err();
    let CommandError::Rejected(refusal) = error else {
        panic!("{error:?}");
    };
    assert!(!refusal.text.is_empty(), "the service says why");
    assert_clean(&stage.world);
}

#[test]
fn a_chat_is_marked_as_read_when_asked_and_never_by_itself() {
    let mut stage = Stage::new();
    let read = |stage: &Stage| stage.world.server().accounts().last().unwrap().read.clone();
    assert!(read(&stage).is_empty());
    stage.call(MarkRead::new(stage.friend())).unwrap();
    assert_eq!(read(&stage).get(FRIEND), Some(&1));
}

#[test]
fn remarks_and_pins_come_back_as_changes_and_do_not_undo_each_other() {
    let mut stage = Stage::new();
    stage
        .call(SetRemark::new(stage.friend(), "An & na"))
        .unwrap();
    let told = changes(&mut stage);
    let [RosterChange::Changed { before, after, .. }] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(before.remark_name(), "安娜");
    assert_eq!(after.remark_name(), "An & na");

    stage.call(Pin::new(stage.friend())).unwrap();
    changes(&mut stage);
    let friend = stage.contact(&stage.friend());
    assert!(friend.is_pinned());
    assert_eq!(friend.remark_name(), "An & na");
    stage.call(Unpin::new(stage.friend())).unwrap();
    changes(&mut stage);
    let friend = stage.contact(&stage.friend());
    assert!(!friend.is_pinned());
    assert_eq!(friend.remark_name(), "An & na");
    assert_clean(&stage.world);
}

#[test]
fn an_accepted_request_makes_a_friend() {
    let mut stage = Stage::new();
    let request = stage.request.clone().unwrap();
    assert_eq!(request.request.content, "let me in");
    stage.call(AcceptFriend::new(&request)).unwrap();
    let told = changes(&mut stage);
    let added = told.iter().find_map(|change| match change {
        RosterChange::Added(contact) => Some(contact),
        _ => None,
    });
    assert_eq!(added.unwrap().nick_name(), "Newcomer");
    assert!(added.unwrap().is_friend());

    let mut without = request;
    without.request.ticket = None;
    let error = stage.call(AcceptFriend::new(&without)).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NoTicket)));
    assert_clean(&stage.world);
}

#[test]
fn strangers_are_asked_by_name_or_by_card() {
    let mut stage = Stage::new();
    stage
        .call(AddFriend::new(stage.stranger(), "we met on the hike"))
        .unwrap();
    let asked = stage
        .world
        .server()
        .accounts()
        .last()
        .unwrap()
        .asked
        .clone();
    assert_eq!(asked, ["wxid_stra1c4v5b"]);
    let text = stage.message(|body| matches!(body, Body::Text(_))).clone();
    let error = stage.call(AddFriend::card(&text, "")).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NoChat)));
    assert_clean(&stage.world);
}

#[test]
fn a_room_is_made_filled_renamed_and_emptied() {
    let mut stage = Stage::new();
    let members = [stage.friend(), stage.chat(OTHER)];
    let room = stage.call(CreateRoom::new(members)).unwrap();
    assert!(room.chat.is_room());
    changes(&mut stage);
    assert_eq!(stage.contact(&room.chat).members().count(), 3);

    let third = stage.chat("wxid_chen5h3m8q");
    let added = stage
        .call(AddMembers::new(room.chat.clone(), [third.clone()]))
        .unwrap();
    assert!(!added.invited);
    let told = changes(&mut stage);
    let joined = told.iter().find_map(RosterChange::members).unwrap();
    assert_eq!((joined.joined, joined.left), (vec![third.clone()], vec![]));

    stage
        .call(RenameRoom::new(room.chat.clone(), "新的 & 名字"))
        .unwrap();
    changes(&mut stage);
    assert_eq!(stage.contact(&room.chat).name(), "新的 & 名字");

    stage
        .call(RemoveMember::new(room.chat.clone(), third.clone()))
        .unwrap();
    let told = changes(&mut stage);
    let left = told.iter().find_map(RosterChange::members).unwrap();
    assert_eq!((left.joined, left.left), (vec![], vec![third]));

    let error = stage
        .call(RemoveMember::new(stage.room(), stage.friend()))
        .unwrap_err();
    let CommandError::Rejected(refusal) = error else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.ret, Ret::PARAMETER_ERROR, "not the own room");
}

#[test]
fn a_room_that_is_left_is_gone_from_the_roster() {
    let mut stage = Stage::new();
    let room = stage.room();
    stage.call(LeaveRoom::new(room.clone())).unwrap();
    let told = changes(&mut stage);
    let gone = |change: &RosterChange| matches!(change, RosterChange::Removed(it) if it.id == room);
    assert!(told.iter().any(gone), "{told:?}");
    let roster = stage.world.client(stage.bot).roster();
    assert!(roster.find(room.user_name()).is_none());
    assert_clean(&stage.world);
}

#[test]
fn whoever_cannot_be_added_to_a_large_room_is_invited() {
    let mut stage = Stage::new();
    let room = stage.room();
    // The core counts, and asks the right thing at once.
    let has = stage.contact(&room).members().count();
    let join: Vec<_> = (0..50 - has)
        .map(|n| format!("wxid_extra{n}"))
        .inspect(|plain| {
            let nick = plain.clone();
            let plain = plain.clone();
            stage
                .world
                .happen(Act::ContactAdded { plain, nick })
                .unwrap();
        })
        .collect();
    let act = Act::RoomChanged {
        room: "10241024@chatroom".to_owned(),
        topic: None,
        join,
        leave: vec![],
    };
    stage.world.happen(act).unwrap();
    changes(&mut stage);
    let asked = stage.asked("webwxupdatechatroom");
    let added = stage
        .call(AddMembers::new(
            room.clone(),
            [stage.chat("wxid_zoe7h6j5k4")],
        ))
        .unwrap();
    assert!(added.invited);
    assert_eq!(stage.asked("webwxupdatechatroom"), asked + 1);
    let invited = stage
        .world
        .server()
        .accounts()
        .last()
        .unwrap()
        .invited
        .clone();
    assert_eq!(
        invited,
        [("10241024@chatroom".to_owned(), "wxid_zoe7h6j5k4".to_owned())]
    );
    assert_clean(&stage.world);

    // Where the count is wrong, the service says so, and the core asks again.
    let refused = page(200, r#"{"BaseResponse":{"Ret":1,"ErrMsg":""}}"#);
    stage
        .world
        .server_mut()
        .plant("webwxupdatechatroom", 1, refused);
    let small = stage.chat("40964096@chatroom");
    let added = stage
        .call(AddMembers::new(small, [stage.chat("wxid_yuki0d9f8g")]))
        .unwrap();
    assert!(added.invited);
}

#[test]
fn a_search_finds_friends_and_says_how_to_write_to_them() {
    let mut stage = Stage::new();
    let found = stage.call(SearchContact::new("Anna")).unwrap();
    assert!(found.contains(&stage.friend()), "{found:?}");
    for chat in found {
        stage.call(SendText::new(chat, "hello")).unwrap();
    }
    assert_clean(&stage.world);
}

#[test]
fn lookups_go_in_lots_of_fifty_and_one_bad_name_costs_none_of_the_others() {
    let mut stage = Stage::new();
    let peers = stage.world.server().peers(stage.account);
    let mut who: Vec<_> = peers
        .iter()
        .filter(|peer| peer.plain != "fmessage")
        .map(|peer| stage.chat(&peer.plain))
        .collect();
    let all = who.len();
    let nobody = stage.world.client(stage.bot).chat("@nobody").unwrap();
    who.insert(3, nobody.clone());
    let found = stage.call(FetchContacts::new(who)).unwrap();
    assert_eq!(found.len(), all);

    let error = stage
        .call(FetchContacts::new([nobody]))
        .map(|found| found.len());
    assert!(
        matches!(error, Ok(0) | Err(CommandError::Rejected(_))),
        "{error:?}"
    );
    let members = FetchContacts::members(stage.room(), [stage.stranger()]);
    let found = stage.call(members).unwrap();
    assert_eq!(found[0].nick_name(), "路人甲😄");
}

#[test]
fn a_stopped_class_stops_nothing_else_and_the_outbox_shows_what_waits() {
    let mut stage = Stage::new();
    let often = page(200, r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""}}"#);
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
fn each_class_has_a_pace_of_its_own() {
    let mut config = config();
    config.pace.room = Rate::new(1, 30 * SECOND);
    let mut world = wx_sim::world::World::new(wx_sim::server::Setup::default());
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
    assert_eq!(last(&stage).text, "last words");
    let late = stage.world.submit(stage.bot, Logout::new());
    let late = stage.world.outcome(stage.bot, late).unwrap();
    assert!(matches!(late, Err(CommandError::Closed(_))));
    assert_clean(&stage.world);
}

#[test]
fn what_this_client_sent_is_known_again_whatever_it_is() {
    let mut stage = Stage::new();
    let image = SendImage::new(stage.friend(), Attachment::bytes("a.jpg", picture()));
    stage.call(image).unwrap();
    let Said::Image(media) = &last(&stage).what else {
        panic!();
    };
    assert_eq!(media.size, picture().len() as u64);
    assert!(stage.world.server().media(&media.md5).unwrap() == picture());
}

//! What commands do to people and rooms, seen from the other side.

use bytes::Bytes;
use http::Response;
use wx_proto::{
    AcceptFriend, AddFriend, AddMembers, Body, CommandError, CreateRoom, EventKind, FetchContacts,
    LeaveRoom, Misuse, Pin, RemoveMember, RenameRoom, Ret, RosterChange, SearchContact, SendText,
    SetRemark, Unpin,
};
use wx_sim::server::Act;

use crate::{
    common::*,
    stage::{OTHER, Stage},
};

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
    let CommandError::Rejected { error: refusal, .. } = error else {
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
    let refused = refusing(1);
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
        matches!(error, Ok(0) | Err(CommandError::Rejected { .. })),
        "{error:?}"
    );
    let members = FetchContacts::members(stage.room(), [stage.stranger()]);
    let found = stage.call(members).unwrap();
    assert_eq!(found[0].nick_name(), "路人甲😄");
}

/// The reply of a lookup, so many times one record of them.
fn records(record: &str, count: usize) -> Response<Bytes> {
    let list = vec![record; count].join(",");
    let base = r#""BaseResponse":{"Ret":0,"ErrMsg":""}"#;
    page(
        200,
        format!(r#"{{{base},"Count":{count},"ContactList":[{list}]}}"#),
    )
}

#[test]
fn nobody_is_found_twice_in_one_lookup() {
    let mut stage = Stage::new();
    let friend = stage.friend();
    let record = format!(r#"{{"UserName":"{}","NickName":"x"}}"#, friend.user_name());
    let many = records(&record, 10_000);
    stage
        .world
        .server_mut()
        .plant("webwxbatchgetcontact", 1, many);
    let found = stage.call(FetchContacts::new([friend])).unwrap();
    assert_eq!(found.len(), 1);
}

#[test]
fn whoever_is_asked_for_last_of_many_is_found() {
    // Nobody is known but the friend, and the lots of 50 before hers are answered by nothing.
    for (others, lots) in [(9_999, 199), (10_000, 200)] {
        let mut stage = Stage::new();
        let friend = stage.friend();
        let world = &mut stage.world;
        let client = world.client(stage.bot);
        let many = (0..others).map(|n| client.chat(&format!("@{n:064x}")).unwrap());
        let who: Vec<_> = many.chain([friend.clone()]).collect();
        let nobody = records("", 0);
        world
            .server_mut()
            .plant("webwxbatchgetcontact", lots, nobody);
        let found = stage.call(FetchContacts::new(who)).unwrap();
        assert_eq!(found.len(), 1, "behind {others} others");
        assert_eq!(found[0].id, friend);
    }
}

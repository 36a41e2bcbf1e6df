//! News that are too many, too long or cannot be told apart.

use wx_proto::{Contact, EventKind, RosterChange, SendText};
use wx_sim::{
    net::Fate,
    server::{Act, Setup},
    world::World,
};

use crate::common::*;

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
    world
        .server_mut()
        .plant("synccheck", u32::MAX, polled("0", "2"));
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
fn one_text_accepted_without_an_id_is_not_taken_for_others_of_the_same_words() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant("webwxsendmsg", 1, refusing(0));
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

/// The service does not tell of everybody who joins a room.
#[test]
fn whoever_speaks_in_a_room_without_being_known_there_is_looked_up_once() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let room = world.client(bot).roster().rooms().next().unwrap();
    let (room, before) = (room.id.user_name().to_owned(), world.sent(bot).len());
    let says = |id: u32| {
        format!(
            r#""AddMsgList":[{{"MsgId":"{id}","FromUserName":"{room}","ToUserName":"{room}",
            "MsgType":1,"Content":"@stranger:<br/>hello","CreateTime":1700000000}}]"#
        )
    };
    let record = format!(
        r#"{{"BaseResponse":{{"Ret":0}},"Count":1,"ContactList":[{{"UserName":"{room}",
        "NickName":"topic","MemberList":[{{"UserName":"@stranger","NickName":"Somebody"}}]}}]}}"#
    );
    let mut found = page(200, record);
    let json = http::HeaderValue::from_static("application/json");
    found.headers_mut().insert("content-type", json);
    world.server_mut().plant("webwxbatchgetcontact", 1, found);
    let mut names = Vec::new();
    for id in [1, 2, 3] {
        world.server_mut().plant("webwxsync", 1, news(&says(id)));
        world.happen(Act::FalseAlarm { selector: 2 }).unwrap();
        world.run_for(10 * SECOND);
        let heard = messages(&world.events(bot));
        names.extend(heard.into_iter().map(|it| it.sender.unwrap().name));
    }
    assert_eq!(names, ["@stranger", "Somebody", "Somebody"]);
    let asked = world.sent(bot).iter().skip(before);
    let asked = asked.filter(|sent| sent.path.ends_with("/webwxbatchgetcontact"));
    assert_eq!(asked.count(), 1);
}

/// The address book and lookups may take their time, and rooms come and go meanwhile.
#[test]
fn a_room_that_is_gone_again_before_it_was_looked_up_does_not_come_back() {
    let mut world = World::new(Setup::default());
    for endpoint in ["webwxgetcontact", "webwxbatchgetcontact"] {
        world.doom(endpoint, u32::MAX, Fate::Stalls);
    }
    let bot = online(&mut world);
    world.run_for(600 * SECOND);
    world.events(bot);
    for what in ["ModContactList", "DelContactList"] {
        let reply = news(&format!(r#""{what}":[{{"UserName":"@@brief"}}]"#));
        world.server_mut().plant("webwxsync", 1, reply);
        world.happen(Act::FalseAlarm { selector: 4 }).unwrap();
        world.run_for(SECOND);
    }
    for endpoint in ["webwxgetcontact", "webwxbatchgetcontact"] {
        world.doom(endpoint, 0, Fate::Stalls);
    }
    world.run_for(600 * SECOND);
    let events = world.events(bot);
    let is_brief = |it: &Contact| it.id.user_name() == "@@brief";
    let changes: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Roster(RosterChange::Added(it)) if is_brief(it) => Some("added"),
            EventKind::Roster(RosterChange::Removed(it)) if is_brief(it) => Some("removed"),
            _ => None,
        })
        .collect();
    assert_eq!(changes, ["added", "removed"]);
    let is_asked = |bytes: &[u8]| bytes.windows(7).any(|it| it == b"@@brief");
    assert!(!world.sent(bot).iter().any(|sent| is_asked(&sent.bytes)));
    assert!(world.client(bot).roster().is_complete());
}

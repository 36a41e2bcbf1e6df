//! Rooms the client makes and changes, and rooms that change around it.

use serde_json::Value;
use wx_sim::server::{Act, Cast, Deed, DeedError, Language, Refusal, Remark, Setup, Whose};

use crate::client::{Client, json, ret};
use crate::requests::{Make, Raw};
use crate::walk::{assert_faultless, online, setup};

const ANNA: &str = "wxid_anna7c20x1";
const BORIS: &str = "wxid_boris9d4k2";
const QUIN: &str = "wxid_quin4g5h6j";
const ZOE: &str = "wxid_zoe7h6j5k4";
/// Boris owns it.
const ROOM: &str = "10241024@chatroom";
/// The user owns it.
const OWN: &str = "40964096@chatroom";

fn reply(client: &mut Client, raw: Raw) -> Value {
    json(&client.ask(raw))
}

/// The record of a room in the list of changes.
fn record<'a>(news: &'a Value, room: &str) -> &'a Value {
    let list = news["ModContactList"].as_array().unwrap();
    let mut found = list.iter().filter(|contact| contact["UserName"] == room);
    found.next().unwrap_or_else(|| panic!("{room} in {news}"))
}

fn members(record: &Value) -> Vec<&str> {
    let list = record["MemberList"].as_array().unwrap();
    assert_eq!(record["MemberCount"], list.len());
    list.iter()
        .map(|member| member["UserName"].as_str().unwrap())
        .collect()
}

/// The one notice among the news, which comes from the room itself.
fn notice(news: &Value, room: &str) -> String {
    let list = news["AddMsgList"].as_array().unwrap();
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(list[0]["MsgType"], 10_000);
    assert_eq!(list[0]["FromUserName"], room);
    list[0]["Content"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_room_is_told_in_the_answer_and_in_the_sync() {
    let mut client = online();
    let (anna, boris) = (client.name(ANNA), client.name(BORIS));
    let raw = client.create_room_request(&[&anna, &boris], "三人行");
    let made = reply(&mut client, raw);
    assert_eq!(ret(&made), 0);
    assert_eq!(made["BaseResponse"]["ErrMsg"], "Everything is OK");
    assert_eq!(members(&made), [&anna, &boris]);
    assert_eq!(
        (&made["QuanPin"], &made["BlackList"]),
        (&"".into(), &"".into())
    );
    let room = made["ChatRoomName"].as_str().unwrap().to_owned();
    assert!(room.starts_with("@@"));
    let news = client.news();
    let told = record(&news, &room);
    assert_eq!(told["NickName"], "三人行");
    assert_eq!(members(told), [&client.me, &anna, &boris]);
    assert_eq!(told["ChatRoomOwner"], client.me);
    assert_eq!(
        notice(&news, &room),
        "你邀请&quot;Anna、Boris&quot;加入了群聊  "
    );
    let raw = client.send_request(&room, "hello");
    assert_eq!(ret(&reply(&mut client, raw)), 0);
    let raw = client.batch_request(&[&room]);
    let full = reply(&mut client, raw);
    assert_eq!(full["ContactList"][0]["IsOwner"], 1);
    assert_faultless(&client);
}

#[test]
fn who_does_not_come_stands_in_the_black_list() {
    let mut client = online();
    let (anna, boris) = (client.name(ANNA), client.name(BORIS));
    let stranger = client.name("wxid_stra1c4v5b");
    client.act(Act::Unfriends {
        who: BORIS.to_owned(),
    });
    let raw = client.create_room_request(&[&stranger, &anna, &boris], "");
    let made = reply(&mut client, raw);
    assert_eq!((ret(&made), members(&made)), (0, vec![anna.as_str()]));
    assert_eq!(made["BlackList"], format!("{stranger},{boris}"));
    client.news();
    let raw = client.create_room_request(&[&stranger], "");
    assert_eq!(ret(&reply(&mut client, raw)), -2);
    assert_faultless(&client);
}

#[test]
fn a_new_room_may_come_with_an_error_that_is_none() {
    let mut client = Client::online(Setup {
        odd_room_ret: true,
        ..setup()
    });
    let anna = client.name(ANNA);
    let raw = client.create_room_request(&[&anna], "");
    let made = reply(&mut client, raw);
    assert_eq!(ret(&made), -2013);
    let room = made["ChatRoomName"].as_str().unwrap();
    assert_eq!(members(record(&client.news(), room)).len(), 2);
}

#[test]
fn a_new_room_is_judged() {
    let cases: [(Make, Refusal); 3] = [
        (
            |c| c.create_room_request(&[], ""),
            Refusal::Member("MemberList"),
        ),
        (
            |c| c.create_room_request(&["@nobody"], ""),
            Refusal::UnknownUser,
        ),
        (
            |c| {
                let room = c.name(ROOM);
                c.create_room_request(&[&room], "")
            },
            Refusal::UnknownUser,
        ),
    ];
    for (make, refusal) in cases {
        let mut client = online();
        let raw = make(&mut client);
        let made = reply(&mut client, raw);
        assert_eq!((ret(&made), &made["ChatRoomName"]), (1, &"".into()));
        assert_eq!(client.last().refusal, Some(refusal));
    }
    let mut client = online();
    let (anna, me) = (client.name(ANNA), client.me.clone());
    let raw = client.create_room_request(&[&me, &anna], "");
    assert_eq!(members(&reply(&mut client, raw)).len(), 1);
    assert_eq!(client.last().remarks, [Remark::MemberForm("MemberList")]);
    let raw = client
        .create_room_request(&[&anna], "")
        .with("\"MemberCount\":1", "\"MemberCount\":2");
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::MemberForm("MemberCount")]);
    client.news();
}

#[test]
fn friends_are_added_and_others_are_not() {
    let mut client = online();
    let (room, quin, zoe) = (client.name(ROOM), client.name(QUIN), client.name(ZOE));
    let stranger = client.name("wxid_strb6n7m8q");
    let list = format!("\"AddMemberList\":\"{quin},{stranger},{zoe},{quin}\"");
    let raw = client.room_request("addmember", &room, &list);
    let answer = reply(&mut client, raw);
    assert_eq!(
        (ret(&answer), members(&answer)),
        (0, vec![quin.as_str(), zoe.as_str()])
    );
    let news = client.news();
    let told = members(record(&news, &room));
    assert_eq!(told.len(), 6);
    assert!(told.contains(&quin.as_str()) && !told.contains(&stranger.as_str()));
    assert_eq!(
        notice(&news, &room),
        "你邀请&quot;Quin、Zoe&quot;加入了群聊  "
    );
    assert_faultless(&client);
}

#[test]
fn large_rooms_invite() {
    let mut client = Client::online(Setup {
        cast: Cast::Odd,
        ..setup()
    });
    let quin = client.name(QUIN);
    let add = format!("\"AddMemberList\":\"{quin}\"");
    // 39 and one more is where the page begins to invite; the service still adds.
    for (plain, ret_wanted) in [("61006100@chatroom", 0), ("62006200@chatroom", 1)] {
        let room = client.name(plain);
        let raw = client.room_request("addmember", &room, &add);
        let answer = reply(&mut client, raw);
        assert_eq!(ret(&answer), ret_wanted);
        assert_eq!(client.last().remarks, [Remark::NotInvited]);
        assert_eq!(client.last().refusal, None);
        assert_eq!(members(&answer).len(), usize::from(ret_wanted == 0));
    }
    client.news();
    let room = client.name("62006200@chatroom");
    let invite = format!("\"InviteMemberList\":\"{quin}\"");
    let raw = client.room_request("invitemember", &room, &invite);
    assert_eq!(ret(&reply(&mut client, raw)), 0);
    assert!(client.last().is_accepted());
    assert_eq!(client.check().1, "0", "nobody came yet");
    let invited = client.server.accounts()[0].invited.clone();
    assert_eq!(invited, [("62006200@chatroom".to_owned(), QUIN.to_owned())]);
    client.act(Act::JoinsInvited {
        room: "62006200@chatroom".to_owned(),
        who: QUIN.to_owned(),
        by: "me".to_owned(),
    });
    assert_eq!(members(record(&client.news(), &room)).len(), 41);
    assert!(client.server.accounts()[0].invited.is_empty());
}

#[test]
fn only_owners_remove_members() {
    let mut client = online();
    let (room, own) = (client.name(ROOM), client.name(OWN));
    let (anna, kira) = (client.name(ANNA), client.name("wxid_kira7v6b5n"));
    let raw = client.room_request("delmember", &room, &format!("\"DelMemberList\":\"{anna}\""));
    let answer = reply(&mut client, raw);
    assert_eq!((ret(&answer), members(&answer)), (1, vec![]));
    assert_eq!(client.last().refusal, Some(Refusal::NotOwner));

    let raw = client.room_request("delmember", &own, &format!("\"DelMemberList\":\"{kira}\""));
    assert_eq!(ret(&reply(&mut client, raw)), 0);
    let news = client.news();
    assert_eq!(members(record(&news, &own)).len(), 2);
    assert_eq!(notice(&news, &own), "你将&quot;Kira&quot;移出了群聊");
}

#[test]
fn a_topic_changes_for_everybody() {
    let mut client = online();
    let room = client.name(ROOM);
    let raw = client.room_request("modtopic", &room, "\"NewTopic\":\"周日 <徒步>\"");
    assert_eq!(ret(&reply(&mut client, raw)), 0);
    let news = client.news();
    let told = record(&news, &room);
    assert_eq!(told["NickName"], "周日 &lt;徒步&gt;");
    assert_eq!(members(told).len(), 4);
    assert_eq!(notice(&news, &room), "你修改群名为“周日 &lt;徒步&gt;”");
    assert_faultless(&client);
}

#[test]
fn a_room_can_be_left() {
    let mut client = online();
    let room = client.name(ROOM);
    let raw = client.room_request("quitchatroom", &room, "");
    assert_eq!(ret(&reply(&mut client, raw)), 0);
    assert_eq!(client.check().1, "6");
    assert_eq!(client.sync()["DelContactList"][0]["UserName"], room);
    assert_faultless(&client);
    for fun in ["quitchatroom", "modtopic"] {
        let raw = client.room_request(fun, &room, "\"NewTopic\":\"x\"");
        assert_eq!(ret(&reply(&mut client, raw)), 1);
        assert_eq!(client.last().refusal, Some(Refusal::NotInRoom));
    }
    let raw = client.send_request(&room, "x");
    assert_eq!(ret(&reply(&mut client, raw)), 1204);
}

#[test]
fn a_change_of_a_room_is_judged() {
    let cases: [(&str, &str, Refusal); 6] = [
        ("dance", "", Refusal::Fun),
        ("addmember", "", Refusal::Member("AddMemberList")),
        (
            "invitemember",
            "\"InviteMemberList\":\"\"",
            Refusal::Member("InviteMemberList"),
        ),
        (
            "delmember",
            "\"DelMemberList\":7",
            Refusal::Member("DelMemberList"),
        ),
        ("modtopic", "", Refusal::Member("NewTopic")),
        (
            "addmember",
            "\"AddMemberList\":\"@nobody\"",
            Refusal::UnknownUser,
        ),
    ];
    for (fun, member, refusal) in cases {
        let mut client = online();
        let own = client.name(OWN);
        let raw = client.room_request(fun, &own, member);
        assert_eq!(ret(&reply(&mut client, raw)), 1, "{fun}");
        assert_eq!(client.last().refusal, Some(refusal));
    }
    let mut client = online();
    let anna = client.name(ANNA);
    let raw = client.room_request("quitchatroom", &anna, "");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::NotInRoom));
    let own = client.name(OWN);
    let raw = client.room_request("quitchatroom", &own, "").without("fun");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Param("fun")));
}

fn invited(who: &str, by: &str) -> Act {
    Act::JoinsInvited {
        room: ROOM.to_owned(),
        who: who.to_owned(),
        by: by.to_owned(),
    }
}

fn by_code(who: &str, shown_by: &str) -> Act {
    Act::JoinsByCode {
        room: ROOM.to_owned(),
        who: who.to_owned(),
        shown_by: shown_by.to_owned(),
    }
}

fn renamed(by: &str) -> Act {
    Act::Renamed {
        room: ROOM.to_owned(),
        by: by.to_owned(),
        topic: "新名".to_owned(),
    }
}

fn removed(room: &str, who: &str) -> Act {
    Act::Removed {
        room: room.to_owned(),
        who: who.to_owned(),
    }
}

#[test]
fn others_come_and_go_with_a_notice_and_the_whole_room() {
    for (act, size, words) in [
        (
            invited(QUIN, BORIS),
            5,
            "&quot;领队&quot;邀请&quot;Quin&quot;加入了群聊",
        ),
        (invited(QUIN, "me"), 5, "你邀请&quot;Quin&quot;加入了群聊  "),
        (
            by_code(QUIN, ANNA),
            5,
            "&quot; Quin&quot;通过扫描&quot;Anna&quot;分享的二维码加入群聊",
        ),
        (
            by_code(QUIN, "me"),
            5,
            "&quot; Quin&quot;通过扫描你分享的二维码加入群聊",
        ),
        (renamed(BORIS), 4, "&quot;领队&quot;修改群名为“新名”"),
        (renamed("me"), 4, "你修改群名为“新名”"),
    ] {
        let mut client = online();
        let room = client.name(ROOM);
        client.act(act);
        let news = client.news();
        assert_eq!(members(record(&news, &room)).len(), size, "{words}");
        assert_eq!(notice(&news, &room), words);
    }
}

#[test]
fn notices_are_in_the_language_of_the_phone() {
    for (language, words) in [
        (
            Language::ZhTw,
            "&quot;领队&quot;邀請&quot;Quin&quot;加入了群組",
        ),
        (Language::En, "领队 invited Quin to the group chat"),
    ] {
        let mut client = Client::online(Setup {
            language,
            ..setup()
        });
        client.act(invited(QUIN, BORIS));
        let room = client.name(ROOM);
        assert_eq!(notice(&client.news(), &room), words);
    }
}

#[test]
fn the_user_is_put_out_and_comes_back() {
    let mut client = online();
    let room = client.name(ROOM);
    client.act(removed(ROOM, "me"));
    let news = client.news();
    let told = record(&news, &room);
    assert_eq!((&told["ContactFlag"], members(told)), (&0.into(), vec![]));
    assert_eq!(notice(&news, &room), "你被&quot;领队&quot;移出群聊");
    let raw = client.send_request(&room, "x");
    assert_eq!(ret(&reply(&mut client, raw)), 1204);

    client.act(invited("me", ANNA));
    let news = client.news();
    assert_eq!(members(record(&news, &room)).len(), 4);
    let words = notice(&news, &room);
    assert!(
        words.starts_with("&quot;Anna&quot;邀请你加入了群聊，群聊参与人还有：领队、"),
        "{words}"
    );
}

#[test]
fn only_owner_and_user_hear_of_a_removal() {
    let mut client = online();
    let (room, own) = (client.name(ROOM), client.name(OWN));
    client.act(removed(ROOM, ANNA));
    let news = client.news();
    assert_eq!(members(record(&news, &room)).len(), 3);
    assert_eq!(news["AddMsgCount"], 0);
    client.act(removed(OWN, "wxid_kira7v6b5n"));
    assert_eq!(
        notice(&client.news(), &own),
        "你将&quot;Kira&quot;移出了群聊"
    );

    let mut fails = |act: Act| client.server.act(client.now, Deed::In(Whose::Latest, act));
    let not_there = |room: &str| Err(DeedError::NotThere(room.to_owned()));
    assert_eq!(
        fails(removed(OWN, "me")),
        not_there(OWN),
        "an owner is put out by nobody"
    );
    assert_eq!(
        fails(removed(ROOM, ANNA)),
        not_there(ROOM),
        "is no member any more"
    );
    assert_eq!(fails(renamed(ZOE)), not_there(ROOM));
    assert_eq!(
        fails(invited(BORIS, "me")),
        Err(DeedError::Already(BORIS.to_owned()))
    );
}

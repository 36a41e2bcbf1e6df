//! What phones and friends do, and how it arrives.

use serde_json::Value;
use wx_sim::server::{Act, Code, Deed, DeedError, Whose};

use crate::client::{Client, json, ret, text};
use crate::walk::online;

/// The one message the deed brings.
fn arrives(client: &mut Client, deed: Act) -> Value {
    client.act(deed);
    let mut messages = client.drain();
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

const ROOM: &str = "10241024@chatroom";
const BORIS: &str = "wxid_boris9d4k2";

#[test]
fn a_friend_writes() {
    let mut client = online();
    let message = arrives(
        &mut client,
        Act::Text {
            from: "安娜".to_owned(),
            text: "a\n\u{1f602}".to_owned(),
        },
    );
    assert_eq!(message["FromUserName"], client.name("wxid_anna7c20x1"));
    assert_eq!(message["ToUserName"], client.me);
    assert_eq!(
        message["Content"],
        "a<br/><span class=\"emoji emoji1f639\"></span>"
    );
    assert_eq!(message.as_object().unwrap().len(), 28);
}

#[test]
fn a_member_writes_with_a_prefix_and_may_mention_the_user() {
    let mut client = online();
    let deed = Act::RoomText {
        room: ROOM.to_owned(),
        from: BORIS.to_owned(),
        text: "几点?".to_owned(),
        mention: true,
    };
    let message = arrives(&mut client, deed);
    assert_eq!(message["FromUserName"], client.name(ROOM));
    let expected = format!(
        "{}:<br/>@机器人<span class=\"emoji emoji1f604\"></span>0\u{2005}几点?",
        client.name(BORIS)
    );
    assert_eq!(message["Content"], expected);
}

#[test]
fn a_mention_uses_the_name_worn_in_the_room() {
    let mut client = online();
    let deed = Act::RoomText {
        room: "40964096@chatroom".to_owned(),
        from: "老板".to_owned(),
        text: "?".to_owned(),
        mention: true,
    };
    let message = arrives(&mut client, deed);
    assert!(
        message["Content"]
            .as_str()
            .unwrap()
            .ends_with("<br/>@机器人助手\u{2005}?")
    );
}

#[test]
fn the_phone_writes_without_a_prefix() {
    let mut client = online();
    let message = arrives(
        &mut client,
        Act::OwnText {
            to: ROOM.to_owned(),
            text: "from here".to_owned(),
        },
    );
    assert_eq!(message["FromUserName"], client.me);
    assert_eq!(message["ToUserName"], client.name(ROOM));
    assert_eq!(message["Content"], "from here");
}

#[test]
fn a_notice_comes_from_the_chat_and_from_nobody() {
    let mut client = online();
    let text = "你邀请\"Anna\"加入了群聊  ".to_owned();
    let message = arrives(
        &mut client,
        Act::Notice {
            chat: ROOM.to_owned(),
            text,
        },
    );
    assert_eq!(message["MsgType"], 10_000);
    assert_eq!(message["Status"], 4);
    assert_eq!(message["FromUserName"], client.name(ROOM));
    assert_eq!(message["Content"], "你邀请&quot;Anna&quot;加入了群聊  ");
}

#[test]
fn recalls_name_the_message_they_take_back() {
    let mut client = online();
    let said = Act::RoomText {
        room: ROOM.to_owned(),
        from: BORIS.to_owned(),
        text: "oops".to_owned(),
        mention: false,
    };
    let theirs = client.act(said).unwrap();
    let mine = client.act(Act::OwnText {
        to: ROOM.to_owned(),
        text: "me too".to_owned(),
    });
    client.act(Act::Recall { msg_id: theirs });
    client.act(Act::Recall {
        msg_id: mine.unwrap(),
    });
    let messages = client.drain();
    assert_eq!(messages[2]["MsgType"], 10_002);
    let content = messages[2]["Content"].as_str().unwrap();
    let prefix = format!(
        "{}:<br/>&lt;sysmsg type=\"revokemsg\"&gt;",
        client.name(BORIS)
    );
    assert!(content.starts_with(&prefix), "{content}");
    assert!(content.contains(&format!("&lt;msgid&gt;{theirs}&lt;/msgid&gt;")));
    assert!(content.contains("&lt;![CDATA[\"领队\" 撤回了一条消息]]&gt;"));
    let own = &messages[3];
    assert_eq!(
        own["FromUserName"],
        client.name(ROOM),
        "one's own comes from the room"
    );
    assert!(own["Content"].as_str().unwrap().starts_with("&lt;sysmsg"));
    let missing = Deed::In(Whose::Latest, Act::Recall { msg_id: 1 });
    assert_eq!(
        client.server.act(client.now, missing),
        Err(DeedError::NoMessage(1))
    );
}

#[test]
fn a_text_of_the_client_can_be_recalled_on_the_phone() {
    let mut client = online();
    let raw = client.send_request("filehelper", "oops");
    let reply = json(&client.ask(raw));
    let msg_id = reply["MsgID"].as_str().unwrap().parse().unwrap();
    let message = arrives(&mut client, Act::Recall { msg_id });
    assert!(
        message["Content"]
            .as_str()
            .unwrap()
            .contains("你撤回了一条消息")
    );
}

#[test]
fn the_phone_tells_what_it_does() {
    let mut client = online();
    client.act(Act::Notify {
        code: 2,
        chat: Some(BORIS.to_owned()),
    });
    assert_eq!(client.check().1, "7");
    let reply = client.sync();
    let message = &reply["AddMsgList"][0];
    assert_eq!(
        (&message["MsgType"], &message["StatusNotifyCode"]),
        (&51.into(), &2.into())
    );
    assert_eq!(message["StatusNotifyUserName"], client.name(BORIS));
    assert_eq!(message["ToUserName"], client.name(BORIS));
}

#[test]
fn the_list_of_conversations_has_a_room_nothing_else_names() {
    let mut client = online();
    let me = client.me.clone();
    let raw = client.notify_request(3, &me);
    client.ask(raw);
    let messages = client.drain();
    let list = messages[0]["StatusNotifyUserName"].as_str().unwrap();
    assert_eq!(
        (messages.len(), &messages[0]["StatusNotifyCode"]),
        (1, &4.into())
    );
    assert!(list.contains(&client.name("51205120@chatroom")));
}

#[test]
fn changes_of_contacts_have_members_of_their_own() {
    let mut client = online();
    let deed = Act::ContactChanged {
        who: BORIS.to_owned(),
        nick: None,
        remark: Some("B <1>".to_owned()),
        contact_flag: Some(2051),
    };
    client.act(deed);
    assert_eq!(client.check().1, "4");
    let reply = client.sync();
    let contact = &reply["ModContactList"][0];
    assert_eq!(contact["RemarkName"], "B &lt;1&gt;");
    assert_eq!(contact["ContactFlag"], 2051);
    assert!(contact.get("ContactType").is_some() && contact.get("Uin").is_none());
}

#[test]
fn a_new_friend_gets_a_name_in_the_running_session() {
    let mut client = online();
    let deed = Act::ContactAdded {
        plain: "wxid_new0".to_owned(),
        nick: "New".to_owned(),
    };
    client.act(deed);
    client.check();
    let reply = client.sync();
    let user_name = reply["ModContactList"][0]["UserName"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(user_name, client.name("wxid_new0"));
    assert_eq!(reply["AddMsgList"][0]["FromUserName"], user_name);
    let raw = client.send_request(&user_name, "hi");
    assert_eq!(client.answer(raw), 0);
}

#[test]
fn a_deleted_friend_takes_no_texts() {
    let mut client = online();
    client.act(Act::ContactDeleted {
        who: BORIS.to_owned(),
    });
    assert_eq!(client.check().1, "6");
    let reply = client.sync();
    let boris = client.name(BORIS);
    assert_eq!(reply["DelContactList"][0]["UserName"], boris);
    assert_eq!(reply["DelContactList"][0].as_object().unwrap().len(), 2);
    let raw = client.send_request(&boris, "hi");
    assert_eq!(client.answer(raw), 1204);
}

#[test]
fn a_room_changes_as_a_whole() {
    let mut client = online();
    let deed = Act::RoomChanged {
        room: ROOM.to_owned(),
        topic: Some("新名字".to_owned()),
        join: vec!["Quin".to_owned()],
        leave: vec!["wxid_anna7c20x1".to_owned()],
    };
    client.act(deed);
    client.check();
    let reply = client.sync();
    let room = &reply["ModContactList"][0];
    let members: Vec<&str> = room["MemberList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["UserName"].as_str().unwrap())
        .collect();
    assert_eq!(room["NickName"], "新名字");
    assert_eq!((room["MemberCount"].as_u64(), members.len()), (Some(4), 4));
    assert!(members.contains(&&*client.name("wxid_quin4g5h6j")));
    assert!(!members.contains(&&*client.name("wxid_anna7c20x1")));

    let leave = vec!["me".to_owned()];
    let deed = Act::RoomChanged {
        room: ROOM.to_owned(),
        topic: None,
        join: vec![],
        leave,
    };
    client.act(deed);
    client.check();
    let reply = client.sync();
    let room = &reply["ModContactList"][0];
    assert_eq!(
        (&room["ContactFlag"], &room["MemberList"]),
        (&0.into(), &Value::Array(vec![]))
    );
}

#[test]
fn a_false_alarm_brings_nothing_and_ends() {
    let mut client = online();
    client.act(Act::FalseAlarm { selector: 3 });
    assert_eq!(client.check().1, "3");
    assert_eq!(client.sync()["AddMsgCount"], 0);
    assert_eq!(client.check().1, "0");
}

#[test]
fn a_kick_answers_the_held_poll_and_everything_after() {
    for (deed, code) in [
        (Act::Kick { code: 1100 }, 1100),
        (Act::LogOut, 1101),
        (Act::CookiesExpire, 1102),
    ] {
        let mut client = online();
        let raw = client.check_request();
        client.start(raw);
        client.act(deed.clone());
        let (_, reply) = client.server.poll_reply().unwrap();
        let expected = format!("window.synccheck={{retcode:\"{code}\",selector:\"0\"}}");
        assert_eq!(text(&reply), expected);
        let raw = client.init_request();
        let reply = json(&client.ask(raw));
        assert_eq!(
            (ret(&reply), &reply["User"]["UserName"]),
            (code, &"".into())
        );
        assert_eq!(client.server.faults().count(), 0);
        let again = client.server.act(client.now, Deed::In(Whose::Latest, deed));
        assert_eq!(again, Err(DeedError::NoSession));
    }
}

#[test]
fn a_raw_message_stands_on_the_wire_as_given() {
    let mut client = online();
    let deed = Act::Raw {
        chat: ROOM.to_owned(),
        from: Some(BORIS.to_owned()),
        msg_type: 47,
        content: "&lt;msg&gt;".to_owned(),
    };
    let message = arrives(&mut client, deed);
    assert_eq!(
        message["Content"],
        format!("{}:<br/>&lt;msg&gt;", client.name(BORIS))
    );
    assert_eq!(
        (&message["MsgType"], &message["ImgStatus"]),
        (&47.into(), &2.into())
    );
}

#[test]
fn deeds_that_name_nobody_change_nothing() {
    let mut client = online();
    let nobody = Act::Text {
        from: "nobody".to_owned(),
        text: "x".to_owned(),
    };
    assert_eq!(
        client
            .server
            .act(client.now, Deed::In(Whose::Latest, nobody)),
        Err(DeedError::Nobody("nobody".to_owned()))
    );
    let outsider = Act::RoomText {
        room: ROOM.to_owned(),
        from: "Zoe".to_owned(),
        text: "x".to_owned(),
        mention: false,
    };
    assert_eq!(
        client
            .server
            .act(client.now, Deed::In(Whose::Latest, outsider)),
        Err(DeedError::NotThere(ROOM.to_owned()))
    );
    assert_eq!(
        client
            .server
            .act(client.now, Deed::Scan(Code::Uuid("none".to_owned()))),
        Err(DeedError::NoCode)
    );
    assert_eq!(client.check().1, "0");
}

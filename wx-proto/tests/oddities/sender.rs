//! Who said it.

use wx_proto::{Body, Content, Secret, endpoint::message::MessageRecord};

use crate::{body, record, wire};

const ME: &str = "@5e1f";
const ROOM: &str = "@@b3d9";

fn between(from: &str, to: &str, msg_type: i64, content: &str) -> Content {
    let mut record: MessageRecord = record(msg_type, content);
    record.from_user_name = from.to_owned();
    record.to_user_name = to.to_owned();
    Content::read(&record)
}

fn text(content: &Content) -> &str {
    match &content.body {
        Body::Text(text) => &text.text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn oddity_75_what_the_own_phone_says_in_a_room_has_no_prefix() {
    let own = between(ME, ROOM, 1, "几点:<br/>八点");
    assert_eq!(
        (own.room.as_deref(), own.sender.as_deref()),
        (Some(ROOM), Some(ME))
    );
    assert_eq!(text(&own), "几点:\n八点");
    let revoke = wire(
        "<sysmsg type=\"revokemsg\"><revokemsg><msgid>4611686018427300001</msgid><replacemsg><![CDATA[你撤回了一条消息]]></replacemsg></revokemsg></sysmsg>",
    );
    let own = between(ROOM, ME, 10002, &revoke);
    assert_eq!((own.room.as_deref(), own.sender), (Some(ROOM), None));
    let Body::Recalled(recalled) = own.body else {
        panic!("not recalled");
    };
    assert_eq!(recalled.by, Some(wx_proto::message::Who::You));
}

#[test]
fn oddity_76_nobody_says_the_notices_of_a_room() {
    for said in ["\"阿禾\"邀请\"竹\"加入了群聊", "note:<br/>x"] {
        let notice = between(ROOM, ME, 10000, said);
        assert_eq!(
            (notice.room.as_deref(), notice.sender),
            (Some(ROOM), None),
            "{said}"
        );
        assert!(matches!(notice.body, Body::Notice(_)));
    }
}

#[test]
fn oddity_77_an_address_is_no_sender() {
    let path = "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=4611686018427300001&pictype=location";
    let place = |from: &str, to: &str, said: &str| {
        let mut record = record(1, said);
        record.sub_msg_type = 48;
        record.from_user_name = from.to_owned();
        record.to_user_name = to.to_owned();
        let content = Content::read(&record);
        match content.body {
            Body::Location(place) => (content.sender, place.label),
            other => panic!("{other:?}"),
        }
    };
    let private = place("@0a7c", ME, &format!("TeaRoad27:<br/>{path}"));
    assert_eq!(private, (Some("@0a7c".to_owned()), "TeaRoad27".to_owned()));
    let in_room = place(ROOM, ME, &format!("@c48e:<br/>TeaRoad27:<br/>{path}"));
    assert_eq!(in_room, (Some("@c48e".to_owned()), "TeaRoad27".to_owned()));
    let unnamed = place(ROOM, ME, &format!("TeaRoad27:<br/>{path}"));
    assert_eq!(unnamed, (None, "TeaRoad27".to_owned()));
}

#[test]
fn oddity_78_opaque_content_is_no_name() {
    let opaque = format!("@{}", "5a3c10f2".repeat(150));
    for (msg_type, kind) in [
        (3, "image"),
        (34, "voice"),
        (43, "video"),
        (47, "emoticon"),
        (49, "app"),
    ] {
        let content = between(ROOM, ME, msg_type, &opaque);
        assert_eq!((content.sender, content.body.kind()), (None, kind));
        let named = between(ROOM, ME, msg_type, &format!("@c48e:<br/>{opaque}"));
        assert_eq!(
            (named.sender.as_deref(), named.body.kind()),
            (Some("@c48e"), kind)
        );
    }
    let Body::Image(image) = body(3, &opaque) else {
        panic!("not a picture");
    };
    assert!(image.opaque);
}

#[test]
fn oddity_79_a_prefix_may_be_a_plain_name_and_in_private_it_is_text() {
    let said = between(ROOM, ME, 1, "chosen_name-7:<br/>走吗");
    assert_eq!(
        (said.sender.as_deref(), text(&said)),
        (Some("chosen_name-7"), "走吗")
    );
    let private = between("@0a7c", ME, 1, "chosen_name-7:<br/>走吗");
    assert_eq!(
        (private.sender.as_deref(), text(&private)),
        (Some("@0a7c"), "chosen_name-7:\n走吗")
    );
    // Names have no blanks and no other letters.
    for no_name in [
        "大家:<br/>走吗",
        "a b:<br/>走吗",
        ":<br/>走吗",
        "@:<br/>走吗",
    ] {
        assert_eq!(between(ROOM, ME, 1, no_name).sender, None, "{no_name}");
    }
}

#[test]
fn oddity_80_a_friend_request_comes_from_nobody_and_names_a_person_beside() {
    let mut record = record(37, "");
    record.from_user_name = "fmessage".to_owned();
    record.recommend_info.user_name = "@7f7f".to_owned();
    record.recommend_info.nick_name = "竹".to_owned();
    record.recommend_info.ticket = Secret::new("v4_example");
    let content = Content::read(&record);
    assert_eq!(content.sender.as_deref(), Some("fmessage"));
    let Body::FriendRequest(request) = content.body else {
        panic!("not a request");
    };
    assert_eq!(
        (request.user_name.as_deref(), request.nick_name.as_str()),
        (Some("@7f7f"), "竹")
    );
    assert_eq!(request.ticket, Some(Secret::new("v4_example")));
}

use proptest::prelude::*;

use super::{
    super::{
        SyncKey,
        message::MessageRecord,
        webwxsync::{self, MessageItem, Reply},
    },
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::{ret::Ret, secret::Secret};

const SYNC: &[u8] = include_bytes!("../../../testdata/replies/webwxsync.json");

fn sync(body: &str) -> Reply {
    webwxsync::parse(body.as_bytes()).unwrap()
}

fn messages(reply: &Reply) -> Vec<&MessageRecord> {
    fn record(item: &MessageItem) -> Option<&MessageRecord> {
        match item {
            MessageItem::Record(record) => Some(record),
            MessageItem::Unreadable(_) => None,
        }
    }

    reply.messages.iter().filter_map(record).collect()
}

#[test]
fn news() {
    let reply = webwxsync::parse(SYNC).unwrap();
    assert_eq!(reply.base.ret, Ret::OK);
    let messages = messages(&reply);
    assert_eq!(messages.len(), 3);
    assert_eq!(
        (messages[0].msg_id.as_str(), messages[0].new_msg_id),
        ("6812034415098763345", 6_812_034_415_098_763_345)
    );
    assert_eq!(
        (messages[0].msg_type, messages[0].create_time),
        (1, 1_672_531_211)
    );
    assert!(
        messages[0]
            .content
            .starts_with("@d41c0b9a8f7e6d5c4b3a291807f6e5d4:<br/>@领队")
    );
    // Fewer members than in the first one, as in older replies.
    assert_eq!(
        (
            messages[1].file_size.as_str(),
            messages[1].app_msg_type,
            messages[1].play_length
        ),
        ("700000", 6, 0)
    );
    assert_eq!(
        (
            messages[1].encry_file_name.as_str(),
            messages[1].ori_content.as_str()
        ),
        ("report%2Epdf", "")
    );
    let request = &messages[2].recommend_info;
    assert_eq!(
        (request.user_name.as_str(), request.op_code, request.scene),
        ("@9a8b7c6d5e4f30211203f4e5d6c7b8a9", 2, 30)
    );
    assert_eq!(request.ticket.expose(), "v4_exampleticket");

    assert_eq!((reply.mod_contacts.len(), reply.unreadable), (1, 0));
    let room = &reply.mod_contacts[0];
    assert_eq!(
        room.chat_room_owner.as_deref(),
        Some("@d41c0b9a8f7e6d5c4b3a291807f6e5d4")
    );
    // This set of members is another one; what is missing is unknown, not empty.
    assert_eq!(
        (
            room.province.as_ref(),
            room.is_owner,
            room.encry_chat_room_id.as_ref()
        ),
        (None, None, None)
    );
    assert_eq!(reply.del_contacts, ["@77aa61c2f9a84e35907c1d2e3f4a5b6c"]);
    assert_eq!((reply.profile.as_ref(), reply.continue_flag), (None, 1));
    // Other keys than before, in no order, and a count that lies.
    assert_eq!(
        reply.sync_key.as_ref().unwrap().to_string(),
        "11_704153081|2_704153170|201_1672531211"
    );
    assert_eq!(
        reply.sync_check_key.as_ref().unwrap().to_string(),
        "2_704153170|1000_4072518042"
    );
    // An empty key replaces nothing.
    assert_eq!(reply.skey, None);
    has_a_definite_end(SYNC, webwxsync::parse);
    refuses_what_is_no_reply(webwxsync::parse);
}

#[test]
fn no_news() {
    let stalled = sync(
        r#"{"BaseResponse":{"Ret":3,"ErrMsg":""},"AddMsgCount":0,"AddMsgList":[],"ModContactCount":0,"ModContactList":[],"DelContactCount":0,"DelContactList":[],"Profile":{"BitFlag":0},"ContinueFlag":0,"SyncKey":{"Count":0,"List":[]},"SKey":"","SyncCheckKey":{"Count":0,"List":[]}}"#,
    );
    assert_eq!(stalled.base.ret, Ret::SYNC_STALLED);
    assert_eq!(
        (stalled.sync_key, stalled.sync_check_key, stalled.skey),
        (None, None, None)
    );
    // Only the answer itself; and an old one without SyncCheckKey.
    let bare = sync(r#"{"BaseResponse":{"Ret":0}}"#);
    assert!(bare.messages.is_empty() && bare.del_contacts.is_empty() && bare.sync_key.is_none());
    let old = sync(
        r#"{"BaseResponse":{"Ret":0},"SyncKey":{"Count":1,"List":[{"Key":1,"Val":5}]},"SKey":"@crypt_new"}"#,
    );
    assert_eq!((old.sync_key.is_some(), old.sync_check_key), (true, None));
    assert_eq!(old.skey, Some(Secret::new("@crypt_new")));
}

#[test]
fn a_bad_message_stays_in_its_place() {
    let reply = sync(
        r#"{"BaseResponse":{"Ret":0},"AddMsgList":[{"MsgId":"1","Content":"a"},{"MsgId":"2","Content":"b"c"d"},{"Content":"no id"},7,{"MsgId":3,"Content":["x"]},{"NewMsgId":4},{"MsgId":"0"}],"SyncKey":{"Count":1,"List":[{"Key":1,"Val":5}]}}"#,
    );
    let shown: Vec<_> = reply
        .messages
        .iter()
        .map(|item| match item {
            MessageItem::Record(record) => format!("{}/{}", record.msg_id, record.new_msg_id),
            MessageItem::Unreadable(raw) => raw.clone(),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1/0",
            r#"{"MsgId":"2","Content":"b"c"d"}"#,
            r#"{"Content":"no id"}"#,
            "7",
            "3/0",
            "/4",
            r#"{"MsgId":"0"}"#
        ]
    );
    // The key is adopted all the same, or the same message would come for ever.
    assert_eq!(reply.sync_key.unwrap().to_string(), "1_5");
    // A stray quote.
    let reply = sync(
        "{\"BaseResponse\":{\"Ret\":0},\"AddMsgList\":[{\"MsgId\":\"1\"}\n,{\"MsgId\":\"2\",\"Content\":\"b\"c\"}\n,{\"MsgId\":\"3\",\"Content\":\"\\\"\"}\n],\"SyncKey\":{\"List\":[{\"Key\":1,\"Val\":5}]}}",
    );
    assert!(
        matches!(&reply.messages[..], [MessageItem::Record(_), MessageItem::Unreadable(raw), MessageItem::Record(_)] if raw == "{\"MsgId\":\"2\",\"Content\":\"b\"c\"}")
    );
    assert_eq!(reply.sync_key.unwrap().to_string(), "1_5");
}

#[test]
fn the_own_profile() {
    let profile = |profile: &str| {
        sync(&format!(
            r#"{{"BaseResponse":{{"Ret":0}},"Profile":{profile}}}"#
        ))
        .profile
    };
    let changed = profile(r#"{"BitFlag":190,"NickName":{"Buff":"新名"},"HeadImgUpdateFlag":1,"HeadImgUrl":"/cgi-bin/x"}"#).unwrap();
    assert_eq!(
        (
            changed.nick_name.as_deref(),
            changed.head_img_url.as_deref()
        ),
        (Some("新名"), Some("/cgi-bin/x"))
    );
    let picture_stays = profile(r#"{"BitFlag":"190","NickName":{"Buff":""},"HeadImgUpdateFlag":0,"HeadImgUrl":"/cgi-bin/x"}"#).unwrap();
    assert_eq!(
        (picture_stays.nick_name, picture_stays.head_img_url),
        (None, None)
    );
    for other in [
        r#"{"BitFlag":0,"NickName":{"Buff":"a"}}"#,
        r#"{"BitFlag":191,"NickName":{"Buff":"a"}}"#,
        "null",
        "[]",
        "{}",
    ] {
        assert_eq!(profile(other), None, "{other}");
    }
}

#[test]
fn a_part_of_a_key_is_no_key() {
    let key = |list: &str| {
        sync(&format!(
            r#"{{"BaseResponse":{{"Ret":0}},"SyncKey":{list}}}"#
        ))
        .sync_key
    };
    assert_eq!(
        key(r#"{"List":[{"Key":"1","Val":"4072518042"}],"Count":"7"}"#)
            .unwrap()
            .to_string(),
        "1_4072518042"
    );
    for list in [
        r#"{"Count":1}"#,
        r#"{"Count":0,"List":[]}"#,
        r#"{"Count":0,"List":null}"#,
        r#"{"Count":1,"List":{"Key":1,"Val":1}}"#,
        r#"{"List":[{"Key":1,"Val":1},{"Key":2}]}"#,
        r#"{"List":[{"Key":1,"Val":1},null]}"#,
        r#"{"List":[{"Key":1,"Val":1},{"Key":2,"Val":NaN}]}"#,
        r#"{"List":[{"Key":1,"Val":1},{"Key":2,"Val":3 4}]}"#,
        r#"{"List":[{"Key":1,"Val":99999999999999999999}]}"#,
        "[]",
        "\"1_2\"",
    ] {
        assert_eq!(key(list), None, "{list}");
    }
    let long = format!(
        r#"{{"List":[{}{{"Key":1,"Val":1}}]}}"#,
        r#"{"Key":1,"Val":1},"#.repeat(200)
    );
    assert_eq!(key(&long), None);
}

#[test]
fn a_key_has_two_forms() {
    let key = SyncKey::parse("1_704153081|201_-5").unwrap();
    assert_eq!(
        serde_json::to_string(&key).unwrap(),
        r#"{"Count":2,"List":[{"Key":1,"Val":704153081},{"Key":201,"Val":-5}]}"#
    );
    for text in [
        "", "|", "1", "1_", "_1", "1_2|", "1_2||3_4", "1_2_3", "a_b", "1 _2", "1_2,3_4",
    ] {
        assert_eq!(SyncKey::parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn keys_survive_both_forms(pairs in prop::collection::vec((any::<i64>(), any::<i64>()), 1..20)) {
        let text: Vec<_> = pairs.iter().map(|(key, val)| format!("{key}_{val}")).collect();
        let text = text.join("|");
        let key = SyncKey::parse(&text).unwrap();
        prop_assert_eq!(key.to_string(), text);
        let json = serde_json::to_string(&key).unwrap();
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"SyncKey":{json}}}"#);
        prop_assert_eq!(sync(&body).sync_key, Some(key));
    }

    #[test]
    fn no_body_makes_it_panic(body in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), inner in any::<String>(), jsonish in "[{}\\[\\],:\"\\\\MsgId0-9 ]{0,40}") {
        let at = at.index(SYNC.len());
        let _ = webwxsync::parse(&[&SYNC[..at], &body, &SYNC[at..]].concat());
        let _ = webwxsync::parse(&[&SYNC[..at], jsonish.as_bytes(), &SYNC[at..]].concat());
        for inner in [&inner, &jsonish] {
            let _ = webwxsync::parse(format!("{{\"BaseResponse\":{{\"Ret\":0}},\"AddMsgList\":[{inner}]}}").as_bytes());
            let _ = SyncKey::parse(inner);
        }
        let _ = webwxsync::parse(&body);
    }
}

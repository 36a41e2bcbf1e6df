//! The envelope of what is new.

use wx_proto::{
    Body, Content, Ret,
    endpoint::{
        message::MessageRecord,
        webwxsync::{self, MessageItem},
    },
};

fn sync(members: &str) -> webwxsync::Reply {
    let body = format!("{{\"BaseResponse\":{{\"Ret\":0}},{members}}}");
    webwxsync::parse(body.as_bytes()).unwrap()
}

fn message(record: &str) -> MessageRecord {
    let reply = sync(&format!("\"AddMsgList\":[{record}]"));
    let Some(MessageItem::Record(record)) = reply.messages.into_iter().next() else {
        panic!("not read: {record}");
    };
    *record
}

/// What a status notification says.
fn status(members: &str) -> wx_proto::message::StatusNotify {
    let record = message(&format!(
        r#"{{"MsgId":"4611686018427390001","FromUserName":"@5e1f","ToUserName":"@5e1f","MsgType":51,{members}}}"#
    ));
    match Content::read(&record).body {
        Body::StatusNotify(status) => status,
        other => panic!("{other:?}"),
    }
}

#[test]
fn oddity_30_ret_3_comes_with_an_empty_key_that_replaces_nothing() {
    let body = br#"{"BaseResponse":{"Ret":3,"ErrMsg":""},"AddMsgList":[],"SyncKey":{"Count":0,"List":[]},"SyncCheckKey":{"Count":0,"List":[]}}"#;
    let stalled = webwxsync::parse(body).unwrap();
    assert_eq!(stalled.base.ret, Ret::SYNC_STALLED);
    assert_eq!((stalled.sync_key, stalled.sync_check_key), (None, None));
}

#[test]
fn oddity_63_ids_are_exact_to_the_last_digit() {
    for id in [
        "9223372036854775807",
        "4611686018427387905",
        "461168601842738790",
    ] {
        let record = message(&format!(
            r#"{{"MsgId":"{id}","NewMsgId":{id},"MsgType":1}}"#
        ));
        assert_eq!(record.msg_id, id);
        assert_eq!(record.new_msg_id.to_string(), id);
        // Whichever of the two is missing or has the other type.
        let record = message(&format!(
            r#"{{"MsgId":{id},"NewMsgId":"{id}","MsgType":1}}"#
        ));
        assert_eq!(
            (
                record.msg_id.as_str(),
                record.new_msg_id.to_string().as_str()
            ),
            (id, id)
        );
    }
}

#[test]
fn oddity_64_a_key_goes_back_as_it_came() {
    let reply = sync(
        r#""SyncKey":{"Count":4,"List":[{"Key":1000,"Val":1672518042},{"Key":11,"Val":704153081},{"Key":2,"Val":7},{"Key":201,"Val":1672531211}]}"#,
    );
    assert_eq!(
        reply.sync_key.unwrap().to_string(),
        "1000_1672518042|11_704153081|2_7|201_1672531211"
    );
}

#[test]
fn oddity_65_the_key_for_checks_may_be_missing() {
    let reply = sync(r#""SyncKey":{"Count":1,"List":[{"Key":1,"Val":5}]}"#);
    assert_eq!(
        (reply.sync_key.is_some(), reply.sync_check_key),
        (true, None)
    );
}

#[test]
fn oddity_66_an_empty_skey_is_none() {
    assert_eq!(sync(r#""SKey":"""#).skey, None);
}

#[test]
fn oddity_67_the_count_of_a_key_may_lie() {
    for count in [1, 2, 10] {
        let reply = sync(&format!(
            r#""SyncKey":{{"Count":{count},"List":[{{"Key":1,"Val":5}},{{"Key":2,"Val":6}}]}}"#
        ));
        assert_eq!(reply.sync_key.unwrap().to_string(), "1_5|2_6");
    }
}

#[test]
fn oddity_68_old_messages_have_fewer_members() {
    let old = message(r#"{"MsgId":"461168601842738790","MsgType":1,"Content":"x"}"#);
    assert_eq!(
        (
            old.ori_content.as_str(),
            old.encry_file_name.as_str(),
            old.content.as_str()
        ),
        ("", "", "x")
    );
    let newer =
        message(r#"{"MsgId":"461168601842738790","MsgType":1,"Content":"x","NotYet":[{}]}"#);
    assert_eq!(newer.content, "x");
}

#[test]
fn oddity_69_the_size_of_a_file_is_a_text_or_empty() {
    for (size, bytes) in [
        ("\"700000\"", Some(700_000)),
        ("\"0\"", None),
        ("\"\"", None),
        ("700000", Some(700_000)),
    ] {
        let record = message(&format!(
            r#"{{"MsgId":"461168601842738790","MsgType":49,"AppMsgType":6,"FileName":"a.pdf","FileSize":{size},"Status":4,"ImgStatus":2}}"#
        ));
        let Body::File(file) = Content::read(&record).body else {
            panic!("not a file");
        };
        assert_eq!(file.size, bytes, "{size}");
    }
}

#[test]
fn oddity_70_changed_contacts_have_other_members() {
    let reply = sync(
        r#""ModContactList":[{"UserName":"@@r","NickName":"茶","ContactType":0,"ChatRoomOwner":"@a","HeadImgUpdateFlag":1,"MemberCount":1,"MemberList":[{"UserName":"@a"}]}],"DelContactList":[{"UserName":"@b","ContactFlag":0}]"#,
    );
    let room = &reply.mod_contacts[0];
    assert_eq!(room.chat_room_owner.as_deref(), Some("@a"));
    // Missing is not empty.
    assert_eq!(
        (
            room.alias.as_ref(),
            room.signature.as_ref(),
            room.verify_flag
        ),
        (None, None, None)
    );
    assert_eq!(reply.del_contacts, ["@b"]);
}

#[test]
fn oddity_71_changes_of_members_come_as_a_whole_room() {
    let reply = sync(
        r#""ModChatRoomMemberCount":0,"ModChatRoomMemberList":[],"ModContactCount":1,"ModContactList":[{"UserName":"@@r","MemberList":[{"UserName":"@a"},{"UserName":"@b"}]}]"#,
    );
    assert_eq!(reply.mod_contacts[0].member_list.as_ref().unwrap().len(), 2);
}

#[test]
fn oddity_72_what_the_phone_does_is_no_message_and_names_accounts_beside_names() {
    let xml = "&lt;msg&gt;&lt;op id='4'&gt;&lt;username&gt;filehelper,wxid_q1w2e3,77@chatroom&lt;/username&gt;&lt;/op&gt;&lt;/msg&gt;";
    let recent = status(&format!(
        r#""StatusNotifyCode":4,"StatusNotifyUserName":"filehelper,@0a7c,@@b3d9","Content":"{xml}""#
    ));
    assert_eq!(recent.users, ["filehelper", "@0a7c", "@@b3d9"]);
    assert_eq!(
        recent.accounts,
        ["filehelper", "wxid_q1w2e3", "77@chatroom"]
    );
    // Since 2017 without them; and lists that do not match are not paired.
    let bare =
        status(r#""StatusNotifyCode":4,"StatusNotifyUserName":"filehelper,@0a7c","Content":"""#);
    assert_eq!((bare.users.len(), bare.accounts.len()), (2, 0));
    let uneven = status(&format!(
        r#""StatusNotifyCode":4,"StatusNotifyUserName":"filehelper,@0a7c","Content":"{xml}""#
    ));
    assert_eq!((uneven.users.len(), uneven.accounts.len()), (2, 0));
    let record = message(r#"{"MsgId":"461168601842738790","MsgType":51}"#);
    assert!(Content::read(&record).body.is_housekeeping());
}

#[test]
fn oddity_73_codes_are_open_and_lists_are_long_or_empty() {
    for code in [1, 2, 4, 5, 9] {
        let status = status(&format!(
            r#""StatusNotifyCode":{code},"StatusNotifyUserName":"""#
        ));
        assert_eq!((status.code.0, status.users.len()), (code, 0));
    }
    let names: Vec<_> = (0..100).map(|n| format!("@{n:032x}")).collect();
    let list = names.join(",");
    assert_eq!(
        status(&format!(
            r#""StatusNotifyCode":4,"StatusNotifyUserName":"{list}""#
        ))
        .users,
        names
    );
}

#[test]
fn oddity_74_only_the_upper_names_are_the_chats() {
    let xml = "&lt;msg&gt;<br/>&lt;op id='2'&gt;<br/>&lt;unreadchatlist&gt;&lt;chat&gt;&lt;username&gt;77@chatroom&lt;/username&gt;&lt;lastreadtime&gt;1530000000&lt;/lastreadtime&gt;&lt;/chat&gt;&lt;/unreadchatlist&gt;<br/>&lt;username&gt;lanhua7&lt;/username&gt;<br/>&lt;/op&gt;<br/>&lt;/msg&gt;";
    let entered = status(&format!(
        r#""StatusNotifyCode":2,"StatusNotifyUserName":"@0a7c","Content":"{xml}""#
    ));
    assert_eq!(entered.accounts, ["lanhua7"]);
    assert_eq!(entered.unread.len(), 1);
    assert_eq!(
        (
            entered.unread[0].account.as_str(),
            entered.unread[0].last_read
        ),
        ("77@chatroom", Some(1_530_000_000))
    );
}

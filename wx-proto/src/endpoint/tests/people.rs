use proptest::prelude::*;

use super::{
    super::{
        index, webwxcreatechatroom, webwxoplog, webwxsearchcontact, webwxupdatechatroom,
        webwxverifyuser,
    },
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::{
    ret::Ret,
    wire::malformed::{Defect, Malformed},
};

const MADE: &[u8] = b"{\n\"BaseResponse\": {\n\"Ret\": 0,\n\"ErrMsg\": \"Everything is OK\"\n}\n,\n\"Topic\": \"\",\n\"PYInitial\": \"\",\n\"QuanPin\": \"\",\n\"MemberCount\": 2,\n\"MemberList\": [{\n\"Uin\": 0,\n\"UserName\": \"@b07d\",\n\"NickName\": \"Anna\",\n\"MemberStatus\": 0\n}\n,{\n\"UserName\": \"@d41c\"\n}\n],\n\"ChatRoomName\": \"@@0011\",\n\"BlackList\": \"@d41c\"\n}\n";

#[test]
fn oddity_28_a_room_that_was_made_comes_with_words_although_nothing_is_wrong() {
    let reply = webwxcreatechatroom::parse(MADE).unwrap();
    assert_eq!(
        (reply.base.ret, reply.base.err_msg.as_str()),
        (Ret::OK, "Everything is OK")
    );
    assert_eq!(reply.chat_room_name, "@@0011");
    assert_eq!(
        (reply.members.len(), reply.members[0].nick_name.as_str()),
        (2, "Anna")
    );
    has_a_definite_end(MADE, webwxcreatechatroom::parse);
    refuses_what_is_no_reply(webwxcreatechatroom::parse);
}

#[test]
fn oddity_32_the_list_of_those_who_refused_is_a_text() {
    assert_eq!(
        webwxcreatechatroom::parse(MADE).unwrap().black_list,
        "@d41c"
    );
    // And should it ever be a list, the room is there all the same.
    let list = br#"{"BaseResponse":{"Ret":0},"ChatRoomName":"@@0011","BlackList":["@d41c"]}"#;
    let reply = webwxcreatechatroom::parse(list).unwrap();
    assert_eq!(
        (reply.chat_room_name.as_str(), reply.black_list.as_str()),
        ("@@0011", "")
    );
}

#[test]
fn a_room_may_be_there_although_ret_says_no() {
    let half = br#"{"BaseResponse":{"Ret":-2013,"ErrMsg":""},"MemberCount":0,"MemberList":[],"ChatRoomName":"@@0011"}"#;
    let reply = webwxcreatechatroom::parse(half).unwrap();
    assert_eq!(
        (reply.base.ret, reply.chat_room_name.as_str()),
        (Ret(-2013), "@@0011")
    );
}

#[test]
fn oddity_26_a_refused_change_of_a_room_is_an_empty_document() {
    let refused = br#"{"BaseResponse":{"Ret":1,"ErrMsg":""},"MemberCount":0,"MemberList":[]}"#;
    let reply = webwxupdatechatroom::parse(refused).unwrap();
    assert_eq!(
        (reply.base.ret, reply.members.len()),
        (Ret::PARAMETER_ERROR, 0)
    );
    let bare = webwxupdatechatroom::parse(br#"{"BaseResponse":{"Ret":0}}"#).unwrap();
    assert!(bare.base.ret.is_ok() && bare.members.is_empty());
    has_a_definite_end(refused, webwxupdatechatroom::parse);
    refuses_what_is_no_reply(webwxupdatechatroom::parse);
}

#[test]
fn some_calls_are_answered_with_a_yes_or_no_alone() {
    let done = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#;
    let refused = br#"{"BaseResponse":{"Ret":1205,"ErrMsg":"later"},"Other":[]}"#;
    for parse in [webwxoplog::parse, webwxverifyuser::parse] {
        assert!(parse(done).unwrap().base.ret.is_ok());
        let reply = parse(refused).unwrap();
        assert_eq!(
            (reply.base.ret, reply.base.err_msg.as_str()),
            (Ret::TOO_OFTEN, "later")
        );
        has_a_definite_end(done, parse);
        refuses_what_is_no_reply(parse);
    }
}

#[test]
fn what_a_search_found() {
    let body = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"List":[{"EncryUserName":"@b07d"},{"EncryUserName":""},{},null,7,{"EncryUserName":"@d41c","Score":3}]}"#;
    let found = webwxsearchcontact::parse(body).unwrap();
    assert_eq!(found.user_names, ["@b07d", "@d41c"]);
    let refused = webwxsearchcontact::parse(br#"{"BaseResponse":{"Ret":1100}}"#).unwrap();
    assert_eq!(
        (refused.base.ret, refused.user_names.len()),
        (Ret::SESSION_UNKNOWN, 0)
    );
    has_a_definite_end(body, webwxsearchcontact::parse);
    refuses_what_is_no_reply(webwxsearchcontact::parse);
}

#[test]
fn the_page_says_whether_somebody_is_logged_in() {
    let page = |flag: &str| {
        format!(
            "<!DOCTYPE html>\n<html><script>function isLogin(){{}} window.MMCgi={{{flag}}}</script></html>"
        )
    };
    for (flag, is_login) in [
        (r#"isLogin:!!"1""#, true),
        (r#"isLogin:!!"""#, false),
        ("isLogin :\n !!\"1\", x:1", true),
        (r#"isLogin:!!"11""#, true),
    ] {
        assert_eq!(index::parse(page(flag).as_bytes()), Ok(is_login), "{flag}");
    }
    let missing = Err(Malformed::missing("isLogin"));
    for flag in [
        "",
        "isLogin",
        "isLogin:",
        "isLogin:!!",
        r#"isLogin:"1""#,
        r#"isLogin:!!"0""#,
        r#"isLogin:!!"安""#,
    ] {
        assert_eq!(index::parse(page(flag).as_bytes()), missing, "{flag}");
    }
    for cut in [r#"{isLogin:!!"1"#, r#"{isLogin:!!""#, r#"{"isLogin":true}"#] {
        assert_eq!(index::parse(cut.as_bytes()), missing, "{cut}");
    }
    let empty = index::parse(b" \r\n").unwrap_err();
    assert_eq!(empty.defect, Defect::Empty);
}

proptest! {
    #[test]
    fn no_body_makes_them_panic(body in any::<Vec<u8>>(), inner in any::<String>()) {
        let json = format!("{{\"BaseResponse\":{{\"Ret\":0}},\"List\":[{inner}],\"MemberList\":{inner}}}");
        let page = format!("isLogin{inner}isLogin:{inner}isLogin:!!\"{inner}");
        for body in [body, json.into_bytes(), page.into_bytes()] {
            let _ = (webwxcreatechatroom::parse(&body), webwxupdatechatroom::parse(&body));
            let _ = (webwxoplog::parse(&body), webwxverifyuser::parse(&body));
            let _ = (webwxsearchcontact::parse(&body), index::parse(&body));
        }
    }
}

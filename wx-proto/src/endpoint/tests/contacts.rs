use proptest::prelude::*;

use super::{
    super::{Uin, contact::ContactRecord, webwxbatchgetcontact, webwxgetcontact, webwxinit},
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::{ret::Ret, secret::Secret, wire::malformed::Malformed};

const INIT: &[u8] = include_bytes!("../../../testdata/replies/webwxinit.json");
const PAGE: &[u8] = include_bytes!("../../../testdata/replies/webwxgetcontact.json");
const BATCH: &[u8] = include_bytes!("../../../testdata/replies/webwxbatchgetcontact.json");
const ROOM: &str = "@@c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8";

fn names(contacts: &[ContactRecord]) -> Vec<&str> {
    contacts
        .iter()
        .map(|contact| contact.user_name.as_str())
        .collect()
}

#[test]
fn init_opens_a_session() {
    let init = webwxinit::parse(INIT).unwrap();
    assert_eq!(init.base.ret, Ret::OK);
    // Counts are no lengths, and filehelper comes twice.
    assert_eq!((init.count, init.unreadable), (11, 0));
    assert_eq!(names(&init.contacts), ["filehelper", ROOM, "filehelper"]);
    let room = &init.contacts[1];
    assert_eq!((room.member_count, room.is_owner), (Some(14), None));
    let members = room.member_list.as_ref().unwrap();
    assert_eq!((members.len(), members[0].nick_name.as_str()), (1, ""));
    // Empty items go, duplicates and order stay.
    assert_eq!(
        init.chat_set,
        [
            "filehelper",
            ROOM,
            "weixin",
            "filehelper",
            "@b07d61c2f9a84e35907c1d2e3f4a5b6c"
        ]
    );
    assert_eq!(
        init.sync_key.unwrap().to_string(),
        "1_704153081|2_704153167|3_704153152|1000_1672518042"
    );
    assert_eq!(init.user.uin, Uin::new(4_100_045_678));
    assert_eq!(init.user.user_name, "@5e1f0c9a7b3d48e6a2c4f8d1b7e90365");
    assert_eq!(
        init.user.nick_name,
        "测试<span class=\"emoji emoji1f604\"></span>"
    );
    assert_eq!((init.user.sex, init.user.signature.as_str()), (1, "慢慢来"));
    assert_eq!(init.skey, Some(Secret::new("@crypt_5a3c10f2_1111")));
    assert_eq!(
        (
            init.system_time,
            init.client_version,
            init.invite_start_count
        ),
        (1_672_531_206, 654_315_571, 40)
    );
    assert_eq!(init.mp.len(), 1);
    assert_eq!(
        (init.mp[0].nick_name.as_str(), init.mp[0].time),
        ("山间日历", 1_672_530_870)
    );
    assert_eq!(init.mp[0].articles.len(), 1);
    assert!(init.mp[0].articles[0].cover.ends_with("wxfrom=0|0|0"));
    has_a_definite_end(INIT, webwxinit::parse);
    refuses_what_is_no_reply(webwxinit::parse);
}

#[test]
fn the_key_in_pictures_is_left_out() {
    // What stands in a contact or a profile is printed and saved, and the key opens the session.
    let printed = format!("{:?}", webwxinit::parse(INIT).unwrap());
    assert!(!printed.contains("crypt"), "{printed}");
    for (path, clean) in [
        (
            "/a?seq=1&username=@b&skey=@crypt_1",
            "/a?seq=1&username=@b&skey=",
        ),
        ("/a?skey=@crypt_1&seq=1", "/a?skey=&seq=1"),
        ("/a?seq=1&skey=", "/a?seq=1&skey="),
        ("/a?seq=1", "/a?seq=1"),
        ("", ""),
    ] {
        let body = format!(
            r#"{{"BaseResponse":{{"Ret":0}},"MemberList":[{{"UserName":"@b","HeadImgUrl":"{path}"}}]}}"#
        );
        let page = webwxgetcontact::parse(body.as_bytes()).unwrap();
        assert_eq!(page.contacts[0].head_img_url.as_deref(), Some(clean));
    }
}

#[test]
fn oddity_26_27_a_failed_init_is_an_empty_document_or_a_bare_response() {
    let empty = r#"{"BaseResponse":{"Ret":1101,"ErrMsg":""},"Count":0,"ContactList":[],"SyncKey":{"Count":0,"List":[]},"User":{"Uin":0,"UserName":"","NickName":""},"ChatSet":"","SKey":"","ClientVersion":0,"SystemTime":0,"MPSubscribeMsgList":[]}"#;
    for body in [
        empty,
        r#"{"BaseResponse":{"Ret":"1101","ErrMsg":"&lt;gone&gt;"}}"#,
        r#"{"BaseResponse":{"Ret":1101},"User":null,"SyncKey":[],"ContactList":{},"ChatSet":[],"SKey":{}}"#,
    ] {
        let init = webwxinit::parse(body.as_bytes()).unwrap();
        assert!(init.base.ret.is_logged_out());
        // Nothing in it may replace what the session has.
        assert_eq!((init.sync_key, init.skey), (None, None));
        assert!(
            init.user.user_name.is_empty() && init.contacts.is_empty() && init.chat_set.is_empty()
        );
    }
}

#[test]
fn a_reply_without_ret_is_none() {
    let missing = Malformed::missing("BaseResponse.Ret");
    for body in [
        r#"{"Count":0}"#,
        r#"{"BaseResponse":{}}"#,
        r#"{"BaseResponse":{"Ret":""}}"#,
        r#"{"BaseResponse":{"Ret":99999999999}}"#,
        r#"{"BaseResponse":0}"#,
        r#"{"Ret":0}"#,
    ] {
        assert_eq!(
            webwxgetcontact::parse(body.as_bytes()),
            Err(missing),
            "{body}"
        );
    }
    // Negative ones exist, and one success had words.
    let body = r#"{"BaseResponse":{"ErrMsg":"Everything is OK","Ret":-2013}}"#;
    let base = webwxgetcontact::parse(body.as_bytes()).unwrap().base;
    assert_eq!(
        (base.ret, base.err_msg.as_str()),
        (Ret(-2013), "Everything is OK")
    );
}

#[test]
fn pages_of_the_address_book() {
    let page = webwxgetcontact::parse(PAGE).unwrap();
    assert_eq!((page.count, page.seq, page.unreadable), (64, 668_103, 0));
    assert_eq!(
        names(&page.contacts),
        ["@b07d61c2f9a84e35907c1d2e3f4a5b6c", "gh_0a1b2c3d4e5f"]
    );
    let anna = &page.contacts[0];
    assert_eq!(
        anna.nick_name.as_deref(),
        Some("Anna <span class=\"emoji emoji1f37a\"></span>🍖")
    );
    assert_eq!(anna.signature.as_deref(), Some("一<二 &lt;三"));
    assert_eq!(
        (anna.contact_flag, anna.attr_status, anna.star_friend),
        (Some(34_819), Some(2_147_600_001), Some(1))
    );
    // Present and empty is not the same as missing.
    assert_eq!(anna.encry_chat_room_id.as_deref(), Some(""));
    assert_eq!(
        (
            page.contacts[1].encry_chat_room_id.as_ref(),
            page.contacts[1].sex
        ),
        (None, None)
    );
    for seq in ["0", "\"0\"", "\"\"", "null", "[]"] {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"MemberList":[],"Seq":{seq}}}"#);
        assert_eq!(webwxgetcontact::parse(body.as_bytes()).unwrap().seq, 0);
    }
    let body = br#"{"BaseResponse":{"Ret":0},"Seq":"668104","MemberList":null}"#;
    assert_eq!(webwxgetcontact::parse(body).unwrap().seq, 668_104);
    has_a_definite_end(PAGE, webwxgetcontact::parse);
    refuses_what_is_no_reply(webwxgetcontact::parse);
}

#[test]
fn rooms_in_batches() {
    let batch = webwxbatchgetcontact::parse(BATCH).unwrap();
    assert_eq!(
        (batch.count, batch.unreadable, batch.contacts.len()),
        (2, 0, 2)
    );
    let room = &batch.contacts[0];
    assert_eq!(
        (room.nick_name.as_deref(), room.member_count, room.is_owner),
        (Some(""), Some(80), Some(1))
    );
    assert_eq!(
        room.encry_chat_room_id.as_deref(),
        Some("@5fd8877457351e3a697c1d2e3f4a5b60")
    );
    let members = room.member_list.as_ref().unwrap();
    assert_eq!(
        (
            members[0].display_name.as_str(),
            members[1].nick_name.as_str()
        ),
        ("领队", "Boris")
    );
    assert_eq!(members[1].attr_status, 4_133_656_869);
    assert_eq!(batch.contacts[1].encry_chat_room_id.as_deref(), Some("0"));
    has_a_definite_end(BATCH, webwxbatchgetcontact::parse);
    refuses_what_is_no_reply(webwxbatchgetcontact::parse);
}

#[test]
fn oddity_12_a_bad_name_does_not_cost_the_address_book() {
    let page = |bad: &[u8]| {
        let head = br#"{"BaseResponse":{"Ret":0},"MemberList":[{"UserName":"@a","NickName":"A"},{"UserName":"@b","NickName":""#;
        let tail = br#"","Sex":2},{"UserName":"@c","NickName":"C"}],"Seq":0}"#;
        webwxgetcontact::parse(&[head, bad, tail].concat()).unwrap()
    };
    // Cut by bytes, surrogates one by one, control characters, half an escaped surrogate.
    for (bad, name) in [
        (&b"\xE5\xAE\x89\xE5\xA8"[..], "安\u{FFFD}"),
        (b"\xED\xA0\xBD\xED\xB8\x84", "\u{1F604}"),
        (b"\xFF\xFE", "\u{FFFD}\u{FFFD}"),
        (b"a\x01\nb", "a\u{1}\nb"),
        (b"\\ud83d", "\u{FFFD}"),
        (b"a\\b\\q", "a\u{8}\\q"),
    ] {
        let page = page(bad);
        assert_eq!(names(&page.contacts), ["@a", "@b", "@c"]);
        assert_eq!(page.contacts[1].nick_name.as_deref(), Some(name));
        assert_eq!(page.contacts[1].sex, Some(2));
    }
    // Beyond repair.
    for bad in [&b"a\"b"[..], b"a\"b\"c", b"\"\"", b"{\"x"] {
        let page = page(bad);
        assert_eq!(
            (names(&page.contacts), page.unreadable),
            (vec!["@a", "@c"], 1),
            "{bad:?}"
        );
    }
}

#[test]
fn what_has_no_user_name_is_no_contact() {
    let body = br#"{"BaseResponse":{"Ret":0},"ContactList":[{"UserName":"@a"},{"NickName":"x"},{"UserName":""},{"UserName":{}},null,7,["@b"],{"UserName":"@c","MemberList":"x"}]}"#;
    let batch = webwxbatchgetcontact::parse(body).unwrap();
    assert_eq!(
        (names(&batch.contacts), batch.unreadable),
        (vec!["@a", "@c"], 6)
    );
}

proptest! {
    #[test]
    fn no_body_makes_them_panic(body in any::<Vec<u8>>(), at in any::<prop::sample::Index>(), inner in any::<String>()) {
        let mut bodies = vec![body.clone(), format!("{{\"BaseResponse\":{{\"Ret\":0}},\"ContactList\":[{inner}]}}").into_bytes()];
        for whole in [INIT, PAGE, BATCH] {
            let at = at.index(whole.len());
            bodies.push([&whole[..at], &body, &whole[at..]].concat());
        }
        for body in &bodies {
            let _ = (webwxinit::parse(body), webwxgetcontact::parse(body));
            let _ = webwxbatchgetcontact::parse(body);
        }
    }
}

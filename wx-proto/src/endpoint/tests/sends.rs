use proptest::prelude::*;

use super::{
    super::{webwxcheckupload, webwxrevokemsg, webwxsendmsg, webwxstatusnotify, webwxuploadmedia},
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::{ret::Ret, secret::Secret};

fn sent(rest: &str) -> webwxsendmsg::Reply {
    let body = format!(r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}}{rest}}}"#);
    webwxsendmsg::parse(body.as_bytes()).unwrap()
}

#[test]
fn what_was_sent() {
    let body = b"{\n\"BaseResponse\": {\n\"Ret\": 0,\n\"ErrMsg\": \"\"\n}\n,\n\"MsgID\": \"7650884298732299102\",\n\"LocalID\": \"16725312201550412\"\n}\n";
    let sent = webwxsendmsg::parse(body).unwrap();
    assert_eq!(sent.base.ret, Ret::OK);
    assert_eq!(sent.msg_id.unwrap().as_str(), "7650884298732299102");
    assert_eq!(sent.local_id.as_deref(), Some("16725312201550412"));
    has_a_definite_end(body, webwxsendmsg::parse);
    refuses_what_is_no_reply(webwxsendmsg::parse);
}

#[test]
fn oddity_26_a_refusal_has_all_members_of_a_success() {
    let refused = webwxsendmsg::parse(
        br#"{"BaseResponse":{"Ret":1204,"ErrMsg":""},"MsgID":"7650884298732299102","LocalID":"16725312201550412"}"#,
    )
    .unwrap();
    assert_eq!(refused.base.ret, Ret::RECEIVER_REFUSED);
}

#[test]
fn oddity_27_a_refusal_may_have_no_other_member() {
    let refused = webwxsendmsg::parse(br#"{"BaseResponse":{"Ret":1101}}"#).unwrap();
    assert_eq!(
        (refused.base.ret, refused.msg_id, refused.local_id),
        (Ret::SESSION_INVALID, None, None)
    );
}

#[test]
fn oddity_29_ret_may_be_negative() {
    for (ret, named) in [("-1", Ret::SYSTEM_ERROR), ("\"-2013\"", Ret(-2013))] {
        let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
        assert_eq!(
            webwxsendmsg::parse(body.as_bytes()).unwrap().base.ret,
            named
        );
    }
}

#[test]
fn oddity_33_an_id_of_zero_is_none_and_a_success_may_lack_both() {
    for rest in [
        "",
        r#","MsgID":"","LocalID":"""#,
        r#","MsgID":"0","LocalID":"0""#,
        r#","MsgID":0,"LocalID":null"#,
    ] {
        let reply = sent(rest);
        assert_eq!(
            (reply.base.ret, reply.msg_id, reply.local_id),
            (Ret::OK, None, None),
            "{rest}"
        );
    }
    let one = sent(r#","MsgID":"","LocalID":"15324821204650""#);
    assert_eq!(
        (one.msg_id, one.local_id.as_deref()),
        (None, Some("15324821204650"))
    );
}

#[test]
fn oddity_34_the_clients_own_id_comes_back_as_a_text_of_14_to_17_digits() {
    for id in ["15324821204650", "15324821204650412"] {
        assert_eq!(
            sent(&format!(r#","LocalID":"{id}""#)).local_id.as_deref(),
            Some(id)
        );
    }
    // Numbers would be exact, too.
    let numbers = sent(r#","MsgID":7650884298732299102,"LocalID":16725312201550412"#);
    assert_eq!(numbers.msg_id.unwrap().as_str(), "7650884298732299102");
    assert_eq!(numbers.local_id.as_deref(), Some("16725312201550412"));
}

#[test]
fn notices_to_the_phone() {
    let body = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"2271084417329921244"}"#;
    assert_eq!(
        webwxstatusnotify::parse(body)
            .unwrap()
            .msg_id
            .unwrap()
            .as_str(),
        "2271084417329921244"
    );
    let failed = webwxstatusnotify::parse(br#"{"BaseResponse":{"Ret":1101},"MsgID":""}"#).unwrap();
    assert_eq!(
        (failed.base.ret, failed.msg_id),
        (Ret::SESSION_INVALID, None)
    );
    has_a_definite_end(body, webwxstatusnotify::parse);
    refuses_what_is_no_reply(webwxstatusnotify::parse);
}

#[test]
fn oddity_35_a_recall_is_answered_with_two_more_members_or_without() {
    let body = "{\n\"BaseResponse\": {\n\"Ret\": 0,\n\"ErrMsg\": \"\"\n}\n,\n\"Introduction\": \"消息发出 2 分钟内可以撤回 \",\n\"SysWording\": \"\"\n}\n".as_bytes();
    let recalled = webwxrevokemsg::parse(body).unwrap();
    assert_eq!(recalled.base.ret, Ret::OK);
    // Nobody has cleaned it.
    assert_eq!(
        (
            recalled.introduction.as_str(),
            recalled.sys_wording.as_str()
        ),
        ("消息发出 2 分钟内可以撤回 ", "")
    );
    let bare = webwxrevokemsg::parse(
        br#"{"BaseResponse":{"Ret":-1,"ErrMsg":"over two minutes"},"SysWording":"x"}"#,
    )
    .unwrap();
    assert_eq!(
        (bare.base.ret, bare.base.err_msg.as_str()),
        (Ret::SYSTEM_ERROR, "over two minutes")
    );
    assert_eq!(
        (bare.introduction.as_str(), bare.sys_wording.as_str()),
        ("", "x")
    );
    has_a_definite_end(body, webwxrevokemsg::parse);
    refuses_what_is_no_reply(webwxrevokemsg::parse);
}

#[test]
fn large_files_are_let_in() {
    let body = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"","AESKey":"6162636465666768696a6b6c6d6e6f70","Signature":"ExampleSignature0011","EncryFileName":"scan%2Ezip"}"#;
    let reply = webwxcheckupload::parse(body).unwrap();
    assert_eq!((reply.base.ret, reply.media_id.as_str()), (Ret::OK, ""));
    assert_eq!(
        (&reply.aes_key, &reply.signature),
        (
            &Secret::new("6162636465666768696a6b6c6d6e6f70"),
            &Secret::new("ExampleSignature0011")
        )
    );
    assert_eq!(reply.encry_file_name, "scan%2Ezip");
    let printed = format!("{reply:?}");
    assert!(!printed.contains("6162") && !printed.contains("Example"));

    let known =
        webwxcheckupload::parse(br#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_710c07a2_cc"}"#)
            .unwrap();
    assert_eq!(known.media_id, "@crypt_710c07a2_cc");
    assert!(known.aes_key.is_empty() && known.signature.is_empty());
    let refused =
        webwxcheckupload::parse(br#"{"BaseResponse":{"Ret":1,"ErrMsg":"too large"}}"#).unwrap();
    assert_eq!(
        (refused.base.ret, refused.base.err_msg.as_str()),
        (Ret::PARAMETER_ERROR, "too large")
    );
    has_a_definite_end(body, webwxcheckupload::parse);
    refuses_what_is_no_reply(webwxcheckupload::parse);
}

#[test]
fn oddity_36_an_upload_is_complete_with_ret_0_and_a_media_id() {
    let long = format!("@crypt_710c07a2_{}", "b".repeat(700));
    let reply = |ret: i32, media_id: &str| {
        let body = format!(
            r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}},"MediaId":"{media_id}","StartPos":700000,"CDNThumbImgHeight":0,"CDNThumbImgWidth":0,"EncryFileName":"my%5Freport%2Epdf"}}"#
        );
        webwxuploadmedia::parse(body.as_bytes()).unwrap()
    };
    let last = reply(0, &long);
    assert_eq!(last.usable_media_id(), Some(long.as_str()));
    assert_eq!(
        (last.start_pos, last.encry_file_name.as_str()),
        (700_000, "my%5Freport%2Epdf")
    );
    // Not the last chunk; and a refusal with an id that belongs to something else.
    assert_eq!(reply(0, "").usable_media_id(), None);
    assert_eq!(reply(1205, "@crypt_wrong").usable_media_id(), None);
    let old = webwxuploadmedia::parse(
        br#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_1","StartPos":"116499"}"#,
    )
    .unwrap();
    assert_eq!((old.start_pos, old.encry_file_name.as_str()), (116_499, ""));
    has_a_definite_end(
        br#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_1"}"#,
        webwxuploadmedia::parse,
    );
    refuses_what_is_no_reply(webwxuploadmedia::parse);
}

#[test]
fn codes_have_names() {
    assert_eq!(Ret(1205).to_string(), "1205 (too often)");
    assert_eq!(
        (Ret(77).to_string(), Ret(77).name()),
        ("77".to_owned(), None)
    );
    assert!(Ret::OK.is_ok() && !Ret(-1).is_ok());
    let logged_out: Vec<_> = (1000..1300)
        .filter(|ret| Ret(*ret).is_logged_out())
        .collect();
    assert_eq!(logged_out, [1100, 1101, 1102]);
}

proptest! {
    #[test]
    fn no_body_makes_them_panic(body in any::<Vec<u8>>(), inner in any::<String>()) {
        for body in [body, format!("{{\"BaseResponse\":{inner},\"MsgID\":{inner}}}").into_bytes()] {
            let _ = (webwxsendmsg::parse(&body), webwxstatusnotify::parse(&body), webwxuploadmedia::parse(&body));
            let _ = (webwxrevokemsg::parse(&body), webwxcheckupload::parse(&body));
        }
    }
}

use proptest::prelude::*;

use super::{
    super::{webwxsendmsg, webwxstatusnotify, webwxuploadmedia},
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::ret::Ret;

#[test]
fn texts() {
    let body = b"{\n\"BaseResponse\": {\n\"Ret\": 0,\n\"ErrMsg\": \"\"\n}\n,\n\"MsgID\": \"7650884298732299102\",\n\"LocalID\": \"16725312201550412\"\n}\n";
    let sent = webwxsendmsg::parse(body).unwrap();
    assert_eq!(sent.base.ret, Ret::OK);
    assert_eq!(sent.msg_id.unwrap().as_str(), "7650884298732299102");
    assert_eq!(sent.local_id.as_deref(), Some("16725312201550412"));
    let parse = |rest: &str| {
        webwxsendmsg::parse(
            format!(r#"{{"BaseResponse":{{"Ret":-1,"ErrMsg":""}}{rest}}}"#).as_bytes(),
        )
        .unwrap()
    };
    // Each of these means that there is none.
    for rest in [
        "",
        r#","MsgID":"","LocalID":"""#,
        r#","MsgID":"0","LocalID":"0""#,
        r#","MsgID":0,"LocalID":null"#,
    ] {
        let reply = parse(rest);
        assert_eq!(
            (reply.base.ret, reply.msg_id, reply.local_id),
            (Ret::SYSTEM_ERROR, None, None),
            "{rest}"
        );
    }
    let numbers = parse(r#","MsgID":7650884298732299102,"LocalID":16725312201550412"#);
    assert_eq!(numbers.msg_id.unwrap().as_str(), "7650884298732299102");
    assert_eq!(numbers.local_id.as_deref(), Some("16725312201550412"));
    // A recall is answered with two more members.
    let recalled = parse(r#","Introduction":"2分钟内","SysWording":"""#);
    assert_eq!(recalled.base.ret, Ret(-1));
    has_a_definite_end(body, webwxsendmsg::parse);
    refuses_what_is_no_reply(webwxsendmsg::parse);
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
fn chunks() {
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
        }
    }
}

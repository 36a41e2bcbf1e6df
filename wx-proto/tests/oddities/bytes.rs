//! Bytes and headers.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use http::Response;
use wx_proto::{
    EventKind,
    endpoint::{jslogin, login, synccheck, webwxgetcontact, webwxsync},
};
use wx_sim::{
    server::{Act, Setup},
    world::World,
};

use crate::common::*;

#[test]
fn oddity_01_the_layout_of_json_answers_does_not_matter() {
    let as_sent: &[u8] = include_bytes!("../../testdata/replies/webwxsync.json");
    let as_sent = std::str::from_utf8(as_sent).unwrap();
    // Commas on lines of their own, no indent, one line end behind it all.
    assert!(
        as_sent.contains("}\n,\n\"") && as_sent.contains("}\n,{\n") && as_sent.ends_with("}\n")
    );
    let whole = webwxsync::parse(as_sent.as_bytes()).unwrap();
    for same in [
        as_sent.replace('\n', ""),
        as_sent.replace('\n', "\r\n  "),
        as_sent.replace("}\n,", "},"),
    ] {
        assert_eq!(webwxsync::parse(same.as_bytes()).unwrap(), whole);
    }
}

#[test]
fn oddity_02_script_answers_end_without_a_line_end_or_with_one() {
    let uuid = "window.QRLogin.code = 200; window.QRLogin.uuid = \"Qb_x-A==\";";
    let check = "window.synccheck={retcode:\"0\",selector:\"2\"}";
    for end in ["", "\n", "\r\n"] {
        let body = format!("{uuid}{end}");
        assert_eq!(jslogin::parse(body.as_bytes()).unwrap().code, 200);
        let body = format!("window.code=408;{end}");
        assert_eq!(login::parse(body.as_bytes()).unwrap().code, 408);
        let body = format!("{check}{end}");
        assert!(synccheck::parse(body.as_bytes()).unwrap().has_news());
    }
}

/// A text arrives without trouble after a reply that comes as `dressed` says.
fn survives(dressed: impl FnOnce() -> Response<bytes::Bytes>, endpoint: &str) {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant(endpoint, 1, dressed());
    world.run_for(60 * SECOND);
    let from = friend(&world);
    let text = "hello".to_owned();
    world.happen(Act::Text { from, text }).unwrap();
    world.run_for(60 * SECOND);
    let events = world.events(bot);
    assert!(texts(&events).contains(&"hello".to_owned()));
    assert!(!names(&events).contains(&"trouble"), "{:?}", names(&events));
    assert_clean(&world);
}

const NEWS: &str = "window.synccheck={retcode:\"0\",selector:\"2\"}";

#[test]
fn oddity_03_a_second_content_type_with_gbk_changes_nothing() {
    let mut world = World::new(Setup::default());
    let body = "window.QRLogin.code = 200; window.QRLogin.uuid = \"Qb_x-A==\";";
    let reply = Response::builder()
        .header("content-type", "text/javascript")
        .header("content-type", "text/html; charset=gbk")
        .body(body.into())
        .unwrap();
    world.server_mut().plant("jslogin", 1, reply);
    let bot = world.join(config(), [3; 32]);
    world.run_for(SECOND);
    let events = world.events(bot);
    let EventKind::Qr(qr) = &events[0].kind else {
        panic!("{events:?}");
    };
    assert!(qr.content.ends_with("Qb_x-A=="), "{}", qr.content);
}

#[test]
fn oddity_04_json_is_utf8_whatever_its_header_says() {
    let message = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgList":[{"MsgId":"4611686018427371999","FromUserName":"@0a7c","ToUserName":"@5e1f","MsgType":1,"Content":"茶山","CreateTime":1700000000}]}"#;
    for kind in [
        "text/plain",
        "text/plain; charset=iso-8859-1",
        "text/html; charset=gbk",
    ] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let reply = Response::builder()
            .header("content-type", kind)
            .body(message.into())
            .unwrap();
        world.server_mut().plant("synccheck", 1, page(200, NEWS));
        world.server_mut().plant("webwxsync", 1, reply);
        world.run_for(60 * SECOND);
        assert_eq!(texts(&world.events(bot)), ["茶山"], "{kind}");
    }
}

#[test]
fn oddity_05_an_answer_needs_no_content_type() {
    survives(|| page(200, NEWS), "synccheck");
}

#[test]
fn oddity_06_small_answers_may_be_packed() {
    survives(
        || {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(NEWS.as_bytes()).unwrap();
            Response::builder()
                .header("content-encoding", "gzip")
                .body(gzip.finish().unwrap().into())
                .unwrap()
        },
        "synccheck",
    );
}

#[test]
fn oddity_13_what_was_never_seen_does_no_harm() {
    let plain = br#"{"BaseResponse":{"Ret":0},"MemberList":[{"UserName":"@a"}],"Seq":0}"#;
    let whole = webwxgetcontact::parse(plain).unwrap();
    for odd in [
        &b"\xEF\xBB\xBF{\"BaseResponse\":{\"Ret\":0},\"MemberList\":[{\"UserName\":\"@a\"}],\"Seq\":0}"[..],
        br#"{"BaseResponse":{"Ret":0,"ErrMsg":null},"MemberList":[{"UserName":"@a","NickName":null,"Sex":null}],"Seq":null}"#,
        br#"{"BaseResponse":{"Ret":0},"MemberList":[{"UserName":"@a"}]}"#,
        b"{\"BaseResponse\":{\"Ret\":0},\r\n\"MemberList\":[{\"UserName\":\"@a\",\"Sex\":NaN}],\r\n\"Seq\":0}",
    ] {
        assert_eq!(webwxgetcontact::parse(odd).unwrap(), whole, "{odd:?}");
    }
}

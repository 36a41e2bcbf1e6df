//! Each fault for which the service refuses a request, once.

use std::time::Duration;

use wx_sim::server::{Act, Limits, Phone, Refusal, Remark, Setup};

use crate::client::{Client, json, ret, text};
use crate::requests::Raw;

/// A request, what is wrong with it, and the code it is answered with.
type Case = (&'static str, fn(&mut Client) -> Raw, Refusal, i64);

const HELPER: &str = "filehelper";

const CASES: &[Case] = &[
    (
        "unknown path",
        |c| c.get("wx2.qq.com", "/cgi-bin/mmwebwx-bin/webwxnothing"),
        Refusal::UnknownPath,
        404,
    ),
    (
        "method",
        |c| c.sync_request().method("GET"),
        Refusal::Method,
        405,
    ),
    (
        "push host of another family",
        |c| {
            c.check_request()
                .with("webpush.wx2.qq.com", "webpush.wx.qq.com")
        },
        Refusal::Host,
        1100,
    ),
    (
        "main host of another family",
        |c| {
            c.init_request()
                .with("https://wx2.qq.com", "https://web.wechat.com")
        },
        Refusal::Host,
        1100,
    ),
    (
        "foreign host",
        |c| {
            c.init_request()
                .with("https://wx2.qq.com", "https://example.org")
        },
        Refusal::Host,
        404,
    ),
    (
        "body too large",
        |c| c.send_request(HELPER, &"x".repeat(5000)),
        Refusal::BodyTooLarge,
        413,
    ),
    (
        "no JSON",
        |c| c.sync_request().body("sid=1"),
        Refusal::Body,
        1200,
    ),
    (
        "escaped slash",
        |c| c.send_request(HELPER, "a\\/b"),
        Refusal::EscapedSlash,
        1200,
    ),
    (
        "no BaseRequest",
        |c| c.sync_request().with("BaseRequest", "Base"),
        Refusal::NoBaseRequest,
        1,
    ),
    (
        "no List",
        |c| c.batch_request(&[]).with("\"List\"", "\"Lost\""),
        Refusal::Member("List"),
        1,
    ),
    (
        "no Msg",
        |c| c.send_request(HELPER, "x").with("\"Msg\"", "\"Message\""),
        Refusal::Member("Msg"),
        1200,
    ),
    (
        "no Content",
        |c| c.send_request(HELPER, "x").with("\"Content\"", "\"Text\""),
        Refusal::Member("Content"),
        1200,
    ),
    (
        "no ClientMsgId",
        |c| {
            c.send_request(HELPER, "x")
                .with("\"ClientMsgId\"", "\"Id\"")
        },
        Refusal::Member("ClientMsgId"),
        1200,
    ),
    (
        "a notification only phones send",
        |c| c.notify_request(5, HELPER),
        Refusal::Member("Code"),
        1,
    ),
    (
        "a read mark for nobody",
        |c| c.notify_request(1, "@nobody"),
        Refusal::Member("ToUserName"),
        1,
    ),
    (
        "no synckey",
        |c| c.check_request().without("synckey"),
        Refusal::Param("synckey"),
        1,
    ),
    (
        "poll without cookies",
        |c| c.check_request().header("Cookie", None),
        Refusal::MissingCookie("wxuin"),
        1102,
    ),
    (
        "sync without cookies",
        |c| c.sync_request().header("Cookie", None),
        Refusal::MissingCookie("wxuin"),
        1,
    ),
    (
        "contacts without cookies",
        |c| c.contacts_request(0).header("Cookie", None),
        Refusal::MissingCookie("wxsid"),
        1102,
    ),
    (
        "wrong cookie",
        |c| {
            let uin = format!("wxuin={}", c.uin);
            let mut raw = c.check_request();
            for (_, value) in &mut raw.headers {
                *value = value.replace(&uin, "wxuin=1");
            }
            raw
        },
        Refusal::WrongCookie("wxuin"),
        1102,
    ),
    (
        "cookies past their life",
        |c| {
            c.wait(Duration::from_secs(12 * 3600));
            c.check_request()
        },
        Refusal::StaleCookies,
        1102,
    ),
    (
        "unknown session",
        |c| {
            c.cookies
                .insert("wxsid".to_owned(), "AAAAAAAAAAAAAAAA".to_owned());
            c.check_request()
        },
        Refusal::UnknownSession,
        1100,
    ),
    (
        "another Uin",
        |c| c.sync_request().with("{\"Uin\":", "{\"Uin\":1"),
        Refusal::Identity("Uin"),
        1101,
    ),
    (
        "another Sid",
        |c| c.sync_request().with("\"Sid\":\"", "\"Sid\":\"x"),
        Refusal::Identity("Sid"),
        1101,
    ),
    (
        "another Skey",
        |c| c.sync_request().with("\"Skey\":\"", "\"Skey\":\"x"),
        Refusal::Identity("Skey"),
        1101,
    ),
    (
        "no Skey beside a text",
        |c| c.send_request(HELPER, "x").with("\"Skey\"", "\"Key\""),
        Refusal::Identity("Skey"),
        1101,
    ),
    (
        "another skey in a poll",
        |c| c.check_request().param("skey", "%40crypt_1_2"),
        Refusal::Identity("skey"),
        1101,
    ),
    (
        "appid",
        |c| {
            c.jslogin_request()
                .with("wx782c26e4c19acffb", "wxeb7ec651dd0aefa9")
        },
        Refusal::Appid,
        400,
    ),
    (
        "unknown uuid",
        |c| c.poll_login(1).param("uuid", "AAAAAAAAAA%3D%3D"),
        Refusal::UnknownUuid,
        400,
    ),
    (
        "picture of an unknown uuid",
        |c| c.get("login.weixin.qq.com", "/qrcode/AAAAAAAAAA=="),
        Refusal::UnknownUuid,
        404,
    ),
    (
        "ticket",
        |c| c.enter_request().with("ticket=A", "ticket=B"),
        Refusal::Ticket,
        1,
    ),
    (
        "push login without its cookies",
        |c| {
            c.cookies.remove("webwx_auth_ticket");
            c.push_request()
        },
        Refusal::MissingCookie("webwx_auth_ticket"),
        1,
    ),
    (
        "push login for somebody else",
        |c| c.push_request().param("uin", "1"),
        Refusal::PushIdentity,
        1,
    ),
    (
        "sent as somebody else",
        |c| {
            let me = c.me.clone();
            c.send_request(HELPER, "x").with(&me, "weixin")
        },
        Refusal::Sender,
        1,
    ),
    (
        "sent to nobody",
        |c| c.send_request("@nobody", "x"),
        Refusal::UnknownRecipient,
        1204,
    ),
    (
        "sent to oneself",
        |c| {
            let me = c.me.clone();
            c.send_request(&me, "x")
        },
        Refusal::ForbiddenRecipient,
        1204,
    ),
    (
        "sent to a stranger",
        |c| {
            let stranger = c.name("wxid_stra1c4v5b");
            c.send_request(&stranger, "x")
        },
        Refusal::ForbiddenRecipient,
        1204,
    ),
    (
        "two ids",
        |c| {
            c.send_request(HELPER, "x")
                .with("\"LocalID\":\"1", "\"LocalID\":\"2")
        },
        Refusal::LocalId,
        1,
    ),
    (
        "a picture sent as a text",
        |c| c.send_request(HELPER, "x").with("\"Type\":1", "\"Type\":3"),
        Refusal::MessageType,
        1,
    ),
    (
        "batch too large",
        |c| c.batch_request(&[HELPER; 51]),
        Refusal::BatchSize(51),
        1,
    ),
    (
        "one bad entry in a batch",
        |c| c.batch_request(&[HELPER, "@nobody"]),
        Refusal::UnknownUser,
        1,
    ),
    (
        "cursor",
        |c| c.contacts_request(668_103),
        Refusal::Cursor,
        1,
    ),
    (
        "changed keys in a poll",
        |c| c.check_request().with("synckey=1_", "synckey=1_9"),
        Refusal::Keys,
        1101,
    ),
    (
        "changed keys in a sync",
        |c| c.sync_request().with("\"Count\":4", "\"Count\":5"),
        Refusal::Keys,
        1,
    ),
];

#[test]
fn each_fault_is_refused_for_its_reason() {
    for (name, make, refusal, code) in CASES {
        // Large enough for a batch of 51, too small for a text of 5000.
        let limits = Limits {
            body: 4500,
            ..Limits::default()
        };
        let mut client = Client::online(Setup {
            seed: 7,
            limits,
            ..Setup::default()
        });
        let raw = make(&mut client);
        client.ask(raw);
        let record = client.last();
        assert_eq!(record.refusal.as_ref(), Some(refusal), "{name}");
        assert_eq!(record.code, *code, "{name}");
        assert!(
            client.server.received().len() == 0,
            "{name}: nothing was said"
        );
    }
}

#[test]
fn escaped_text_arrives_as_written() {
    let mut client = Client::online(Setup::default());
    let raw = client.send_request("filehelper", "\\u4f60 \\u001b \\\\u4f60");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.last().refusal, Some(Refusal::EscapedText));
    let received = client.server.received().next().unwrap();
    assert_eq!(received.text, "\\u4f60 \u{1b} \\u4f60");
}

#[test]
fn control_characters_may_be_escaped() {
    let mut client = Client::online(Setup::default());
    let raw = client.send_request("filehelper", "\\u001b[31m\\n\\t\\\"\\\\ 你");
    client.ask(raw);
    assert!(client.last().is_accepted());
    assert_eq!(
        client.server.received().next().unwrap().text,
        "\u{1b}[31m\n\t\"\\ 你"
    );
}

#[test]
fn the_check_key_skips_what_it_runs_ahead_of() {
    let mut client = Client::online(Setup::default());
    client.drain();
    client.sync();
    let text = || Act::Text {
        from: "wxid_anna7c20x1".to_owned(),
        text: "x".to_owned(),
    };
    let apart: [fn(&mut Client); 2] = [
        |c| {
            let chat = Some("wxid_boris9d4k2".to_owned());
            c.act(Act::Notify { code: 1, chat });
        },
        |c| {
            let file = c.file("a.png", "image/png", b"a picture".to_vec());
            let media_id = c.upload(&file);
            let raw = c.image_request(HELPER, &media_id);
            assert_eq!(ret(&json(&c.ask(raw))), 0);
        },
    ];
    for drive_apart in apart {
        drive_apart(&mut client);
        client.act(text());
        client.sync_key = client.check_key.clone();
        let reply = client.sync();
        assert_eq!(client.last().refusal, Some(Refusal::CheckKeys));
        assert_eq!(reply["AddMsgCount"], 0, "the text is lost");

        // What some clients do all the time, most of it without harm.
        client.act(text());
        assert_eq!(client.check().1, "2");
        client.sync_key = client.check_key.clone();
        let reply = client.sync();
        assert_eq!(client.last().refusal, None);
        assert_eq!(client.last().remarks, [Remark::CheckKeySynced]);
        assert_eq!(reply["AddMsgCount"], 1);
    }
}

#[test]
fn of_two_polls_the_older_is_let_go() {
    let mut client = Client::online(Setup::default());
    let raw = client.check_request();
    let first = client.start(raw);
    let raw = client.check_request();
    let second = client.start(raw);
    assert_eq!(client.last().refusal, Some(Refusal::ConcurrentPoll));
    let (answered, reply) = client.server.poll_reply().unwrap();
    assert_eq!(answered, first);
    assert_eq!(
        text(&reply),
        "window.synccheck={retcode:\"0\",selector:\"0\"}"
    );
    assert!(client.server.poll_reply().is_none(), "the younger is held");
    client.server.abandon(client.now, second);
}

#[test]
fn a_sync_beside_a_sync_is_refused() {
    let mut client = Client::online(Setup::default());
    for _ in 0..2 {
        let raw = client.sync_request();
        client.start(raw);
    }
    assert_eq!(client.last().refusal, Some(Refusal::ConcurrentSync));
    client.wait(Duration::ZERO);
}

#[test]
fn nobody_is_let_in_before_the_tap_on_the_phone() {
    let mut client = Client::new(Setup {
        phone: Phone::Manual,
        ..Setup::default()
    });
    client.jslogin();
    let uuid = client.uuid.clone();
    client.redirect = format!(
        "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A@qrticket_0\
         &uuid={uuid}&lang=zh_CN&scan=1"
    );
    let raw = client.enter_request();
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Ticket));
}

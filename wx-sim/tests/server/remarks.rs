//! Each way of being unlike the page, once.

use std::time::Duration;

use wx_sim::server::{Remark, Setup};

use crate::client::{Client, ret};
use crate::requests::Raw;

/// A request that works, and what is remarked of it.
type Case = (&'static str, fn(&mut Client) -> Raw, Remark);

const HELPER: &str = "filehelper";

fn cases() -> Vec<Case> {
    vec![
        ("contacts by POST", |c| post_contacts(c), Remark::Method),
        (
            "no User-Agent",
            |c| c.sync_request().header("User-Agent", None),
            Remark::MissingHeader("User-Agent"),
        ),
        (
            "no Accept-Language",
            |c| c.sync_request().header("Accept-Language", None),
            Remark::MissingHeader("Accept-Language"),
        ),
        (
            "no Referer",
            |c| c.sync_request().header("Referer", None),
            Remark::MissingHeader("Referer"),
        ),
        (
            "Referer of another family",
            |c| {
                c.sync_request()
                    .header("Referer", Some("https://wx.qq.com/"))
            },
            Remark::Referer,
        ),
        (
            "Content-Type",
            |c| {
                c.sync_request()
                    .header("Content-Type", Some("application/json"))
            },
            Remark::ContentType,
        ),
        (
            "body on a poll",
            |c| c.check_request().body("{}"),
            Remark::UnexpectedBody,
        ),
        (
            "no lang",
            |c| c.sync_request().without("lang"),
            Remark::MissingParam("lang"),
        ),
        (
            "no pass_ticket",
            |c| c.sync_request().without("pass_ticket"),
            Remark::MissingParam("pass_ticket"),
        ),
        (
            "pass_ticket encoded once",
            |c| {
                let ticket = c.pass_ticket.clone();
                c.sync_request().param("pass_ticket", &ticket)
            },
            Remark::PassTicketEncoding,
        ),
        (
            "a parameter of another call",
            |c| c.sync_request().with("?sid=", "?callback=x&sid="),
            Remark::UnknownParam("callback".to_owned()),
        ),
        (
            "a parameter twice",
            |c| c.sync_request().with("?sid=", "?lang=zh_CN&sid="),
            Remark::RepeatedParam("lang"),
        ),
        (
            "seconds for milliseconds",
            |c| {
                let seconds = c.now.as_secs().to_string();
                c.check_request().param("r", &seconds)
            },
            Remark::ParamForm("r"),
        ),
        (
            "another batch type",
            |c| c.batch_request(&[HELPER]).param("type", "in"),
            Remark::ParamForm("type"),
        ),
        (
            "lang with a dash",
            |c| c.sync_request().param("lang", "zh-CN"),
            Remark::ParamForm("lang"),
        ),
        (
            "an hour off",
            |c| {
                let ms = (c.now + Duration::from_secs(3600)).as_millis().to_string();
                c.check_request().param("r", &ms)
            },
            Remark::Clock("r"),
        ),
        (
            "r not inverted",
            |c| {
                let ms = c.now.as_millis() as i32;
                c.init_request().param("r", &ms.to_string())
            },
            Remark::Clock("r"),
        ),
        (
            "rr not inverted",
            |c| {
                let ms = c.now.as_millis() as i32;
                c.sync_request()
                    .with(&format!("\"rr\":{}", !ms), &format!("\"rr\":{ms}"))
            },
            Remark::Clock("rr"),
        ),
        (
            "rr as text",
            |c| {
                let rr = !(c.now.as_millis() as i32);
                c.sync_request()
                    .with(&format!("\"rr\":{rr}"), &format!("\"rr\":\"{rr}\""))
            },
            Remark::MemberForm("rr"),
        ),
        (
            "counter from the clock of old",
            |c| c.check_request().param("_", "1600000000000"),
            Remark::Counter,
        ),
        (
            "the key of the XML after the start",
            |c| {
                let (new, old) = (c.skey.clone(), c.cookies["test-old-skey"].clone());
                c.sync_request().with(&new, &old)
            },
            Remark::Outdated("Skey"),
        ),
        (
            "an empty Skey after the start",
            |c| {
                let key = format!("\"Skey\":\"{}\"", c.skey);
                c.sync_request().with(&key, "\"Skey\":\"\"")
            },
            Remark::MemberForm("Skey"),
        ),
        (
            "a sync without Skey",
            |c| {
                let key = format!(",\"Skey\":\"{}\"", c.skey);
                c.sync_request().with(&key, "")
            },
            Remark::MissingMember("Skey"),
        ),
        (
            "a poll with an empty skey",
            |c| c.check_request().param("skey", ""),
            Remark::ParamForm("skey"),
        ),
        (
            "the front page of the login host",
            |c| {
                c.index_request()
                    .with("https://wx2.qq.com", "https://login.weixin.qq.com")
            },
            Remark::Host,
        ),
        (
            "no Scene",
            |c| c.send_request(HELPER, "x").with(",\"Scene\":0", ""),
            Remark::MissingMember("Scene"),
        ),
        (
            "a member of another call",
            |c| {
                c.send_request(HELPER, "x")
                    .with("\"Scene\":0", "\"Scene\":0,\"Count\":1")
            },
            Remark::UnknownMember("Count".to_owned()),
        ),
        (
            "Uin as text after the start",
            |c| {
                let uin = c.uin.clone();
                c.sync_request()
                    .with(&format!("{{\"Uin\":{uin}"), &format!("{{\"Uin\":\"{uin}\""))
            },
            Remark::MemberForm("Uin"),
        ),
        (
            "wrong count of a batch",
            |c| {
                c.batch_request(&[HELPER])
                    .with("\"Count\":1", "\"Count\":2")
            },
            Remark::MemberForm("Count"),
        ),
        (
            "Code as text",
            |c| {
                c.notify_request(1, HELPER)
                    .with("\"Code\":1", "\"Code\":\"1\"")
            },
            Remark::MemberForm("Code"),
        ),
        (
            "DeviceID",
            |c| {
                c.sync_request()
                    .with("\"DeviceID\":\"e", "\"DeviceID\":\"A")
            },
            Remark::DeviceIdForm,
        ),
        (
            "a browser's cookie left out",
            |c| {
                c.cookies.remove("webwxuvid");
                c.sync_request()
            },
            Remark::MissingCookie("webwxuvid"),
        ),
        (
            "sync for no reason",
            |c| {
                c.sync();
                c.wait(Duration::from_secs(60));
                c.check();
                c.sync_request()
            },
            Remark::NeedlessSync,
        ),
        (
            "sync beside a poll",
            |c| {
                let raw = c.check_request();
                c.start(raw);
                c.sync_request()
            },
            Remark::SyncBesidePoll,
        ),
        (
            "SyncKey for a poll",
            |c| {
                c.sync();
                c.check_key = c.sync_key.clone();
                c.check_request()
            },
            Remark::SyncKeyPolled,
        ),
    ]
}

fn post_contacts(client: &mut Client) -> Raw {
    client
        .contacts_request(0)
        .method("POST")
        .body("{}")
        .header("Content-Type", Some("application/json;charset=UTF-8"))
}

#[test]
fn each_oddity_works_and_is_remarked() {
    for (name, make, remark) in cases() {
        let mut client = Client::new(Setup {
            seed: 7,
            ..Setup::default()
        });
        client.log_in();
        // Kept where the cases can find it; the service ignores cookies it did not set.
        client
            .cookies
            .insert("test-old-skey".to_owned(), client.skey.clone());
        client.init();
        let raw = make(&mut client);
        client.ask(raw);
        let record = client.last();
        assert_eq!(record.refusal, None, "{name}");
        assert_eq!(record.remarks, [remark], "{name}");
        assert_eq!(record.code, 0, "{name}");
        client.wait(Duration::from_secs(30));
    }
}

#[test]
fn the_first_login_poll_has_tip_one_and_no_other() {
    let mut client = Client::new(Setup::default());
    client.jslogin();
    let raw = client.poll_login(0);
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::Tip]);
    let raw = client.poll_login(1);
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::Tip]);
}

#[test]
fn of_two_login_polls_the_older_is_let_go() {
    let mut client = Client::new(Setup::default());
    client.jslogin();
    let raw = client.poll_login(1);
    let first = client.start(raw);
    let raw = client.poll_login(1);
    let second = client.start(raw);
    assert_eq!(client.last().remarks, [Remark::ConcurrentLoginPoll]);
    assert_eq!(client.server.poll_reply().unwrap().0, first);
    client.server.abandon(client.now, second);
}

#[test]
fn a_device_id_may_repeat_with_its_body_and_no_longer() {
    let mut client = Client::online(Setup::default());
    let raw = client.send_request(HELPER, "x");
    for _ in 0..4 {
        client.ask(raw.clone());
        assert!(client.last().is_accepted());
    }
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::DeviceIdFixed]);
}

#[test]
fn a_session_that_is_over_may_ask_some_times() {
    let mut client = Client::online(Setup::default());
    let raw = client.logout_request();
    client.ask(raw);
    for time in 0..10 {
        let raw = client.check_request();
        client.ask(raw);
        let record = client.last();
        assert_eq!((record.code, &record.refusal), (1100, &None));
        assert_eq!(
            record.remarks.contains(&Remark::AfterTheEnd),
            time >= 8,
            "{time}"
        );
    }
}

#[test]
fn a_login_may_begin_at_another_family() {
    let mut client = Client::new(Setup::default());
    let raw = client
        .jslogin_request()
        .with("login.wx2.qq.com", "login.wx.qq.com")
        .with("wx2.qq.com%2Fcgi", "wx.qq.com%2Fcgi")
        .header("Referer", Some("https://wx.qq.com/"));
    client.ask(raw);
    assert!(client.last().is_accepted());
}

#[test]
fn twenty_quiet_minutes_are_a_reason_to_sync() {
    let mut client = Client::online(Setup::default());
    client.sync();
    client.wait(Duration::from_secs(20 * 60));
    assert_eq!(ret(&client.sync()), 0);
    let raw = client.contacts_request(0);
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.server.faults().count(), 0);
}

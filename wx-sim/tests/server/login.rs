//! From the QR code to the session.

use std::time::Duration;

use http::{StatusCode, header};
use serde_json::Value;
use wx_sim::server::{Code, Deed, LoginStage, Phone, Setup};

use crate::client::{Client, START, tag, text};
use crate::walk::{assert_faultless, setup};

#[test]
fn real_hosts_set_cookies_on_their_domains() {
    let mut client = Client::new(setup());
    client.log_in();
    let raw = client.enter_request();
    let reply = client.ask(raw);
    let lines: Vec<&str> = reply
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|v| v.to_str().unwrap())
        .collect();
    let sid = tag(&text(&reply), "wxsid");
    assert!(lines.contains(&&*format!(
        "wxsid={sid}; Domain=wx2.qq.com; Path=/; Expires=Sun, 01-Jan-2023 12:00:01 GMT; Secure"
    )));
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("webwx_data_ticket=") && l.contains("=.qq.com;"))
    );
    assert_eq!(lines.iter().filter(|l| l.starts_with("wxuin=")).count(), 2);
    assert!(
        lines
            .iter()
            .any(|l| l.starts_with("webwxuvid=") && l.contains("-2032 "))
    );
    assert_eq!(
        reply.headers()[header::DATE],
        "Sun, 01-Jan-2023 00:00:01 GMT"
    );
}

#[test]
fn the_script_replies_are_byte_exact() {
    let mut client = Client::new(Setup {
        phone: Phone::Manual,
        ..setup()
    });
    let raw = client.jslogin_request();
    let reply = client.ask(raw);
    let kinds: Vec<_> = reply
        .headers()
        .get_all(header::CONTENT_TYPE)
        .iter()
        .collect();
    assert_eq!(kinds, ["text/javascript", "text/html; charset=gbk"]);
    let body = text(&reply);
    client.uuid = body[50..62].to_owned();
    let expected = format!(
        "window.QRLogin.code = 200; window.QRLogin.uuid = \"{}\";",
        client.uuid
    );
    assert_eq!((body.as_str(), body.len()), (expected.as_str(), 64));

    let before = client.now;
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=408;");
    assert_eq!(client.now - before, Duration::from_secs(25));

    client
        .server
        .act(client.now, Deed::Scan(Code::Latest))
        .unwrap();
    let scan = client.now.as_secs();
    let raw = client.poll_login(0);
    let body = text(&client.ask(raw));
    assert!(body.starts_with("window.code=201;window.userAvatar = 'data:img/jpg;base64,iVBOR"));
    assert!(body.ends_with("ggg==';"));

    let poll = client.poll_login(0);
    client.start(poll);
    assert!(
        client.server.poll_reply().is_none(),
        "a told scan is no news"
    );
    client
        .server
        .act(client.now, Deed::Confirm(Code::Latest))
        .unwrap();
    let (_, reply) = client.server.poll_reply().unwrap();
    let body = text(&reply);
    let head = "window.code=200;\nwindow.redirect_uri=\"https://wx2.qq.com/cgi-bin/mmwebwx-bin/\
                webwxnewloginpage?ticket=A";
    assert!(body.starts_with(head), "{body}");
    let tail = format!("@qrticket_0&uuid={}&lang=zh_CN&scan={scan}\";", client.uuid);
    assert!(body.ends_with(&tail), "{body}");
    assert_faultless(&client);
}

#[test]
fn a_scan_without_picture_says_only_the_code() {
    let mut client = Client::new(Setup {
        avatar: false,
        ..setup()
    });
    client.jslogin();
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=201;");
}

#[test]
fn tip_one_repeats_a_told_scan_and_tip_zero_waits() {
    let mut client = Client::new(Setup {
        phone: Phone::Manual,
        ..setup()
    });
    client.jslogin();
    client
        .server
        .act(client.now, Deed::Scan(Code::Latest))
        .unwrap();
    for tip in [1, 1] {
        let raw = client.poll_login(tip);
        assert!(text(&client.ask(raw)).starts_with("window.code=201;"));
    }
    let before = client.now;
    let raw = client.poll_login(0);
    assert_eq!(text(&client.ask(raw)), "window.code=408;");
    assert_eq!(client.now - before, Duration::from_secs(25));
}

#[test]
fn a_code_can_be_cancelled_and_ends_after_five_minutes() {
    let mut client = Client::new(Setup {
        phone: Phone::Manual,
        ..setup()
    });
    client.jslogin();
    client
        .server
        .act(client.now, Deed::Cancel(Code::Latest))
        .unwrap();
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=202;");

    client.jslogin();
    let mut tip = 1;
    let code = loop {
        let raw = client.poll_login(tip);
        tip = 0;
        let body = text(&client.ask(raw));
        if body != "window.code=408;" {
            break body;
        }
    };
    assert_eq!(code, "window.code=400;");
    assert_eq!(client.now, START + Duration::from_secs(300));
    assert!(
        client
            .server
            .act(client.now, Deed::Scan(Code::Latest))
            .is_err()
    );
    assert_eq!(client.server.logins()[1].stage, LoginStage::Expired);
    assert_faultless(&client);
}

#[test]
fn a_refused_account_gets_a_number_and_nothing_else() {
    let mut client = Client::new(Setup {
        barred: true,
        ..setup()
    });
    client.jslogin();
    let raw = client.poll_login(1);
    client.ask(raw);
    let raw = client.poll_login(0);
    let body = text(&client.ask(raw));
    client.redirect = body
        .split_once("redirect_uri=\"")
        .unwrap()
        .1
        .trim_end_matches("\";")
        .to_owned();
    let raw = client.enter_request();
    let reply = client.ask(raw);
    assert_eq!(tag(&text(&reply), "ret"), "1203");
    assert!(!text(&reply).contains("skey") && client.cookies.is_empty());
    assert_faultless(&client);
    assert_eq!(client.last().code, 1203);
}

#[test]
fn without_the_marks_of_a_script_the_door_answers_301_without_a_place() {
    let mut client = Client::new(setup());
    client.log_in();
    let raw = client.enter_request().without("fun").without("version");
    let reply = client.ask(raw);
    assert_eq!(reply.status(), StatusCode::MOVED_PERMANENTLY);
    assert!(!reply.headers().contains_key(header::LOCATION));
    assert_eq!(tag(&text(&reply), "ret"), "0");
    assert!(reply.headers().contains_key(header::SET_COOKIE));
}

#[test]
fn a_ticket_ages_and_its_second_use_opens_a_new_session() {
    let mut client = Client::online(setup());
    let (me, cookies) = (client.me.clone(), client.cookies.clone());
    client.enter();
    client.init();
    assert_ne!(client.me, me, "names change with each session");
    let (new, keys) = (client.cookies.clone(), client.sid.clone());
    client.cookies = cookies;
    client.sid = client.cookies["wxsid"].clone();
    assert_eq!(client.check().0, "1101", "the former session was replaced");
    client.cookies = new;
    client.sid = keys;
    assert_faultless(&client);

    client.wait(Duration::from_secs(300));
    let raw = client.enter_request();
    assert_eq!(tag(&text(&client.ask(raw)), "ret"), "1");
}

#[test]
fn push_login_needs_no_code_and_keeps_the_account() {
    let mut client = Client::online(setup());
    let (uin, me) = (client.uin.clone(), client.me.clone());
    let raw = client.logout_request();
    let reply = client.ask(raw);
    let past = "Expires=Thu, 01-Jan-1970 00:00:30 GMT";
    let lines = reply.headers().get_all(header::SET_COOKIE);
    assert!(
        lines
            .iter()
            .all(|line| line.to_str().unwrap().contains(past))
    );
    client
        .cookies
        .retain(|name, _| name == "webwxuvid" || name == "webwx_auth_ticket");
    let raw = client.push_request();
    let body = text(&client.ask(raw));
    let reply: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&reply["ret"], body.contains('\n')), (&"0".into(), false));
    client.uuid = reply["uuid"].as_str().unwrap().to_owned();
    let raw = client.poll_login(1);
    assert!(text(&client.ask(raw)).starts_with("window.code=201"));
    let raw = client.poll_login(0);
    let body = text(&client.ask(raw));
    client.redirect = body
        .split_once("redirect_uri=\"")
        .unwrap()
        .1
        .trim_end_matches("\";")
        .to_owned();
    client.enter();
    client.init();
    assert_eq!(client.uin, uin);
    assert_ne!(client.me, me);
    assert_faultless(&client);
}

#[test]
fn each_code_is_another_account() {
    let mut client = Client::online(setup());
    let uin = client.uin.clone();
    client.log_in();
    assert_ne!(client.uin, uin);
    assert_eq!(client.server.accounts().len(), 2);
}

#[test]
fn a_lost_answer_is_given_again() {
    let mut client = Client::new(Setup {
        phone: Phone::Manual,
        ..setup()
    });
    client.jslogin();
    let raw = client.poll_login(1);
    let lost = client.start(raw);
    client
        .server
        .act(client.now, Deed::Scan(Code::Latest))
        .unwrap();
    assert_eq!(client.server.poll_reply().unwrap().0, lost);
    client.server.abandon(client.now, lost);
    let raw = client.poll_login(1);
    assert!(text(&client.ask(raw)).starts_with("window.code=201;"));
    let raw = client.poll_login(0);
    let id = client.start(raw);
    assert!(
        client.server.poll_reply().is_none(),
        "the scan was told by now"
    );
    client.server.abandon(client.now, id);
    assert_faultless(&client);
}

//! Logins that are pushed to the phone of somebody who was here before.

use std::time::Duration;

use serde_json::Value;
use wx_sim::server::{AccountId, Code, Deed, LoginStage, Phone, Refusal, Setup};

use crate::client::{Client, json, text};
use crate::walk::{assert_faultless, setup};

/// A client that asked the phone, which does nothing by itself.
fn asked() -> Client {
    let mut client = Client::online(Setup {
        push_phone: Some(Phone::Manual),
        ..setup()
    });
    let raw = client.logout_request();
    client.ask(raw);
    client.uuid = pushed(&mut client)["uuid"].as_str().unwrap().to_owned();
    client
}

fn pushed(client: &mut Client) -> Value {
    let raw = client.push_request();
    json(&client.ask(raw))
}

fn account(client: &Client, number: usize) -> AccountId {
    client.server.accounts()[number].id
}

#[test]
fn the_user_says_yes_on_the_phone() {
    let mut client = asked();
    let uin = client.uin.clone();
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=408;");
    let phone = account(&client, 0);
    client.deed(Deed::Scan(Code::Pushed(phone)));
    let raw = client.poll_login(0);
    assert!(text(&client.ask(raw)).starts_with("window.code=201;"));
    client.deed(Deed::Confirm(Code::Pushed(phone)));
    let login = client.server.logins().pop().unwrap();
    assert!(login.pushed && login.stage == LoginStage::Confirmed);
    let raw = client.poll_login(0);
    let body = text(&client.ask(raw));
    let (_, rest) = body.split_once("redirect_uri=\"").unwrap();
    client.redirect = rest.strip_suffix("\";").unwrap().to_owned();
    client.enter();
    client.init();
    assert_eq!(client.uin, uin);
    assert_faultless(&client);
}

#[test]
fn the_user_says_no_or_does_not_look() {
    let mut client = asked();
    client.deed(Deed::Cancel(Code::Pushed(account(&client, 0))));
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=202;");

    client.uuid = pushed(&mut client)["uuid"].as_str().unwrap().to_owned();
    client.deed(Deed::Expire(Code::Pushed(account(&client, 0))));
    let raw = client.poll_login(1);
    assert_eq!(text(&client.ask(raw)), "window.code=400;");
    assert_faultless(&client);
}

#[test]
fn the_phone_may_answer_by_itself_in_its_own_time() {
    let slow = Duration::from_secs(40);
    let mut client = Client::online(Setup {
        push_phone: Some(Phone::Auto {
            scan_after: Duration::ZERO,
            confirm_after: slow,
        }),
        ..setup()
    });
    let before = client.now;
    client.log_in_by_push();
    assert_eq!(client.now - before, slow);
    assert_faultless(&client);
}

#[test]
fn half_a_day_later_the_long_lived_cookies_are_enough() {
    let mut client = Client::online(setup());
    client.wait(Duration::from_secs(13 * 3600));
    client
        .cookies
        .retain(|name, _| name == "webwxuvid" || name == "webwx_auth_ticket");
    client.log_in_by_push();
    client.init();
    assert_eq!(client.check().0, "0");
    assert_faultless(&client);
}

#[test]
fn of_several_accounts_each_has_its_own_phone_and_cookies() {
    let mut client = Client::online(setup());
    let (first, cookies) = (client.uin.clone(), client.cookies.clone());
    client.log_in();
    let second = client.uin.clone();
    assert_ne!(first, second);
    // The cookies are those of the second now.
    client.uin = first.clone();
    let reply = pushed(&mut client);
    assert_eq!((&reply["ret"], &reply["uuid"]), (&"1".into(), &"".into()));
    assert_eq!(client.last().refusal, Some(Refusal::PushIdentity));
    client.cookies = cookies;
    client.log_in_by_push();
    assert_eq!(client.uin, first);
    assert_eq!(
        client.server.logins().pop().unwrap().account,
        Some(account(&client, 0))
    );
}

#[test]
fn a_service_without_pushed_logins_refuses_without_a_fault() {
    let mut client = Client::online(Setup {
        push: false,
        ..setup()
    });
    assert_eq!(pushed(&mut client)["ret"], "1");
    assert_eq!((client.last().code, &client.last().refusal), (1, &None));
    client.deed(Deed::Push(true));
    assert_eq!(pushed(&mut client)["ret"], "0");
}

#[test]
fn a_push_needs_both_cookies() {
    for name in ["webwxuvid", "webwx_auth_ticket"] {
        let mut client = Client::online(setup());
        client.cookies.remove(name);
        assert_eq!(pushed(&mut client)["ret"], "1");
        assert_eq!(client.last().refusal, Some(Refusal::MissingCookie(name)));
    }
}

#[test]
fn a_code_can_be_scanned_by_the_phone_of_before() {
    let mut client = Client::online(Setup {
        one_account: true,
        ..setup()
    });
    let uin = client.uin.clone();
    client.log_in();
    client.init();
    assert_eq!(
        (client.uin.as_str(), client.server.accounts().len()),
        (uin.as_str(), 1)
    );

    let mut client = Client::online(Setup {
        phone: Phone::default(),
        ..setup()
    });
    let uin = client.uin.clone();
    client.jslogin();
    let phone = account(&client, 0);
    client.deed(Deed::ScanBy(Code::Latest, phone));
    client.redirect = client.redirected();
    client.enter();
    assert_eq!(client.uin, uin);
    let raw = client.init_request();
    assert_eq!(client.answer(raw), 0);
    assert_faultless(&client);
}

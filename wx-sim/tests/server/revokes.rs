//! What clients take back.

use std::time::Duration;

use serde_json::Value;
use wx_sim::server::{Class, Rate, Refusal, Setup};

use crate::client::{Client, json, ret};
use crate::walk::{assert_faultless, friend_says, setup};

fn say(client: &mut Client) -> String {
    let raw = client.send_request("filehelper", "oops");
    let reply = json(&client.ask(raw));
    reply["MsgID"].as_str().unwrap().to_owned()
}

fn revoke(client: &mut Client, msg_id: &str) -> Value {
    let raw = client.revoke_request("filehelper", msg_id);
    json(&client.ask(raw))
}

#[test]
fn an_own_message_is_gone_for_all_who_look() {
    let mut client = Client::online(setup());
    let msg_id = say(&mut client);
    client.wait(Duration::from_secs(120));
    let reply = revoke(&mut client, &msg_id);
    assert_eq!(ret(&reply), 0);
    assert!(reply["Introduction"].as_str().unwrap().contains("2分钟"));
    assert_eq!(reply["SysWording"], "");
    assert_eq!(client.server.received().len(), 0);
    assert_eq!(client.server.revoked().next().unwrap().text, "oops");
    // Whoever lost the reply asks once more.
    assert_eq!(ret(&revoke(&mut client, &msg_id)), 0);
    assert_eq!(client.server.revoked().len(), 1);
    assert_faultless(&client);
}

#[test]
fn two_minutes_later_it_is_too_late() {
    let mut client = Client::online(setup());
    let msg_id = say(&mut client);
    client.wait(Duration::from_secs(121));
    let reply = revoke(&mut client, &msg_id);
    assert_eq!(ret(&reply), -1);
    let reason = reply["BaseResponse"]["ErrMsg"].as_str().unwrap();
    assert!(reason.contains("2分钟"), "{reason}");
    assert_eq!(client.server.received().len(), 1);
    // Time refuses it, not a fault of the request.
    assert_faultless(&client);
    assert_eq!(client.last().code, -1);
}

#[test]
fn each_fault_is_refused_for_its_reason() {
    let mut client = Client::online(setup());
    let mine = say(&mut client);
    let theirs = friend_says(&mut client, "hello").to_string();
    client.drain();
    for (msg_id, to, refusal, code) in [
        (theirs.as_str(), "filehelper", Refusal::ForeignMessage, -1),
        (&mine, "weixin", Refusal::UnknownRecipient, -1),
        ("1", "filehelper", Refusal::UnknownMessage, -1),
        ("0", "filehelper", Refusal::UnknownMessage, 1),
        ("", "filehelper", Refusal::Member("SvrMsgId"), 1),
        (&mine, "", Refusal::Member("ToUserName"), 1),
    ] {
        let raw = client.revoke_request(to, msg_id);
        assert_eq!(client.answer(raw), code, "{refusal}");
        assert_eq!(client.last().refusal, Some(refusal));
    }
    let raw = client.revoke_request("filehelper", &mine);
    let raw = raw.with("\"ClientMsgId\"", "\"Id\"");
    assert_eq!(client.answer(raw), 1);
    assert_eq!(client.last().refusal, Some(Refusal::Member("ClientMsgId")));
    assert_eq!(client.server.received().len(), 1);
}

#[test]
fn recalls_have_a_rate_of_their_own() {
    let rate = Rate {
        texts: 1,
        window: Duration::from_secs(60),
    };
    let mut client = Client::online(Setup {
        rates: [(Class::Recall, rate)].into(),
        ..setup()
    });
    let (first, second) = (say(&mut client), say(&mut client));
    assert_eq!(ret(&revoke(&mut client, &first)), 0);
    assert_eq!(ret(&revoke(&mut client, &second)), 1205);
    assert_faultless(&client);
}

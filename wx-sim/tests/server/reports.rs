//! What the page asks and tells by the way.

use http::{StatusCode, header};
use wx_sim::server::{Refusal, Remark};

use crate::client::{Client, json, ret, text};
use crate::requests::{Change, Raw};
use crate::walk::{assert_faultless, online};

/// The two kinds of action the page reports.
const REPORT: &str = "{\\\"type\\\":\\\"[action-record]\\\",\\\"data\\\":{\\\"actions\\\":[]}}";

fn search(client: &mut Client, word: &str) -> Raw {
    client.call("webwxsearchcontact", "", &format!("\"KeyWord\":\"{word}\""))
}

fn feedback(client: &mut Client) -> Raw {
    let members = "\"MachineType\":\"webwx\",\"Content\":\"好\",\"ReportType\":0";
    client.call("webwxsendfeedback", "", members)
}

#[test]
fn a_search_finds_whom_the_address_book_has() {
    let mut client = online();
    let found = |client: &mut Client, word: &str| {
        let raw = search(client, word);
        let reply = json(&client.ask(raw));
        assert_eq!(ret(&reply), 0);
        let list = reply["List"].as_array().unwrap().clone();
        list.iter()
            .map(|entry| entry["EncryUserName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let (anna, other) = (
        client.name("wxid_anna7c20x1"),
        client.name("wxid_anna1l2z3x"),
    );
    assert_eq!(found(&mut client, "aNNa"), [anna.clone(), other]);
    assert_eq!(found(&mut client, "安娜"), [anna]);
    let boris = client.name("wxid_boris9d4k2");
    assert_eq!(
        found(&mut client, "boris_1984"),
        [boris],
        "by the id he chose"
    );
    let room = client.name("10241024@chatroom");
    assert_eq!(found(&mut client, "徒步"), [room]);
    assert!(
        found(&mut client, "路人甲").is_empty(),
        "strangers are not found"
    );
    assert_faultless(&client);
    let raw = search(&mut client, "");
    let reply = json(&client.ask(raw));
    assert_eq!((ret(&reply), &reply["List"]), (1, &serde_json::json!([])));
    assert_eq!(client.last().refusal, Some(Refusal::Member("KeyWord")));
}

#[test]
fn a_report_has_no_key() {
    let mut client = online();
    let raw = client.report_request(REPORT);
    assert_eq!(client.answer(raw), 0);
    assert_faultless(&client);
    let skey = client.skey.clone();
    let raw = client
        .report_request(REPORT)
        .with("\"DeviceID\"", &format!("\"Skey\":\"{skey}\",\"DeviceID\""));
    client.ask(raw);
    assert_eq!(
        client.last().remarks,
        [Remark::UnknownMember("Skey".to_owned())]
    );
    // Every other call needs it.
    let raw = feedback(&mut client).with(&format!("\"Skey\":\"{skey}\","), "");
    assert_eq!(client.answer(raw), 1101);
}

#[test]
fn a_report_is_judged() {
    let cases: [(Change, Remark); 4] = [
        (
            |raw| raw.with("\"Count\":1", "\"Count\":2"),
            Remark::MemberForm("Count"),
        ),
        (
            |raw| raw.with("\"Type\":1", "\"Type\":3"),
            Remark::MemberForm("Type"),
        ),
        (
            |raw| raw.with("{\\\"type\\\":", "[\\\"type\\\":"),
            Remark::MemberForm("Text"),
        ),
        (
            |raw| raw.with("fun=new", "fun=old"),
            Remark::ParamForm("fun"),
        ),
    ];
    for (change, remark) in cases {
        let mut client = online();
        let raw = change(client.report_request(REPORT));
        assert_eq!(client.answer(raw), 0);
        assert_eq!(client.last().remarks, [remark]);
    }
    let mut client = online();
    let raw = client.report_request(REPORT).with("\"List\"", "\"Lost\"");
    assert_eq!(client.answer(raw), 1);
    assert_eq!(client.last().refusal, Some(Refusal::Member("List")));
}

#[test]
fn a_link_leads_on_or_is_warned_of() {
    let mut client = online();
    let raw = client.link_request("http://example.org/");
    let reply = client.ask(raw);
    assert_eq!(reply.status(), StatusCode::FOUND);
    assert_eq!(reply.headers()[header::LOCATION], "http://example.org/");
    let raw = client.link_request("javascript:alert(1)");
    let reply = client.ask(raw);
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(text(&reply).starts_with("<!DOCTYPE html>"));
    assert_faultless(&client);
    let raw = client
        .link_request("http://example.org/")
        .param("username", "filehelper");
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::ParamForm("username")]);
    let raw = client.link_request("http://example.org/").without("requrl");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Param("requrl")));
}

#[test]
fn feedback_is_taken() {
    let mut client = online();
    let raw = feedback(&mut client);
    assert_eq!(client.answer(raw), 0);
    assert_faultless(&client);
    let raw = feedback(&mut client).with("webwx\"", "phone\"");
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::MemberForm("MachineType")]);
    let raw = feedback(&mut client).with("\"好\"", "7");
    assert_eq!(client.answer(raw), 1);
    assert_eq!(client.last().refusal, Some(Refusal::Member("Content")));
}

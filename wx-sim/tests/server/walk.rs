//! Whole walks through the service.

use std::time::Duration;

use http::{StatusCode, header};
use serde_json::Value;
use wx_sim::server::{Act, Endpoint, Limits, Rate, Script, Setup};

use crate::client::{Client, json, ret};

pub(crate) fn setup() -> Setup {
    Setup {
        seed: 7,
        ..Setup::default()
    }
}

/// A client in its first session.
pub(crate) fn online() -> Client {
    Client::online(setup())
}

pub(crate) fn assert_faultless(client: &Client) {
    let faults: Vec<String> = client.server.faults().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|item| item["UserName"].as_str().unwrap())
        .collect()
}

pub(crate) fn friend_says(client: &mut Client, text: &str) -> u64 {
    let act = Act::Text {
        from: "wxid_boris9d4k2".to_owned(),
        text: text.to_owned(),
    };
    client.act(act).unwrap()
}

pub(crate) fn whole_walk(setup: Setup) -> Client {
    walk_on(Client::new(setup))
}

/// A whole session of a client that has done nothing yet.
pub(crate) fn walk_on(mut client: Client) -> Client {
    client.log_in();
    client.init();
    let me = client.me.clone();
    let raw = client.notify_request(3, &me);
    assert_eq!(client.answer(raw), 0);
    let mut seq = 0;
    let mut contacts = 0;
    loop {
        let raw = client.contacts_request(seq);
        let page = json(&client.ask(raw));
        assert_eq!(ret(&page), 0);
        contacts += page["MemberCount"].as_u64().unwrap();
        seq = page["Seq"].as_u64().unwrap();
        if seq == 0 {
            break;
        }
    }
    assert!(contacts >= 30);
    let (room, anna) = (
        client.name("20482048@chatroom"),
        client.name("wxid_anna7c20x1"),
    );
    let raw = client.batch_request(&[&room, &anna]);
    let batch = json(&client.ask(raw));
    assert_eq!(names(&batch["ContactList"]), [room.as_str(), anna.as_str()]);
    friend_says(&mut client, "hello");
    let messages = client.drain();
    assert_eq!(
        messages.len(),
        2,
        "the text, and the phone's list of conversations"
    );
    let raw = client.send_request(&anna, "七点\\n集合");
    assert_eq!(client.answer(raw), 0);
    let raw = client.notify_request(1, &anna);
    assert_eq!(client.answer(raw), 0);
    let raw = client.logout_request();
    client.ask(raw);
    client
}

#[test]
fn the_pages_own_requests_have_no_fault() {
    // Ids with every odd character there is come up within some dozen seeds.
    for seed in 0..50 {
        assert_faultless(&whole_walk(Setup { seed, ..setup() }));
    }
    let client = whole_walk(setup());
    assert_faultless(&client);
    let received: Vec<_> = client.server.received().collect();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].text, "七点\n集合");
    assert_eq!(received[0].chat, "wxid_anna7c20x1");
    assert_eq!(
        client.server.accounts()[0].read.get("wxid_anna7c20x1"),
        Some(&1)
    );
    assert_eq!(client.server.tallies()[&Endpoint::SendMsg].requests, 1);
}

#[test]
fn a_mapped_service_names_its_base_and_scopes_no_cookie() {
    let base = "http://127.0.0.1:8088";
    let client = whole_walk(Setup {
        base: Some(base.to_owned()),
        ..setup()
    });
    assert_faultless(&client);
    assert!(
        client
            .redirect
            .starts_with(&format!("{base}/cgi-bin/mmwebwx-bin/webwxnewloginpage?"))
    );

    let mut mapped = Client::new(Setup {
        base: Some(base.to_owned()),
        ..setup()
    });
    mapped.log_in();
    let raw = mapped.enter_request();
    for line in mapped.ask(raw).headers().get_all(header::SET_COOKIE) {
        let line = line.to_str().unwrap();
        assert!(
            !line.contains("Domain") && !line.contains("Secure"),
            "{line}"
        );
    }
}

#[test]
fn init_lies_where_the_real_one_lies() {
    let mut client = Client::new(setup());
    client.log_in();
    let key = client.skey.clone();
    let init = client.init();
    assert_ne!(client.skey, key, "the key of the XML is replaced");
    let listed = names(&init["ContactList"]);
    assert_ne!(init["Count"].as_u64().unwrap(), listed.len() as u64);
    assert_eq!(
        listed.iter().filter(|name| **name == "filehelper").count(),
        2
    );
    let chats = init["ChatSet"].as_str().unwrap();
    assert!(chats.ends_with(','));
    assert_eq!(
        chats
            .split(',')
            .filter(|name| *name == "filehelper")
            .count(),
        2
    );
    let hidden = client.name("20482048@chatroom");
    assert!(chats.contains(&hidden) && !listed.contains(&hidden.as_str()));
    let rooms: Vec<&Value> = init["ContactList"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|contact| contact["UserName"].as_str().unwrap().starts_with("@@"))
        .collect();
    assert_eq!(rooms.len(), 2);
    for room in rooms {
        let members = room["MemberList"].as_array().unwrap();
        assert!(members.len() < room["MemberCount"].as_u64().unwrap() as usize);
        assert!(members.iter().all(|member| member["NickName"] == ""));
    }
    let nick = init["User"]["NickName"].as_str().unwrap();
    assert_eq!(nick, "机器人<span class=\"emoji emoji1f604\"></span>0");
}

#[test]
fn a_start_from_cookies_alone_needs_neither_key_nor_ticket() {
    let mut client = Client::online(setup());
    let me = client.me.clone();
    let key = client.skey.clone();
    let raw = client.init_request().without("pass_ticket").with(&key, "");
    let reply = json(&client.ask(raw));
    assert_eq!(ret(&reply), 0);
    assert_eq!(reply["User"]["UserName"], me);
    assert_eq!(reply["SKey"], key);
    client.sync_key = reply["SyncKey"].clone();
    let raw = client.sync_request().without("pass_ticket");
    assert_eq!(client.answer(raw), 0);
    assert_faultless(&client);
}

#[test]
fn the_address_book_has_two_pages_and_rooms_without_members() {
    let mut client = Client::online(setup());
    let raw = client.contacts_request(0);
    let first = json(&client.ask(raw));
    assert_eq!(first["MemberCount"], 20);
    let seq = first["Seq"].as_u64().unwrap();
    let raw = client.contacts_request(seq);
    let second = json(&client.ask(raw));
    assert_eq!(second["Seq"], 0);
    let all: Vec<&Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["MemberList"].as_array().unwrap())
        .collect();
    let room = all
        .iter()
        .find(|c| c["UserName"] == *client.name("10241024@chatroom"))
        .unwrap();
    assert_eq!(
        (&room["MemberCount"], &room["EncryChatRoomId"]),
        (&0.into(), &"".into())
    );
    assert!(
        !all.iter()
            .any(|c| c["UserName"] == *client.name("20482048@chatroom"))
    );
    assert!(
        !all.iter()
            .any(|c| c["UserName"] == *client.name("wxid_stra1c4v5b"))
    );
    let plain = all
        .iter()
        .find(|c| c["UserName"] == "gh_5566aabbccdd")
        .unwrap();
    assert_eq!(plain["VerifyFlag"], 24);
    let entity = all
        .iter()
        .find(|c| c["UserName"] == *client.name("wxid_dora2v7n1z"))
        .unwrap();
    assert_eq!(entity["NickName"], "Dora &amp; Co &lt;store&gt;");
    let lengths: Vec<usize> = all
        .iter()
        .map(|c| c["UserName"].as_str().unwrap().len())
        .collect();
    assert!(lengths.contains(&33) && lengths.contains(&65));
    assert!(
        all.iter()
            .any(|c| c["AttrStatus"].as_u64().unwrap() > 1 << 31)
    );
}

#[test]
fn a_batch_tells_of_rooms_and_of_strangers_in_them() {
    let mut client = Client::online(setup());
    let room = client.name("20482048@chatroom");
    let raw = client.batch_request(&[&room]);
    let reply = json(&client.ask(raw));
    let contact = &reply["ContactList"][0];
    assert_eq!(contact["MemberCount"], 5);
    assert_eq!(contact["MemberList"][0]["DisplayName"], "主持 &lt;今天&gt;");
    let encry = contact["EncryChatRoomId"].as_str().unwrap().to_owned();
    let stranger = contact["MemberList"][1]["UserName"]
        .as_str()
        .unwrap()
        .to_owned();
    for id in [encry, room] {
        let raw = client.batch_request(&[&stranger]).with(
            "\"EncryChatRoomId\":\"\"",
            &format!("\"EncryChatRoomId\":\"{id}\""),
        );
        let reply = json(&client.ask(raw));
        assert_eq!(reply["ContactList"][0]["NickName"], "Passer-by");
        assert_eq!(reply["ContactList"][0]["ContactFlag"], 0);
    }
    assert_faultless(&client);
}

#[test]
fn a_repeated_send_is_one_message() {
    let mut client = Client::online(setup());
    let raw = client.send_request("filehelper", "once");
    let first = json(&client.ask(raw.clone()));
    let second = json(&client.ask(raw));
    assert_eq!(first, second);
    assert_eq!(first["LocalID"].as_str().unwrap().len(), 17);
    let received: Vec<_> = client.server.received().collect();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].repeats, 1);
    assert_eq!(first["MsgID"], received[0].msg_id.to_string());
    assert_faultless(&client);
}

#[test]
fn too_many_texts_are_refused_for_a_while() {
    let rate = Rate {
        texts: 2,
        window: Duration::from_secs(10),
    };
    let mut client = Client::online(Setup {
        rate: Some(rate),
        ..setup()
    });
    let mut rets = Vec::new();
    for _ in 0..3 {
        let raw = client.send_request("filehelper", "x");
        rets.push(client.answer(raw));
    }
    client.wait(Duration::from_secs(10));
    let raw = client.send_request("filehelper", "x");
    rets.push(client.answer(raw));
    assert_eq!(rets, [0, 0, 1205, 0]);
    assert_faultless(&client);
}

#[test]
fn cookies_live_twelve_hours_and_a_sync_renews_them() {
    let mut client = Client::online(setup());
    for _ in 0..4 {
        client.wait(Duration::from_secs(11 * 3600));
        assert_eq!(ret(&client.sync()), 0);
    }
    assert!(client.cookies["wxloadtime"].ends_with("_expired"));
    assert!(client.cookies.contains_key("wxpluginkey"));
    assert_faultless(&client);

    client.wait(Duration::from_secs(12 * 3600));
    assert_eq!(client.check().0, "1102");
}

#[test]
fn a_client_that_ignores_renewed_cookies_dies_after_twelve_hours() {
    let mut client = Client::online(setup());
    let old = client.cookies.clone();
    client.wait(Duration::from_secs(11 * 3600));
    assert_eq!(ret(&client.sync()), 0);
    client.wait(Duration::from_secs(3600));
    client.cookies = old;
    assert_eq!(client.check().0, "1102");
}

#[test]
fn the_demo_says_six_texts_and_starts_over_with_each_init() {
    let mut client = Client::online(Setup {
        script: Script::demo(),
        ..setup()
    });
    let me = client.me.clone();
    let start = client.now;
    for _ in 0..2 {
        let raw = client.notify_request(3, &me);
        client.ask(raw);
        let messages = client.drain();
        let texts: Vec<&str> = messages
            .iter()
            .filter(|message| message["MsgType"] == 1)
            .map(|message| message["Content"].as_str().unwrap())
            .collect();
        assert_eq!(texts.len(), 6);
        assert!(
            texts
                .iter()
                .any(|text| text.contains("@机器人") && text.contains('\u{2005}'))
        );
        assert!(
            texts
                .iter()
                .any(|text| text.contains("<br/>  1. 6 &lt; 7<br/><br/>"))
        );
        assert!(
            texts
                .iter()
                .any(|text| text.contains("\u{1b}[31m") && text.contains("&quot;"))
        );
        let rooms: std::collections::BTreeSet<&str> = messages
            .iter()
            .map(|message| message["FromUserName"].as_str().unwrap())
            .filter(|from| from.starts_with("@@"))
            .collect();
        assert_eq!(rooms.len(), 2);
        client.init();
    }
    assert!(client.now - start < Duration::from_secs(60));
    assert_faultless(&client);
}

#[test]
fn a_planted_reply_leaves_the_service_as_it_was() {
    let mut client = Client::online(setup());
    let mut garbage = http::Response::new(bytes::Bytes::from_static(b"<html>"));
    *garbage.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    client.server.plant("webwxsendmsg", 1, garbage.clone());
    let raw = client.send_request("filehelper", "first");
    assert_eq!(
        client.ask(raw.clone()).status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(client.server.received().len(), 0);
    assert_eq!(client.answer(raw), 0);

    client.server.plant_after("E20", 1, garbage);
    let raw = client.send_request("filehelper", "second");
    assert_eq!(
        client.ask(raw.clone()).status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(client.server.received().len(), 2);
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.server.received().len(), 2);
    assert_eq!(client.server.planted(), 0);
    assert_faultless(&client);
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let run = || {
        let mut client = Client::online(Setup {
            script: Script::demo(),
            ..setup()
        });
        let mut bytes = Vec::new();
        for _ in 0..8 {
            let raw = client.check_request();
            bytes.extend_from_slice(client.ask(raw).body());
            let raw = client.sync_request();
            let reply = client.ask(raw);
            bytes.extend_from_slice(reply.body());
            bytes.extend_from_slice(format!("{:?}", reply.headers()).as_bytes());
            client.sync_key = json(&reply)["SyncKey"].clone();
            client.check_key = json(&reply)["SyncCheckKey"].clone();
        }
        bytes
    };
    assert_eq!(run(), run());
    let other = Client::online(Setup { seed: 8, ..setup() });
    assert_ne!(other.sid, Client::online(setup()).sid);
}

#[test]
fn json_is_packed_for_those_who_take_it() {
    let mut client = Client::online(setup());
    let raw = client
        .contacts_request(0)
        .header("Accept-Encoding", Some("gzip, deflate"));
    let reply = client.ask(raw);
    assert_eq!(reply.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(reply.headers()[header::CONTENT_TYPE], "text/plain");
    assert_eq!(json(&reply)["MemberCount"], 20);
}

#[test]
fn memory_stays_bounded_over_a_long_run() {
    let limits = Limits {
        sync_log: 10,
        accepted: 20,
        faulty: 5,
        texts: 7,
        sends: 7,
        memory: 4,
        ..Limits::default()
    };
    let mut client = Client::online(Setup { limits, ..setup() });
    for number in 0..100 {
        friend_says(&mut client, &number.to_string());
        let raw = client
            .send_request("filehelper", "x")
            .header("Referer", None);
        client.ask(raw);
    }
    assert_eq!(client.drain().len(), 10, "the log keeps the newest");
    assert_eq!(client.server.received().len(), 7);
    assert_eq!(client.server.faults().count(), 5);
    assert!(client.server.records().len() <= 45);
    assert_eq!(client.server.tallies()[&Endpoint::SendMsg].requests, 100);
    for _ in 0..10 {
        client.log_in();
        client.init();
    }
    assert_eq!(client.server.accounts().len(), 4);
    assert_eq!(client.server.sessions().len(), 4);
    assert_eq!(client.server.logins().len(), 4);
    assert_eq!(client.check().1, "0");
}

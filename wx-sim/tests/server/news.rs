//! Polls and syncs, and what comes of lost ones.

use std::time::Duration;

use serde_json::Value;
use wx_sim::server::{Limits, Setup};

use crate::client::{Client, text};
use crate::walk::{assert_faultless, friend_says, setup};

#[test]
fn a_poll_is_held_and_woken_at_once() {
    let mut client = Client::online(setup());
    let before = client.now;
    assert_eq!(client.check(), ("0".to_owned(), "0".to_owned()));
    assert_eq!(client.now - before, Duration::from_secs(25));

    let raw = client.check_request();
    let id = client.start(raw);
    assert!(client.server.poll_reply().is_none());
    friend_says(&mut client, "wake up");
    let (answered, reply) = client.server.poll_reply().unwrap();
    assert_eq!(answered, id);
    assert_eq!(
        text(&reply),
        "window.synccheck={retcode:\"0\",selector:\"2\"}"
    );
    assert_eq!(
        client.server.poll_timeout(),
        None,
        "nothing is left to wake for"
    );
}

#[test]
fn the_two_key_lists_differ_and_grow() {
    let mut client = Client::online(setup());
    assert_eq!(client.sync_key["Count"], 4);
    friend_says(&mut client, "one");
    assert_eq!(client.check().1, "2");
    let reply = client.sync();
    assert!(reply["SyncKey"]["Count"].as_u64() > Some(4));
    assert_ne!(reply["SyncKey"], reply["SyncCheckKey"]);
    let value = |list: &Value| {
        let list = list["List"].as_array().unwrap();
        list.iter().find(|item| item["Key"] == 2).unwrap()["Val"]
            .as_u64()
            .unwrap()
    };
    assert_ne!(value(&reply["SyncKey"]), value(&reply["SyncCheckKey"]));
    assert_faultless(&client);
}

#[test]
fn an_older_key_brings_the_same_messages_again() {
    let mut client = Client::online(setup());
    let first = client.sync_key.clone();
    let id = friend_says(&mut client, "one");
    assert_eq!(client.drain().len(), 1);
    friend_says(&mut client, "two");
    assert_eq!(client.drain().len(), 1);
    client.sync_key = first;
    let reply = client.sync();
    assert_eq!(reply["AddMsgCount"], 2);
    assert_eq!(reply["AddMsgList"][0]["MsgId"], id.to_string());
    assert_eq!(reply["AddMsgList"][0]["NewMsgId"], id);
}

#[test]
fn more_than_a_page_sets_the_continue_flag() {
    let limits = Limits {
        sync_page: 3,
        ..Limits::default()
    };
    let mut client = Client::online(Setup { limits, ..setup() });
    for number in 0..7 {
        friend_says(&mut client, &number.to_string());
    }
    assert_eq!(client.check().1, "2");
    let flags: Vec<(u64, i64)> = (0..3)
        .map(|_| {
            let reply = client.sync();
            (
                reply["AddMsgCount"].as_u64().unwrap(),
                reply["ContinueFlag"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(flags, [(3, 1), (3, 1), (1, 0)]);
    assert_eq!(client.check().1, "0");
    assert_faultless(&client);
}

#[test]
fn an_abandoned_poll_is_forgotten() {
    let mut client = Client::online(setup());
    let raw = client.check_request();
    let id = client.start(raw);
    client.server.abandon(client.now, id);
    assert_eq!(client.server.poll_timeout(), None);
    friend_says(&mut client, "nobody listens");
    assert!(client.server.poll_reply().is_none());
    assert_eq!(client.drain().len(), 1);
    assert_faultless(&client);
}

#[test]
fn whoever_lost_a_reply_may_ask_again() {
    let mut client = Client::online(setup());
    client.drain();
    client.sync();
    let raw = client.check_request();
    let lost = client.start(raw);
    client.now += Duration::from_secs(25);
    client.server.handle_timeout(client.now);
    assert_eq!(client.server.poll_reply().unwrap().0, lost);
    client.server.abandon(client.now, lost);
    let before = client.server.faults().count();
    client.sync();
    assert_eq!(client.server.faults().count(), before);
}

#[test]
fn an_init_whose_reply_was_lost_can_be_made_again() {
    let mut client = Client::new(setup());
    client.log_in();
    let raw = client.init_request();
    client.start(raw);
    assert!(client.server.poll_reply().is_some());
    client.init();
    assert_eq!(client.check().0, "0");
    assert_faultless(&client);
}

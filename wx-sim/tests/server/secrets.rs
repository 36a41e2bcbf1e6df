//! What the service calls secret is all that it gives a client to keep.

use std::collections::BTreeSet;

use serde_json::Value;
use wx_sim::server::{Act, SecretKind, Setup};

use super::client::Client;

/// Cookies that say a language and points in time.
const HARMLESS: [&str; 3] = ["mm_lang", "wxloadtime", "wxpluginkey"];

#[test]
fn cookies_keys_and_tickets_are_secrets() {
    let mut client = Client::online(Setup::default());
    client.sync();
    let said: BTreeSet<String> = secrets(&client, |kind| kind <= SecretKind::Login);
    let cookies = client.cookies.iter();
    let cookies = cookies.filter(|(name, _)| !HARMLESS.contains(&name.as_str()));
    let query = client.redirect.split_once('?').unwrap().1;
    let of_login = query.split('&').filter_map(|pair| pair.split_once('='));
    let of_login = of_login.filter(|(name, _)| ["ticket", "uuid"].contains(name));
    let mut kept: Vec<String> = cookies.map(|(_, value)| value.clone()).collect();
    kept.extend(of_login.map(|(_, value)| value.to_owned()));
    kept.extend([
        client.uin.clone(),
        client.sid.clone(),
        client.skey.clone(),
        client.pass_ticket.clone(),
        client.uuid.clone(),
    ]);
    assert_eq!(kept.len(), 5 + 2 + 5);
    for text in kept {
        assert!(said.contains(&text), "{text} is no secret");
    }
}

#[test]
fn everybodys_names_and_words_are_secrets() {
    let mut client = Client::online(Setup::default());
    client.drain();
    client.act(Act::Text {
        from: "wxid_boris9d4k2".into(),
        text: "see you\nat nine".into(),
    });
    client.act(Act::FriendRequest {
        plain: "wxid_newcomer1".into(),
        nick: "Newcomer".into(),
        words: "we met".into(),
    });
    let news = client.drain();
    assert_eq!(news.len(), 2);
    let ticket = news[1]["RecommendInfo"]["Ticket"].as_str().unwrap();
    let said = secrets(&client, |_| true);
    for text in [
        ticket,
        "see you\nat nine",
        "at nine",
        "we met",
        "Newcomer",
        "wxid_newcomer1",
        "Boris",
        "boris_1984",
        "周末徒步\u{1f37a}",
        "领队",
        &client.me,
        &client.name("wxid_boris9d4k2"),
        &client.name("10241024@chatroom"),
    ] {
        assert!(said.contains(text), "{text} is no secret");
    }
    // What everybody has is nobody's.
    assert!(!said.contains("filehelper") && !said.contains("微信团队"));
    let names = |list: &Value| list.as_array().unwrap().len();
    let book = client.init();
    assert!(said.len() > 2 * names(&book["ContactList"]));
}

fn secrets(client: &Client, which: impl Fn(SecretKind) -> bool) -> BTreeSet<String> {
    let secrets = client.server.confidential().into_iter();
    let secrets = secrets.filter(|secret| which(secret.kind));
    secrets.map(|secret| secret.text).collect()
}

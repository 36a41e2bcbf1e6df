//! Who is around an account, and what stays the same from login to login.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use wx_sim::server::{Act, Cast, Setup};

use crate::client::{Client, json, ret};
use crate::walk::{assert_faultless, setup};

fn odd() -> Client {
    Client::online(Setup {
        cast: Cast::Odd,
        ..setup()
    })
}

/// The whole address book, page by page, and the pages themselves.
fn book(client: &mut Client) -> (Vec<Value>, Vec<Value>) {
    let (mut seq, mut contacts, mut pages) = (0, Vec::new(), Vec::new());
    loop {
        let raw = client.contacts_request(seq);
        let page = json(&client.ask(raw));
        contacts.extend(page["MemberList"].as_array().unwrap().iter().cloned());
        seq = page["Seq"].as_u64().unwrap();
        pages.push(page);
        if seq == 0 {
            return (contacts, pages);
        }
    }
}

/// What is known of a contact that no login changes.
fn stable(contact: &Value) -> Vec<String> {
    let head = contact["HeadImgUrl"].as_str().unwrap();
    let (_, seq) = head.split_once("seq=").unwrap();
    let seq = seq.split('&').next().unwrap().to_owned();
    let mut known = vec![seq];
    for name in [
        "NickName",
        "RemarkName",
        "Alias",
        "Sex",
        "Province",
        "AttrStatus",
    ] {
        known.push(contact[name].to_string());
    }
    known
}

#[test]
fn two_logins_of_one_account_change_all_names_and_nothing_else() {
    let mut client = odd();
    let uin = client.uin.clone();
    let (first, _) = book(&mut client);
    client.log_in_by_push();
    client.init();
    let (second, _) = book(&mut client);
    assert_eq!(client.uin, uin);
    assert_eq!(first.len(), second.len());
    let mut identities = BTreeSet::new();
    for (before, after) in first.iter().zip(&second) {
        let (old, new) = (&before["UserName"], &after["UserName"]);
        let fixed = !old.as_str().unwrap().starts_with('@');
        assert_eq!(old == new, fixed, "{old}");
        assert_eq!(stable(before), stable(after));
        identities.insert(stable(before));
    }
    let names: BTreeSet<&str> = first
        .iter()
        .map(|it| it["UserName"].as_str().unwrap())
        .collect();
    let rooms = names.iter().filter(|name| name.starts_with("@@")).count();
    assert!(
        identities.len() >= names.len() - rooms,
        "every person can be told apart"
    );
    let alias = first.iter().filter(|it| it["Alias"] != "").count();
    assert!(
        alias >= 4 && alias < first.len() / 2,
        "few have chosen an id"
    );
    assert_faultless(&client);
}

#[test]
fn odd_pages_count_and_order_otherwise() {
    let mut client = odd();
    let (contacts, pages) = book(&mut client);
    let names: BTreeMap<&str, usize> = contacts.iter().fold(BTreeMap::new(), |mut names, it| {
        *names.entry(it["UserName"].as_str().unwrap()).or_default() += 1;
        names
    });
    assert_eq!(names["filehelper"], 2, "one entry stands twice");
    assert!(pages.len() > 2);
    for page in &pages {
        assert!(
            page["MemberCount"].as_u64().unwrap() > 20,
            "the count is no length"
        );
        let members: Vec<&String> = page.as_object().unwrap().keys().collect();
        assert!(members.contains(&&"Stray".to_owned()));
    }
    let raw = client.contacts_request(0);
    let text = crate::client::text(&client.ask(raw));
    assert!(text.find("\"Seq\"") < text.find("\"MemberList\""));
    assert!(contacts.iter().all(|it| it.get("IsOwner").is_none()));
}

#[test]
fn odd_people_have_every_flag_and_name_that_was_seen() {
    let mut client = odd();
    let (contacts, _) = book(&mut client);
    let flags: BTreeSet<u64> = contacts
        .iter()
        .map(|it| it["ContactFlag"].as_u64().unwrap())
        .collect();
    for flag in [1, 3, 5, 11, 35, 67, 259, 515, 2051, 34819, 65539, 65603] {
        assert!(flags.contains(&flag), "{flag} in {flags:?}");
    }
    let verify: BTreeSet<u64> = contacts
        .iter()
        .map(|it| it["VerifyFlag"].as_u64().unwrap())
        .collect();
    assert!([0, 8, 24, 56, 136].iter().all(|flag| verify.contains(flag)));
    let has = |name: &str| contacts.iter().any(|it| it["UserName"] == name);
    assert!(has("gh_5566aabbccdd") && has("3046071@qqim") && has("newsapp"));
    let nick = |name: &str| contacts.iter().any(|it| it["NickName"] == name);
    assert!(nick("") && nick("\u{1b}[31mred\u{1b}[0m") && nick("\u{202e}txet\u{202c}"));
    assert!(nick(
        "&amp;lt;b&amp;gt; &amp;amp;amp; <span class=\"emoji emoji1f450\"></span\
                  <span class=\"emoji emoji1f450\"></span"
    ));
}

#[test]
fn a_large_room_comes_whole_and_its_members_one_by_one() {
    let mut client = odd();
    let room = client.name("60006000@chatroom");
    let raw = client.batch_request(&[&room]);
    let batch = json(&client.ask(raw));
    let record = &batch["ContactList"][0];
    let members = record["MemberList"].as_array().unwrap();
    assert_eq!((members.len(), &record["MemberCount"]), (480, &481.into()));
    let names: Vec<&str> = members[..50]
        .iter()
        .map(|it| it["UserName"].as_str().unwrap())
        .collect();
    // Members are asked for with the room's name, or with its id.
    for id in [room.as_str(), record["EncryChatRoomId"].as_str().unwrap()] {
        let raw = client.batch_request(&names).with(
            "\"EncryChatRoomId\":\"\"",
            &format!("\"EncryChatRoomId\":\"{id}\""),
        );
        let reply = json(&client.ask(raw));
        assert_eq!((ret(&reply), &reply["Count"]), (0, &50.into()));
    }
    assert_faultless(&client);
}

#[test]
fn nameless_rooms_stand_in_the_init_with_nameless_members() {
    let mut client = Client::new(Setup {
        cast: Cast::Odd,
        ..setup()
    });
    client.log_in();
    let init = client.init();
    let list = init["ContactList"].as_array().unwrap();
    for plain in ["63006300@chatroom", "64006400@chatroom"] {
        let room = client.name(plain);
        let record = list.iter().find(|it| it["UserName"] == room).unwrap();
        assert_eq!(record["NickName"], "");
        let members = record["MemberList"].as_array().unwrap();
        assert!(members.iter().all(|it| it["NickName"] == ""));
        assert!(record["MemberCount"].as_u64().unwrap() >= members.len() as u64);
        let raw = client.batch_request(&[&room]);
        let full = json(&client.ask(raw));
        let named = full["ContactList"][0]["MemberList"].as_array().unwrap();
        assert!(named.iter().all(|it| it["NickName"] != ""));
    }
}

#[test]
fn the_phone_lists_plain_ids_in_the_order_of_the_names() {
    let mut client = Client::online(Setup {
        plain_ids: true,
        ..setup()
    });
    client.act(Act::Notify {
        code: 4,
        chat: None,
    });
    let message = client.drain().remove(0);
    let names: Vec<&str> = message["StatusNotifyUserName"]
        .as_str()
        .unwrap()
        .split(',')
        .collect();
    let content = message["Content"].as_str().unwrap();
    let head = "&lt;msg&gt;<br/>&lt;op id='4'&gt;<br/>&lt;username&gt;";
    let rest = content
        .strip_prefix(head)
        .unwrap_or_else(|| panic!("{content}"));
    let (list, rest) = rest.split_once("&lt;/username&gt;").unwrap();
    let ids: Vec<&str> = list.split(',').collect();
    assert_eq!(ids.len(), names.len());
    for (id, name) in ids.iter().zip(names) {
        assert_eq!(client.name(id), name);
    }
    assert!(rest.contains("&lt;chat&gt;<br/>&lt;username&gt;filehelper&lt;/username&gt;"));

    let chat = Some("wxid_boris9d4k2".to_owned());
    for code in [1, 2, 5] {
        client.act(Act::Notify {
            code,
            chat: chat.clone(),
        });
        let message = client.drain().remove(0);
        let content = format!(
            "&lt;msg&gt;<br/>&lt;op id='{code}'&gt;<br/>&lt;username&gt;wxid_boris9d4k2&lt;\
             /username&gt;<br/>&lt;/op&gt;<br/>&lt;/msg&gt;"
        );
        assert_eq!(message["Content"], content);
        assert_eq!(message["StatusNotifyCode"], code);
    }
    client.act(Act::Notify {
        code: 9,
        chat: None,
    });
    let message = client.drain().remove(0);
    assert_eq!(
        (
            &message["StatusNotifyCode"],
            &message["StatusNotifyUserName"]
        ),
        (&9.into(), &"".into())
    );
}

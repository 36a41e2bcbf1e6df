//! Friends who are made and lost.

use serde_json::Value;
use wx_sim::server::{Act, Deed, DeedError, Language, Refusal, Remark, Setup, Whose};

use crate::client::{Client, changed};
use crate::media::bytes;
use crate::requests::{Change, Raw};
use crate::walk::{assert_faultless, online, setup};

const ANNA: &str = "wxid_anna7c20x1";
const BORIS: &str = "wxid_boris9d4k2";
const STRANGER: &str = "wxid_stra1c4v5b";

/// Somebody new asks; the message that tells.
fn request(client: &mut Client) -> Value {
    client.act(Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: "新\u{1f604} <友>".to_owned(),
        words: "我是 \"N\" & 你好".to_owned(),
    });
    let mut messages = client.drain();
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn part(message: &Value, name: &str) -> String {
    message["RecommendInfo"][name].as_str().unwrap().to_owned()
}

#[test]
fn a_request_comes_from_fmessage_and_shows_the_person() {
    let mut client = online();
    let message = request(&mut client);
    assert_eq!(
        (&message["MsgType"], &message["FromUserName"]),
        (&37.into(), &"fmessage".into())
    );
    let info = &message["RecommendInfo"];
    assert_eq!(info["UserName"], client.name("wxid_new0"));
    assert_eq!(
        info["NickName"],
        "新<span class=\"emoji emoji1f604\"></span> &lt;友&gt;"
    );
    assert_eq!(info["Content"], "我是 &quot;N&quot; &amp; 你好");
    assert_eq!(info["OpCode"], 2);
    assert!(part(&message, "Ticket").starts_with("v4_"));
    // The XML escapes attributes of its own, below the layer of the message.
    let content = message["Content"].as_str().unwrap();
    assert!(
        content.starts_with("&lt;msg fromusername=\"wxid_new0\""),
        "{content}"
    );
    assert!(content.contains("content=\"我是 &amp;quot;N&amp;quot; &amp;amp; 你好\""));
    // The same request once more is the same.
    let again = request(&mut client);
    assert_eq!(part(&again, "Ticket"), part(&message, "Ticket"));
    assert_eq!(part(&again, "UserName"), part(&message, "UserName"));
    assert_ne!(again["MsgId"], message["MsgId"]);
    assert_eq!(client.server.accounts()[0].requests, ["wxid_new0"]);
}

#[test]
fn an_accepted_request_makes_a_friend() {
    let mut client = online();
    let message = request(&mut client);
    let (name, ticket) = (part(&message, "UserName"), part(&message, "Ticket"));
    let raw = client.send_request(&name, "too early");
    assert_eq!(client.answer(raw), 1204);
    let raw = client.verify_request(3, &name, &ticket);
    assert_eq!(client.answer(raw), 0);
    assert!(client.last().is_accepted());
    let news = client.news();
    assert_eq!(changed(&news, &name)["ContactFlag"], 3);
    let notice = &news["AddMsgList"][0];
    assert_eq!(
        (&notice["MsgType"], &notice["FromUserName"]),
        (&10_000.into(), &name.clone().into())
    );
    let words = notice["Content"].as_str().unwrap();
    assert!(words.starts_with("你已添加了新") && words.ends_with("，现在可以开始聊天了。"));
    let raw = client.send_request(&name, "hello");
    assert_eq!(client.answer(raw), 0);
    // A ticket is good once.
    let raw = client.verify_request(3, &name, &ticket);
    assert_eq!(client.answer(raw), -2);
    assert_eq!(client.last().refusal, Some(Refusal::VerifyTicket));
    let asks = Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: String::new(),
        words: String::new(),
    };
    assert_eq!(
        client.server.act(client.now, Deed::In(Whose::Latest, asks)),
        Err(DeedError::Already("wxid_new0".to_owned()))
    );
}

#[test]
fn a_request_can_be_rejected() {
    let mut client = online();
    let message = request(&mut client);
    let (name, ticket) = (part(&message, "UserName"), part(&message, "Ticket"));
    let raw = client.verify_request(4, &name, &ticket);
    assert_eq!(client.answer(raw), 0);
    assert!(client.server.accounts()[0].requests.is_empty());
    assert_eq!(client.check().1, "0");
}

#[test]
fn a_request_is_judged() {
    type Case = (fn(&mut Client, &str, &str) -> Raw, Refusal, i64);
    let cases: [Case; 5] = [
        (
            |c, name, _| c.verify_request(3, name, ""),
            Refusal::VerifyTicket,
            -2,
        ),
        (
            |c, _, ticket| c.verify_request(3, ANNA, ticket),
            Refusal::UnknownUser,
            1,
        ),
        (
            |c, _, ticket| {
                let anna = c.name(ANNA);
                c.verify_request(3, &anna, ticket)
            },
            Refusal::VerifyTicket,
            -2,
        ),
        (
            |c, name, ticket| c.verify_request(7, name, ticket),
            Refusal::Member("Opcode"),
            1,
        ),
        (
            |c, name, ticket| {
                c.verify_request(3, name, ticket)
                    .with("\"VerifyUserList\"", "\"UserList\"")
            },
            Refusal::Member("VerifyUserList"),
            1,
        ),
    ];
    for (make, refusal, code) in cases {
        let mut client = online();
        let message = request(&mut client);
        let raw = make(
            &mut client,
            &part(&message, "UserName"),
            &part(&message, "Ticket"),
        );
        assert_eq!(client.answer(raw), code);
        assert_eq!(client.last().refusal, Some(refusal));
    }
}

#[test]
fn what_the_page_sends_with_a_request_is_known() {
    let cases: [(Change, Remark); 5] = [
        (
            |raw| raw.with("[33]", "[30]"),
            Remark::MemberForm("SceneList"),
        ),
        (
            |raw| raw.with("\"SceneListCount\":1", "\"SceneListCount\":2"),
            Remark::MemberForm("SceneListCount"),
        ),
        (
            |raw| raw.with("\"VerifyUserListSize\":1", "\"VerifyUserListSize\":2"),
            Remark::MemberForm("VerifyUserListSize"),
        ),
        (
            |raw| raw.with(",\"skey\":\"", ",\"skey\":\"1_2|"),
            Remark::MemberForm("skey"),
        ),
        (
            |raw| raw.with("\"VerifyContent\":\"\",", ""),
            Remark::MissingMember("VerifyContent"),
        ),
    ];
    for (change, remark) in cases {
        let mut client = online();
        let stranger = client.name(STRANGER);
        let raw = change(client.verify_request(2, &stranger, ""));
        assert_eq!(client.answer(raw), 0);
        assert_eq!(client.last().remarks, [remark]);
    }
}

#[test]
fn a_stranger_is_asked_and_answers_later() {
    let mut client = online();
    for plain in [STRANGER, "wxid_strb6n7m8q"] {
        let name = client.name(plain);
        let raw = client.verify_request(2, &name, "");
        assert_eq!(client.answer(raw), 0);
        assert_eq!(client.server.accounts()[0].asked, [plain]);
        assert_eq!(client.check().1, "0", "nothing is told before the answer");
        client.act(Act::FriendAccepts {
            who: plain.to_owned(),
        });
        let news = client.news();
        assert_eq!(changed(&news, &name)["ContactFlag"], 3);
        let words = news["AddMsgList"][0]["Content"].as_str().unwrap();
        assert!(words.starts_with("我通过了你的朋友验证请求"));
    }
    let anna = client.name(ANNA);
    let raw = client.verify_request(2, &anna, "");
    assert_eq!(client.answer(raw), -2);
    assert_faultless(&client);
    let deed = Act::FriendAccepts {
        who: "Zoe".to_owned(),
    };
    let deed = client.server.act(client.now, Deed::In(Whose::Latest, deed));
    assert_eq!(deed, Err(DeedError::NotAsked("Zoe".to_owned())));
}

#[test]
fn an_official_account_is_followed_at_once() {
    let mut client = online();
    client.act(Act::ContactDeleted {
        who: "gh_a1b2c3d4e5f6".to_owned(),
    });
    client.news();
    let paper = client.name("gh_a1b2c3d4e5f6");
    let raw = client.verify_request(1, &paper, "");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(changed(&client.news(), &paper)["ContactFlag"], 3);
}

#[test]
fn who_dropped_the_user_answers_with_a_notice() {
    for (language, words) in [
        (
            Language::ZhCn,
            "Boris开启了朋友验证，你还不是他（她）朋友。",
        ),
        (Language::ZhTw, "Boris開啟了朋友驗證"),
        (Language::En, "Boris has enabled Friend Confirmation"),
    ] {
        let mut client = Client::online(Setup {
            language,
            ..setup()
        });
        client.act(Act::Unfriends {
            who: BORIS.to_owned(),
        });
        assert_eq!(client.check().1, "0", "nobody is told");
        let boris = client.name(BORIS);
        let raw = client.send_request(&boris, "are you there?");
        assert_eq!(client.answer(raw.clone()), 0);
        // The same once more is not told twice.
        assert_eq!(client.answer(raw), 0);
        let messages = client.drain();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0]["MsgType"], 10_000);
        assert_eq!(messages[0]["FromUserName"], boris);
        assert!(messages[0]["Content"].as_str().unwrap().starts_with(words));
        let picture = client.file("a.jpg", "image/jpeg", bytes(9));
        let media_id = client.upload(&picture);
        let raw = client.image_request(&boris, &media_id);
        assert_eq!(client.answer(raw), 0);
        assert_eq!(client.drain().len(), 1, "whatever was sent");
        // A new request heals it.
        let raw = client.verify_request(2, &boris, "");
        assert_eq!(client.answer(raw), 0);
        client.act(Act::FriendAccepts {
            who: BORIS.to_owned(),
        });
        client.drain();
        let raw = client.send_request(&boris, "again");
        assert_eq!(client.answer(raw), 0);
        assert_eq!(client.check().1, "0");
        assert_faultless(&client);
    }
}

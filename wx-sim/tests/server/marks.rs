//! Remarks, pins and other marks, the own profile, and how often is too often.

use std::time::Duration;

use wx_sim::server::{Act, Class, Deed, Mark, Rate, Refusal, Remark, Setup};

use crate::client::{Client, changed, json};
use crate::requests::Make;
use crate::walk::{assert_faultless, online, setup};

const ANNA: &str = "wxid_anna7c20x1";
const BORIS: &str = "wxid_boris9d4k2";
const STRANGER: &str = "wxid_stra1c4v5b";

#[test]
fn a_remark_arrives_through_the_sync() {
    let mut client = online();
    let boris = client.name(BORIS);
    let raw = client.remark_request(&boris, "B & \\\"B\\\"");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.check().1, "4");
    let news = client.sync();
    assert_eq!(
        changed(&news, &boris)["RemarkName"],
        "B &amp; &quot;B&quot;"
    );
    let raw = client.remark_request(&boris, "");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(changed(&client.news(), &boris)["RemarkName"], "");
    assert_faultless(&client);
}

#[test]
fn a_remark_may_have_no_effect_and_no_error() {
    let mut client = Client::online(Setup {
        remarks_work: false,
        ..setup()
    });
    let anna = client.name(ANNA);
    let raw = client.remark_request(&anna, "other");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(changed(&client.news(), &anna)["RemarkName"], "安娜");
}

#[test]
fn a_pin_without_the_remark_wipes_it() {
    let mut client = online();
    let anna = client.name(ANNA);
    for (on, flag) in [(true, 2051), (false, 3)] {
        let raw = client.pin_request(&anna, on, "安娜");
        assert_eq!(client.answer(raw), 0);
        let news = client.news();
        let contact = changed(&news, &anna);
        assert_eq!(
            (&contact["ContactFlag"], &contact["RemarkName"]),
            (&flag.into(), &"安娜".into())
        );
    }
    assert_faultless(&client);
    let raw = client
        .pin_request(&anna, true, "x")
        .with(",\"RemarkName\":\"x\"", "");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(client.last().remarks, [Remark::MissingMember("RemarkName")]);
    let news = client.news();
    let contact = changed(&news, &anna);
    assert_eq!(
        (&contact["ContactFlag"], &contact["RemarkName"]),
        (&2051.into(), &"".into())
    );
    let raw = client.pin_request(&anna, true, "not hers");
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::MemberForm("RemarkName")]);
    client.news();
}

#[test]
fn rooms_are_pinned_and_keep_no_remark() {
    let mut client = online();
    let room = client.name("10241024@chatroom");
    let raw = client.pin_request(&room, true, "");
    assert_eq!(client.answer(raw), 0);
    let news = client.news();
    let record = changed(&news, &room);
    assert_eq!(record["ContactFlag"], 2051);
    assert_eq!(record["MemberCount"], 4);
    let raw = client.remark_request(&room, "mine");
    assert_eq!(client.answer(raw), 0);
    assert_eq!(changed(&client.news(), &room)["RemarkName"], "");
    assert_faultless(&client);
}

#[test]
fn an_operation_is_judged() {
    let cases: [(Make, Refusal); 4] = [
        (|c| c.remark_request("@nobody", "x"), Refusal::UnknownUser),
        (
            |c| {
                c.remark_request("filehelper", "x")
                    .with("RemarkName", "Remark")
            },
            Refusal::Member("RemarkName"),
        ),
        (
            |c| c.remark_request("filehelper", "x").with(":2,", ":4,"),
            Refusal::Member("CmdId"),
        ),
        (
            |c| {
                c.pin_request("filehelper", true, "")
                    .with("\"OP\":1", "\"OP\":2")
            },
            Refusal::Member("OP"),
        ),
    ];
    for (make, refusal) in cases {
        let mut client = online();
        let raw = make(&mut client);
        assert_eq!(client.answer(raw), 1);
        assert_eq!(client.last().refusal, Some(refusal));
    }
}

#[test]
fn marks_of_the_phone_arrive_as_flags() {
    for (mark, flag) in [
        (Mark::Mute, 515),
        (Mark::Star, 67),
        (Mark::Pin, 2051),
        (Mark::Block, 11),
    ] {
        let mut client = online();
        for (on, flag) in [(true, flag), (false, 3)] {
            client.act(Act::Marked {
                who: BORIS.to_owned(),
                mark,
                on,
            });
            let boris = client.name(BORIS);
            assert_eq!(
                changed(&client.news(), &boris)["ContactFlag"],
                flag,
                "{mark:?}"
            );
        }
    }
    let mut client = online();
    let room = client.name("20482048@chatroom");
    for on in [true, false] {
        client.act(Act::Marked {
            who: "20482048@chatroom".to_owned(),
            mark: Mark::Mute,
            on,
        });
        assert_eq!(changed(&client.news(), &room)["Statues"], u32::from(!on));
        let raw = client.batch_request(&[&room]);
        let batch = json(&client.ask(raw));
        assert_eq!(batch["ContactList"][0]["Statues"], u32::from(!on));
    }
}

#[test]
fn a_changed_profile_comes_with_its_own_number() {
    let mut client = online();
    client.act(Act::Profile {
        nick: Some("新名\u{1f604}".to_owned()),
        picture: false,
    });
    let profile = client.news()["Profile"].clone();
    assert_eq!(profile["BitFlag"], 190);
    assert_eq!(
        profile["NickName"]["Buff"],
        "新名<span class=\"emoji emoji1f604\"></span>"
    );
    assert_eq!(profile["HeadImgUpdateFlag"], 0);
    client.act(Act::Profile {
        nick: None,
        picture: true,
    });
    let profile = client.news()["Profile"].clone();
    assert_eq!(
        (&profile["BitFlag"], &profile["HeadImgUpdateFlag"]),
        (&190.into(), &1.into())
    );
    let head = profile["HeadImgUrl"].as_str().unwrap();
    assert!(
        head.contains(&format!("&username={}&", client.me)),
        "{head}"
    );
    let own = client.init();
    assert!(
        own["User"]["NickName"]
            .as_str()
            .unwrap()
            .starts_with("新名")
    );
    assert_eq!(client.sync()["Profile"]["BitFlag"], 0);
}

#[test]
fn each_class_is_counted_apart() {
    let window = Duration::from_secs(60);
    let once = Some(Rate { texts: 1, window });
    type Case = (Class, Make);
    let cases: [Case; 5] = [
        (Class::Lookup, |c| c.batch_request(&["filehelper"])),
        (Class::Remark, |c| c.remark_request("weixin", "x")),
        (Class::Friend, |c| {
            let who = c.name(STRANGER);
            c.verify_request(2, &who, "")
        }),
        (Class::NewRoom, |c| {
            let who = c.name(ANNA);
            c.create_room_request(&[&who], "")
        }),
        (Class::Room, |c| {
            let room = c.name("10241024@chatroom");
            c.room_request("modtopic", &room, "\"NewTopic\":\"x\"")
        }),
    ];
    for (class, make) in cases {
        let mut client = online();
        client.deed(Deed::RateOf(class, once));
        for code in [0, 1205, 1205] {
            let raw = make(&mut client);
            assert_eq!(client.answer(raw), code, "{class:?}");
        }
        // Nothing else is slowed down.
        let raw = client.send_request("filehelper", "x");
        assert_eq!(client.answer(raw), 0);
        client.wait(window);
        let raw = make(&mut client);
        assert_eq!(client.answer(raw), 0, "{class:?}");
        client.deed(Deed::RateOf(class, None));
        let raw = make(&mut client);
        assert_eq!(client.answer(raw), 0, "{class:?}");
        assert_faultless(&client);
    }
}

//! The control: what it does, and whom it lets in.

use serde_json::{Value, json};
use wx_sim::{
    control::Control,
    listen::Listener,
    server::{Class, Phone, Setup},
};

use crate::raw::{JSLOGIN, Raw, Session, new_code, poll_path};

fn service(phone: Phone) -> (Listener, Control) {
    let service = Listener::bind(
        "127.0.0.1:0",
        Setup {
            phone,
            ..Setup::default()
        },
    )
    .unwrap();
    let control = Control::bind("127.0.0.1:0", &service).unwrap();
    (service, control)
}

fn order(control: &Control, name: &str, body: &Value) -> (u16, Value) {
    let reply = Raw::to(&control.url()).post(&format!("/{name}"), "", body.to_string());
    assert_eq!(reply.header("content-type"), Some("application/json"));
    (reply.status, reply.json())
}

fn look(control: &Control, path: &str) -> Value {
    let reply = Raw::to(&control.url()).get(path);
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[test]
fn the_phone_is_played() {
    let (service, control) = service(Phone::Manual);
    let (status, nothing) = order(&control, "scan", &json!({}));
    assert_eq!(status, 409);
    assert_eq!(nothing["error"], "no such code, or its life is over");

    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    assert_eq!(look(&control, "/state")["logins"][0]["stage"], "open");
    assert_eq!(order(&control, "scan", &json!({ "uuid": uuid })).0, 200);
    assert!(
        raw.get(&poll_path(&uuid))
            .text()
            .starts_with("window.code=201;")
    );
    assert_eq!(
        order(&control, "confirm", &json!({})).1,
        json!({ "ok": true, "account": 0 })
    );
    assert!(
        raw.get(&poll_path(&uuid))
            .text()
            .starts_with("window.code=200;")
    );
    assert_eq!(look(&control, "/state")["logins"][0]["stage"], "confirmed");
}

#[test]
fn friends_write_and_take_back() {
    let (service, control) = service(Phone::default());
    let mut session = Session::open(service.address());
    let mut poll = session.poll(service.address());
    let text = json!({ "from": "Anna", "text": "你好 \u{1f604}", "account": 0 });
    let (status, done) = order(&control, "message", &text);
    assert_eq!(
        (status, &done["ok"], &done["account"]),
        (200, &json!(true), &json!(0))
    );
    assert!(poll.read().unwrap().text().contains("selector:\"2\""));
    let msg_id = done["msg_id"].as_str().unwrap();
    assert_eq!(
        order(&control, "recall", &json!({ "msg_id": msg_id })).0,
        200
    );
    let unknown = order(&control, "recall", &json!({ "msg_id": "1" }));
    assert_eq!(unknown, (409, json!({ "error": "no message 1" })));

    let people = look(&control, "/people");
    let room = people["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["room"] == true)
        .unwrap();
    let said = json!({ "room": room["plain"], "from": "Boris", "text": "hi", "mention": true });
    assert_eq!(order(&control, "message", &said).0, 200);

    session.say("from the client", "16725312500001234");
    session.raw.read().unwrap();
    let state = look(&control, "/state");
    assert_eq!(state["received"][0]["text"], "from the client");
    assert_eq!(state["received"][0]["chat"], "filehelper");
    assert_eq!(state["received"][0]["kind"], "text");

    assert_eq!(order(&control, "kick", &json!({ "code": 1100 })).0, 200);
    assert_eq!(look(&control, "/state")["sessions"][0]["over"], 1100);
    assert_eq!(order(&control, "kick", &json!({})).0, 409);
}

#[test]
fn friends_send_what_is_no_text() {
    let (service, control) = service(Phone::default());
    let mut session = Session::open(service.address());
    for order_ in [
        json!({ "from": "Anna", "kind": "image", "bytes": 2000 }),
        json!({ "from": "Anna", "kind": "gif", "bytes": "R0lGODlh", "veiled": true }),
        // What the service has, the same picture as a sticker.
        json!({ "from": "Anna", "kind": "gif", "bytes": { "md5": "1ac2109d47dbc72551f71df89d01ed18" } }),
        json!({ "from": "Anna", "kind": "store_sticker" }),
        json!({ "from": "Anna", "kind": "voice", "seconds": 1.5 }),
        json!({ "from": "Anna", "kind": "video", "seconds": 9, "micro": true }),
        json!({ "from": "Boris", "room": "10241024@chatroom", "kind": "file", "name": "a.txt" }),
        json!({ "from": "Anna", "kind": "link", "title": "t", "url": "https://example.org/" }),
        json!({ "from": "Anna", "kind": "location", "label": "l", "x": "1.5", "y": "2.5" }),
        json!({ "from": "Anna", "kind": "card", "who": "Boris" }),
        json!({ "from": "Anna", "kind": "quote", "name": "n", "quoted": "q", "text": "t" }),
        json!({ "from": "Anna", "kind": "red_packet" }),
        json!({ "from": "Anna", "kind": "transfer", "amount": "1" }),
        json!({ "from": "Anna", "kind": "mini_program", "title": "t", "name": "n" }),
        json!({ "from": "Anna", "kind": "text", "text": "and a text" }),
    ] {
        let (status, done) = order(&control, "message", &order_);
        assert_eq!(
            (status, &done["ok"]),
            (200, &json!(true)),
            "{order_} {done}"
        );
    }
    let (_, done) = order(
        &control,
        "message",
        &json!({ "from": "Anna", "text": "asked" }),
    );
    let reply = json!({ "from": "Anna", "kind": "reply", "msg_id": done["msg_id"], "quoted": "asked", "text": "t" });
    assert_eq!(order(&control, "message", &reply).0, 200);
    let own = json!({ "to": "Anna", "kind": "image", "account": 0 });
    let (status, done) = order(&control, "own", &own);
    assert_eq!(status, 200);
    // The picture is there for whoever asks with the cookies of the session.
    let id = done["msg_id"].as_str().unwrap();
    let path = format!("/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID={id}");
    let picture = session.raw.get_with(&path, &session.cookies);
    assert_eq!(picture.header("content-type"), Some("image/jpeg"));
    assert_eq!(picture.body.len(), 4096);

    let unknown = json!({ "md5": "00000000000000000000000000000000" });
    let unknown = json!({ "from": "Anna", "kind": "image", "bytes": unknown });
    assert_eq!(order(&control, "message", &unknown).0, 409);

    for (body, sentence) in [
        (json!({ "kind": "image" }), "missing field `from`"),
        (
            json!({ "from": "Anna", "kind": "image", "bytes": "%" }),
            "bytes is no number of bytes, no Base64 and no md5",
        ),
        (
            json!({ "from": "Anna", "kind": "image", "veiled": 1 }),
            "veiled is not true or false",
        ),
        (
            json!({ "from": "Anna", "kind": "file" }),
            "missing field `name`",
        ),
        (
            json!({ "from": "Anna", "kind": "voice", "seconds": -1 }),
            "seconds is not a time",
        ),
        (
            json!({ "from": "Nemo", "kind": "image" }),
            "nobody is called \"Nemo\"",
        ),
    ] {
        let refused = order(&control, "message", &body);
        assert_eq!(refused, (400, json!({ "error": sentence })), "{body}");
    }
    let (_, unknown) = order(
        &control,
        "message",
        &json!({ "from": "Anna", "kind": "smell" }),
    );
    let sentence = unknown["error"].as_str().unwrap();
    assert!(sentence.contains("`mini_program`"), "{sentence}");
}

#[test]
fn classes_of_calls_are_limited_apart() {
    let (service, control) = service(Phone::Manual);
    let rate = json!({ "class": "upload", "texts": 0, "seconds": 60 });
    assert_eq!(order(&control, "rate", &rate).0, 200);
    let rates = service.with(|server| server.setup().rates.clone());
    assert_eq!(rates[&Class::Upload].texts, 0);
    assert_eq!(
        order(&control, "rate", &json!({ "class": "upload" })).0,
        200
    );
    assert!(service.with(|server| server.setup().rates.is_empty()));
    let (status, unknown) = order(&control, "rate", &json!({ "class": "smell" }));
    assert_eq!(
        (status, unknown),
        (400, json!({ "error": "there is no class \"smell\"" }))
    );
}

#[test]
fn faults_of_requests_are_listed() {
    let (service, control) = service(Phone::Manual);
    let mut raw = Raw::connect(service.address());
    raw.get("/jslogin?appid=none");
    raw.get("/nowhere");
    raw.get_with(
        JSLOGIN,
        "User-Agent: Mozilla/5.0\r\nAccept-Language: zh-CN\r\nReferer: https://wx.qq.com/\r\n",
    );
    let all = look(&control, "/requests");
    let faults = look(&control, "/requests?malformed=1");
    assert_eq!(all["requests"], 3);
    assert_eq!(all["list"].as_array().unwrap().len(), 3);
    assert_eq!(faults["refused"], 2);
    assert_eq!(faults["list"][0]["refusal"], "wrong appid");
    assert_eq!(faults["list"][1]["endpoint"], "unknown");
    let listed = faults["list"].as_array().unwrap();
    assert!(listed.iter().all(|record| record["verdict"] != "accepted"));
    assert_eq!(listed.len() as u64, faults["malformed"].as_u64().unwrap());
}

#[test]
fn faults_on_the_wire_are_planted() {
    let (service, control) = service(Phone::Manual);
    let fault = json!({ "endpoint": "jslogin", "fault": "unavailable", "seconds": 2, "times": 2 });
    assert_eq!(order(&control, "fault", &fault).0, 200);
    assert_eq!(service.planted(), 2);
    assert_eq!(Raw::connect(service.address()).get(JSLOGIN).status, 503);
}

#[test]
fn bodies_that_are_not_understood_get_one_sentence() {
    let (_service, control) = service(Phone::default());
    let mut raw = Raw::to(&control.url());
    for (name, body, sentence) in [
        (
            "scan",
            "{",
            "the body is not JSON: EOF while parsing an object at line 1 column 1",
        ),
        ("scan", "[]", "the body is not a JSON object"),
        (
            "scan",
            "{\"uuid\": 1}",
            "invalid type: integer `1`, expected a string",
        ),
        ("message", "{}", "missing field `from`"),
        (
            "message",
            "{\"from\":\"Anna\",\"txt\":\"hi\"}",
            "unknown field `txt`, expected one of `from`, `text`, `room`, `mention`",
        ),
        (
            "message",
            "{\"from\":\"A\",\"text\":\"t\",\"mention\":true}",
            "mention needs a room",
        ),
        (
            "recall",
            "{\"msg_id\":\"x\"}",
            "msg_id is not a string of digits",
        ),
        ("kick", "{\"code\":7}", "code is not 1100, 1101 or 1102"),
        ("kick", "{\"account\":\"x\"}", "account is not a number"),
        ("bar", "{\"account\":0}", "/bar takes no account"),
        (
            "confirm",
            "{\"account\":0,\"uuid\":\"x\"}",
            "uuid and account exclude each other",
        ),
        (
            "rate",
            "{\"class\":\"gossip\"}",
            "there is no class \"gossip\"",
        ),
        (
            "mark",
            "{\"who\":\"Anna\",\"mark\":\"read\"}",
            "there is no mark \"read\"",
        ),
        ("rate", "{\"texts\":3}", "a rate needs texts and seconds"),
        (
            "rate",
            "{\"texts\":3,\"seconds\":-1}",
            "seconds is not a time",
        ),
        (
            "fault",
            "{\"endpoint\":\"*\",\"fault\":\"fire\"}",
            "there is no fault \"fire\"",
        ),
        (
            "fault",
            "{\"endpoint\":\"*\",\"fault\":\"stall\"}",
            "stall needs a size",
        ),
    ] {
        let reply = raw.post(&format!("/{name}"), "", body);
        assert_eq!(reply.json(), json!({ "error": sentence }), "{name} {body}");
        assert_eq!(reply.status, 400);
    }
    let (_, control) = {
        let (service, control) = service(Phone::default());
        drop(Session::open(service.address()));
        (service, control)
    };
    let (status, nobody) = order(
        &control,
        "message",
        &json!({ "from": "Nemo", "text": "hi" }),
    );
    assert_eq!(
        (status, nobody),
        (400, json!({ "error": "nobody is called \"Nemo\"" }))
    );
}

#[test]
fn other_paths_and_methods() {
    let (_service, control) = service(Phone::Manual);
    let mut raw = Raw::to(&control.url());
    assert_eq!(raw.get("/nothing").status, 404);
    assert_eq!(raw.post("/nothing", "", "{}").status, 404);
    assert_eq!(raw.get("/scan").status, 405);
    assert_eq!(raw.post("/state", "", "").status, 405);
    assert_eq!(raw.get("/people").status, 409);
    assert_eq!(raw.get("/people?account=x").status, 400);
    let routes = raw.get("/").json();
    assert!(
        routes["post"]
            .as_array()
            .unwrap()
            .contains(&json!("recall"))
    );
}

#[test]
fn only_this_page_of_this_machine_is_let_in() {
    let (service, control) = service(Phone::Manual);
    let host = control.url().replace("http://", "");
    let port = host.split(':').nth(1).unwrap();
    let mut raw = Raw::to(&control.url());
    let mut status = |host: &str, origin: &str| {
        raw.write(format!(
            "POST /bar HTTP/1.1\r\nHost: {host}\r\n{origin}Content-Length: 0\r\n\r\n"
        ));
        let reply = raw.read().unwrap();
        assert!(reply.status == 200 || reply.json()["error"].is_string());
        reply.status
    };
    for foreign in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1:1",
        "127.0.0.1",
    ] {
        assert_eq!(status(foreign, ""), 403, "{foreign}");
    }
    for foreign in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
        "",
    ] {
        assert_eq!(
            status(&host, &format!("Origin: {foreign}\r\n")),
            403,
            "{foreign}"
        );
    }
    // The service's own port is another page.
    assert_eq!(
        status(&host, &format!("Origin: {}\r\n", service.url())),
        403
    );
    assert!(!service.with(|server| server.setup().barred));

    assert_eq!(status(&format!("localhost:{port}"), ""), 200);
    assert_eq!(
        status(&host, &format!("Origin: {}\r\n", control.url())),
        200
    );
    assert!(service.with(|server| server.setup().barred));
}

#[test]
fn people_and_rooms_are_played() {
    let (service, control) = service(Phone::default());
    let _session = Session::open(service.address());
    let room = "10241024@chatroom";
    for (name, body) in [
        (
            "request",
            json!({ "plain": "wxid_new0", "nick": "New", "words": "hi" }),
        ),
        ("unfriend", json!({ "who": "Boris" })),
        ("mark", json!({ "who": "Zoe", "mark": "star" })),
        (
            "mark",
            json!({ "who": "Zoe", "mark": "mute", "account": 0 }),
        ),
        ("profile", json!({ "nick": "Me again" })),
        ("join", json!({ "room": room, "who": "Quin", "by": "me" })),
        (
            "join",
            json!({ "room": room, "who": "Zoe", "by": "Anna", "code": true }),
        ),
        ("put_out", json!({ "room": room, "who": "Zoe" })),
        (
            "rename",
            json!({ "room": room, "by": "Quin", "topic": "Renamed" }),
        ),
    ] {
        let (status, done) = order(&control, name, &body);
        assert_eq!((status, &done["ok"]), (200, &json!(true)), "{name} {done}");
    }
    let state = look(&control, "/state");
    assert_eq!(state["accounts"][0]["requests"], json!(["wxid_new0"]));
    assert_eq!(state["accounts"][0]["nick_name"], "Me again");
    let people = look(&control, "/people");
    let people = people["people"].as_array().unwrap();
    let flag = |nick: &str| {
        let mut found = people.iter().filter(|it| it["nick_name"] == nick);
        found.next().unwrap()["contact_flag"].clone()
    };
    assert_eq!(flag("Zoe"), 0x243);
    assert!(
        people
            .iter()
            .any(|it| it["nick_name"] == "Renamed" && it["room"] == true)
    );
    assert!(people.iter().any(|it| it["alias"] == "boris_1984"));
    let (status, refused) = order(&control, "accept", &json!({ "who": "Zoe" }));
    assert_eq!(
        (status, &refused["error"]),
        (409, &json!("\"Zoe\" was not asked"))
    );
}

#[test]
fn doors_and_limits_are_set() {
    let (service, control) = service(Phone::Manual);
    for (name, body) in [
        (
            "rate",
            json!({ "class": "lookup", "texts": 1, "seconds": 60 }),
        ),
        (
            "rate",
            json!({ "class": "friend", "texts": 1, "seconds": 60 }),
        ),
        ("rate", json!({ "class": "friend" })),
        ("desktop_only", json!({})),
        ("push", json!({ "allowed": false })),
    ] {
        assert_eq!(order(&control, name, &body).0, 200, "{name}");
    }
    service.with(|server| {
        let setup = server.setup();
        assert_eq!(setup.rates.len(), 1);
        assert_eq!((setup.desktop_only, setup.push), (true, false));
    });
    // Nobody's phone can scan before somebody has logged in.
    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    assert_eq!(order(&control, "scan", &json!({ "account": 0 })).0, 409);
    assert_eq!(order(&control, "confirm", &json!({})).0, 200);
    let next = new_code(&mut raw);
    assert_ne!(next, uuid);
    let (status, done) = order(&control, "scan", &json!({ "uuid": next, "account": 0 }));
    assert_eq!((status, done), (200, json!({ "ok": true, "account": 0 })));
    assert_eq!(
        order(&control, "confirm", &json!({ "account": 0 })).0,
        409,
        "nothing was pushed"
    );
}

//! The example `gateway` as programs in other languages see it: bytes over a socket.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../examples/gateway/api.rs"]
mod api;
#[path = "../examples/gateway/feed.rs"]
mod feed;
#[path = "../examples/gateway/wire.rs"]
mod wire;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use wx_blocking::{
    Session, Transport,
    wx_proto::{Close, Config, EventKind, Hosts, Pace, Ret},
};
use wx_sim::{
    listen::{Fault, Listener},
    server::{Act, Code, Deed, Phone, Rate, Said, Setup, Whose},
};

use self::{api::Gateway, feed::Feed};

/// Nothing takes longer on one machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name that the account gave her.
const ANNA: &str = "%E5%AE%89%E5%A8%9C";

/// A gateway, its session, and the service behind both.
struct Scene {
    service: Listener,
    session: Session,
    gateway: Arc<Gateway>,
    address: SocketAddr,
}

impl Scene {
    fn new(phone: Phone) -> Self {
        let setup = Setup {
            phone,
            ..Setup::default()
        };
        let service = Listener::bind("127.0.0.1:0", setup).unwrap();
        let mut config = Config::default();
        config.hosts = Hosts::mapped(&service.url()).unwrap();
        config.pace = Pace::FREE;
        config.pace.wait = Duration::ZERO;
        let (session, events) = Session::spawn(config, &Transport::new().unwrap());
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let gateway = Gateway::start(socket, session.clone()).unwrap();
        let listening = Arc::clone(&gateway);
        thread::spawn(move || listening.listen(events, |_| {}));
        Self {
            service,
            session,
            gateway,
            address,
        }
    }

    fn online() -> Self {
        let moment = Duration::from_millis(20);
        let scene = Self::new(Phone::Auto {
            scan_after: moment,
            confirm_after: moment,
        });
        scene.event(0, |event| event["event"] == "roster");
        scene
    }

    /// Sends these bytes, and reads what comes back.
    fn raw(&self, request: &[u8]) -> (u16, Value) {
        let mut tcp = TcpStream::connect(self.address).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        // An answer may come before all of it went.
        let _ = tcp.write_all(request);
        let mut reply = String::new();
        tcp.read_to_string(&mut reply).unwrap();
        let reply = reply.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n");
        let status = reply.split(' ').nth(1).and_then(|code| code.parse().ok());
        let (_, body) = reply.split_once("\r\n\r\n").unwrap();
        (status.expect(reply), serde_json::from_str(body).unwrap())
    }

    /// A request with these headers besides `Host`, each with its end of line.
    fn with(&self, line: &str, headers: &str, body: &[u8]) -> (u16, Value) {
        let head = format!(
            "{line} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat())
    }

    /// A request as it should be.
    fn ask(&self, line: &str, body: &[u8]) -> (u16, Value) {
        let token = format!("Authorization: Bearer {}\r\n", self.gateway.token);
        self.with(line, &token, body)
    }

    fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask(&format!("GET {path}"), b"");
        assert_eq!(status, 200, "{value}");
        value
    }

    fn send(&self, body: &Value) -> (u16, Value) {
        self.ask("POST /send", body.to_string().as_bytes())
    }

    /// The first event after that one which is like this.
    fn event(&self, mut after: u64, is_it: impl Fn(&Value) -> bool) -> Value {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            let reply = self.get(&format!("/events?after={after}"));
            let events = reply["events"].as_array().unwrap();
            if let Some(found) = events.iter().find(|event| is_it(event)) {
                return found.clone();
            }
            assert_eq!(reply["over"], false, "{reply}");
            after = reply["next"].as_u64().unwrap();
        }
        panic!("it never came");
    }

    /// The user name of the only one who shows this name.
    fn chat(&self, name: &str) -> String {
        let reply = self.get(&format!("/contacts?name={name}"));
        assert_eq!(reply["contacts"].as_array().unwrap().len(), 1, "{reply}");
        let user_name = reply["contacts"][0]["user_name"].as_str();
        user_name.unwrap().to_owned()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        self.session.close(Close::default());
    }
}

#[test]
fn a_program_logs_in_by_events_and_sees_who_there_is() {
    let scene = Scene::new(Phone::Manual);
    let qr = scene.event(0, |event| event["event"] == "qr");
    assert!(qr["content"].is_string());
    let (status, health) = scene.with("GET /health", "", b"");
    assert_eq!(status, 200);
    assert_eq!(
        health,
        json!({ "phase": "qr", "online": false, "well": false })
    );
    for early in ["GET /contacts?name=Anna", "GET /outbox"] {
        let (status, value) = scene.ask(early, b"");
        assert_eq!((status, &value["error"]), (503, &json!("not_online")));
    }

    scene.service.act(Deed::Confirm(Code::Latest)).unwrap();
    let online = scene.event(qr["id"].as_u64().unwrap(), |event| {
        event["event"] == "online"
    });
    assert!(online["name"].is_string());
    let health = json!({ "phase": "online", "online": true, "well": true });
    assert_eq!(scene.with("GET /health", "", b"").1, health);

    // Two people chose this name, and nobody picks one of them.
    scene.event(0, |event| event["event"] == "roster");
    let annas = scene.get("/contacts?name=Anna");
    let remarks = annas["contacts"].as_array().unwrap().iter();
    let mut remarks: Vec<_> = remarks.map(|anna| anna["remark"].clone()).collect();
    remarks.sort_by_key(Value::to_string);
    assert_eq!(remarks, ["", "安娜"]);
    let anna = &scene.get(&format!("/contacts?name={ANNA}"))["contacts"][0];
    assert_eq!(
        (&anna["name"], &anna["kind"]),
        (&json!("安娜"), &json!("person"))
    );
    assert_eq!(
        scene.get("/contacts?name=nobody"),
        json!({ "contacts": [] })
    );
}

#[test]
fn texts_go_out_and_come_in() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    let (status, value) = scene.send(&json!({ "chat": anna, "text": "你好 <b>\n\"1\"" }));
    assert_eq!(status, 200, "{value}");
    assert!(value["msg_id"].is_string());
    let heard = |server: &mut wx_sim::server::Server| {
        let said = server.received().last().unwrap();
        (said.to_user_name.clone(), said.text.clone())
    };
    let expected = (anna.clone(), "你好 <b>\n\"1\"".to_owned());
    assert_eq!(scene.service.with(heard), expected);
    assert_eq!(
        scene
            .send(&json!({ "chat": "filehelper", "text": "a note" }))
            .0,
        200
    );

    // A poll that waits is answered when a friend speaks.
    let last = scene.get("/events?after=0")["next"].as_u64().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            scene.event(last, |event| {
                event["event"] == "message" && event["own"] == false
            })
        });
        let from = "wxid_anna7c20x1".to_owned();
        let text = "再见".to_owned();
        let said = Act::Text { from, text };
        scene.service.act(Deed::In(Whose::Latest, said)).unwrap();
        let message = waiting.join().unwrap();
        assert_eq!(
            (&message["chat"], &message["sender"], &message["text"]),
            (&json!(anna), &json!(anna), &json!("再见"))
        );
        assert_eq!(message["chat_kind"], "person");
    });
}

#[test]
fn a_file_goes_whole_and_through_the_disk() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    let bytes: Vec<u8> = (0..1_300_000_u32).map(|n| (n % 251) as u8).collect();
    let line = format!("POST /file?chat={anna}&name=%E8%AE%A1%E5%88%92+1.bin");
    let token = format!("Bearer {}", scene.gateway.token);
    let headers = format!("Authorization: {token}\r\nExpect: 100-continue\r\n");
    let (status, value) = scene.with(&line, &headers, &bytes);
    assert_eq!(status, 200, "{value}");
    assert!(value["msg_id"].is_string());
    scene.service.with(|server| {
        let Said::File { media, name } = &server.received().last().unwrap().what else {
            panic!("no file");
        };
        assert_eq!((name.as_str(), media.size), ("计划 1.bin", 1_300_000));
        assert_eq!(media.md5, "01088893679fcfd4e52ee39acdec2352");
    });

    let (status, value) = scene.ask(&line, b"");
    assert_eq!((status, &value["error"]), (400, &json!("misuse")));
}

#[test]
fn what_waits_can_be_seen() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    assert_eq!(scene.get("/outbox"), json!({ "outbox": [] }));
    scene.service.plant("webwxsendmsg", 1, Fault::Silence);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| scene.send(&json!({ "chat": anna, "text": "slow" })));
        let started = Instant::now();
        let item = loop {
            let outbox = scene.get("/outbox");
            match &outbox["outbox"][0] {
                Value::Null => assert!(started.elapsed() < PATIENCE),
                item => break item.clone(),
            }
        };
        assert_eq!(
            (&item["command"], &item["chat"]),
            (&json!("SendText"), &json!(anna))
        );
        // It ends with the session; whoever waits is told.
        scene.session.close(Close::default());
        let (status, value) = waiting.join().unwrap();
        assert_eq!(status, 503, "{value}");
    });
}

#[test]
fn refusals_of_the_service_are_told_with_code_and_hint() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    let none = Rate {
        texts: 0,
        window: PATIENCE,
    };
    scene.service.act(Deed::Rate(Some(none))).unwrap();
    let (status, value) = scene.send(&json!({ "chat": anna, "text": "too much" }));
    assert_eq!(status, 429, "{value}");
    assert_eq!(
        (&value["error"], &value["ret"], &value["retryable"]),
        (&json!("refused"), &json!(Ret::TOO_OFTEN.0), &json!(true))
    );
    assert!(value["hint"].as_str().unwrap().contains("wait"), "{value}");

    let (status, value) = scene.send(&json!({ "chat": anna, "text": "" }));
    assert_eq!((status, &value["error"]), (400, &json!("misuse")));
}

#[test]
fn only_those_who_mean_this_gateway_and_have_its_token_are_let_in() {
    let scene = Scene::new(Phone::Manual);
    let port = scene.address.port();
    let token = format!("Authorization: Bearer {}\r\n", scene.gateway.token);
    assert_eq!(scene.gateway.token.len(), 32);
    let asked = |host: &str, headers: &str| {
        let request = format!("GET /events?after=0 HTTP/1.1\r\n{host}{headers}\r\n");
        let (status, value) = scene.raw(request.as_bytes());
        (
            status,
            value["error"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    for host in [&own, &format!("Host: localhost:{port}\r\n")] {
        assert_eq!(asked(host, &token), (200, String::new()));
    }
    for host in [
        "",
        "Host: evil.example\r\n",
        "Host: 127.0.0.1\r\n",
        &format!("Host: evil.example:{port}\r\n"),
        &format!("{own}Host: evil.example\r\n"),
    ] {
        assert_eq!(asked(host, &token), (403, "foreign_host".to_owned()));
    }
    for origin in ["null", "https://evil.example", "http://127.0.0.1:1"] {
        let headers = format!("{token}Origin: {origin}\r\n");
        assert_eq!(asked(&own, &headers), (403, "foreign_origin".to_owned()));
        let health = format!("GET /health HTTP/1.1\r\n{own}Origin: {origin}\r\n\r\n");
        assert_eq!(scene.raw(health.as_bytes()).0, 403);
    }
    let home = format!("{token}Origin: http://127.0.0.1:{port}\r\n");
    assert_eq!(asked(&own, &home).0, 200);
    let wrong = "0".repeat(32);
    for shown in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        format!("Authorization: Bearer {wrong}\r\n"),
        format!("Authorization: Bearer {}0\r\n", scene.gateway.token),
        format!("Authorization: Basic {}\r\n", scene.gateway.token),
        format!("X-Token: {}\r\n", scene.gateway.token),
    ] {
        assert_eq!(asked(&own, &shown), (401, "no_token".to_owned()));
    }
}

#[test]
fn what_is_not_a_request_is_refused_with_a_reason() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    let fails = |line: &str, body: &[u8], status: u16, error: &str| {
        let (code, value) = scene.ask(line, body);
        assert_eq!((code, &value["error"]), (status, &json!(error)), "{line}");
        assert!(value["message"].is_string());
    };
    for body in ["", "{", "[]", "{}", r#"{"chat": 1, "text": "x"}"#, "\u{7f}"] {
        fails("POST /send", body.as_bytes(), 400, "bad_json");
    }
    fails("POST /send", b"{\"chat\": \"\xff\"}", 400, "bad_json");
    let stranger = json!({ "chat": "@0123456789abcdef", "text": "x" });
    let stranger = stranger.to_string();
    fails("POST /send", stranger.as_bytes(), 404, "unknown_chat");
    fails("POST /file?chat=@@0&name=a", b"x", 404, "unknown_chat");
    fails("POST /file?name=a", b"x", 400, "bad_query");
    fails("GET /contacts", b"", 400, "bad_query");
    fails("GET /events", b"", 400, "bad_query");
    fails("GET /events?after=-1", b"", 400, "bad_query");
    fails("GET /events?after=1000000", b"", 409, "ahead");
    fails("GET /send", b"", 404, "no_route");
    fails("DELETE /health", b"", 404, "no_route");
    fails("GET /", b"", 404, "no_route");

    // Much too large, and said to be.
    let large = vec![b' '; 100_000];
    fails("POST /send", &large, 413, "too_large");
    let own = format!(
        "Host: {}\r\nAuthorization: Bearer {}\r\n",
        scene.address, scene.gateway.token
    );
    let huge = format!("POST /file?chat={anna}&name=a HTTP/1.1\r\n{own}");
    for (headers, status) in [
        ("Content-Length: 200000000\r\n", 413),
        ("Transfer-Encoding: chunked\r\n", 411),
        ("Content-Length: 1\r\nContent-Length: 2\r\n", 411),
        ("Content-Length: many\r\n", 411),
        ("", 411),
    ] {
        let request = format!("{huge}{headers}\r\n");
        assert_eq!(scene.raw(request.as_bytes()).0, status, "{headers}");
    }
    let endless = format!("GET /health HTTP/1.1\r\nX: {}", "x".repeat(100_000));
    assert_eq!(scene.raw(endless.as_bytes()).0, 431);
    assert_eq!(scene.raw(b"\x16\x03\x01\x02\x00\x01\r\n\r\n").0, 400);

    // A body that ends before its time.
    let mut tcp = TcpStream::connect(scene.address).unwrap();
    let request = format!("{huge}Content-Length: 10\r\n\r\nonly");
    tcp.write_all(request.as_bytes()).unwrap();
    tcp.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = String::new();
    tcp.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 400 "), "{reply}");
    assert_eq!(scene.service.with(|server| server.received().count()), 0);
}

#[test]
fn requests_to_be_a_friend_are_told_without_what_accepting_needs() {
    let scene = Scene::online();
    let asked = Act::FriendRequest {
        plain: "wxid_strb6n7m8q".to_owned(),
        nick: String::new(),
        words: "from the trail".to_owned(),
    };
    scene.service.act(Deed::In(Whose::Latest, asked)).unwrap();
    let told = scene.event(0, |event| event["event"] == "contact_request");
    assert_eq!(
        (&told["name"], &told["text"]),
        (&json!("Passer-by"), &json!("from the trail"))
    );
    let all = scene.get("/events?after=0").to_string();
    assert!(!all.contains("@stranger"), "{all}");
}

#[test]
fn the_end_of_the_session_is_told_and_nothing_waits_for_more() {
    let scene = Scene::online();
    let anna = scene.chat(ANNA);
    scene.session.close(Close {
        logout: true,
        ..Close::default()
    });
    let ended = scene.event(0, |event| event["event"] == "ended");
    let after = format!("/events?after={}", ended["id"]);
    let reply = scene.get(&after);
    assert_eq!(
        (&reply["over"], &reply["events"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(scene.with("GET /health", "", b"").1["phase"], "closed");
    let (status, _) = scene.send(&json!({ "chat": anna, "text": "late" }));
    assert_eq!(status, 503);
}

#[test]
fn whoever_was_away_for_long_is_told_how_much_is_gone() {
    let feed = Feed::default();
    for _ in 0..1500 {
        feed.push(&EventKind::Confirmed);
    }
    let reply = feed.after(7, PATIENCE).unwrap();
    assert_eq!(
        (&reply["dropped"], &reply["next"]),
        (&json!(493), &json!(600))
    );
    assert_eq!(reply["events"][0]["id"], 501);
    let reply = feed.after(1450, PATIENCE).unwrap();
    assert_eq!(
        (&reply["dropped"], &reply["next"]),
        (&json!(0), &json!(1500))
    );
    assert_eq!(reply["events"][0]["id"], 1451);
    // Quiet, and then over.
    let reply = feed.after(1500, Duration::ZERO).unwrap();
    assert_eq!(
        (&reply["events"], &reply["over"]),
        (&json!([]), &json!(false))
    );
    feed.end();
    assert_eq!(feed.after(1500, PATIENCE).unwrap()["over"], true);
    assert_eq!(feed.after(0, PATIENCE).unwrap()["over"], false);
}

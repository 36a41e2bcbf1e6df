mod driver;
mod kept;

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use self::driver::Driver;
use super::{escape::is_harmful, run_on};
use crate::{
    listen::{Fault, Listener},
    server::{Act, Code, Deed, Phone, Script, Setup, Whose},
};

#[derive(Debug)]
struct Ran {
    code: u8,
    out: String,
    log: String,
}

impl Ran {
    fn events(&self) -> Vec<Value> {
        self.out
            .lines()
            .map(|line| serde_json::from_str(line).expect(line))
            .collect()
    }

    fn named(&self, name: &str) -> Vec<Value> {
        self.events()
            .into_iter()
            .filter(|event| event["event"] == name)
            .collect()
    }
}

fn run(args: &[&str]) -> Ran {
    let (mut out, mut log) = (Vec::new(), Vec::new());
    let code = run_on(
        args.iter().map(|arg| (*arg).to_owned()),
        Driver::start,
        &mut out,
        false,
        &mut log,
    );
    Ran {
        code,
        out: String::from_utf8(out).unwrap(),
        log: String::from_utf8(log).unwrap(),
    }
}

fn service(setup: Setup) -> Listener {
    Listener::bind("127.0.0.1:0", setup).unwrap()
}

/// A phone that needs a moment, so that tests need not wait a second for it.
fn quick() -> Phone {
    let moment = Duration::from_millis(50);
    Phone::Auto {
        scan_after: moment,
        confirm_after: moment,
    }
}

#[test]
fn the_scripted_texts_are_all_said_back() {
    let ran = run(&[]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert!(ran.out.contains("█▀▀▀▀▀█"), "no QR code in {}", ran.out);
    assert!(ran.out.contains("[text] 安娜: 你好"), "{}", ran.out);
    assert!(
        ran.out.contains("\n    |   1. 6 < 7\n    | \n    |   3. "),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\\u{1b}[31mred"), "{}", ran.out);
    assert!(
        ran.out.contains("echoed           6\nmalformed        0\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("session ended: logged out\n"),
        "{}",
        ran.out
    );
    assert!(!ran.out.chars().any(|c| c != '\n' && is_harmful(c)));
}

#[test]
fn json_tells_everything_and_nothing_else() {
    let service = service(Setup {
        phone: quick(),
        script: Script::demo(),
        ..Setup::default()
    });
    let ran = run(&[
        "--json",
        "--messages",
        "6",
        "--for",
        "30",
        "--server",
        &service.url(),
    ]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let events = ran.events();
    let names: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(&names[..3], ["qr", "scanned", "confirmed"]);
    assert_eq!(&names[names.len() - 2..], ["ended", "summary"]);
    assert_eq!(events[names.len() - 2]["cause"], "logged_out");

    let online = &ran.named("online")[0];
    assert!(online["contacts"].as_u64().unwrap() > 20, "{online}");
    let (messages, sent) = (ran.named("message"), ran.named("sent"));
    assert_eq!(sent.len(), 6);
    for (message, sent) in messages.iter().zip(&sent) {
        assert_eq!(
            (&message["chat"], &message["text"]),
            (&sent["chat"], &sent["text"])
        );
        assert!(sent["msg_id"].is_string());
        assert_eq!(
            (&message["kind"], &message["own"]),
            (&"text".into(), &false.into())
        );
        assert_eq!(
            message["room"].is_string(),
            message["room"] == message["chat"]
        );
    }
    assert!(messages.iter().any(|message| message["room"].is_null()));
    assert!(
        messages
            .iter()
            .any(|message| message["sender_name"] == "Boris")
    );

    let summary = &ran.named("summary")[0];
    assert_eq!(
        (&summary["received"], &summary["echoed"]),
        (&6.into(), &6.into())
    );
    assert!(summary["malformed"].is_null());
    // What was said back is what was said, byte for byte.
    let heard: Vec<_> =
        service.with(|server| server.received().map(|text| text.text.clone()).collect());
    let said: Vec<_> = messages
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect();
    assert_eq!(heard, said);
    assert_eq!(
        service.with(|server| server.faults().map(ToString::to_string).collect::<Vec<_>>()),
        [""; 0]
    );
}

#[test]
fn a_rough_wire_loses_nothing_and_says_nothing_twice() {
    let service = service(Setup {
        phone: quick(),
        script: Script::demo(),
        ..Setup::default()
    });
    service.plant("jslogin", 1, Fault::Reset);
    service.plant("login", 1, Fault::BadStatusLine);
    service.plant("webwxinit", 1, Fault::ResetInBody(700));
    service.plant(
        "webwxgetcontact",
        1,
        Fault::Unavailable(Duration::from_secs(1)),
    );
    service.plant("synccheck", 1, Fault::BadStatusLine);
    service.plant_after("synccheck", 1, Fault::Reset);
    service.plant_after("webwxsync", 1, Fault::Reset);
    service.plant("webwxsync", 1, Fault::ResetInBody(40));
    service.plant("webwxsendmsg", 1, Fault::Reset);
    service.plant_after("webwxsendmsg", 1, Fault::Reset);
    let ran = run(&[
        "--json",
        "--messages",
        "6",
        "--for",
        "50",
        "--server",
        &service.url(),
    ]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert_eq!(service.planted(), 0);
    assert!(ran.named("trouble").len() >= 5, "{}", ran.out);
    let heard: Vec<_> =
        service.with(|server| server.received().map(|text| text.text.clone()).collect());
    let said: Vec<_> = ran
        .named("message")
        .iter()
        .map(|m| m["text"].clone())
        .collect();
    assert_eq!(heard, said);
    assert_eq!(heard.len(), 6);
    let faults = |server: &mut crate::server::Server| {
        server.faults().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(service.with(faults), [""; 0]);
}

#[test]
fn only_people_and_rooms_are_answered_and_never_oneself() {
    let text = |from: &str| Act::Text {
        from: from.into(),
        text: format!("from {from}"),
    };
    let own = |to: &str| Act::OwnText {
        to: to.into(),
        text: format!("own to {to}"),
    };
    let script = Script::none()
        .then(50, text("weixin"))
        .then(50, text("gh_a1b2c3d4e5f6"))
        .then(50, own("Boris"))
        .then(50, own("filehelper"))
        .then(50, text("Boris"));
    let service = service(Setup {
        phone: quick(),
        script,
        ..Setup::default()
    });
    let ran = run(&[
        "--json",
        "--messages",
        "1",
        "--for",
        "20",
        "--server",
        &service.url(),
    ]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let heard: Vec<_> =
        service.with(|server| server.received().map(|text| text.text.clone()).collect());
    assert_eq!(heard, ["from Boris"]);
    let own = ran
        .named("message")
        .iter()
        .filter(|message| message["own"] == true)
        .count();
    assert_eq!((ran.named("message").len(), own), (5, 2));
}

#[test]
fn named_chats_alone_are_answered() {
    let service = service(Setup {
        phone: quick(),
        script: Script::none(),
        ..Setup::default()
    });
    let url = service.url();
    let ran = std::thread::scope(|scope| {
        let args = [
            "--json",
            "--messages",
            "2",
            "--for",
            "20",
            "--chat",
            "Boris",
            "--chat",
            "filehelper",
            "--chat",
            "N\u{7}body",
        ];
        let ran = scope.spawn(move || run(&[&args[..], &["--server", &url]].concat()));
        let polls = |server: &crate::server::Server| server.sessions().iter().any(|s| s.polling);
        assert!(service.wait_until(Duration::from_secs(10), polls));
        for (from, text) in [("Anna", "not for you"), ("Boris", "hi")] {
            let act = Act::Text {
                from: from.into(),
                text: text.into(),
            };
            service.act(Deed::In(Whose::Latest, act)).unwrap();
        }
        let act = Act::OwnText {
            to: "filehelper".into(),
            text: "note to self".into(),
        };
        service.act(Deed::In(Whose::Latest, act)).unwrap();
        ran.join().unwrap()
    });
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let heard: Vec<_> =
        service.with(|server| server.received().map(|text| text.text.clone()).collect());
    assert_eq!(heard, ["hi", "note to self"]);
    assert_eq!(
        ran.log,
        "0 contacts are called N\\u{7}body, none is answered\n"
    );
}

#[test]
fn a_server_that_is_not_there() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let began = Instant::now();
    let ran = run(&["--server", &format!("http://{closed}")]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.log);
    assert!(began.elapsed() < Duration::from_secs(18));
    assert_eq!(ran.log.lines().count(), 1, "{}", ran.log);
    let sentence = format!("no QR code from http://{closed}: ");
    assert!(
        ran.log.starts_with(&sentence) && ran.log.contains("no connection"),
        "{}",
        ran.log
    );
}

#[test]
fn a_server_that_says_nothing() {
    let service = service(Setup::default());
    service.plant("*", 1000, Fault::Silence);
    let began = Instant::now();
    let ran = run(&["--json", "--server", &service.url()]);
    assert_eq!(ran.code, 1, "{}\n{}", ran.out, ran.log);
    assert!(
        began.elapsed() < Duration::from_secs(18),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(ran.log.lines().count(), 1, "{}", ran.log);
    assert_eq!(ran.events().last().unwrap()["event"], "summary");
}

#[test]
fn a_refused_login_is_explained() {
    let service = service(Setup {
        phone: quick(),
        barred: true,
        ..Setup::default()
    });
    let ran = run(&["--server", &service.url()]);
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.log);
    for part in [
        "code 1203 (login refused)",
        "probable cause: ",
        "next step: ",
    ] {
        assert!(ran.log.contains(part), "{}", ran.log);
    }
}

#[test]
fn a_session_that_ends_before_the_goal() {
    let script = Script::none().then(200, Act::LogOut);
    let service = service(Setup {
        phone: quick(),
        script,
        ..Setup::default()
    });
    let ran = run(&["--json", "--messages", "1", "--server", &service.url()]);
    assert_eq!(ran.code, 2, "{}\n{}", ran.out, ran.log);
    assert_eq!(ran.named("ended").len(), 1);
    assert!(
        ran.log.starts_with("the session ended too early: "),
        "{}",
        ran.log
    );
}

#[test]
fn time_limits() {
    let service = service(Setup {
        phone: quick(),
        ..Setup::default()
    });
    let url = service.url();
    // Being there for so long is a goal; echoes that nobody gave occasion for are none.
    let ran = run(&["--server", &url, "--for", "4"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let ran = run(&["--server", &url, "--for", "4", "--messages", "1"]);
    assert_eq!(
        (ran.code, ran.log.as_str()),
        (2, "time is over after 0 of 1 texts\n")
    );
    // Nobody scans.
    let manual = self::service(Setup {
        phone: Phone::Manual,
        ..Setup::default()
    });
    let ran = run(&["--server", &manual.url(), "--for", "1"]);
    assert_eq!(
        (ran.code, ran.log.as_str()),
        (2, "time is over before the session was open\n")
    );
    assert!(manual.act(Deed::Scan(Code::Latest)).is_ok());
}

#[test]
fn usage() {
    let ran = run(&["--frob\u{1b}"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert_eq!(ran.log, "unknown option \"--frob\\u{1b}\"; see --help\n");
    let ran = run(&["--help"]);
    assert_eq!((ran.code, ran.log.as_str()), (0, ""));
    assert!(ran.out.contains("--messages N"));
}

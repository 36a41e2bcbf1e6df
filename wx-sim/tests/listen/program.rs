//! The program `wx-sim`, started as a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Output, Stdio},
};

use serde_json::json;

use crate::raw::{JSLOGIN, Raw, Session};

struct Program {
    child: Child,
    url: String,
    control: String,
}

impl Program {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wx-sim"))
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (first, second) = (line(), line());
        Self {
            child,
            url: first.strip_prefix("listening ").unwrap().to_owned(),
            control: second.strip_prefix("control ").unwrap().to_owned(),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wx-sim"))
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_session_with_the_scripted_friends() {
    let program = Program::start(&["--listen", "127.0.0.1:0"]);
    let address = program
        .url
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    let session = Session::open(address);
    // The first friend speaks within the first second, and is heard.
    let mut poll = session.poll(address);
    assert!(poll.read().unwrap().text().contains("selector:\"2\""));
    let state = Raw::to(&program.control).get("/state").json();
    assert_eq!(state["sessions"][0]["inits"], 1);
}

#[test]
fn options_reach_the_service() {
    let args = [
        "--manual",
        "--refuse",
        "1203",
        "--script=none",
        "--control",
        "127.0.0.1",
    ];
    let program = Program::start(&args);
    let mut raw = Raw::to(&program.url);
    let uuid = crate::raw::new_code(&mut raw);
    let mut control = Raw::to(&program.control);
    assert_eq!(control.get("/state").json()["logins"][0]["stage"], "open");
    assert_eq!(
        control
            .post("/confirm", "", json!({ "uuid": uuid }).to_string())
            .status,
        200
    );
    let reply = raw.get(&crate::raw::poll_path(&uuid));
    let (_, url) = reply.text().split_once("redirect_uri=\"").unwrap();
    let path = url
        .strip_prefix(&program.url)
        .unwrap()
        .trim_end_matches("\";");
    let page = raw.get(&format!("{path}&fun=new&version=v2"));
    assert!(page.text().contains("<ret>1203</ret>"), "{}", page.text());
}

#[test]
fn media_are_kept_in_a_folder() {
    let folder = std::env::temp_dir().join(format!("wx-sim-program-{}", std::process::id()));
    let option = format!("--store={}", folder.display());
    let program = Program::start(&["--script", "none", &option]);
    let address = program.url.strip_prefix("http://").unwrap();
    let _session = Session::open(address.parse().unwrap());
    // Base64 of "media" and its md5.
    let file = json!({ "from": "Anna", "kind": "file", "name": "a.txt", "bytes": "bWVkaWE=" });
    let reply = Raw::to(&program.control).post("/message", "", file.to_string());
    assert_eq!(reply.status, 200, "{}", reply.text());
    let kept = std::fs::read(folder.join("62933a2951ef01f4eafd9bdf4d3cd2f0")).unwrap();
    assert_eq!(kept, b"media");
    drop(program);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn the_same_seed_makes_the_same_service() {
    let codes = |seed| {
        let program = Program::start(&["--seed", seed]);
        let reply = Raw::to(&program.url).get(JSLOGIN);
        reply.text().to_owned()
    };
    assert_eq!(codes("7"), codes("7"));
    assert_ne!(codes("7"), codes("8"));
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_1() {
    for args in [
        &["--frobnicate"][..],
        &["--listen", "0.0.0.0:0"],
        &["--listen", "127.0.0.1:0", "--control", "192.0.2.1"],
        &["--store", "/dev/null/media"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(output.stdout.is_empty());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(
            complaint.starts_with("wx-sim: ") && complaint.lines().count() == 1,
            "{complaint}"
        );
    }
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("--real-hosts")
    );
}

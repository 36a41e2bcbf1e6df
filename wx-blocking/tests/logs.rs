//! What a logger gets to see. A program of its own, because there is one logger in each.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{mem, sync::Mutex, time::Duration};

use log::{LevelFilter, Log, Metadata, Record};
use wx_blocking::{
    Session, Transport,
    wx_proto::{Close, Config, EventKind, Hosts, Pace, SendText},
};
use wx_sim::{listen::Listener, server::Setup};

const PATIENCE: Duration = Duration::from_secs(60);

/// Target and text of everything that was logged.
struct Records(Mutex<Vec<(String, String)>>);

static RECORDS: Records = Records(Mutex::new(Vec::new()));

impl Log for Records {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let record = (record.target().to_owned(), record.args().to_string());
        self.0.lock().unwrap().push(record);
    }

    fn flush(&self) {}
}

/// What is logged during a session, up to this level.
fn session_at(level: LevelFilter) -> Vec<(String, String)> {
    log::set_max_level(level);
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    config.pace = Pace::FREE;
    let (session, mut events) = Session::spawn(config, &Transport::new().unwrap());
    loop {
        let event = events.next_within(PATIENCE).expect("it never came");
        if let EventKind::Online(_) = event.expect("it ended too early").kind {
            break;
        }
    }
    let helper = session.inspect(|client| client.chat("filehelper"));
    let text = SendText::new(helper.unwrap().unwrap(), "hello");
    session.call(text).unwrap();
    session.close(Close {
        logout: true,
        ..Close::default()
    });
    mem::take(&mut RECORDS.0.lock().unwrap())
}

fn shows_secrets((_, text): &(String, String)) -> bool {
    let names = ["pass_ticket", "skey", "sid=", "uin=", "ticket="];
    names.iter().any(|name| text.contains(name))
}

#[test]
fn secrets_are_in_the_records_that_the_manual_names_and_in_no_others() {
    log::set_logger(&RECORDS).unwrap();
    let debug = session_at(LevelFilter::Debug);
    assert!(!debug.is_empty(), "nothing was recorded");
    let leak = debug.iter().find(|record| shows_secrets(record));
    assert_eq!(leak, None);

    let trace = session_at(LevelFilter::Trace);
    let is_named = |target: &str| {
        let name = target.split("::").next();
        name == Some("ureq") || name == Some("ureq_proto")
    };
    let leak = trace
        .iter()
        .find(|record| !is_named(&record.0) && shows_secrets(record));
    assert_eq!(leak, None);
    // Else the warning is out of date.
    assert!(trace.iter().any(shows_secrets));
}

//! What a logger gets to see. A program of its own, because there is one logger in each.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{mem, sync::Mutex, time::Duration};

use log::{Level, LevelFilter, Log, Metadata, Record};
use wx_blocking::{
    Session, Transport,
    wx_proto::{Close, Config, EventKind, Hosts, Pace, SendText},
};
use wx_sim::{leaks::Leaks, listen::Listener, server::Setup};

const PATIENCE: Duration = Duration::from_secs(60);

/// Everything that was logged.
struct Records(Mutex<Vec<Entry>>);

#[derive(Clone, Debug)]
struct Entry {
    level: Level,
    target: String,
    text: String,
}

impl Entry {
    /// One of the two targets that the manual says to leave out.
    fn is_named(&self) -> bool {
        let name = self.target.split("::").next();
        name == Some("ureq") || name == Some("ureq_proto")
    }
}

static RECORDS: Records = Records(Mutex::new(Vec::new()));

impl Log for Records {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.0.lock().unwrap().push(Entry {
            level: record.level(),
            target: record.target().to_owned(),
            text: record.args().to_string(),
        });
    }

    fn flush(&self) {}
}

/// What is logged during a session, up to this level, and which of it holds what the service keeps
/// secret.
fn session_at(level: LevelFilter) -> (usize, Vec<Entry>) {
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
    let leaks = Leaks::of(service.with(|server| server.confidential()));
    let mut logged = mem::take(&mut *RECORDS.0.lock().unwrap());
    let count = logged.len();
    logged.retain(|entry| !leaks.find(&entry.text).is_empty());
    (count, logged)
}

#[test]
fn secrets_are_in_the_records_that_the_manual_names_and_in_no_others() {
    log::set_logger(&RECORDS).unwrap();
    let (count, leaks) = session_at(LevelFilter::Debug);
    assert!(count > 0, "nothing was recorded");
    assert!(leaks.is_empty(), "{leaks:#?}");

    let (_, leaks) = session_at(LevelFilter::Trace);
    let (named, others): (Vec<_>, Vec<_>) = leaks.into_iter().partition(Entry::is_named);
    assert!(others.is_empty(), "{others:#?}");
    // Else the warning is out of date: at trace, and at debug for a logger that takes trace as well.
    for level in [Level::Trace, Level::Debug] {
        assert!(named.iter().any(|entry| entry.level == level), "{level}");
    }
}

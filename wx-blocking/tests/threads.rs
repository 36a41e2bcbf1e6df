//! How many threads sessions take. A program of its own, because it counts all there are.

#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use wx_blocking::{
    Events, Session, Transport,
    wx_proto::{Client, Close, Config, EventKind, Hosts, Pace, SendText},
};
use wx_sim::{
    listen::{Fault, Listener},
    server::Setup,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// The threads of this process that sessions started.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let ours = ["wx-session", "wx-exchange"];
    names.filter(|name| ours.contains(&name.trim())).count()
}

/// Waits until there are so many.
fn until_threads(are_right: impl Fn(usize) -> bool) {
    let started = Instant::now();
    while !are_right(threads()) {
        assert!(started.elapsed() < PATIENCE, "{} threads", threads());
        thread::sleep(Duration::from_millis(5));
    }
}

fn online(service: &Listener, transport: &Transport) -> (Session, Events) {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    config.pace = Pace::FREE;
    let (session, mut events) = Session::spawn(config, transport);
    loop {
        let event = events.next_within(PATIENCE).expect("it never came");
        if let EventKind::Online(_) = event.expect("it ended too early").kind {
            return (session, events);
        }
    }
}

#[test]
fn the_threads_of_sessions_are_few_and_end_with_them() {
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let transport = Transport::new().unwrap();
    let sessions: Vec<_> = (0..4).map(|_| online(&service, &transport)).collect();
    // Each its own and that of its poll, once the address book is complete.
    until_threads(|count| count == 8);

    // Calls that wait take none.
    let (session, _) = sessions.first().unwrap();
    let helper = session.inspect(|client| client.chat("filehelper"));
    let helper = helper.unwrap().unwrap();
    service.plant("webwxsendmsg", 1000, Fault::Drip(Duration::from_millis(1)));
    let text = |n: u32| SendText::new(helper.clone(), n.to_string());
    let calls: Vec<_> = (0..100).map(|n| session.begin(text(n))).collect();
    let mut most = 0;
    while session.inspect(Client::waiting_commands).unwrap() > 97 {
        most = most.max(threads());
    }
    let in_flight = Config::default().limits.in_flight;
    assert!(most > 8 && most <= 8 + in_flight, "{most}");
    drop(calls);

    for (session, _) in &sessions {
        session.close(Close::default());
    }
    until_threads(|count| count == 0);
}

//! Events at the application's pace, whatever that is.

use std::{sync::Arc, thread, time::Duration};

use wx_blocking::{
    Ack, Events, Session, TimedOut, Transport,
    wx_proto::{Close, Event, EventKind},
};

use crate::service::{Act, Service, check, config, eventually, message, ok, online, sync, text};

/// Every sync brings two messages, and there is always another one.
fn chatty() -> Arc<Service> {
    Service::new(|request| {
        if request.is_to("/synccheck") {
            thread::sleep(Duration::from_millis(20));
            return Some(Act::Say(ok(check(2))));
        }
        request.is_to("/webwxsync").then(|| {
            let (one, two) = (format!("{}a", request.nth), format!("{}b", request.nth));
            Act::Say(ok(sync(&[&one, &two], request.nth)))
        })
    })
}

/// A session that holds messages back once so many of them are not acknowledged.
fn session(service: &Arc<Service>, backlog: usize) -> (Session, Events) {
    let mut config = config(&service.listen());
    config.limits.backlog = backlog;
    let (session, mut events) = Session::spawn(config, &Transport::new().unwrap());
    online(&mut events);
    (session, events)
}

fn text_of(event: &Option<Event>) -> Option<String> {
    match &event.as_ref().unwrap().kind {
        EventKind::Message(message) => message.text().map(str::to_owned),
        _ => None,
    }
}

fn expected(syncs: usize) -> Vec<String> {
    (0..syncs)
        .flat_map(|nth| [format!("{nth}a"), format!("{nth}b")])
        .collect()
}

#[test]
fn a_stalled_reader_stops_no_sends_and_loses_nothing() {
    let service = chatty();
    let (session, mut events) = session(&service, 4);
    thread::sleep(Duration::from_millis(500));
    // The messages wait at the service.
    let syncs = service.requests_to("/webwxsync").len();
    assert!(syncs <= 3, "{syncs}");
    session.call(text(&session, "still here")).unwrap();
    for expected in expected(5) {
        assert_eq!(message(&mut events).text(), Some(&*expected));
    }
}

#[test]
fn what_did_not_come_in_time_comes_later() {
    let service = chatty();
    let (_session, mut events) = session(&service, 4);
    let (mut texts, mut given_up) = (Vec::new(), 0);
    while texts.len() < 20 {
        match events.next_within(Duration::from_millis(1)) {
            Ok(event) => texts.extend(text_of(&event)),
            Err(TimedOut) => given_up += 1,
        }
    }
    assert!(given_up > 10, "{given_up}");
    assert_eq!(texts, expected(10));
}

#[test]
fn asking_for_the_next_acknowledges_the_one_before() {
    let service = chatty();
    let (session, mut events) = session(&service, 4);
    for _ in 0..3 {
        message(&mut events);
    }
    let syncs = || service.requests_to("/webwxsync").len();
    eventually(|| syncs() == 3);
    thread::sleep(Duration::from_millis(300));
    // Six came and two are acknowledged: the backlog is full. Were it three, there would be room.
    assert_eq!(syncs(), 3);
    message(&mut events);
    eventually(|| syncs() == 4);

    events.ack = Ack::Manual;
    let read: Vec<_> = (0..4).map(|_| events.next().unwrap().id).collect();
    thread::sleep(Duration::from_millis(300));
    let before = syncs();
    assert!(before <= 5, "{before}");
    // In any order.
    read.into_iter()
        .rev()
        .for_each(|id| session.acknowledge(id));
    eventually(|| syncs() > before);
}

#[test]
fn without_a_reader_events_are_discarded_and_acknowledged() {
    for way in ["at once", "handed out", "asked", "manual"] {
        let service = chatty();
        let (session, mut events) = session(&service, 1);
        match way {
            "handed out" => drop(message(&mut events)),
            // One that is on its way counts as well.
            "asked" => {
                message(&mut events);
                let _ = events.next_within(Duration::ZERO);
            }
            "manual" => events.ack = Ack::Manual,
            _ => {}
        }
        thread::sleep(Duration::from_millis(200));
        let before = service.requests_to("/webwxsync").len();
        assert!(before <= 3, "{before}");
        drop(events);
        eventually(|| service.requests_to("/webwxsync").len() > before + 10);
        session.close(Close::default());
    }
}

#[test]
fn the_stream_is_an_iterator_that_ends() {
    let service = Service::usual();
    let (session, events) = service.session();
    let mut last = None;
    for event in events {
        if matches!(event.kind, EventKind::Online(_)) {
            let session = session.clone();
            thread::spawn(move || session.close(Close::default()));
        }
        last = Some(event);
    }
    assert!(matches!(last.unwrap().kind, EventKind::Ended(_)));
}

//! Connections: reused, never doubled, freed at once.

use std::{
    thread,
    time::{Duration, Instant},
};

use wx_blocking::{Session, Transport, wx_proto::Close};

use crate::service::{Act, Service, config, eventually, ok, online, text};

#[test]
fn sessions_of_one_transport_share_connections() {
    let service = Service::usual();
    let url = service.listen();
    let transport = Transport::new().unwrap();
    for _ in 0..5 {
        let (session, mut events) = Session::spawn(config(&url), &transport);
        online(&mut events);
        session.close(Close::default());
    }
    // Each session ends the connection its poll is held on, and may have had a few at once.
    let (requests, connections) = (service.requests().len(), service.connections());
    assert!(
        requests >= 25 && connections <= 14,
        "{requests} over {connections}"
    );
}

#[test]
fn a_connection_is_used_again_and_again() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    let before = service.connections();
    for _ in 0..20 {
        session.call(text(&session, "hello")).unwrap();
    }
    assert!(service.connections() <= before + 1);
}

#[test]
fn a_connection_that_ended_meanwhile_is_not_used() {
    // Promises to keep the connection, and does not.
    let service = Service::new(|request| {
        let receipt = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"1","LocalID":"1"}"#;
        request
            .is_to("/webwxsendmsg")
            .then(|| Act::SayAndClose(ok(receipt)))
    });
    let (session, mut events) = service.session();
    online(&mut events);
    for n in 1..=10 {
        session.call(text(&session, "hello")).unwrap();
        assert_eq!(service.requests_to("/webwxsendmsg").len(), n);
        thread::sleep(Duration::from_millis(20));
    }
    // None was tried over a dead connection first.
    let retries = session.inspect(|client| client.stats().retries);
    assert_eq!(retries.unwrap(), 0);
}

#[test]
fn an_aborted_exchange_frees_its_socket_at_once() {
    let in_body = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
    for said in [Vec::new(), in_body] {
        let service = Service::new(move |request| {
            let held = Act::SayAndHold(said.clone());
            request.is_to("/synccheck").then_some(held)
        });
        let (session, mut events) = service.session();
        online(&mut events);
        eventually(|| !service.requests_to("/synccheck").is_empty());
        thread::sleep(Duration::from_millis(50));
        let started = Instant::now();
        session.close(Close::default());
        eventually(|| !service.hung_up().is_empty());
        let (path, at) = service.hung_up().remove(0);
        assert!(path.ends_with("/synccheck"));
        let took = at.saturating_duration_since(started);
        // A poll is held for half a minute.
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

//! Failures are told apart, and none of them ends more than it must.

use std::net::TcpListener;

use wx_blocking::{
    Events, Session, Transport,
    wx_proto::{
        EndCause, EventKind,
        TransportErrorKind::{self, Connect, NotHttp, Reset, Resolve, TooLarge},
        TroubleCause,
    },
};

use crate::service::{Act, JSLOGIN, Service, config, ok, until};

pub(crate) fn trouble(events: &mut Events) -> TransportErrorKind {
    until(events, |kind| match kind {
        EventKind::Trouble(trouble) => match trouble.cause {
            TroubleCause::Transport(kind) => Some(kind),
            cause => panic!("{cause}"),
        },
        _ => None,
    })
}

pub(crate) fn qr(events: &mut Events) {
    until(events, |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    });
}

/// What the core hears when the first request is treated like this. The second one is answered.
fn first_failure(act: fn() -> Act) -> TransportErrorKind {
    let service =
        Service::new(move |request| (request.is_to("/jslogin") && request.nth == 0).then(act));
    let (_session, mut events) = service.session();
    let kind = trouble(&mut events);
    qr(&mut events);
    assert_eq!(service.requests_to("/jslogin").len(), 2);
    kind
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (_session, mut events) = Session::spawn(config(&url), &Transport::new().unwrap());
    let cause = until(&mut events, |kind| match kind {
        EventKind::Ended(ended) => Some(ended.cause),
        _ => None,
    });
    assert_eq!(cause, EndCause::Unreachable(Connect));
    assert!(events.next().is_none());
}

#[test]
fn no_such_host() {
    // An empty label: no resolver has to be asked.
    let transport = Transport::new().unwrap();
    let (_session, mut events) = Session::spawn(config("https://no..host"), &transport);
    assert_eq!(trouble(&mut events), Resolve);
}

#[test]
fn the_status_line_makes_no_sense() {
    // Seen at the real service.
    let kind = first_failure(|| Act::SayAndClose(b"HTTP/1.1 0 -\r\n\r\n\x01\x02".to_vec()));
    assert_eq!(kind, NotHttp);
    let kind = first_failure(|| Act::SayAndClose(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()));
    assert_eq!(kind, NotHttp);
    let kind = first_failure(|| Act::SayAndClose(b"HTTP/1.1 099 -\r\n\r\n".to_vec()));
    assert_eq!(kind, NotHttp);
}

#[test]
fn the_connection_ends_before_the_reply() {
    assert_eq!(first_failure(|| Act::SayAndClose(Vec::new())), Reset);
    let kind = first_failure(|| Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec()));
    assert_eq!(kind, Reset);
}

#[test]
fn the_connection_ends_in_mid_body() {
    let cut = || {
        let whole = ok(JSLOGIN);
        Act::SayAndClose(whole[..whole.len() - 3].to_vec())
    };
    assert_eq!(first_failure(cut), Reset);
    let chunks = || {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Act::SayAndClose(format!("{head}40\r\n{JSLOGIN}\r\n").into_bytes())
    };
    assert_eq!(first_failure(chunks), Reset);
    let garbage = || {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Act::SayAndClose(format!("{head}no number\r\n").into_bytes())
    };
    assert_eq!(first_failure(garbage), Reset);
}

#[test]
fn a_body_without_end_is_cut_off() {
    let service = Service::new(|request| {
        (request.is_to("/jslogin") && request.nth == 0).then(|| Act::Flood {
            head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            block: vec![b'x'; 64 << 10],
        })
    });
    let (_session, mut events) = service.session();
    assert_eq!(trouble(&mut events), TooLarge);
    qr(&mut events);
    // The limit of this endpoint is 256 KiB; the rest were buffers on the way, those of the
    // sockets among them.
    assert!(service.flooded() <= 16 << 20, "{}", service.flooded());
}

#[test]
fn a_head_without_end_is_cut_off() {
    for line in ["X-Filler: 0123456789\r\n", "x"] {
        let service = Service::new(move |request| {
            (request.is_to("/jslogin") && request.nth == 0).then(|| Act::Flood {
                head: b"HTTP/1.1 200 OK\r\n".to_vec(),
                block: line.as_bytes().repeat(1000),
            })
        });
        let (_session, mut events) = service.session();
        assert_eq!(trouble(&mut events), NotHttp);
        assert!(service.flooded() <= 16 << 20, "{}", service.flooded());
    }
}

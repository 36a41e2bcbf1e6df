//! Failures are told apart, and none of them ends more than it must.

use std::time::Duration;

use tokio::{net::TcpListener, time::timeout};
use wx_tokio::{
    Events, Session,
    wx_proto::{
        EndCause, EventKind,
        TransportErrorKind::{self, Connect, NotHttp, Reset, Resolve, TooLarge},
        TroubleCause,
    },
};

use crate::service::{Act, JSLOGIN, Service, config, direct, ok, until};

async fn trouble(events: &mut Events) -> TransportErrorKind {
    until(events, |kind| match kind {
        EventKind::Trouble(trouble) => match trouble.cause {
            TroubleCause::Transport(kind) => Some(kind),
            cause => panic!("{cause}"),
        },
        _ => None,
    })
    .await
}

async fn end(events: &mut Events) -> EndCause {
    until(events, |kind| match kind {
        EventKind::Ended(ended) => Some(ended.cause),
        _ => None,
    })
    .await
}

/// What the core hears when the first request is treated like this. The second one is answered.
async fn first_failure(act: fn() -> Act) -> TransportErrorKind {
    let service =
        Service::new(move |request| (request.path == "/jslogin" && request.nth == 0).then(act));
    let url = service.listen().await;
    let (_session, mut events) = Session::spawn(config(&url), &direct());
    let kind = trouble(&mut events).await;
    until(&mut events, |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    })
    .await;
    kind
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (_session, mut events) = Session::spawn(config(&url), &direct());
    let cause = timeout(Duration::from_secs(15), end(&mut events))
        .await
        .unwrap();
    assert_eq!(cause, EndCause::Unreachable(Connect));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn no_such_host() {
    // An empty label: no resolver has to be asked.
    let (_session, mut events) = Session::spawn(config("https://no..host"), &direct());
    assert_eq!(trouble(&mut events).await, Resolve);
}

#[tokio::test]
async fn the_status_line_makes_no_sense() {
    // Seen at the real service.
    let kind = first_failure(|| Act::SayAndClose(b"HTTP/1.1 0 -\r\n\r\n\x01\x02".to_vec())).await;
    assert_eq!(kind, NotHttp);
    let kind = first_failure(|| Act::SayAndClose(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    assert_eq!(kind, NotHttp);
}

#[tokio::test]
async fn the_connection_ends_before_the_reply() {
    assert_eq!(first_failure(|| Act::SayAndClose(Vec::new())).await, Reset);
    let kind = first_failure(|| Act::SayAndClose(b"HTTP/1.1 200 OK\r\nContent-".to_vec())).await;
    assert_eq!(kind, Reset);
}

#[tokio::test]
async fn the_connection_ends_in_mid_body() {
    let cut = || {
        let whole = ok(JSLOGIN);
        Act::SayAndClose(whole[..whole.len() - 3].to_vec())
    };
    assert_eq!(first_failure(cut).await, Reset);
    let chunks = || {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Act::SayAndClose(format!("{head}40\r\n{JSLOGIN}\r\n").into_bytes())
    };
    assert_eq!(first_failure(chunks).await, Reset);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let service = Service::new(|request| {
        (request.path == "/jslogin" && request.nth == 0).then(|| Act::Flood {
            head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            block: vec![b'x'; 64 << 10],
        })
    });
    let (_session, mut events) = service.session();
    assert_eq!(trouble(&mut events).await, TooLarge);
    until(&mut events, |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    })
    .await;
    // The limit of this endpoint is 256 KiB; the rest were buffers on the way.
    assert!(service.flooded() <= 1 << 20, "{}", service.flooded());
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let service = Service::new(|request| {
        (request.path == "/jslogin" && request.nth == 0).then(|| Act::Flood {
            head: b"HTTP/1.1 200 OK\r\n".to_vec(),
            block: b"X-Filler: 0123456789\r\n".repeat(100),
        })
    });
    let (_session, mut events) = service.session();
    assert_eq!(trouble(&mut events).await, NotHttp);
    assert!(service.flooded() <= 1 << 20, "{}", service.flooded());
}

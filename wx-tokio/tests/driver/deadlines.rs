//! Under a paused clock: the core's deadlines are kept to the millisecond.

use std::time::Duration;

use tokio::{
    io::{AsyncWriteExt, duplex},
    sync::mpsc,
    time::Instant,
};
use wx_tokio::{
    Session, Transport,
    wx_proto::{EndCause, EventKind, TransportErrorKind},
};

use crate::service::{Act, Service, config, online, until};

#[tokio::test(start_paused = true)]
async fn a_silent_service_is_hung_up_on_at_the_deadline() {
    let service = Service::new(|_| Some(Act::Silence));
    let (_session, mut events) = service.session();
    let cause = until(&mut events, |kind| match kind {
        EventKind::Ended(ended) => Some(ended.cause),
        _ => None,
    })
    .await;
    assert_eq!(cause, EndCause::Unreachable(TransportErrorKind::TimedOut));
    let (requests, hung_up) = (service.requests(), service.hung_up());
    assert_eq!(requests.len(), 3);
    assert_eq!(hung_up.len(), 3);
    for (request, (_, at)) in requests.iter().zip(hung_up) {
        assert_eq!(at - request.at, Duration::from_secs(10));
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_talks_but_never_ends_is_hung_up_on_at_the_deadline() {
    let service = Service::new(|request| {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nwindow".to_vec();
        (request.path == "/jslogin").then_some(Act::Hold(Duration::from_secs(9), head))
    });
    let started = Instant::now();
    let (_session, mut events) = service.session();
    until(&mut events, |kind| {
        matches!(kind, EventKind::Trouble(_)).then_some(())
    })
    .await;
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn hours_pass_poll_by_poll() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let unix = |request: &crate::service::Request| -> u64 {
        // The `r` of a poll is the wall clock in milliseconds.
        let query = request.head.split([' ', '?']).nth(2).unwrap();
        let r = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("r="))
            .unwrap();
        r.parse().unwrap()
    };
    tokio::time::sleep(Duration::from_secs(6 * 3600)).await;
    let polls = service.requests_to("/synccheck");
    // Held for 25 s each.
    assert!((850..=865).contains(&polls.len()), "{}", polls.len());
    let (first, last) = (&polls[0], &polls[polls.len() - 1]);
    let virtual_ms = u64::try_from((last.at - first.at).as_millis()).unwrap();
    assert!(unix(last).abs_diff(unix(first) + virtual_ms) <= 1);
    drop(session);
}

/// As when the network has gone dark: not even the first bytes get through.
#[tokio::test(start_paused = true)]
async fn a_request_that_nobody_takes_is_given_up_at_the_deadline() {
    let (accepted, mut peers) = mpsc::unbounded_channel();
    let transport = Transport::with_connector(move |_| {
        let (near, far) = duplex(16);
        accepted.send((Instant::now(), far)).unwrap();
        async { Ok(near) }
    });
    let (_session, _events) = Session::spawn(config("http://localhost"), &transport);
    let (began, mut far) = peers.recv().await.unwrap();
    tokio::time::sleep(Duration::from_millis(9_900)).await;
    far.write_all(b"?").await.unwrap();
    tokio::time::sleep(Duration::from_millis(101)).await;
    assert!(far.write_all(b"?").await.is_err(), "the socket stays open");
    assert_eq!(began.elapsed(), Duration::from_millis(10_001));
}

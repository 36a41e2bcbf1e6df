//! Under a paused clock: the core's deadlines are kept to the millisecond.

use std::time::Duration;

use tokio::time::Instant;
use wx_tokio::wx_proto::{EndCause, EventKind, TransportErrorKind};

use crate::service::{Act, Service, online, until};

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

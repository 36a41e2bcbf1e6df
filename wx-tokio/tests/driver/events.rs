//! Events at the application's pace, whatever that is.

use std::{sync::Arc, time::Duration};

use tokio::time::{sleep, timeout};
use wx_tokio::{
    Ack, Events, Session,
    wx_proto::{Close, Event, EventKind, SendText},
};

use crate::service::{Act, FRIEND, Service, check, config, message, ok, online, sync};

/// Every sync brings two messages, and there is always another one.
fn chatty() -> Arc<Service> {
    Service::new(|request| match &*request.path {
        path if path.ends_with("/synccheck") => {
            Some(Act::Hold(Duration::from_millis(200), ok(check(2))))
        }
        path if path.ends_with("/webwxsync") => {
            let (one, two) = (format!("{}a", request.nth), format!("{}b", request.nth));
            Some(Act::Say(ok(sync(&[&one, &two], request.nth))))
        }
        _ => None,
    })
}

/// A session that holds messages back once so many of them are not acknowledged.
async fn session(service: &Arc<Service>, backlog: usize) -> (Session, Events) {
    let mut config = config("http://localhost");
    config.limits.backlog = backlog;
    let (session, mut events) = service.session_with(config);
    online(&mut events).await;
    (session, events)
}

fn text(event: &Option<Event>) -> Option<String> {
    match &event.as_ref().unwrap().kind {
        EventKind::Message(message) => message.text().map(str::to_owned),
        _ => None,
    }
}

fn syncs(service: &Service) -> usize {
    service.requests_to("/webwxsync").len()
}

#[tokio::test(start_paused = true)]
async fn a_stalled_reader_stops_neither_polls_nor_sends() {
    let service = chatty();
    let (session, mut events) = session(&service, 4).await;
    sleep(Duration::from_secs(3600)).await;

    // The messages wait at the service, and the session stays visibly alive.
    assert!(syncs(&service) <= 3, "{}", syncs(&service));
    let polls = service.requests_to("/synccheck").len();
    assert!((130..=160).contains(&polls), "{polls}");
    let chat = session
        .inspect(|client| client.chat(FRIEND))
        .unwrap()
        .unwrap();
    session
        .call(SendText::new(chat, "still here"))
        .await
        .unwrap();

    // Nothing is lost, and all of it in order.
    for nth in 0..20 {
        assert_eq!(message(&mut events).await.text(), Some(&*format!("{nth}a")));
        assert_eq!(message(&mut events).await.text(), Some(&*format!("{nth}b")));
    }
}

#[tokio::test(start_paused = true)]
async fn asking_and_going_away_loses_nothing() {
    let service = chatty();
    let (_session, mut events) = session(&service, 4).await;
    let mut texts = Vec::new();
    let mut given_up = 0;
    while texts.len() < 40 {
        match timeout(Duration::from_millis(30), events.next()).await {
            Ok(event) => texts.extend(text(&event)),
            Err(_) => given_up += 1,
        }
        // Time for an event to arrive while nobody waits for it.
        sleep(Duration::from_millis(40)).await;
    }
    assert!(given_up > 10, "{given_up}");
    let expected: Vec<_> = (0..20)
        .flat_map(|nth| [format!("{nth}a"), format!("{nth}b")])
        .collect();
    assert_eq!(texts, expected);
}

#[tokio::test(start_paused = true)]
async fn without_a_reader_events_are_discarded_and_acknowledged() {
    for way in ["at once", "asked", "manual"] {
        let service = chatty();
        let (session, mut events) = session(&service, 1).await;
        if way == "asked" {
            // One that is handed out counts as well.
            message(&mut events).await;
        } else if way == "manual" {
            events.ack = Ack::Manual;
            assert_eq!(text(&events.next().await), None);
        }
        sleep(Duration::from_secs(60)).await;
        // The poll is held for another 15 s, but nobody needs to wait for that.
        let before = syncs(&service);
        assert!(before <= 2, "{before}");
        drop(events);
        sleep(Duration::from_secs(10)).await;
        assert!(syncs(&service) > before + 20, "{}", syncs(&service));
        timeout(Duration::from_secs(60), session.close(Close::default()))
            .await
            .unwrap();
    }
}

//! Events at the pace of the application, whatever that is.

use std::{thread, time::Duration};

use wx_proto::{Client, Close, EndCause, Event, EventKind, Phase, SendText, driver::Ack};

use super::scene::{A_WHILE, PATIENCE, Scene, end, eventually, listen, said, setup, until};
use crate::{
    conformance::{Subject, TimedOut},
    server::{Endpoint, Setup},
};

/// One message at a time.
fn one_by_one() -> Setup {
    let mut setup = setup();
    setup.limits.sync_page = 1;
    setup
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|nth| format!("message {nth}")).collect()
}

/// Nobody asks, so nothing leaves the client.
pub fn events_leave_only_when_asked_for<S: Subject>() {
    let scene = Scene::<S>::at(listen(setup()));
    scene.rest();
    let unread = scene.session.inspect(Client::has_events);
    assert_eq!(
        unread,
        Some(true),
        "rule 10: an event leaves the client when somebody wants it, and nobody has asked yet"
    );
}

/// Nobody reads: polls and sends go on, and beyond the backlog messages wait at the service.
pub fn stalled_readers_stop_nothing<S: Subject>() {
    const BACKLOG: usize = 4;
    const PAGE: usize = 2;
    let mut setup = setup();
    setup.limits.sync_page = PAGE;
    let mut scene = Scene::<S>::tuned(listen(setup), |config| config.limits.backlog = BACKLOG);
    scene.rest();
    let texts = texts(30);
    for text in &texts {
        scene.hear(text);
    }
    eventually("messages are fetched up to the backlog", || {
        let fetched = scene.session.inspect(|client| client.stats().messages);
        fetched >= Some(BACKLOG as u64)
    });
    thread::sleep(A_WHILE);
    let fetched = scene.session.inspect(|client| client.stats().messages);
    assert!(
        fetched <= Some((BACKLOG + PAGE) as u64),
        "rule 10: what nobody read is not acknowledged, so messages wait at the service; \
         {fetched:?} were fetched"
    );
    scene.say("still here");
    assert_eq!(
        scene.session.inspect(Client::phase),
        Some(Phase::Online),
        "rule 10: the loop never waits for a reader"
    );
    scene.hears(&texts);
    scene.assert_clean();
}

/// Asking for an event says that the one before is dealt with, and handing it out does not.
pub fn asking_acknowledges_the_one_before<S: Subject>() {
    let mut scene = with_backlog_of_one::<S>();
    scene.hears(&texts(1));
    let syncs = scene.requests(Endpoint::Sync);
    thread::sleep(A_WHILE);
    assert_eq!(
        scene.requests(Endpoint::Sync),
        syncs,
        "an event that was handed out is not yet acknowledged: the next message waits"
    );
    scene.hears(&texts(3)[1..]);
}

/// `Ack::Manual`: asking acknowledges nothing.
pub fn manual_acknowledgement_is_the_applications<S: Subject>() {
    let mut scene = with_backlog_of_one::<S>();
    S::set_ack(&mut scene.events, Ack::Manual);
    let first = message::<S>(&mut scene.events);
    loop {
        match S::next(&mut scene.events, A_WHILE) {
            Ok(Some(event)) => assert!(
                !matches!(event.kind, EventKind::Message(_)),
                "with Ack::Manual the application acknowledges, and it has not yet"
            ),
            Ok(None) => panic!("the events ended before the session did"),
            Err(TimedOut) => break,
        }
    }
    scene.session.acknowledge(first.id);
    let second = message::<S>(&mut scene.events);
    assert!(
        matches!(second.kind, EventKind::Message(message) if said(&message) == Some(texts(2)[1].clone()))
    );
}

/// Three messages are said, and one may be open at a time.
fn with_backlog_of_one<S: Subject>() -> Scene<S> {
    let mut scene = Scene::<S>::tuned(listen(one_by_one()), |config| config.limits.backlog = 1);
    scene.reach_online();
    scene.rest();
    for text in texts(3) {
        scene.hear(&text);
    }
    scene
}

fn message<S: Subject>(events: &mut S::Events) -> Event {
    loop {
        match S::next(events, PATIENCE) {
            Ok(Some(event)) if matches!(event.kind, EventKind::Message(_)) => return event,
            Ok(Some(_)) => {}
            other => panic!("no message came: {other:?}"),
        }
    }
}

/// To ask and to go away loses nothing.
pub fn impatient_readers_lose_nothing<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let texts = texts(12);
    let mut heard = Vec::new();
    let mut given_up = 0;
    let mut unsaid = texts.iter();
    while heard.len() < texts.len() {
        match S::next(&mut scene.events, Duration::from_millis(5)) {
            Ok(Some(Event {
                kind: EventKind::Message(message),
                ..
            })) => heard.extend(said(&message)),
            Ok(Some(_)) => {}
            Ok(None) => panic!("the events ended before the session did"),
            Err(TimedOut) => {
                given_up += 1;
                assert!(given_up < 2000, "an event was lost: {heard:?} of {texts:?}");
                if let Some(text) = unsaid.next() {
                    scene.hear(text);
                }
                // Time for an event to come while nobody waits for it.
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    assert_eq!(
        heard, texts,
        "an event that was asked for and not awaited comes with the next call"
    );
}

/// The application has dropped its stream: events are taken, discarded and acknowledged.
pub fn dropped_streams_discard_events<S: Subject>() {
    for read in [0, 1] {
        let mut scene = with_backlog_of_one::<S>();
        // One that was handed out counts as dealt with, too.
        scene.hears(&texts(read));
        let Scene {
            session,
            events,
            service: _service,
        } = scene;
        drop(events);
        // One may be open at a time, so all of them come only if each is acknowledged.
        eventually(
            "rule 10: without a reader, all messages come and are acknowledged",
            || session.inspect(|client| client.stats().messages) >= Some(3),
        );
        eventually("without a reader no event stays behind", || {
            session.inspect(Client::has_events) == Some(false)
        });
    }
}

/// After the close, all that happened before can be read, and `Ended` comes once and last.
pub fn events_after_the_close_can_be_read<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let texts = texts(5);
    for text in &texts {
        scene.hear(text);
    }
    eventually("all messages are fetched", || {
        scene.session.inspect(|client| client.stats().messages) >= Some(5)
    });
    // Nobody reads meanwhile: that must not hold the end up.
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect("rule 12: the end does not wait for a reader");
    scene.hears(&texts);
    assert_eq!(end::<S>(&mut scene.events), EndCause::Detached);
}

/// Calls made by the very loop that reads the events, while hundreds of them wait.
pub fn readers_that_call_do_not_deadlock<S: Subject>() {
    const MESSAGES: usize = 200;
    const ANSWERED: usize = 20;
    let mut scene = Scene::<S>::online();
    let texts = texts(MESSAGES);
    for text in &texts {
        scene.hear(text);
    }
    eventually("all messages are fetched", || {
        scene.session.inspect(|client| client.stats().messages) >= Some(MESSAGES as u64)
    });
    for text in &texts[..ANSWERED] {
        let answer: SendText = until::<S, _>(&mut scene.events, "a message", |kind| match kind {
            EventKind::Message(message) => message.text().map(|said| {
                assert_eq!(said, text);
                message.reply(said)
            }),
            _ => None,
        });
        let said = scene.session.call(answer, PATIENCE);
        said.expect("rule 10: calls are answered although events wait");
    }
    assert_eq!(scene.said(), texts[..ANSWERED]);
    scene.hears(&texts[ANSWERED..]);
}

//! Sessions that are kept in a store, and what a program comes back to.

use std::{panic::resume_unwind, thread, time::Duration};

use wx_proto::{Close, Event, EventId, EventKind, driver::Ack};

use super::{
    scene::{A_WHILE, PATIENCE, Scene, direct, eventually, listen, said, setup},
    shelf::Shelf,
};
use crate::{conformance::Subject, listen::Listener, server::Endpoint};

/// A session that is open and at rest, and is kept on `shelf`.
fn kept<S: Subject>(shelf: &Shelf) -> Scene<S> {
    let mut scene = None;
    shelf.saved_after(|| {
        let begun = start(listen(setup()), shelf);
        begun.rest();
        scene = Some(begun);
    });
    scene.expect("it was just started")
}

/// Goes on with what is on `shelf`, as a program does when it is started again.
fn start<S: Subject>(service: Listener, shelf: &Shelf) -> Scene<S> {
    let (session, events) = S::start(shelf.open(&service.url()), &direct());
    let mut scene = Scene::<S> {
        session,
        events,
        service,
    };
    scene.reach_online();
    scene
}

/// Another program goes on with what is on `shelf`, which this one may use no more.
fn again<S: Subject>(scene: Scene<S>, shelf: &Shelf) -> Scene<S> {
    close(&scene);
    start(scene.service, shelf)
}

fn close<S: Subject>(scene: &Scene<S>) {
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect("rule 12: a session that has nothing more to send is closed");
}

/// The next text, and its event.
fn open<S: Subject>(scene: &mut Scene<S>) -> (EventId, String) {
    loop {
        match S::next(&mut scene.events, PATIENCE) {
            Ok(Some(Event {
                id,
                kind: EventKind::Message(message),
                ..
            })) => return (id, said(&message).unwrap_or_default()),
            Ok(Some(_)) => {}
            other => panic!("no message came: {other:?}"),
        }
    }
}

/// Asks for more, so that what is at hand is dealt with.
fn ask<S: Subject>(scene: &mut Scene<S>) {
    while let Ok(Some(_)) = S::next(&mut scene.events, A_WHILE) {}
}

fn hear<S: Subject>(scene: &mut Scene<S>, texts: &[&str]) {
    texts.iter().for_each(|text| scene.hear(text));
}

fn hears<S: Subject>(scene: &mut Scene<S>, texts: &[&str], why: &str) {
    for text in texts {
        assert_eq!(scene.heard(), *text, "{why}");
    }
}

/// What was said while nobody was there comes, and nobody has to scan.
pub fn stored_sessions_go_on<S: Subject>() {
    let shelf = Shelf::default();
    let scene = kept::<S>(&shelf);
    close(&scene);
    scene.hear("meanwhile");
    let mut scene = start::<S>(scene.service, &shelf);
    assert_eq!(
        scene.requests(Endpoint::Jslogin),
        1,
        "rule 14: a session that is in the store goes on without a scan"
    );
    hears(&mut scene, &["meanwhile"], "what came meanwhile comes now");
    scene.assert_clean();
}

/// Whatever becomes of the program then: what was dealt with does not come again.
pub fn changed_sessions_are_saved<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    hear(&mut scene, &["one"]);
    hears(&mut scene, &["one"], "messages come");
    shelf.saved_after(|| ask(&mut scene));
    let mut scene = again(scene, &shelf.copy());
    hear(&mut scene, &["two"]);
    let why = "rule 14: what was dealt with and saved does not come again";
    hears(&mut scene, &["two"], why);
}

/// What is saved covers what was acknowledged, and nothing else.
pub fn saves_do_not_cover_what_is_open<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    S::set_ack(&mut scene.events, Ack::Manual);
    hear(&mut scene, &["one", "two", "three"]);
    let texts: Vec<_> = (0..3).map(|_| open(&mut scene)).collect();
    shelf.saved_after(|| {
        scene.session.acknowledge(texts[0].0);
        scene.session.acknowledge(texts[2].0);
    });
    let mut scene = again(scene, &shelf.copy());
    hear(&mut scene, &["four"]);
    let why = "rule 14: what was not acknowledged comes again, and nothing that was";
    hears(&mut scene, &["two", "four"], why);
}

/// The last thing that happens is saved before whoever waits for the end is told of it.
pub fn ends_are_saved_before_they_are_told<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    S::set_ack(&mut scene.events, Ack::Manual);
    let mut last = None;
    shelf.saved_after(|| {
        hear(&mut scene, &["one"]);
        last = Some(open(&mut scene).0);
    });
    scene.session.acknowledge(last.expect("it came"));
    close(&scene);
    let mut scene = start::<S>(scene.service, &shelf.copy());
    hear(&mut scene, &["two"]);
    let why = "rule 14: what was acknowledged before the end was saved when the end was told";
    hears(&mut scene, &["two"], why);
}

/// After a logout there is nothing in the store that could be gone on with.
pub fn logouts_clear_the_store<S: Subject>() {
    let shelf = Shelf::default();
    let scene = kept::<S>(&shelf);
    let how = Close {
        logout: true,
        ..Close::default()
    };
    let closed = scene.session.close(how, PATIENCE);
    closed.expect("rule 12: a session that has nothing more to send is closed");
    let content = shelf.look();
    assert!(
        content.session.is_none() && content.clears > 0,
        "rule 14: a session that was logged out is not kept"
    );
}

/// Nobody waits for a store that takes its time, and what is saved after it is the latest state.
pub fn slow_stores_hold_nobody_up<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    let stuck = shelf.stick();
    hear(&mut scene, &["one"]);
    hears(&mut scene, &["one"], "messages come");
    ask(&mut scene);
    eventually("a session that has changed is saved", || {
        shelf.look().is_busy
    });
    scene.say("still here");
    hear(&mut scene, &["two"]);
    hears(&mut scene, &["two"], "messages come");
    assert!(
        shelf.look().is_busy,
        "rule 14: a session goes on while it is saved, not after that"
    );
    ask(&mut scene);
    thread::sleep(Duration::from_millis(1100));
    shelf.saved_after(|| drop(stuck));
    let mut scene = again(scene, &shelf.copy());
    hear(&mut scene, &["three"]);
    let why = "rule 14: what is saved last is the latest state";
    hears(&mut scene, &["three"], why);
}

/// A save that fails is told, and made up for.
pub fn failed_saves_are_tried_again<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    hear(&mut scene, &["one"]);
    hears(&mut scene, &["one"], "messages come");
    shelf.saved_after(|| {
        shelf.look().failures = 2;
        ask(&mut scene);
    });
    let told = shelf.look().told.clone();
    assert_eq!(told.len(), 2, "rule 14: each failure is told");
    assert!(
        told.iter().all(Option::is_some),
        "rule 14: that it is tried again is told, too"
    );
    let mut scene = again(scene, &shelf.copy());
    hear(&mut scene, &["two"]);
    let why = "rule 14: what could not be saved at first is saved later";
    hears(&mut scene, &["two"], why);
}

/// A program that fails drops its stream. What it was at, and what it had not read, comes again.
pub fn failing_readers_lose_nothing<S: Subject>() {
    let shelf = Shelf::default();
    let mut scene = kept::<S>(&shelf);
    hear(&mut scene, &["one", "two"]);
    hears(&mut scene, &["one"], "messages come");
    let Scene {
        session,
        events,
        service,
    } = scene;
    let reader = thread::spawn(move || {
        let _events = events;
        // A panic, but for the message.
        resume_unwind(Box::new("on purpose"))
    });
    let failed: thread::Result<()> = reader.join();
    assert!(failed.is_err());
    // The session lives on for a while, as in a program that has other threads.
    thread::sleep(A_WHILE * 4);
    let closed = session.close(Close::default(), PATIENCE);
    closed.expect("rule 12: a session that has nothing more to send is closed");
    drop(session);
    let mut scene = start::<S>(service, &shelf);
    let why = "rule 10: what a reader was at when it failed is not dealt with";
    hears(&mut scene, &["one", "two"], why);
}

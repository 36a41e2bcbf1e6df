//! Sessions that are kept, at their end, whoever ends them: what is saved last, and what a program
//! that was killed or has failed comes back to.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    task::Poll,
    thread,
};

use wx_proto::{
    Client, Close, EndCause, EventKind, Seed,
    driver::{Ack, Kept},
};

use crate::{
    lab::{Bell, Lab, SEED, config, poll},
    shelf::{Shelf, again, hear, online, read_all, read_to, text},
};

#[test]
fn the_end_is_saved_before_it_is_told() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    lab.delays.set(true);
    hear(&lab, &["one"]);
    lab.pass(5_000);
    read_all(&mut events);
    lab.delayed.take().into_iter().for_each(|it| it.run());
    let before = shelf.saves();
    hear(&lab, &["two"]);
    lab.pass(100);
    read_all(&mut events);
    handle.close(Close::default());
    let bell = Arc::<Bell>::default();
    let mut closed = Box::pin(handle.closed());
    assert!(bell.poll(closed.as_mut()).is_pending());
    lab.run();
    assert!(bell.poll(closed.as_mut()).is_pending());
    // At once, without waiting for more.
    let saving = lab.delayed.borrow_mut().pop().unwrap();
    saving.run();
    assert!(bell.rung());
    assert!(poll(closed).is_ready());
    assert_eq!(shelf.saves(), before + 1);
    assert!(matches!(
        read_all(&mut events).last(),
        Some(EventKind::Ended(_))
    ));
    lab.assert_quiet();
    assert!(!lab.is_driven(), "all is read, and all is saved");
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn what_is_read_after_the_end_is_saved_as_well() {
    for ack in [Ack::OnNext, Ack::Manual] {
        let shelf = Shelf::default();
        let (lab, handle, mut events) = online(&shelf);
        events.ack = ack;
        hear(&lab, &["one", "two"]);
        lab.pass(5_000);
        handle.close(Close::default());
        lab.run();
        assert!(
            poll(handle.closed()).is_ready(),
            "nobody waits for a reader"
        );
        assert!(lab.is_driven(), "there is something to read");
        while let Poll::Ready(Some(event)) = poll(events.next()) {
            if ack == Ack::Manual && text(&event.kind).as_deref() == Some("one") {
                handle.acknowledge(event.id);
            }
        }
        lab.run();
        assert_eq!(
            lab.is_driven(),
            ack == Ack::Manual,
            "it may be acknowledged yet"
        );
        drop((handle, events));
        lab.assert_quiet();
        assert!(!lab.is_driven());
        let (_scene, texts) = again(&lab, &shelf);
        assert_eq!(
            texts,
            if ack == Ack::OnNext {
                &[][..]
            } else {
                &["two"]
            }
        );
    }
}

#[test]
fn many_events_that_are_read_after_the_end_are_no_flood_of_saves() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    for nth in 0..50 {
        hear(&lab, &[&format!("text {nth}")]);
    }
    lab.pass(5_000);
    handle.close(Close::default());
    lab.run();
    let before = shelf.saves();
    for _ in 0..10 {
        for _ in 0..5 {
            assert!(poll(events.next()).is_ready());
            lab.run();
        }
        lab.pass(100);
    }
    assert!(shelf.saves() <= before + 2, "{}", shelf.saves() - before);
    // The last of it is saved at once.
    read_all(&mut events);
    lab.assert_quiet();
    assert!(!lab.is_driven());
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn at_the_end_a_store_that_fails_has_three_tries() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    shelf.look(|content| content.fails = true);
    handle.close(Close::default());
    lab.run();
    for told in [&[Some(1)][..], &[Some(1), Some(1)]] {
        assert_eq!(shelf.look(|content| content.told.clone()), told);
        assert!(poll(handle.closed()).is_pending());
        lab.pass(1_000);
    }
    let told = shelf.look(|content| content.told.clone());
    assert_eq!(told, [Some(1), Some(1), None]);
    assert!(poll(handle.closed()).is_ready());
    read_all(&mut events);
    lab.assert_quiet();
    assert!(!lab.is_driven());
}

#[test]
fn failures_before_the_end_are_none_of_its_tries() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    shelf.set_failing(true);
    hear(&lab, &["one"]);
    lab.pass(5_000);
    read_all(&mut events);
    lab.pass(10_000);
    let told = shelf.look(|content| mem::take(&mut content.told));
    assert!(told.len() >= 3, "{told:?}");
    handle.close(Close::default());
    lab.run();
    assert_eq!(shelf.look(|content| content.told.clone()), [Some(1)]);
    // The disk has room again.
    shelf.set_failing(false);
    lab.pass(999);
    assert!(poll(handle.closed()).is_pending());
    lab.pass(1);
    assert!(poll(handle.closed()).is_ready());
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn a_save_that_the_end_overtakes_is_tried_again_as_soon_as_any_at_the_end() {
    // The end comes while the store is at work, or while its failure is told.
    for is_told in [false, true] {
        let shelf = Shelf::default();
        let (lab, handle, mut events) = online(&shelf);
        shelf.set_failing(true);
        hear(&lab, &["one"]);
        lab.pass(5_000);
        read_all(&mut events);
        // The pauses are long by now.
        lab.pass(60_000);
        let ending = handle.clone();
        let end: Box<dyn FnOnce() + Send> = Box::new(move || ending.close(Close::default()));
        shelf.look(|content| {
            content.told.clear();
            match is_told {
                true => content.when_told = Some(end),
                false => content.meanwhile = Some(end),
            }
        });
        while handle.inspect(Client::phase).is_ok() {
            lab.pass(100);
        }
        // Nobody knew of the end when it was told.
        let pause = if is_told { 60 } else { 1 };
        assert_eq!(shelf.look(|content| content.told.clone()), [Some(pause)]);
        shelf.set_failing(false);
        lab.pass(1_000);
        assert!(poll(handle.closed()).is_ready());
        let (_scene, texts) = again(&lab, &shelf);
        assert_eq!(texts, [""; 0]);
    }
}

#[test]
fn when_the_last_one_has_gone_the_driver_stays_until_all_is_saved() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    lab.delays.set(true);
    let before = shelf.saves();
    hear(&lab, &["one"]);
    lab.pass(400);
    read_all(&mut events);
    drop(events);
    drop(handle);
    lab.assert_quiet();
    assert!(lab.is_driven());
    lab.delayed.take().into_iter().for_each(|it| it.run());
    lab.assert_quiet();
    assert!(!lab.is_driven());
    assert_eq!(shelf.saves(), before + 1);
    assert_eq!(
        Arc::strong_count(&lab.clock),
        1,
        "somebody keeps the client"
    );
}

#[test]
fn a_logout_clears_the_store_unless_something_is_left() {
    for after_logout in [false, true] {
        let shelf = Shelf::default();
        let mut config = config();
        config.relogin.after_logout = after_logout;
        let (lab, handle, mut events) = Lab::of(shelf.open_with(config).unwrap());
        lab.to_online(&handle, &mut events);
        handle.close(Close {
            logout: true,
            ..Close::default()
        });
        lab.pass(5_000);
        assert!(poll(handle.closed()).is_ready());
        assert_eq!(
            shelf.look(|content| content.clears),
            usize::from(!after_logout)
        );
        let left = shelf.look(|content| content.session.clone());
        assert_eq!(left.is_some(), after_logout);
        let is_asked = |kind: &EventKind| matches!(kind, EventKind::PushSent);
        let (lab, _handle, mut events) = lab.again(shelf.open());
        lab.pass(1_000);
        assert_eq!(read_all(&mut events).iter().any(is_asked), after_logout);
    }
}

#[test]
fn nothing_is_saved_over_a_session_that_nobody_could_enter() {
    let shelf = Shelf::default();
    let (lab, _handle, _events) = online(&shelf);
    let saved = shelf.look(|content| content.session.clone());
    let saves = shelf.saves();
    let (lab, handle, mut events) = lab.again(shelf.open());
    lab.keeps.set(true);
    lab.run();
    handle.close(Close::default());
    lab.run();
    let read = read_all(&mut events);
    assert!(matches!(read.last(), Some(EventKind::Ended(end)) if end.cause == EndCause::Detached));
    lab.assert_quiet();
    let (session, clears) = shelf.look(|content| (content.session.clone(), content.clears));
    assert_eq!(clears, 0);
    // It was saved as it is, apart from the time.
    assert!(shelf.saves() <= saves + 1);
    let is_same = |bytes: Option<Vec<u8>>| {
        let mut json: serde_json::Value = serde_json::from_slice(&bytes.unwrap()).unwrap();
        json["saved"] = 0.into();
        json
    };
    assert_eq!(is_same(session), is_same(saved));

    // Nor is there anything to save before the first login.
    let empty = Shelf::default();
    let (lab, handle, events) = Lab::of(empty.open());
    lab.run();
    drop((handle, events));
    lab.assert_quiet();
    assert!(!lab.is_driven());
    let touched = empty.look(|content| content.saves + content.clears);
    assert_eq!(touched, 0);
}

#[test]
fn an_engine_that_goes_saves_what_is_left() {
    // With nothing under way, with a save that nobody has begun, and with one that nobody ever will.
    for way in ["idle", "late", "never"] {
        let shelf = Shelf::default();
        let (lab, handle, mut events) = online(&shelf);
        lab.delays.set(true);
        hear(&lab, &["one"]);
        lab.pass(if way == "idle" { 400 } else { 5_000 });
        assert_eq!(lab.delayed.borrow().len(), usize::from(way != "idle"));
        read_all(&mut events);
        let before = shelf.saves();
        let bell = Arc::<Bell>::default();
        let mut closed = Box::pin(handle.closed());
        assert!(bell.poll(closed.as_mut()).is_pending());
        lab.kill_driver();
        assert_eq!(shelf.saves(), before + usize::from(way == "idle"));
        for saving in lab.delayed.take() {
            assert!(poll(closed.as_mut()).is_pending(), "not saved yet");
            assert!(bell.poll(closed.as_mut()).is_pending());
            match way {
                "late" => saving.run(),
                _ => drop(saving),
            }
        }
        assert!(bell.rung());
        assert!(poll(closed).is_ready());
        assert_eq!(shelf.saves(), before + 1);
        let (_scene, texts) = again(&lab, &shelf);
        assert_eq!(texts, [""; 0], "{way}");
    }
}

#[test]
fn an_engine_that_goes_tries_once() {
    let shelf = Shelf::default();
    let (lab, handle, _events) = online(&shelf);
    shelf.look(|content| content.fails = true);
    lab.kill_driver();
    assert_eq!(shelf.look(|content| content.told.clone()), [None]);
    assert!(poll(handle.closed()).is_ready());
}

#[test]
fn a_store_that_panics_to_the_end_holds_nobody_up() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    lab.delays.set(true);
    shelf.look(|content| content.panics = true);
    handle.close(Close::default());
    for _ in 0..3 {
        lab.run();
        assert!(poll(handle.closed()).is_pending());
        let saving = lab.delayed.borrow_mut().pop().unwrap();
        assert!(thread::spawn(move || saving.run()).join().is_err());
        lab.pass(1_000);
    }
    assert!(poll(handle.closed()).is_ready());
    read_all(&mut events);
    lab.assert_quiet();
    assert!(!lab.is_driven());
}

#[test]
fn what_a_program_had_not_dealt_with_when_it_failed_comes_again() {
    for way in ["panic", "error", "the handle stays for a moment"] {
        let shelf = Shelf::default();
        let (lab, handle, mut events) = online(&shelf);
        hear(&lab, &["one", "two", "three"]);
        lab.pass(5_000);
        // The second is being dealt with.
        read_to(&mut events, "two");
        match way {
            "panic" => {
                let failed = catch_unwind(AssertUnwindSafe(move || {
                    let _events = events;
                    panic!("on purpose");
                }));
                assert!(failed.is_err());
                // Whatever becomes of the session meanwhile.
                lab.pass(60_000);
                hear(&lab, &["four"]);
                lab.pass(60_000);
            }
            "error" => drop(events),
            _ => {
                drop(events);
                lab.pass(900);
            }
        }
        drop(handle);
        lab.assert_quiet();
        assert!(!lab.is_driven());
        let (_scene, texts) = again(&lab, &shelf);
        let left = if way == "panic" {
            &["two", "three", "four"][..]
        } else {
            &["two", "three"]
        };
        assert_eq!(texts, left, "{way}");
    }
}

#[test]
fn a_session_that_goes_on_without_a_reader_is_rid_of_its_events() {
    let shelf = Shelf::default();
    let (lab, handle, mut events) = online(&shelf);
    hear(&lab, &["one", "two", "three"]);
    lab.pass(5_000);
    read_to(&mut events, "two");
    drop(events);
    lab.pass(999);
    assert!(handle.inspect(|client| client.has_events()).unwrap());
    lab.pass(1);
    assert!(!handle.inspect(|client| client.has_events()).unwrap());
    lab.pass(1_000);
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn what_is_told_of_a_failure_is_one_clause() {
    let shelf = Shelf::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let kept = Kept::open(config(), Seed::from(SEED), shelf.clone(), move |unsaved| {
        tell.lock().unwrap().push(unsaved.to_string());
    });
    let (lab, handle, mut events) = Lab::of(kept.unwrap());
    lab.to_online(&handle, &mut events);
    shelf.look(|content| content.fails = true);
    handle.close(Close::default());
    lab.pass(5_000);
    let next = "session is not saved, next try in 1 s";
    let last = "session is not saved, no try is left";
    assert_eq!(*told.lock().unwrap(), [next, next, last]);
}

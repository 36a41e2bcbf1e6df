//! Sessions that are kept: what is saved, and when.

use std::thread;

use wx_proto::{Family, SnapshotError, driver::StoreError};

use crate::{
    lab::config,
    shelf::{Shelf, again, hear, online, read_all, read_to},
};

#[test]
fn what_was_dealt_with_is_saved_within_a_second_and_what_was_not_comes_again() {
    let shelf = Shelf::default();
    let (lab, _handle, mut events) = online(&shelf);
    hear(&lab, &["one", "two", "three"]);
    lab.pass(5_000);
    // Two of them are dealt with, the third is at hand.
    read_to(&mut events, "three");
    let before = shelf.saves();
    lab.pass(999);
    assert_eq!(shelf.saves(), before + 1);
    lab.pass(60_000);
    assert_eq!(shelf.saves(), before + 1, "there was nothing more to save");
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, ["three"]);
}

#[test]
fn nobody_has_to_read_for_cookies_to_be_saved() {
    let shelf = Shelf::default();
    let (lab, _handle, _events) = online(&shelf);
    hear(&lab, &["one"]);
    lab.pass(5_000);
    let before = shelf.saves();
    // Syncs renew the cookies.
    lab.pass(3 * 3600 * 1000);
    assert!(shelf.saves() > before);
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, ["one"]);
}

#[test]
fn a_flood_is_saved_twice_a_second_at_most() {
    let shelf = Shelf::default();
    let (lab, _handle, mut events) = online(&shelf);
    let before = shelf.saves();
    for nth in 0..50 {
        hear(&lab, &[&format!("text {nth}")]);
        lab.pass(100);
        read_all(&mut events);
    }
    lab.pass(1_000);
    let saves = shelf.saves() - before;
    assert!((5..=12).contains(&saves), "{saves}");
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn a_slow_store_holds_nothing_up_and_gets_the_latest_state_only() {
    let shelf = Shelf::default();
    let (lab, _handle, mut events) = online(&shelf);
    lab.delays.set(true);
    let before = shelf.saves();
    for text in ["one", "two", "three"] {
        hear(&lab, &[text]);
        lab.pass(5_000);
        read_to(&mut events, text);
        read_all(&mut events);
    }
    assert_eq!(lab.delayed.borrow().len(), 1, "one save at a time");
    let saving = lab.delayed.borrow_mut().pop().unwrap();
    saving.run();
    assert_eq!(shelf.saves(), before + 1);
    lab.pass(5_000);
    assert!(lab.delayed.borrow().is_empty(), "that was all of it");
    // What is dealt with before the store is asked is in it.
    hear(&lab, &["four"]);
    lab.pass(5_000);
    let saving = lab.delayed.borrow_mut().pop().unwrap();
    read_all(&mut events);
    thread::spawn(|| saving.run()).join().unwrap();
    lab.pass(1_000);
    assert_eq!(shelf.saves(), before + 2);
    assert!(lab.delayed.borrow().is_empty(), "it has seen that already");
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn a_failure_is_told_and_tried_again_after_longer_and_longer_pauses() {
    let shelf = Shelf::default();
    let (lab, _handle, mut events) = online(&shelf);
    let before = shelf.saves();
    shelf.look(|content| content.fails = true);
    hear(&lab, &["one"]);
    lab.pass(5_000);
    read_all(&mut events);
    lab.pass(1_000);
    assert!(shelf.look(|content| content.told.len()) >= 3);
    // However much there is to save meanwhile.
    for nth in 0..60 {
        hear(&lab, &[&format!("text {nth}")]);
        lab.pass(5_000);
        read_all(&mut events);
    }
    let told = shelf.look(|content| std::mem::take(&mut content.told));
    let pauses: Vec<_> = told.into_iter().map(Option::unwrap).collect();
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 32, 60]);
    assert!((9..=12).contains(&pauses.len()), "{pauses:?}");
    shelf.look(|content| content.fails = false);
    lab.pass(60_000);
    assert_eq!(shelf.saves(), before + 1);
    // It is as it was before.
    hear(&lab, &["two"]);
    lab.pass(5_000);
    read_all(&mut events);
    lab.pass(1_000);
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn a_save_that_is_dropped_or_that_panics_is_tried_again() {
    let shelf = Shelf::default();
    let (lab, _handle, mut events) = online(&shelf);
    lab.delays.set(true);
    hear(&lab, &["one"]);
    lab.pass(5_000);
    read_all(&mut events);
    let before = shelf.saves();
    lab.delayed.take().into_iter().for_each(drop);
    lab.pass(1_000);
    let saving = lab
        .delayed
        .borrow_mut()
        .pop()
        .expect("the errand comes again");
    shelf.look(|content| content.panics = true);
    let panicked = thread::spawn(move || saving.run()).join();
    assert!(panicked.is_err());
    shelf.look(|content| content.panics = false);
    lab.pass(2_000);
    lab.delayed.take().into_iter().for_each(|it| it.run());
    assert_eq!(shelf.saves(), before + 1);
    let (_scene, texts) = again(&lab, &shelf);
    assert_eq!(texts, [""; 0]);
}

#[test]
fn what_is_stored_and_of_no_use_is_told_and_left_alone() {
    let good = Shelf::default();
    online(&good);
    let good = good.look(|content| content.session.clone()).unwrap();
    let newer = String::from_utf8(good.clone()).unwrap();
    let newer = newer.replacen("\"version\":2", "\"version\":3", 1);
    let malformed = SnapshotError::Malformed;
    for (stored, error) in [
        (&b""[..], &malformed),
        (b"#!/bin/sh\necho mine\n", &malformed),
        (&good[..good.len() - 1], &malformed),
        (newer.as_bytes(), &SnapshotError::UnsupportedVersion(3)),
    ] {
        let shelf = Shelf::holding(stored);
        match shelf.open_with(config()) {
            Err(StoreError::Unusable(why)) => assert_eq!(why, *error),
            other => panic!("{other:?}"),
        }
        shelf.look(|content| {
            assert_eq!(content.session.as_deref(), Some(stored));
            assert_eq!(content.saves + content.clears, 0);
        });
    }
    let shelf = Shelf::holding(&good);
    let mut other = config();
    other.entry = Family::FILE_HELPER;
    match shelf.open_with(other) {
        Err(why @ StoreError::OtherPage) => assert_eq!(
            why.to_string(),
            "stored session is one of another page (enter that one, or remove it to scan again)",
        ),
        other => panic!("{other:?}"),
    }
    assert!(shelf.open_with(config()).is_ok());
    shelf.look(|content| content.fails = true);
    match shelf.open_with(config()) {
        Err(StoreError::Load(why)) => assert_eq!(why.to_string(), "disk full"),
        other => panic!("{other:?}"),
    }
}

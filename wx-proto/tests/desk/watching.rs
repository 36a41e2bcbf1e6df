//! Those who look on: how far a session is, told to whoever wants to know.

use std::{cell::RefCell, rc::Rc, sync::Arc, task::Poll, time::Duration};

use wx_proto::{Close, Health, Phase, driver::Watch};

use crate::lab::{Bell, Lab, poll};

const MINUTE: Duration = Duration::from_secs(60);

/// Somebody who looks on until the end, and what they were told.
fn onlooker(lab: &Lab, mut watch: Watch) -> (u64, Rc<RefCell<Vec<Phase>>>) {
    let told = Rc::<RefCell<Vec<Phase>>>::default();
    let notes = Rc::clone(&told);
    let task = async move {
        while let Some(phase) = watch.next().await {
            notes.borrow_mut().push(phase);
        }
    };
    (lab.spawn(task), told)
}

#[test]
fn each_phase_is_told_to_all_who_look_on() {
    let (lab, handle, mut events) = Lab::new();
    let (early, first) = onlooker(&lab, handle.watch());
    let (leaves, gone) = onlooker(&lab, handle.watch());
    lab.run();
    lab.kill(leaves);
    lab.to_online(&handle, &mut events);
    let (late, second) = onlooker(&lab, handle.watch());
    lab.assert_quiet();
    handle.close(Close::default());
    lab.pass(5_000);
    lab.assert_quiet();
    use Phase::{Bootstrap, Closed, Closing, Confirmed, Online, Qr, Scanned};
    let told = first.borrow().clone();
    let way = [Qr, Scanned, Confirmed, Bootstrap, Online, Closing, Closed];
    assert!(told.is_sorted(), "{told:?}");
    assert!(told.iter().all(|phase| way.contains(phase)), "{told:?}");
    assert!(
        told.starts_with(&[Qr]) && told.contains(&Online),
        "{told:?}"
    );
    assert!(told.ends_with(&[Closed]), "{told:?}");
    let mut once = told.clone();
    once.dedup();
    assert_eq!(told, once, "nothing is told twice");
    assert_eq!(second.borrow().first(), Some(&Online), "at once");
    assert_eq!(second.borrow().last(), Some(&Closed));
    assert_eq!(*gone.borrow(), [Qr]);
    assert!(!lab.is_alive(early) && !lab.is_alive(late), "it is over");
}

#[test]
fn looking_on_keeps_no_session() {
    let (lab, handle, events) = Lab::online();
    let mut watch = handle.watch();
    assert!(matches!(
        poll(watch.next()),
        Poll::Ready(Some(Phase::Online))
    ));
    assert_eq!(watch.health(MINUTE), Health::Well);
    let bell = Arc::<Bell>::default();
    assert!(bell.poll(watch.next()).is_pending());
    assert!(
        bell.poll(watch.clone().next()).is_pending(),
        "it has seen what the other has"
    );
    drop((handle, events));
    assert!(bell.rung());
    lab.pass(5_000);
    assert!(!lab.is_driven());
    assert_eq!(
        (watch.phase(), watch.health(MINUTE)),
        (Phase::Closed, Health::Over)
    );
    // Whatever lay between is of no use any more.
    assert!(matches!(
        poll(watch.next()),
        Poll::Ready(Some(Phase::Closed))
    ));
    assert!(matches!(poll(watch.next()), Poll::Ready(None)));
    assert!(matches!(poll(watch.next()), Poll::Ready(None)));
}

#[test]
fn whoever_comes_takes_nobodys_place() {
    for stays in [true, false] {
        let (lab, handle, mut events) = Lab::online();
        let (first, second) = (Arc::<Bell>::default(), Arc::<Bell>::default());
        let mut early = handle.watch();
        assert!(first.poll(early.next()).is_ready());
        assert!(first.poll(early.next()).is_pending());
        let over: &[u8] = br#"window.synccheck={retcode:"1101",selector:"0"}"#;
        lab.plant("synccheck", 1, "text/javascript", over);
        lab.pass(30_000);
        assert!(first.rung(), "another phase");
        // Between the call and the answer to it somebody else sits down.
        let mut late = handle.watch();
        assert!(second.poll(late.next()).is_ready());
        assert!(second.poll(late.next()).is_pending());
        match stays {
            true => while first.poll(early.next()).is_ready() {},
            false => drop(early),
        }
        handle.close(Close::default());
        lab.run();
        assert!(second.rung(), "stays: {stays}");
        while let Poll::Ready(Some(_)) = poll(events.next()) {}
    }
}

#[test]
fn silence_is_seen_though_nothing_else_happens() {
    let (lab, handle, _events) = Lab::online();
    let watch = handle.watch();
    lab.keeps.set(true);
    // The poll that is under way is answered yet.
    lab.pass(30_000);
    assert_eq!(watch.health(MINUTE), Health::Well);
    // Nobody drives, and nobody answers: the clock alone goes on.
    lab.clock
        .fetch_add(90_000, std::sync::atomic::Ordering::SeqCst);
    let health = watch.health(MINUTE);
    assert!(
        matches!(health, Health::Silent(silent) if silent > MINUTE),
        "{health:?}"
    );
    assert_eq!(watch.phase(), Phase::Online);
}

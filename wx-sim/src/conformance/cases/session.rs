//! A session from the scan to the resume.

use std::{collections::BTreeSet, thread, time::Duration};

use wx_proto::{Client, Close, EventKind, Phase, Seed};

use super::scene::{PATIENCE, Scene, config, direct, eventually, listen, setup, text_to, until};
use crate::{conformance::Subject, server::Endpoint};

/// A scan leads to an open session, and the service has nothing to object to any request.
pub fn login_leads_to_online<S: Subject>() {
    let mut scene = Scene::<S>::at(listen(setup()));
    until::<S, _>(&mut scene.events, "a QR code is shown", |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    });
    scene.reach_online();
    assert_eq!(
        scene.session.inspect(Client::phase),
        Some(Phase::Online),
        "`inspect` shows the client as it is"
    );
    scene.rest();
    scene.assert_clean();
}

/// The order to send is obeyed while the answer to a poll is waited for, and every character of the
/// text arrives.
pub fn text_leaves_during_a_held_poll<S: Subject>() {
    let scene = Scene::<S>::online();
    let long = format!("1 < 2 & \"3\" \\ 4\n\t你好 \u{1f355}{}", "长".repeat(2000));
    let receipt = scene.say(&long);
    assert!(receipt.msg_id.is_some(), "the receipt is the service's");
    assert_eq!(
        scene.said(),
        [long],
        "rule 4: bodies go out exactly as given"
    );
    let polls = scene.requests(Endpoint::SyncCheck);
    scene.say("and another");
    assert_eq!(
        scene.requests(Endpoint::SyncCheck),
        polls,
        "rule 3: an order is obeyed at once, not after the poll that is held"
    );
    scene.assert_clean();
}

/// Calls take effect in the order in which they were made.
pub fn ten_texts_keep_their_order<S: Subject>() {
    let scene = Scene::<S>::online();
    let texts: Vec<String> = (0..10).map(|nth| format!("text {nth}")).collect();
    let commands = texts.iter().map(|text| scene.text(text)).collect();
    let results = scene.session.call_all(commands, PATIENCE);
    assert_eq!(results.len(), texts.len(), "each call has its own result");
    for result in results {
        result.expect("a text was not taken");
    }
    assert_eq!(
        scene.said(),
        texts,
        "rule 1: calls reach the client in their order"
    );
    scene.assert_clean();
}

/// All calls on the client are made one after another, from however many threads they come, and
/// each caller gets its own answer.
pub fn many_threads_each_get_their_own_answer<S: Subject>() {
    const THREADS: usize = 8;
    let scene = Scene::<S>::online();
    let receipts: Vec<_> = thread::scope(|scope| {
        let speakers: Vec<_> = (0..THREADS)
            .map(|nth| {
                let session = scene.session.clone();
                scope.spawn(move || {
                    let text = format!("from thread {nth}");
                    let command = text_to(&session, "filehelper", &text);
                    let receipt = session.call(command, PATIENCE);
                    (text, receipt.expect("a text was not taken"))
                })
            })
            .collect();
        let done = speakers.into_iter().map(|speaker| speaker.join());
        done.map(|done| done.expect("a caller panicked")).collect()
    });
    for (text, receipt) in &receipts {
        let local_id = receipt.client_msg_id.to_string();
        let matches = scene.service.with(|server| {
            let mut received = server.received();
            received.any(|said| said.text == *text && said.local_id == local_id)
        });
        assert!(
            matches,
            "rule 5: the receipt of {text:?} is somebody else's"
        );
    }
    let said: BTreeSet<_> = scene.said().into_iter().collect();
    assert_eq!(said.len(), THREADS, "each text is said once");
}

/// Messages become events in the order of the service.
pub fn messages_arrive_in_order<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let texts: Vec<String> = (0..20).map(|nth| format!("message {nth}")).collect();
    for text in &texts {
        scene.hear(text);
    }
    scene.hears(&texts);
    scene.assert_clean();
}

/// A snapshot opens the session again, without a scan.
pub fn resumed_session_needs_no_scan<S: Subject>() {
    let scene = Scene::<S>::online();
    let snapshot = scene.session.inspect(Client::snapshot).flatten();
    let snapshot = snapshot.expect("an open session has a snapshot");
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect("rule 12: a session that has nothing more to send is closed");
    let Scene { service, .. } = scene;

    let client = Client::resume(config(&service.url()), Seed::from([8; 32]), snapshot);
    let (session, events) = S::start(client, &direct());
    let mut scene = Scene::<S> {
        session,
        events,
        service,
    };
    scene.reach_online();
    assert_eq!(
        scene.requests(Endpoint::Jslogin),
        1,
        "a resumed session asks for no QR code"
    );
    scene.say("again");
}

/// Both clocks run: requests carry the time of day, and deadlines come although nothing else
/// happens.
pub fn clock_is_right_and_moves_on<S: Subject>() {
    const PAUSE: Duration = Duration::from_millis(600);
    let scene = Scene::<S>::online_with(
        {
            let mut setup = setup();
            // A driver that reads the clock once and never again is found out after this.
            setup.limits.clock_slack = Duration::from_secs(5);
            setup
        },
        |_| {},
    );
    scene.say("early");
    thread::sleep(PAUSE);
    scene.say("late");
    // An id starts with the clock in milliseconds.
    let stamps: Vec<Duration> = scene.service.with(|server| {
        let ids = server.received().map(|text| text.local_id.clone());
        let digits = ids.map(|id| id.get(..13).and_then(|ms| ms.parse().ok()));
        digits
            .map(|ms| Duration::from_millis(ms.expect("an id is made of digits")))
            .collect()
    });
    let now = scene.service.with(|server| server.now());
    let moved = stamps[1].saturating_sub(stamps[0]);
    assert!(
        moved + Duration::from_millis(50) >= PAUSE,
        "rule 13: the clock is read anew for each input, but moved by {moved:?} in {PAUSE:?}"
    );
    for stamp in stamps {
        assert!(
            now.abs_diff(stamp) < PATIENCE,
            "rule 13: Unix time is that of the day, but {stamp:?} was told at {now:?}"
        );
    }
    scene.assert_clean();
}

/// A pause of the client's own ends by the clock alone: nothing else happens meanwhile.
pub fn deadline_wakes_the_driver<S: Subject>() {
    let scene = Scene::<S>::online_with(setup(), |config| {
        config.pace = wx_proto::Pace::new(1, Duration::from_millis(700));
    });
    let commands = (0..3)
        .map(|nth| scene.text(&format!("paced {nth}")))
        .collect();
    for result in scene.session.call_all(commands, PATIENCE) {
        result.expect("rule 9: wake up at `poll_timeout`, or paced texts never leave");
    }
    eventually("all commands are complete", || {
        scene.session.inspect(Client::waiting_commands) == Some(0)
    });
    assert_eq!(scene.said().len(), 3);
}

//! Handles, calls that nobody waits for, and the end.

use std::{sync::mpsc, thread, time::Duration};

use wx_proto::{Client, Close, CommandError, EndCause, MediaKind, Upload, driver::CallError};

use super::scene::{
    A_WHILE, PATIENCE, Scene, end, eventually, heard, newest, refused, requests, rest, text_to,
};
use crate::{
    conformance::{Failure, Subject},
    listen::Fault,
    server::{Act, Endpoint},
};

/// A case gives a call up after this, long before anything would end it.
const BRIEF: Duration = Duration::from_millis(300);

/// Closing hangs up on the poll long before the service would answer it; a session that was not
/// logged out goes on at the service.
pub fn close_hangs_up_on_the_poll<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect(
        "rule 7: an abort stops the exchange at once, so closing does not take as long as the poll",
    );
    eventually("rule 7: an abort frees the socket of the poll", || {
        scene.service.hang_ups("synccheck") == 1
    });
    assert_eq!(end::<S>(&mut scene.events), EndCause::Detached);
    scene.service.with(|server| {
        assert_eq!(newest(server).over, None, "nobody asked for a logout");
        assert_eq!(
            requests(server, Endpoint::Logout),
            0,
            "nobody asked for a logout"
        );
    });
}

/// A logout is sent, and its answer waited for, before the driver leaves.
pub fn logout_is_sent_before_the_end<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let how = Close {
        logout: true,
        ..Close::default()
    };
    let closed = scene.session.close(how, PATIENCE);
    closed.expect("rule 12: a session that has nothing more to send is closed");
    assert_eq!(
        scene.requests(Endpoint::Logout),
        1,
        "rule 12: the loop is left when the client is drained, and not while a logout is due"
    );
    assert!(scene.service.with(|server| newest(server).over.is_some()));
    assert_eq!(
        end::<S>(&mut scene.events),
        EndCause::LoggedOut,
        "rule 12: events that are left are handed over"
    );
    scene.assert_clean();
}

/// What was submitted may still take its time, if the application says so.
pub fn close_drains_what_was_submitted<S: Subject>() {
    let scene = Scene::<S>::online();
    scene
        .service
        .plant("webwxsendmsg", 1, Fault::Drip(Duration::from_millis(2)));
    let (session, text) = (scene.session.clone(), scene.text("last words"));
    let caller = thread::spawn(move || session.call(text, PATIENCE));
    scene.wait("the text", |server| server.received().len() == 1);
    let how = Close {
        logout: true,
        drain: PATIENCE,
    };
    scene
        .session
        .close(how, PATIENCE)
        .expect("rule 12: a drained session is closed");
    let receipt = caller.join().expect("the caller panicked");
    receipt.expect("rule 12: stay until the client is drained; this text was on its way");
}

/// Nobody waits for a command any more: it is cancelled, and what waited behind it goes on.
pub fn abandoned_calls_are_cancelled<S: Subject>() {
    let scene = Scene::<S>::online();
    scene.service.plant("webwxsendmsg", 1, Fault::Silence);
    let given_up = scene.session.call(scene.text("never mind"), BRIEF);
    assert!(matches!(given_up, Err(Failure::GaveUp)), "{given_up:?}");
    // Texts to one chat keep their order, so this one waits for the one before.
    let behind = scene.session.call(scene.text("behind it"), PATIENCE / 2);
    assert!(
        behind.is_ok(),
        "rule 11: a command that nobody waits for is cancelled; it still stood in the way: {behind:?}"
    );
    assert_eq!(scene.said(), ["behind it"]);
    eventually("rule 7: an aborted exchange frees its socket", || {
        scene.service.hang_ups("webwxsendmsg") == 1
    });
    assert_eq!(scene.session.inspect(Client::waiting_commands), Some(0));
}

/// A call that is given up before its turn never reaches the client.
pub fn calls_abandoned_before_their_turn_are_not_submitted<S: Subject>() {
    let scene = Scene::<S>::online();
    let text = scene.text("too late");
    let (entered, is_in) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let (gone, given_up) = thread::scope(|scope| {
        let session = scene.session.clone();
        // The client is busy for as long as this view looks.
        scope.spawn(move || {
            session.inspect(move |_| {
                let _ = entered.send(());
                let _ = released.recv_timeout(PATIENCE);
            })
        });
        is_in
            .recv_timeout(PATIENCE)
            .expect("`inspect` calls its view");
        let caller = scope.spawn(|| scene.session.call(text, BRIEF));
        thread::sleep(BRIEF + A_WHILE);
        let gone = caller.is_finished();
        drop(release);
        (gone, caller.join().expect("the caller panicked"))
    });
    scene.say("in time");
    let submitted = scene.session.inspect(|client| client.stats().submitted);
    match given_up {
        Err(Failure::GaveUp) if gone => {
            assert_eq!(
                submitted,
                Some(1),
                "rule 11: a call whose caller is gone before its turn is not submitted at all"
            );
            assert_eq!(scene.said(), ["in time"]);
        }
        // Where callers wait for their turn themselves, none can be gone before it. One may be gone
        // right after it, and then it depends.
        Err(Failure::GaveUp) => assert_eq!(scene.said().pop().as_deref(), Some("in time")),
        Ok(_) => assert_eq!(scene.said(), ["too late", "in time"]),
        Err(error) => panic!("{error:?}"),
    }
}

/// A command that nobody waits for from the start is carried out like any other, and nothing is lent
/// to it.
pub fn posted_commands_need_nobody<S: Subject>() {
    let scene = Scene::<S>::online();
    assert!(scene.session.post(scene.text("for whom it may concern")));
    assert!(
        scene
            .session
            .post(Upload::source(MediaKind::File, "lent.txt", 10))
    );
    scene.say("behind it");
    assert_eq!(
        scene.said(),
        ["for whom it may concern", "behind it"],
        "rule 11: what is cancelled is what was given up, not what nobody waits for"
    );
    eventually("rule 6: a source that is not there is missing", || {
        scene.session.inspect(Client::waiting_commands) == Some(0)
    });
    let late = scene.text("too late");
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect("rule 12: a close comes to its end");
    assert!(
        !scene.session.post(late),
        "rule 12: a session that is over says so"
    );
}

/// The last handle and the stream are gone: the session ends, and can be resumed.
pub fn last_one_out_closes_without_a_logout<S: Subject>() {
    let scene = Scene::<S>::online();
    let (
        another,
        Scene {
            session,
            events,
            service,
        },
    ) = (scene.session.clone(), scene);
    drop(session);
    drop(events);
    drop(another);
    let hung_up = service.wait_until(PATIENCE, |server| !newest(server).polling);
    assert!(
        hung_up,
        "rule 11: without a handle and a stream the session is closed"
    );
    thread::sleep(A_WHILE);
    service.with(|server| {
        assert_eq!(
            requests(server, Endpoint::Logout),
            0,
            "rule 11: dropped is not logged out: a snapshot can still resume the session"
        );
        assert_eq!(newest(server).over, None);
        assert!(!newest(server).polling, "rule 11: the session is closed");
    });
}

/// The stream keeps the session alive as a handle does.
pub fn stream_alone_keeps_the_session<S: Subject>() {
    let Scene {
        session,
        mut events,
        service,
    } = Scene::<S>::online();
    drop(session);
    let act = Act::Text {
        from: super::scene::FRIEND.to_owned(),
        text: "anybody there?".to_owned(),
    };
    thread::sleep(A_WHILE);
    let deed = crate::server::Deed::In(crate::server::Whose::Latest, act);
    service.act(deed).expect("the service cannot do that");
    assert_eq!(
        heard::<S>(&mut events),
        "anybody there?",
        "rule 11: the session goes on while somebody reads its events"
    );
}

/// A handle keeps the session alive without a stream.
pub fn handle_alone_keeps_the_session<S: Subject>() {
    let Scene {
        session,
        events,
        service,
    } = Scene::<S>::online();
    drop(events);
    thread::sleep(A_WHILE);
    let text = text_to(&session, "filehelper", "still here");
    session
        .call(text, PATIENCE)
        .expect("rule 11: the session goes on while there is a handle");
    assert!(service.with(|server| newest(server).polling));
}

/// After the end calls fail at once, and closing again does no harm.
pub fn calls_after_the_end_fail_fast<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let late = scene.text("too late");
    scene
        .session
        .close(Close::default(), PATIENCE)
        .expect("rule 12: closing ends");
    let late = scene.session.call(late, PATIENCE);
    assert!(
        matches!(late, Err(Failure::Call(CallError::Stopped))),
        "rule 12: calls after the end fail with Stopped, and never hang: {late:?}"
    );
    assert_eq!(
        scene.session.inspect(Client::phase),
        None,
        "rule 12: there is nothing to look at after the end"
    );
    scene
        .session
        .close(Close::default(), PATIENCE)
        .expect("closing twice is no mistake");
    rest::<S>(&mut scene.events);
    let after = S::next(&mut scene.events, PATIENCE);
    assert!(
        matches!(after, Ok(None)),
        "a stream that ended stays so: {after:?}"
    );
}

/// A call that is under way hears of the end, and of its cause.
pub fn open_calls_hear_of_the_end<S: Subject>() {
    let scene = Scene::<S>::online();
    scene.service.plant_after("webwxsendmsg", 1, Fault::Silence);
    let (session, text) = (scene.session.clone(), scene.text("on its way"));
    let caller = thread::spawn(move || session.call(text, PATIENCE));
    scene.wait("the text", |server| server.received().len() == 1);
    scene
        .session
        .close(Close::default(), PATIENCE)
        .expect("rule 12: closing ends");
    let open = caller.join().expect("the caller panicked");
    let shown = format!("{open:?}");
    assert!(
        matches!(refused(open), Some(CommandError::Closed { .. })),
        "rule 5: every completion reaches its caller, also at the end; this one heard {shown}"
    );
}

/// The service ends the session while nobody reads: all of it can be read later, once.
pub fn end_by_the_service_waits_to_be_read<S: Subject>() {
    let mut scene = Scene::<S>::online();
    scene.hear("one more thing");
    eventually("the message is fetched", || {
        scene.session.inspect(|client| client.stats().messages) == Some(1)
    });
    scene.wait("the next poll", |server| newest(server).polling);
    scene.act(Act::Kick { code: 1101 });
    eventually("the loop of a session that is over is left", || {
        scene.session.inspect(|_| ()).is_none()
    });
    assert_eq!(
        scene.heard(),
        "one more thing",
        "rule 12: events are handed over after the end"
    );
    assert_eq!(end::<S>(&mut scene.events), EndCause::Replaced);
}

/// However many calls come, deadlines and replies have their turn.
pub fn floods_of_calls_delay_nothing<S: Subject>() {
    let mut scene = Scene::<S>::online();
    let (stop, stopped) = mpsc::channel::<()>();
    let stopped = std::sync::Mutex::new(stopped);
    let over = || {
        let stopped = stopped.lock();
        stopped.is_ok_and(|stopped| stopped.try_recv() == Err(mpsc::TryRecvError::Disconnected))
    };
    thread::scope(|scope| {
        for _ in 0..4 {
            let session = scene.session.clone();
            let over = &over;
            let empty = scene.text("");
            scope.spawn(move || {
                // Calls that are refused at once, so that they take no part of the network's time.
                while !over() && session.inspect(|_| ()).is_some() {
                    let _ = session.call(empty.clone(), PATIENCE);
                }
            });
        }
        // However this ends, the others are to stop.
        let _stop = stop;
        scene.service.plant("webwxsendmsg", 1, Fault::Reset);
        let said = scene.session.call(scene.text("a word"), PATIENCE);
        said.expect("rule 9: a retry is due at its deadline, however many calls come");
        scene.hear("a word to you");
        assert_eq!(
            scene.heard(),
            "a word to you",
            "rule 9: replies have their turn"
        );
    });
}

//! Exchanges that fail: each is told from the others, and none is repeated by the driver.

use std::{net::TcpListener, time::Duration};

use bytes::Bytes;
use http::Response;
use wx_proto::{EndCause, EventKind, TransportErrorKind, TroubleCause};

use super::{
    scene::{
        PATIENCE, Scene, client, config, direct, end, eventually, listen, lost, once, until,
        without_phone,
    },
    stage::{JSLOGIN, Play, Stage, ok},
};
use crate::{conformance::Subject, listen::Fault, server::Endpoint};

/// A reply that is lost after its effect: the client asks again under the same id, and the text is
/// said once.
pub fn lost_reply_is_asked_for_under_the_same_id<S: Subject>() {
    let mut scene = Scene::<S>::online();
    scene.service.plant_after("webwxsendmsg", 1, Fault::Reset);
    scene.say("once");
    let repeats: Vec<u32> = scene
        .service
        .with(|server| server.received().map(|text| text.repeats).collect());
    assert_eq!(repeats, [1], "said once, asked for twice under one id");
    assert_eq!(
        scene.trouble(),
        TroubleCause::Transport(TransportErrorKind::Reset),
        "rule 8: the request left, so its loss is a Reset"
    );
    assert_eq!(
        scene.session.inspect(|client| client.stats().retries),
        Some(1),
        "rule 4: repeating is the client's affair, not the driver's"
    );

    // And one that the service never saw.
    scene.service.plant("webwxsendmsg", 1, Fault::Reset);
    scene.say("twice");
    assert_eq!(scene.said(), ["once", "twice"]);
    scene.assert_clean();
}

/// What would happen twice is asked once, whatever becomes of the reply.
pub fn nothing_is_repeated_that_happens_twice<S: Subject>() {
    let scene = Scene::<S>::online();
    let ok = || Response::new(Bytes::from_static(b"made"));
    let faults = [
        Fault::Reset,
        Fault::ResetInBody(2),
        Fault::LongLength(10),
        Fault::BadStatusLine,
    ];
    for (nth, fault) in (1..).zip(faults) {
        let expected = match fault {
            Fault::BadStatusLine => TransportErrorKind::NotHttp,
            _ => TransportErrorKind::Reset,
        };
        scene
            .service
            .with(|server| server.plant("webwxcreatechatroom", 1, ok()));
        scene
            .service
            .plant_after("webwxcreatechatroom", 1, fault.clone());
        let result = scene.session.call(once(), PATIENCE);
        assert_eq!(
            scene.requests(Endpoint::CreateChatRoom),
            nth,
            "rule 4: a driver retries nothing, not even after {fault:?}"
        );
        assert_eq!(
            lost(result),
            expected,
            "rule 8: {fault:?} may have been acted upon"
        );
    }
}

/// Nobody listens: `Connect`, since no byte left.
pub fn refused_connections_are_unreachable<S: Subject>() {
    let socket = TcpListener::bind("127.0.0.1:0").expect("no free port on this machine");
    let address = socket.local_addr().expect("a bound socket has an address");
    drop(socket);
    let client = client(config(&format!("http://{address}")));
    let (_session, mut events) = S::start(client, &direct());
    assert_eq!(
        end::<S>(&mut events),
        EndCause::Unreachable(TransportErrorKind::Connect),
        "rule 8: nobody listens, so nothing was sent"
    );
}

/// The name has no address: `Resolve`.
pub fn unknown_names_are_not_resolved<S: Subject>() {
    // An empty label: no resolver has to be asked.
    let client = client(config("https://no..host"));
    let (_session, mut events) = S::start(client, &direct());
    let cause = until::<S, _>(&mut events, "the name is not resolved", |kind| match kind {
        EventKind::Trouble(trouble) => Some(trouble.cause),
        _ => None,
    });
    assert_eq!(
        cause,
        TroubleCause::Transport(TransportErrorKind::Resolve),
        "rule 8: a name without an address is Resolve"
    );
}

/// A connection that ends before the reply does is `Reset`, wherever that happens.
pub fn lost_connections_are_resets<S: Subject>() {
    let whole = ok(JSLOGIN);
    let cut = whole.get(..whole.len() - 3).unwrap_or_default().to_vec();
    let chunks =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{JSLOGIN}\r\n");
    for bytes in [
        Vec::new(),
        b"HTTP/1.1 200 OK\r\nContent-".to_vec(),
        cut,
        chunks.into_bytes(),
    ] {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let stage = Stage::new(move |seen| {
            let first = seen.path == "/jslogin" && seen.nth == 0;
            first.then(|| Play::SayAndClose(bytes.clone()))
        });
        let (_session, mut events) = S::start(client(config(&stage.url())), &direct());
        assert_eq!(
            trouble_before_qr::<S>(&mut events),
            TroubleCause::Transport(TransportErrorKind::Reset),
            "rule 8: the connection ended after {shown:?}, and the request had left"
        );
    }
    for fault in [
        Fault::Reset,
        Fault::Close,
        Fault::ResetInBody(6),
        Fault::LongLength(10),
    ] {
        let service = listen(without_phone());
        service.plant("jslogin", 1, fault.clone());
        let mut scene = Scene::<S>::at(service);
        assert_eq!(
            trouble_before_qr::<S>(&mut scene.events),
            TroubleCause::Transport(TransportErrorKind::Reset),
            "rule 8: {fault:?} comes after the request has left"
        );
    }
}

/// The service says nothing: the client orders the exchange off at its deadline, and asks again.
pub fn silence_ends_at_the_deadline<S: Subject>() {
    times_out::<S>(Fault::Silence);
}

/// The same if the reply stops in the middle of its body.
pub fn stalled_bodies_end_at_the_deadline<S: Subject>() {
    times_out::<S>(Fault::Stall(6));
}

fn times_out<S: Subject>(fault: Fault) {
    let service = listen(without_phone());
    service.plant("jslogin", 1, fault);
    let mut scene = Scene::<S>::at(service);
    assert_eq!(
        trouble_before_qr::<S>(&mut scene.events),
        TroubleCause::Transport(TransportErrorKind::TimedOut),
        "rule 9: the deadline is the client's, and it is kept"
    );
    eventually("rule 7: an aborted exchange frees its socket", || {
        scene.service.hang_ups("jslogin") == 1
    });
}

/// The failure of the first request, after which the second is answered.
fn trouble_before_qr<S: Subject>(events: &mut S::Events) -> TroubleCause {
    let cause = until::<S, _>(events, "the first request fails", |kind| match kind {
        EventKind::Trouble(trouble) => Some(trouble.cause),
        _ => None,
    });
    until::<S, _>(events, "a QR code is shown after all", |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    });
    cause
}

/// A reply that was late by a little is no failure.
pub fn slow_replies_are_waited_for<S: Subject>() {
    let service = listen(without_phone());
    service.plant("jslogin", 1, Fault::Drip(Duration::from_millis(4)));
    let mut scene = Scene::<S>::at(service);
    until::<S, _>(&mut scene.events, "a QR code is shown", |kind| match kind {
        EventKind::Trouble(trouble) => panic!(
            "rule 9: time-outs are the client's, and this was none: {}",
            trouble.cause
        ),
        kind => matches!(kind, EventKind::Qr(_)).then_some(()),
    });
}

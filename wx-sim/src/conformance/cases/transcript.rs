//! One session, word for word: all drivers say the same to the service.

use std::{env, fs};

use bytes::Bytes;
use http::{Response, StatusCode};
use wx_proto::{Close, EventKind, SendText};

use super::scene::{FRIEND, PATIENCE, Scene, listen, requests, setup, until};
use crate::{
    conformance::Subject,
    listen::Fault,
    server::{Act, Endpoint, Server},
};

/// What any driver says in that session.
const EXPECTED: &str = include_str!("../transcript.txt");

/// Names a file to write the transcript to, instead of comparing it: for when the client itself
/// says something else than before.
const REWRITE: &str = "WX_SIM_TRANSCRIPT";

/// The same client and the same service: every driver makes the same requests, to the byte, clocks
/// and what follows from them aside.
pub fn all_drivers_say_the_same<S: Subject>() {
    let service = listen(setup());
    // The notice that goes out beside it is to come first, on the slowest machine.
    service.plant("webwxgetcontact", 1, Fault::Reset);
    let mut scene = Scene::<S>::at(service);
    scene.reach_online();
    scene.rest();
    // Of one room only the phone's list of conversations tells, and the client looks it up, with
    // the pause that it leaves between two of these.
    scene.wait("the second look-up", |server| {
        requests(server, Endpoint::BatchGetContact) == 2
    });

    // Step by step, so that no two things happen at once.
    scene.act(Act::Text {
        from: FRIEND.to_owned(),
        text: "你好 \u{1f355} <b>&amp;</b>".to_owned(),
    });
    answer(&mut scene, "hello\n\"you\"");
    scene.act(Act::RoomText {
        room: "10241024@chatroom".to_owned(),
        from: "wxid_boris9d4k2".to_owned(),
        text: "at seven?".to_owned(),
        mention: true,
    });
    let mut unavailable = Response::new(Bytes::new());
    *unavailable.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let plant = |server: &mut Server| server.plant("webwxsendmsg", 1, unavailable);
    scene.service.with(plant);
    answer(&mut scene, "at eight");
    let how = Close {
        logout: true,
        ..Close::default()
    };
    scene
        .session
        .close(how, PATIENCE)
        .expect("rule 12: closing ends");

    let said = scene.service.with(|server| server.transcript());
    if let Some(file) = env::var_os(REWRITE) {
        fs::write(file, said).expect("the transcript could not be written");
        return;
    }
    for (nth, (said, expected)) in (1..).zip(said.lines().zip(EXPECTED.lines())) {
        assert_eq!(
            said, expected,
            "rule 4: all drivers say the same to the service; this one differs from \
             transcript.txt in line {nth}"
        );
    }
    assert_eq!(
        said.lines().count(),
        EXPECTED.lines().count(),
        "rule 4: all drivers say the same to the service, no more and no less:\n{said}"
    );
}

/// Answers what is heard next, and waits until the session is at rest again.
fn answer<S: Subject>(scene: &mut Scene<S>, text: &str) {
    let answer: SendText = until::<S, _>(&mut scene.events, "a message", |kind| match kind {
        EventKind::Message(message) => Some(message.reply(text)),
        _ => None,
    });
    scene.rest();
    let said = scene.session.call(answer, PATIENCE);
    said.expect("a text was not taken");
}

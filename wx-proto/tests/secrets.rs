//! What opens an account never reaches `Debug` or an error text, and a log holds no name either. What
//! that is, the service says.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::{
    io,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use common::*;
use http::Response;
use tracing::Level;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use wx_proto::{
    AcceptFriend, Attachment, EventKind, FetchAvatar, MediaKind, Raw, SendImage, SendText,
    TransportErrorKind, Upload,
};
use wx_sim::{
    leaks::Leaks,
    net::{Fate, Weather},
    server::{Act, Blob, Piece, Script, Secret, SecretKind, Setup},
    world::World,
};

/// What a subscriber wrote.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Logged {
    /// Takes all that is told in this thread, until the guard is dropped.
    fn start(&self) -> impl Drop {
        let log = self.clone();
        let to_log = fmt::layer()
            .with_ansi(false)
            .without_time()
            .with_writer(move || log.clone());
        let levels = Targets::new().with_default(Level::TRACE);
        tracing_subscriber::registry()
            .with(to_log.with_filter(levels))
            .set_default()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// All that can happen, and what a careless program would log of it.
fn eventful_world() -> (World, String) {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    world.keep_log();
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let snapshot = world.client(bot).snapshot().unwrap();
    let chat = world.client(bot).chat("filehelper").unwrap();
    let mut said = String::new();

    // Every kind of trouble has something to say.
    for body in ["<html>", "{}", "", r#"{"BaseResponse":{"Ret":-1}}"#] {
        let reply = Response::new(Bytes::from(body));
        // So often that what was there is given up.
        world.server_mut().plant("webwxsync", 3, reply.clone());
        world.server_mut().plant("webwxsendmsg", 1, reply);
        let pending = world.submit(bot, SendText::new(chat.clone(), "hello"));
        let friend = friend(&world);
        hears(&mut world, &friend, "hi");
        world.run_for(120 * SECOND);
        let outcome = world.outcome(bot, pending).unwrap();
        said.push_str(&format!("{outcome:?}"));
        if let Err(error) = outcome {
            said.push_str(&error.to_string());
        }
    }
    // What commands carry and bring.
    let friend = world
        .client(bot)
        .roster()
        .friends()
        .next()
        .unwrap()
        .id
        .clone();
    let image = Attachment::bytes("a.jpg", vec![7; 3000]);
    let upload = Upload::bytes(MediaKind::File, "a.bin", vec![7; 3000]);
    let lookup = Raw::post("webwxsearchcontact", r#"{"KeyWord":"a"}"#);
    let image = SendImage::new(friend.clone(), image);
    said.push_str(&format!("{image:?} {upload:?} {lookup:?}"));
    let image = world.submit(bot, image);
    let upload = world.submit(bot, upload);
    let lookup = world.submit(bot, lookup);
    let avatar = world.submit_writing(bot, FetchAvatar::of(friend));
    world
        .happen(Act::Send {
            chat: common::friend(&world),
            from: None,
            piece: Piece::File {
                name: "a.bin".into(),
                data: Blob::Made(3000),
            },
            veiled: false,
        })
        .unwrap();
    world
        .happen(Act::FriendRequest {
            plain: "wxid_newcomer1".into(),
            nick: "Newcomer".into(),
            words: "hello".into(),
        })
        .unwrap();
    world.run_for(60 * SECOND);
    let (mut requests, mut files) = (0, 0);
    for event in world.events(bot) {
        if let EventKind::Message(message) = &event.kind {
            files += usize::from(message.body.kind() == "file");
            said.push_str(&format!("{event:?}"));
        }
        if let EventKind::ContactRequest(request) = &event.kind {
            requests += 1;
            let accept = AcceptFriend::new(request);
            said.push_str(&format!("{event:?} {accept:?}"));
            world.submit(bot, accept);
        }
    }
    assert_eq!((requests, files), (1, 1));
    world.run_for(60 * SECOND);
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, image).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, upload).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, lookup).unwrap().unwrap()
    ));
    said.push_str(&format!(
        "{:?}",
        world.outcome(bot, avatar).unwrap().unwrap()
    ));
    assert!(
        !said.contains("@crypt_"),
        "an id of media or a key was said"
    );

    world.doom("webwxsendmsg", 3, Fate::Unheard(TransportErrorKind::Reset));
    world.set_weather(Weather::foul(50));
    world.run_for(HOUR);
    world.set_weather(Weather::FAIR);
    world.run_for(600 * SECOND);
    said.push_str(&format!("{snapshot:?} {:?}", world.client(bot).me()));
    let contacts: Vec<_> = world.client(bot).roster().iter().collect();
    assert!(contacts.len() > 20);
    said.push_str(&format!("{contacts:?}"));
    world.happen(Act::Kick { code: 1101 }).unwrap();
    world.run_for(60 * SECOND);
    said.push_str(world.log());
    (world, said)
}

fn leaks(world: &World, counts: impl Fn(SecretKind) -> bool) -> Leaks {
    let secrets: Vec<Secret> = world.server().confidential();
    let leaks = Leaks::of(secrets.into_iter().filter(|it| counts(it.kind)));
    for kind in SecretKind::ALL.iter().filter(|it| counts(**it)) {
        // No transport, no secret of one.
        let is_there = leaks.count(*kind) > 0 || *kind == SecretKind::Transport;
        assert!(is_there, "no {kind:?} to look for");
    }
    leaks
}

#[test]
fn no_secret_of_a_session_can_be_logged() {
    let (world, said) = eventful_world();
    assert!(said.len() > 50_000, "{}", said.len());
    let found = leaks(&world, SecretKind::opens_something).find(&said);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn what_a_session_tells_an_operator_holds_no_secret_and_no_name() {
    let log = Logged::default();
    let listening = log.start();
    let (world, _) = eventful_world();
    drop(listening);
    let leaks = leaks(&world, |_| true);
    assert!(leaks.len() > 150, "{leaks:?}");
    let logged = log.text();
    for told in [
        "phase",
        "sent",
        "aborted",
        "not understood",
        "trouble",
        "gap",
        "ended",
    ] {
        assert!(logged.contains(told), "nothing tells {told:?}");
    }
    let found = leaks.find(&logged);
    assert!(found.is_empty(), "{found:#?}");

    // It would be found.
    let listening = log.start();
    tracing::info!(value = world.server().confidential()[0].text);
    drop(listening);
    assert_eq!(leaks.find(&log.text()).len(), 1);
}

#[test]
fn a_session_is_the_same_whether_somebody_listens_or_not() {
    let (_, unheard) = eventful_world();
    let log = Logged::default();
    let listening = log.start();
    let (_, heard) = eventful_world();
    drop(listening);
    assert!(!log.text().is_empty());
    assert!(heard == unheard);
}

#[test]
fn several_sessions_can_be_told_apart_by_the_span_they_were_made_in() {
    let log = Logged::default();
    let listening = log.start();
    let mut world = World::new(Setup::default());
    let bots: Vec<_> = (0..2)
        .map(|number| {
            let span = tracing::info_span!("account", number);
            span.in_scope(|| world.join(config(), [number; 32]))
        })
        .collect();
    for bot in bots {
        assert!(world.to_online(bot));
    }
    drop(listening);
    let logged = log.text();
    for line in logged.lines() {
        let spans = line.matches("account{number=").count();
        assert_eq!(spans, 1, "{line}");
    }
    for number in 0..2 {
        let end = format!("account{{number={number}}}: wx_proto::session: phase from=Bootstrap");
        assert!(logged.contains(&end), "{number} is not told of");
    }
}

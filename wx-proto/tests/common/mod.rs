//! What the tests over the simulated world share.

#![allow(dead_code, reason = "each test program uses its own part")]

pub(crate) mod bench;
pub(crate) mod garbage;

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use wx_proto::{Close, Config, EndCause, Ended, Event, EventKind, Message, Pace, RosterChange};
use wx_sim::{
    server::{Act, Done, PeerView},
    world::{PeerId, World},
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Free pace: the tests that are about pacing set their own.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.pace = Pace::FREE;
    config
}

/// The kinds of events in order, without those that may come at any time.
pub(crate) fn names(events: &[Event]) -> Vec<&'static str> {
    let name = |event: &Event| match &event.kind {
        EventKind::Qr(_) => "qr",
        EventKind::PushSent => "push",
        EventKind::Scanned(_) => "scanned",
        EventKind::Confirmed => "confirmed",
        EventKind::Declined => "declined",
        EventKind::Online(_) => "online",
        EventKind::Roster(RosterChange::Full { .. }) => "roster",
        EventKind::Roster(_) => "change",
        EventKind::Message(_) => "message",
        EventKind::Recalled(_) => "recalled",
        EventKind::Trouble(_) => "trouble",
        EventKind::Paced(_) => "paced",
        EventKind::Gap(_) => "gap",
        EventKind::Ended(_) => "ended",
        EventKind::SnapshotStale => "",
        _ => "other",
    };
    events
        .iter()
        .map(name)
        .filter(|name| !name.is_empty())
        .collect()
}

pub(crate) fn messages(events: &[Event]) -> Vec<Message> {
    let message = |event: &Event| match &event.kind {
        EventKind::Message(message) => Some(message.clone()),
        _ => None,
    };
    events.iter().filter_map(message).collect()
}

pub(crate) fn texts(events: &[Event]) -> Vec<String> {
    messages(events)
        .iter()
        .filter_map(|m| m.text().map(str::to_owned))
        .collect()
}

/// How the session ended: said once, as the last event.
pub(crate) fn ended(events: &[Event]) -> Ended {
    let ends = names(events)
        .iter()
        .filter(|name| **name == "ended")
        .count();
    assert_eq!(ends, 1, "{:?}", names(events));
    match &events.last().unwrap().kind {
        EventKind::Ended(ended) => ended.clone(),
        other => panic!("{other:?} after the end"),
    }
}

pub(crate) fn end_of(events: &[Event]) -> EndCause {
    ended(events).cause
}

/// The name that stays, of somebody who can be written to.
pub(crate) fn friend(world: &World) -> String {
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let is_friend = |peer: &&PeerView| peer.listed && !peer.room && peer.plain.starts_with("wxid_");
    peers.iter().find(is_friend).unwrap().plain.clone()
}

/// Somebody writes to the user.
pub(crate) fn hears(world: &mut World, from: &str, text: impl Into<String>) -> Done {
    let (from, text) = (from.to_owned(), text.into());
    world.happen(Act::Text { from, text }).unwrap()
}

pub(crate) fn assert_clean(world: &World) {
    assert_eq!(world.violations(), <&[String]>::default());
    let faults: Vec<_> = world.server().faults().map(ToString::to_string).collect();
    assert_eq!(faults, Vec::<String>::new());
}

pub(crate) fn log_out(world: &mut World, bot: PeerId) {
    world.close(
        bot,
        Close {
            logout: true,
            drain: 10 * SECOND,
        },
    );
    assert!(world.run_until(60 * SECOND, |world| world.client(bot).is_drained()));
}

/// A client that is online, and has read all that follows a login.
pub(crate) fn online(world: &mut World) -> PeerId {
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    // The list of recent chats.
    world.run_for(5 * SECOND);
    world.events(bot);
    bot
}

/// Every endpoint on the way of a session that answers a text.
pub(crate) const ENDPOINTS: [&str; 10] = [
    "jslogin",
    "login",
    "webwxnewloginpage",
    "webwxinit",
    "webwxstatusnotify",
    "webwxgetcontact",
    "webwxbatchgetcontact",
    "synccheck",
    "webwxsync",
    "webwxsendmsg",
];

pub(crate) fn page(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(body.into())
        .unwrap()
}

/// A reply that says this code and nothing else.
pub(crate) fn refusing(ret: i32) -> Response<Bytes> {
    let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
    page(200, body)
}

/// What the poll is answered.
pub(crate) fn polled(retcode: &str, selector: &str) -> Response<Bytes> {
    let body = format!("window.synccheck={{retcode:\"{retcode}\",selector:\"{selector}\"}}");
    page(200, body)
}

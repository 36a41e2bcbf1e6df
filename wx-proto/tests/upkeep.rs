//! What opens a session, completes it and keeps it, one thing at a time.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use bytes::Bytes;
use common::{bench::Bench, *};
use http::Request;
use serde_json::Value;
use wx_proto::{
    CheckLogin, EndCause, Event, EventKind, Health, Phase, Raw, TransportErrorKind, TroubleCause,
};
use wx_sim::{
    net::Fate,
    server::{Act, ExchangeId, Phone, Setup},
    world::{EPOCH, PeerId, World},
};

/// The JSON of the requests to an endpoint, in order.
fn bodies(world: &World, bot: PeerId, endpoint: &str) -> Vec<Value> {
    let sent = world.sent(bot).iter();
    sent.filter(|sent| sent.path.ends_with(&format!("/{endpoint}")))
        .map(|sent| {
            let body = sent.bytes.iter().position(|byte| *byte == b'{').unwrap();
            serde_json::from_slice(&sent.bytes[body..]).unwrap()
        })
        .collect()
}

#[test]
fn the_service_draws_the_code_where_the_event_says() {
    let mut world = World::new(Setup {
        phone: Phone::Manual,
        ..Setup::default()
    });
    let bot = world.join(config(), [3; 32]);
    world.run_for(5 * SECOND);
    let events = world.events(bot);
    let Some(EventKind::Qr(qr)) = events.first().map(|event| &event.kind) else {
        panic!("{events:?}");
    };
    // The picture needs neither cookies nor headers: any browser shows it.
    let request = Request::get(&qr.picture).body(Bytes::new()).unwrap();
    let (at, id) = (EPOCH + world.now(), ExchangeId(1 << 60));
    world.server_mut().accept(at, id, request);
    let (_, reply) = world.server_mut().poll_reply().unwrap();
    assert_eq!(reply.status(), 200);
    assert_eq!(reply.headers()["content-type"], "image/png");
    assert!(reply.body().starts_with(b"\x89PNG"));
    // What the code says ends in the same secret.
    let name = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    assert_eq!(name(&qr.content), name(&qr.picture));
}

#[test]
fn the_key_of_the_first_call_replaces_that_of_the_login() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let key = |endpoint: &str| {
        let body = bodies(&world, bot, endpoint).remove(0);
        body["BaseRequest"]["Skey"].as_str().unwrap().to_owned()
    };
    let login = key("webwxinit");
    assert!(!login.is_empty());
    for endpoint in ["webwxstatusnotify", "webwxbatchgetcontact", "webwxsync"] {
        assert_ne!(key(endpoint), login, "{endpoint}");
        assert_eq!(key(endpoint), key("webwxsync"), "{endpoint}");
    }
    assert_clean(&world);
}

#[test]
fn the_phone_is_told_once_that_a_client_is_there() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.run_for(HOUR);
    let told = bodies(&world, bot, "webwxstatusnotify");
    assert_eq!(told.len(), 1);
    let me = world.client(bot).me().unwrap().id.clone();
    assert_eq!(told[0]["Code"], 3);
    assert_eq!(told[0]["FromUserName"], me.user_name());
    assert_eq!(told[0]["ToUserName"], me.user_name());
    assert_clean(&world);
}

#[test]
fn rooms_that_are_in_no_address_book_come_with_their_members() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.run_for(60 * SECOND);
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let rooms: Vec<_> = peers.iter().filter(|it| it.room && !it.listed).collect();
    // One of the list of chats alone, one that came without names, and one that only the phone named.
    assert_eq!(rooms.len(), 3);
    let roster = world.client(bot).roster();
    for room in rooms {
        let room = roster.find(&room.user_name).unwrap();
        assert!(room.members().count() >= 3, "{}", room.name());
        assert!(room.members().all(|member| !member.name().is_empty()));
    }
    assert_clean(&world);
}

#[test]
fn a_poll_that_nobody_answers_is_given_up_and_the_next_one_brings_the_news() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.doom("synccheck", 1, Fate::Stalls);
    world.run_for(30 * SECOND);
    let from = friend(&world);
    let text = "anybody?".to_owned();
    world.happen(Act::Text { from, text }).unwrap();
    // The service holds a poll for less than half a minute.
    world.run_for(60 * SECOND);
    let events = world.events(bot);
    assert_eq!(texts(&events), ["anybody?"]);
    assert!(!names(&events).contains(&"trouble"), "{:?}", names(&events));
    assert_eq!(world.violations(), <&[String]>::default());
}

#[test]
fn polls_and_syncs_have_a_key_each() {
    let mut bench = Bench::to_online(config(), "wx2.qq.com", "qq.com");
    let polled = |bench: &Bench| {
        let query = bench.request("synccheck").http.uri().query().unwrap();
        let key = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("synckey="));
        key.unwrap().replace("%7C", "|")
    };
    let news = "window.synccheck={retcode:\"0\",selector:\"2\"}";
    assert_eq!(polled(&bench), "1_704153081|2_704153167");
    bench.run_for(25 * SECOND);
    bench.say("synccheck", news);
    bench.say(
        "webwxsync",
        r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":0,"AddMsgList":[],"ContinueFlag":0,
        "SyncKey":{"Count":2,"List":[{"Key":1,"Val":704153090},{"Key":2,"Val":704153170}]},"SKey":"",
        "SyncCheckKey":{"Count":2,"List":[{"Key":1,"Val":704153090},{"Key":2,"Val":704153199}]}}"#,
    );
    bench.run_for(5 * SECOND);
    assert_eq!(polled(&bench), "1_704153090|2_704153199");
    bench.run_for(25 * SECOND);
    bench.say("synccheck", news);
    let body = bench.request("webwxsync").http.body();
    let body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["SyncKey"]["List"][1]["Val"], 704_153_170);
}

#[test]
fn a_long_silence_has_the_session_checked_and_it_goes_on() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let before = bodies(&world, bot, "webwxinit").len();
    // Each is waited for a little longer than the service would hold it.
    world.doom("synccheck", 7, Fate::Stalls);
    world.run_for(170 * SECOND);
    let silent = |event: &Event| match &event.kind {
        EventKind::Trouble(trouble) => trouble.cause == TroubleCause::NoProgress,
        _ => false,
    };
    assert!(!world.events(bot).iter().any(silent));
    world.run_for(60 * SECOND);
    assert!(world.events(bot).iter().any(silent));
    assert_eq!(bodies(&world, bot, "webwxinit").len(), before + 1);
    let from = friend(&world);
    let text = "back again".to_owned();
    world.happen(Act::Text { from, text }).unwrap();
    world.run_for(120 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["back again"]);
    assert_eq!(world.client(bot).phase(), Phase::Online);
}

#[test]
fn a_session_whose_network_is_gone_says_so_and_is_not_called_online() {
    for kind in [
        TransportErrorKind::Connect,
        TransportErrorKind::Resolve,
        TransportErrorKind::Reset,
    ] {
        let mut world = World::new(Setup::default());
        let bot = online(&mut world);
        let health = |world: &World| world.client(bot).health(60 * SECOND);
        assert_eq!(health(&world), Health::Well);
        for endpoint in ["synccheck", "webwxsync", "webwxinit"] {
            world.doom(endpoint, u32::MAX, Fate::Fails(kind));
        }
        world.run_for(100 * SECOND);
        assert!(matches!(health(&world), Health::Silent(_)));
        world.run_for(150 * SECOND);
        assert_eq!(world.client(bot).phase(), Phase::Suspect, "{kind:?}");
        let silent = |event: &Event| matches!(&event.kind, EventKind::Trouble(it) if it.cause == TroubleCause::NoProgress);
        // Of troubles only the latest is kept, but this application reads them all.
        assert!(world.events(bot).iter().any(silent), "{kind:?}");
        world.pardon();
        world.run_for(120 * SECOND);
        assert_eq!(health(&world), Health::Well);
        assert_eq!(world.client(bot).phase(), Phase::Online);
    }
}

#[test]
fn a_service_that_puts_every_sync_off_for_ever_is_no_session() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsync", u32::MAX, refusing(1205));
    let friend = friend(&world);
    hears(&mut world, &friend, "hello");
    world.run_for(1800 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Online);
    world.run_for(2 * HOUR);
    let end = ended(&world.events(bot));
    assert!(matches!(end.cause, EndCause::Refused(_)), "{end:?}");
    assert!(end.recoverable);
}

#[test]
fn the_page_is_asked_whether_the_session_lives_and_may_say_no() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let ask = |world: &mut World| {
        let pending = world.submit(bot, CheckLogin);
        world.run_for(5 * SECOND);
        world.outcome(bot, pending).unwrap().unwrap()
    };
    assert!(ask(&mut world));
    let no = "<html><script>window.MMCgi={isLogin:!!\"\"}</script></html>";
    world.server_mut().plant("index", 1, page(200, no));
    assert!(!ask(&mut world));
    // It is an answer, not the end: the session lives as long as its own calls do.
    assert!(ask(&mut world));
    assert_eq!(world.client(bot).phase(), Phase::Online);
    assert_clean(&world);
}

#[test]
fn a_message_of_any_type_can_be_sent_raw() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let account = world.server().accounts().last().unwrap().id;
    let peers = world.server().peers(account);
    let friend = peers.iter().find(|it| it.plain == friend(&world)).unwrap();
    let me = world.client(bot).me().unwrap().id.clone();
    let card = serde_json::json!({
        "Msg": {
            "Type": 42,
            "Content": format!("<msg username='{0}' nickname='x'/>", friend.user_name),
            "FromUserName": me.user_name(),
            "ToUserName": "filehelper",
            "LocalID": "17000000000000123",
            "ClientMsgId": "17000000000000123",
        },
        "Scene": 0,
    });
    let pending = world.submit(bot, Raw::post("webwxsendmsg", card.to_string()));
    world.run_for(5 * SECOND);
    let reply = world.outcome(bot, pending).unwrap().unwrap();
    let reply: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(reply["BaseResponse"]["Ret"], 0);
    let said = world.server().received().last().unwrap();
    assert_eq!(said.what.name(), "card");
}

//! Any sequence of commands, faults and events at the service: what must always hold.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use common::*;
use proptest::prelude::*;
use wx_proto::{
    AddFriend, AddMembers, Attachment, ChatId, Close, Command, CommandId, CreateRoom, FetchAvatar,
    FetchContacts, LeaveRoom, MarkRead, MediaKind, Phase, Pin, Raw, RenameRoom, SearchContact,
    SendFile, SendImage, SendText, SetRemark, StatReport, TransportErrorKind, Upload,
};
use wx_sim::{
    net::{Fate, Weather},
    server::{Act, Setup},
    world::{PeerId, Pending, Reading, World},
};

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Heard(u8),
    Say { chat: u8, text: u8 },
    Do { what: u8, chat: u8, lent: Lent },
    Cancel(u8),
    Reading(Reading),
    Storm(u32),
    Doom(u8, u32, Fate),
    Refuse(u8, u32, i32),
    Alarm(u32),
    Kick(i64),
    Close { logout: bool, drain: u32 },
}

/// What a command is given to read from and to write to.
#[derive(Clone, Copy, Debug)]
enum Lent {
    Nothing,
    Source(usize),
    Sink,
}

type HasEnded = dyn FnOnce(&mut World, PeerId) -> bool;

/// A submitted command, whatever its kind.
struct Open {
    id: CommandId,
    has_ended: Box<HasEnded>,
}

impl<C: Command + 'static> From<Pending<C>> for Open {
    fn from(pending: Pending<C>) -> Self {
        Self {
            id: pending.command,
            has_ended: Box::new(move |world, bot| world.outcome(bot, pending).is_some()),
        }
    }
}

fn submit<C: Command + 'static>(world: &mut World, bot: PeerId, lent: Lent, command: C) -> Open {
    match lent {
        Lent::Nothing => world.submit(bot, command),
        Lent::Source(len) => world.submit_reading(bot, command, vec![7; len]),
        Lent::Sink => world.submit_writing(bot, command),
    }
    .into()
}

/// One of many commands, sensible or not.
fn act(world: &mut World, bot: PeerId, what: u8, chat: ChatId, lent: Lent) -> Open {
    const LEN: u64 = 700_000;
    let here = || Attachment::bytes("a.jpg", vec![7; 3000]);
    let lent_file = || Attachment::source("a.bin", LEN);
    match what % 17 {
        0 => submit(world, bot, lent, SendImage::new(chat, here())),
        1 => submit(world, bot, lent, SendFile::new(chat, lent_file())),
        2 => submit(world, bot, lent, Upload::source(MediaKind::File, "a", LEN)),
        3 => submit(world, bot, lent, FetchAvatar::of(chat)),
        4 => submit(world, bot, lent, SetRemark::new(chat, "x")),
        5 => submit(world, bot, lent, Pin::new(chat)),
        6 => submit(world, bot, lent, MarkRead::new(chat)),
        7 => submit(world, bot, lent, FetchContacts::new([chat])),
        8 => submit(world, bot, lent, SearchContact::new("a")),
        9 => submit(world, bot, lent, CreateRoom::new([chat])),
        10 => submit(world, bot, lent, AddMembers::new(chat.clone(), [chat])),
        11 => submit(world, bot, lent, RenameRoom::new(chat, "x")),
        12 => submit(world, bot, lent, LeaveRoom::new(chat)),
        13 => submit(world, bot, lent, AddFriend::new(chat, "x")),
        14 => submit(world, bot, lent, StatReport::new()),
        15 => submit(world, bot, lent, Raw::post("webwxsearchcontact", "{}")),
        _ => submit(world, bot, lent, SendText::new(chat, "x").key("k")),
    }
}

/// Every endpoint that a command asks.
const COMMANDS: [&str; 11] = [
    "webwxuploadmedia",
    "webwxsendmsgimg",
    "webwxsendappmsg",
    "webwxgeticon",
    "webwxgetheadimg",
    "webwxoplog",
    "webwxverifyuser",
    "webwxsearchcontact",
    "webwxcreatechatroom",
    "webwxupdatechatroom",
    "webwxstatreport",
];

fn endpoint(at: u8) -> &'static str {
    let at = usize::from(at) % (ENDPOINTS.len() + COMMANDS.len());
    match ENDPOINTS.get(at) {
        Some(name) => name,
        None => COMMANDS[at - ENDPOINTS.len()],
    }
}

fn step() -> impl Strategy<Value = Step> {
    let fate = prop_oneof![
        Just(Fate::Fails(TransportErrorKind::Connect)),
        Just(Fate::Fails(TransportErrorKind::Reset)),
        Just(Fate::Unheard(TransportErrorKind::Reset)),
        Just(Fate::Unheard(TransportErrorKind::NotHttp)),
        Just(Fate::Stalls),
        (0..1000_u32).prop_map(Fate::Truncated),
        Just(Fate::Unavailable),
    ];
    let reading = prop_oneof![
        Just(Reading::Prompt),
        Just(Reading::Manual),
        Just(Reading::Stalled)
    ];
    let lent = prop_oneof![
        Just(Lent::Nothing),
        Just(Lent::Source(700_000)),
        (0..700_000_usize).prop_map(Lent::Source),
        Just(Lent::Sink),
    ];
    let rets = proptest::sample::select(vec![-1, -2, -14, 1, 3, 1101, 1200, 1204, 1205, 77]);
    prop_oneof![
        6 => (0..400_000_u64).prop_map(Step::Wait),
        6 => any::<u8>().prop_map(Step::Heard),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(chat, text)| Step::Say { chat, text }),
        8 => (any::<u8>(), any::<u8>(), lent)
            .prop_map(|(what, chat, lent)| Step::Do { what, chat, lent }),
        2 => any::<u8>().prop_map(Step::Cancel),
        2 => reading.prop_map(Step::Reading),
        1 => (0..60_u32).prop_map(Step::Storm),
        3 => (any::<u8>(), 1..6_u32, fate).prop_map(|(at, times, fate)| Step::Doom(at, times, fate)),
        3 => (any::<u8>(), 1..4_u32, rets).prop_map(|(at, times, ret)| Step::Refuse(at, times, ret)),
        1 => (1..8_u32).prop_map(Step::Alarm),
        1 => (1100..1103_i64).prop_map(Step::Kick),
        1 => (any::<bool>(), 0..30_u32).prop_map(|(logout, drain)| Step::Close { logout, drain }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_command_ends_once_and_the_client_never_gets_stuck(
        seed in 0..1000_u64,
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut world = World::new(Setup { seed, ..Setup::default() });
        let bot = world.join(config(), [seed as u8; 32]);
        prop_assert!(world.to_online(bot));
        let friend = friend(&world);
        let account = world.server().accounts().last().unwrap().id;
        let peers = world.server().peers(account);
        let mut pending: Vec<Open> = Vec::new();
        for step in steps {
            match step {
                Step::Wait(ms) => world.run_for(Duration::from_millis(ms)),
                Step::Heard(n) => {
                    let _ = world.happen(Act::Text { from: friend.clone(), text: n.to_string() });
                }
                Step::Say { chat, text } => {
                    let peer = &peers[usize::from(chat) % peers.len()];
                    let chat = world.client(bot).chat(&peer.user_name).unwrap();
                    // An empty text is refused, and completes all the same.
                    let text = "x".repeat(usize::from(text % 3));
                    pending.push(world.submit(bot, SendText::new(chat, text)).into());
                }
                Step::Do { what, chat, lent } => {
                    let peer = &peers[usize::from(chat) % peers.len()];
                    let chat = world.client(bot).chat(&peer.user_name).unwrap();
                    pending.push(act(&mut world, bot, what, chat, lent));
                }
                Step::Cancel(n) if !pending.is_empty() => {
                    let command = pending[usize::from(n) % pending.len()].id;
                    world.cancel(bot, command);
                }
                Step::Cancel(_) => {}
                Step::Reading(reading) => world.set_reading(bot, reading),
                Step::Storm(rate) => world.set_weather(Weather::foul(rate)),
                Step::Doom(at, times, fate) => {
                    world.doom(endpoint(at), times, fate);
                }
                Step::Refuse(at, times, ret) => {
                    let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
                    world.server_mut().plant(endpoint(at), times, page(200, body));
                }
                Step::Alarm(selector) => {
                    let _ = world.happen(Act::FalseAlarm { selector });
                }
                Step::Kick(code) => {
                    let _ = world.happen(Act::Kick { code });
                }
                Step::Close { logout, drain } => {
                    world.close(bot, Close { logout, drain: drain * SECOND });
                }
            }
            let client = world.client(bot);
            let is_alive = !matches!(client.phase(), Phase::Closed);
            prop_assert!(!is_alive || client.poll_timeout().is_some(), "nothing to wait for");
        }
        world.set_weather(Weather::FAIR);
        world.set_reading(bot, Reading::Prompt);
        world.run_for(2 * HOUR);
        world.close(bot, Close { logout: true, drain: 10 * SECOND });
        prop_assert!(world.run_until(60 * SECOND, |world| world.client(bot).is_drained()));
        for pending in pending {
            let has_ended = (pending.has_ended)(&mut world, bot);
            prop_assert!(has_ended, "command {} without an end", pending.id);
        }
        let ends = names(&world.events(bot)).iter().filter(|name| **name == "ended").count();
        prop_assert_eq!(ends, 1);
        prop_assert_eq!(world.violations(), <&[String]>::default());
    }
}

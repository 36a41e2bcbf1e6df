//! Any sequence of commands, faults and events at the service: what must always hold.
//!
//! The fuzz target `client_vs_server` makes its steps of bytes; here they are made by kind, over a
//! larger world and larger files.

use proptest::prelude::*;
use wx_proto::{Config, Pace, TransportErrorKind};
use wx_sim::{
    fuzzing::{Lent, Step, Trial},
    net::Fate,
    server::Setup,
    world::Reading,
};

/// The size of files. They go in two pieces.
const FILE: usize = 700_000;

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
        Just(Lent::Source(FILE)),
        (0..FILE).prop_map(Lent::Source),
        Just(Lent::Sink),
    ];
    let rets = proptest::sample::select(vec![-1, -2, -14, 1, 3, 1101, 1200, 1204, 1205, 77]);
    let garbage = prop_oneof![
        any::<Vec<u8>>(),
        Just(b"<html></html>".to_vec()),
        Just(br#"{"BaseResponse":{"Ret":0}}"#.to_vec()),
    ];
    prop_oneof![
        6 => (0..400_000_u32).prop_map(Step::Wait),
        6 => Just(Step::Heard),
        8 => (any::<u8>(), any::<u8>()).prop_map(|(chat, len)| Step::Say { chat, len }),
        8 => (any::<u8>(), any::<u8>(), lent)
            .prop_map(|(what, chat, lent)| Step::Do { what, chat, lent }),
        2 => any::<u8>().prop_map(Step::Cancel),
        2 => reading.prop_map(Step::Read),
        2 => any::<u8>().prop_map(Step::Acknowledge),
        1 => (0..60_u32).prop_map(Step::Storm),
        3 => (any::<u8>(), 1..6_u32, fate).prop_map(|(at, times, fate)| Step::Doom { at, times, fate }),
        3 => (any::<u8>(), 1..4_u32, rets).prop_map(|(at, times, ret)| Step::Refuse { at, times, ret }),
        2 => (any::<u8>(), 1..4_u32, any::<bool>(), garbage).prop_map(|(at, times, after, body)| {
            Step::Garble { at, times, after, status: 200, body }
        }),
        3 => any::<u8>().prop_map(Step::Happens),
        1 => Just(Step::Crash),
        1 => (any::<bool>(), 0..30_u32).prop_map(|(logout, drain)| Step::Close { logout, drain }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_command_ends_once_no_message_is_lost_and_the_client_never_gets_stuck(
        seed in any::<u8>(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let setup = Setup { seed: seed.into(), ..Setup::default() };
        let mut config = Config::default();
        config.pace = Pace::FREE;
        let mut trial = Trial::new(setup, config, seed).with_files_of(FILE as u64);
        trial.take(Step::Online);
        for step in steps {
            trial.take(step);
        }
        let _ = trial.finish();
    }
}

//! The host of the long poll: the push host of the family, and its main host where that one does
//! not know the session.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{
    bench::{Bench, init},
    *,
};
use wx_proto::{
    EndCause, Event, EventKind, Family, Hosts, Phase, Ret, Snapshot, TransportErrorKind,
    TroubleCause,
};

const PUSH: &str = "webpush.wx2.qq.com";
const MAIN: &str = "wx2.qq.com";

fn wx2() -> Bench {
    Bench::to_online(config(), MAIN, "qq.com")
}

fn first_poll(events: &[Event]) -> Vec<Ret> {
    let told = |event: &Event| match &event.kind {
        EventKind::Trouble(trouble) => match trouble.cause {
            TroubleCause::FirstPoll(ret) => Some(ret),
            _ => None,
        },
        _ => None,
    };
    events.iter().filter_map(told).collect()
}

#[test]
fn a_session_that_only_the_main_host_knows_is_polled_there_from_then_on() {
    for code in [1100, 1101, 1102] {
        let mut bench = wx2();
        bench.events();
        bench.poll(code);
        assert_eq!(first_poll(&bench.events()), [Ret(code as i32)]);
        assert_eq!(bench.client.phase(), Phase::Online);
        assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN]);
        bench.run_for(25 * SECOND);
        bench.poll(0);
        bench.run_for(25 * SECOND);
        bench.poll(0);
        assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN, MAIN, MAIN]);
        assert_eq!(
            bench.hosts("webwxinit").len(),
            1,
            "the session needs no check"
        );

        // So it is after a restart.
        let bytes = bench.client.snapshot().unwrap().encode();
        let mut again = Bench::resume(config(), Snapshot::decode(&bytes).unwrap());
        again.open();
        again.run_for(5 * SECOND);
        again.say("webwxsync", nothing_new());
        assert_eq!(again.hosts("synccheck"), [MAIN]);
        // And if that has changed meanwhile, the push host is the other one.
        again.poll(code);
        assert_eq!(again.hosts("synccheck"), [MAIN, PUSH]);
    }
}

fn nothing_new() -> &'static str {
    r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":0,"AddMsgList":[],"ContinueFlag":0,
    "SyncKey":{"Count":1,"List":[{"Key":1,"Val":704153081}]},"SKey":""}"#
}

#[test]
fn a_session_that_neither_host_knows_is_checked_as_ever_and_no_further_host_is_asked() {
    let mut bench = wx2();
    bench.poll(1100);
    bench.poll(1102);
    assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN]);
    assert_eq!(bench.client.phase(), Phase::Suspect);
    bench.say("webwxinit", r#"{"BaseResponse":{"Ret":1100,"ErrMsg":""}}"#);
    assert_eq!(end_of(&bench.events()), EndCause::LoggedOutOnPhone);
    let family = Family::WX2;
    assert!(
        bench
            .asked()
            .iter()
            .skip(2)
            .all(|(host, _)| family.contains(host))
    );

    // The check says that it lives: both are asked again, but not for ever.
    let mut bench = wx2();
    bench.poll(1100);
    bench.poll(1100);
    for _ in 0..3 {
        if bench.client.phase() != Phase::Suspect {
            break;
        }
        bench.say("webwxinit", init());
        bench.say("webwxsync", nothing_new());
        bench.poll(1100);
        bench.poll(1100);
    }
    assert_eq!(end_of(&bench.events()), EndCause::LoggedOutOnPhone);
    let hosts = [PUSH, MAIN, PUSH, MAIN, PUSH, MAIN];
    assert_eq!(bench.hosts("synccheck"), hosts);
}

#[test]
fn a_main_host_that_does_not_serve_polls_leads_to_the_check_and_back_to_the_push_host() {
    enum Fault {
        Garbage,
        Reset,
        NotHttp,
        Stalls,
    }
    for fault in [Fault::Garbage, Fault::Reset, Fault::NotHttp, Fault::Stalls] {
        let mut bench = wx2();
        bench.poll(1100);
        // A network that fails says nothing about the host, so it is asked a few times.
        for _ in 0..5 {
            if bench.client.phase() == Phase::Suspect {
                break;
            }
            match fault {
                Fault::Garbage => bench.say("synccheck", "<html></html>"),
                Fault::Reset => bench.fail("synccheck", TransportErrorKind::Reset),
                Fault::NotHttp => bench.fail("synccheck", TransportErrorKind::NotHttp),
                Fault::Stalls => bench.run_for(36 * SECOND),
            }
            bench.run_for(10 * SECOND);
        }
        assert_eq!(bench.client.phase(), Phase::Suspect);
        bench.say("webwxinit", init());
        bench.say("webwxsync", nothing_new());
        assert_eq!(bench.client.phase(), Phase::Online);
        let asked = bench.hosts("synccheck");
        let at_main = asked.iter().filter(|host| **host == MAIN).count();
        assert!((2..=6).contains(&at_main), "{asked:?}");
        // Nor is it settled by that.
        if asked.last() == Some(&PUSH) {
            bench.poll(1100);
        }
        assert_eq!(bench.hosts("synccheck").last(), Some(&MAIN));
        bench.run_for(25 * SECOND);
        bench.poll(0);
        assert_eq!(bench.client.phase(), Phase::Online);
    }
}

#[test]
fn the_other_host_is_found_on_a_slow_network_and_through_a_busy_proxy() {
    let mut bench = wx2();
    bench.run_for(3 * SECOND);
    bench.poll(1100);
    assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN]);
    bench.answer("synccheck", page(503, ""));
    assert_eq!(bench.client.phase(), Phase::Online);
    bench.run_for(SECOND);
    assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN, MAIN]);
    bench.run_for(25 * SECOND);
    bench.poll(0);
    assert_eq!(bench.hosts("synccheck"), [PUSH, MAIN, MAIN, MAIN]);
}

#[test]
fn a_host_that_knew_the_session_once_is_believed() {
    // It held the poll.
    let mut bench = wx2();
    bench.run_for(10 * SECOND);
    bench.poll(1101);
    assert_eq!(bench.client.phase(), Phase::Suspect);
    assert_eq!(first_poll(&bench.events()), []);
    assert_eq!(bench.hosts("synccheck"), [PUSH]);

    // It answered one before.
    let mut bench = wx2();
    bench.poll(0);
    bench.run_for(2 * SECOND);
    bench.poll(1101);
    assert_eq!(bench.client.phase(), Phase::Suspect);
    assert_eq!(bench.hosts("synccheck"), [PUSH, PUSH]);
}

#[test]
fn where_there_is_one_host_only_there_is_no_other_to_ask() {
    let mut helper = config();
    helper.entry = Family::SZ_FILE_HELPER;
    let main = Family::SZ_FILE_HELPER.main;
    let mut bench = Bench::to_online(helper, main, "qq.com");
    bench.poll(1100);
    assert_eq!(bench.client.phase(), Phase::Suspect);
    assert_eq!(bench.hosts("synccheck"), [main]);

    let mut mapped = config();
    mapped.hosts = Hosts::mapped("http://127.0.0.1:8088").unwrap();
    let mut bench = Bench::to_online(mapped, MAIN, "qq.com");
    bench.poll(1100);
    assert_eq!(bench.client.phase(), Phase::Suspect);
    assert_eq!(bench.hosts("synccheck").len(), 1);
}

#[test]
fn a_new_login_starts_at_the_push_host() {
    let mut bench = wx2();
    bench.poll(1100);
    bench.run_for(25 * SECOND);
    bench.poll(0);
    let from = bench.client.snapshot().unwrap();
    let mut config = config();
    config.relogin.push = false;
    let mut again = Bench::resume(config, from);
    again.say("webwxinit", r#"{"BaseResponse":{"Ret":1101,"ErrMsg":""}}"#);
    again.confirm(MAIN);
    again.let_in(MAIN, "qq.com");
    again.open();
    again.run_for(5 * SECOND);
    assert_eq!(again.hosts("synccheck"), [PUSH]);
}

//! The life of a QR code, and where a login leads.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::Duration;

use bytes::Bytes;
use common::*;
use http::Response;
use wx_proto::{Config, EndCause, Event, EventKind, Hosts, Pace, Phase, SendText};
use wx_sim::{
    server::{Code, Deed, Family, Phone, Script, Setup},
    world::World,
};

fn manual() -> Setup {
    Setup {
        phone: Phone::Manual,
        ..Setup::default()
    }
}

fn codes(events: &[Event]) -> Vec<String> {
    let code = |event: &Event| match &event.kind {
        EventKind::Qr(qr) => Some(qr.content.clone()),
        _ => None,
    };
    events.iter().filter_map(code).collect()
}

#[test]
fn a_code_that_nobody_scans_is_renewed_a_few_times_and_then_it_is_over() {
    let mut world = World::new(manual());
    let bot = world.join(config(), [3; 32]);
    world.run_for(2 * HOUR);
    let events = world.events(bot);
    let mut codes = codes(&events);
    assert_eq!(codes.len(), 5);
    codes.dedup();
    assert_eq!(codes.len(), 5, "each is a fresh one");
    assert_eq!(end_of(&events), EndCause::QrGaveUp);
    assert!(world.sent(bot).last().unwrap().at < Duration::from_secs(5 * 300 + 60));
    assert_clean(&world);
}

#[test]
fn a_refusal_on_the_phone_is_told_and_a_fresh_code_follows() {
    let mut world = World::new(manual());
    let bot = world.join(config(), [3; 32]);
    world.run_for(10 * SECOND);
    world.act(Deed::Scan(Code::Latest)).unwrap();
    world.run_for(5 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Scanned);
    world.act(Deed::Cancel(Code::Latest)).unwrap();
    world.run_for(5 * SECOND);
    assert_eq!(world.client(bot).phase(), Phase::Qr);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    assert!(world.to_online(bot));
    let steps = names(&world.events(bot));
    assert_eq!(
        steps[..7],
        [
            "qr",
            "scanned",
            "declined",
            "qr",
            "scanned",
            "confirmed",
            "online"
        ]
    );
    assert_clean(&world);
}

#[test]
fn a_scan_may_take_minutes_and_the_confirmation_too() {
    let mut world = World::new(manual());
    let bot = world.join(config(), [3; 32]);
    world.run_for(140 * SECOND);
    world.act(Deed::Scan(Code::Latest)).unwrap();
    world.run_for(140 * SECOND);
    world.act(Deed::Confirm(Code::Latest)).unwrap();
    assert!(world.to_online(bot));
    assert_eq!(codes(&world.events(bot)).len(), 1);
    assert_clean(&world);
}

#[test]
fn the_picture_of_who_scans_comes_if_the_service_sends_it() {
    for avatar in [true, false] {
        let mut world = World::new(Setup {
            avatar,
            ..Setup::default()
        });
        let bot = world.join(config(), [3; 32]);
        assert!(world.to_online(bot));
        let scanned = world
            .events(bot)
            .into_iter()
            .find_map(|event| match event.kind {
                EventKind::Scanned(scanned) => Some(scanned.avatar.is_some()),
                _ => None,
            });
        assert_eq!(scanned, Some(avatar));
    }
}

#[test]
fn any_code_the_login_poll_may_answer_leads_somewhere() {
    for code in ["400", "402", "500", "0", "999", "-1"] {
        let mut world = World::new(Setup::default());
        let body = format!("window.code={code};");
        world
            .server_mut()
            .plant("login", 1, Response::new(Bytes::from(body)));
        let bot = world.join(config(), [3; 32]);
        assert!(world.to_online(bot), "{code}");
        assert_eq!(codes(&world.events(bot)).len(), 2, "{code}");
    }
}

#[test]
fn a_page_in_place_of_the_credentials_is_asked_again_with_the_address_as_it_came() {
    // The service answers that form with a redirect that leads nowhere, and the same XML.
    let mut world = World::new(Setup::default());
    world.server_mut().plant(
        "webwxnewloginpage",
        1,
        Response::new(Bytes::from("<html><head></head></html>")),
    );
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    let asked: Vec<_> = world
        .sent(bot)
        .iter()
        .filter(|sent| sent.path.ends_with("webwxnewloginpage"))
        .map(|sent| String::from_utf8_lossy(&sent.bytes).contains("fun=new&version=v2"))
        .collect();
    assert_eq!(asked, [true, false]);
}

#[test]
fn every_family_of_hosts_is_one_an_account_can_live_on() {
    // In this mode the service judges at which host each request arrives.
    for family in Family::ALL {
        let setup = Setup {
            family,
            script: Script::demo(),
            ..Setup::default()
        };
        let mut world = World::new(setup);
        let bot = world.join(config(), [3; 32]);
        assert!(world.to_online(bot), "{family:?}");
        world.run_for(60 * SECOND);
        assert!(texts(&world.events(bot)).len() >= 6, "{family:?}");
        let chat = world.client(bot).chat("filehelper").unwrap();
        let pending = world.submit(bot, SendText::new(chat, "here"));
        world.run_for(5 * SECOND);
        world.outcome(bot, pending).unwrap().unwrap();
        log_out(&mut world, bot);
        assert_clean(&world);
    }
}

#[test]
fn with_mapped_hosts_every_request_goes_to_the_base_and_all_else_stays_the_same() {
    let base = "http://127.0.0.1:8088";
    let setup = Setup {
        base: Some(base.into()),
        script: Script::demo(),
        ..Setup::default()
    };
    let mut world = World::new(setup);
    let mut config = config();
    config.hosts = Hosts::mapped(base).unwrap();
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(60 * SECOND);
    assert!(texts(&world.events(bot)).len() >= 6);
    log_out(&mut world, bot);
    for sent in world.sent(bot) {
        let line = String::from_utf8_lossy(&sent.bytes);
        let uri = line.split(' ').nth(1).unwrap();
        assert!(uri.starts_with("http://127.0.0.1:8088/"), "{uri}");
    }
    assert_clean(&world);
}

#[test]
fn the_session_opens_without_the_address_book_if_that_takes_too_long() {
    let mut world = World::new(Setup::default());
    world.doom("webwxgetcontact", 1, wx_sim::net::Fate::Stalls);
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    assert!(world.now() < 10 * SECOND, "{:?}", world.now());
    assert!(!world.client(bot).roster().is_complete());
    let friend = friend(&world);
    hears(&mut world, &friend, "early");
    world.run_for(5 * SECOND);
    let events = world.events(bot);
    assert_eq!(texts(&events), ["early"]);
    assert!(!names(&events).contains(&"roster"));
    // The load goes on beside the session.
    world.run_for(120 * SECOND);
    assert!(names(&world.events(bot)).contains(&"roster"));
    assert!(world.client(bot).roster().is_complete());
}

#[test]
fn an_address_book_of_several_pages_arrives_whole() {
    let mut setup = Setup::default();
    setup.limits.contact_page = 7;
    let mut world = World::new(setup);
    let bot = world.join(config(), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(60 * SECOND);
    let pages = world
        .sent(bot)
        .iter()
        .filter(|sent| sent.path.ends_with("webwxgetcontact"));
    assert!(pages.count() > 3);
    let roster = world.client(bot).roster();
    assert!(roster.is_complete());
    let account = world.server().accounts().last().unwrap().id;
    for peer in world
        .server()
        .peers(account)
        .iter()
        .filter(|peer| peer.listed)
    {
        let contact = roster.find(&peer.user_name).unwrap();
        assert!(!contact.name().contains("<span"), "{contact:?}");
        assert!(!contact.name().is_empty());
    }
    assert_clean(&world);
}

#[test]
fn the_default_pace_is_a_burst_of_five_and_then_one_text_a_second() {
    let mut world = World::new(Setup::default());
    let bot = world.join(Config::default(), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(60 * SECOND);
    let chat = world.client(bot).chat("filehelper").unwrap();
    let start = world.now();
    for n in 0..9 {
        world.submit(bot, SendText::new(chat.clone(), format!("{n}")));
    }
    world.run_for(20 * SECOND);
    let sent: Vec<_> = world
        .sent(bot)
        .iter()
        .filter(|sent| sent.path.ends_with("webwxsendmsg"))
        .map(|sent| sent.at - start)
        .collect();
    assert_eq!(sent.len(), 9);
    assert!(sent[4] < SECOND, "one after another, as fast as it goes");
    // Then one for each second that passed, a little late, because no person writes to the beat.
    for (nth, at) in (1..).zip(&sent[5..]) {
        assert!(*at >= nth * SECOND, "{sent:?}");
        assert!(*at <= nth * SECOND * 13 / 10 + SECOND / 2, "{sent:?}");
    }
    assert_ne!(Pace::default(), Pace::FREE);
}

//! The long poll.

use wx_proto::{Ret, endpoint::synccheck};
use wx_sim::{
    server::{Act, Setup},
    world::World,
};

use crate::common::*;

fn check(retcode: &str, selector: &str) -> synccheck::Reply {
    let body = format!("window.synccheck={{retcode:\"{retcode}\",selector:\"{selector}\"}}");
    synccheck::parse(body.as_bytes()).unwrap()
}

#[test]
fn oddity_37_keys_are_bare_and_numbers_are_quoted() {
    let reply = check("1101", "0");
    assert_eq!((reply.retcode, reply.selector.as_str()), (Ret(1101), "0"));
    let other = synccheck::parse(b"window.synccheck={\"retcode\":1101,'selector':0}").unwrap();
    assert_eq!(other, reply);
}

#[test]
fn oddity_38_every_selector_but_0_is_news() {
    for selector in ["2", "3", "4", "5", "6", "7", "1", "99"] {
        assert!(check("0", selector).has_news(), "{selector}");
    }
    assert!(!check("0", "0").has_news());
}

#[test]
fn oddity_39_news_without_any_message_are_normal() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    let news = "window.synccheck={retcode:\"0\",selector:\"2\"}";
    world.server_mut().plant("synccheck", 1, page(200, news));
    let from = friend(&world);
    world.run_for(60 * SECOND);
    let text = "later".to_owned();
    world.happen(Act::Text { from, text }).unwrap();
    world.run_for(60 * SECOND);
    let events = world.events(bot);
    assert_eq!(texts(&events), ["later"]);
    assert!(!names(&events).contains(&"trouble"));
    assert_clean(&world);
}

#[test]
fn oddity_40_the_end_of_a_session_comes_with_selector_0() {
    for retcode in ["1100", "1101", "1102"] {
        let reply = check(retcode, "0");
        assert!(
            reply.retcode.is_logged_out() && !reply.has_news(),
            "{retcode}"
        );
    }
}

#[test]
fn oddity_41_an_empty_answer_passes_and_is_not_nothing_new() {
    assert!(synccheck::parse(b"").is_err());
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.server_mut().plant("synccheck", 1, page(200, ""));
    world.run_for(60 * SECOND);
    let from = friend(&world);
    let text = "after it".to_owned();
    world.happen(Act::Text { from, text }).unwrap();
    world.run_for(60 * SECOND);
    assert_eq!(texts(&world.events(bot)), ["after it"]);
}

//! Whatever people type and however they call themselves: what the service writes of it is read as
//! what it was.
//!
//! Of all texts one alone is not: what reads like a place, down to the path of its map
//! (`…:\n/cgi-bin/…&pictype=location`), is taken for one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use proptest::{collection::vec, prelude::*, sample::select};
use wx_proto::{Config, EventKind, clean};
use wx_sim::{
    server::{Act, Cast, Setup, encode_text},
    world::World,
};

const FRIEND: &str = "wxid_anna7c20x1";
const ROOM: &str = "10241024@chatroom";

/// Any text, with more than its share of what the encoding is made of.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        any::<char>().prop_map(String::from),
        prop::char::range('\u{1f1e0}', '\u{1f6ff}').prop_map(String::from),
        prop::char::range('\u{2600}', '\u{27bf}').prop_map(String::from),
        select(vec![
            "<",
            ">",
            "&",
            "\"",
            "'",
            "\n",
            "\r\n",
            "\t",
            "\\",
            "&lt;",
            "&amp;",
            "&#39;",
            "&#x41;",
            "<br/>",
            ":<br/>",
            ":\n",
            "@a:\n",
            "[微笑]",
            "6\u{20e3}",
            "*\u{20e3}",
            "😂",
            "😹",
            "🇨🇳",
            "☺\u{fe0f}",
            "👐",
            "<span class=\"emoji emoji1f604\"></span>",
            "\"></span>",
            "<span class=\"emoji emoji",
            "1f604",
            "\\u0041",
            "\u{0}",
            "\u{feff}",
        ])
        .prop_map(String::from),
    ];
    vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

/// An empty name is left out, and the one that was known stays.
fn name() -> impl Strategy<Value = String> {
    text().prop_filter("a name", |name| !name.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_the_service_encodes_is_decoded_to_what_it_was(text in text()) {
        let encoded = encode_text(&text);
        prop_assert_eq!(clean(&encoded), text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_text_is_heard_as_it_was_typed(texts in vec((text(), 0..3_u8), 1..12), nick in name()) {
        let mut world = World::new(Setup { cast: Cast::Few, ..Setup::default() });
        let bot = world.join(Config::default(), [7; 32]);
        prop_assert!(world.to_online(bot));
        world.run_for(Duration::from_secs(5));
        world.events(bot);
        for (text, place) in &texts {
            let (text, from) = (text.clone(), FRIEND.to_owned());
            let act = match place {
                0 => Act::Text { from, text },
                1 => Act::OwnText { to: FRIEND.to_owned(), text },
                _ => Act::RoomText { room: ROOM.to_owned(), from, text, mention: false },
            };
            world.happen(act).unwrap();
        }
        world.run_for(Duration::from_secs(60));
        let heard: Vec<_> = world.events(bot).into_iter().filter_map(|event| match event.kind {
            EventKind::Message(message) => Some(message.text().map(str::to_owned)),
            _ => None,
        }).collect();
        let typed: Vec<_> = texts.into_iter().map(|(text, _)| Some(text)).collect();
        prop_assert_eq!(heard, typed);

        let who = FRIEND.to_owned();
        let nick_name = Some(nick.clone());
        world.happen(Act::ContactChanged { who, nick: nick_name, remark: None, contact_flag: None }).unwrap();
        world.run_for(Duration::from_secs(60));
        let account = world.server().accounts().last().unwrap().id;
        let peers = world.server().peers(account);
        let friend = peers.iter().find(|peer| peer.plain == FRIEND).unwrap();
        let contact = world.client(bot).roster().find(&friend.user_name).unwrap();
        prop_assert_eq!(contact.nick_name(), nick);
        prop_assert_eq!(world.violations(), <&[String]>::default());
    }
}

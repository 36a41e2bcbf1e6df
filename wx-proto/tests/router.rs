//! What reaches which handler, in sessions with the simulated service.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use wx_proto::{Body, Config, ContactKind, Event, EventKind, Router, message::Mention};
use wx_sim::{
    server::{Act, Setup},
    world::{PeerId, World},
};

const ANNA: &str = "wxid_anna7c20x1";
const PAPER: &str = "gh_a1b2c3d4e5f6";
const ROOM: &str = "10241024@chatroom";

/// What a bot has, and what its handlers were told.
struct Bot {
    world: World,
    peer: PeerId,
    heard: Vec<String>,
}

impl Bot {
    fn online() -> Self {
        let mut world = World::new(Setup::default());
        let peer = world.join(Config::default(), [7; 32]);
        assert!(world.to_online(peer));
        world.run_for(Duration::from_secs(10));
        world.events(peer);
        Self {
            world,
            peer,
            heard: Vec::new(),
        }
    }

    /// What comes of it.
    fn after(&mut self, act: Act) -> Vec<Event> {
        self.world.happen(act).unwrap();
        self.world.run_for(Duration::from_secs(5));
        let mut events = self.world.events(self.peer);
        events.retain(|event| !matches!(event.kind, EventKind::SnapshotStale));
        events
    }

    /// Routes what comes of it; how many handlers took it.
    fn route(&mut self, router: &mut Router<Self>, act: Act) -> usize {
        let events = self.after(act);
        assert!(!events.is_empty());
        events
            .iter()
            .map(|event| router.route(self, event))
            .sum::<usize>()
    }

    fn hear(&mut self, what: &str) {
        self.heard.push(what.to_owned());
    }
}

fn text(from: &str, text: &str) -> Act {
    let (from, text) = (from.to_owned(), text.to_owned());
    Act::Text { from, text }
}

fn own(to: &str, text: &str) -> Act {
    let (to, text) = (to.to_owned(), text.to_owned());
    Act::OwnText { to, text }
}

fn in_room(text: &str, mention: bool) -> Act {
    Act::RoomText {
        room: ROOM.to_owned(),
        from: "wxid_boris9d4k2".to_owned(),
        text: text.to_owned(),
        mention,
    }
}

/// A sentence for the client itself.
fn housekeeping() -> Act {
    Act::Raw {
        chat: ANNA.to_owned(),
        from: None,
        msg_type: 9999,
        content: "for the client".to_owned(),
    }
}

fn all_texts() -> Router<Bot> {
    let is_text = |message: &wx_proto::Message| message.text().is_some();
    Router::new()
        .on_text(|bot: &mut Bot, _, text| bot.hear(text))
        .on_message(is_text, |bot, message| bot.hear(&message.chat_name))
}

#[test]
fn own_messages_official_accounts_and_housekeeping_are_left_out() {
    let mut bot = Bot::online();
    let any = |_: &wx_proto::Message| true;
    let mut router = all_texts().on_message(any, |bot, message| bot.hear(message.body.kind()));
    assert_eq!(bot.route(&mut router, own(ANNA, "from the phone")), 0);
    assert_eq!(bot.route(&mut router, text(PAPER, "news")), 0);
    assert_eq!(bot.route(&mut router, text("weixin", "welcome")), 0);
    assert_eq!(bot.route(&mut router, housekeeping()), 0);
    assert_eq!(bot.heard, [""; 0]);
    assert_eq!(bot.route(&mut router, text(ANNA, "hello")), 3);
    assert_eq!(bot.heard, ["hello", "安娜", "text"]);
}

#[test]
fn what_is_asked_for_comes_whatever_the_order_of_asking() {
    let mut bot = Bot::online();
    let mut with_own = all_texts().with_own();
    assert_eq!(bot.route(&mut with_own, own(ANNA, "from the phone")), 2);
    assert_eq!(bot.route(&mut with_own, text(PAPER, "news")), 0);

    let mut with_official = Router::new()
        .with_official()
        .on_text(|bot: &mut Bot, _, text| bot.hear(text));
    assert_eq!(bot.route(&mut with_official, text(PAPER, "news")), 1);
    assert_eq!(bot.route(&mut with_official, text("weixin", "welcome")), 1);
    assert_eq!(bot.route(&mut with_official, own(ANNA, "again")), 0);

    let is_for_us = |message: &wx_proto::Message| matches!(message.body, Body::SystemNotice(_));
    let mut with_housekeeping = Router::new()
        .on_message(is_for_us, |bot: &mut Bot, message| {
            bot.hear(message.body.kind());
        })
        .with_housekeeping();
    assert_eq!(bot.route(&mut with_housekeeping, housekeeping()), 1);
    let heard = ["from the phone", "安娜", "news", "welcome", "system_notice"];
    assert_eq!(bot.heard, heard);
}

#[test]
fn a_handler_of_events_sees_what_the_others_are_spared() {
    let mut bot = Bot::online();
    let mut router = all_texts().on_event(|bot, event| {
        if let EventKind::Message(message) = &event.kind {
            bot.hear(message.body.kind());
        }
    });
    assert_eq!(bot.route(&mut router, own("filehelper", "a note")), 1);
    assert_eq!(bot.route(&mut router, housekeeping()), 1);
    assert_eq!(bot.heard, ["text", "system_notice"]);
}

#[test]
fn handlers_are_called_in_the_order_in_which_they_were_added() {
    let mut bot = Bot::online();
    let mut count = 0;
    let mut router = Router::new()
        .on_text(|bot: &mut Bot, _, _| bot.hear("first"))
        .on_event(|bot, _| bot.hear("second"))
        .on_text(move |bot, _, _| {
            count += 1;
            bot.hear(&format!("third, {count}"));
        });
    assert_eq!(bot.route(&mut router, text(ANNA, "hello")), 3);
    assert_eq!(bot.route(&mut router, text(ANNA, "hello again")), 3);
    let heard = ["first", "second", "third, 1", "first", "second", "third, 2"];
    assert_eq!(bot.heard, heard);
}

#[test]
fn mentions_are_what_the_state_takes_for_them() {
    let mut bot = Bot::online();
    let mut router = Router::new().on_mention(
        |bot: &Bot, message| bot.world.client(bot.peer).mentions(message),
        |bot, message, mention| {
            let by_name = mention == Mention::Yes;
            bot.hear(&format!("{by_name}: {}", message.body.kind()));
        },
    );
    assert_eq!(bot.route(&mut router, in_room("nobody", false)), 0);
    assert_eq!(bot.route(&mut router, in_room("@somebody else", false)), 0);
    assert_eq!(bot.route(&mut router, text(ANNA, "@all")), 0);
    assert_eq!(bot.route(&mut router, in_room("are you there?", true)), 1);
    assert_eq!(bot.route(&mut router, in_room("@所有人 hello", false)), 1);
    assert_eq!(bot.heard, ["true: text", "false: text"]);
}

#[test]
fn a_mention_that_is_not_certain_calls_nobody() {
    let mut bot = Bot::online();
    let mut router = Router::new().on_mention(
        |_: &Bot, _| Mention::Unknown,
        |bot, _, _| bot.hear("called"),
    );
    assert_eq!(bot.route(&mut router, in_room("@somebody", false)), 0);
    assert_eq!(bot.heard, [""; 0]);
}

#[test]
fn wishes_to_be_a_friend_have_handlers_of_their_own() {
    let mut bot = Bot::online();
    let mut router = all_texts()
        .on_contact_request(|bot, asked| bot.hear(&asked.request.content))
        .on_event(|_, _| {});
    let asked = Act::FriendRequest {
        plain: "wxid_strb6n7m8q".to_owned(),
        nick: String::new(),
        words: "from the trail".to_owned(),
    };
    assert_eq!(bot.route(&mut router, asked), 2);
    assert_eq!(bot.heard, ["from the trail"]);
    // Without handlers there is nobody to take anything.
    assert_eq!(bot.route(&mut Router::default(), text(ANNA, "hello")), 0);
}

#[test]
fn messages_tell_what_their_chat_is() {
    let mut bot = Bot::online();
    for (act, kind) in [
        (text(ANNA, "hello"), ContactKind::Person),
        (in_room("hello", false), ContactKind::Room),
        (text(PAPER, "news"), ContactKind::Official),
        (text("weixin", "welcome"), ContactKind::Special),
        (own("filehelper", "a note"), ContactKind::Special),
        (own(PAPER, "subscribe"), ContactKind::Official),
    ] {
        let events = bot.after(act.clone());
        let kinds = events.iter().filter_map(|event| match &event.kind {
            EventKind::Message(message) => Some(message.chat_kind),
            _ => None,
        });
        assert_eq!(kinds.collect::<Vec<_>>(), [kind], "{act:?}");
    }
}

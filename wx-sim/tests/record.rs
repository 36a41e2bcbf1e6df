//! A session that is written down: nothing personal is in it, and it can be done again.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Response;
use wx_proto::{
    Attachment, Client, Close, Config, EventKind, FetchImage, Pace, Seed, SendFile, SendImage,
    SendText, SetRemark, Snapshot, record::replay,
};
use wx_sim::{
    net::Weather,
    server::{Act, Blob, Cast, Piece, Script, Setup},
    world::{PeerId, World},
};

const SECOND: Duration = Duration::from_secs(1);

fn config() -> Config {
    let mut config = Config::default();
    config.pace = Pace::FREE;
    config
}

/// A client that is written down.
fn enter(world: &mut World, from: Option<Snapshot>) -> (PeerId, Arc<Mutex<String>>) {
    let file = Arc::new(Mutex::new(String::new()));
    let to = Arc::clone(&file);
    let write = move |line: &str| to.lock().unwrap().push_str(line);
    let config = config();
    let limits = config.limits.clone();
    let client = Client::recorded(config, Seed::from([5; 32]), from, write);
    (world.enter(client, limits), file)
}

/// A session in which much happens.
fn live(world: &mut World, bot: PeerId, newcomer: &str) {
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let account = world.server().accounts()[0].id;
    let friend = world
        .server()
        .peers(account)
        .into_iter()
        .find(|peer| peer.listed && !peer.room && peer.plain.starts_with("wxid_"))
        .unwrap();
    let picture = Blob::Given(b"a picture of somebody".to_vec().into());
    for act in [
        Act::Text {
            from: friend.plain.clone(),
            text: "meet me at the Blue Lantern, 张三, my number is 13812345678".into(),
        },
        Act::Send {
            chat: friend.plain.clone(),
            from: None,
            piece: Piece::Image { data: picture },
            veiled: false,
        },
        Act::FriendRequest {
            plain: newcomer.into(),
            nick: "Zebulon".into(),
            words: "remember Marrakesh".into(),
        },
        Act::ContactChanged {
            who: friend.plain.clone(),
            nick: Some("Philomena 李四".into()),
            remark: None,
            contact_flag: None,
        },
    ] {
        world.happen(act).unwrap();
        world.run_for(10 * SECOND);
    }
    let chat = world.client(bot).chat(&friend.user_name).unwrap();
    world.submit(
        bot,
        SendText::new(chat.clone(), "I know, Wilhelmina").key("k-1"),
    );
    let image = Attachment::bytes("Wilhelmina.jpg", b"bytes of a picture".to_vec());
    world.submit(bot, SendImage::new(chat.clone(), image));
    let file = Attachment::source("tax return.pdf", 700_000);
    world.submit_reading(bot, SendFile::new(chat.clone(), file), vec![7; 700_000]);
    world.submit(bot, SetRemark::new(chat, "Secretariat"));
    for event in world.events(bot) {
        if let EventKind::Message(message) = event.kind {
            if matches!(message.body, wx_proto::Body::Image(_)) {
                world.submit_writing(bot, FetchImage::of(&message));
            }
        }
    }
    world.run_for(120 * SECOND);
}

/// Who is who, and what opens the account: as the service knows it.
fn private(world: &World) -> Vec<String> {
    let server = world.server();
    let secrets = server.confidential().into_iter();
    let mut words: Vec<String> = secrets.map(|secret| secret.text).collect();
    for account in server.accounts() {
        for peer in server.peers(account.id) {
            // Accounts that everybody has keep their names.
            if peer.plain == peer.user_name {
                continue;
            }
            words.extend([peer.user_name, peer.plain, peer.nick_name, peer.remark_name]);
        }
    }
    for word in [
        "Lantern",
        "张三",
        "13812345678",
        "Zebulon",
        "Marrakesh",
        "Philomena",
        "李四",
        "Wilhelmina",
        "Secretariat",
        "tax return",
        "bytes of a picture",
    ] {
        words.push(word.to_owned());
    }
    // Of names with several words, each. Emoji are punctuation, here as there.
    let words = words
        .iter()
        .flat_map(|words| words.split(|c: char| !c.is_alphanumeric()));
    // What is shorter occurs by chance.
    let long = |word: &&str| {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        match (is_number, word.is_ascii()) {
            (true, _) => word.len() >= 8,
            (_, true) => word.len() >= 4,
            (_, false) => word.chars().count() >= 2,
        }
    };
    words.filter(long).map(str::to_owned).collect()
}

#[test]
fn a_session_is_replayed_byte_for_byte_and_says_nothing_about_anybody() {
    for (seed, cast) in [(1, Cast::Everyday), (2, Cast::Odd)] {
        let mut world = World::new(Setup {
            seed,
            cast,
            script: Script::demo(),
            ..Setup::default()
        });
        let (bot, file) = enter(&mut world, None);
        live(&mut world, bot, "wxid_newcomer1");
        let snapshot = world.client(bot).snapshot().unwrap();
        let how = Close {
            logout: false,
            drain: Duration::ZERO,
        };
        world.close(bot, how);
        let (again, second) = enter(&mut world, Some(snapshot));
        live(&mut world, again, "wxid_newcomer2");
        for file in [file, second] {
            let file = file.lock().unwrap().clone();
            let replayed = replay(&file).unwrap();
            assert_eq!(replayed.differences, []);
            assert_eq!(replayed.unlike, None, "seed {seed}");
            assert!(
                replayed.inputs > 60 && replayed.outputs > 60,
                "{replayed:?}"
            );
            // Line ends are written as two characters.
            let text = file.replace("\\\\n", " ").replace("\\n", " ");
            let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            assert!(words.contains("NickName"));
            for word in private(&world) {
                let found = words.contains(word.as_str()) && !is_known(&word);
                assert!(!found, "{} bytes of a name, a text or a key", word.len());
            }
        }
    }
}

/// Whether it is made of nothing but the protocol's own words.
fn is_known(word: &str) -> bool {
    let known = include_str!("../../wx-proto/src/record/words.txt").split_whitespace();
    let mut rest = word.to_owned();
    for known in known {
        if known == word {
            return true;
        }
        if !known.is_ascii() {
            rest = rest.replace(known, "");
        }
    }
    rest.chars().count() < 2
}

#[test]
fn what_goes_wrong_is_replayed_as_well() {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let (bot, file) = enter(&mut world, None);
    assert!(world.to_online(bot));
    world.set_weather(Weather::foul(40));
    for body in [
        "<html>",
        "{}",
        "",
        "\u{fffd}\u{0}",
        r#"{"BaseResponse":{"Ret":-1}}"#,
    ] {
        for endpoint in ["webwxsync", "webwxsendmsg", "synccheck"] {
            let reply = Response::new(body.as_bytes().to_vec().into());
            world.server_mut().plant(endpoint, 2, reply);
        }
        let chat = world.client(bot).chat("filehelper").unwrap();
        world.submit(bot, SendText::new(chat, "hello"));
        world.run_for(300 * SECOND);
    }
    world.happen(Act::Kick { code: 1101 }).unwrap();
    world.run_for(600 * SECOND);
    let file = file.lock().unwrap().clone();
    let replayed = replay(&file).unwrap();
    assert_eq!((replayed.differences.len(), replayed.unlike), (0, None));

    // A file that was cut in the middle of a line is good up to there.
    let cut = &file[..file.len() / 2];
    let replayed = replay(cut).unwrap();
    assert!(replayed.is_exact() && replayed.inputs > 10);
    assert!(replay("nonsense").is_err());
    assert!(replay("").is_err());
}

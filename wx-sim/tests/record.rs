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

use base64::prelude::{BASE64_STANDARD, Engine as _};
use http::Response;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use wx_proto::{
    Attachment, Body, Client, Close, Config, EventKind, FetchFile, FetchImage, Pace, Recall, Seed,
    SendFile, SendImage, SendText, SetRemark, Snapshot, record::replay,
};
use wx_sim::{
    net::Weather,
    server::{Act, Blob, Cast, Piece, Script, Setup},
    world::{PeerId, World},
};

const SECOND: Duration = Duration::from_secs(1);

/// 张三 in the encoding of another time.
const GBK: &[u8] = b"\xd5\xc5\xc8\xfd";

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
    let given = |bytes: &[u8]| Blob::Given(bytes.to_vec().into());
    let from_friend = |piece| Act::Send {
        chat: friend.plain.clone(),
        from: None,
        piece,
        veiled: false,
    };
    for act in [
        Act::Text {
            from: friend.plain.clone(),
            text: "meet me at the Blue Lantern, 张三, my number is 13812345678".into(),
        },
        Act::Text {
            from: friend.plain.clone(),
            text: "look: https://example.org/%E9%83%AD%E9%9D%96?who=%e9%bb%84%e8%93%89&%48eimlich"
                .into(),
        },
        Act::Text {
            from: friend.plain.clone(),
            text: "call 138-1234-5678 or 138 9876 5432, door 482913, mail 7654321@qq.com, card \
                   4929 1234 7777 0001"
                .into(),
        },
        Act::Text {
            from: friend.plain.clone(),
            text: "http://example.org/?q=%26%2324352%3B%26%2319977%3B%26%2379%3B%26%23108%3B\
                   %26%23103%3B%26%2397%3B \\x4f\\x6c\\x67\\x61"
                .into(),
        },
        from_friend(Piece::Location {
            label: "Blue Lantern".into(),
            x: "31.230416".into(),
            y: "121.473701".into(),
        }),
        from_friend(Piece::Image {
            data: given(b"a picture of somebody"),
        }),
        from_friend(Piece::Link {
            title: "&#27431;&#38451;&#x950b; on stage".into(),
            description: "the Kr&#246;nungstag".into(),
            url: "https://example.org/?q=%25E6%25B4%25AA%25E4%25B8%2583%25E5%2585%25AC".into(),
        }),
        from_friend(Piece::File {
            name: "Amsterdam.txt".into(),
            data: given(b"what is in a file"),
        }),
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
            match message.body {
                Body::Image(_) => drop(world.submit_writing(bot, FetchImage::of(&message))),
                Body::File(_) => {
                    let mut offered = Response::new(b"what is in a file".to_vec().into());
                    let name = "attachment; filename=\"Steuerbescheid.txt\"; \
                                filename*=UTF-8''%E5%91%A8%E4%BC%AF%E9%80%9A.txt";
                    offered
                        .headers_mut()
                        .insert("content-disposition", name.parse().unwrap());
                    offered
                        .headers_mut()
                        .insert("x-asked-by", "13812345678".parse().unwrap());
                    world.server_mut().plant("webwxgetmedia", 1, offered);
                    world.submit_writing(bot, FetchFile::of(&message));
                }
                _ => {}
            }
        }
    }
    world.run_for(120 * SECOND);
    let broken = [b"<html>", GBK, b" Wilhelmina</html>"].concat();
    let broken = Response::new(broken.into());
    world.server_mut().plant("webwxoplog", 1, broken);
    let chat = world.client(bot).chat(&friend.user_name).unwrap();
    world.submit(bot, SetRemark::new(chat, "Secretariat"));
    world.run_for(60 * SECOND);
    assert_eq!(world.server().planted(), 0);
}

/// Who is who, and what opens the account: as the service knows it. Of names with several words, each.
fn private(world: &World) -> BTreeSet<String> {
    let server = world.server();
    let secrets = server.confidential().into_iter();
    let mut private: BTreeSet<String> = secrets.flat_map(|secret| words(&secret.text)).collect();
    for account in server.accounts() {
        for peer in server.peers(account.id) {
            // Accounts that everybody has keep their names.
            if peer.plain != peer.user_name {
                let names = [peer.user_name, peer.plain, peer.nick_name, peer.remark_name];
                private.extend(names.iter().flat_map(|name| words(name)));
            }
        }
    }
    for text in [
        "Lantern 张三 13812345678 Zebulon Marrakesh Philomena 李四 Wilhelmina Secretariat tax return",
        "a picture of somebody, bytes of a picture",
        "482913 7654321 230416 473701 Olga",
        "郭靖 黄蓉 Heimlich 欧阳锋 Krönungstag 洪七公 Steuerbescheid 周伯通 Amsterdam",
    ] {
        private.extend(words(text));
    }
    // The key of a message, as a digest that is found by trying, and as the id that follows from it.
    private.insert("14464ac1dfe6fa8ad8fda94bb6f01571".to_owned());
    private.insert("50937325673904778".to_owned());
    // The kind of an account stays, what each address begins with, and what the page itself goes by in
    // the files that it sends.
    // Also how long a file is, and what a path to a map is known by.
    for kind in [
        "wxid",
        "chatroom",
        "https",
        "http",
        "wxeb7ec651dd0aefa9",
        "700000",
        "webwx",
        "location",
    ] {
        private.remove(kind);
    }
    private
}

/// The words of a text but for those that occur by chance. In markup, the names of elements and attributes are
/// the protocol's. Emoji are punctuation, here as there.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    let mut rest = text.as_str();
    while let Some(at) = rest.find(char::is_alphanumeric) {
        let (head, tail) = rest.split_at(at);
        let end = tail.find(|c: char| !c.is_alphanumeric());
        let (word, tail) = tail.split_at(end.unwrap_or(tail.len()));
        let is_markup =
            ["</", "/>", "?>"].iter().any(|mark| text.contains(mark)) || text.starts_with('<');
        let is_name = word.is_ascii() && (head.ends_with(['<', '/']) || tail.starts_with('='));
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_long = match (is_number, word.is_ascii()) {
            (true, _) => word.len() >= 6,
            (_, true) => word.len() >= 4,
            (_, false) => word.chars().count() >= 2,
        };
        // What is left of an escape comes by chance.
        let is_code = word.len() == 4 && head.ends_with('%');
        if is_long && !is_code && !(is_markup && is_name) {
            words.push(word.to_owned());
        }
        rest = tail;
    }
    words
}

/// All bodies, headers and values of commands in a file, as bytes.
fn written(file: &str) -> Vec<Vec<u8>> {
    fn collect(value: &Value, name: &str, all: &mut Vec<Vec<u8>>) {
        match value {
            Value::String(text) if name == "base64" => {
                all.push(BASE64_STANDARD.decode(text).unwrap());
            }
            Value::String(text) => all.push(text.clone().into_bytes()),
            Value::Number(number) => all.push(number.to_string().into_bytes()),
            Value::Array(list) => list.iter().for_each(|it| collect(it, name, all)),
            Value::Object(members) => members.iter().for_each(|(name, it)| collect(it, name, all)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for line in file.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        collect(&line, "", &mut all);
    }
    all
}

/// The same with one layer of escapes less.
fn plain(text: &str) -> String {
    let percent = percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut plain = String::new();
    let mut rest = percent.as_str();
    while let Some(at) = rest.find(['&', '\\']) {
        let (head, tail) = rest.split_at(at);
        plain.push_str(head);
        let (letter, len) = letter(tail).unwrap_or((" ".into(), 1));
        plain.push_str(&letter);
        rest = tail.get(len..).unwrap_or_default();
    }
    plain + rest
}

/// What `&#24352;`, `&amp;`, `\u5f20`, `\n` stands for, and how long it is.
fn letter(text: &str) -> Option<(String, usize)> {
    if let Some(code) = text.strip_prefix("\\u").and_then(|code| code.get(..4)) {
        let unit = u16::from_str_radix(code, 16).ok()?;
        return Some((String::from_utf16_lossy(&[unit]), 6));
    }
    if let Some(code) = text.strip_prefix('\\') {
        let is_end = code.starts_with(['n', 'r', 't']);
        return Some(if is_end {
            (" ".into(), 2)
        } else {
            ("".into(), 1)
        });
    }
    let (code, _) = text.strip_prefix('&')?.split_once(';')?;
    let of = |digits, radix| char::from_u32(u32::from_str_radix(digits, radix).ok()?);
    let letter = match code {
        "amp" => '&',
        "lt" | "gt" | "quot" | "apos" | "nbsp" => ' ',
        _ => match code.strip_prefix("#x") {
            Some(digits) => of(digits, 16)?,
            None => of(code.strip_prefix('#')?, 10)?,
        },
    };
    Some((letter.to_string(), code.len() + 2))
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
        let private = private(&world);
        for file in [file, second] {
            let file = file.lock().unwrap().clone();
            let replayed = replay(&file).unwrap();
            assert_eq!(replayed.differences, []);
            assert_eq!(replayed.unlike, None, "seed {seed}");
            assert!(
                replayed.inputs > 60 && replayed.outputs > 60,
                "{replayed:?}"
            );
            says_nothing(&file, &private);
        }
    }
}

/// What is no word of its own.
const NUMBERS: [&str; 14] = [
    "x4f\\\\x6c",
    "x4fx6c",
    "138-1234",
    "1234-5678",
    "138 9876",
    "9876 5432",
    "482913",
    "7654321",
    "4929 1234",
    "1234 7777",
    "7777 0001",
    "31.230416",
    "121.473701",
    "31.23",
];

/// Looks for words of people in all forms in which a file may hold them.
fn says_nothing(file: &str, private: &BTreeSet<String>) {
    let written = written(file);
    // A name in another encoding.
    assert!(!written.iter().any(|it| it.windows(4).any(|it| it == GBK)));
    let mut texts: Vec<String> = written
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .collect();
    let mut seen = BTreeSet::new();
    for _ in 0..4 {
        for text in &mut texts {
            seen.extend(
                text.split(|c: char| !c.is_alphanumeric())
                    .map(str::to_owned),
            );
            let number = NUMBERS.iter().find(|number| text.contains(**number));
            assert_eq!(number, None, "{text}");
            *text = plain(text);
        }
    }
    assert!(seen.contains("NickName") && file.contains("content-disposition"));
    assert!(file.contains("\"base64\"") && !file.contains("x-asked-by"));
    let found: Vec<_> = seen.intersection(private).collect();
    assert!(found.is_empty(), "{} words: {found:?}", found.len());
}

#[test]
fn the_words_that_stay_are_nobodys() {
    let known = include_str!("../../wx-proto/src/record/words.txt");
    let mut known: BTreeSet<&str> = known
        .split("\n\n")
        .enumerate()
        .flat_map(|(at, part)| match at {
            // Sentences and other runs of several words stay as a whole alone.
            3 => part.lines().collect::<Vec<_>>(),
            _ => part.split_whitespace().collect(),
        })
        .collect();
    assert!(known.contains("NickName") && known.contains("tickled myself"));
    for cast in [Cast::Everyday, Cast::Odd, Cast::Few] {
        let mut world = World::new(Setup {
            cast,
            script: Script::demo(),
            ..Setup::default()
        });
        let (bot, _) = enter(&mut world, None);
        live(&mut world, bot, "wxid_newcomer1");
        let private = private(&world);
        let found: Vec<_> = private.iter().filter(|it| known.remove(&***it)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
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

    assert!(replay("nonsense").is_err());
    assert!(replay("").is_err());
}

#[test]
fn a_message_is_taken_back_in_a_replay_as_well() {
    let mut world = World::new(Setup::default());
    let (bot, file) = enter(&mut world, None);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let chat = world.client(bot).chat("filehelper").unwrap();

    // Taken back by the id that follows from its name.
    let named = SendText::new(chat.clone(), "hello").key("anna");
    let sent = world.submit(bot, named);
    world.run_for(10 * SECOND);
    let receipt = world.outcome(bot, sent).unwrap().unwrap();
    let taken = world.submit(bot, Recall::of(&receipt));
    world.run_for(10 * SECOND);
    world.outcome(bot, taken).unwrap().unwrap();
    // Once more under that name, as far as the client can tell.
    world.submit(bot, SendText::new(chat, "hello").key("anna"));
    world.run_for(10 * SECOND);

    let file = file.lock().unwrap().clone();
    let replayed = replay(&file).unwrap();
    assert_eq!(replayed.differences, []);
    assert_eq!(replayed.unlike, None);
    assert!(!file.contains(&receipt.client_msg_id.to_string()));
}

#[test]
fn what_a_command_brings_makes_no_difference_to_a_replay() {
    let mut world = World::new(Setup::default());
    let (bot, file) = enter(&mut world, None);
    assert!(world.to_online(bot));
    world.run_for(20 * SECOND);
    let chat = world.client(bot).chat("filehelper").unwrap();

    // Another file of the same length, after the digest was made; and then the same one all the time.
    for end in [1, 7] {
        let source = Attachment::source("a.bin", 1_200_000);
        let command = SendFile::new(chat.clone(), source);
        let sending = world.submit_reading(bot, command, vec![7; 1_200_000]);
        let command = sending.command;
        let begun = |world: &World| world.progress(bot, command).len() == 1;
        assert!(world.run_until(60 * SECOND, begun));
        let mut other = vec![7; 1_200_000];
        other[1_199_999] = end;
        world.set_source(bot, command, Some(other.into()));
        world.run_for(60 * SECOND);
        let outcome = world.outcome(bot, sending).unwrap();
        assert_eq!(outcome.is_ok(), end == 7, "{outcome:?}");
    }

    // More than a file may say that there is.
    let largest = Attachment::bytes("b.bin", vec![0; 300 << 20]);
    let refused = world.submit(bot, SendFile::new(chat.clone(), largest));
    world.run_for(SECOND);
    world.outcome(bot, refused).unwrap().unwrap_err();
    let last = world.submit(bot, SendText::new(chat, "hello again"));
    world.run_for(10 * SECOND);
    world.outcome(bot, last).unwrap().unwrap();

    let file = file.lock().unwrap().clone();
    let replayed = replay(&file).unwrap();
    assert_eq!(replayed.differences, []);
    assert_eq!(replayed.unlike, None);
}

#[test]
fn a_file_is_good_up_to_where_it_ends() {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let (bot, file) = enter(&mut world, None);
    assert!(world.to_online(bot));
    world.run_for(10 * SECOND);
    let file = file.lock().unwrap().clone();
    let all = replay(&file).unwrap();
    assert!(all.is_exact() && all.inputs > 10);
    // Behind an input whose outputs are missing, behind some of them, in the middle of a line.
    for (at, _) in file.match_indices('\n').skip(1) {
        for cut in [at.saturating_sub(5), at, at + 1] {
            let replayed = replay(&String::from_utf8_lossy(&file.as_bytes()[..cut])).unwrap();
            assert!(replayed.is_exact(), "{cut} {replayed:?}");
        }
    }
    // In the middle of a character.
    let (at, _) = file.char_indices().find(|(_, c)| !c.is_ascii()).unwrap();
    let cut = String::from_utf8_lossy(&file.as_bytes()[..=at]);
    let replayed = replay(&cut).unwrap();
    assert!(replayed.is_exact() && replayed.inputs < all.inputs);
}

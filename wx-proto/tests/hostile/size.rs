//! Names, texts and lists that are longer than any real ones. A packed reply of 32 KB grows to 32 MB,
//! so what of it stays, and what is made of it for each message, must not be for the service to choose.

use http::Response;
use wx_proto::{
    CommandError, Config, EventKind, FetchContacts, Misuse, RemoveMember, RosterChange, SendText,
    SetRemark, TransportErrorKind,
};
use wx_sim::{
    net::Fate,
    server::{Act, Setup},
    world::{Reading, World},
};

use crate::common::{
    bench::{Bench, ME, init},
    *,
};

/// The longest text that is kept, and a little.
const LONG: usize = 2100;

fn long(mark: u32) -> String {
    format!("{mark}{}", "n".repeat(1 << 20))
}

/// A session that waits for news, and has its address book.
fn online() -> Bench {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    let book = r#"{"BaseResponse":{"Ret":0},"MemberCount":0,"MemberList":[],"Seq":0}"#;
    bench.say("webwxgetcontact", book);
    bench.say(
        "webwxbatchgetcontact",
        r#"{"BaseResponse":{"Ret":0},"ContactList":[]}"#,
    );
    bench.run_for(5 * SECOND);
    bench.events();
    bench
}

/// The next sync brings this. `nth` makes its keys others than those before.
fn news(bench: &mut Bench, nth: u32, what: &str) {
    let mut asked = bench.asked().iter().rev();
    let last = asked.find(|(_, path)| path.ends_with("webwxsync") || path.ends_with("synccheck"));
    if last.unwrap().1.ends_with("synccheck") {
        bench.say(
            "synccheck",
            r#"window.synccheck={retcode:"0",selector:"2"}"#,
        );
    }
    let key = format!(r#""SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":{nth}}}]}}"#);
    let body = format!(r#"{{"BaseResponse":{{"Ret":0}},{what},"ContinueFlag":0,{key},"SKey":""}}"#);
    bench.say("webwxsync", body);
}

fn message(id: u32, from: &str, to: &str, content: &str) -> String {
    format!(
        r#"{{"MsgId":"{id}","FromUserName":"{from}","ToUserName":"{to}","MsgType":1,
        "Content":"{content}","CreateTime":1700000000}}"#
    )
}

fn saved(bench: &Bench) -> usize {
    bench.client.snapshot().unwrap().encode().len()
}

#[test]
fn no_text_of_a_record_is_kept_beyond_what_can_be_real() {
    let mut bench = online();
    let text = long(0);
    let record = format!(
        r#"{{"UserName":"@@room","NickName":"{text}","RemarkName":"{text}","Alias":"{text}",
        "HeadImgUrl":"{text}","Signature":"{text}","Province":"{text}","City":"{text}",
        "EncryChatRoomId":"{text}","ChatRoomOwner":"{text}","KeyWord":"{text}","MemberList":[
        {{"UserName":"@a","NickName":"{text}","DisplayName":"{text}"}},{{"UserName":"@{text}"}}]}}"#
    );
    news(&mut bench, 1, &format!(r#""ModContactList":[{record}]"#));
    let roster = bench.client.roster();
    let room = roster.find("@@room").unwrap();
    let kept = serde_json::json!(format!("{:?}", room.record())).to_string();
    assert!(kept.len() < 13 * LONG, "{}", kept.len());
    assert_eq!(room.members().count(), 1);
}

#[test]
fn no_name_makes_every_message_long() {
    let mut bench = Bench::new(config());
    bench.confirm("wx.qq.com");
    bench.let_in("wx.qq.com", "qq.com");
    bench.say("webwxinit", init().replace("示例", &long(0)));
    bench.run_for(5 * SECOND);
    let member = |id| {
        format!(
            r#"{{"UserName":"@{id}","NickName":"{}"}}"#,
            "m".repeat(2048)
        )
    };
    let members: Vec<_> = (0..10).map(member).collect();
    let profile = format!(r#"{{"BitFlag":190,"NickName":{{"Buff":"{}"}}}}"#, long(1));
    news(
        &mut bench,
        1,
        &format!(
            r#""Profile":{profile},"ModContactList":[{{"UserName":"@@room","NickName":"",
            "MemberList":[{}]}}],"AddMsgList":[{},{}]"#,
            members.join(","),
            message(1, ME, "@a", "own"),
            message(2, "@@room", ME, "@1:<br/>hi"),
        ),
    );
    let heard = messages(&bench.events());
    assert_eq!(heard.len(), 2);
    for message in heard {
        let sender = message.sender.unwrap();
        assert!(!sender.name.is_empty() && sender.name.len() < LONG);
        assert!(message.chat_name.len() < LONG);
    }
}

#[test]
fn what_is_remembered_of_a_message_is_short() {
    let mut bench = online();
    let before = saved(&bench);
    for nth in 1..20 {
        let from = format!("@{}", long(nth));
        let list = message(nth, &from, ME, "hi");
        news(&mut bench, nth, &format!(r#""AddMsgList":[{list}]"#));
    }
    assert_eq!(messages(&bench.events()).len(), 19);
    assert!(saved(&bench) - before < 5000, "{}", saved(&bench));
    // And still it does not come twice.
    let from = format!("@{}", long(7));
    let again = message(7, &from, ME, "hi");
    news(&mut bench, 99, &format!(r#""AddMsgList":[{again}]"#));
    assert_eq!(messages(&bench.events()).len(), 0);
}

#[test]
fn nobody_with_an_impossible_name_is_looked_up() {
    let mut bench = online();
    let mut room = r#"{"UserName":"@@room","NickName":"r","MemberList":[{"UserName":"@a"}]}"#;
    let mut nth = 0;
    let before = bench.asked().len();
    for name in [&*long(0), "a,@b", "a b", "a\\u0000b", "a\\nb"] {
        for (from, content) in [
            (format!("@{name}"), "hi".to_owned()),
            (format!("@@{name}"), "hi".to_owned()),
            ("@@room".to_owned(), format!("@{name}:<br/>hi")),
        ] {
            nth += 1;
            let list = message(nth, &from, ME, &content);
            let news_of = format!(r#""ModContactList":[{room}],"AddMsgList":[{list}]"#);
            news(&mut bench, nth, &news_of);
            room = "";
            bench.run_for(5 * SECOND);
        }
    }
    let asked = &bench.asked()[before..];
    let lookups = asked
        .iter()
        .filter(|(_, path)| path.ends_with("batchgetcontact"));
    assert_eq!(lookups.count(), 0);
}

/// In lists, names stand between commas.
#[test]
fn a_name_with_a_comma_in_it_does_not_become_two_people() {
    let mut world = World::new(Setup::default());
    let bot = crate::common::online(&mut world);
    let records = r#"{"BaseResponse":{"Ret":0},"AddMsgList":[],"ModContactList":[
        {"UserName":"@a,@b","NickName":"two"},{"UserName":"@@room","NickName":"room",
        "MemberList":[{"UserName":"@a,@b","NickName":"two"},{"UserName":"@c","NickName":"one"}]}],
        "SyncKey":{"Count":1,"List":[{"Key":1,"Val":7}]},"SKey":""}"#;
    world.server_mut().plant("webwxsync", 1, page(200, records));
    world.happen(Act::FalseAlarm { selector: 4 }).unwrap();
    world.run_for(5 * SECOND);
    let client = world.client(bot);
    assert!(client.roster().find("@a,@b").is_none());
    let room = client.roster().find("@@room").unwrap();
    let members: Vec<_> = room.members().map(|it| it.user_name().to_owned()).collect();
    assert_eq!(members, ["@c"]);
    let (room, chat) = (room.id.clone(), |name| client.chat(name).unwrap());
    let two = chat("@a,@b");
    let sent = world.sent(bot).len();
    let removed = world.submit(bot, RemoveMember::new(room, two.clone()));
    let named = world.submit(bot, SetRemark::new(two.clone(), "x"));
    let said = world.submit(bot, SendText::new(two.clone(), "hi"));
    let found = world.submit(bot, FetchContacts::new([two]));
    world.run_for(60 * SECOND);
    let nobody = |error: Option<CommandError>| {
        assert!(
            matches!(error, Some(CommandError::Misuse(Misuse::NoChat))),
            "{error:?}"
        );
    };
    nobody(world.outcome(bot, removed).unwrap().err());
    nobody(world.outcome(bot, named).unwrap().err());
    nobody(world.outcome(bot, said).unwrap().err());
    nobody(world.outcome(bot, found).unwrap().err());
    let paths = world.sent(bot)[sent..]
        .iter()
        .map(|sent| sent.path.as_str());
    assert!(
        paths
            .clone()
            .all(|path| path.ends_with("sync") || path.ends_with("synccheck"))
    );
}

#[test]
fn the_words_of_a_refusal_are_cut_before_everybody_gets_them() {
    let mut bench = online();
    let chat = bench.client.chat("filehelper").unwrap();
    let ticket = bench.call(SetRemark::new(chat, "x"));
    let words = "n".repeat(100_000);
    let body = format!(r#"{{"BaseResponse":{{"Ret":-77,"ErrMsg":"{words}"}}}}"#);
    bench.say("webwxoplog", body);
    let Err(CommandError::Rejected { error, .. }) = bench.outcome(ticket) else {
        panic!("no refusal")
    };
    assert!(
        (1..LONG).contains(&error.text.len()),
        "{}",
        error.text.len()
    );
}

#[test]
fn an_id_that_is_no_number_is_none() {
    let mut bench = online();
    for (nth, id) in [
        &*long(0),
        "-1",
        "1e3",
        "\\u001b[2J",
        "184467440737095516150",
    ]
    .into_iter()
    .enumerate()
    {
        let nth = u32::try_from(nth).unwrap();
        let list =
            message(0, "@a", ME, "hi").replace(r#""MsgId":"0""#, &format!(r#""MsgId":"{id}""#));
        news(&mut bench, nth + 1, &format!(r#""AddMsgList":[{list}]"#));
        let heard = messages(&bench.events());
        assert!(heard.len() == 1 && heard[0].id.is_none(), "{nth}");
    }
}

#[test]
fn lists_of_commas_are_no_crowds() {
    let mut bench = Bench::new(config());
    bench.confirm("wx.qq.com");
    bench.let_in("wx.qq.com", "qq.com");
    bench.say(
        "webwxinit",
        init().replace("filehelper,@@room,", &"@@a,".repeat(1_000_000)),
    );
    let body = wx_proto::endpoint::webwxinit::parse(
        init()
            .replace("filehelper,@@room,", &"@@a,".repeat(1_000_000))
            .as_bytes(),
    );
    assert!(body.unwrap().chat_set.len() <= 10_000);
    bench.run_for(5 * SECOND);
    let record = message(5, "@a", ME, "").replace(
        r#""MsgType":1"#,
        &format!(
            r#""MsgType":51,"StatusNotifyCode":4,"StatusNotifyUserName":"{}""#,
            "@a,".repeat(1_000_000)
        ),
    );
    let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"AddMsgList":[{record}]}}"#);
    let reply = wx_proto::endpoint::webwxsync::parse(body.as_bytes()).unwrap();
    let [wx_proto::endpoint::webwxsync::MessageItem::Record(record)] = &reply.messages[..] else {
        panic!("one message");
    };
    let wx_proto::Body::StatusNotify(notify) = wx_proto::Content::read(record).body else {
        panic!("a notification");
    };
    assert!(notify.users.len() <= 10_000 && notify.accounts.len() <= 10_000);
}

/// A page of a late address book tells what it changes, and there may be 64 of them.
#[test]
fn late_pages_of_the_address_book_wait_for_a_reader() {
    let mut config = Config::default();
    config.limits.backlog = 100;
    let mut world = World::new(Setup::default());
    let lost = Fate::Unheard(TransportErrorKind::Reset);
    world.doom("webwxgetcontact", 3, lost);
    for nth in 1..=64 {
        let page = book(nth, 200);
        world.server_mut().plant("webwxgetcontact", 1, page);
    }
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.set_reading(bot, Reading::Stalled);
    world.run_for(HOUR);
    let pages = |world: &World| {
        let sent = world.sent(bot).iter();
        sent.filter(|sent| sent.path.ends_with("webwxgetcontact"))
            .count()
    };
    assert!(pages(&world) < 3 + 4, "{} pages", pages(&world));
    // And they come when there is one.
    world.set_reading(bot, Reading::Prompt);
    world.run_for(HOUR);
    let changes = world.events(bot).into_iter();
    let changes = changes.filter(|event| {
        matches!(
            event.kind,
            EventKind::Roster(RosterChange::Added(_) | RosterChange::Changed { .. })
        )
    });
    assert!(changes.count() > 60 * 200);
    assert!(pages(&world) >= 64);
    assert_eq!(world.violations(), <&[String]>::default());
}

/// A page with so many people, named anew on each.
fn book(nth: u32, people: u32) -> Response<bytes::Bytes> {
    let person = |n| format!(r#"{{"UserName":"@{n:032}","NickName":"{nth}","ContactFlag":3}}"#);
    let people: Vec<_> = (0..people).map(person).collect();
    let people = people.join(",");
    page(
        200,
        format!(
            r#"{{"BaseResponse":{{"Ret":0}},"MemberCount":1,"MemberList":[{people}],"Seq":{nth}}}"#
        ),
    )
}

/// A look at all members for each message would take a hundred times as long in the large room.
#[test]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what is tested is the time it takes"
)]
fn who_speaks_is_found_as_fast_in_a_large_room_as_in_a_small_one() {
    let taken = |members: u32| {
        let member = |n| format!(r#"{{"UserName":"@{n:064}","NickName":"{n}"}}"#);
        let list: Vec<_> = (0..members).map(member).collect();
        let room = format!(
            r#"{{"UserName":"@@room","MemberList":[{}]}}"#,
            list.join(",")
        );
        let says = |n| message(n, "@@room", ME, &format!("@{:064}:<br/>hi", n % members));
        let said: Vec<_> = (1..5_000).map(says).collect();
        let mut bench = online();
        news(&mut bench, 1, &format!(r#""ModContactList":[{room}]"#));
        let said = format!(r#""AddMsgList":[{}]"#, said.join(","));
        let begin = std::time::Instant::now();
        news(&mut bench, 2, &said);
        let taken = begin.elapsed();
        assert_eq!(messages(&bench.events()).len(), 4_999);
        taken
    };
    let (small, large) = (taken(10), taken(10_000));
    assert!(large < 8 * small, "{large:?} and {small:?}");
}

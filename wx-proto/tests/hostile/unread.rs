//! What waits for an application that does not read.

use wx_proto::{CatchUp, EventKind, TransportErrorKind};
use wx_sim::{
    server::Setup,
    world::{PeerId, Reading, World},
};

use crate::common::{
    bench::{Bench, ME, init},
    *,
};

#[test]
fn gaps_that_nobody_reads_become_one_that_counts_them() {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world
        .server_mut()
        .plant("webwxsync", u32::MAX, page(200, "garbage"));
    let friend = friend(&world);
    hears(&mut world, &friend, "hello");
    world.set_reading(bot, Reading::Stalled);
    world.run_for(24 * HOUR);
    world.set_reading(bot, Reading::Prompt);
    let events = world.events(bot);
    assert!(events.len() < 20, "{} events were waiting", events.len());
    let times: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Gap(gap) => Some(gap.times),
            _ => None,
        })
        .collect();
    assert!(times.len() == 1 && times[0] > 20, "{times:?}");
}

/// A few thousand of those would be all the memory there is.
#[test]
fn texts_of_a_great_size_wait_at_the_service() {
    waits_at_the_service("Content");
    waits_at_the_service("Url");
}

fn waits_at_the_service(member: &str) {
    let mut world = World::new(Setup::default());
    let bot = online(&mut world);
    world.set_reading(bot, Reading::Stalled);
    world.server_mut().plant("synccheck", 60, page(200, NEWS));
    for nth in 1..=6 {
        let text = "n".repeat(8 << 20);
        let reply = sync_of(nth, 0, &format!(r#""{member}":"{text}""#));
        world.server_mut().plant("webwxsync", 1, page(200, reply));
    }
    let before = syncs(&world, bot);
    world.run_for(600 * SECOND);
    let fetched = syncs(&world, bot) - before;
    assert!((4..6).contains(&fetched), "{fetched} with {member}");
    world.set_reading(bot, Reading::Prompt);
    world.run_for(600 * SECOND);
    let events = world.events(bot).into_iter();
    let messages = events.filter(|event| matches!(event.kind, EventKind::Message(_)));
    assert_eq!(messages.count(), 6);
}

fn syncs(world: &World, bot: PeerId) -> usize {
    let sent = world.sent(bot).iter();
    sent.filter(|sent| sent.path.ends_with("webwxsync")).count()
}

/// A sync that is only due brings what there is, whatever the polls said.
#[test]
fn nothing_is_fetched_for_an_application_that_does_not_read_though_the_polls_be_quiet() {
    let mut config = config();
    config.limits.backlog = 2;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    world.events(bot);
    world.set_reading(bot, Reading::Stalled);
    let friend = friend(&world);
    for _ in 0..2 {
        hears(&mut world, &friend, "hello");
        world.run_for(5 * SECOND);
    }
    let quiet = page(200, QUIET);
    world.server_mut().plant("synccheck", u32::MAX, quiet);
    for nth in 1..=20 {
        let reply = page(200, sync(nth, 0, "hello"));
        world.server_mut().plant("webwxsync", 1, reply);
    }
    let before = syncs(&world, bot);
    world.run_for(3 * HOUR);
    assert_eq!(syncs(&world, bot), before);
    world.set_reading(bot, Reading::Prompt);
    world.run_for(60 * SECOND);
    assert_eq!(messages(&world.events(bot)).len(), 3);
}

/// Syncs that always promise more would make a session skip for ever what is new.
#[test]
fn a_poll_with_nothing_new_ends_the_catching_up() {
    let bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    let from = bench.client.snapshot().unwrap();
    let mut config = config();
    config.catch_up = CatchUp::Skip;
    let mut bench = Bench::resume(config, from);
    bench.say("webwxinit", init());
    let (mut told, mut polls) = (0, 0);
    for nth in 1..=60 {
        let open = bench.open_requests().iter();
        let open: Vec<_> = open.map(|it| it.http.uri().path().to_owned()).collect();
        for path in open {
            match path.rsplit('/').next().unwrap() {
                "webwxsync" => bench.say("webwxsync", sync(nth, 1, "hello")),
                "synccheck" => {
                    polls += 1;
                    bench.say("synccheck", if polls % 2 == 1 { QUIET } else { NEWS });
                }
                other => bench.fail(other, TransportErrorKind::Reset),
            }
        }
        bench.run_for(2 * SECOND);
        let events = bench.events().into_iter();
        told += events
            .filter(|event| matches!(event.kind, EventKind::Message(_)))
            .count();
    }
    assert!(told > 0);
}

const QUIET: &str = r#"window.synccheck={retcode:"0",selector:"0"}"#;
const NEWS: &str = r#"window.synccheck={retcode:"0",selector:"2"}"#;

/// A sync with one text, and keys that move.
fn sync(nth: u32, more: u8, text: &str) -> String {
    sync_of(nth, more, &format!(r#""Content":"{text}""#))
}

/// A sync with one text that has these members, too.
fn sync_of(nth: u32, more: u8, members: &str) -> String {
    format!(
        r#"{{"BaseResponse":{{"Ret":0}},"AddMsgCount":1,"AddMsgList":[{{"MsgId":"{nth}",
        "FromUserName":"@anna","ToUserName":"{ME}","MsgType":1,{members},
        "CreateTime":1700000000}}],"ContinueFlag":{more},
        "SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":{nth}}}]}},"SKey":""}}"#
    )
}

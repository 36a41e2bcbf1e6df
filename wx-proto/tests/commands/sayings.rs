//! What commands say, and take back, seen from the other side.

use std::time::Duration;

use wx_proto::{
    Attachment, Body, CommandError, Forward, MarkRead, Misuse, Recall, SendImage, SendText,
    Snapshot,
};
use wx_sim::server::{Act, Said};

use crate::{
    cases::{picture, three_pieces},
    common::*,
    stage::{FRIEND, OTHER, Stage},
};

#[test]
fn a_mention_names_people_in_the_text_and_to_their_phones() {
    let mut stage = Stage::new();
    let who = [stage.chat(OTHER), stage.stranger()];
    stage
        .call(SendText::new(stage.room(), "look").mention(who))
        .unwrap();
    let sent = stage.last();
    assert_eq!(sent.text, "@领队\u{2005}@路人甲😄\u{2005}look");
    assert_eq!(sent.mentions, [OTHER, "wxid_stra1c4v5b"]);

    let nobody = SendText::new(stage.room(), "look").mention([stage.chat("wxid_zoe7h6j5k4")]);
    let error = stage.call(nobody).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotAMember)));
    let alone = SendText::new(stage.friend(), "look").mention([stage.friend()]);
    let error = stage.call(alone).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotARoom)));
    assert_clean(&stage.world);
}

#[test]
fn a_key_makes_the_same_message_of_a_second_submission() {
    let mut stage = Stage::new();
    let friend = stage.friend();
    let text = || SendText::new(friend.clone(), "once").key("order 17");
    let before = stage.received().len();
    let first = stage.call(text()).unwrap();
    // As after a crash: another client of the same session, with another seed.
    let snapshot = stage.world.client(stage.bot).snapshot().unwrap();
    stage.world.crash(stage.bot);
    stage.bot = stage.world.rejoin(config(), [9; 32], snapshot);
    assert!(stage.world.to_online(stage.bot));
    let second = stage.call(text()).unwrap();
    assert_eq!(first.client_msg_id, second.client_msg_id);
    assert_eq!(first.msg_id, second.msg_id);
    assert_eq!(stage.received().len(), before + 1);
    assert_eq!(stage.last().repeats, 1);

    let other = stage.call(SendText::new(stage.friend(), "once").key("order 18"));
    assert_ne!(other.unwrap().client_msg_id, first.client_msg_id);
    assert_eq!(stage.received().len(), before + 2);

    let here = SendText::new(stage.friend(), "here").key("order 19");
    let there = SendText::new(stage.chat(OTHER), "there").key("order 19");
    let here = stage.world.submit(stage.bot, here);
    let error = stage.call(there).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::KeyTaken)));
    stage.finish(here).unwrap();
}

#[test]
fn a_key_holds_over_crashes_that_a_snapshot_from_before_knows_nothing_of() {
    let ms = Duration::from_millis;
    // The way there takes 20 ms, and so does the way back. What has left arrives.
    for (crash, is_there, is_done) in [
        (ms(0), false, false),
        (ms(30), true, false),
        (ms(60), true, true),
    ] {
        let mut stage = Stage::new();
        let friend = stage.friend();
        let text = || SendText::new(friend.clone(), "once").key("order 17");
        let before = stage.received().len();
        let snapshot = stage.world.client(stage.bot).snapshot().unwrap().encode();
        let mut ids = Vec::new();
        for life in 0..3_u8 {
            let pending = stage.world.submit(stage.bot, text());
            stage.run(crash);
            let done = stage.world.outcome(stage.bot, pending);
            assert_eq!(done.is_some(), is_done, "after {crash:?}");
            ids.extend(done.map(|done| done.unwrap().client_msg_id));
            stage.world.crash(stage.bot);
            let said = stage.received().len() - before;
            assert_eq!(said, usize::from(is_there || life > 0), "after {crash:?}");
            // The same file each time: nothing was saved since.
            let snapshot = Snapshot::decode(&snapshot).unwrap();
            stage.bot = stage.world.rejoin(config(), [9 + life; 32], snapshot);
            assert!(stage.world.to_online(stage.bot));
        }
        let last = stage.call(text()).unwrap();
        assert_eq!(stage.received().len(), before + 1, "after {crash:?}");
        let said = stage.last();
        assert_eq!(said.repeats, 3);
        assert_eq!(last.msg_id.unwrap().to_string(), said.msg_id.to_string());
        assert!(ids.iter().all(|id| *id == last.client_msg_id));
        // What has no key is another message each time.
        let pending = stage
            .world
            .submit(stage.bot, SendText::new(stage.friend(), "twice"));
        stage.finish(pending).unwrap();
        stage.call(SendText::new(stage.friend(), "twice")).unwrap();
        assert_eq!(stage.received().len(), before + 3);
        assert_clean(&stage.world);
    }
}

#[test]
fn uploads_run_ahead_and_what_is_said_in_a_chat_keeps_its_order() {
    let mut stage = Stage::new();
    let (friend, other) = (stage.friend(), stage.chat(OTHER));
    let (world, bot) = (&mut stage.world, stage.bot);
    let before = world.server().received().len();
    let large = Attachment::bytes("a.jpg", three_pieces());
    let one = world.submit(bot, SendImage::new(friend.clone(), large));
    let two = world.submit(bot, SendText::new(friend.clone(), "after the picture"));
    let three = world.submit(
        bot,
        SendImage::new(friend, Attachment::bytes("b.jpg", picture())),
    );
    let four = world.submit(bot, SendText::new(other, "somebody else does not wait"));
    for pending in [one, three] {
        stage.finish(pending).unwrap();
    }
    for pending in [two, four] {
        stage.finish(pending).unwrap();
    }
    let said: Vec<_> = stage.received()[before..]
        .iter()
        .map(|it| (it.chat.as_str(), it.what.name()))
        .collect();
    assert_eq!(
        said,
        [
            (OTHER, "text"),
            (FRIEND, "image"),
            (FRIEND, "text"),
            (FRIEND, "image"),
        ]
    );
    assert_clean(&stage.world);
}

#[test]
fn what_is_forwarded_arrives_as_what_it_was() {
    let mut stage = Stage::new();
    let said = stage.said.clone();
    let mut arrived = Vec::new();
    for message in &said {
        let forward = Forward::new(stage.chat(OTHER), message);
        match stage.call(forward) {
            Ok(_) => arrived.push((message.body.kind(), stage.last().what.name())),
            Err(CommandError::Misuse(Misuse::NotForwardable)) => {
                assert!(matches!(message.body, Body::Voice(_)), "{:?}", message.body);
            }
            Err(error) => panic!("{}: {error:?}", message.body.kind()),
        }
    }
    assert_eq!(
        arrived,
        [
            ("image", "image"),
            ("emoticon", "sticker"),
            ("video", "video"),
            ("file", "file"),
            ("app", "app"),
            ("location", "location"),
            ("card", "card"),
            ("text", "text"),
        ]
    );
    assert_clean(&stage.world);
}

#[test]
fn a_recall_takes_a_message_back_within_its_window() {
    let mut stage = Stage::new();
    let receipt = stage.receipt.clone();
    let notice = stage.call(Recall::of(&receipt)).unwrap();
    assert!(!notice.introduction.is_empty());
    let gone = stage.world.server().revoked().last().unwrap();
    assert_eq!(gone.text, "take this back");

    let late = stage.call(SendText::new(stage.friend(), "stays")).unwrap();
    stage.run(Recall::WINDOW + SECOND);
    let asked = stage.asked("webwxrevokemsg");
    let error = stage.call(Recall::of(&late)).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::TooLate)));
    assert_eq!(stage.asked("webwxrevokemsg"), asked, "nobody was bothered");

    let theirs = stage.said[0].clone();
    let error = stage.call(Recall::message(&theirs)).unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::NotOwn)));

    // Sent on the phone: when, the service knows.
    let to = FRIEND.to_owned();
    let text = "from the phone".to_owned();
    stage.world.happen(Act::OwnText { to, text }).unwrap();
    stage.run(SECOND);
    let own = messages(&stage.world.events(stage.bot)).remove(0);
    stage.call(Recall::message(&own)).unwrap();
    let to = FRIEND.to_owned();
    let text = "long ago".to_owned();
    stage.world.happen(Act::OwnText { to, text }).unwrap();
    stage.run(Recall::WINDOW + SECOND);
    let own = messages(&stage.world.events(stage.bot)).remove(0);
    let error = stage.call(Recall::message(&own)).unwrap_err();
    let CommandError::Rejected { error: refusal, .. } = error else {
        panic!("{error:?}");
    };
    assert!(!refusal.text.is_empty(), "the service says why");
    assert_clean(&stage.world);
}

#[test]
fn a_chat_is_marked_as_read_when_asked_and_never_by_itself() {
    let mut stage = Stage::new();
    let read = |stage: &Stage| stage.world.server().accounts().last().unwrap().read.clone();
    assert!(read(&stage).is_empty());
    stage.call(MarkRead::new(stage.friend())).unwrap();
    assert_eq!(read(&stage).get(FRIEND), Some(&1));
}

#[test]
fn what_this_client_sent_is_known_again_whatever_it_is() {
    let mut stage = Stage::new();
    let image = SendImage::new(stage.friend(), Attachment::bytes("a.jpg", picture()));
    stage.call(image).unwrap();
    let Said::Image(media) = &stage.last().what else {
        panic!();
    };
    assert_eq!(media.size, picture().len() as u64);
    assert!(stage.world.server().media(&media.md5).unwrap() == picture());
}

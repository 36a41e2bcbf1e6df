//! Files on their way there: piece by piece, and in bounds.

use std::time::Duration;

use bytes::Bytes;
use wx_proto::{
    Attachment, CommandError, Media, MediaKind, Misuse, ProtocolErrorKind, SendEmoticon, SendFile,
    SendImage, SendVideo, SourceErrorKind, TransportErrorKind, Upload,
};
use wx_sim::{
    net::Fate,
    server::{Said, Setup},
    world::World,
};

use crate::{
    cases::{gif, picture, three_pieces},
    common::*,
    stage::{FRIEND, OTHER, Stage},
};

const PIECE: u64 = 512 << 10;

/// The pieces that were sent, each by what the form says of it.
fn pieces(stage: &Stage, field: &str) -> Vec<String> {
    let name = format!("name=\"{field}\"\r\n\r\n");
    let sent = stage.world.sent(stage.bot).iter();
    let uploads = sent.filter(|sent| sent.path.ends_with("webwxuploadmedia"));
    uploads
        .filter_map(|sent| {
            let form = String::from_utf8_lossy(&sent.bytes);
            let value = form.split(&name).nth(1)?.split("\r\n").next()?;
            Some(value.to_owned())
        })
        .collect()
}

#[test]
fn a_file_goes_in_pieces_of_512_kib_under_one_id_and_a_lost_one_is_sent_again_alone() {
    let mut stage = Stage::new();
    let file = three_pieces();
    let upload = Upload::source(MediaKind::File, "a.bin", file.len() as u64);
    let pending = stage.world.submit_reading(stage.bot, upload, file.clone());
    let (bot, command) = (stage.bot, pending.command);
    // The second piece is on its way; the reply to the third one will be lost.
    let first = |world: &World| world.progress(bot, command).len() == 1;
    assert!(stage.world.run_until(60 * SECOND, first));
    let fate = Fate::Unheard(TransportErrorKind::Reset);
    stage.world.doom("webwxuploadmedia", 1, fate);
    let media = stage.finish(pending).unwrap();
    assert_eq!(pieces(&stage, "chunk"), ["0", "1", "2", "2"]);
    assert_eq!(pieces(&stage, "chunks"), ["3"; 4]);
    let about = pieces(&stage, "uploadmediarequest");
    let id = |about: &String| {
        let rest = about.split("\"ClientMediaId\":").nth(1).unwrap();
        rest.split(',').next().unwrap().to_owned()
    };
    assert!(about.iter().all(|one| id(one) == id(&about[0])));
    let total = file.len() as u64;
    assert_eq!(
        stage.world.progress(bot, command),
        [PIECE, 2 * PIECE, total]
    );
    assert!(stage.world.server().media(media.md5()).unwrap() == file);
    assert_clean(&stage.world);
}

#[test]
fn one_upload_serves_many_receivers() {
    let mut stage = Stage::new();
    let upload = Upload::bytes(MediaKind::Image, "a.jpg", picture());
    let image = stage.call(upload).unwrap();
    for who in [FRIEND, OTHER] {
        let send = SendImage::new(stage.chat(who), &image);
        stage.call(send).unwrap();
    }
    stage.call(SendFile::new(stage.room(), &image)).unwrap();
    assert_eq!(stage.asked("webwxuploadmedia"), 1);
    let said: Vec<_> = stage
        .world
        .server()
        .received()
        .skip(1)
        .map(|it| it.what.name())
        .collect();
    assert_eq!(said, ["image", "image", "file"]);

    let error = stage
        .call(SendVideo::new(stage.friend(), &image))
        .unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::WrongMedia)));
    let error = stage
        .call(SendEmoticon::new(stage.friend(), &image))
        .unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::WrongMedia)));
    assert_clean(&stage.world);
}

#[test]
fn names_arrive_as_they_are() {
    let mut stage = Stage::new();
    for name in [
        "报告 & <1>.pdf",
        "a\"b\r\nc;d=e.txt",
        "'; filename=\"x",
        "🌻",
    ] {
        let file = SendFile::new(stage.friend(), Attachment::bytes(name, gif()));
        stage.call(file).unwrap();
        let last = stage.last();
        let Said::File {
            name: arrived,
            media,
        } = &last.what
        else {
            panic!("{:?}", last.what);
        };
        // What would break the line of a header is escaped in it, and only there.
        assert_eq!(arrived, name);
        assert_eq!(media.size, gif().len() as u64);
    }
}

#[test]
fn large_files_are_announced_and_those_that_are_known_need_not_be_sent() {
    let mut stage = Stage::new();
    let large: Bytes = vec![7_u8; 26 << 20].into();
    let send = |stage: &Stage| {
        let what = Attachment::source("large.bin", large.len() as u64);
        SendFile::new(stage.friend(), what)
    };
    let one = send(&stage);
    let one = stage.world.submit_reading(stage.bot, one, large.clone());
    stage.finish(one).unwrap();
    assert_eq!(stage.asked("webwxcheckupload"), 1);
    assert_eq!(stage.asked("webwxuploadmedia"), 52);
    let Said::File { media, .. } = &stage.last().what else {
        panic!();
    };
    assert_eq!(media.size, large.len() as u64);

    let two = send(&stage);
    let two = stage.world.submit_reading(stage.bot, two, large.clone());
    stage.finish(two).unwrap();
    assert_eq!(stage.asked("webwxcheckupload"), 2);
    assert_eq!(stage.asked("webwxuploadmedia"), 52, "the service has it");
    assert_clean(&stage.world);
}

#[test]
fn limits_are_checked_before_the_first_byte() {
    let mut stage = Stage::new();
    let sent = stage.world.sent(stage.bot).len();
    let friend = stage.friend();
    let of = |len| Attachment::source("a", len);
    let refuse = |misuse: Misuse, outcome: Result<_, CommandError>| {
        let error = outcome.map(|_: wx_proto::Receipt| ()).unwrap_err();
        assert!(
            matches!(&error, CommandError::Misuse(it) if *it == misuse),
            "{error:?}"
        );
    };
    let too_large = Misuse::TooLarge;
    refuse(
        too_large,
        stage.call(SendImage::new(friend.clone(), of((20 << 20) + 1))),
    );
    refuse(
        too_large,
        stage.call(SendVideo::new(friend.clone(), of(20 << 20))),
    );
    refuse(
        too_large,
        stage.call(SendFile::new(friend.clone(), of((100 << 20) + 1))),
    );
    refuse(
        too_large,
        stage.call(SendEmoticon::new(friend.clone(), of((20 << 20) + 1))),
    );
    refuse(
        Misuse::EmptyFile,
        stage.call(SendFile::new(friend.clone(), of(0))),
    );
    let nameless = Attachment::bytes("", "x");
    refuse(
        Misuse::FileName,
        stage.call(SendFile::new(friend.clone(), nameless)),
    );
    refuse(
        Misuse::Digest,
        stage.call(SendEmoticon::known(friend, "no digest")),
    );
    let polls = |sent: &&wx_sim::world::Sent| !sent.path.ends_with("synccheck");
    assert_eq!(
        stage.world.sent(stage.bot)[sent..]
            .iter()
            .filter(polls)
            .count(),
        0
    );
}

#[test]
fn a_source_that_fails_ends_its_command_and_nothing_of_it_is_said() {
    let file = three_pieces();
    let len = file.len() as u64;
    let send = |stage: &Stage| SendFile::new(stage.friend(), Attachment::source("a.bin", len));
    let is = |outcome: Result<wx_proto::Receipt, CommandError>, kind: SourceErrorKind| {
        let error = outcome.unwrap_err();
        assert!(
            matches!(&error, CommandError::Source(it) if *it == kind),
            "{error:?}"
        );
    };

    let mut stage = Stage::new();
    let command = send(&stage);
    is(stage.call(command), SourceErrorKind::Missing);

    let command = send(&stage);
    let short = file.slice(..700_000);
    let pending = stage.world.submit_reading(stage.bot, command, short);
    is(stage.finish(pending), SourceErrorKind::EndedEarly);
    assert_eq!(stage.asked("webwxuploadmedia"), 0);

    // Another file of the same length, after the digest was made.
    let command = send(&stage);
    let pending = stage.world.submit_reading(stage.bot, command, file.clone());
    let (bot, command) = (stage.bot, pending.command);
    let begun = |world: &World| world.progress(bot, command).len() == 1;
    assert!(stage.world.run_until(60 * SECOND, begun));
    let other = vec![1_u8; file.len()].into();
    stage.world.set_source(bot, command, Some(other));
    is(stage.finish(pending), SourceErrorKind::Changed);
    assert_eq!(pieces(&stage, "chunk"), ["0", "1"], "not the last one");

    // It goes away.
    let command = send(&stage);
    let pending = stage.world.submit_reading(stage.bot, command, file);
    let command = pending.command;
    let begun = |world: &World| world.progress(bot, command).len() == 1;
    assert!(stage.world.run_until(60 * SECOND, begun));
    stage.world.set_source(bot, command, None);
    is(stage.finish(pending), SourceErrorKind::Missing);
    assert_eq!(stage.world.server().received().len(), 1);
    assert_eq!(stage.world.violations(), <&[String]>::default());
}

#[test]
fn a_refusal_that_brings_an_id_brings_none() {
    let mut stage = Stage::new();
    let wrong =
        r#"{"BaseResponse":{"Ret":1205,"ErrMsg":""},"MediaId":"@crypt_wrong","StartPos":9}"#;
    stage
        .world
        .server_mut()
        .plant("webwxuploadmedia", 1, page(200, wrong));
    let image = SendImage::new(stage.friend(), Attachment::bytes("a.jpg", picture()));
    stage.call(image).unwrap();
    assert_eq!(stage.asked("webwxuploadmedia"), 2);
    let Said::Image(media) = &stage.last().what else {
        panic!();
    };
    assert_eq!(media.size, picture().len() as u64);

    let without = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"","StartPos":0}"#;
    stage
        .world
        .server_mut()
        .plant("webwxuploadmedia", 5, page(200, without));
    let image = SendImage::new(stage.friend(), Attachment::bytes("a.jpg", picture()));
    let error = stage.call(image).unwrap_err();
    let CommandError::Protocol { error, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind, ProtocolErrorKind::Missing("MediaId"));
}

#[test]
fn two_transfers_at_a_time_leave_the_poll_alone() {
    let mut stage = Stage::new();
    let uploads: Vec<_> = (0..6)
        .map(|n| {
            let what = Attachment::bytes(format!("{n}.bin"), three_pieces());
            let command = SendFile::new(stage.friend(), what);
            stage.world.submit(stage.bot, command)
        })
        .collect();
    let to = FRIEND.to_owned();
    let act = wx_sim::server::Act::Text {
        from: to,
        text: "still there?".to_owned(),
    };
    stage.world.happen(act).unwrap();
    let heard = |world: &World| world.server().received().len() < 3;
    assert!(stage.world.run_until(SECOND, heard));
    stage.run(Duration::from_millis(300));
    assert_eq!(texts(&stage.world.events(stage.bot)), ["still there?"]);
    for pending in uploads {
        stage.finish(pending).unwrap();
    }
    assert_clean(&stage.world);
}

#[test]
fn media_of_another_login_are_not_sent() {
    let mut stage = Stage::new();
    let upload = Upload::bytes(MediaKind::File, "a.bin", gif());
    let media: Media = stage.call(upload).unwrap();
    let mut other = World::new(Setup {
        seed: 9,
        ..Setup::default()
    });
    let bot = online(&mut other);
    let chat = other.client(bot).chat("filehelper").unwrap();
    let pending = other.submit(bot, SendFile::new(chat, &media));
    let error = other.outcome(bot, pending).unwrap().unwrap_err();
    assert!(matches!(error, CommandError::Misuse(Misuse::ForeignChat)));
    assert!(!format!("{media:?}").contains("@crypt"));
}

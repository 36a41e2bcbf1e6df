//! Files on their way here: in bounds, and told from pages.

use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_RANGE, CONTENT_TYPE},
};
use wx_proto::{
    Attachment, Body, CommandError, FetchAvatar, FetchFile, FetchImage, FetchVideo, Misuse,
    ProtocolErrorKind, SendFile, TransportErrorKind,
};
use wx_sim::{net::Fate, server::Setup, world::World};

use crate::{cases::gif, common::*, stage::Stage};

/// What a fetch brought, and what is in the sink.
fn fetch<C: wx_proto::Command<Reply = wx_proto::Fetched>>(
    stage: &mut Stage,
    command: C,
) -> (Result<u64, CommandError>, Vec<u8>) {
    let pending = stage.world.submit_writing(stage.bot, command);
    let id = pending.command;
    let outcome = stage.finish(pending).map(|fetched| fetched.len);
    (outcome, stage.world.sink(stage.bot, id).to_vec())
}

#[test]
fn what_is_fetched_is_what_was_sent() {
    let mut stage = Stage::new();
    let file = stage.message(|body| matches!(body, Body::File(_))).clone();
    let (outcome, bytes) = fetch(&mut stage, FetchFile::of(&file));
    assert_eq!(outcome.unwrap(), bytes.len() as u64);
    let Body::File(about) = &file.body else {
        panic!();
    };
    assert_eq!(about.size, Some(bytes.len() as u64));

    let video = stage.message(|body| matches!(body, Body::Video(_))).clone();
    let (_, whole) = fetch(&mut stage, FetchVideo::of(&video));
    assert!(whole.len() >= 70_000);
    let (outcome, rest) = fetch(&mut stage, FetchVideo::of(&video).from(50_000));
    assert_eq!(outcome.unwrap(), rest.len() as u64);
    assert!(whole[50_000..] == rest);

    let text = stage.message(|body| matches!(body, Body::Text(_))).clone();
    for error in [
        fetch(&mut stage, FetchImage::of(&text)).0.unwrap_err(),
        fetch(&mut stage, FetchFile::of(&text)).0.unwrap_err(),
    ] {
        assert!(matches!(
            error,
            CommandError::Misuse(Misuse::NothingToFetch)
        ));
    }
    assert_clean(&stage.world);
}

fn with_type(body: &'static str, kind: Option<&'static str>) -> Response<Bytes> {
    let mut reply = page(200, body);
    if let Some(kind) = kind {
        let kind = HeaderValue::from_static(kind);
        reply.headers_mut().insert(CONTENT_TYPE, kind);
    }
    reply
}

#[test]
fn nothing_and_pages_in_place_of_media_are_errors_and_touch_no_file() {
    let refusal = r#"{"BaseResponse":{"Ret":1,"ErrMsg":"gone"}}"#;
    let html = "<!DOCTYPE html><html><body>502</body></html>";
    let cases = [
        (with_type("", Some("image/jpeg")), ProtocolErrorKind::Empty),
        (with_type("", None), ProtocolErrorKind::Empty),
        (with_type(html, Some("text/html")), ProtocolErrorKind::Page),
        (with_type(html, None), ProtocolErrorKind::Page),
        (
            with_type("{}", Some("application/json")),
            ProtocolErrorKind::Page,
        ),
        (page(302, ""), ProtocolErrorKind::Redirected),
        (page(404, "gone"), ProtocolErrorKind::Status(404)),
    ];
    for (reply, kind) in cases {
        let mut stage = Stage::new();
        stage.world.server_mut().plant("webwxgetmedia", 100, reply);
        let file = stage.message(|body| matches!(body, Body::File(_))).clone();
        let (outcome, sink) = fetch(&mut stage, FetchFile::of(&file));
        let Err(CommandError::Protocol { error, .. }) = outcome else {
            panic!("{kind:?}: {outcome:?}");
        };
        assert_eq!(error.kind, kind);
        assert!(sink.is_empty());
        let tries = stage.asked("webwxgetmedia");
        // The service is asked again where it may have been busy, and not for ever.
        let may_pass = kind == ProtocolErrorKind::Empty;
        assert_eq!(tries, if may_pass { 3 } else { 1 }, "{kind:?}");
    }

    let mut stage = Stage::new();
    let reply = with_type(refusal, None);
    stage.world.server_mut().plant("webwxgetmedia", 1, reply);
    let file = stage.message(|body| matches!(body, Body::File(_))).clone();
    let (outcome, sink) = fetch(&mut stage, FetchFile::of(&file));
    let Err(CommandError::Rejected { error, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((error.ret.0, error.text.as_str()), (1, "gone"));
    assert!(sink.is_empty());
}

#[test]
fn pages_with_white_space_or_a_mark_before_them_stay_out_of_the_sink() {
    let blank = format!("{}<html><body>gone</body></html>", " ".repeat(70));
    let html = "<html><body>gone</body></html>";
    let refusal = r#"{"BaseResponse":{"Ret":-2,"ErrMsg":""}}"#;
    for reply in [
        page(200, blank),
        page(200, format!("\u{feff}{html}")),
        page(200, format!("<!-- x -->{html}")),
        with_type("<head><title>502</title></head>", None),
        with_type(html, Some("application/xhtml+xml")),
        with_type(refusal, Some("text/javascript")),
        with_type(refusal, Some("text/json")),
    ] {
        let mut stage = Stage::new();
        let said = format!("{reply:?}");
        stage.world.server_mut().plant("webwxgetmsgimg", 100, reply);
        let image = stage.message(|body| matches!(body, Body::Image(_))).clone();
        let (outcome, sink) = fetch(&mut stage, FetchImage::of(&image));
        assert!(outcome.is_err() && sink.is_empty(), "{said}");
    }
}

#[test]
fn a_picture_that_was_empty_once_is_fetched_all_the_same() {
    let mut stage = Stage::new();
    let empty = with_type("", Some("image/jpeg"));
    stage.world.server_mut().plant("webwxgeticon", 1, empty);
    let who = stage.friend();
    let (outcome, sink) = fetch(&mut stage, FetchAvatar::of(who));
    assert!(outcome.unwrap() > 0);
    assert!(!sink.is_empty());
}

#[test]
fn a_fetch_is_not_tried_again_once_a_byte_is_in_the_sink() {
    let mut stage = Stage::new();
    let video = stage.message(|body| matches!(body, Body::Video(_))).clone();
    stage.world.doom("webwxgetvideo", 1, Fate::Truncated(500));
    let (outcome, sink) = fetch(&mut stage, FetchVideo::of(&video));
    let Err(CommandError::Transport { attempts, last, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((attempts, last), (1, TransportErrorKind::Reset));
    assert!(!sink.is_empty());
    // From there it goes on.
    let at = sink.len() as u64;
    let (outcome, rest) = fetch(&mut stage, FetchVideo::of(&video).from(at));
    outcome.unwrap();
    let (_, whole) = fetch(&mut stage, FetchVideo::of(&video));
    assert!([sink, rest].concat() == whole);
}

#[test]
fn a_part_that_is_not_the_rest_is_not_the_whole_video() {
    let mut stage = Stage::new();
    let mut part = with_type("0123456789", Some("video/mp4"));
    *part.status_mut() = StatusCode::PARTIAL_CONTENT;
    let range = HeaderValue::from_static("bytes 0-9/70000");
    part.headers_mut().insert(CONTENT_RANGE, range);
    stage.world.server_mut().plant("webwxgetvideo", 100, part);
    let video = stage.message(|body| matches!(body, Body::Video(_))).clone();
    let (outcome, sink) = fetch(&mut stage, FetchVideo::of(&video));
    let Err(CommandError::Transport { last, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(last, TransportErrorKind::Other);
    assert!(sink.is_empty());
}

#[test]
fn a_download_is_bounded() {
    let mut config = config();
    config.limits.download = 1000;
    let mut world = World::new(Setup::default());
    let bot = world.join(config, [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(5 * SECOND);
    let chat = world
        .client(bot)
        .roster()
        .friends()
        .next()
        .unwrap()
        .id
        .clone();
    let large = Response::new(Bytes::from(vec![0xFF_u8; 5000]));
    world.server_mut().plant("webwxgeticon", 1, large);
    let pending = world.submit_writing(bot, FetchAvatar::of(chat));
    let id = pending.command;
    world.run_for(5 * SECOND);
    let error = world.outcome(bot, pending).unwrap().unwrap_err();
    let CommandError::Transport { last, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(last, TransportErrorKind::TooLarge);
    assert!(world.sink(bot, id).len() <= 1000);
}

#[test]
fn without_the_ticket_for_files_a_file_is_refused_by_name_and_the_session_goes_on() {
    let mut stage = Stage::new();
    // The service takes the cookie away.
    let mut reply = page(200, r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"List":[]}"#);
    let gone = "webwx_data_ticket=; Domain=.qq.com; Path=/; Expires=Thu, 01-Jan-1970 00:00:30 GMT";
    let gone = HeaderValue::from_static(gone);
    reply.headers_mut().insert("set-cookie", gone);
    stage
        .world
        .server_mut()
        .plant("webwxsearchcontact", 1, reply);
    stage.call(wx_proto::SearchContact::new("x")).unwrap();
    let file = SendFile::new(stage.friend(), Attachment::bytes("a.bin", gif()));
    let error = stage.call(file).unwrap_err();
    let CommandError::Protocol { error, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind, ProtocolErrorKind::Missing("webwx_data_ticket"));
    assert_eq!(stage.asked("webwxuploadmedia"), 0);
    stage
        .call(wx_proto::SendText::new(stage.friend(), "words still go"))
        .unwrap();
}

//! Sources and sinks: they stay with the caller, and what passes through them is counted honestly.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use wx_proto::{
    CommandError, EventKind, FetchAvatar, Fetched, Media, MediaKind, SourceErrorKind,
    TransportErrorKind, Upload,
};

use super::{
    scene::{A_WHILE, PATIENCE, Scene, client, config, direct, eventually, lost, refused, until},
    stage::{PAGE, Play, Seen, Stage, reply},
};
use crate::{
    conformance::{Failure, Subject},
    listen::Fault,
    server::Endpoint,
};

/// Bytes of which no two neighbours are alike and that no packer makes much smaller.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(next).collect()
}

fn picture(bytes: &[u8]) -> Response<Bytes> {
    page("image/jpeg", bytes)
}

fn page(kind: &'static str, bytes: &[u8]) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::copy_from_slice(bytes));
    let kind = HeaderValue::from_static(kind);
    reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    reply
}

/// Longer than any buffer that is not the sink's.
const PICTURE: usize = 200_000;

/// A scene whose service answers the next downloads like this.
fn gallery<S: Subject>(times: u32, reply: Response<Bytes>) -> Scene<S> {
    let scene = Scene::<S>::online();
    scene
        .service
        .with(|server| server.plant("webwxgeticon", times, reply));
    scene
}

/// A picture that is there in every account.
fn fetch<S: Subject>(scene: &Scene<S>) -> FetchAvatar {
    let chat = scene.session.inspect(|client| client.chat("filehelper"));
    FetchAvatar::of(chat.flatten().expect("an open session has chats"))
}

fn download<S: Subject>(scene: &Scene<S>, room: usize) -> (Vec<u8>, Result<Fetched, Failure>) {
    let mut sink = vec![0; room];
    let (written, result) = scene
        .session
        .call_writing(fetch(scene), &mut sink, PATIENCE);
    sink.truncate(written);
    (sink, result)
}

/// The size of the pieces of an upload.
const PIECE: usize = 512 << 10;

fn upload(len: usize) -> Upload {
    Upload::source(MediaKind::File, "noise.bin", len as u64)
}

/// A service that takes files.
fn storage() -> Stage {
    Stage::new(|seen| {
        let (headers, body) = match seen.path.rsplit('/').next()? {
            "webwxnewloginpage" => (
                "Set-Cookie: webwx_data_ticket=gSd+/1=; Domain=.qq.com; Path=/\r\n",
                PAGE,
            ),
            "webwxuploadmedia" => (
                "",
                r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_5d_71","StartPos":0}"#,
            ),
            _ => return None,
        };
        Some(Play::Say(reply("200 OK", headers, body)))
    })
}

/// Whether the file in this form is these bytes.
fn brings(form: &Seen, bytes: &[u8]) -> bool {
    let kind = form.header("Content-Type").unwrap_or_default();
    let boundary = kind.split_once("boundary=").unwrap_or_default().1;
    let end = format!("\r\n--{boundary}--\r\n");
    let file = [b"\r\n\r\n", bytes, end.as_bytes()].concat();
    form.body.ends_with(&file)
}

/// Blocks are read where the client wants them, each of them twice, with exactly the bytes asked for.
pub fn uploads_read_exactly_the_blocks<S: Subject>() {
    let stage = storage();
    let (session, mut events) = S::start(client(config(&stage.url())), &direct());
    until::<S, _>(&mut events, "the session is open", |kind| {
        matches!(kind, EventKind::Online(_)).then_some(())
    });
    let mut taken = 0;
    for len in [1, PIECE, 2 * PIECE + 1] {
        let source = noise(len);
        let media = session.call_reading(upload(len), source.clone(), PATIENCE);
        media.unwrap_or_else(|why| panic!("rule 6: {len} bytes were not read: {why:?}"));
        let forms = stage.seen("/webwxuploadmedia").split_off(taken);
        taken += forms.len();
        let pieces = source.chunks(PIECE);
        assert!(
            forms.len() == pieces.len() && forms.iter().zip(pieces).all(|(a, b)| brings(a, b)),
            "rule 6: a block holds exactly the bytes asked for; of {len} others came"
        );
    }
}

/// A source that ends early has failed; a block never has fewer bytes than asked for.
pub fn short_sources_fail<S: Subject>() {
    let scene = Scene::<S>::online();
    for (len, there) in [(5_000, 4_096), (PIECE + 1, PIECE), (PIECE + 9, PIECE + 1)] {
        let result = scene
            .session
            .call_reading(upload(len), noise(there), PATIENCE);
        assert_eq!(
            source_failure(result),
            SourceErrorKind::EndedEarly,
            "rule 6: a source that ends early has failed"
        );
    }
    scene.say("and the session goes on");
}

/// A call without a source, of a command that needs one.
pub fn calls_without_a_source_fail<S: Subject>() {
    let scene = Scene::<S>::online();
    let result = scene.session.call(upload(10), PATIENCE);
    assert_eq!(
        source_failure(result),
        SourceErrorKind::Missing,
        "rule 6: a call without a source says so"
    );
}

fn source_failure(result: Result<Media, Failure>) -> SourceErrorKind {
    let shown = format!("{result:?}");
    match refused(result) {
        Some(CommandError::Source(kind)) => kind,
        _ => panic!("rule 6: a source that cannot be read is told to the client, not {shown}"),
    }
}

/// Every byte reaches the sink once and in order, however it was packed on the way.
pub fn downloads_arrive_whole<S: Subject>() {
    let bytes = noise(PICTURE);
    let scene = gallery::<S>(4, picture(&bytes));
    let faults = [
        None,
        Some(Fault::Gzip),
        Some(Fault::Chunked(9_000)),
        Some(Fault::Oversize(PICTURE as u64)),
    ];
    for fault in faults {
        if let Some(fault) = fault.clone() {
            scene.service.plant("webwxgeticon", 1, fault);
        }
        let (got, result) = download(&scene, PICTURE);
        result.unwrap_or_else(|why| panic!("rule 6: no picture with {fault:?}: {why:?}"));
        assert!(
            got == bytes,
            "rule 6: every byte reaches the sink, decompressed by the reader; {} of {PICTURE} did \
             with {fault:?}",
            got.len()
        );
    }
}

/// A sink that is full has failed, whether the driver notices in the middle or at the end.
pub fn full_sinks_fail<S: Subject>() {
    let bytes = noise(PICTURE);
    let scene = gallery::<S>(2, picture(&bytes));
    for room in [1_000, PICTURE - 1] {
        let (got, result) = download(&scene, room);
        assert_eq!(
            lost(result),
            TransportErrorKind::Sink,
            "rule 6: a sink that takes no more is a failed sink, and no success"
        );
        assert!(bytes.starts_with(&got));
    }
    assert_eq!(
        scene.requests(Endpoint::GetIcon),
        2,
        "a sink that failed is spent"
    );
    scene.say("and the session goes on");
}

/// A call without a sink, of a command that needs one.
pub fn calls_without_a_sink_fail<S: Subject>() {
    let scene = gallery::<S>(1, picture(&noise(PICTURE)));
    let result = scene.session.call(fetch(&scene), PATIENCE);
    assert_eq!(
        lost(result),
        TransportErrorKind::Sink,
        "rule 6: bytes for a sink that is not there are a failure, and no success"
    );
}

/// A page in place of a picture is for the client, never for the caller's file.
pub fn pages_never_reach_the_sink<S: Subject>() {
    let refusal = br#"{"BaseResponse":{"Ret":1,"ErrMsg":""}}"#;
    let scene = gallery::<S>(1, page("application/json", refusal));
    let (got, result) = download(&scene, PICTURE);
    let shown = format!("{result:?}");
    assert!(
        got.is_empty() && matches!(refused(result), Some(CommandError::Rejected { .. })),
        "rule 6: a refusal in place of a picture reaches the client: {shown}"
    );
    let sorry = page("text/html", b"<html>sorry</html>");
    scene
        .service
        .with(|server| server.plant("webwxgeticon", 1, sorry));
    let (got, result) = download(&scene, PICTURE);
    let shown = format!("{result:?}");
    assert!(
        got.is_empty() && matches!(refused(result), Some(CommandError::Protocol { .. })),
        "rule 6: a page in place of a picture reaches the client: {shown}"
    );
}

/// Lost before a byte reached the sink: asked again, and the sink gets everything once.
pub fn downloads_lost_before_the_first_byte_come_again<S: Subject>() {
    let bytes = noise(PICTURE);
    let scene = gallery::<S>(2, picture(&bytes));
    scene
        .service
        .plant("webwxgeticon", 1, Fault::ResetInBody(0));
    let (got, result) = download(&scene, PICTURE);
    result.expect("rule 6: no byte had reached the sink, so the client could ask again");
    assert!(got == bytes, "rule 6: the sink gets every byte once");
    assert_eq!(scene.requests(Endpoint::GetIcon), 2);
}

/// Lost after that: the sink is spent, and the driver says how much it got.
pub fn downloads_lost_in_the_middle_do_not<S: Subject>() {
    let bytes = noise(PICTURE);
    for fault in [Fault::ResetInBody(PICTURE / 2), Fault::LongLength(1_000)] {
        let scene = gallery::<S>(2, picture(&bytes));
        scene.service.plant("webwxgeticon", 1, fault.clone());
        let (got, result) = download(&scene, PICTURE * 2);
        assert_eq!(
            scene.requests(Endpoint::GetIcon),
            1,
            "rule 6: a failure in mid-body tells how much reached the sink; asked again after \
             {fault:?}, the sink would get the start twice"
        );
        assert_eq!(lost(result), TransportErrorKind::Reset);
        assert!(
            bytes.starts_with(&got),
            "rule 6: the sink gets no byte twice"
        );
    }
}

/// A download that is given up in the middle harms nothing.
pub fn downloads_can_be_given_up<S: Subject>() {
    let scene = gallery::<S>(1, picture(&noise(PICTURE)));
    scene
        .service
        .plant("webwxgeticon", 1, Fault::Drip(Duration::from_millis(1)));
    let mut sink = vec![0; PICTURE];
    let (_, result) = scene
        .session
        .call_writing(fetch(&scene), &mut sink, A_WHILE);
    assert!(matches!(result, Err(Failure::GaveUp)), "{result:?}");
    eventually("rule 7: an aborted exchange frees its socket", || {
        scene.service.hang_ups("webwxgeticon") == 1
    });
    scene.say("and the session goes on");
}

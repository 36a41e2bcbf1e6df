use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use http::Response;
use proptest::prelude::*;

use super::*;

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn head(headers: &[(&str, &str)]) -> http::response::Parts {
    let mut response = Response::builder();
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(()).unwrap().into_parts().0
}

const GZIP: (&str, &str) = ("content-encoding", "gzip");

fn into_sink() -> ReplyRule {
    ReplyRule {
        stream: Some(Stream::of(CommandId::new(1))),
        limit: 1000,
    }
}

/// What a driver does: pull until `None` after each block.
fn read(
    rule: ReplyRule,
    head: http::response::Parts,
    blocks: &[&[u8]],
) -> Result<(Reply, Vec<Bytes>), TransportError> {
    let mut reader = rule.begin(head);
    let mut pieces = Vec::new();
    for block in blocks {
        reader.push(Bytes::copy_from_slice(block));
        while let Some(piece) = reader.pull()? {
            pieces.push(piece);
        }
    }
    let (reply, rest) = reader.finish()?;
    pieces.extend(rest);
    Ok((reply, pieces))
}

proptest! {
    #[test]
    fn any_cut_into_blocks_gives_the_whole(
        body in proptest::collection::vec(any::<u8>(), 0..3000),
        cut in 1..500_usize,
        zipped: bool,
        to_sink: bool,
    ) {
        let wire = if zipped { gzip(&body) } else { body.clone() };
        let blocks: Vec<_> = wire.chunks(cut).collect();
        let headers = if zipped { vec![GZIP] } else { vec![] };
        let rule = if to_sink { into_sink() } else { ReplyRule::new(None, 3000) };
        let (reply, pieces) = read(rule, head(&headers), &blocks).unwrap();
        let (kept, sunk) = if to_sink { (&[][..], &body[..]) } else { (&body[..], &[][..]) };
        prop_assert_eq!(&reply.body[..], kept);
        prop_assert_eq!(pieces.concat(), sunk);
    }
}

#[test]
fn a_bomb_is_noticed_and_a_sink_gets_it_in_small_pieces() {
    let bomb = gzip(&vec![0; 30_000_000]);
    assert!(bomb.len() < 40_000);
    let error = read(ReplyRule::new(None, 100_000), head(&[GZIP]), &[&bomb]).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);

    let (_, pieces) = read(into_sink(), head(&[GZIP]), &[&bomb]).unwrap();
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), 30_000_000);
    assert!(pieces.iter().all(|piece| piece.len() <= 64 << 10));
}

#[test]
fn the_limit_holds_to_the_byte() {
    for headers in [&[][..], &[GZIP]] {
        for (len, fits) in [(999, true), (1000, true), (1001, false), (70_000, false)] {
            let body = vec![b'x'; len];
            let wire = if headers.is_empty() {
                body
            } else {
                gzip(&body)
            };
            let outcome = read(ReplyRule::new(None, 1000), head(headers), &[&wire]);
            assert_eq!(outcome.is_ok(), fits, "{len}");
        }
    }
}

#[test]
fn a_body_that_ends_inside_its_encoding_is_an_error() {
    let whole = gzip(b"some text that is long enough to be cut in many places");
    for end in 1..whole.len() {
        let error = read(ReplyRule::new(None, 1000), head(&[GZIP]), &[&whole[..end]]).unwrap_err();
        assert!(!error.nothing_sent(), "cut at {end}");
    }
}

#[test]
fn what_follows_a_packed_body_is_no_part_of_it_and_none_is_unpacked_without_end() {
    for behind in [&b"\0\0\0\0"[..], b"<html>", b"\x1f\x8b"] {
        let body = [&gzip(b"whole"), behind].concat();
        let error = read(ReplyRule::new(None, 1000), head(&[GZIP]), &[&body]).unwrap_err();
        assert!(!error.nothing_sent());
    }
    // Packed in two parts it is one body, and parts that hold nothing are bounded as well.
    let body = [gzip(b"one "), gzip(b"body")].concat();
    let (reply, _) = read(ReplyRule::new(None, 1000), head(&[GZIP]), &[&body]).unwrap();
    assert_eq!(&reply.body[..], b"one body");
    let empty = gzip(b"").repeat(10_000);
    let error = read(ReplyRule::new(None, 1000), head(&[GZIP]), &[&empty]).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
}

#[test]
fn packed_twice_is_not_unpacked_once() {
    let body = gzip(&gzip(b"a picture"));
    let error = read(ReplyRule::new(None, 1000), head(&[GZIP, GZIP]), &[&body]).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
}

#[test]
fn an_encoding_that_was_not_offered_is_an_error_and_not_a_body() {
    for name in ["br", "deflate", "gzip, gzip", "\u{1}"] {
        let Ok(value) = http::HeaderValue::from_str(name) else {
            continue;
        };
        let mut head = head(&[]);
        head.headers.insert("content-encoding", value);
        let error = read(ReplyRule::new(None, 1000), head, &[b"x"]).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other, "{name}");
    }
}

#[test]
fn a_page_in_place_of_media_is_for_the_core_and_never_for_the_sink() {
    for kind in [
        "text/html",
        "TEXT/HTML; charset=utf-8",
        "application/json",
        "application/xhtml+xml",
        "application/javascript",
        "application/xml",
        "image/svg+xml",
        "text/plain",
        "text/json",
        "text/xml",
    ] {
        let head = head(&[("content-type", kind)]);
        let (reply, pieces) = read(into_sink(), head, &[b"<html>"]).unwrap();
        assert_eq!(
            (&reply.body[..], pieces.len()),
            (&b"<html>"[..], 0),
            "{kind}"
        );
    }
    let mut refused = head(&[("content-type", "image/jpeg")]);
    refused.status = StatusCode::NOT_FOUND;
    let (reply, pieces) = read(into_sink(), refused, &[b"gone"]).unwrap();
    assert_eq!((&reply.body[..], pieces.len()), (&b"gone"[..], 0));
}

#[test]
fn a_failure_in_mid_body_says_how_much_the_sink_has() {
    let mut reader = into_sink().begin(head(&[]));
    reader.push(Bytes::from_static(b"12345"));
    assert_eq!(reader.pull().unwrap().unwrap(), "12345");
    assert!(reader.pull().unwrap().is_none());
    let error = reader.abort(TransportErrorKind::Reset.into());
    assert_eq!(
        (error.kind(), error.reached_sink()),
        (TransportErrorKind::Reset, 5)
    );
}

fn media(stream: Stream) -> ReplyRule {
    ReplyRule {
        stream: Some(stream),
        limit: 1000,
    }
}

fn joined(pieces: &[Bytes]) -> Vec<u8> {
    pieces.concat()
}

/// A refusal was seen without a type, and a file may be a text.
#[test]
fn a_page_or_refusal_is_kept_from_the_sink_whichever_text_it_says_it_is() {
    const REFUSAL: &[u8] = b"{\n\"BaseResponse\": {\n\"Ret\": 1100,\n\"ErrMsg\": \"\"\n}\n}";
    const PAGE: &[u8] = b"\n<!DOCTYPE html><html><body>502</body></html>";
    let file = Stream {
        takes_text: true,
        ..Stream::of(CommandId::new(1))
    };
    let plain = ("content-type", "text/plain");
    let html = ("content-type", "text/html");
    let offered = ("content-disposition", "attachment; filename=a.html");
    let script = ("content-type", "text/javascript");
    let xml = ("content-type", "application/atom+xml");
    type Headers<'a> = &'a [(&'a str, &'a str)];
    let cases: [(&[u8], Headers<'_>); 13] = [
        (REFUSAL, &[]),
        (REFUSAL, &[plain]),
        (PAGE, &[]),
        (PAGE, &[plain]),
        (PAGE, &[html]),
        (PAGE, &[html, offered]),
        (b"just words", &[html]),
        (REFUSAL, &[script]),
        (b"\xef\xbb\xbf<html>", &[]),
        (b"<!-- x --> <!-- y --><html>", &[]),
        (b"<head><title>502</title></head>", &[]),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", &[xml]),
        (b"<body>", &[]),
    ];
    for (body, headers) in cases {
        for cut in [1, 7, body.len()] {
            let blocks: Vec<_> = body.chunks(cut).collect();
            let (reply, pieces) = read(media(file), head(headers), &blocks).unwrap();
            assert_eq!(joined(&pieces), b"", "{headers:?}");
            assert_eq!((&reply.body[..], reply.streamed), (body, 0));
        }
    }
    let texts: [(&[u8], Headers<'_>); 14] = [
        (b"just words", &[plain]),
        (b"just words", &[]),
        (b"{}", &[plain]),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", &[]),
        (b"{\"a\":\"BaseResponse\"}", &[html, offered]),
        (b"{\"a\":1}", &[script]),
        (b"\xef\xbb\xbf{\"a\":1}", &[]),
        (b"<?xml version='1.0'?><!-- mine --><list/>", &[xml]),
        (b"<header/>", &[]),
        (b"<!-- never closed", &[]),
        (b"<h", &[]),
        (b"\xef\xbb", &[]),
        (b" \n ", &[]),
        (REFUSAL, &[("content-type", "application/octet-stream")]),
    ];
    for (body, headers) in texts {
        for cut in [1, 7, body.len()] {
            let blocks: Vec<_> = body.chunks(cut).collect();
            let (reply, pieces) = read(media(file), head(headers), &blocks).unwrap();
            assert_eq!(joined(&pieces), body, "{headers:?}");
            assert_eq!(reply.streamed, body.len() as u64);
        }
    }
}

#[test]
fn the_sink_gets_what_was_asked_for_and_nothing_before_it() {
    let rest = Stream {
        from: 4,
        ..Stream::of(CommandId::new(1))
    };
    let video = ("content-type", "video/mp4");
    let whole = head(&[video]);
    let (reply, pieces) = read(media(rest), whole, &[b"012", b"3456", b"789"]).unwrap();
    assert_eq!(joined(&pieces), b"456789");
    assert_eq!(reply.streamed, 6);

    let part = |range| {
        let mut part = head(&[video, ("content-range", range)]);
        part.status = StatusCode::PARTIAL_CONTENT;
        part
    };
    let (_, pieces) = read(media(rest), part("bytes 4-9/10"), &[b"456789"]).unwrap();
    assert_eq!(joined(&pieces), b"456789");
    let (_, pieces) = read(media(rest), part("bytes 4-9/*"), &[b"456789"]).unwrap();
    assert_eq!(joined(&pieces), b"456789");
    for other in [
        "bytes 0-9/10",
        "bytes 5-9/10",
        "bytes 4-9/11",
        "bytes 4-9/9",
        "bytes 4-9",
        "bytes 4-/10",
        "bytes +4-9/10",
        "bytes 4-18446744073709551615/10",
        "bytes */10",
        "lines 4-9/10",
        "nonsense",
    ] {
        let error = read(media(rest), part(other), &[b"456789"]).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Other, "{other}");
        assert_eq!(error.reached_sink(), 0);
    }
}

#[test]
fn a_part_of_another_length_than_it_says_is_an_error_that_counts_what_the_sink_has() {
    for (range, kind) in [
        ("bytes 0-9/*", TransportErrorKind::Reset),
        ("bytes 0-4/5", TransportErrorKind::Other),
    ] {
        let mut part = head(&[("content-type", "video/mp4"), ("content-range", range)]);
        part.status = StatusCode::PARTIAL_CONTENT;
        let whole = Stream::of(CommandId::new(1));
        let error = read(media(whole), part, &[b"012", b"345"]).unwrap_err();
        assert_eq!((error.kind(), error.reached_sink()), (kind, 6), "{range}");
    }
}

#[test]
fn several_parts_in_one_body_are_no_file() {
    let mut parts = head(&[("content-type", "multipart/byteranges; boundary=x")]);
    parts.status = StatusCode::PARTIAL_CONTENT;
    let error = read(into_sink(), parts, &[b"--x"]).unwrap_err();
    assert_eq!(
        (error.kind(), error.reached_sink()),
        (TransportErrorKind::Other, 0)
    );
}

#[test]
fn no_more_than_the_limit_reaches_the_sink() {
    let small = Stream {
        most: 5,
        ..Stream::of(CommandId::new(1))
    };
    let error = read(media(small), head(&[]), &[b"123", b"456"]).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLarge);
    assert_eq!(error.reached_sink(), 3);
}

/// However it is cut: blanks in a block of their own must not hide what comes behind them.
#[test]
fn a_page_behind_many_blanks_is_kept_from_the_sink_however_it_is_cut() {
    for (blanks, is_page) in [(64, true), (900, true), (2000, false)] {
        let page = format!("{}<html><body>502</body></html>", "\n".repeat(blanks));
        for cut in [page.len(), 64, 1] {
            let blocks: Vec<_> = page.as_bytes().chunks(cut).collect();
            let (_, pieces) = read(into_sink(), head(&[]), &blocks).unwrap();
            let expected = if is_page { "" } else { &page };
            assert_eq!(joined(&pieces), expected.as_bytes(), "in blocks of {cut}");
        }
    }
}

#[test]
fn nothing_packed_over_and_over_is_no_file() {
    let nothing = gzip(b"").repeat(10_000);
    let packed = ("content-encoding", "gzip");
    let picture = ("content-type", "image/jpeg");
    let file = Stream::of(CommandId::new(1));
    let blocks: Vec<_> = std::iter::repeat_n(&nothing[..], 100).collect();
    let error = read(media(file), head(&[packed, picture]), &blocks).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Other);
    // A file may well be packed in parts.
    let parts = [gzip(b""), gzip(b"one"), gzip(b""), gzip(b"two")].concat();
    let (_, pieces) = read(media(file), head(&[packed, picture]), &[&parts]).unwrap();
    assert_eq!(joined(&pieces), b"onetwo");
}

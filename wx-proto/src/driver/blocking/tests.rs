use std::{collections::VecDeque, error::Error, io::ErrorKind};

use flate2::{Compression, write::GzEncoder};
use http::{Response, StatusCode};
use proptest::prelude::*;

use super::*;
use crate::{
    driver::{Proxy, TunnelError},
    id::{BlockId, CommandId},
    output::ReplyRule,
    stream::Stream,
    transport::SourceErrorKind,
};

/// A peer that says one thing after the other, and notes what it is told.
#[derive(Default)]
struct Peer {
    says: VecDeque<io::Result<Vec<u8>>>,
    told: Vec<u8>,
    flushed: usize,
}

impl Peer {
    fn new(says: impl IntoIterator<Item = io::Result<Vec<u8>>>) -> Self {
        let says = says.into_iter().collect();
        Self {
            says,
            ..Self::default()
        }
    }

    /// In blocks of this size, each after an interruption.
    fn in_blocks(text: &[u8], size: usize) -> Self {
        let blocks = text.chunks(size).map(|block| Ok(block.to_vec()));
        Self::new(blocks.flat_map(|block| [Err(ErrorKind::Interrupted.into()), block]))
    }
}

impl Read for Peer {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let Some(mut next) = self.says.pop_front().transpose()? else {
            return Ok(0);
        };
        let later = next.split_off(next.len().min(room.len()));
        if !later.is_empty() {
            self.says.push_front(Ok(later));
        }
        room[..next.len()].copy_from_slice(&next);
        Ok(next.len())
    }
}

impl Write for Peer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Some of it, as sockets do.
        let len = bytes.len().min(7);
        self.told.extend_from_slice(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = self.told.len();
        Ok(())
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn head(status: u16, headers: &[(&str, &str)]) -> http::response::Parts {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(()).unwrap().into_parts().0
}

const GZIP: (&str, &str) = ("content-encoding", "gzip");

fn into_sink() -> ReplyRule {
    ReplyRule::new(Some(Stream::of(CommandId::new(1))), 1000)
}

/// Everything that `write` gets, which fails at the `failing`-th call.
fn read(
    rule: ReplyRule,
    head: http::response::Parts,
    body: impl Read,
    failing: usize,
) -> (Result<Reply, TransportError>, Vec<Bytes>) {
    let mut pieces = Vec::new();
    let outcome = rule.begin(head).read(body, |piece| {
        pieces.push(piece);
        if pieces.len() > failing {
            return Err(TransportErrorKind::Sink.into());
        }
        Ok(())
    });
    (outcome, pieces)
}

const NEVER: usize = usize::MAX;

#[test]
fn every_cut_of_a_body_gives_the_whole_and_a_flush_at_the_end() {
    let body = b"a text that is long enough to be cut in many places, long enough, long enough";
    for (wire, headers) in [(body.to_vec(), vec![]), (gzip(body), vec![GZIP])] {
        for size in 1..=wire.len() {
            let peer = || Peer::in_blocks(&wire, size);
            let kept = ReplyRule::new(None, 1000);
            let (reply, pieces) = read(kept, head(200, &headers), peer(), NEVER);
            assert_eq!((&reply.unwrap().body[..], pieces.len()), (&body[..], 0));

            let (reply, mut pieces) = read(into_sink(), head(200, &headers), peer(), NEVER);
            assert!(reply.unwrap().body.is_empty());
            assert_eq!(pieces.concat(), body, "blocks of {size}");
            assert_eq!(pieces.pop().unwrap(), "", "blocks of {size}");
            assert!(pieces.iter().all(|piece| !piece.is_empty()));
        }
    }
}

#[test]
fn a_writer_that_fails_ends_the_reading_and_its_error_tells_what_it_was_given() {
    let body = vec![b'x'; 3 * BLOCK];
    for (wire, headers) in [(body.clone(), vec![]), (gzip(&body), vec![GZIP])] {
        let (_, all) = read(into_sink(), head(200, &headers), &*wire, NEVER);
        assert!(all.len() >= 3);
        // The last one of these is the flush.
        for failing in 0..all.len() {
            let (outcome, pieces) = read(into_sink(), head(200, &headers), &*wire, failing);
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Sink);
            assert_eq!(pieces, all[..=failing]);
            assert_eq!(error.reached_sink(), pieces.concat().len() as u64);
        }
    }
}

#[test]
fn a_read_that_fails_in_mid_body_is_a_reset_that_tells_what_reached_the_sink() {
    let says = |blocks: &[&[u8]]| {
        let said = blocks.iter().map(|block| Ok(block.to_vec()));
        let end = Err(io::Error::new(ErrorKind::TimedOut, "the cable"));
        Peer::new(said.chain([end]).collect::<Vec<_>>())
    };
    let cases: [(&[&[u8]], u64); 3] = [(&[], 0), (&[b"123"], 3), (&[b"123", b"45678"], 8)];
    for (blocks, reached) in cases {
        let (outcome, pieces) = read(into_sink(), head(200, &[]), says(blocks), NEVER);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Reset);
        assert_eq!(error.reached_sink(), reached);
        let source: &io::Error = error.source().unwrap().downcast_ref().unwrap();
        assert_eq!(source.to_string(), "the cable");
        // What is lost is not flushed.
        assert_eq!(pieces, blocks);
    }
}

#[test]
fn a_body_cut_inside_its_encoding_is_not_flushed_as_if_it_were_whole() {
    let body: Vec<u8> = (0..2000).map(|n: usize| (n * n / 7) as u8).collect();
    let wire = gzip(&body);
    for end in 1..wire.len() {
        let (outcome, pieces) = read(into_sink(), head(200, &[GZIP]), &wire[..end], NEVER);
        let reached = outcome.unwrap_err().reached_sink();
        assert_eq!(reached, pieces.concat().len() as u64, "cut at {end}");
        assert!(pieces.iter().all(|piece| !piece.is_empty()), "cut at {end}");
    }
}

#[test]
fn pages_refusals_and_nothing_at_all_never_reach_the_writer() {
    for (status, kind, body) in [
        (200, "text/html; charset=utf-8", "<html>"),
        (200, "application/json", "{}"),
        (404, "image/jpeg", "gone"),
        (200, "image/jpeg", ""),
    ] {
        let head = head(status, &[("content-type", kind)]);
        let (reply, pieces) = read(into_sink(), head, body.as_bytes(), 0);
        assert_eq!(
            (&reply.unwrap().body[..], pieces.len()),
            (body.as_bytes(), 0)
        );
    }
}

#[test]
fn a_body_without_end_is_left_at_the_limit() {
    let (outcome, _) = read(
        ReplyRule::new(None, 1000),
        head(200, &[]),
        io::repeat(b'x'),
        NEVER,
    );
    assert_eq!(outcome.unwrap_err().kind(), TransportErrorKind::TooLarge);
}

#[test]
fn a_reader_that_claims_too_much_is_not_at_its_end() {
    struct Liar;
    impl Read for Liar {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            Ok(room.len() + 1)
        }
    }
    let (outcome, _) = read(ReplyRule::new(None, 1000), head(200, &[]), Liar, NEVER);
    assert_eq!(outcome.unwrap_err().kind(), TransportErrorKind::Reset);
}

fn tunnel() -> Tunnel {
    let proxy = Proxy::Url("http://name:word@proxy.example".to_owned());
    let rules = proxy.rules(|_| None).unwrap();
    rules
        .tunnel_to(&"https://wx.qq.com/".parse().unwrap())
        .unwrap()
}

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 box\r\n\r\n";

#[test]
fn a_tunnel_is_open_as_soon_as_the_proxy_has_said_so_however_it_is_cut() {
    for size in 1..=OPEN.len() {
        let mut peer = Peer::in_blocks(OPEN, size);
        // This comes from the host, after the handshake has begun.
        peer.says.push_back(Ok(b"host".to_vec()));
        tunnel().pass(&mut peer).unwrap();
        assert_eq!(peer.told, tunnel().request());
        assert_eq!(peer.flushed, peer.told.len());
        let mut left = String::new();
        peer.read_to_string(&mut left).unwrap();
        assert_eq!(left, "host", "blocks of {size}");
    }
}

#[test]
fn no_tunnel_is_no_connection_and_says_why() {
    let cases: [(Vec<io::Result<Vec<u8>>>, &str); 5] = [
        (vec![], "proxy hung up"),
        (vec![Ok(b"HTTP/1.1 200 OK\r\n".to_vec())], "proxy hung up"),
        (vec![Err(io::Error::other("the cable"))], "the cable"),
        (
            vec![Ok(b"HTTP/1.1 407 No\r\n\r\n".to_vec())],
            "proxy answered 407 Proxy Authentication Required",
        ),
        (
            vec![Ok([OPEN, b"\x16\x03"].concat())],
            "proxy sent more than its reply",
        ),
    ];
    for (says, why) in cases {
        let error = tunnel().pass(&mut Peer::new(says)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect);
        assert_eq!(error.source().unwrap().to_string(), why);
    }
    let refused = Ok(b"HTTP/1.1 403 No\r\n\r\n".to_vec());
    let error = tunnel().pass(&mut Peer::new([refused])).unwrap_err();
    let source = error.source().unwrap().downcast_ref();
    assert_eq!(source, Some(&TunnelError::Refused(StatusCode::FORBIDDEN)));
}

#[test]
fn blocks_have_exactly_the_length_asked_for() {
    let mut source = io::Cursor::new(b"0123456789");
    let block = |offset, len| ReadBlock {
        id: BlockId::new(1),
        command: CommandId::new(1),
        offset,
        len,
    };
    // In any order, and again.
    for (offset, len, expected) in [(4, 6, "456789"), (0, 4, "0123"), (4, 6, "456789")] {
        assert_eq!(block(offset, len).read(&mut source).unwrap(), expected);
    }
    let short = block(8, 3).read(&mut source).unwrap_err();
    assert_eq!(short.kind(), SourceErrorKind::EndedEarly);
}

#[test]
fn a_proxy_that_takes_no_request_is_no_connection() {
    struct Deaf;
    impl Read for Deaf {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            panic!("nothing was asked");
        }
    }
    impl Write for Deaf {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = tunnel().pass(&mut Deaf).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect);
}

proptest! {
    /// A proxy that never ends is left at the tunnel's limit, in blocks of any size.
    #[test]
    fn a_proxy_that_talks_on_and_on_opens_nothing(size in 500..5000_usize) {
        let endless = [b"HTTP/1.1 200 OK\r\nA: ".to_vec(), vec![b'x'; 1 << 20]].concat();
        let mut peer = Peer::in_blocks(&endless, size);
        let error = tunnel().pass(&mut peer).unwrap_err();
        let source = error.source().unwrap().downcast_ref();
        prop_assert_eq!(source, Some(&TunnelError::TooLarge));
        prop_assert!(peer.says.len() > 100);
    }
}

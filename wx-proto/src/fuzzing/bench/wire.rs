//! What comes back over the wire.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::*;
use crate::{output::Reply, transport::TransportErrorKind};

const KINDS: [TransportErrorKind; 9] = [
    TransportErrorKind::Resolve,
    TransportErrorKind::Connect,
    TransportErrorKind::Tls,
    TransportErrorKind::TimedOut,
    TransportErrorKind::Reset,
    TransportErrorKind::NotHttp,
    TransportErrorKind::TooLarge,
    TransportErrorKind::Sink,
    TransportErrorKind::Other,
];

/// Status and headers that a strange body comes with.
const HEADS: [(u16, &[(&str, &str)]); 16] = [
    (200, &[]),
    (200, &[("content-type", "text/html")]),
    (200, &[("content-type", "image/jpeg")]),
    (
        200,
        &[
            ("content-type", "application/json"),
            ("content-disposition", "attachment"),
        ],
    ),
    (200, &[("content-encoding", "gzip")]),
    (200, &[("content-encoding", "br")]),
    (
        200,
        &[("content-length", "3"), ("content-type", "video/mp4")],
    ),
    (206, &[("content-range", "bytes 0-9/10")]),
    (206, &[("content-type", "multipart/byteranges")]),
    (
        200,
        &[
            ("set-cookie", "wxsid=x; Domain=qq.com; Path=/"),
            ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ],
    ),
    (204, &[]),
    (302, &[("location", "https://evil.example/")]),
    (404, &[("content-type", "text/html")]),
    (429, &[("retry-after", "3")]),
    (500, &[]),
    (503, &[("content-type", "text/html")]),
];

impl Bench {
    /// An open request is answered by the service, and that may be damaged on its way.
    pub(in super::super) fn answer(&mut self, which: u8, how: u8) {
        let Some(open) = self.take_open(which) else {
            return;
        };
        self.replies += 1;
        let mut reply = replies::reply(&open.endpoint, how & 15, self.replies);
        let mut failure = None;
        match how >> 4 {
            11 => cut(&mut reply),
            12 => {
                cut(&mut reply);
                failure = Some(TransportErrorKind::Reset);
            }
            13 => {
                let gzip = HeaderValue::from_static("gzip");
                reply.headers_mut().insert(header::CONTENT_ENCODING, gzip);
            }
            14 => *reply.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
            15 => failure = Some(TransportErrorKind::Sink),
            _ => {}
        }
        self.hand_over(open, reply, failure);
    }

    /// An open request is answered by anybody.
    pub(in super::super) fn body(&mut self, which: u8, head: u8, body: &[u8]) {
        let Some(open) = self.take_open(which) else {
            return;
        };
        let mut reply = Response::new(Bytes::copy_from_slice(body));
        let (status, headers) = HEADS
            .get(usize::from(head & 15))
            .copied()
            .unwrap_or((200, &[]));
        *reply.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        for (name, value) in headers {
            reply
                .headers_mut()
                .insert(*name, HeaderValue::from_static(value));
        }
        self.hand_over(open, reply, None);
    }

    pub(in super::super) fn fail(&mut self, which: u8, how: u8) {
        if let Some(open) = self.take_open(which) {
            let kind = KINDS.get(usize::from(how) % KINDS.len()).copied();
            let error = TransportError::new(kind.unwrap_or(TransportErrorKind::Other));
            self.report(open.id, Err(error));
        }
    }

    /// An answer that nobody waits for changes nothing; what is due may come with it.
    pub(in super::super) fn stale(&mut self, id: u8) {
        let id = RequestId::new(u64::from(id));
        if self.open.iter().any(|open| open.id == id) {
            return;
        }
        let seen = |client: &Client| {
            let news = client.has_events();
            (client.poll_timeout(), client.phase(), client.stats(), news)
        };
        let before = seen(&self.client);
        let now = self.clock();
        let error = TransportError::new(TransportErrorKind::Reset);
        self.client.handle_reply(now, id, Err(error));
        self.client
            .handle_block(now, BlockId::new(u64::MAX), Ok(Bytes::new()));
        let orders = self.drain();
        let is_due = before.0.is_some_and(|due| due <= now.mono);
        assert!(is_due || orders == 0 && seen(&self.client) == before);
    }

    /// A block of a source, as it should be in most cases.
    pub(in super::super) fn block(&mut self, which: u8, how: u8) {
        let Some(block) = pick(&self.blocks, which).copied() else {
            return;
        };
        self.blocks.retain(|other| other.id != block.id);
        static ZEROS: [u8; 4096] = [0; 4096];
        static ONES: [u8; 4096] = [1; 4096];
        let of =
            |from: &'static [u8], len: usize| Bytes::from_static(from.get(..len).unwrap_or(from));
        let data = match how {
            0..=199 => Ok(of(&ZEROS, block.len)),
            // Another file than before.
            200..=219 => Ok(of(&ONES, block.len)),
            220..=239 => Ok(of(&ZEROS, block.len.saturating_sub(1))),
            _ => Err(SourceError::missing()),
        };
        let now = self.clock();
        self.client.handle_block(now, block.id, data);
        self.drain();
    }

    fn take_open(&mut self, which: u8) -> Option<Open> {
        let id = pick(&self.open, which)?.id;
        let at = self.open.iter().position(|open| open.id == id)?;
        Some(self.open.remove(at))
    }

    fn hand_over(
        &mut self,
        open: Open,
        reply: Response<Bytes>,
        failure: Option<TransportErrorKind>,
    ) {
        let read = read(open.rule, reply, failure);
        if let Ok(reply) = &read {
            self.look(reply);
        }
        self.report(open.id, read);
    }

    fn report(&mut self, id: RequestId, reply: Result<Reply, TransportError>) {
        let now = self.clock();
        self.client.handle_reply(now, id, reply);
        self.drain();
    }
}

fn cut(reply: &mut Response<Bytes>) {
    let body = reply.body_mut();
    body.truncate(body.len() / 2);
}

/// Reads a reply by its rule, as drivers do. `failure`: after it, the connection was lost; or the
/// sink failed.
fn read(
    rule: ReplyRule,
    reply: Response<Bytes>,
    failure: Option<TransportErrorKind>,
) -> Result<Reply, TransportError> {
    /// Small enough for a few of them in a reply.
    const BLOCK: usize = 100;
    let (head, body) = reply.into_parts();
    let mut written = 0;
    let mut write = |piece: Bytes| {
        assert!(rule.streams_to().is_some(), "there is no sink");
        written += piece.len() as u64;
        match failure {
            Some(TransportErrorKind::Sink) => Err(TransportError::new(TransportErrorKind::Sink)),
            _ => Ok(()),
        }
    };
    let mut reader = rule.begin(head);
    for block in body.chunks(BLOCK) {
        reader.push(Bytes::copy_from_slice(block));
        while let Some(piece) = reader.pull()? {
            assert!(piece.len() <= 64 << 10);
            if let Err(error) = write(piece) {
                return Err(reader.abort(error));
            }
        }
    }
    if let Some(kind) = failure {
        return Err(reader.abort(kind.into()));
    }
    let (reply, rest) = reader.finish()?;
    rest.map_or(Ok(()), write)?;
    Ok(reply)
}

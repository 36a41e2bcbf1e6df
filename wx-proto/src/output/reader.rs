//! Reading a response under the core's rules, in the driver's own task or thread.

use std::{
    cmp::Ordering,
    collections::VecDeque,
    fmt,
    io::{self, Write},
    mem,
};

use bytes::{Buf, Bytes};
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, StatusCode, header};

use crate::{
    id::CommandId,
    stream::{FAR, Stream, Verdict, is_page, len_of_part},
    transport::{TransportError, TransportErrorKind},
};

/// How the response to one request is to be read. Made by the core, used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyRule {
    stream: Option<Stream>,
    limit: usize,
}

impl ReplyRule {
    /// Hands the body to the sink of a command, if there is one. What is not for a sink is kept,
    /// up to `limit` bytes after decompression.
    pub(crate) const fn new(stream: Option<Stream>, limit: usize) -> Self {
        Self { stream, limit }
    }

    /// The command whose sink gets the body, if the body is not for the core.
    pub fn streams_to(&self) -> Option<CommandId> {
        self.stream.map(|stream| stream.command)
    }

    /// Starts reading, once the head of the response is there.
    pub fn begin(self, head: http::response::Parts) -> ReplyReader {
        let decoder = match encoding(&head.headers) {
            Encoding::Identity => Ok(Decoder::Identity(Vec::new())),
            Encoding::Gzip => Ok(Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))),
            Encoding::NotOffered => Err(TransportError::with_source(
                TransportErrorKind::Other,
                "content encoding was not offered",
            )),
        };
        let (decoder, mut failure) = match decoder {
            Ok(decoder) => (decoder, None),
            Err(error) => (Decoder::Identity(Vec::new()), Some(error)),
        };
        let verdict = self
            .stream
            .map(|stream| stream.verdict(head.status, &head.headers));
        let verdict = verdict.unwrap_or(Verdict::Core);
        if verdict == Verdict::Misplaced {
            let kind = TransportErrorKind::Other;
            let error = TransportError::with_source(kind, "not the range that was asked for");
            failure.get_or_insert(error);
        }
        let (total, part) = match &decoder {
            Decoder::Identity(_) => (
                length(&head.headers, verdict),
                len_of_part(head.status, &head.headers),
            ),
            // What is packed has another length.
            Decoder::Gzip(_) => (None, None),
        };
        ReplyReader {
            status: head.status,
            headers: head.headers,
            total,
            part,
            decoder,
            waiting: VecDeque::new(),
            limit: self.limit,
            received: 0,
            barren: 0,
            flow: verdict,
            most: self.stream.map_or(0, |stream| stream.most),
            reached_sink: 0,
            failure,
        }
    }
}

/// How long a body says it is, without the bytes that a sink does not get.
fn length(headers: &HeaderMap, verdict: Verdict) -> Option<u64> {
    let (Verdict::Sink { skip } | Verdict::Look { skip }) = verdict else {
        return None;
    };
    let length = headers.get(header::CONTENT_LENGTH)?.to_str().ok()?;
    length.trim().parse::<u64>().ok()?.checked_sub(skip)
}

/// Takes a response in, block by block, and hands out what belongs to the caller's sink.
///
/// After each [`push`](Self::push), [`pull`](Self::pull) until `None`; at the end of the body,
/// [`finish`](Self::finish).
pub struct ReplyReader {
    status: StatusCode,
    headers: HeaderMap,
    total: Option<u64>,
    /// How long the part is that comes, if it is one and says so.
    part: Option<u64>,
    decoder: Decoder,
    waiting: VecDeque<Bytes>,
    limit: usize,
    received: usize,
    /// Bytes of the body since the last that anything came of.
    barren: usize,
    flow: Verdict,
    /// The most that the sink gets.
    most: u64,
    reached_sink: u64,
    failure: Option<TransportError>,
}

impl ReplyReader {
    /// One block of the body, as it came from the wire.
    pub fn push(&mut self, data: Bytes) {
        self.received = self.received.saturating_add(data.len());
        if !self.streams() && self.received > self.limit.saturating_add(PIECE) {
            // Compressed, it is not smaller: whatever it grows to is too much.
            self.waiting.clear();
            self.failure
                .get_or_insert(TransportErrorKind::TooLarge.into());
        }
        if !data.is_empty() && self.failure.is_none() {
            self.waiting.push_back(data);
        }
    }

    /// The next bytes for the sink, at most 64 KiB, or `None` when another block is needed.
    ///
    /// # Errors
    ///
    /// The body is too large or damaged. Stop reading, and report this error.
    pub fn pull(&mut self) -> Result<Option<Bytes>, TransportError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure.after(self.reached_sink));
        }
        loop {
            let bite = self.decoder.bite(self.streams());
            let Some(block) = self.waiting.front_mut() else {
                return Ok(None);
            };
            let bite = block.split_to(block.len().min(bite));
            if !block.has_remaining() {
                self.waiting.pop_front();
            }
            self.decoder
                .write(&bite)
                .map_err(|error| damaged(error).after(self.reached_sink))?;
            self.barren = match self.decoder.decoded().is_empty() {
                true => self.barren + bite.len(),
                false => 0,
            };
            if self.barren > BARREN {
                let nothing = io::Error::new(io::ErrorKind::InvalidData, "nothing comes of it");
                return Err(damaged(nothing).after(self.reached_sink));
            }
            self.look(false);
            if self.streams() {
                if let Some(piece) = self.take_piece()? {
                    return Ok(Some(piece));
                }
            } else if self.decoder.decoded().len() > self.limit {
                return Err(TransportErrorKind::TooLarge.into());
            }
        }
    }

    /// The end of the body: the reply for the core, and the last bytes for the sink.
    ///
    /// # Errors
    ///
    /// The body is too large, damaged, or ends in the middle of its encoding.
    pub fn finish(mut self) -> Result<(Reply, Option<Bytes>), TransportError> {
        let mut tail = Vec::new();
        // What comes of an error here, the sink does not get.
        let reached_sink = self.reached_sink;
        while let Some(piece) = self.pull().map_err(|error| error.after(reached_sink))? {
            tail.extend_from_slice(&piece);
        }
        let rest = mem::replace(&mut self.decoder, Decoder::Identity(Vec::new())).finish();
        let rest = rest.map_err(|error| {
            TransportError::with_source(TransportErrorKind::Reset, error).after(reached_sink)
        })?;
        *self.decoder.decoded() = rest;
        self.look(true);
        let body = if self.streams() {
            let rest = self.take_piece();
            if let Some(rest) = rest.map_err(|error| error.after(reached_sink))? {
                tail.extend_from_slice(&rest);
            }
            if let Some(error) = self.missed() {
                return Err(error.after(reached_sink));
            }
            Bytes::new()
        } else {
            Bytes::from(mem::take(self.decoder.decoded()))
        };
        if body.len() > self.limit {
            return Err(TransportErrorKind::TooLarge.into());
        }
        let tail = (!tail.is_empty()).then(|| Bytes::from(tail));
        Ok((
            Reply {
                status: self.status,
                headers: self.headers,
                body,
                streamed: self.reached_sink,
            },
            tail,
        ))
    }

    /// The exchange failed in mid-body: the same error, with how much had reached the sink.
    pub fn abort(self, why: TransportError) -> TransportError {
        why.after(self.reached_sink)
    }

    /// How many bytes the sink is to get, as far as the head says so.
    pub(crate) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether the body is for the sink, as far as that is known.
    fn streams(&self) -> bool {
        matches!(self.flow, Verdict::Sink { .. } | Verdict::Look { .. })
    }

    /// Decides by the first bytes, where the head did not tell.
    fn look(&mut self, is_end: bool) {
        let Verdict::Look { skip } = self.flow else {
            return;
        };
        self.flow = match is_page(self.decoder.decoded(), is_end) {
            None => Verdict::Look { skip },
            Some(true) => Verdict::Core,
            Some(false) => Verdict::Sink { skip },
        };
    }

    /// Whether a part had another length than it said.
    fn missed(&self) -> Option<TransportError> {
        let kind = match self.reached_sink.cmp(&self.part?) {
            Ordering::Less => TransportErrorKind::Reset,
            Ordering::Equal => return None,
            Ordering::Greater => TransportErrorKind::Other,
        };
        Some(TransportError::with_source(
            kind,
            "another length than the range has",
        ))
    }

    fn take_piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        let Verdict::Sink { skip } = &mut self.flow else {
            return Ok(None);
        };
        let mut piece = Bytes::from(mem::take(self.decoder.decoded()));
        let skipped = piece
            .len()
            .min(usize::try_from(*skip).unwrap_or(usize::MAX));
        piece.advance(skipped);
        *skip -= skipped as u64;
        if self.reached_sink.saturating_add(piece.len() as u64) > self.most {
            return Err(TransportError::from(TransportErrorKind::TooLarge).after(self.reached_sink));
        }
        self.reached_sink += piece.len() as u64;
        Ok((!piece.is_empty()).then_some(piece))
    }
}

impl fmt::Debug for ReplyReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplyReader")
            .field("status", &self.status)
            .field("streams", &self.streams())
            .field("reached_sink", &self.reached_sink)
            .finish_non_exhaustive()
    }
}

/// A whole response, decompressed.
#[derive(Clone)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Bytes that went to the sink of the command.
    pub(crate) streamed: u64,
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers set cookies and bodies carry keys.
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A packed body holds back less than that; many packed nothings in a row hold nothing at all.
const BARREN: usize = 1 << 20;

/// The largest piece that a sink gets at once.
const PIECE: usize = 64 << 10;

enum Decoder {
    Identity(Vec<u8>),
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Decoder {
    /// How many bytes to decode in one go. Deflate grows a byte to at most 1032, and the decoder
    /// holds back up to 32 KiB: so a piece for a sink stays below [`PIECE`], even behind what was
    /// looked at first, and a bomb is noticed at most 1 MiB beyond the limit.
    fn bite(&self, streams: bool) -> usize {
        match (self, streams) {
            (Self::Identity(_), _) => PIECE - FAR,
            (Self::Gzip(_), true) => 30,
            (Self::Gzip(_), false) => 1000,
        }
    }

    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(decoded) => {
                decoded.extend_from_slice(data);
                Ok(())
            }
            Self::Gzip(decoder) => decoder.write_all(data),
        }
    }

    fn decoded(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Identity(decoded) => decoded,
            Self::Gzip(decoder) => decoder.get_mut(),
        }
    }

    fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity(decoded) => Ok(decoded),
            Self::Gzip(decoder) => decoder.finish(),
        }
    }
}

enum Encoding {
    Identity,
    Gzip,
    NotOffered,
}

fn encoding(headers: &HeaderMap) -> Encoding {
    let named = headers.get_all(header::CONTENT_ENCODING).iter();
    let named = named.map(|value| value.as_bytes().trim_ascii());
    let is_one = |name: &&[u8]| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity");
    let mut encodings = named.filter(is_one);
    match (encodings.next(), encodings.next()) {
        (None, _) => Encoding::Identity,
        (Some(name), None)
            if name.eq_ignore_ascii_case(b"gzip") || name.eq_ignore_ascii_case(b"x-gzip") =>
        {
            Encoding::Gzip
        }
        // Twice, in one line or in two: what is inside is still packed.
        _ => Encoding::NotOffered,
    }
}

fn damaged(error: io::Error) -> TransportError {
    TransportError::with_source(TransportErrorKind::Other, error)
}

#[cfg(test)]
mod tests;

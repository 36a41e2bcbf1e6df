//! Replies on their way out, whole or with a fault.

use std::{
    io::{self, Read, Write},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use super::{acceptor::Place, fault::Fault, stream::Stream};

/// Blanks are written in blocks of this size.
const BLOCK: usize = 64 * 1024;

/// How often a thread that waits for its client looks whether that has hung up.
const LOOK: Duration = Duration::from_millis(20);

/// What came of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The client got what the service answered, as far as can be known here.
    end: End,
    /// The connection can serve another request.
    usable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Delivered,
    /// By the service's doing.
    Lost,
    /// The client did not wait for it.
    HungUp,
}

impl Outcome {
    const LOST: Self = Self {
        end: End::Lost,
        usable: false,
    };

    pub(super) const HUNG_UP: Self = Self {
        end: End::HungUp,
        usable: false,
    };

    fn of(written: io::Result<()>, keep_alive: bool) -> Self {
        match written {
            Ok(()) => Self {
                end: End::Delivered,
                usable: keep_alive,
            },
            Err(_) => Self::HUNG_UP,
        }
    }

    pub(super) fn is_delivered(self) -> bool {
        self.end == End::Delivered
    }

    pub(super) fn is_usable(self) -> bool {
        self.usable
    }
}

/// A connection and the reply that goes over it.
pub(super) struct Delivery<'a> {
    pub(super) stream: &'a mut Stream,
    pub(super) place: &'a Place,
    pub(super) keep_alive: bool,
    /// The request was a HEAD: no body, whatever its length.
    pub(super) head_only: bool,
}

impl Delivery<'_> {
    /// Sends a reply as it is.
    pub(super) fn send(self, reply: &Response<Bytes>) -> Outcome {
        let written = write(self.stream, reply, self.keep_alive, self.head_only);
        Outcome::of(written, self.keep_alive)
    }

    /// Sends a reply with a fault.
    pub(super) fn fail(mut self, reply: Response<Bytes>, fault: Fault) -> Outcome {
        match fault {
            Fault::Reset => {
                self.stream.reset();
                Outcome::LOST
            }
            Fault::Close => Outcome::LOST,
            Fault::ResetInBody(after) => {
                if self.begin(&reply, after).is_ok() {
                    // A reset discards what still waits to be sent; these bytes shall arrive.
                    thread::sleep(LOOK);
                    self.stream.reset();
                }
                Outcome::LOST
            }
            Fault::Silence => self.wait(),
            Fault::Stall(after) => match self.begin(&reply, after) {
                Ok(()) => self.wait(),
                Err(_) => Outcome::HUNG_UP,
            },
            Fault::BadStatusLine => {
                let _ = self
                    .stream
                    .write_all(b"HTTP/1.1 0 -\r\n\x00\x7f\x01\x80\xfe\r\n");
                Outcome::LOST
            }
            Fault::LongLength(extra) => {
                let length = reply.body().len().saturating_add(extra) as u64;
                let head = head(&reply, Framing::Length(length), false);
                let _ = self.stream.write_all(&head);
                let _ = self.stream.write_all(reply.body());
                Outcome::LOST
            }
            Fault::NoLength => {
                let mut bytes = head(&reply, Framing::End, false);
                bytes.extend_from_slice(reply.body());
                Outcome::of(self.stream.write_all(&bytes), false)
            }
            Fault::Chunked(size) => self.chunked(&reply, size.max(1)),
            Fault::Gzip => self.send(&packed(reply)),
            Fault::Drip(pause) => self.drip(&reply, pause),
            Fault::Oversize(length) => self.oversize(&reply, length),
            Fault::Headers(headers) => {
                let mut reply = reply;
                for (name, value) in headers {
                    reply.headers_mut().append(name, value);
                }
                self.send(&reply)
            }
            Fault::Unavailable(after) => {
                let mut reply = Response::new(Bytes::new());
                *reply.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                reply
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
                // What the service answered is lost all the same.
                Outcome {
                    end: End::Lost,
                    ..self.send(&reply)
                }
            }
        }
    }

    /// Sends the head and so many bytes of the body.
    fn begin(&mut self, reply: &Response<Bytes>, bytes: usize) -> io::Result<()> {
        let body = reply.body();
        let head = head(reply, Framing::Length(body.len() as u64), self.keep_alive);
        self.stream.write_all(&head)?;
        self.stream.write_all(body.get(..bytes).unwrap_or(body))
    }

    /// Says nothing until the client hangs up.
    fn wait(self) -> Outcome {
        while !self.place.is_closing() && !self.stream.has_hung_up() {
            thread::sleep(LOOK);
        }
        Outcome::HUNG_UP
    }

    fn chunked(self, reply: &Response<Bytes>, size: usize) -> Outcome {
        let mut bytes = head(reply, Framing::Chunked, self.keep_alive);
        for chunk in reply.body().chunks(size) {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        self.finish(&bytes)
    }

    fn drip(self, reply: &Response<Bytes>, pause: Duration) -> Outcome {
        let body = reply.body();
        let mut bytes = head(reply, Framing::Length(body.len() as u64), self.keep_alive);
        bytes.extend_from_slice(body);
        for byte in &bytes {
            if self.place.is_closing() || self.stream.write_all(&[*byte]).is_err() {
                return Outcome::HUNG_UP;
            }
            thread::sleep(pause);
        }
        self.finish(&[])
    }

    fn oversize(self, reply: &Response<Bytes>, length: u64) -> Outcome {
        let body = reply.body();
        let length = length.max(body.len() as u64);
        let mut bytes = head(reply, Framing::Length(length), self.keep_alive);
        bytes.extend_from_slice(body);
        let blanks = [b' '; BLOCK];
        let mut left = length - body.len() as u64;
        let mut sent = self.stream.write_all(&bytes);
        while sent.is_ok() && left > 0 && !self.place.is_closing() {
            let block = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
            sent = self
                .stream
                .write_all(blanks.get(..block).unwrap_or(&blanks));
            left -= block as u64;
        }
        match sent {
            Ok(()) => self.finish(&[]),
            Err(_) => Outcome::HUNG_UP,
        }
    }

    fn finish(self, bytes: &[u8]) -> Outcome {
        Outcome::of(self.stream.write_all(bytes), self.keep_alive)
    }
}

/// Writes a reply with its length.
pub(crate) fn write(
    stream: &mut Stream,
    reply: &Response<Bytes>,
    keep_alive: bool,
    head_only: bool,
) -> io::Result<()> {
    let mut bytes = head(
        reply,
        Framing::Length(reply.body().len() as u64),
        keep_alive,
    );
    if head_only {
        return stream.write_all(&bytes);
    }
    if reply.body().len() <= BLOCK {
        bytes.extend_from_slice(reply.body());
        return stream.write_all(&bytes);
    }
    // Large media are not to be in memory twice.
    stream.write_all(&bytes)?;
    stream.write_all(reply.body())
}

/// Answers a request that was not read to its end, so that the client gets to see it.
pub(crate) fn refuse(stream: &mut Stream, status: StatusCode) {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    if write(stream, &reply, false, false).is_err() || stream.finish().is_err() {
        return;
    }
    // A socket closed over unread bytes resets the connection, and the reply with it. So what the
    // client still sends is read, for a while.
    let _ = stream
        .tcp()
        .set_read_timeout(Some(Duration::from_millis(500)));
    let until = Instant::now() + Duration::from_secs(5);
    let mut block = [0; 16 * 1024];
    while Instant::now() < until && matches!(stream.read(&mut block), Ok(1..)) {}
}

enum Framing {
    Length(u64),
    Chunked,
    /// The body ends with the connection.
    End,
}

fn head(reply: &Response<Bytes>, framing: Framing, keep_alive: bool) -> Vec<u8> {
    let status = reply.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    write_headers(&mut bytes, reply.headers());
    let framing = match framing {
        Framing::Length(length) => format!("Content-Length: {length}\r\n"),
        Framing::Chunked => "Transfer-Encoding: chunked\r\n".to_owned(),
        Framing::End => String::new(),
    };
    bytes.extend_from_slice(framing.as_bytes());
    if !keep_alive {
        bytes.extend_from_slice(b"Connection: close\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

fn write_headers(bytes: &mut Vec<u8>, headers: &HeaderMap) {
    let framing = [
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
    ];
    for (name, value) in headers.iter().filter(|(name, _)| !framing.contains(name)) {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
}

fn packed(mut reply: Response<Bytes>) -> Response<Bytes> {
    if reply.headers().contains_key(header::CONTENT_ENCODING) {
        return reply;
    }
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    if packer.write_all(reply.body()).is_ok() {
        if let Ok(bytes) = packer.finish() {
            *reply.body_mut() = bytes.into();
            reply
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    reply
}

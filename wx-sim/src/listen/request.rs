//! Requests, read off a socket within limits.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};

use super::{acceptor::Place, stream::Stream};

/// Request line and headers. The longest requests of the protocol stay below 8 KiB.
const HEAD: usize = 64 * 1024;

/// Headers of one request; a browser sends about fifteen.
const HEADERS: usize = 100;

/// A request body. The largest of the protocol is an upload chunk of half a megabyte with its form;
/// foreign clients put whole files of 25 MB into one.
const BODY: usize = 32 * 1024 * 1024;

/// A connection without a request is closed after so long, as most servers do.
const IDLE: Duration = Duration::from_secs(75);

/// Within a request, the next bytes have to come within this time.
const STALLED: Duration = Duration::from_secs(30);

/// One request, whole.
pub(crate) struct Received {
    pub(crate) request: Request<Bytes>,
    /// The client may send another one over the same connection.
    pub(crate) keep_alive: bool,
}

/// Why there is no request.
#[derive(Debug)]
pub(crate) enum Bad {
    /// The connection is gone.
    Lost,
    /// It is not HTTP, or too much of it. The connection is of no further use.
    Refused(StatusCode),
}

impl From<io::Error> for Bad {
    fn from(_: io::Error) -> Self {
        Self::Lost
    }
}

/// What has been read of a connection and not been used.
#[derive(Default)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// The next request. `None`: the client closed the connection between two of them.
    pub(crate) fn next(
        &mut self,
        stream: &mut Stream,
        place: &Place,
    ) -> Result<Option<Received>, Bad> {
        stream.tcp().set_read_timeout(Some(IDLE))?;
        // A request that came right behind the one before is here already.
        if self.buffer.is_empty() {
            place.set_idle(true);
            let came = self.fill(stream);
            place.set_idle(false);
            if !came? {
                return Ok(None);
            }
        }
        let head = self.head(stream)?;
        let length = body_length(&head)?;
        if length != Length::Exact(0) && expects_continue(&head) {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let body = match length {
            Length::Exact(length) => self.body(stream, length)?,
            Length::Chunked => self.chunks(stream)?,
        };
        let keep_alive = keeps_alive(&head);
        let request = head.map(|()| body);
        Ok(Some(Received {
            request,
            keep_alive,
        }))
    }

    /// What was read beyond the requests.
    pub(super) fn into_rest(self) -> Vec<u8> {
        self.buffer
    }

    fn head(&mut self, stream: &mut Stream) -> Result<Request<()>, Bad> {
        let mut looked_at = 0;
        loop {
            // Without a new end of a line there cannot be an end of the head.
            let has_line = self
                .buffer
                .iter()
                .skip(looked_at)
                .any(|byte| *byte == b'\n');
            if has_line {
                if let Some((used, head)) = parse_head(&self.buffer)? {
                    self.buffer.drain(..used);
                    return Ok(head);
                }
            }
            if self.buffer.len() > HEAD {
                return Err(Bad::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
            }
            looked_at = self.buffer.len();
            if !self.fill(stream)? {
                return Err(Bad::Lost);
            }
        }
    }

    fn body(&mut self, stream: &mut Stream, length: usize) -> Result<Bytes, Bad> {
        while self.buffer.len() < length {
            if !self.fill(stream)? {
                return Err(Bad::Lost);
            }
        }
        let rest = self.buffer.split_off(length);
        Ok(std::mem::replace(&mut self.buffer, rest).into())
    }

    fn chunks(&mut self, stream: &mut Stream) -> Result<Bytes, Bad> {
        let mut body = Vec::new();
        loop {
            let size = self.chunk_size(stream)?;
            if size == 0 {
                self.trailers(stream)?;
                return Ok(body.into());
            }
            if size > BODY.saturating_sub(body.len()) {
                return Err(Bad::Refused(StatusCode::PAYLOAD_TOO_LARGE));
            }
            let chunk = self.body(stream, size)?;
            body.extend_from_slice(&chunk);
            if self.body(stream, 2)?.as_ref() != b"\r\n" {
                return Err(Bad::Refused(StatusCode::BAD_REQUEST));
            }
        }
    }

    fn chunk_size(&mut self, stream: &mut Stream) -> Result<usize, Bad> {
        loop {
            match httparse::parse_chunk_size(&self.buffer) {
                Ok(httparse::Status::Complete((used, size))) => {
                    self.buffer.drain(..used);
                    // More than fits into a usize is more than is allowed.
                    return Ok(usize::try_from(size).unwrap_or(usize::MAX));
                }
                Ok(httparse::Status::Partial) if self.buffer.len() <= HEAD => {}
                _ => return Err(Bad::Refused(StatusCode::BAD_REQUEST)),
            }
            if !self.fill(stream)? {
                return Err(Bad::Lost);
            }
        }
    }

    fn trailers(&mut self, stream: &mut Stream) -> Result<(), Bad> {
        loop {
            let mut trailers = [httparse::EMPTY_HEADER; HEADERS];
            match httparse::parse_headers(&self.buffer, &mut trailers) {
                Ok(httparse::Status::Complete((used, _))) => {
                    self.buffer.drain(..used);
                    return Ok(());
                }
                Ok(httparse::Status::Partial) if self.buffer.len() <= HEAD => {}
                _ => return Err(Bad::Refused(StatusCode::BAD_REQUEST)),
            }
            if !self.fill(stream)? {
                return Err(Bad::Lost);
            }
        }
    }

    /// Reads what there is, and waits for something if there is nothing. `false`: the end.
    fn fill(&mut self, stream: &mut Stream) -> Result<bool, Bad> {
        let mut block = [0; 16 * 1024];
        let read = stream.read(&mut block)?;
        self.buffer.extend(block.iter().take(read));
        stream.tcp().set_read_timeout(Some(STALLED))?;
        Ok(read > 0)
    }
}

/// The head at the start of `bytes` and its length. `None`: more is to come.
fn parse_head(bytes: &[u8]) -> Result<Option<(usize, Request<()>)>, Bad> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let used = match head.parse(bytes) {
        Ok(httparse::Status::Complete(used)) if used <= HEAD => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Ok(_) | Err(httparse::Error::TooManyHeaders) => {
            return Err(Bad::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE));
        }
        Err(_) => return Err(Bad::Refused(StatusCode::BAD_REQUEST)),
    };
    let request = translate(&head).ok_or(Bad::Refused(StatusCode::BAD_REQUEST))?;
    Ok(Some((used, request)))
}

fn translate(head: &httparse::Request<'_, '_>) -> Option<Request<()>> {
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(head.method?.as_bytes()).ok()?;
    *request.uri_mut() = Uri::try_from(head.path?).ok()?;
    *request.version_mut() = match head.version? {
        0 => http::Version::HTTP_10,
        _ => http::Version::HTTP_11,
    };
    for line in head.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).ok()?;
        request
            .headers_mut()
            .append(name, HeaderValue::from_bytes(line.value).ok()?);
    }
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let has_host = hosts == 1 || (hosts == 0 && request.version() == http::Version::HTTP_10);
    has_host.then_some(request)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Exact(usize),
    Chunked,
}

fn body_length(head: &Request<()>) -> Result<Length, Bad> {
    const BAD: Bad = Bad::Refused(StatusCode::BAD_REQUEST);
    let mut coding = head.headers().get_all(header::TRANSFER_ENCODING).iter();
    let mut length = head.headers().get_all(header::CONTENT_LENGTH).iter();
    match (coding.next(), length.next()) {
        (None, None) => Ok(Length::Exact(0)),
        (Some(name), None) if coding.next().is_none() => {
            if name.as_bytes().eq_ignore_ascii_case(b"chunked") {
                Ok(Length::Chunked)
            } else {
                Err(Bad::Refused(StatusCode::NOT_IMPLEMENTED))
            }
        }
        (None, Some(digits)) if length.next().is_none() => {
            let digits = digits.to_str().map_err(|_| BAD)?;
            // `parse` alone would take a sign.
            if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(BAD);
            }
            match digits.parse() {
                Ok(length) if length <= BODY => Ok(Length::Exact(length)),
                _ => Err(Bad::Refused(StatusCode::PAYLOAD_TOO_LARGE)),
            }
        }
        // Two lengths, or a length beside a coding: two readers could see two requests in it.
        _ => Err(BAD),
    }
}

fn expects_continue(head: &Request<()>) -> bool {
    has_token(head, &header::EXPECT, "100-continue")
}

fn keeps_alive(head: &Request<()>) -> bool {
    match head.version() {
        http::Version::HTTP_10 => has_token(head, &header::CONNECTION, "keep-alive"),
        _ => !has_token(head, &header::CONNECTION, "close"),
    }
}

fn has_token(head: &Request<()>, name: &HeaderName, token: &str) -> bool {
    let mut values = head
        .headers()
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.any(|value| {
        value
            .split(',')
            .any(|part| part.trim().eq_ignore_ascii_case(token))
    })
}

//! HTTP as far as a control needs it: one request for each connection, and bounds on all of it.

use std::io::{self, Cursor, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use http::{HeaderName, header};
use serde_json::{Value, json};

/// Bytes of the request line and the headers, and how many of these: a browser sends fifteen.
const HEAD: usize = 16 << 10;
const HEADERS: usize = 64;

/// How long a head may take: it comes from this machine, and whoever says nothing takes the place of
/// somebody else.
const HEAD_TIME: Duration = Duration::from_secs(2);

/// How long the reader of a reply may take.
const MOMENT: Duration = Duration::from_secs(10);

/// A status, and what is said with it.
pub(crate) struct Refusal(pub(crate) u16, pub(crate) Value);

impl Refusal {
    /// `error` is for programs, `why` for people.
    pub(crate) fn new(status: u16, error: &str, why: impl ToString) -> Self {
        Self(
            status,
            json!({ "error": error, "message": why.to_string() }),
        )
    }
}

pub(crate) fn refuse<T>(status: u16, error: &str, why: &str) -> Result<T, Refusal> {
    Err(Refusal::new(status, error, why))
}

impl From<io::Error> for Refusal {
    fn from(why: io::Error) -> Self {
        match why.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                Self::new(408, "too_slow", "the request did not come in time")
            }
            _ => Self::new(500, "failed", why),
        }
    }
}

pub(crate) struct Request<'a> {
    head: http::Request<()>,
    /// What came of the body together with the head.
    begun: Vec<u8>,
    tcp: &'a TcpStream,
}

impl<'a> Request<'a> {
    pub(crate) fn read(tcp: &'a TcpStream) -> Result<Self, Refusal> {
        let mut stream = Timed(tcp, Instant::now() + HEAD_TIME);
        let (mut begun, mut block) = (Vec::new(), [0; 4096]);
        while begun.len() < HEAD {
            let read = stream.read(&mut block)?;
            begun.extend(block.iter().take(read));
            let head = parse(&begun).map_err(|why| Refusal::new(400, "bad_request", why))?;
            if let Some((used, head)) = head {
                begun.drain(..used);
                return Ok(Self { head, begun, tcp });
            }
            if read == 0 {
                return refuse(400, "bad_request", "it ends too early");
            }
        }
        refuse(431, "too_large", "a head may have 16 KiB")
    }

    pub(crate) fn route(&self) -> (&str, &str) {
        (self.head.method().as_str(), self.head.uri().path())
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: HeaderName) -> Vec<&str> {
        let values = self.head.headers().get_all(name).into_iter();
        values.map(|value| value.to_str().unwrap_or("?")).collect()
    }

    /// A parameter of the query.
    pub(crate) fn param(&self, name: &str) -> Result<String, Refusal> {
        let query = self.head.uri().query().unwrap_or_default();
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let found = pairs.find(|(key, _)| key == name);
        let missing = || Refusal::new(400, "bad_query", format!("it lacks {name}"));
        Ok(found.ok_or_else(missing)?.1.into_owned())
    }

    /// The body, which may have so many bytes and take so long, and its length.
    pub(crate) fn body(self, most: u64, time: Duration) -> Result<(impl Read + 'a, u64), Refusal> {
        let lengths = self.all(header::CONTENT_LENGTH);
        let is_coded = !self.all(header::TRANSFER_ENCODING).is_empty();
        let length = match (lengths.as_slice(), is_coded) {
            ([digits], false) => digits.parse().ok(),
            _ => None,
        };
        let Some(length) = length else {
            return refuse(411, "no_length", "say one Content-Length, no chunks");
        };
        if length > most {
            return refuse(413, "too_large", &format!("{most} bytes are allowed"));
        }
        let mut tcp = self.tcp;
        if !self.all(header::EXPECT).is_empty() {
            tcp.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let rest = Timed(tcp, Instant::now() + time);
        Ok((Cursor::new(self.begun).chain(rest).take(length), length))
    }
}

fn parse(bytes: &[u8]) -> Result<Option<(usize, http::Request<()>)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let parsed = head.parse(bytes).map_err(|why| why.to_string())?;
    let httparse::Status::Complete(used) = parsed else {
        return Ok(None);
    };
    let mut request = http::Request::builder()
        .method(head.method.unwrap_or_default())
        .uri(head.path.unwrap_or_default());
    for line in head.headers {
        request = request.header(line.name, line.value);
    }
    let request = request.body(()).map_err(|why| why.to_string())?;
    Ok(Some((used, request)))
}

/// Answers, and closes in such a way that the answer arrives even if a body was left unread.
pub(crate) fn answer(mut tcp: &TcpStream, granted: Result<Value, Refusal>) -> io::Result<()> {
    let Refusal(status, value) =
        granted.map_or_else(|refused| refused, |value| Refusal(200, value));
    let body = format!("{value}\n");
    let reply = format!(
        "HTTP/1.1 {status} \r\nContent-Type: application/json\r\nCache-Control: no-store\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    tcp.set_write_timeout(Some(MOMENT))?;
    tcp.write_all(reply.as_bytes())?;
    tcp.shutdown(Shutdown::Write)?;
    let mut rest = Timed(tcp, Instant::now() + Duration::from_secs(1));
    io::copy(&mut rest, &mut io::sink()).map(drop)
}

/// A connection that is read until a certain moment.
struct Timed<'a>(&'a TcpStream, Instant);

impl Read for Timed<'_> {
    fn read(&mut self, block: &mut [u8]) -> io::Result<usize> {
        let left = self.1.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.0.set_read_timeout(Some(left))?;
        self.0.read(block)
    }
}

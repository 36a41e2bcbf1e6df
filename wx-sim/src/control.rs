//! The other side of the service over HTTP: what phones, friends and operators do, in JSON.
//!
//! [`Control`] stands beside a [`Listener`] on a port of its own. Every reply is a JSON object.
//!
//! | request | members of the body (`?` optional) | does |
//! |---|---|---|
//! | `GET /` | | lists these routes |
//! | `GET /state` | | logins, accounts, sessions, messages that clients sent and took back, counters of requests |
//! | `GET /requests` | | what the service thinks of the requests it remembers |
//! | `GET /requests?malformed=1` | | only those it refused or remarked |
//! | `GET /people?account=N` | | everybody and every room of an account, the newest by default |
//! | `POST /scan` | `uuid`?, `account`? | the phone scans the QR code; with `account` the phone of that one |
//! | `POST /confirm` | `uuid`? or `account`? | the user taps "log in"; with `account` for the login that was pushed to that phone |
//! | `POST /cancel` | the same | the user taps "cancel" |
//! | `POST /expire` | the same | the life of the code, or of the question, ends |
//! | `POST /message` | `from`, `text`, `room`?, `mention`? | somebody writes, privately or in a room; `mention` puts the user's name before it |
//! | `POST /message` | `from`, `kind`, `room`?, `veiled`?, and what the kind has | somebody sends something that is no text |
//! | `POST /own` | `to`, `text`; or `to`, `kind` and so on | the user writes or sends on the phone |
//! | `POST /notice` | `chat`, `text` | the service writes a notice into a chat |
//! | `POST /raw` | `chat`, `from`?, `msg_type`, `content` | any message, its content as it stands on the wire |
//! | `POST /recall` | `msg_id` | whoever said it takes a message back |
//! | `POST /notify` | `code`, `chat`? | the phone tells what it does: 1 read, 2 entered, 4 list, 5 left, 9 unknown |
//! | `POST /contact` | `who`, `nick`?, `remark`?, `contact_flag`? | a contact changes |
//! | `POST /befriend` | `plain`, `nick` | somebody becomes a friend |
//! | `POST /request` | `plain`, `nick`, `words`? | somebody asks the user to be a friend |
//! | `POST /accept` | `who` | somebody the client asked becomes a friend |
//! | `POST /unfriend` | `who` | a friend drops the user, who hears of it after the next message |
//! | `POST /remove` | `who` | somebody is removed, or the user leaves a room |
//! | `POST /mark` | `who`, `mark`, `on`? | the user mutes, stars, pins or blocks a chat (`mute`, `star`, `pin`, `block`), or ends that |
//! | `POST /profile` | `nick`?, `picture`? | the user changes the own name, or the picture |
//! | `POST /room` | `room`, `topic`?, `join`?, `leave`? | a room changes; the last two are lists |
//! | `POST /join` | `room`, `who`, `by`, `code`? | somebody comes into a room: `by` asked or, with `code`, showed its code |
//! | `POST /put_out` | `room`, `who` | the owner puts somebody out of a room |
//! | `POST /rename` | `room`, `by`, `topic` | a member gives a room another name |
//! | `POST /alarm` | `selector` | the next poll tells of something that is not there |
//! | `POST /kick` | `code`? | the session ends with 1100, 1101 (the default) or 1102 |
//! | `POST /logout` | | the user logs out on the phone |
//! | `POST /forget` | | the session cookies lose their life |
//! | `POST /rate` | `texts`?, `seconds`?, `class`? | so many texts in so many seconds, and half as many media; without both: no limit. `class` limits other calls alone: `text`, `media`, `upload`, `recall`, `lookup`, `remark`, `friend`, `new_room`, `room` |
//! | `POST /bar` | `barred`? | logins are refused from now on; `false` ends that |
//! | `POST /desktop_only` | `only`? | logins are refused from now on unless the client is the desktop shell |
//! | `POST /push` | `allowed`? | logins may be pushed to phones; `false` ends that |
//! | `POST /fault` | `endpoint`, `fault`, `times`?, `after`?, `size`?, `seconds`? | the next requests meet a fault on the wire |
//!
//! All that happens in the world of one account takes `account` (a number from `/state`) as well;
//! without it the one that logged in last is meant. People and rooms are named by the id that stays
//! the same over logins, by remark, by nick name or by topic, see `/people`; the user is `me`.
//! Message ids are strings, because many languages cannot hold the numbers.
//!
//! The kinds of a message, with their members, are `image`, `gif` (`bytes`?); `store_sticker`;
//! `voice` (`bytes`?, `seconds`?); `video` (the same, and `micro`?); `file` (`name`, `bytes`?);
//! `link` (`title`, `url`, `description`?); `location` (`label`, `x`, `y`); `card` (`who`); `quote`
//! (`name`, `quoted`, `text`); `reply` (`msg_id`, `quoted`, `text`); `red_packet`; `transfer`
//! (`amount`, `memo`?); `mini_program` (`title`, `name`). `bytes` is a number of bytes to be made up,
//! the bytes themselves in Base64, or `{"md5": …}` of bytes that the service has; `veiled` hides the description of media as newer phones do.
//!
//! The faults are those of [`Fault`]: `reset`, `close`, `reset_in_body`, `silence`, `stall`,
//! `bad_status_line`, `long_length`, `chunked`, `no_length`, `gzip`, `drip`, `oversize`, `unavailable`;
//! `size` is their number of bytes, `seconds` their time (fractions are allowed), `after` lets the
//! request take effect.
//!
//! A deed that was done answers 200 with `ok`, and `msg_id` and `account` where there are such.
//! Otherwise there is an `error`, one sentence: 400 for a body that is not understood or names
//! nobody, 409 for a deed that is not possible now, 404 and 405 for another path or method, and 403
//! for a `Host` or an `Origin` that is not this port of this machine: no page in a browser that
//! comes from elsewhere can reach the control.

mod carry;
mod order;
mod piece;
mod view;

use std::{
    fmt, io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Map, Value, json};

#[cfg(doc)]
use crate::listen::Fault;
use crate::{
    listen::{
        Listener, Shared,
        acceptor::{Acceptor, Place, bind_loopback},
        exchange::is_own,
        reply,
        request::{Bad, Reader},
        stream::Stream,
        url,
    },
    server::{AccountId, DeedError},
};

/// The control of one [`Listener`]. Dropping it closes its port; the service goes on.
pub struct Control {
    acceptor: Acceptor,
}

impl Control {
    /// Listens at `address`, which must be on this machine; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address, or cannot be had.
    pub fn bind(address: impl ToSocketAddrs, service: &Listener) -> io::Result<Self> {
        let socket = bind_loopback(address)?;
        let shared = Arc::clone(service.shared());
        let acceptor = Acceptor::start(socket, "wx-sim-control", move |tcp, place| {
            serve(&shared, tcp, place);
        })?;
        Ok(Self { acceptor })
    }

    /// Where the control is: `http://127.0.0.1:40962`.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.acceptor.address())
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("address", &self.acceptor.address())
            .finish_non_exhaustive()
    }
}

/// A request that cannot be followed, and one sentence about why.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl Refusal {
    fn bad(sentence: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, sentence.into())
    }
}

impl From<DeedError> for Refusal {
    fn from(error: DeedError) -> Self {
        let status = match error {
            DeedError::Nobody(_) | DeedError::NotThere(_) => StatusCode::BAD_REQUEST,
            DeedError::Already(_)
            | DeedError::NotAsked(_)
            | DeedError::NoCode
            | DeedError::NoAccount
            | DeedError::NoSession
            | DeedError::NoMessage(_)
            | DeedError::NoStore
            | DeedError::NoMedia => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

fn serve(shared: &Shared, tcp: TcpStream, place: &Place) {
    let Ok(own) = tcp.local_addr() else { return };
    let mut stream = Stream::plain(tcp);
    let mut reader = Reader::default();
    while !place.is_closing() {
        let received = match reader.next(&mut stream, place) {
            Ok(Some(received)) => received,
            Ok(None) | Err(Bad::Lost) => return,
            Err(Bad::Refused(status)) => return reply::refuse(&mut stream, status),
        };
        let answer = answer(shared, &received.request, own);
        let head_only = received.request.method() == Method::HEAD;
        let written = reply::write(&mut stream, &answer, received.keep_alive, head_only);
        if written.is_err() || !received.keep_alive {
            return;
        }
    }
}

fn answer(shared: &Shared, request: &Request<Bytes>, own: SocketAddr) -> Response<Bytes> {
    let (status, value) = match guard(request, own).and_then(|()| route(shared, request)) {
        Ok(value) => (StatusCode::OK, value),
        Err(Refusal(status, sentence)) => (status, json!({ "error": sentence })),
    };
    let mut reply = Response::new(format!("{value}\n").into());
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// Lets only those in who mean this port of this machine. A page from elsewhere can make a browser
/// send requests here, but then their `Origin` tells; and if its host name was made to point here,
/// their `Host` does.
fn guard(request: &Request<Bytes>, own: SocketAddr) -> Result<(), Refusal> {
    let refuse = |what| {
        Err(Refusal(
            StatusCode::FORBIDDEN,
            format!("{what} is not this control"),
        ))
    };
    let headers = request.headers();
    let named = match request.uri().authority() {
        Some(authority) => Some(authority.as_str()),
        None => headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok()),
    };
    if !named.is_some_and(|host| is_own(host, own)) {
        return refuse("Host");
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let is_home = |origin: &HeaderValue| {
        let origin = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.strip_prefix("http://"));
        origin.is_some_and(|host| is_own(host, own))
    };
    if !origins.all(is_home) {
        return refuse("Origin");
    }
    Ok(())
}

fn route(shared: &Shared, request: &Request<Bytes>) -> Result<Value, Refusal> {
    let name = request.uri().path().trim_start_matches('/');
    let query = request.uri().query().unwrap_or_default();
    let param = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    let is_view = matches!(name, "" | "state" | "requests" | "people");
    let is_order = order::ROUTES.contains(&name);
    match *request.method() {
        Method::GET if is_view => {}
        Method::POST if is_order => {
            return carry::out(shared, name, body(request.body())?);
        }
        _ if is_view || is_order => {
            let method = if is_view { "GET" } else { "POST" };
            let sentence = format!("/{name} takes {method}");
            return Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, sentence));
        }
        _ => {
            let sentence = "there is no such path, see GET /".to_owned();
            return Err(Refusal(StatusCode::NOT_FOUND, sentence));
        }
    }
    match name {
        "state" => Ok(shared.with(|server| view::state(server))),
        "requests" => {
            let only_faults = param("malformed").is_some_and(|value| value == "1");
            Ok(shared.with(|server| view::requests(server, only_faults)))
        }
        "people" => {
            let account = match param("account") {
                None => None,
                Some(digits) => {
                    let number = digits.parse();
                    Some(number.map_err(|_| Refusal::bad("account is not a number"))?)
                }
            };
            Ok(shared.with(|server| view::people(server, account.map(AccountId)))?)
        }
        _ => Ok(
            json!({ "get": ["state", "requests", "people"], "post": order::ROUTES, "kinds": piece::KINDS }),
        ),
    }
}

/// The members of a body; an empty one has none.
fn body(bytes: &Bytes) -> Result<Map<String, Value>, Refusal> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Refusal::bad("the body is not a JSON object")),
        Err(error) => Err(Refusal::bad(format!("the body is not JSON: {error}"))),
    }
}

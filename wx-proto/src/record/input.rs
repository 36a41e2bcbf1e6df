//! What a client can be told, as it is written down.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{blank::bytes::MOST, veil::Veil};
use crate::{
    client::{Client, Close},
    command::{Order, Submission},
    id::{BlockId, ClientMsgId, CommandId, EventId, LoginId, RequestId},
    output::Reply,
    time::Now,
    transport::{SourceError, SourceErrorKind, TransportError, TransportErrorKind},
};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Input {
    Start,
    Close {
        logout: bool,
        /// Nanoseconds.
        drain: u64,
    },
    Stop,
    Submit(Value),
    Cancel(u64),
    Acknowledge(u64),
    Reply {
        id: u64,
        status: u16,
        headers: Vec<(String, String)>,
        body: Text,
        #[serde(default, skip_serializing_if = "is_zero")]
        streamed: u64,
    },
    Failure {
        id: u64,
        kind: TransportErrorKind,
        #[serde(default, skip_serializing_if = "is_zero")]
        reached_sink: u64,
    },
    Block {
        id: u64,
        len: usize,
        /// What is the same is filled with the same.
        #[serde(default, skip_serializing_if = "is_zero")]
        fill: u64,
    },
    NoBlock {
        id: u64,
        kind: SourceErrorKind,
    },
    Timeout,
    /// The application takes an event.
    Event,
}

/// A body. Most are text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Text {
    Utf8(String),
    Base64(String),
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Input {
    pub(crate) fn close(how: Close) -> Self {
        Self::Close {
            logout: how.logout,
            drain: u64::try_from(how.drain.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    pub(crate) fn submit(what: &Submission) -> Self {
        // Texts, numbers and lists of them: there is nothing that JSON cannot hold.
        let mut order = serde_json::to_value(&what.order).unwrap_or_default();
        lend_the_largest(&mut order);
        Self::Submit(order)
    }

    pub(crate) fn reply(id: RequestId, reply: &Result<Reply, TransportError>) -> Self {
        let id = id.ordinal();
        match reply {
            Err(error) => Self::Failure {
                id,
                kind: error.kind(),
                reached_sink: error.reached_sink(),
            },
            Ok(reply) => Self::Reply {
                id,
                status: reply.status.as_u16(),
                headers: headers_of(&reply.headers),
                body: Text::of(&reply.body),
                streamed: reply.streamed,
            },
        }
    }

    pub(crate) fn block(id: BlockId, data: &Result<Bytes, SourceError>) -> Self {
        let id = id.ordinal();
        match data {
            Ok(bytes) => Self::Block {
                id,
                len: bytes.len(),
                fill: fill_of(bytes),
            },
            Err(error) => Self::NoBlock {
                id,
                kind: error.kind(),
            },
        }
    }

    /// Replaces what is nobody's business. `login` tells what stands for a login.
    pub(super) fn veil(
        &mut self,
        veil: &mut Veil,
        fills: &mut Fills,
        login: &dyn Fn(LoginId) -> LoginId,
    ) {
        match self {
            Self::Block { fill, .. } => *fill = fills.of(*fill),
            Self::Submit(order) => veil_value(order, veil, login),
            Self::Reply { headers, body, .. } => {
                for (_, value) in headers {
                    // `bytes 100000000-100000009/*`: lengths are as long as they are.
                    let number = value.strip_prefix("bytes ").unwrap_or(value);
                    let is_number = |c: char| c.is_ascii_digit() || ['-', '/', '*'].contains(&c);
                    if !number.chars().all(is_number) {
                        *value = veil.text(value);
                    }
                }
                *body = Text::of(&veil.reply(&body.bytes()));
            }
            _ => {}
        }
    }

    /// Tells it to a client.
    pub(super) fn tell(&self, client: &mut Client, now: Now) {
        match self {
            Self::Start => client.start(now),
            Self::Close { logout, drain } => {
                let how = Close {
                    logout: *logout,
                    drain: Duration::from_nanos(*drain),
                };
                client.close(now, how);
            }
            Self::Stop => client.stop(now),
            Self::Submit(order) => {
                if let Ok(order) = Order::deserialize(order) {
                    client.submit(now, Submission::of(order));
                }
            }
            Self::Cancel(id) => client.cancel(now, CommandId::new(*id)),
            Self::Acknowledge(id) => client.acknowledge(now, EventId::new(*id)),
            Self::Reply {
                id,
                status,
                headers,
                body,
                streamed,
            } => {
                let reply = Reply {
                    status: StatusCode::from_u16(*status).unwrap_or_default(),
                    headers: header_map(headers),
                    body: body.bytes().into(),
                    streamed: *streamed,
                };
                client.handle_reply(now, RequestId::new(*id), Ok(reply));
            }
            Self::Failure {
                id,
                kind,
                reached_sink,
            } => {
                let error = TransportError::new(*kind).after(*reached_sink);
                client.handle_reply(now, RequestId::new(*id), Err(error));
            }
            Self::Block { id, len, fill } => {
                let fill = fill.to_le_bytes().into_iter().cycle();
                let block: Vec<u8> = fill.take((*len).min(LARGEST_BLOCK)).collect();
                client.handle_block(now, BlockId::new(*id), Ok(block.into()));
            }
            Self::NoBlock { id, kind } => {
                let error = SourceError::of(*kind);
                client.handle_block(now, BlockId::new(*id), Err(error));
            }
            Self::Timeout => client.handle_timeout(now),
            // Taken by whoever performs this: it is what comes out that counts.
            Self::Event => {}
        }
    }
}

/// No block that a client asks for is larger.
const LARGEST_BLOCK: usize = 1 << 20;

/// Until it is [replaced](Input::veil), half a digest.
fn fill_of(block: &[u8]) -> u64 {
    let digest: [u8; 16] = Md5::digest(block).into();
    let half = digest.first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(half)
}

/// Which blocks are the same: a source that is another one when it is read again must be another one in a
/// replay, too.
#[derive(Default)]
pub(super) struct Fills {
    /// Digests, and what is filled in.
    known: BTreeMap<u64, u64>,
    /// The oldest first.
    digests: VecDeque<u64>,
    next: u64,
}

impl Fills {
    /// Those of 16 GiB: no source is read again so much later.
    const MOST: usize = 1 << 15;

    fn of(&mut self, digest: u64) -> u64 {
        if let Some(fill) = self.known.get(&digest) {
            return *fill;
        }
        if self.digests.len() >= Self::MOST {
            let oldest = self.digests.pop_front();
            oldest.map(|digest| self.known.remove(&digest));
        }
        let fill = self.next;
        self.next += 1;
        self.known.insert(digest, fill);
        self.digests.push_back(digest);
        fill
    }
}

/// Bytes that are too many for a [file](super::blank::bytes) become a source of that length: as they are
/// more than a client sends, unless it is told to, that is refused as well.
fn lend_the_largest(order: &mut Value) {
    match order {
        Value::Array(list) => list.iter_mut().for_each(lend_the_largest),
        Value::Object(members) => {
            let len = members.get("Here").and_then(Value::as_u64);
            if let Some(len) = len.filter(|len| *len > MOST as u64) {
                members.clear();
                members.insert("Lent".to_owned(), len.into());
            }
            members.values_mut().for_each(lend_the_largest);
        }
        _ => {}
    }
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Utf8(text.to_owned()),
            Err(_) => Self::Base64(STANDARD.encode(bytes)),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Utf8(text) => text.clone().into_bytes(),
            Self::Base64(text) => STANDARD.decode(text).unwrap_or_default(),
        }
    }
}

/// What is read of a head: by the core, by the reader of replies, and by people who look for what went
/// wrong. Others hold what nobody needs to know, such as the address of whoever asked.
const READ: [HeaderName; 9] = [
    header::SET_COOKIE,
    header::DATE,
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_DISPOSITION,
    header::CONTENT_LENGTH,
    header::CONTENT_RANGE,
    header::RETRY_AFTER,
    header::LOCATION,
];

fn headers_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let read = headers.iter().filter(|(name, _)| READ.contains(name));
    read.map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), value.into_owned())
    })
    .collect()
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let read = |(name, value): &(String, String)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
        Some((name.parse::<HeaderName>().ok()?, value))
    };
    headers.iter().filter_map(read).collect()
}

/// A command: the names of its members are ours, the rest is the caller's.
fn veil_value(value: &mut Value, veil: &mut Veil, login: &dyn Fn(LoginId) -> LoginId) {
    match value {
        Value::String(text) => *text = veil.text(text),
        Value::Array(list) => list.iter_mut().for_each(|it| veil_value(it, veil, login)),
        Value::Object(members) => {
            for (name, member) in members {
                match (name.as_str(), LoginId::deserialize(&*member)) {
                    ("login", Ok(id)) => {
                        *member = serde_json::to_value(login(id)).unwrap_or_default();
                    }
                    // Of what somebody named, see [`key`](super::blank::key). Those of the clock are the
                    // same in a replay.
                    ("id", _) if member.as_u64().is_some_and(|id| ClientMsgId(id).is_keyed()) => {
                        let key = veil.text(&member.to_string());
                        *member = ClientMsgId::of_key(key.as_bytes()).0.into();
                    }
                    // One of a few words of ours.
                    ("kind" | "host" | "size", _) => {}
                    _ => veil_value(member, veil, login),
                }
            }
        }
        _ => {}
    }
}

//! One client and the application behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Client, CommandId, Completion, Event, EventKind, Now, OutgoingRequest, ReplyRule, RequestId,
    Ticket, TransportError, TransportErrorKind,
};

use crate::world::wire_form;

/// A client of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerId(pub(super) usize);

/// A submitted command.
#[derive(Debug)]
pub struct Pending<C> {
    /// Its id.
    pub command: CommandId,
    pub(super) ticket: Ticket<C>,
}

/// How the application behind a client deals with events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Takes each at once, and acknowledges it.
    Prompt,
    /// Takes each at once; acknowledges none by itself.
    Manual,
    /// Takes none.
    Stalled,
}

/// One request a client made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When, since the beginning of the world.
    pub at: Duration,
    /// Method, URI, headers and body, byte for byte.
    pub bytes: Vec<u8>,
    /// The path alone.
    pub path: String,
}

/// A whole reply; or a cut one; or none.
pub(super) type Outcome =
    Result<Response<Bytes>, (Option<(Response<Bytes>, u32)>, Option<TransportErrorKind>)>;

pub(super) struct Peer {
    pub(super) client: Client,
    pub(super) reading: Reading,
    pub(super) events: Vec<Event>,
    pub(super) done: BTreeMap<CommandId, Completion>,
    pub(super) sent: Vec<Sent>,
    /// Commands that have not completed.
    pub(super) pending: BTreeSet<CommandId>,
    pub(super) is_dead: bool,
    in_flight: usize,
    is_over: bool,
    rules: BTreeMap<RequestId, (ReplyRule, String)>,
    used: BTreeSet<RequestId>,
}

impl Peer {
    pub(super) fn new(client: Client, in_flight: usize) -> Self {
        Self {
            client,
            reading: Reading::Prompt,
            events: Vec::new(),
            done: BTreeMap::new(),
            sent: Vec::new(),
            pending: BTreeSet::new(),
            is_dead: false,
            in_flight,
            is_over: false,
            rules: BTreeMap::new(),
            used: BTreeSet::new(),
        }
    }

    /// Writes a request down. What is wrong about it, if anything is.
    pub(super) fn note(&mut self, now: Duration, request: &OutgoingRequest) -> Option<String> {
        let path = request.http.uri().path().to_owned();
        let mut complaint = None;
        if !self.used.insert(request.id) {
            complaint = Some(format!("request id {} used twice", request.id));
        }
        let what = identity(&path, request.http.body());
        if self.rules.values().any(|(_, other)| *other == what) {
            complaint = Some(format!("{what} is in flight twice"));
        }
        let is_send = |what: &str| what.starts_with("webwxsendmsg");
        let sends = self
            .rules
            .values()
            .filter(|(_, other)| is_send(other))
            .count();
        if is_send(&what) && sends >= self.in_flight {
            complaint = Some(format!("more than {} sends in flight", self.in_flight));
        }
        if self.client.is_drained() {
            complaint = Some(format!("{path} after the end"));
        }
        self.rules.insert(request.id, (request.reply, path.clone()));
        self.sent.push(Sent {
            at: now,
            bytes: wire_form(&request.http),
            path,
        });
        complaint
    }

    /// Whether an event comes after the last one.
    pub(super) fn has_heard_the_end(&mut self, event: &Event) -> bool {
        let was_over = self.is_over;
        self.is_over |= matches!(event.kind, EventKind::Ended(_));
        was_over
    }

    /// Whether something is missing although the client says that it is done.
    pub(super) fn lacks_completions(&self) -> bool {
        self.client.is_drained() && !self.pending.is_empty()
    }

    pub(super) fn forget(&mut self, request: RequestId) {
        self.rules.remove(&request);
    }

    pub(super) fn hand_over(&mut self, now: Now, id: RequestId, what: Outcome) {
        let Some((rule, _)) = self.rules.remove(&id) else {
            return;
        };
        let reply = match what {
            Ok(reply) => {
                let (head, body) = reply.into_parts();
                let mut reader = rule.begin(head);
                reader.push(body);
                reader.finish().map(|(reply, _)| reply)
            }
            Err((Some((reply, keep)), _)) => {
                let (head, body) = reply.into_parts();
                let mut reader = rule.begin(head);
                let end = body.len() * usize::try_from(keep).unwrap_or(0) / 1000;
                reader.push(body.slice(..end.min(body.len())));
                Err(match reader.pull() {
                    Err(error) => error,
                    Ok(_) => reader.abort(TransportErrorKind::Reset.into()),
                })
            }
            Err((None, kind)) => Err(TransportError::new(
                kind.unwrap_or(TransportErrorKind::Other),
            )),
        };
        self.client.handle_reply(now, id, reply);
    }

    /// The application takes an event, if it does.
    pub(super) fn read(&mut self, now: Now) -> Option<Event> {
        if self.reading == Reading::Stalled {
            return None;
        }
        let event = self.client.poll_event()?;
        if self.reading == Reading::Prompt {
            self.client.acknowledge(now, event.id);
        }
        self.events.push(event.clone());
        Some(event)
    }
}

/// What may be in flight only once: any endpoint, but for sends, of which each message may be.
/// The poll and the sync count as one, because they never run side by side.
fn identity(path: &str, body: &[u8]) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "synccheck" => "webwxsync".to_owned(),
        "webwxsendmsg" => {
            let body = String::from_utf8_lossy(body);
            let id = body.split("\"LocalID\":").nth(1).unwrap_or_default();
            format!("{name} {}", id.split(',').next().unwrap_or_default())
        }
        name => name.to_owned(),
    }
}

//! One client and the application behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Class, Client, CommandId, Completion, Event, EventKind, Limits, Now, OutgoingRequest, Progress,
    ReadBlock, Reply, ReplyRule, RequestId, SourceError, Ticket, TransportError,
    TransportErrorKind,
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

/// One reply that reached a client, or whose beginning did.
#[derive(Clone, Debug)]
pub struct Came {
    /// The path that was asked for.
    pub path: String,
    /// The reply as it left the service.
    pub reply: Response<Bytes>,
    /// Not all of it came.
    pub is_cut: bool,
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
    /// What came back, if that is kept.
    pub(super) came: Option<Vec<Came>>,
    /// Commands that have not completed.
    pub(super) pending: BTreeSet<CommandId>,
    pub(super) is_dead: bool,
    /// The machine that it runs on sleeps until then.
    pub(super) asleep: Duration,
    /// What commands read from, and what they wrote.
    pub(super) sources: BTreeMap<CommandId, Bytes>,
    pub(super) sinks: BTreeMap<CommandId, Vec<u8>>,
    pub(super) progress: Vec<Progress>,
    limits: Limits,
    is_over: bool,
    rules: BTreeMap<RequestId, Open>,
    used: BTreeSet<RequestId>,
}

/// A request that was not answered.
struct Open {
    path: String,
    rule: ReplyRule,
    class: Class,
    /// What of it may be in flight only once.
    what: Option<String>,
}

impl Peer {
    pub(super) fn new(client: Client, limits: Limits) -> Self {
        Self {
            client,
            reading: Reading::Prompt,
            events: Vec::new(),
            done: BTreeMap::new(),
            sent: Vec::new(),
            came: None,
            pending: BTreeSet::new(),
            is_dead: false,
            asleep: Duration::ZERO,
            sources: BTreeMap::new(),
            sinks: BTreeMap::new(),
            progress: Vec::new(),
            limits,
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
        if what.is_some() && self.rules.values().any(|open| open.what == what) {
            complaint = Some(format!("{what:?} is in flight twice"));
        }
        let of = |class| self.rules.values().filter(move |open| open.class == class);
        let (calls, transfers) = (of(Class::Call).count(), of(Class::Transfer).count());
        if request.class == Class::Transfer && transfers >= self.limits.transfers.max(1) {
            complaint = Some(format!("more than {transfers} transfers in flight"));
        }
        // The status notification, a page of the address book and a lookup are no commands.
        const OTHERS: usize = 3;
        if calls + transfers > self.limits.in_flight.max(1).saturating_add(OTHERS) {
            complaint = Some(format!("{calls} calls and {transfers} transfers in flight"));
        }
        if self.client.is_drained() {
            complaint = Some(format!("{path} after the end"));
        }
        let open = Open {
            path: path.clone(),
            rule: request.reply,
            class: request.class,
            what,
        };
        self.rules.insert(request.id, open);
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
        let Some(Open { rule, path, .. }) = self.rules.remove(&id) else {
            return;
        };
        let reply = match &what {
            Ok(reply) => Some((reply, false)),
            Err((cut, _)) => cut.as_ref().map(|(reply, _)| (reply, true)),
        };
        if let (Some(came), Some((reply, is_cut))) = (&mut self.came, reply) {
            let reply = reply.clone();
            came.push(Came {
                path,
                reply,
                is_cut,
            });
        }
        let (whole, failure) = match what {
            Ok(reply) => (Some(reply), None),
            Err((Some((reply, keep)), _)) => {
                let (head, body) = reply.into_parts();
                let end = body.len() * usize::try_from(keep).unwrap_or(0) / 1000;
                let cut = body.slice(..end.min(body.len()));
                let failure = TransportErrorKind::Reset;
                (Some(Response::from_parts(head, cut)), Some(failure))
            }
            Err((None, kind)) => (None, Some(kind.unwrap_or(TransportErrorKind::Other))),
        };
        let reply = match whole {
            None => Err(TransportError::new(
                failure.unwrap_or(TransportErrorKind::Other),
            )),
            Some(reply) => self.receive(rule, reply, failure),
        };
        self.client.handle_reply(now, id, reply);
    }

    /// Reads a reply by its rule, as drivers do. `failure`: after it, the connection was lost.
    fn receive(
        &mut self,
        rule: ReplyRule,
        reply: Response<Bytes>,
        failure: Option<TransportErrorKind>,
    ) -> Result<Reply, TransportError> {
        let (head, body) = reply.into_parts();
        let mut sink = rule
            .streams_to()
            .and_then(|command| self.sinks.get_mut(&command));
        let mut write = |piece: Bytes| match &mut sink {
            Some(sink) => {
                sink.extend_from_slice(&piece);
                Ok(())
            }
            None => Err(TransportError::from(TransportErrorKind::Sink)),
        };
        let mut reader = rule.begin(head);
        // A connection brings what fits into its buffers.
        for start in (0..body.len()).step_by(BLOCK) {
            reader.push(body.slice(start..body.len().min(start + BLOCK)));
            while let Some(piece) = reader.pull()? {
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

    /// A block of a command's source, if there is one.
    pub(super) fn read_block(&mut self, now: Now, block: ReadBlock) {
        let source = self.sources.get(&block.command);
        let range = usize::try_from(block.offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(block.len)?));
        let data = match (source, range) {
            (None, _) => Err(SourceError::missing()),
            (Some(source), Some(range)) if range.end <= source.len() => Ok(source.slice(range)),
            (Some(_), _) => Err(SourceError::new(std::io::Error::from(
                std::io::ErrorKind::UnexpectedEof,
            ))),
        };
        self.client.handle_block(now, block.id, data);
    }

    /// When it is to be woken, of itself.
    pub(super) fn due(&self) -> Option<Duration> {
        let due = self.client.poll_timeout()?;
        Some(due.since_origin().max(self.asleep))
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

/// How much a connection brings at once.
const BLOCK: usize = 16 << 10;

/// What may be in flight only once: the steps of a login and the loop of a session, and each message
/// that is sent. The poll and the sync count as one, because they never run side by side.
fn identity(path: &str, body: &[u8]) -> Option<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name {
        "synccheck" | "webwxsync" => Some("webwxsync".to_owned()),
        "jslogin" | "login" | "webwxpushloginurl" | "webwxnewloginpage" | "webwxinit"
        | "webwxgetcontact" | "webwxlogout" => Some(name.to_owned()),
        name if name.starts_with("webwxsend") => {
            let body = String::from_utf8_lossy(body);
            let id = body.split("\"LocalID\":").nth(1).unwrap_or_default();
            Some(format!(
                "message {}",
                id.split(',').next().unwrap_or_default()
            ))
        }
        _ => None,
    }
}

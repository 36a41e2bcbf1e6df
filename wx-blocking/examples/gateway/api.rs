//! The routes, and who may use them.

use std::fmt::Debug;
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::{thread, time::Duration};

use http::header;
use serde_json::{Value, json};
use wx_blocking::wx_proto::driver::tls::rustls::crypto::ring;
use wx_blocking::wx_proto::{Attachment, ChatId, Client, CommandError, EventKind, Language};
use wx_blocking::wx_proto::{Limits, Misuse, MsgId, Phase, Receipt, Ret, SendFile, SendText};
use wx_blocking::{CallError, Events, Session};

use crate::feed::Feed;
use crate::wire::{Refusal, Request, answer, refuse};

/// Connections at a time; others wait until one of these ends.
const CONNECTIONS: usize = 32;

/// Bytes of a JSON body; phones send texts of 16 kB at most.
const JSON: u64 = 64 << 10;

/// How long a JSON body may take to come, and how long a file of 100 MB.
const JSON_TIME: Duration = Duration::from_secs(10);
const FILE_TIME: Duration = Duration::from_secs(300);

/// A session is well if the service was understood within this time. An idle poll is held for 25 s.
const LATELY: Duration = Duration::from_secs(120);

/// How long a request waits for news, or for its text to be sent: many clients give up after 30 s.
pub(crate) const WAIT: Duration = Duration::from_secs(25);

pub(crate) struct Gateway {
    session: Session,
    feed: Feed,
    own: SocketAddr,
    /// What every request but `GET /health` has to show.
    pub(crate) token: String,
    /// Held by the one request that brings a file: it takes room on the disk.
    file: Mutex<()>,
}

impl Gateway {
    /// Answers at this socket from now on.
    pub(crate) fn start(socket: TcpListener, session: Session) -> io::Result<Arc<Self>> {
        // From where sessions take their seeds.
        let mut token = [0; 16];
        let filled = ring::default_provider().secure_random.fill(&mut token);
        filled.map_err(|_| io::Error::other("no randomness"))?;
        let gateway = Arc::new(Self {
            session,
            feed: Feed::default(),
            own: socket.local_addr()?,
            token: token.iter().map(|byte| format!("{byte:02x}")).collect(),
            file: Mutex::default(),
        });
        for _ in 0..CONNECTIONS {
            let (gateway, socket) = (Arc::clone(&gateway), socket.try_clone()?);
            thread::Builder::new().spawn(move || gateway.serve(&socket))?;
        }
        Ok(gateway)
    }

    /// Takes in what happens, until the session is over.
    pub(crate) fn listen(&self, events: Events, mut watch: impl FnMut(&EventKind)) {
        for event in events {
            watch(&event.kind);
            self.feed.push(&event.kind);
        }
        self.feed.end();
    }

    fn serve(&self, socket: &TcpListener) {
        for tcp in socket.incoming() {
            let Ok(tcp) = tcp else {
                // Out of descriptors: some will come free.
                thread::sleep(Duration::from_millis(10));
                continue;
            };
            let granted = Request::read(&tcp).and_then(|request| self.grant(request));
            // Whoever asked may have gone.
            let _ = answer(&tcp, granted);
        }
    }

    fn grant(&self, request: Request<'_>) -> Result<Value, Refusal> {
        // A page in a browser that comes from elsewhere is betrayed by its `Origin`, or by its
        // `Host` if its name was made to point here.
        let local = format!("localhost:{}", self.own.port());
        let is_own = |host: &str| host == local || host == self.own.to_string();
        if !matches!(*request.all(header::HOST), [host] if is_own(host)) {
            return refuse(403, "foreign_host", "Host is not this gateway");
        }
        let is_home = |origin: &&str| origin.strip_prefix("http://").is_some_and(is_own);
        if !request.all(header::ORIGIN).iter().all(is_home) {
            return refuse(403, "foreign_origin", "Origin is not this gateway");
        }
        let route = request.route();
        if route != ("GET", "/health") && !self.is_shown_token(&request) {
            return refuse(401, "no_token", "send `Authorization: Bearer TOKEN`");
        }
        match route {
            ("GET", "/health") => {
                let look = |client: &Client| (client.phase(), client.health(LATELY).is_well());
                let (phase, well) = self.session.inspect(look).unwrap_or((Phase::Closed, false));
                let online = phase == Phase::Online;
                Ok(json!({ "phase": word(phase), "online": online, "well": well }))
            }
            ("GET", "/contacts") => {
                let name = request.param("name")?;
                self.look(|client| contacts(client, &name))
            }
            ("GET", "/events") => {
                let after = request.param("after")?.parse();
                let after = after.map_err(|why| Refusal::new(400, "bad_query", why))?;
                match self.feed.after(after, WAIT) {
                    Some(events) => Ok(events),
                    None => refuse(409, "ahead", "no such event yet; a start begins at 1"),
                }
            }
            ("GET", "/outbox") => self.look(outbox),
            ("POST", "/send") => self.send(request),
            ("POST", "/file") => self.file(request),
            _ => refuse(404, "no_route", "no such method, or no such path"),
        }
    }

    /// Takes the same time wherever the difference is.
    fn is_shown_token(&self, request: &Request<'_>) -> bool {
        let shown = request.all(header::AUTHORIZATION);
        let shown = shown.first().and_then(|it| it.strip_prefix("Bearer "));
        let shown = shown.unwrap_or_default();
        let pairs = shown.bytes().zip(self.token.bytes());
        shown.len() == self.token.len() && pairs.fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }

    fn send(&self, request: Request<'_>) -> Result<Value, Refusal> {
        let mut body = Vec::new();
        request.body(JSON, JSON_TIME)?.0.read_to_end(&mut body)?;
        let bad = |why: String| Refusal::new(400, "bad_json", why);
        let body: Value = serde_json::from_slice(&body).map_err(|why| bad(why.to_string()))?;
        let member = |name: &str| {
            let text = body.get(name).and_then(Value::as_str);
            text.ok_or_else(|| bad(format!("the member {name} is missing, or no string")))
        };
        let text = SendText::new(self.chat(member("chat")?)?, member("text")?);
        match self.session.begin(text).wait_for(WAIT) {
            Some(sent) => said(sent),
            None => refuse(504, "timed_out", "cancelled, or sent all the same"),
        }
    }

    fn file(&self, request: Request<'_>) -> Result<Value, Refusal> {
        let (chat, name) = (self.chat(&request.param("chat")?)?, request.param("name")?);
        let busy = |_| Refusal::new(503, "busy", "one file at a time");
        let _held = self.file.try_lock().map_err(busy)?;
        let (mut body, length) = request.body(Limits::default().file, FILE_TIME)?;
        let mut file = tempfile::tempfile()?;
        if io::copy(&mut body, &mut file)? < length {
            return refuse(400, "bad_request", "it ends too early");
        }
        let send = SendFile::new(chat, Attachment::source(name, length));
        said(self.session.call_reading(send, &mut file))
    }

    /// A chat that is known: a user name that is not may be of an earlier login.
    fn chat(&self, user_name: &str) -> Result<ChatId, Refusal> {
        let chat = self.look(|client| match client.roster().find(user_name) {
            None if user_name == "filehelper" => client.chat(user_name),
            known => known.map(|contact| contact.id.clone()),
        })?;
        chat.ok_or_else(|| Refusal::new(404, "unknown_chat", "ask /contacts for user names"))
    }

    /// A look at a session that is open.
    fn look<T>(&self, view: impl FnOnce(&Client) -> T) -> Result<T, Refusal> {
        let seen = self.session.inspect(|client| {
            let is_open = matches!(client.phase(), Phase::Online | Phase::Suspect);
            is_open.then(|| view(client))
        });
        let seen = seen.map_err(failed)?;
        seen.ok_or_else(|| failed(CommandError::NotOnline.into()))
    }
}

fn contacts(client: &Client, name: &str) -> Value {
    let found = client.roster().named(name).map(|contact| {
        json!({
            "user_name": contact.id.user_name(),
            "name": contact.name(),
            "kind": word(contact.kind),
            "remark": contact.remark_name(),
        })
    });
    json!({ "contacts": found.collect::<Vec<_>>() })
}

fn outbox(client: &Client) -> Value {
    let waiting = client.outbox().map(|item| {
        json!({
            "command": item.command,
            "chat": item.chat.as_ref().map(ChatId::user_name),
            "state": word(item.state),
            "progress": item.progress,
        })
    });
    json!({ "outbox": waiting.collect::<Vec<_>>() })
}

/// The name of a variant.
fn word(variant: impl Debug) -> String {
    format!("{variant:?}").to_lowercase()
}

fn said(sent: Result<Receipt, CallError>) -> Result<Value, Refusal> {
    let id = sent.map_err(failed)?.msg_id;
    Ok(json!({ "msg_id": id.as_ref().map(MsgId::as_str) }))
}

/// Why a command failed, and what to do about it as far as that is known.
fn failed(error: CallError) -> Refusal {
    use CommandError::{Misuse as Wrong, NotOnline, OutboxFull, Protocol, Rejected, Transport};
    let CallError::Command(error) = error else {
        return Refusal::new(503, "session_over", error);
    };
    let (status, code) = match &error {
        NotOnline => (503, "not_online"),
        OutboxFull => (429, "outbox_full"),
        Rejected { error, .. } if error.ret == Ret::TOO_OFTEN => (429, "refused"),
        Rejected { .. } => (502, "refused"),
        Protocol { .. } => (502, "not_understood"),
        Transport { .. } => (504, "no_reply"),
        Wrong(Misuse::TooLarge) => (413, "too_large"),
        Wrong(_) => (400, "misuse"),
        _ => (503, "not_done"),
    };
    let refused = match &error {
        Rejected { error, .. } => Some((error.ret.0, error.hint(Language::En))),
        _ => None,
    };
    let body = json!({
        "error": code,
        "message": error.to_string(),
        "retryable": error.is_retryable(),
        "maybe_sent": error.maybe_sent(),
        "ret": refused.map(|(ret, _)| ret),
        "hint": refused.map(|(_, hint)| hint),
    });
    Refusal(status, body)
}

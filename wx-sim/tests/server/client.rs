//! A client that writes its requests by hand, character by character, and keeps what the service
//! gave it. It knows nothing of the service's types.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response, header};
use serde_json::Value;
use wx_sim::server::{Act, Deed, ExchangeId, Record, Server, Setup, Whose};

use crate::requests::{Change, Dressed};

/// Sunday, 1 January 2023, 00:00:00 UTC.
pub(crate) const START: Duration = Duration::from_secs(1_672_531_200);

pub(crate) struct Client {
    pub(crate) server: Server,
    pub(crate) now: Duration,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) uuid: String,
    pub(crate) redirect: String,
    pub(crate) uin: String,
    pub(crate) sid: String,
    pub(crate) skey: String,
    pub(crate) pass_ticket: String,
    pub(crate) me: String,
    pub(crate) sync_key: Value,
    pub(crate) check_key: Value,
    pub(crate) base: Option<String>,
    exchange: u64,
    pub(crate) counter: u64,
    pub(crate) device: u64,
    pub(crate) sends: u64,
    /// What another page makes of a request before it leaves.
    pub(crate) dress: Change,
}

impl Client {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            base: setup.base.clone(),
            server: Server::new(setup),
            now: START,
            cookies: BTreeMap::new(),
            uuid: String::new(),
            redirect: String::new(),
            uin: String::new(),
            sid: String::new(),
            skey: String::new(),
            pass_ticket: String::new(),
            me: String::new(),
            sync_key: Value::Null,
            check_key: Value::Null,
            exchange: 0,
            counter: START.as_millis() as u64,
            device: 0,
            sends: 0,
            dress: |raw| raw,
        }
    }

    /// A client that has logged in and made its init; nothing was refused or remarked.
    pub(crate) fn online(setup: Setup) -> Self {
        let mut client = Self::new(setup);
        client.log_in();
        client.init();
        client
    }

    pub(crate) fn log_in(&mut self) {
        self.jslogin();
        self.follow_code();
    }

    /// Waits for the phone to confirm, and enters.
    pub(crate) fn follow_code(&mut self) {
        self.redirect = self.redirected();
        self.enter();
    }

    /// Polls the login at hand until it is confirmed; where it leads.
    pub(crate) fn redirected(&mut self) -> String {
        let mut tip = 1;
        for _ in 0..10 {
            let raw = self.poll_login(tip);
            let body = text(&self.ask(raw));
            tip = 0;
            if let Some((_, rest)) = body.split_once("redirect_uri=\"") {
                return rest.strip_suffix("\";").unwrap().to_owned();
            }
        }
        panic!("nobody confirmed");
    }

    /// Long runs outlive their cookies and end sessions by the way.
    pub(crate) fn log_in_if_over(&mut self) {
        let session = self.server.sessions().into_iter().next_back().unwrap();
        if session.over.is_some() || session.cookies_until < self.now + Duration::from_secs(3600) {
            self.log_in();
            self.init();
        }
    }

    /// A login that is pushed to the phone, up to the session.
    pub(crate) fn log_in_by_push(&mut self) {
        let raw = self.push_request();
        let reply = json(&self.ask(raw));
        assert_eq!(reply["ret"], "0");
        self.uuid = reply["uuid"].as_str().unwrap().to_owned();
        self.follow_code();
    }

    /// The name of a person or a room in the newest session of the newest account.
    pub(crate) fn name(&self, plain: &str) -> String {
        let account = self.server.sessions().last().unwrap().account;
        let peers = self.server.peers(account);
        let peer = peers.iter().find(|peer| peer.plain == plain);
        peer.unwrap_or_else(|| panic!("{plain}")).user_name.clone()
    }

    /// Something happens in the newest account.
    pub(crate) fn act(&mut self, act: Act) -> Option<u64> {
        let deed = Deed::In(Whose::Latest, act);
        self.server.act(self.now, deed).unwrap().msg_id
    }

    pub(crate) fn deed(&mut self, deed: Deed) {
        self.server.act(self.now, deed).unwrap();
    }

    /// One poll that brings news, and the `webwxsync` after it.
    pub(crate) fn news(&mut self) -> Value {
        assert_ne!(self.check().1, "0");
        self.sync()
    }

    pub(crate) fn jslogin(&mut self) {
        let raw = self.jslogin_request();
        let body = text(&self.ask(raw));
        let (_, uuid) = body.split_once("uuid = \"").unwrap();
        self.uuid = uuid.strip_suffix("\";").unwrap().to_owned();
    }

    pub(crate) fn enter(&mut self) {
        let raw = self.enter_request();
        let reply = self.ask(raw);
        let body = text(&reply);
        self.uin = tag(&body, "wxuin");
        self.sid = tag(&body, "wxsid");
        self.skey = tag(&body, "skey");
        self.pass_ticket = tag(&body, "pass_ticket");
        assert_eq!(self.cookies.get("wxsid"), Some(&self.sid));
    }

    pub(crate) fn init(&mut self) -> Value {
        let raw = self.init_request();
        let reply = json(&self.ask(raw));
        assert_eq!(ret(&reply), 0);
        self.skey = reply["SKey"].as_str().unwrap().to_owned();
        self.me = reply["User"]["UserName"].as_str().unwrap().to_owned();
        self.sync_key = reply["SyncKey"].clone();
        self.check_key = Value::Null;
        reply
    }

    /// One `synccheck`; its two numbers.
    pub(crate) fn check(&mut self) -> (String, String) {
        let raw = self.check_request();
        let body = text(&self.ask(raw));
        let number = |name: &str| {
            let (_, rest) = body.split_once(&format!("{name}:\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        (number("retcode"), number("selector"))
    }

    /// One `webwxsync`, whose keys are kept.
    pub(crate) fn sync(&mut self) -> Value {
        let raw = self.sync_request();
        let reply = json(&self.ask(raw));
        if ret(&reply) == 0 {
            self.sync_key = reply["SyncKey"].clone();
            self.check_key = reply["SyncCheckKey"].clone();
        }
        reply
    }

    /// Polls and syncs until a poll brings nothing; all messages that came.
    pub(crate) fn drain(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        for _ in 0..100 {
            if self.check().1 == "0" {
                return messages;
            }
            loop {
                let reply = self.sync();
                messages.extend(reply["AddMsgList"].as_array().unwrap().iter().cloned());
                if reply["ContinueFlag"] == 0 {
                    break;
                }
            }
        }
        panic!("no end of news");
    }

    /// Sends a request and waits for its reply, however long the service holds it.
    pub(crate) fn ask(&mut self, request: impl Dressed) -> Response<Bytes> {
        let id = self.start(request);
        loop {
            if let Some((answered, reply)) = self.server.poll_reply() {
                if answered == id {
                    self.keep_cookies(reply.headers());
                    return reply;
                }
                continue;
            }
            self.now = self
                .server
                .poll_timeout()
                .expect("a held request ends")
                .max(self.now);
            self.server.handle_timeout(self.now);
        }
    }

    /// Sends a request and waits for the `Ret` of its reply.
    pub(crate) fn answer(&mut self, request: impl Dressed) -> i64 {
        ret(&json(&self.ask(request)))
    }

    /// Sends a request without waiting.
    pub(crate) fn start(&mut self, request: impl Dressed) -> ExchangeId {
        self.exchange += 1;
        let id = ExchangeId(self.exchange);
        self.server
            .accept(self.now, id, request.dressed(self.dress));
        id
    }

    /// Waits some time; replies that come are dropped.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
        self.server.handle_timeout(self.now);
        while self.server.poll_reply().is_some() {}
    }

    /// Keeps the cookies of a reply as a jar would.
    pub(crate) fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(crate) fn last(&self) -> &Record {
        self.server.records().last().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A reply nobody waits for would hide a fault of the service.
        if !std::thread::panicking() {
            assert!(self.server.poll_reply().is_none(), "a reply was left over");
        }
    }
}

pub(crate) fn text(reply: &Response<Bytes>) -> String {
    let gzip = reply
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|v| v == "gzip");
    if gzip {
        let mut out = String::new();
        flate2::read::GzDecoder::new(reply.body().as_ref())
            .read_to_string(&mut out)
            .unwrap();
        out
    } else {
        String::from_utf8(reply.body().to_vec()).unwrap()
    }
}

/// The JSON of a reply; raw control characters are none the parser takes.
pub(crate) fn json(reply: &Response<Bytes>) -> Value {
    serde_json::from_str(&text(reply).replace('\u{1b}', "\\u001b")).unwrap()
}

pub(crate) fn ret(reply: &Value) -> i64 {
    reply["BaseResponse"]["Ret"].as_i64().unwrap()
}

pub(crate) fn tag(xml: &str, name: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap();
    rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
}

/// The record of somebody in the list of changes.
pub(crate) fn changed<'a>(news: &'a Value, name: &str) -> &'a Value {
    let list = news["ModContactList"].as_array().unwrap();
    let mut found = list.iter().filter(|contact| contact["UserName"] == name);
    found.next().unwrap_or_else(|| panic!("{name} in {news}"))
}

//! A client that writes its requests by hand, character by character, and keeps what the service
//! gave it. It knows nothing of the service's types.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use serde_json::Value;
use wx_sim::server::{ExchangeId, Record, Server, Setup};

/// Sunday, 1 January 2023, 00:00:00 UTC.
pub(crate) const START: Duration = Duration::from_secs(1_672_531_200);

/// A request before it becomes one.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Raw {
    /// Replaces text in the address and in the body; it must be there.
    pub(crate) fn with(mut self, old: &str, new: &str) -> Self {
        assert!(
            self.uri.contains(old) || self.body.contains(old),
            "{old} in {self:?}"
        );
        self.uri = self.uri.replace(old, new);
        self.body = self.body.replace(old, new);
        self
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    /// Drops a query parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        let (path, query) = self.uri.split_once('?').unwrap();
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        assert_ne!(
            kept.len(),
            query.split('&').count(),
            "{name} in {}",
            self.uri
        );
        self.uri = format!("{path}?{}", kept.join("&"));
        self
    }

    /// Gives a query parameter another value, as it stands on the wire.
    pub(crate) fn param(self, name: &str, value: &str) -> Self {
        let mut raw = self.without(name);
        raw.uri = format!("{}&{name}={value}", raw.uri);
        raw
    }

    pub(crate) fn header(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.headers.retain(|(have, _)| *have != name);
        self.headers
            .extend(value.map(|value| (name, value.to_owned())));
        self
    }

    fn build(self) -> Request<Bytes> {
        let mut request = Request::builder().method(self.method).uri(self.uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(self.body)).unwrap()
    }
}

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
    base: Option<String>,
    exchange: u64,
    counter: u64,
    device: u64,
    sends: u64,
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
        let mut tip = 1;
        for _ in 0..10 {
            let raw = self.poll_login(tip);
            let body = text(&self.ask(raw));
            tip = 0;
            if let Some((_, rest)) = body.split_once("redirect_uri=\"") {
                self.redirect = rest.strip_suffix("\";").unwrap().to_owned();
                self.enter();
                return;
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
    pub(crate) fn ask(&mut self, raw: Raw) -> Response<Bytes> {
        let id = self.start(raw);
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

    /// Sends a request without waiting.
    pub(crate) fn start(&mut self, raw: Raw) -> ExchangeId {
        self.exchange += 1;
        let id = ExchangeId(self.exchange);
        self.server.accept(self.now, id, raw.build());
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

    // The requests, as the page sends them.

    pub(crate) fn jslogin_request(&mut self) -> Raw {
        let counter = self.next_counter();
        self.get(
            "login.wx2.qq.com",
            &format!(
                "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx2.qq.com%2Fcgi-bin\
                 %2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_={counter}"
            ),
        )
    }

    pub(crate) fn poll_login(&mut self, tip: u32) -> Raw {
        let counter = self.next_counter();
        let uuid = self.uuid.replace('=', "%3D");
        let r = self.inverted();
        self.get(
            "login.wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid={uuid}&tip={tip}&r={r}&_={counter}"
            ),
        )
    }

    pub(crate) fn enter_request(&mut self) -> Raw {
        let (_, rest) = self.redirect.split_once("/cgi-bin/").unwrap();
        let path = format!("/cgi-bin/{rest}&fun=new&version=v2");
        self.get("wx2.qq.com", &path)
    }

    pub(crate) fn init_request(&mut self) -> Raw {
        let (r, ticket, base) = (self.inverted(), self.ticket(), self.base_request());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxinit?r={r}&lang=zh_CN&pass_ticket={ticket}"),
            &format!("{{{base}}}"),
        )
    }

    pub(crate) fn notify_request(&mut self, code: u32, to: &str) -> Raw {
        let (ticket, base, ms, me) = (
            self.ticket(),
            self.base_request(),
            self.ms(),
            self.me.clone(),
        );
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket={ticket}"),
            &format!(
                "{{{base},\"Code\":{code},\"FromUserName\":\"{me}\",\"ToUserName\":\"{to}\",\
                 \"ClientMsgId\":{ms}}}"
            ),
        )
    }

    pub(crate) fn contacts_request(&mut self, seq: u64) -> Raw {
        let (ticket, ms, skey) = (self.ticket(), self.ms(), quote(&self.skey));
        self.get(
            "wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket={ticket}&r={ms}\
                 &seq={seq}&skey={skey}"
            ),
        )
    }

    /// A batch; rooms and people are told apart by their names.
    pub(crate) fn batch_request(&mut self, names: &[&str]) -> Raw {
        let (ticket, ms, base) = (self.ticket(), self.ms(), self.base_request());
        let entries: Vec<String> = names
            .iter()
            .map(|name| {
                let key = if name.starts_with("@@") {
                    "ChatRoomId"
                } else {
                    "EncryChatRoomId"
                };
                format!("{{\"UserName\":\"{name}\",\"{key}\":\"\"}}")
            })
            .collect();
        self.post(
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxbatchgetcontact?type=ex&r={ms}&lang=zh_CN\
                 &pass_ticket={ticket}"
            ),
            &format!(
                "{{{base},\"Count\":{},\"List\":[{}]}}",
                names.len(),
                entries.join(",")
            ),
        )
    }

    pub(crate) fn check_request(&mut self) -> Raw {
        let keys = if self.check_key.is_null() {
            &self.sync_key
        } else {
            &self.check_key
        };
        let keys: Vec<String> = keys["List"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| format!("{}_{}", item["Key"], item["Val"]))
            .collect();
        let counter = self.next_counter();
        let device = self.next_device();
        self.get(
            "webpush.wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/synccheck?r={}&skey={}&sid={}&uin={}&deviceid={device}\
                 &synckey={}&_={counter}",
                self.ms(),
                quote(&self.skey),
                quote(&self.sid),
                self.uin,
                keys.join("%7C")
            ),
        )
    }

    pub(crate) fn sync_request(&mut self) -> Raw {
        let (sid, skey, ticket) = (quote(&self.sid), quote(&self.skey), self.ticket());
        let (base, keys, rr) = (
            self.base_request(),
            self.sync_key.to_string(),
            self.inverted(),
        );
        self.post(
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxsync?sid={sid}&skey={skey}&lang=zh_CN\
                 &pass_ticket={ticket}"
            ),
            &format!("{{{base},\"SyncKey\":{keys},\"rr\":{rr}}}"),
        )
    }

    /// A text under a new id; `content` as it stands between the quotes.
    pub(crate) fn send_request(&mut self, to: &str, content: &str) -> Raw {
        self.sends += 1;
        let id = format!("{}{:04}", self.ms(), self.sends);
        let (ticket, base, me) = (self.ticket(), self.base_request(), self.me.clone());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket={ticket}"),
            &format!(
                "{{{base},\"Msg\":{{\"Type\":1,\"Content\":\"{content}\",\"FromUserName\":\"{me}\",\
                 \"ToUserName\":\"{to}\",\"LocalID\":\"{id}\",\"ClientMsgId\":\"{id}\"}},\
                 \"Scene\":0}}"
            ),
        )
    }

    pub(crate) fn push_request(&mut self) -> Raw {
        let path = format!("/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin={}", self.uin);
        self.get("wx2.qq.com", &path)
    }

    pub(crate) fn logout_request(&mut self) -> Raw {
        let skey = quote(&self.skey);
        let body = format!("sid={}&uin={}", quote(&self.sid), self.uin);
        let path = format!("/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey={skey}");
        self.post(&path, &body)
            .header("Content-Type", Some("application/x-www-form-urlencoded"))
    }

    pub(crate) fn get(&mut self, host: &str, path: &str) -> Raw {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = vec![
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
            ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8".to_owned()),
            ("Referer", "https://wx2.qq.com/".to_owned()),
        ];
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.join("; ")));
        }
        let uri = match &self.base {
            Some(_) => path.to_owned(),
            None => format!("https://{host}{path}"),
        };
        Raw {
            method: "GET",
            uri,
            headers,
            body: String::new(),
        }
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> Raw {
        let mut raw = self.get("wx2.qq.com", path).method("POST").body(body);
        raw.headers
            .push(("Content-Type", "application/json;charset=UTF-8".to_owned()));
        raw
    }

    fn ms(&self) -> u64 {
        self.now.as_millis() as u64
    }

    fn inverted(&self) -> i32 {
        !(self.ms() as i32)
    }

    fn ticket(&self) -> String {
        self.pass_ticket.replace('%', "%25")
    }

    fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn next_device(&mut self) -> String {
        self.device += 1;
        format!("e{:015}", self.device)
    }

    fn base_request(&mut self) -> String {
        let device = self.next_device();
        format!(
            "\"BaseRequest\":{{\"Uin\":{},\"Sid\":\"{}\",\"Skey\":\"{}\",\"DeviceID\":\"{device}\"}}",
            self.uin, self.sid, self.skey
        )
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

fn quote(value: &str) -> String {
    value
        .replace('%', "%25")
        .replace('@', "%40")
        .replace('+', "%2B")
        .replace('/', "%2F")
}

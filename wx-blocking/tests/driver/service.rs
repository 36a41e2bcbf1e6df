//! A service of a few hundred bytes: one login, one friend, canned replies.
//!
//! It speaks raw bytes, so that tests see what was sent and can answer in ways no server should.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use wx_blocking::{
    Events, Session, Transport,
    wx_proto::{Config, EventKind, Hosts, Message, Pace, SendText},
};

/// Bounds each wait; nothing here takes a tenth of it on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const ME: &str = "@5e1f00c0ffee";
pub(crate) const FRIEND: &str = "@b07d00c0ffee";

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Request line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) path: String,
    /// How many requests to this path came before.
    pub(crate) nth: usize,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(header, _)| header.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
    }

    pub(crate) fn is_to(&self, end: &str) -> bool {
        self.path.ends_with(end)
    }
}

/// What to do about a request.
pub(crate) enum Act {
    /// Answer, keep the connection.
    Say(Vec<u8>),
    /// Answer, end the connection.
    SayAndClose(Vec<u8>),
    /// Write this over and over, until nobody takes it any more.
    Flood { head: Vec<u8>, block: Vec<u8> },
    /// Say this and nothing more, until the other side ends the connection.
    SayAndHold(Vec<u8>),
}

type Answer = dyn Fn(&Request) -> Option<Act> + Send + Sync;

/// What a service speaks over.
pub(crate) trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// The service. `None` from its answering function means: as usual.
pub(crate) struct Service {
    answer: Box<Answer>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<usize>,
    /// Requests whose sender hung up while it waited, and when.
    hung_up: Mutex<Vec<(String, Instant)>>,
    flooded: Mutex<usize>,
}

impl Service {
    pub(crate) fn new(
        answer: impl Fn(&Request) -> Option<Act> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            answer: Box::new(answer),
            requests: Mutex::default(),
            connections: Mutex::default(),
            hung_up: Mutex::default(),
            flooded: Mutex::default(),
        })
    }

    pub(crate) fn usual() -> Arc<Self> {
        Self::new(|_| None)
    }

    /// A session with this service.
    pub(crate) fn session(self: &Arc<Self>) -> (Session, Events) {
        Session::spawn(config(&self.listen()), &Transport::new().unwrap())
    }

    /// Listens on a port of this machine. Returns the URL of it.
    pub(crate) fn listen(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::clone(self);
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let service = Arc::clone(&service);
                thread::spawn(move || {
                    service.serve(&mut &stream);
                    let _ = stream.shutdown(Shutdown::Write);
                    drain(stream);
                });
            }
        });
        url
    }

    pub(crate) fn serve(&self, stream: &mut dyn Stream) {
        *self.connections.lock().unwrap() += 1;
        while let Some(request) = self.read(stream) {
            match (self.answer)(&request).unwrap_or_else(|| usual(&request)) {
                Act::Say(bytes) => {
                    if stream.write_all(&bytes).is_err() {
                        return;
                    }
                }
                Act::SayAndClose(bytes) => {
                    let _ = stream.write_all(&bytes);
                    return;
                }
                Act::Flood { head, block } => {
                    let _ = stream.write_all(&head);
                    while stream.write_all(&block).is_ok() {
                        *self.flooded.lock().unwrap() += block.len();
                    }
                    return;
                }
                Act::SayAndHold(bytes) => {
                    let _ = stream.write_all(&bytes);
                    let _ = stream.read(&mut [0]);
                    let mut hung_up = self.hung_up.lock().unwrap();
                    return hung_up.push((request.path, Instant::now()));
                }
            }
        }
    }

    fn read(&self, stream: &mut dyn Stream) -> Option<Request> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.extend(byte);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split([' ', '?']).nth(1).unwrap().to_owned();
        let mut request = Request {
            head,
            body: String::new(),
            path,
            nth: 0,
        };
        let length = request
            .header("Content-Length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        request.body = String::from_utf8(body).unwrap();
        request.nth = self.requests_to(&request.path).len();
        self.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The requests whose path ends like this.
    pub(crate) fn requests_to(&self, end: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.is_to(end));
        requests
    }

    /// How many connections there were up to now.
    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    pub(crate) fn hung_up(&self) -> Vec<(String, Instant)> {
        self.hung_up.lock().unwrap().clone()
    }

    /// Bytes that were taken from [`Act::Flood`].
    pub(crate) fn flooded(&self) -> usize {
        *self.flooded.lock().unwrap()
    }
}

/// Closing with unread bytes would be a reset, which may overtake what was written.
fn drain(mut stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    while matches!(stream.read(&mut [0; 1024]), Ok(1..)) {}
}

/// Settings for a service at `url`, without pacing.
pub(crate) fn config(url: &str) -> Config {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(url).unwrap();
    config.pace = Pace::FREE;
    config
}

/// Waits for something that is soon true.
pub(crate) fn eventually(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < PATIENCE, "it never came true");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Reads events until one is of this kind.
pub(crate) fn until<T>(events: &mut Events, pick: impl Fn(EventKind) -> Option<T>) -> T {
    loop {
        let event = events.next_within(PATIENCE).expect("it never came");
        if let Some(found) = pick(event.expect("the session ended before that").kind) {
            return found;
        }
    }
}

pub(crate) fn online(events: &mut Events) {
    until(events, |kind| {
        matches!(kind, EventKind::Online(_)).then_some(())
    });
}

pub(crate) fn message(events: &mut Events) -> Message {
    until(events, |kind| match kind {
        EventKind::Message(message) => Some(message),
        _ => None,
    })
}

/// A text to the friend.
pub(crate) fn text(session: &Session, text: &str) -> SendText {
    let chat = session.inspect(|client| client.chat(FRIEND)).unwrap();
    SendText::new(chat.unwrap(), text)
}

/// A whole response with a body of known length.
pub(crate) fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let mut reply =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}

pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    reply("200 OK", "Content-Type: text/plain\r\n", body)
}

fn usual(request: &Request) -> Act {
    let name = request.path.rsplit('/').next().unwrap();
    let host = request.header("Host").unwrap();
    Act::Say(ok(match name {
        "jslogin" => JSLOGIN.to_owned(),
        "login" => confirmed(host),
        "webwxnewloginpage" => PAGE.to_owned(),
        "webwxinit" => init(),
        "webwxgetcontact" => {
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MemberCount":0,"MemberList":[],"Seq":0}"#
                .into()
        }
        "synccheck" => return Act::SayAndHold(Vec::new()),
        "webwxsync" => sync(&[], request.nth),
        "webwxsendmsg" => {
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"4611686018427387001","LocalID":"1"}"#
                .into()
        }
        _ => r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#.into(),
    }))
}

pub(crate) const JSLOGIN: &str =
    r#"window.QRLogin.code = 200; window.QRLogin.uuid = "Yd3kq_V0Tw==";"#;

pub(crate) const PAGE: &str = "<error><ret>0</ret><message></message><skey>@crypt_1f_00ff</skey>\
    <wxsid>Zx3K9f</wxsid><wxuin>2100045678</wxuin><pass_ticket>Qx7%2Bm</pass_ticket>\
    <isgrayscale>1</isgrayscale></error>";

fn confirmed(host: &str) -> String {
    format!(
        "window.code=200;\nwindow.redirect_uri=\"http://{host}/cgi-bin/mmwebwx-bin/\
         webwxnewloginpage?ticket=AbC_d@qrticket_0&uuid=Yd3kq_V0Tw==&lang=zh_CN&scan=1672531200\";"
    )
}

pub(crate) fn init() -> String {
    let keys = sync_key(0);
    format!(
        r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"Count":1,
"ContactList":[{{"UserName":"{FRIEND}","NickName":"Ann","ContactFlag":3}}],
"SyncKey":{keys},"User":{{"Uin":2100045678,"UserName":"{ME}","NickName":"Bot"}},
"ChatSet":"{FRIEND},","SKey":"@crypt_1f_00ff","SystemTime":1672531206}}"#
    )
}

pub(crate) fn check(selector: u8) -> String {
    format!("window.synccheck={{retcode:\"0\",selector:\"{selector}\"}}")
}

/// A sync that brings these texts from the friend. `nth` makes ids and keys its own.
pub(crate) fn sync(texts: &[&str], nth: usize) -> String {
    let messages: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(index, text)| {
            format!(
                r#"{{"MsgId":"46116860{nth:06}{index:04}","FromUserName":"{FRIEND}",
"ToUserName":"{ME}","MsgType":1,"Content":"{text}","Status":3,"CreateTime":1672531300}}"#
            )
        })
        .collect();
    let (count, messages, keys) = (messages.len(), messages.join(","), sync_key(nth + 1));
    format!(
        r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"AddMsgCount":{count},"AddMsgList":[{messages}],
"ModContactCount":0,"ModContactList":[],"DelContactCount":0,"DelContactList":[],
"ContinueFlag":0,"SyncKey":{keys},"SyncCheckKey":{keys},"SKey":""}}"#
    )
}

fn sync_key(nth: usize) -> String {
    format!(
        r#"{{"Count":2,"List":[{{"Key":1,"Val":{}}},{{"Key":2,"Val":{}}}]}}"#,
        7041 + nth,
        7042 + nth
    )
}

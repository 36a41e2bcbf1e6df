//! A service of a few hundred bytes: one login, one friend, canned replies.
//!
//! It speaks raw bytes, so that tests see what was sent and can answer in ways no server should.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex},
    net::TcpListener,
    time::{Instant, sleep},
};
use wx_tokio::{
    Events, Session, Transport,
    wx_proto::{
        Config, Event, EventKind, Hosts, Message, Pace,
        driver::{Roots, TransportConfig},
    },
};

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
    /// Which connection it came over.
    pub(crate) connection: usize,
    pub(crate) at: Instant,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(header, _)| *header == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
    }
}

/// What to do about a request.
pub(crate) enum Act {
    /// Answer, keep the connection.
    Say(Vec<u8>),
    /// Write this over and over, until nobody takes it any more.
    Flood { head: Vec<u8>, block: Vec<u8> },
    /// Say nothing for so long, then answer.
    Hold(Duration, Vec<u8>),
    /// Say nothing, ever.
    Silence,
}

type Answer = dyn Fn(&Request) -> Option<Act> + Send + Sync;

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

    /// A session with this service, over memory: with a paused clock, all of it is virtual time.
    pub(crate) fn session(self: &Arc<Self>) -> (Session, Events) {
        self.session_with(config("http://localhost"))
    }

    pub(crate) fn session_with(self: &Arc<Self>, config: Config) -> (Session, Events) {
        Session::spawn(config, &self.in_memory())
    }

    pub(crate) fn in_memory(self: &Arc<Self>) -> Transport {
        let service = Arc::clone(self);
        Transport::with_connector(move |_| {
            let (near, far) = duplex(64 << 10);
            tokio::spawn(Arc::clone(&service).serve(far));
            async move { Ok(near) }
        })
    }

    /// Listens on a port of this machine. Returns the URL of it.
    pub(crate) async fn listen(self: &Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&service).serve(stream));
            }
        });
        url
    }

    pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(self: Arc<Self>, mut stream: S) {
        let connection = {
            let mut connections = self.connections.lock().unwrap();
            *connections += 1;
            *connections
        };
        while let Some(request) = self.read(&mut stream, connection).await {
            let act = (self.answer)(&request).unwrap_or_else(|| usual(&request));
            match act {
                Act::Say(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Act::Flood { head, block } => {
                    let _ = stream.write_all(&head).await;
                    while stream.write_all(&block).await.is_ok() {
                        *self.flooded.lock().unwrap() += block.len();
                    }
                    return;
                }
                Act::Hold(time, bytes) => {
                    tokio::select! {
                        () = sleep(time) => {
                            if stream.write_all(&bytes).await.is_err() {
                                return;
                            }
                        }
                        _ = stream.read_u8() => return self.note_hang_up(request.path),
                    }
                }
                Act::Silence => {
                    let _ = stream.read_u8().await;
                    return self.note_hang_up(request.path);
                }
            }
        }
    }

    async fn read<S: AsyncRead + Unpin>(
        &self,
        stream: &mut S,
        connection: usize,
    ) -> Option<Request> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split([' ', '?']).nth(1).unwrap().to_owned();
        let mut request = Request {
            head,
            body: String::new(),
            path,
            nth: 0,
            connection,
            at: Instant::now(),
        };
        let length = request
            .header("Content-Length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        request.body = String::from_utf8(body).unwrap();
        request.nth = self.requests_to(&request.path).len();
        self.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    fn note_hang_up(&self, path: String) {
        self.hung_up.lock().unwrap().push((path, Instant::now()));
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The requests whose path ends like this.
    pub(crate) fn requests_to(&self, end: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.path.ends_with(end));
        requests
    }

    pub(crate) fn hung_up(&self) -> Vec<(String, Instant)> {
        self.hung_up.lock().unwrap().clone()
    }

    /// Bytes that were taken from [`Act::Flood`].
    pub(crate) fn flooded(&self) -> usize {
        *self.flooded.lock().unwrap()
    }
}

/// A transport over sockets.
pub(crate) fn direct() -> Transport {
    Transport::with_config(&trusting(Roots::ExtraOnly, b"")).unwrap()
}

pub(crate) fn trusting(roots: Roots, extra_roots: &[u8]) -> TransportConfig {
    let mut config = TransportConfig::default();
    config.roots = roots;
    config.extra_roots = extra_roots.to_vec();
    config
}

/// Settings for a service at `url`, without pacing.
pub(crate) fn config(url: &str) -> Config {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(url).unwrap();
    config.pace = Pace::FREE;
    config
}

/// Reads events until one is of this kind.
pub(crate) async fn until<T>(events: &mut Events, pick: impl Fn(EventKind) -> Option<T>) -> T {
    loop {
        let Event { kind, .. } = events.next().await.expect("the session ended before that");
        if let Some(found) = pick(kind) {
            return found;
        }
    }
}

pub(crate) async fn online(events: &mut Events) {
    until(events, |kind| {
        matches!(kind, EventKind::Online(_)).then_some(())
    })
    .await;
}

pub(crate) async fn message(events: &mut Events) -> Message {
    until(events, |kind| match kind {
        EventKind::Message(message) => Some(message),
        _ => None,
    })
    .await
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
        "synccheck" => return Act::Hold(Duration::from_secs(25), ok(check(0))),
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

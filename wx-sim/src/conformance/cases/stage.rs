//! A service of a few hundred bytes, for what a real server would never do, and to see the very
//! bytes of requests: one login, canned replies.

use std::{
    collections::BTreeMap,
    io::{ErrorKind, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::scene::PATIENCE;

/// One request, as it came.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// Request line and headers.
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// The path without the query.
    pub(super) path: String,
    /// How many requests to this path came before.
    pub(super) nth: usize,
}

impl Seen {
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.lines().skip(1);
        lines.filter_map(|line| line.split_once(": "))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self
            .headers()
            .filter(|(have, _)| have.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }
}

/// What to do about a request.
pub(super) enum Play {
    /// Answer, keep the connection.
    Say(Vec<u8>),
    /// Answer, end the connection.
    SayAndClose(Vec<u8>),
    /// Write this over and over, until nobody takes it any more, or too much was taken.
    Flood { head: Vec<u8>, block: Vec<u8> },
}

/// More than any limit and all buffers on the way together.
pub(super) const FLOOD: usize = 128 << 20;

/// The service; its threads end when it is dropped.
pub(super) struct Stage {
    shared: Arc<Shared>,
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    answer: Box<dyn Fn(&Seen) -> Option<Play> + Send + Sync>,
    seen: Mutex<Vec<Seen>>,
    open: Mutex<BTreeMap<u64, TcpStream>>,
    flooded: Mutex<usize>,
    closing: AtomicBool,
}

impl Stage {
    /// `None` of the answering function means: as usual.
    pub(super) fn new(answer: impl Fn(&Seen) -> Option<Play> + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("no free port on this machine");
        let address = socket.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            seen: Mutex::default(),
            open: Mutex::default(),
            flooded: Mutex::default(),
            closing: AtomicBool::new(false),
        });
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.accept(&socket)
        });
        Self {
            shared,
            address,
            thread: Some(thread),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests whose path ends like this.
    pub(super) fn seen(&self, end: &str) -> Vec<Seen> {
        let seen = lock(&self.shared.seen);
        let of_path = seen.iter().filter(|seen| seen.path.ends_with(end));
        of_path.cloned().collect()
    }

    /// Bytes that were taken of a flood.
    pub(super) fn flooded(&self) -> usize {
        *lock(&self.shared.flooded)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        // `accept` cannot be interrupted; a connection wakes it.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn accept(self: Arc<Self>, socket: &TcpListener) {
        let mut threads = Vec::new();
        for number in 0_u64.. {
            let accepted = socket.accept();
            if self.closing.load(Ordering::SeqCst) {
                break;
            }
            let Ok((stream, _)) = accepted else { continue };
            let Ok(second) = stream.try_clone() else {
                continue;
            };
            lock(&self.open).insert(number, second);
            let shared = Arc::clone(&self);
            threads.push(thread::spawn(move || {
                shared.serve(stream);
                lock(&shared.open).remove(&number);
            }));
        }
        for stream in lock(&self.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn serve(&self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        while let Some(seen) = self.read(&mut stream) {
            let play = (self.answer)(&seen).or_else(|| usual(&seen));
            let kept = match play {
                Some(Play::Say(bytes)) => stream.write_all(&bytes).is_ok(),
                Some(Play::SayAndClose(bytes)) => {
                    let _ = stream.write_all(&bytes);
                    false
                }
                Some(Play::Flood { head, block }) => {
                    let mut taken = stream.write_all(&head).is_ok();
                    while taken && *lock(&self.flooded) < FLOOD {
                        taken = stream.write_all(&block).is_ok();
                        *lock(&self.flooded) += block.len();
                    }
                    false
                }
                None => {
                    let held = self.hold(&mut stream);
                    held && stream.write_all(&ok(QUIET)).is_ok()
                }
            };
            if !kept {
                return;
            }
        }
    }

    /// Holds a poll. `false`: the client hung up.
    fn hold(&self, stream: &mut TcpStream) -> bool {
        let until = Instant::now() + PATIENCE * 2;
        let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
        while Instant::now() < until {
            match stream.read(&mut [0]) {
                Err(error) if is_timeout(error.kind()) => {}
                _ => return false,
            }
        }
        let _ = stream.set_read_timeout(None);
        true
    }

    fn read(&self, stream: &mut TcpStream) -> Option<Seen> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).ok()?;
            head.extend_from_slice(&byte);
        }
        let head = String::from_utf8(head).ok()?;
        let target = head.split(' ').nth(1)?;
        let path = target.split('?').next()?.to_owned();
        let mut seen = Seen {
            head,
            body: Vec::new(),
            path,
            nth: 0,
        };
        let length = seen.header("Content-Length").map_or(Ok(0), str::parse);
        seen.body = vec![0; length.ok()?];
        stream.read_exact(&mut seen.body).ok()?;
        let mut all = lock(&self.seen);
        seen.nth = all.iter().filter(|before| before.path == seen.path).count();
        all.push(seen.clone());
        Some(seen)
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// A case that panics shall fail by its own words.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A whole response with a body of known length.
pub(super) fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = body.len();
    let mut reply =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n").into_bytes();
    reply.extend_from_slice(body);
    reply
}

pub(super) fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    reply("200 OK", "Content-Type: text/plain\r\n", body)
}

/// The reply to a request for a QR code.
pub(super) const JSLOGIN: &str =
    r#"window.QRLogin.code = 200; window.QRLogin.uuid = "4dT8_wQe1A==";"#;

const QUIET: &str = r#"window.synccheck={retcode:"0",selector:"0"}"#;

/// The page that hands the keys out.
pub(super) const PAGE: &str = "<error><ret>0</ret><message></message>\
    <skey>@crypt_3c_55aa</skey><wxsid>Hq7Lw2</wxsid><wxuin>1900055512</wxuin>\
    <pass_ticket>Vn3%2Fk</pass_ticket><isgrayscale>1</isgrayscale></error>";

const KEYS: &str = r#"{"Count":2,"List":[{"Key":1,"Val":5101},{"Key":2,"Val":5102}]}"#;

/// `None`: hold it.
fn usual(seen: &Seen) -> Option<Play> {
    let base = r#""BaseResponse":{"Ret":0,"ErrMsg":""}"#;
    let body = match seen.path.rsplit('/').next()? {
        "synccheck" => return None,
        "jslogin" => JSLOGIN.to_owned(),
        "login" => {
            let host = seen.header("Host")?;
            format!(
                "window.code=200;\nwindow.redirect_uri=\"http://{host}/cgi-bin/mmwebwx-bin/\
                 webwxnewloginpage?ticket=Kp_s@qrticket_0&uuid=4dT8_wQe1A==&lang=zh_CN\
                 &scan=1690000000\";"
            )
        }
        "webwxnewloginpage" => PAGE.to_owned(),
        "webwxinit" => format!(
            r#"{{{base},"Count":0,"ContactList":[],"SyncKey":{KEYS},"ChatSet":"",
"User":{{"Uin":1900055512,"UserName":"@0a1b2c3d4e","NickName":"Otter"}},
"SKey":"@crypt_3c_55aa","SystemTime":1690000006}}"#
        ),
        "webwxgetcontact" => format!(r#"{{{base},"MemberCount":0,"MemberList":[],"Seq":0}}"#),
        "webwxsync" => format!(
            r#"{{{base},"AddMsgCount":0,"AddMsgList":[],"ModContactCount":0,"ModContactList":[],
"DelContactCount":0,"DelContactList":[],"ContinueFlag":0,"SyncKey":{KEYS},
"SyncCheckKey":{KEYS},"SKey":""}}"#
        ),
        "webwxsendmsg" => format!(r#"{{{base},"MsgID":"5511223344556677881","LocalID":"1"}}"#),
        _ => format!("{{{base}}}"),
    };
    Some(Play::Say(ok(body)))
}

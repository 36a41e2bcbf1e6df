//! Whom a transport trusts, and which way it goes; what is lent to calls.

use std::{
    io::{self, Cursor, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use wx_blocking::{
    CallError, Events, Session, Transport,
    wx_proto::{
        Close, Command, CommandError, EventKind, FetchAvatar, MediaKind, Progress,
        TransportErrorKind::{Connect, Reset, Tls},
        Upload,
        driver::{Proxy, Roots, TransportConfig},
    },
};
use wx_sim::{
    listen::{Authority, ConnectProxy, Fault, Listener},
    server::Setup,
};

use crate::{
    failures::{qr, trouble},
    service::{Act, FRIEND, PAGE, PATIENCE, Service, config, ok, online, reply, until},
};

fn trusting(authority: &Authority) -> TransportConfig {
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    network.extra_roots = authority.pem().into();
    network
}

fn start(url: &str, network: &TransportConfig) -> (Session, Events) {
    Session::spawn(config(url), &Transport::with_config(network).unwrap())
}

#[test]
fn a_certificate_must_be_trusted() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "localhost").unwrap();
    let stranger = trusting(&Authority::new().unwrap());
    let (_session, mut events) = start(&service.url(), &stranger);
    assert_eq!(trouble(&mut events), Tls);

    for roots in [
        Roots::ExtraOnly,
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled,
        #[cfg(feature = "platform-verifier")]
        Roots::Platform,
    ] {
        let mut network = trusting(&authority);
        network.roots = roots;
        let (session, mut events) = start(&service.url(), &network);
        online(&mut events);
        session.close(Close::default());
    }
}

#[test]
fn the_hosts_name_must_be_in_the_certificate() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "wx.example").unwrap();
    let network = trusting(&authority);
    let port = service.url().rsplit(':').next().unwrap().to_owned();
    // This machine's names are in every certificate of the simulator.
    let (_session, mut events) = start(&format!("https://127.0.0.2:{port}"), &network);
    assert!(matches!(trouble(&mut events), Tls | Connect));
}

#[test]
fn what_is_no_certificate_is_refused() {
    // A file in another format would otherwise be taken for an empty list.
    for file in [
        "\x30\u{2}\u{1}",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ] {
        let mut network = TransportConfig::default();
        network.extra_roots = file.into();
        assert!(Transport::with_config(&network).is_err());
    }
}

#[test]
#[cfg(not(feature = "platform-verifier"))]
fn roots_that_were_left_out_are_named() {
    let mut network = TransportConfig::default();
    network.roots = Roots::Platform;
    let error = Transport::with_config(&network).unwrap_err();
    assert!(error.to_string().contains("platform-verifier"), "{error}");
}

#[test]
fn a_proxy_leads_to_hosts_that_only_it_knows() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "wx.example").unwrap();
    let port: u16 = service.url().rsplit(':').next().unwrap().parse().unwrap();
    let proxy = ConnectProxy::start_with_password("bot", "p:w", move |target| {
        let there = SocketAddr::from(([127, 0, 0, 1], port));
        target.starts_with("wx.example:").then_some(there)
    })
    .unwrap();
    let mut network = trusting(&authority);
    network.proxy = Proxy::Url(proxy.url().replace("http://", "http://bot:p%3Aw@"));
    let (session, mut events) = start(&service.url(), &network);
    online(&mut events);
    session.close(Close::default());
    let target = format!("wx.example:{port}");
    assert!(proxy.seen().iter().all(|seen| *seen == target));
    // Connections are kept through a tunnel, too.
    assert!(proxy.seen().len() <= 4, "{:?}", proxy.seen());

    network.proxy = Proxy::Url(proxy.url());
    let (_stranger, mut events) = start(&service.url(), &network);
    assert_eq!(trouble(&mut events), Connect);
}

/// Passes everything on but the word of TLS 1.3 that no more will come. Returns the port.
fn without_goodbye(service: &Listener) -> u16 {
    let service = service.url().replace("https://localhost", "127.0.0.1");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((near, _)) = listener.accept() {
            let far = TcpStream::connect(&service).unwrap();
            let (mut asks, mut asked) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut asks, &mut asked));
            thread::spawn(move || {
                let (mut near, mut far, mut head) = (near, far, [0; 5]);
                while far.read_exact(&mut head).is_ok() {
                    let mut record = vec![0; usize::from(head[3]) << 8 | usize::from(head[4])];
                    far.read_exact(&mut record).unwrap();
                    // Two bytes of an alert, its type, and the tag.
                    if record.len() != 19 {
                        near.write_all(&[&head[..], &record].concat()).unwrap();
                    }
                }
                near.shutdown(Shutdown::Both).unwrap();
            });
        }
    });
    port
}

/// Where the end of the connection is the end of the body, anybody on the way could bring it about.
#[test]
fn a_connection_that_was_cut_is_no_end_of_a_body() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "localhost").unwrap();
    service.plant("jslogin", 1, Fault::NoLength);
    let (_session, mut events) = start(&service.url(), &trusting(&authority));
    until(&mut events, |kind| match kind {
        EventKind::Qr(_) => Some(()),
        EventKind::Trouble(trouble) => panic!("{trouble:?}"),
        _ => None,
    });

    let url = format!("https://localhost:{}", without_goodbye(&service));
    service.plant("jslogin", 1, Fault::NoLength);
    let (_session, mut events) = start(&url, &trusting(&authority));
    assert_eq!(trouble(&mut events), Reset);
    qr(&mut events);
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let service = Service::usual();
    let mut network = TransportConfig::default();
    network.proxy = Proxy::Url("http://127.0.0.1:9".into());
    let (_session, mut events) = start(&service.listen(), &network);
    online(&mut events);
}

#[test]
fn a_proxy_that_hangs_up_is_no_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut network = TransportConfig::default();
    network.proxy = Proxy::Url(format!("http://{}", listener.local_addr().unwrap()));
    thread::spawn(move || while listener.accept().is_ok() {});
    let (_session, mut events) = start("https://wx.example", &network);
    assert_eq!(trouble(&mut events), Connect);
}

/// Whoever is in the middle of a TLS handshake or a tunnel is hung up on as well.
#[test]
fn opening_a_connection_can_be_aborted() {
    for through_proxy in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut network = TransportConfig::default();
        let url = if through_proxy {
            network.proxy = Proxy::Url(format!("http://{address}"));
            "https://wx.example".to_owned()
        } else {
            format!("https://{address}")
        };
        let (session, _events) = start(&url, &network);
        let (mut stream, _) = listener.accept().unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        let (ended, end) = channel();
        thread::spawn(move || {
            let _ = stream.read_to_end(&mut Vec::new());
            ended.send(Instant::now()).unwrap();
        });
        thread::sleep(Duration::from_millis(50));
        let started = Instant::now();
        session.close(Close::default());
        let ended = end.recv_timeout(PATIENCE).unwrap();
        assert!(ended.saturating_duration_since(started) < Duration::from_millis(500));
    }
}

/// A service that takes files, and has a picture of everybody.
fn gallery(picture: String) -> std::sync::Arc<Service> {
    Service::new(move |request| {
        let ticket = "Set-Cookie: webwx_data_ticket=gSd+/1=; Domain=.qq.com; Path=/\r\n";
        let taken =
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_77aa","StartPos":0}"#;
        let kind = "Content-Type: image/jpeg\r\n";
        match request.path.rsplit('/').next() {
            Some("webwxnewloginpage") => Some(Act::Say(reply("200 OK", ticket, PAGE))),
            Some("webwxuploadmedia") => Some(Act::Say(ok(taken))),
            Some("webwxgeticon") => Some(Act::Say(reply("200 OK", kind, &picture))),
            _ => None,
        }
    })
}

fn avatar(session: &Session) -> FetchAvatar {
    let chat = session.inspect(|client| client.chat(FRIEND)).unwrap();
    FetchAvatar::of(chat.unwrap())
}

fn upload(len: usize) -> Upload {
    Upload::source(MediaKind::File, "a.txt", len as u64)
}

#[test]
fn sources_and_sinks_stay_with_the_caller() {
    // Neither `Send` nor `'static`, as references to what is in this function.
    let picture = "picture".repeat(100_000);
    let service = gallery(picture.clone());
    let (session, mut events) = service.session();
    online(&mut events);

    let source = std::rc::Rc::new(b"0123456789".to_vec());
    let media = session.call_reading(upload(10), &mut Cursor::new(&**source));
    assert_eq!(media.unwrap().md5(), "781e5e245d69b566979b86e28d23f2c7");
    let [form] = &service.requests_to("/webwxuploadmedia")[..] else {
        panic!("asked twice")
    };
    assert!(form.body.contains("\r\n0123456789\r\n"));
    let early = session.call_reading(upload(11), &mut Cursor::new(&**source));
    assert!(
        matches!(early, Err(CallError::Command(CommandError::Source(_)))),
        "{early:?}"
    );
    assert!(session.call(upload(10)).is_err());

    let mut sink = Vec::new();
    session
        .call_writing(avatar(&session), &mut sink as &mut dyn Write)
        .unwrap();
    assert!(sink == picture.as_bytes());
    assert!(session.call(avatar(&session)).is_err());
    let mut full = [0; 1000];
    let error = session.call_writing(avatar(&session), &mut &mut full[..]);
    assert!(error.is_err());
    assert_eq!(full, picture.as_bytes()[..1000]);
}

#[test]
fn transfers_tell_how_far_they_are_in_the_thread_that_waits() {
    const PIECE: usize = 512 << 10;
    let service = gallery("picture".repeat(100_000));
    let (session, mut events) = service.session();
    online(&mut events);
    let (tell, told) = channel();
    let note = move |progress: Progress| {
        let here = thread::current().id();
        tell.send((progress.done, progress.total, here)).unwrap();
    };
    let all = || -> Vec<_> {
        let own = thread::current().id();
        let told = told.try_iter().inspect(|it| assert_eq!(it.2, own));
        told.map(|(done, total, _)| (done, total)).collect()
    };
    let len = 2 * PIECE + 1;
    let file = "7".repeat(len);
    let pieces = [PIECE, 2 * PIECE, len].map(|done| (done as u64, Some(len as u64)));

    let bytes = Upload::bytes(MediaKind::File, "a.txt", file.clone());
    session.call(bytes.on_progress(note.clone())).unwrap();
    // Of those that come before it looks, a call tells the last one.
    let at_hand = all();
    assert!(at_hand.is_sorted(), "{at_hand:?}");
    assert_eq!(at_hand.last(), pieces.last());

    let watched = upload(len).on_progress(note.clone());
    session
        .call_reading(watched, &mut Cursor::new(file))
        .unwrap();
    assert_eq!(all(), pieces);

    let watched = avatar(&session).on_progress(note);
    session.call_writing(watched, &mut Vec::new()).unwrap();
    let told = all();
    assert!(told.len() > 1 && told.is_sorted(), "{told:?}");
    assert!(
        told.iter().all(|(_, total)| *total == Some(700_000)),
        "{told:?}"
    );
    assert_eq!(told.last(), Some(&(700_000, Some(700_000))));
}

/// Remembers what is written until it is flushed, and cannot.
struct Unflushable(Vec<u8>);

impl Write for Unflushable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn what_cannot_be_flushed_was_not_written() {
    let service = gallery("picture".to_owned());
    let (session, mut events) = service.session();
    online(&mut events);
    let mut sink = Unflushable(Vec::new());
    assert!(session.call_writing(avatar(&session), &mut sink).is_err());
    assert_eq!(sink.0, b"picture");
    assert_eq!(service.requests_to("/webwxgeticon").len(), 1);
}

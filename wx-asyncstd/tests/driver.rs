//! What only this driver can get wrong: which connections it opens, uses again and closes, and how
//! it reads and writes what is lent to its calls.

#![cfg(feature = "webpki-roots")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc::channel,
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use async_std::{
    future::timeout,
    net::TcpStream,
    task::{block_on, sleep, spawn},
};
use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::io::Cursor;
use http::Response;
use wx_asyncstd::{
    CallError, Events, Session, Transport,
    wx_proto::{
        Close, Command, CommandError, Config, EventKind, FetchAvatar, Hosts, MediaKind, Pace,
        Progress, SendText, TransportError, TransportErrorKind, Upload,
    },
};
use wx_sim::{
    listen::Listener,
    server::{Phone, Setup},
};

/// Bounds each wait; nothing here takes a tenth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Default)]
struct Sockets {
    /// Ever.
    opened: Arc<AtomicUsize>,
    /// Now.
    open: Arc<AtomicUsize>,
    /// Bytes that were read from them.
    read: Arc<AtomicUsize>,
    /// The service takes nothing any more.
    stuck: Arc<AtomicBool>,
}

struct Socket {
    stream: TcpStream,
    all: Sockets,
}

impl Sockets {
    fn transport(&self, service: &Listener) -> Transport {
        let (sockets, address) = (self.clone(), service.address());
        Transport::with_connector(move |_| {
            let sockets = sockets.clone();
            async move {
                let stream = TcpStream::connect(address).await;
                let kind = TransportErrorKind::Connect;
                let stream = stream.map_err(|error| TransportError::with_source(kind, error))?;
                sockets.opened.fetch_add(1, SeqCst);
                sockets.open.fetch_add(1, SeqCst);
                let all = sockets;
                Ok(Socket { stream, all })
            }
        })
    }

    async fn come_down_to(&self, open: usize) {
        let started = Instant::now();
        while self.open.load(SeqCst) > open {
            assert!(started.elapsed() < PATIENCE, "a socket leaks");
            sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.all.open.fetch_sub(1, SeqCst);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let end = ready!(Pin::new(&mut self.stream).poll_read(cx, to));
        self.all.read.fetch_add(*end.as_ref().unwrap_or(&0), SeqCst);
        Poll::Ready(end)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.all.stuck.load(SeqCst) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// As with a service that does not take the goodbye of TLS.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

fn service() -> Listener {
    let setup = Setup {
        phone: Phone::Auto {
            scan_after: Duration::ZERO,
            confirm_after: Duration::ZERO,
        },
        ..Setup::default()
    };
    Listener::bind("127.0.0.1:0", setup).unwrap()
}

fn config(service: &Listener) -> Config {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    config.pace = Pace::FREE;
    config
}

/// Waits until the client of such a request hung up on it.
async fn hung_up(service: &Listener, endpoint: &str) {
    let started = Instant::now();
    while service.hang_ups(endpoint) == 0 {
        assert!(started.elapsed() < PATIENCE, "it was not given up");
        sleep(Duration::from_millis(2)).await;
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it never came")
}

async fn online(events: &mut Events) {
    loop {
        let event = soon(events.next()).await.expect("it ended too early");
        if matches!(event.kind, EventKind::Online(_)) {
            return;
        }
    }
}

#[test]
fn sessions_of_one_transport_share_connections() {
    let (service, sockets) = (service(), Sockets::default());
    let transport = sockets.transport(&service);
    block_on(async {
        let mut requests = 0;
        for _ in 0..3 {
            let (session, mut events) = Session::spawn(config(&service), &transport);
            online(&mut events).await;
            let chat = session.inspect(|client| client.chat("filehelper"));
            let chat = chat.unwrap().unwrap();
            for _ in 0..20 {
                let text = SendText::new(chat.clone(), "one after another");
                soon(session.call(text)).await.unwrap();
                requests += 1;
            }
            soon(session.close(Close::default())).await;
        }
        // Each session closes the one that its poll is held on, and may open a few in parallel.
        let opened = sockets.opened.load(SeqCst);
        assert!(opened <= 12, "{opened} for {requests} texts");
    });
}

#[test]
fn what_is_aborted_or_not_needed_any_more_is_closed() {
    let (service, sockets) = (service(), Sockets::default());
    let transport = sockets.transport(&service);
    block_on(async {
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        assert!(service.wait_until(PATIENCE, |server| {
            let sessions = server.sessions();
            sessions.iter().all(|session| session.polling)
        }));
        soon(session.close(Close::default())).await;
        // The poll was held, and nobody holds the line any more.
        hung_up(&service, "synccheck").await;
        // The others wait for the next session, which there will never be.
        assert!(sockets.open.load(SeqCst) > 0);
        drop((session, events, transport));
        sockets.come_down_to(0).await;
    });
}

#[test]
fn a_request_that_the_service_does_not_take_can_be_given_up() {
    let (service, sockets) = (service(), Sockets::default());
    let transport = sockets.transport(&service);
    block_on(async {
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        let chat = session.inspect(|client| client.chat("filehelper"));
        let text = SendText::new(chat.unwrap().unwrap(), "it never leaves");
        sockets.stuck.store(true, SeqCst);
        let call = session.call(text);
        assert!(timeout(Duration::from_millis(500), call).await.is_err());
        // And so can all others: nothing waits for a service that is gone.
        drop((session, events, transport));
        sockets.come_down_to(0).await;
    });
}

#[test]
fn a_sink_that_cannot_be_flushed_has_failed() {
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        service.with(|server| server.plant("webwxgeticon", 2, picture(1000)));
        let mut disk = Disk::Full(0);
        let end = soon(session.call_writing(avatar(&session), &mut disk)).await;
        assert!(matches!(disk, Disk::Full(1000)), "{disk:?}");
        let Err(CallError::Command(CommandError::Transport { last, .. })) = end else {
            panic!("{end:?}")
        };
        assert_eq!(last, TransportErrorKind::Sink);
        // And the session goes on.
        let picture = spawn(async move {
            let mut picture = Vec::new();
            let end = session.call_writing(avatar(&session), &mut picture).await;
            end.map(|_| picture)
        });
        assert_eq!(soon(picture).await.unwrap(), [0xff; 1000]);
    });
}

#[test]
fn a_sink_that_takes_nothing_stops_the_download() {
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        service.with(|server| server.plant("webwxgeticon", 1, picture(32 << 20)));
        let before = sockets.read.load(SeqCst);
        let mut disk = Disk::Asleep;
        let download = session.call_writing(avatar(&session), &mut disk);
        assert!(timeout(Duration::from_millis(500), download).await.is_err());
        // One piece, and hyper's buffer.
        let read = sockets.read.load(SeqCst) - before;
        assert!((1000..1 << 20).contains(&read), "{read}");
        // Its caller is gone now.
        hung_up(&service, "webwxgeticon").await;
    });
}

#[test]
fn sources_may_be_borrowed_and_calls_may_move() {
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        service.with(|server| server.plant("webwxuploadmedia", 1, taken()));
        let sent = spawn(async move {
            let text = String::from("0123456789");
            let mut source = Cursor::new(&text);
            let upload = Upload::source(MediaKind::File, "a.txt", 10);
            session.call_reading(upload, &mut source).await
        });
        let media = soon(sent).await.unwrap();
        assert_eq!(media.md5(), "781e5e245d69b566979b86e28d23f2c7");
    });
}

#[test]
fn transfers_tell_how_far_they_are() {
    const PIECE: u64 = 512 << 10;
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (session, mut events) = Session::spawn(config(&service), &transport);
        online(&mut events).await;
        service.with(|server| {
            server.plant("webwxuploadmedia", 6, taken());
            server.plant("webwxgeticon", 1, picture(200_000));
        });
        let (tell, told) = channel();
        let note = move |progress: Progress| {
            tell.send((progress.done, progress.total)).unwrap();
        };
        let len = 2 * PIECE + 1;
        let file = vec![7; usize::try_from(len).unwrap()];
        let pieces = [PIECE, 2 * PIECE, len].map(|done| (done, Some(len)));

        let bytes = Upload::bytes(MediaKind::File, "a.bin", file.clone());
        let bytes = bytes.on_progress(note.clone());
        soon(session.call(bytes)).await.unwrap();
        // Of those that come before it looks, a call tells the last one.
        let at_hand: Vec<_> = told.try_iter().collect();
        assert!(at_hand.is_sorted(), "{at_hand:?}");
        assert_eq!(at_hand.last(), pieces.last());

        let watched = Upload::source(MediaKind::File, "a.bin", len).on_progress(note.clone());
        let mut source = Cursor::new(file);
        soon(session.call_reading(watched, &mut source))
            .await
            .unwrap();
        assert_eq!(told.try_iter().collect::<Vec<_>>(), pieces);

        let watched = avatar(&session).on_progress(note);
        let mut sink = Vec::new();
        soon(session.call_writing(watched, &mut sink))
            .await
            .unwrap();
        let told: Vec<_> = told.iter().collect();
        assert!(told.len() > 1 && told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&(200_000, Some(200_000))));
    });
}

fn avatar(session: &Session) -> FetchAvatar {
    let chat = session.inspect(|client| client.chat("filehelper"));
    FetchAvatar::of(chat.unwrap().unwrap())
}

/// What is said of each piece of an upload.
fn taken() -> Response<Bytes> {
    let reply = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_77aa","StartPos":0}"#;
    Response::new(Bytes::from_static(reply))
}

/// Sinks with troubles.
#[derive(Debug)]
enum Disk {
    /// Takes all there is into its cache, and keeps nothing.
    Full(usize),
    Asleep,
}

impl AsyncWrite for Disk {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Full(cached) => {
                *cached += from.len();
                Poll::Ready(Ok(from.len()))
            }
            Self::Asleep => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn picture(len: usize) -> Response<Bytes> {
    let picture = Response::builder().header("Content-Type", "image/jpeg");
    picture.body(vec![0xff; len].into()).unwrap()
}

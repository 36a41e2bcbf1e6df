//! What only this driver can get wrong: its own pool of connections, and its own channels.

#![cfg(feature = "webpki-roots")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use async_std::{
    future::timeout,
    net::TcpStream,
    task::{block_on, sleep},
};
use futures_io::{AsyncRead, AsyncWrite};
use wx_asyncstd::{
    Events, Session, Transport,
    wx_proto::{
        Close, Config, EventKind, Hosts, Pace, SendText, TransportError, TransportErrorKind,
    },
};
use wx_sim::{
    listen::Listener,
    server::{Script, Setup},
};

/// Bounds each wait; nothing here takes a tenth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sockets that were opened, and those that still are.
#[derive(Clone, Default)]
struct Sockets {
    opened: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

struct Socket {
    stream: TcpStream,
    open: Arc<AtomicUsize>,
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
                let open = sockets.open;
                Ok(Socket { stream, open })
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
        self.open.fetch_sub(1, SeqCst);
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

fn service() -> Listener {
    let script = Script::demo();
    let setup = Setup {
        script,
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
            let chat = session.inspect(|client| client.chat("filehelper")).await;
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
        let polling = |polling| {
            service.wait_until(PATIENCE, |server| {
                let sessions = server.sessions();
                sessions.iter().all(|session| session.polling == polling)
            })
        };
        assert!(polling(true));
        let before = sockets.open.load(SeqCst);
        soon(session.close(Close::default())).await;
        // The poll was held, and nobody holds the line any more.
        sockets.come_down_to(before - 1).await;
        assert!(polling(false));
        // The others wait for the next session, which there will never be.
        assert!(sockets.open.load(SeqCst) > 0);
        drop((session, events, transport));
        sockets.come_down_to(0).await;
    });
}

#[test]
fn the_last_one_out_closes_the_session_without_a_logout() {
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (session, mut events) = Session::spawn(config(&service), &transport);
        drop(session);
        online(&mut events).await;
        drop((events, transport));
        sockets.come_down_to(0).await;
        service.with(|server| {
            let sessions = server.sessions();
            assert!(
                sessions.iter().all(|session| session.over.is_none()),
                "{sessions:?}"
            );
        });
    });
}

#[test]
fn asking_and_going_away_loses_no_event() {
    let (service, sockets) = (service(), Sockets::default());
    block_on(async {
        let transport = sockets.transport(&service);
        let (_session, mut events) = Session::spawn(config(&service), &transport);
        let (mut texts, mut given_up, started) = (Vec::new(), 0, Instant::now());
        while texts.len() < 6 {
            assert!(started.elapsed() < PATIENCE, "{texts:?}");
            match timeout(Duration::from_millis(1), events.next()).await {
                Ok(event) => match event.expect("it ended too early").kind {
                    EventKind::Message(message) => texts.extend(message.text().map(str::to_owned)),
                    _ => {}
                },
                Err(_) => given_up += 1,
            }
            // Time for an event to arrive while nobody waits for it.
            sleep(Duration::from_millis(3)).await;
        }
        assert!(given_up > 20, "{given_up}");
        let firsts: Vec<_> = texts
            .iter()
            .filter_map(|text| text.chars().next())
            .collect();
        assert_eq!(firsts, ['你', 't', '七', '今', '@', '<']);
    });
}

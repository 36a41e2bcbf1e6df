//! The suite that every driver has to pass.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    io::Cursor,
    pin::pin,
    sync::LazyLock,
    task::{Context, Waker},
    time::Duration,
};

use tokio::{
    runtime::Runtime,
    time::{Instant, timeout, timeout_at},
};
use wx_sim::conformance::{Failure, Subject, TimedOut};
use wx_tokio::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{Client, Close, Command, Event, EventId, driver::TransportConfig},
};

/// Of all cases, so that none of them ends a session by ending its runtime.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

#[derive(Clone)]
struct TokioSubject(Session);

impl Subject for TokioSubject {
    type Events = Events;

    fn start(client: Client, network: &TransportConfig) -> (Self, Events) {
        let _inside = RUNTIME.enter();
        let transport = Transport::with_config(network).unwrap();
        let (session, events) = Session::drive(client, &transport);
        (Self(session), events)
    }

    fn call_all<C>(&self, commands: Vec<C>, patience: Duration) -> Vec<Result<C::Reply, Failure>>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let call = |command| {
            let mut call = Box::pin(self.0.call(command));
            let begun = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(begun.is_pending(), "nobody can have answered yet");
            call
        };
        let calls: Vec<_> = commands.into_iter().map(call).collect();
        RUNTIME.block_on(async {
            let until = Instant::now() + patience;
            let mut replies = Vec::new();
            for call in calls {
                replies.push(outcome(timeout_at(until, call).await.ok()));
            }
            replies
        })
    }

    fn call_reading<C>(
        &self,
        command: C,
        source: Vec<u8>,
        patience: Duration,
    ) -> Result<C::Reply, Failure>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let mut source = Cursor::new(source);
        outcome(within(patience, self.0.call_reading(command, &mut source)))
    }

    fn call_writing<C>(
        &self,
        command: C,
        sink: &mut [u8],
        patience: Duration,
    ) -> (usize, Result<C::Reply, Failure>)
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let mut sink = Cursor::new(sink);
        let reply = outcome(within(patience, self.0.call_writing(command, &mut sink)));
        (usize::try_from(sink.position()).unwrap(), reply)
    }

    fn next(events: &mut Events, patience: Duration) -> Result<Option<Event>, TimedOut> {
        within(patience, events.next()).ok_or(TimedOut)
    }

    fn set_ack(events: &mut Events, ack: Ack) {
        events.ack = ack;
    }

    fn acknowledge(&self, event: EventId) {
        self.0.acknowledge(event);
    }

    fn inspect<T, F>(&self, view: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static,
    {
        RUNTIME.block_on(self.0.inspect(view)).ok()
    }

    fn close(&self, how: Close, patience: Duration) -> Result<(), TimedOut> {
        within(patience, self.0.close(how)).ok_or(TimedOut)
    }
}

/// What comes of it, if that comes in time; otherwise it is dropped.
fn within<T>(patience: Duration, what: impl Future<Output = T>) -> Option<T> {
    RUNTIME.block_on(async { timeout(patience, pin!(what)).await.ok() })
}

fn outcome<T>(of: Option<Result<T, CallError>>) -> Result<T, Failure> {
    of.ok_or(Failure::GaveUp)?.map_err(Failure::Call)
}

mod by_hand {
    use wx_sim::{
        listen::{Authority, ConnectProxy, Listener},
        server::Setup,
    };
    use wx_tokio::wx_proto::{
        Config, EndCause, EventKind, Hosts, Pace, Seed, SendText, TransportErrorKind,
        driver::{Proxy, Roots},
        probe::{Download, Upload},
    };

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn start(url: &str, network: &TransportConfig) -> (TokioSubject, Events) {
        let mut config = Config::default();
        config.hosts = Hosts::mapped(url).unwrap();
        config.pace = Pace::FREE;
        TokioSubject::start(Client::new(config, Seed::from([7; 32])), network)
    }

    fn online(events: &mut Events) {
        loop {
            match TokioSubject::next(events, PATIENCE).unwrap().unwrap().kind {
                EventKind::Online(_) => return,
                EventKind::Ended(ended) => panic!("{ended}"),
                _ => {}
            }
        }
    }

    #[test]
    fn calls_of_all_kinds() {
        let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
        let (subject, mut events) = start(&service.url(), &TransportConfig::default());
        online(&mut events);
        let helper = subject.inspect(|client| client.chat("filehelper")).unwrap();
        let text = |n: u8| SendText::new(helper.clone().unwrap(), n.to_string());
        let sent = subject.call_all((0..10).map(text).collect(), PATIENCE);
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
        service.with(|server| {
            let said: Vec<_> = server.received().map(|text| text.text.clone()).collect();
            assert_eq!(said, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
        });

        let source: Vec<u8> = (0..=255).collect();
        let upload = Upload {
            len: 256,
            block: 100,
        };
        let read = subject.call_reading(upload, source.clone(), PATIENCE);
        assert_eq!(read.unwrap(), source);
        let (written, refused) = subject.call_writing(Download, &mut [0; 10], PATIENCE);
        assert_eq!(written, 0);
        assert!(matches!(refused, Err(Failure::Call(CallError::Command(_)))));

        let late = subject.call_all(vec![text(0)], Duration::ZERO);
        assert!(matches!(late[..], [Err(Failure::GaveUp)]), "{late:?}");
        subject.close(Close::default(), PATIENCE).unwrap();
        assert!(subject.inspect(Client::phase).is_none());
    }

    #[test]
    fn a_way_through_a_proxy() {
        // A host that nobody but the proxy knows, and that only the certificate vouches for.
        let authority = Authority::new().unwrap();
        let setup = Setup::default();
        let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "chat.test").unwrap();
        let address = service.address();
        let known = move |target: &str| target.starts_with("chat.test:").then_some(address);
        let proxy = ConnectProxy::start_with_password("ann", "s3cret", known).unwrap();
        let mut network = TransportConfig::default();
        network.roots = Roots::ExtraOnly;
        network.extra_roots = authority.pem().into();
        let url = proxy.url();
        network.proxy = Proxy::Url(url.replace("http://", "http://ann:s3cret@"));
        let (subject, mut events) = start(&service.url(), &network);
        online(&mut events);
        assert!(!proxy.seen().is_empty());
        subject.close(Close::default(), PATIENCE).unwrap();

        // Not let through: nothing was sent, and no way around is taken.
        network.proxy = Proxy::Url(url);
        let (_subject, mut events) = start(&service.url(), &network);
        let cause = loop {
            let event = TokioSubject::next(&mut events, PATIENCE).unwrap();
            if let EventKind::Ended(ended) = event.unwrap().kind {
                break ended.cause;
            }
        };
        assert_eq!(cause, EndCause::Unreachable(TransportErrorKind::Connect));
    }
}

//! What becomes of those who wait, seen without any runtime.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::*;
use crate::{
    command::{CommandError, SendText},
    config::Config,
    driver::{Ack, CallError},
    event::EventKind,
    id::{ChatId, LoginId},
    phase::Phase,
    rng::Seed,
    transport::TransportErrorKind,
};

/// Counts how often it was woken.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Bell {
    fn poll<F: Future>(self: &Arc<Self>, future: F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        pin!(future).poll(&mut Context::from_waker(&waker))
    }

    fn rings(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    Arc::<Bell>::default().poll(future)
}

/// A session under a clock that is turned by hand, in milliseconds.
fn session() -> (Engine, Handle, Events, Arc<AtomicU64>) {
    let clock = Arc::new(AtomicU64::new(0));
    let read = Arc::clone(&clock);
    let client = Client::new(Config::default(), Seed::from([7; 32]));
    let unix = Duration::from_secs(1_700_000_000);
    let (engine, handle, events) = Engine::start(client, unix, move || {
        Duration::from_millis(read.load(Ordering::SeqCst))
    });
    (engine, handle, events, clock)
}

fn errand(engine: &mut Engine) -> Errand {
    engine.deadline();
    match poll(engine.next()) {
        Poll::Ready(Some(errand)) => errand,
        other => panic!("{other:?}"),
    }
}

fn text() -> SendText {
    SendText::new(ChatId::new(LoginId::of("@me"), "filehelper"), "hello")
}

#[test]
fn a_dropped_exchange_is_answered() {
    let (mut engine, _handle, mut events, _) = session();
    let Errand::Send(_, exchange) = errand(&mut engine) else {
        panic!("not a request")
    };
    let bell = Arc::<Bell>::default();
    assert!(bell.poll(events.next()).is_pending());
    drop(exchange);
    assert_eq!(bell.rings(), 1);
    let Poll::Ready(Some(event)) = poll(events.next()) else {
        panic!("no event")
    };
    assert!(matches!(event.kind, EventKind::Trouble(_)), "{event:?}");
}

#[test]
fn a_deadline_that_moves_wakes_the_engine() {
    let (mut engine, _handle, _events, clock) = session();
    let Errand::Send(request, exchange) = errand(&mut engine) else {
        panic!("not a request")
    };
    let before = engine.deadline().unwrap();
    let bell = Arc::<Bell>::default();
    assert!(bell.poll(engine.next()).is_pending());
    exchange.finish(Err(TransportErrorKind::Connect.into()));
    assert_eq!(bell.rings(), 1);
    assert!(matches!(
        poll(engine.next()),
        Poll::Ready(Some(Errand::Reschedule))
    ));
    let after = engine.deadline().unwrap();
    assert!(after < before);
    assert!(poll(engine.next()).is_pending());

    clock.store(60_000, Ordering::SeqCst);
    engine.handle_timeout();
    match errand(&mut engine) {
        Errand::Send(again, _) => assert!(again.id > request.id),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_one_out_ends_the_session() {
    let (mut engine, handle, events, _) = session();
    let Errand::Send(request, _exchange) = errand(&mut engine) else {
        panic!("not a request")
    };
    let call = handle.submit(text(), Lent::Nothing);
    let bell = Arc::<Bell>::default();
    drop(handle);
    drop(events);
    // In a moment they would be discarded.
    engine.deadline();
    assert!(bell.poll(engine.next()).is_pending());
    drop(call);
    assert_eq!(bell.rings(), 1);
    assert!(matches!(errand(&mut engine), Errand::Abort(id) if id == request.id));
    assert!(matches!(poll(engine.next()), Poll::Ready(None)));
}

#[test]
fn what_has_not_left_never_will() {
    let (mut engine, handle, _events, _) = session();
    handle.close(Close::default());
    engine.deadline();
    assert!(matches!(poll(engine.next()), Poll::Ready(None)));
}

#[test]
fn without_an_engine_nobody_waits() {
    let (engine, handle, mut events, _) = session();
    let bell = Arc::<Bell>::default();
    let mut closed = pin!(handle.closed());
    assert!(bell.poll(closed.as_mut()).is_pending());
    assert!(bell.poll(events.next()).is_pending());
    drop(engine);
    assert_eq!(bell.rings(), 2);
    assert!(bell.poll(closed).is_ready());
    let mut last = None;
    while let Poll::Ready(Some(event)) = poll(events.next()) {
        last = Some(event.kind);
    }
    assert!(matches!(last, Some(EventKind::Ended(_))), "{last:?}");
    assert!(matches!(poll(events.next()), Poll::Ready(None)));
    let call = handle.submit(text(), Lent::Nothing);
    assert!(matches!(poll(call), Poll::Ready(Err(CallError::Stopped))));
    assert!(matches!(
        handle.inspect(Client::phase),
        Err(CallError::Stopped)
    ));
}

#[test]
fn calls_get_their_own_answer() {
    let (_engine, handle, _events, _) = session();
    let mut call = handle.submit(text(), Lent::Nothing);
    let Poll::Ready(Err(CallError::Command(CommandError::NotOnline))) = poll(&mut call) else {
        panic!("answered before the login")
    };
    // Polled once more, it is over.
    assert!(matches!(poll(call), Poll::Ready(Err(CallError::Stopped))));
}

#[test]
fn handles_come_and_go_during_a_view() {
    let (_engine, handle, mut events, _) = session();
    events.ack = Ack::Manual;
    let other = handle.clone();
    let phase = handle.inspect(move |client| {
        let third = other.clone();
        drop((other, third));
        client.phase()
    });
    assert_eq!(phase.unwrap(), Phase::Qr);
}

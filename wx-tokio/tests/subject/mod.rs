//! This driver, as the suite sees one.

use std::{
    io::Cursor,
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{
    runtime::Runtime,
    time::{Instant, timeout, timeout_at},
};
use wx_sim::conformance::{Failure, Subject, TimedOut};
use wx_tokio::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{
        Client, Close, Command, Event, EventId,
        driver::{Kept, TransportConfig},
    },
};

/// Of all cases, so that none of them ends a session by ending its runtime.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

#[derive(Clone)]
pub(crate) struct TokioSubject(Session);

impl Subject for TokioSubject {
    type Events = Events;

    fn start(client: impl Into<Kept>, network: &TransportConfig) -> (Self, Events) {
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
        let begin = |command| {
            let mut call = Box::pin(self.0.call(command));
            // A session that is over answers at once.
            match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(reply) => Ok(reply),
                Poll::Pending => Err(call),
            }
        };
        let calls: Vec<_> = commands.into_iter().map(begin).collect();
        RUNTIME.block_on(async {
            let until = Instant::now() + patience;
            let mut replies = Vec::new();
            for call in calls {
                replies.push(outcome(match call {
                    Ok(reply) => Some(reply),
                    Err(call) => timeout_at(until, call).await.ok(),
                }));
            }
            replies
        })
    }

    fn post<C>(&self, command: C) -> bool
    where
        C: Command + Send + 'static,
    {
        self.0.post(command).is_some()
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
        self.0.inspect(view).ok()
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

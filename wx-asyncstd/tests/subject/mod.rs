//! This driver, as the suite sees one.

use std::{
    future::{Future, poll_fn},
    task::Poll,
    time::Duration,
};

use async_std::{future::timeout, task::block_on};
use futures_lite::io::Cursor;
use wx_asyncstd::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{
        Client, Close, Command, Event, EventId,
        driver::{Kept, TransportConfig},
    },
};
use wx_sim::conformance::{Failure, Subject, TimedOut};

#[derive(Clone)]
pub(crate) struct AsyncStd(Session);

fn within<T>(
    patience: Duration,
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<T, Failure> {
    let reply = block_on(timeout(patience, call));
    reply.map_or(Err(Failure::GaveUp), |reply| reply.map_err(Failure::Call))
}

impl Subject for AsyncStd {
    type Events = Events;

    fn start(client: impl Into<Kept>, network: &TransportConfig) -> (Self, Events) {
        let transport = Transport::with_config(network).unwrap();
        let (session, events) = Session::drive(client, &transport);
        (Self(session), events)
    }

    fn call_all<C>(&self, commands: Vec<C>, patience: Duration) -> Vec<Result<C::Reply, Failure>>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let call = |command| (Box::pin(self.0.call(command)), None);
        let mut calls: Vec<_> = commands.into_iter().map(call).collect();
        let all = poll_fn(|cx| {
            for (call, reply) in calls.iter_mut().filter(|(_, reply)| reply.is_none()) {
                if let Poll::Ready(end) = call.as_mut().poll(cx) {
                    *reply = Some(end.map_err(Failure::Call));
                }
            }
            match calls.iter().all(|(_, reply)| reply.is_some()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        let _ = block_on(timeout(patience, all));
        let replies = calls.into_iter().map(|(_, reply)| reply);
        replies
            .map(|it| it.unwrap_or(Err(Failure::GaveUp)))
            .collect()
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
        within(patience, self.0.call_reading(command, &mut source))
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
        let reply = within(patience, self.0.call_writing(command, &mut sink));
        (sink.position().try_into().unwrap(), reply)
    }

    fn next(events: &mut Events, patience: Duration) -> Result<Option<Event>, TimedOut> {
        block_on(timeout(patience, events.next())).map_err(|_| TimedOut)
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
        block_on(timeout(patience, self.0.close(how))).map_err(|_| TimedOut)
    }
}

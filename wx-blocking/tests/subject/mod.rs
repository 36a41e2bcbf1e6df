//! This driver, as the suite sees one.

use std::{
    io::{self, Cursor, Write},
    sync::mpsc::channel,
    thread,
    time::{Duration, Instant},
};

use wx_blocking::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{
        Client, Close, Command, Event, EventId,
        driver::{Kept, TransportConfig},
    },
};
use wx_sim::conformance::{Failure, Subject, TimedOut};

#[derive(Clone)]
pub(crate) struct BlockingSubject(Session);

impl Subject for BlockingSubject {
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
        let until = Instant::now() + patience;
        let begin = |command| self.0.begin(command);
        let mut calls: Vec<_> = commands.into_iter().map(begin).collect();
        let wait = calls.iter_mut().map(|call| {
            let left = until.saturating_duration_since(Instant::now());
            outcome(call.wait_for(left))
        });
        wait.collect()
    }

    fn post<C>(&self, command: C) -> bool
    where
        C: Command + Send + 'static,
    {
        self.0.post(command).is_some()
    }

    fn call_reading<C>(&self, command: C, source: Vec<u8>, _: Duration) -> Result<C::Reply, Failure>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        outcome(Some(self.0.call_reading(command, &mut Cursor::new(source))))
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
        let room = sink.len();
        let until = Instant::now() + patience;
        let mut sink = Impatient { room: sink, until };
        let result = self.0.call_writing(command, &mut sink);
        let in_time = result.is_ok() || Instant::now() < until;
        (room - sink.room.len(), outcome(in_time.then_some(result)))
    }

    fn next(events: &mut Events, patience: Duration) -> Result<Option<Event>, TimedOut> {
        let next = events.next_within(patience);
        next.map_err(|wx_blocking::TimedOut| TimedOut)
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
        let (done, closed) = channel();
        let session = self.0.clone();
        thread::spawn(move || {
            session.close(how);
            done.send(())
        });
        closed.recv_timeout(patience).map_err(|_| TimedOut)
    }
}

fn outcome<T>(result: Option<Result<T, CallError>>) -> Result<T, Failure> {
    result.ok_or(Failure::GaveUp)?.map_err(Failure::Call)
}

/// A sink that takes nothing any more when the time is over: so downloads are given up here.
struct Impatient<'a> {
    room: &'a mut [u8],
    until: Instant,
}

impl Write for Impatient<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if Instant::now() >= self.until {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.room.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

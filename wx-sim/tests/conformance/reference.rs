//! Handles, calls and the stream of events.

use std::{
    io::{self, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use wx_proto::{
    Client, Close, Command, CommandId, Event, EventId, Now, ReadBlock, SourceError, Submission,
    Ticket,
    driver::{Ack, CallError, Kept, TransportConfig},
};
use wx_sim::conformance::{Failure, Subject, TimedOut};

use crate::{
    bug::Bug,
    driver::{Driver, Input, Note},
    wire::Wire,
};

/// A handle; so is the stream of events. When the last one is gone, the session ends.
#[derive(Clone)]
pub(crate) struct Reference<const BUG: u8>(Arc<Face>);

struct Face(Sender<Input>);

impl Drop for Face {
    fn drop(&mut self) {
        self.tell(|driver, now| driver.last_one_out(now));
    }
}

impl Face {
    fn tell(&self, input: impl FnOnce(&mut Driver, Now) + Send + 'static) {
        let _ = self.0.send(Box::new(input));
    }
}

pub(crate) struct Events {
    ack: Ack,
    face: Option<Arc<Face>>,
    inputs: Sender<Input>,
    inbox: Receiver<Event>,
    asked: bool,
    handed_out: Option<EventId>,
    takes_panic_for_goodbye: bool,
}

impl Events {
    fn tell(&self, input: impl FnOnce(&mut Driver, Now) + Send + 'static) {
        let _ = self.inputs.send(Box::new(input));
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if thread::panicking() && !self.takes_panic_for_goodbye {
            // What was not dealt with comes again; till then it waits.
            return;
        }
        let unseen = self.inbox.try_recv().ok().map(|event| event.id);
        let done: Vec<_> = self.handed_out.into_iter().chain(unseen).collect();
        self.tell(move |driver, now| {
            driver.events = None;
            for id in done.into_iter().filter(|_| driver.bug != Bug::KeepsUnread) {
                driver.client.acknowledge(now, id);
            }
        });
        drop(self.face.take());
    }
}

/// A call under way. Dropping it gives it up.
struct Call<C> {
    ticket: Option<Ticket<C>>,
    notes: Receiver<Note>,
    gone: Arc<AtomicBool>,
    id: Arc<OnceLock<CommandId>>,
    inputs: Sender<Input>,
}

impl<C: Command> Call<C> {
    fn start(face: &Face, command: C) -> Self {
        let (submission, ticket) = Submission::new(command);
        let (waiter, notes) = channel();
        let gone = Arc::new(AtomicBool::new(false));
        let id = Arc::new(OnceLock::new());
        let (is_gone, slot) = (Arc::clone(&gone), Arc::clone(&id));
        face.tell(move |driver, now| {
            // Otherwise the caller was gone before it began.
            if !is_gone.load(Ordering::SeqCst) || driver.bug == Bug::SubmitsLate {
                if driver.bug == Bug::OneWaiter {
                    driver.waiters.clear();
                }
                let id = driver.client.submit(now, submission);
                driver.waiters.insert(id, waiter);
                let _ = slot.set(id);
            }
        });
        Self {
            ticket: Some(ticket),
            notes,
            gone,
            id,
            inputs: face.0.clone(),
        }
    }

    fn wait(
        mut self,
        until: Instant,
        mut source: impl FnMut(ReadBlock) -> Result<Bytes, SourceError>,
        mut sink: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Result<C::Reply, Failure> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.notes.recv_timeout(left) {
                Ok(Note::Done(done)) => {
                    let ticket = self.ticket.take().expect("a command is done once");
                    let reply = ticket.redeem(done);
                    return reply.map_err(|error| Failure::Call(error.into()));
                }
                Ok(Note::Read(block)) => {
                    let data = source(block);
                    let _ = self.inputs.send(Box::new(move |driver: &mut Driver, now| {
                        driver.client.handle_block(now, block.id, data);
                    }));
                }
                Ok(Note::Piece(bytes, answer)) => {
                    let _ = answer.send(sink(&bytes));
                }
                Err(RecvTimeoutError::Timeout) => return Err(Failure::GaveUp),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Call(CallError::Stopped));
                }
            }
        }
    }
}

impl<C> Drop for Call<C> {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        let id = Arc::clone(&self.id);
        let _ = self.inputs.send(Box::new(move |driver: &mut Driver, now| {
            let id = id.get().filter(|_| driver.bug != Bug::NeverCancels);
            if let Some(id) = id.filter(|id| driver.waiters.remove(id).is_some()) {
                driver.client.cancel(now, *id);
            }
        }));
    }
}

fn no_source(_: ReadBlock) -> Result<Bytes, SourceError> {
    Err(SourceError::missing())
}

fn no_sink(_: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl<const BUG: u8> Reference<BUG> {
    const fn has(bug: Bug) -> bool {
        BUG == bug as u8
    }
}

impl<const BUG: u8> Subject for Reference<BUG> {
    type Events = Events;

    fn start(client: impl Into<Kept>, network: &TransportConfig) -> (Self, Events) {
        let (inputs, driver_inputs) = channel();
        // Room for the one event that was asked for.
        let (driver_events, inbox) = sync_channel(1);
        let wire = Wire::new(network, Bug::of(BUG));
        let driver = Driver::new(client.into(), wire, inputs.clone(), driver_events);
        thread::spawn(move || driver.run(driver_inputs));
        let face = Arc::new(Face(inputs.clone()));
        let events = Events {
            ack: Ack::default(),
            face: (!Self::has(Bug::ForgetsStream)).then(|| Arc::clone(&face)),
            inputs,
            inbox,
            asked: false,
            handed_out: None,
            takes_panic_for_goodbye: Self::has(Bug::TakesPanicForGoodbye),
        };
        (Self(face), events)
    }

    fn call_all<C>(&self, commands: Vec<C>, patience: Duration) -> Vec<Result<C::Reply, Failure>>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let until = Instant::now() + patience;
        let calls: Vec<_> = commands
            .into_iter()
            .map(|command| Call::start(&self.0, command))
            .collect();
        let wait = |call: Call<C>| call.wait(until, no_source, no_sink);
        calls.into_iter().map(wait).collect()
    }

    fn post<C>(&self, command: C) -> bool
    where
        C: Command + Send + 'static,
    {
        if Self::has(Bug::CancelsPosted) {
            drop(Call::start(&self.0, command));
            return true;
        }
        let (submission, _) = Submission::new(command);
        let submit = move |driver: &mut Driver, now| {
            driver.client.submit(now, submission);
        };
        self.0.0.send(Box::new(submit)).is_ok()
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
        let read = move |block: ReadBlock| {
            let start = usize::try_from(block.offset).unwrap_or(usize::MAX);
            let len = match Self::has(Bug::ShortBlocks) {
                true => block.len.min(1000),
                false => block.len,
            };
            let end = start.saturating_add(len);
            let bytes = source.get(start..end).map(Bytes::copy_from_slice);
            bytes.ok_or_else(|| SourceError::new(io::Error::from(io::ErrorKind::UnexpectedEof)))
        };
        Call::start(&self.0, command).wait(Instant::now() + patience, read, no_sink)
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
        let mut left = sink;
        let write = |bytes: &[u8]| match left.write_all(bytes) {
            Err(_) if Self::has(Bug::DropsBytes) => Ok(()),
            written => written,
        };
        let call = Call::start(&self.0, command);
        let result = call.wait(Instant::now() + patience, no_source, write);
        (room - left.len(), result)
    }

    fn next(events: &mut Events, patience: Duration) -> Result<Option<Event>, TimedOut> {
        if !events.asked {
            if let Some(done) = events.handed_out.take() {
                events.tell(move |driver, now| driver.client.acknowledge(now, done));
            }
            events.tell(|driver, _| driver.asked = true);
            events.asked = true;
        }
        let event = match events.inbox.recv_timeout(patience) {
            Ok(event) => event,
            Err(RecvTimeoutError::Timeout) => return Err(TimedOut),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        };
        events.asked = false;
        events.handed_out = Some(event.id).filter(|_| events.ack == Ack::OnNext);
        Ok(Some(event))
    }

    fn set_ack(events: &mut Events, ack: Ack) {
        events.ack = ack;
    }

    fn acknowledge(&self, event: EventId) {
        self.0
            .tell(move |driver, now| driver.client.acknowledge(now, event));
    }

    fn inspect<T, F>(&self, view: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static,
    {
        let (answer, asked) = channel();
        self.0.tell(move |driver, _| {
            let _ = answer.send(view(&driver.client));
        });
        asked.recv().ok()
    }

    fn close(&self, how: Close, patience: Duration) -> Result<(), TimedOut> {
        let (closer, ended) = channel();
        self.0.tell(move |driver, now| {
            driver.closers.push(closer);
            driver.client.close(now, how);
        });
        match ended.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => Err(TimedOut),
            _ => Ok(()),
        }
    }
}

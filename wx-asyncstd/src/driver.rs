//! The task that owns a client and does what it says.
//!
//! All that happens to the client is an [`Input`]: a deadline, the end of an exchange, the wish of
//! a handle. After each of them the client's orders are carried out, none of which waits for the
//! network.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::time::{Duration, Instant, SystemTime};
use std::{io, task::Poll};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_lite::{FutureExt, StreamExt};
use rustls::crypto::ring;
use wx_proto::{
    Client, Close, CommandId, Completion, Event, Now, Output, ReadBlock, Reply, RequestId, Seed,
    SourceError, Stamp, TransportError,
};

use crate::runtime::{Leash, sleep, yield_now};
use crate::transport::Transport;

/// What is done when its turn comes. It must not wait.
pub(crate) type Input = Box<dyn FnOnce(&mut Driver, Now) + Send>;

type Answer = (RequestId, Result<Reply, TransportError>);

/// The caller of a command. One that went away shows as cancelled.
pub(crate) struct Waiter {
    pub(crate) done: oneshot::Sender<Completion>,
    pub(crate) work: mpsc::UnboundedSender<Work>,
}

/// What a caller does for its command, with a source or a sink that only it has.
pub(crate) enum Work {
    Read(ReadBlock),
    /// An empty piece: flush.
    Write(Bytes, oneshot::Sender<io::Result<()>>),
}

pub(crate) struct Driver {
    pub(crate) client: Client,
    transport: Transport,
    /// One moment, on the monotonic clock and as Unix time.
    origin: (Instant, Duration),
    answers: (
        mpsc::UnboundedSender<Answer>,
        mpsc::UnboundedReceiver<Answer>,
    ),
    in_flight: BTreeMap<RequestId, Leash>,
    pub(crate) waiters: BTreeMap<CommandId, Waiter>,
    /// Dropped when nothing more will be sent.
    pub(crate) closing: Vec<oneshot::Sender<Infallible>>,
    /// Closed once nobody will read.
    events: mpsc::Sender<Event>,
    /// The application asked for an event.
    pub(crate) reader_ready: bool,
    /// Somebody has a handle or the events.
    attended: bool,
}

impl Driver {
    pub(crate) fn new(client: Client, transport: Transport, events: mpsc::Sender<Event>) -> Self {
        let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self {
            client,
            transport,
            origin: (Instant::now(), unix),
            answers: mpsc::unbounded(),
            in_flight: BTreeMap::new(),
            waiters: BTreeMap::new(),
            closing: Vec::new(),
            events,
            reader_ready: false,
            attended: true,
        }
    }

    /// Ends when the client is drained and its last event was read, or will never be.
    pub(crate) async fn run(mut self, mut inputs: mpsc::UnboundedReceiver<Input>) {
        self.client.start(self.now());
        loop {
            self.hand_out_events();
            self.carry_out_orders();
            if self.client.is_drained() {
                break;
            }
            let input = self.next(&mut inputs).await;
            let now = self.now();
            input(&mut self, now);
            // This runtime interrupts nobody: with inputs without end, exchanges would starve.
            yield_now().await;
        }
        // From here on calls fail, and whoever waits for the end is told.
        drop((inputs, self.closing));
        while let Some(event) = self.client.poll_event() {
            if poll_fn(|cx| self.events.poll_ready(cx)).await.is_ok() {
                let _ = self.events.start_send(event);
            }
        }
    }

    /// In this order, so that a flood of calls delays neither deadlines nor replies. Neither of
    /// those can flood: the client sets the one and asked for the other.
    async fn next(&mut self, inputs: &mut mpsc::UnboundedReceiver<Input>) -> Input {
        // A stamp beyond the end of the clock is no deadline.
        let at = self.client.poll_timeout().map(Stamp::since_origin);
        let at = at.and_then(|at| self.origin.0.checked_add(at));
        let (deadline, answer, abandoned, input) = (
            async {
                sleep_until(at).await;
                input(|driver, now| driver.client.handle_timeout(now))
            },
            async {
                let answer = self.answers.1.next().await;
                input(|driver, now| {
                    let Some((id, reply)) = answer else { return };
                    driver.in_flight.remove(&id);
                    driver.client.handle_reply(now, id, reply);
                })
            },
            async {
                let id = abandoned(&mut self.waiters).await;
                input(move |driver, now| {
                    driver.waiters.remove(&id);
                    driver.client.cancel(now, id);
                })
            },
            async {
                if !self.attended {
                    return pending().await;
                }
                let left = || {
                    input(|driver, now| {
                        driver.attended = false;
                        driver.client.close(now, Close::default());
                    })
                };
                inputs.next().await.unwrap_or_else(left)
            },
        );
        deadline.or(answer).or(abandoned).or(input).await
    }

    /// One event each time the application asks; all of them, if it never will again.
    fn hand_out_events(&mut self) {
        while self.client.has_events() && (self.reader_ready || self.events.is_closed()) {
            self.reader_ready = false;
            let Some(event) = self.client.poll_event() else {
                return;
            };
            if let Err(unread) = self.events.try_send(event) {
                self.client.acknowledge(self.now(), unread.into_inner().id);
            }
        }
    }

    fn carry_out_orders(&mut self) {
        while let Some(order) = self.client.poll_output() {
            match order {
                Output::Request(order) => {
                    let caller = order
                        .reply
                        .streams_to()
                        .and_then(|id| self.waiters.get(&id));
                    let sink = caller.map(|caller| caller.work.clone());
                    let (id, answers) = (order.id, self.answers.0.clone());
                    let reply = self.transport.clone().exchange(order, sink);
                    // If it panics, nobody answers, and its deadline will abort it.
                    let exchange = Leash::spawn(async move {
                        let _ = answers.unbounded_send((id, reply.await));
                    });
                    self.in_flight.insert(id, exchange);
                }
                Output::Abort(id) => drop(self.in_flight.remove(&id)),
                Output::Read(block) => {
                    let caller = self.waiters.get(&block.command);
                    let asked = caller.map(|it| it.work.unbounded_send(Work::Read(block)));
                    if !matches!(asked, Some(Ok(()))) {
                        let missing = Err(SourceError::missing());
                        self.client.handle_block(self.now(), block.id, missing);
                    }
                }
                Output::Progress(_) => {}
                Output::Done(done) => {
                    if let Some(waiter) = self.waiters.remove(&done.id()) {
                        // Who goes away in this very moment does not miss it.
                        let _ = waiter.done.send(done);
                    }
                }
            }
        }
    }

    fn now(&self) -> Now {
        let elapsed = self.origin.0.elapsed();
        Now::new(Stamp::new(elapsed), self.origin.1.saturating_add(elapsed))
    }
}

fn input(what: impl FnOnce(&mut Driver, Now) + Send + 'static) -> Input {
    Box::new(what)
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => sleep(at.saturating_duration_since(Instant::now())).await,
        None => pending().await,
    }
}

/// The command whose caller went away.
async fn abandoned(waiters: &mut BTreeMap<CommandId, Waiter>) -> CommandId {
    poll_fn(|cx| {
        let mut gone = waiters
            .iter_mut()
            .filter_map(|(id, waiter)| waiter.done.poll_canceled(cx).is_ready().then_some(*id));
        gone.next().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

/// From the generator that TLS relies on: the operating system's.
pub(crate) fn seed() -> Seed {
    let mut seed = [0; 32];
    let system = ring::default_provider().secure_random;
    #[expect(clippy::expect_used, reason = "documented at `spawn`")]
    system.fill(&mut seed).expect("no randomness");
    Seed::from(seed)
}

#[cfg(test)]
mod tests;

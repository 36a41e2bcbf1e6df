//! A driver under test, as the suite sees it.

use std::time::Duration;

use wx_proto::driver::{Ack, CallError, Kept, TransportConfig};
use wx_proto::{Client, Close, Command, Event, EventId};

use crate::demo::TimedOut;

/// A handle of a session of the driver under test. Everything here blocks.
///
/// Clones are handles of the same session. A method that takes `patience` gives up after it, in the
/// way of the driver's own users: it drops the future, or the handle of the pending call. It is at
/// its end on time even while the driver is busy, see [`inspect`](Self::inspect): an async driver
/// and the time-outs of its callers have threads of their own.
pub trait Subject: Clone + Send + Sync + Sized + 'static {
    /// The stream of events. Dropping it tells the driver that nobody reads any more.
    type Events: Send + 'static;

    /// Starts driving `client`, which was not started yet and may be kept in a store, over a
    /// transport of its own.
    fn start(client: impl Into<Kept>, network: &TransportConfig) -> (Self, Self::Events);

    /// Starts all calls, in this order, before it waits for the first; and gives up what is not
    /// through when the patience is at its end. The results stand in the order of the commands.
    fn call_all<C>(&self, commands: Vec<C>, patience: Duration) -> Vec<Result<C::Reply, Failure>>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static;

    /// One call.
    ///
    /// # Errors
    ///
    /// What the driver says of it.
    fn call<C>(&self, command: C, patience: Duration) -> Result<C::Reply, Failure>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static,
    {
        let mut replies = self.call_all(vec![command], patience);
        replies.pop().unwrap_or(Err(Failure::GaveUp))
    }

    /// Hands in a command that nobody waits for, with neither a source nor a sink. `false`: the
    /// session is over.
    fn post<C>(&self, command: C) -> bool
    where
        C: Command + Send + 'static;

    /// A call that reads from `source`, wherever in it the core wants to.
    ///
    /// # Errors
    ///
    /// What the driver says of it.
    fn call_reading<C>(
        &self,
        command: C,
        source: Vec<u8>,
        patience: Duration,
    ) -> Result<C::Reply, Failure>
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static;

    /// A call that writes to `sink`, which fails when it is full. Besides the result: how many
    /// bytes were written to it.
    fn call_writing<C>(
        &self,
        command: C,
        sink: &mut [u8],
        patience: Duration,
    ) -> (usize, Result<C::Reply, Failure>)
    where
        C: Command + Send + 'static,
        C::Reply: Send + 'static;

    /// The next event. `None`: there are no more.
    ///
    /// # Errors
    ///
    /// There was none within the patience.
    fn next(events: &mut Self::Events, patience: Duration) -> Result<Option<Event>, TimedOut>;

    /// When events count as dealt with.
    fn set_ack(events: &mut Self::Events, ack: Ack);

    /// The application is done with an event.
    fn acknowledge(&self, event: EventId);

    /// A look at the client; `None` once the session is over. Nothing else happens to the client
    /// meanwhile, which one case uses to keep the driver busy for a fraction of a second.
    fn inspect<T, F>(&self, view: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static;

    /// Ends the session and waits until nothing more is to be sent.
    ///
    /// # Errors
    ///
    /// That took longer than the patience. The end goes on.
    fn close(&self, how: Close, patience: Duration) -> Result<(), TimedOut>;
}

/// Why a call of a [`Subject`] has no reply.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The driver's answer.
    Call(CallError),
    /// The patience was at its end first, and the call was given up.
    GaveUp,
}

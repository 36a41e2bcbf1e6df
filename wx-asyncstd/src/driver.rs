//! The task that drives a client.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use futures_lite::FutureExt;
use wx_proto::driver::{Engine, Errand, Events, Handle};
use wx_proto::{Client, Stamp};

use crate::runtime::{Leash, sleep, spawn, yield_now};
use crate::transport::Transport;

pub(crate) fn start(client: Client, transport: Transport) -> (Handle, Events) {
    // One moment, on the monotonic clock and as Unix time.
    let (origin, unix) = (Instant::now(), SystemTime::UNIX_EPOCH.elapsed());
    let unix = unix.unwrap_or_default();
    let (engine, handle, events) = Engine::start(client, unix, move || origin.elapsed());
    spawn(drive(engine, origin, transport));
    (handle, events)
}

async fn drive(mut engine: Engine, origin: Instant, transport: Transport) {
    let mut in_flight = BTreeMap::new();
    loop {
        let deadline = engine.deadline().map(Stamp::since_origin);
        let left = deadline.map_or(Duration::MAX, |at| at.saturating_sub(origin.elapsed()));
        let due = async {
            sleep(left).await;
            None
        };
        // In this order, so that no flood of calls delays a deadline.
        match due.or(async { Some(engine.next().await) }).await {
            None => engine.handle_timeout(),
            Some(Some(Errand::Send(order, exchange))) => {
                in_flight.retain(|_, exchange: &mut Leash| !exchange.has_ended());
                let id = order.id;
                let exchange = Leash::spawn(transport.clone().carry(order, exchange));
                in_flight.insert(id, exchange);
            }
            Some(Some(Errand::Abort(id))) => drop(in_flight.remove(&id)),
            Some(Some(Errand::Reschedule)) => {}
            Some(None) => return,
        }
        // This runtime interrupts nobody: with errands without end, exchanges would starve.
        yield_now().await;
    }
}

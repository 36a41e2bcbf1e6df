//! The task that drives a client.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

use futures_lite::FutureExt;
use wx_proto::driver::{Engine, Errand, Events, Handle, Kept};

use crate::runtime::{Leash, after, spawn, spawn_blocking, yield_now};
use crate::transport::Transport;

pub(crate) fn start(kept: Kept, transport: Transport) -> (Handle, Events) {
    // One moment, on the monotonic clock and as Unix time.
    let (origin, unix) = (Instant::now(), SystemTime::UNIX_EPOCH.elapsed());
    let unix = unix.unwrap_or_default();
    let (engine, handle, events) = Engine::start(kept, unix, move || origin.elapsed());
    spawn(drive(engine, transport));
    (handle, events)
}

async fn drive(mut engine: Engine, transport: Transport) {
    let mut in_flight = BTreeMap::new();
    loop {
        let left = engine.time_left().unwrap_or(Duration::MAX);
        let due = after(left, None);
        // In this order, so that no flood of calls delays a deadline.
        match due.or(async { Some(engine.next().await) }).await {
            None => engine.handle_timeout(),
            Some(Some(Errand::Send(order, exchange))) => {
                in_flight.retain(|_, exchange: &mut Leash| !exchange.has_ended());
                let id = order.id;
                in_flight.insert(id, Leash::spawn(transport.clone().carry(order, exchange)));
            }
            Some(Some(Errand::Abort(id))) => drop(in_flight.remove(&id)),
            Some(Some(Errand::Save(saving))) => drop(spawn_blocking(|| saving.run())),
            Some(Some(Errand::Reschedule)) => {}
            Some(None) => return,
        }
        // This runtime interrupts nobody: with errands without end, exchanges would starve.
        yield_now().await;
    }
}

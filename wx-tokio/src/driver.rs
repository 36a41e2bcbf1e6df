//! The task that drives a client.

use std::{collections::BTreeMap, time::SystemTime};

use tokio::task::{AbortHandle, JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use wx_proto::driver::{Engine, Errand, Events, Handle, Kept};
use wx_proto::{RequestId, Stamp};

use crate::transport::Transport;

pub(crate) fn start(kept: Kept, transport: Transport) -> (Handle, Events) {
    // One moment, on tokio's clock, which tests can pause, and as Unix time.
    let origin = Instant::now();
    let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let (engine, handle, events) = Engine::start(kept, unix, move || origin.elapsed());
    tokio::spawn(drive(engine, origin, transport));
    (handle, events)
}

async fn drive(mut engine: Engine, origin: Instant, transport: Transport) {
    // Aborted when this task ends, whatever ends it.
    let mut exchanges = JoinSet::new();
    let mut in_flight = BTreeMap::<RequestId, AbortHandle>::new();
    loop {
        // A stamp beyond the end of the clock is no deadline.
        let at = engine.deadline().map(Stamp::since_origin);
        let deadline = at.and_then(|at| origin.checked_add(at));
        // In this order, so that no flood of calls delays a deadline.
        tokio::select! {
            biased;
            () = sleep_until(deadline.unwrap_or(origin)), if deadline.is_some() => {
                engine.handle_timeout();
            }
            Some(_) = exchanges.join_next() => {
                in_flight.retain(|_, exchange| !exchange.is_finished());
            }
            errand = engine.next() => match errand {
                Some(Errand::Send(request, exchange)) => {
                    let id = request.id;
                    let task = exchanges.spawn(transport.clone().carry(request, exchange));
                    in_flight.insert(id, task);
                }
                Some(Errand::Abort(id)) => {
                    in_flight.remove(&id).inspect(AbortHandle::abort);
                }
                Some(Errand::Save(saving)) => drop(spawn_blocking(|| saving.run())),
                Some(Errand::Reschedule) => {}
                None => return,
            },
        }
    }
}

//! The thread that drives a session, and those of its requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};
use std::{io, thread::Builder};

use wx_proto::driver::{Engine, Errand, Events, Exchange, Handle, Kept};
use wx_proto::{OutgoingRequest, RequestId};

use crate::transport::{Lane, Transport, lock};
use crate::wait::wait;

/// Starts a client in a thread of its own.
pub(crate) fn start(kept: Kept, transport: Transport) -> io::Result<(Handle, Events)> {
    // One moment, on the monotone clock and as Unix time.
    let origin = Instant::now();
    let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let (engine, handle, events) = Engine::start(kept, unix, move || origin.elapsed());
    spawn("wx-session", move || drive(engine, &transport))?;
    Ok((handle, events))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    Builder::new().name(name.into()).spawn(work).map(drop)
}

/// What exchanges under way go over. Whoever takes a lane out says what becomes of it: its exchange,
/// which is over, or the driver, which hangs up. So nobody hangs up on what is somebody else's by
/// now.
type OnWire = Arc<Mutex<BTreeMap<RequestId, Lane>>>;

fn drive(mut engine: Engine, transport: &Transport) {
    let on_wire = OnWire::default();
    loop {
        match wait(engine.time_left(), engine.next()) {
            Some(Some(Errand::Send(request, exchange))) => {
                begin(request, exchange, transport.clone(), &on_wire);
            }
            Some(Some(Errand::Abort(id))) => {
                let lane = lock(&on_wire).remove(&id);
                lane.into_iter().for_each(|lane| lane.agent.shutdown());
            }
            // Without a thread it comes again.
            Some(Some(Errand::Save(saving))) => drop(spawn("wx-save", || saving.run())),
            Some(Some(Errand::Reschedule)) => {}
            Some(None) => return,
            None => engine.handle_timeout(),
        }
    }
}

fn begin(request: OutgoingRequest, mut exchange: Exchange, transport: Transport, wire: &OnWire) {
    let id = request.id;
    let lane = transport.lane_to(request.http.uri());
    lock(wire).insert(id, lane.clone());
    let on_wire = Arc::clone(wire);
    let work = move || {
        let outcome = lane.exchange(request, &mut exchange);
        let lane = lock(&on_wire).remove(&id);
        let kept = lane.filter(|_| matches!(outcome, Ok((_, true))));
        kept.into_iter().for_each(|lane| transport.keep(lane));
        exchange.finish(outcome.map(|(reply, _)| reply));
    };
    if spawn("wx-exchange", work).is_err() {
        // The exchange went down with it, and has said so.
        lock(wire).remove(&id);
    }
}

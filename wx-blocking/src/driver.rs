//! The thread that drives a session, and those of its requests.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::{Instant, SystemTime};

use wx_proto::driver::{Engine, Errand, Events, Exchange, Handle};
use wx_proto::{Client, OutgoingRequest, RequestId, Stamp};

use crate::transport::{Lane, Transport, lock};
use crate::wait::wait;

/// Starts a client in a thread of its own.
pub(crate) fn start(client: Client, transport: Transport) -> io::Result<(Handle, Events)> {
    // One moment, on the monotone clock and as Unix time.
    let origin = Instant::now();
    let unix = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let (engine, handle, events) = Engine::start(client, unix, move || origin.elapsed());
    let thread = Builder::new().name("wx-session".into());
    thread.spawn(move || drive(engine, origin, &transport))?;
    Ok((handle, events))
}

/// What exchanges under way go over. Whoever takes a lane out says what becomes of it: its exchange,
/// which is over, or the driver, which hangs up. So nobody hangs up on what is somebody else's by
/// now.
type OnWire = Arc<Mutex<BTreeMap<RequestId, Lane>>>;

fn drive(mut engine: Engine, origin: Instant, transport: &Transport) {
    let on_wire = OnWire::default();
    loop {
        // A stamp beyond the end of the clock is no deadline.
        let at = engine.deadline().map(Stamp::since_origin);
        let deadline = at.and_then(|at| origin.checked_add(at));
        match wait(deadline, engine.next()) {
            Some(Some(Errand::Send(request, exchange))) => {
                begin(request, exchange, transport.clone(), &on_wire);
            }
            Some(Some(Errand::Abort(id))) => {
                let lane = lock(&on_wire).remove(&id);
                lane.into_iter().for_each(|lane| lane.agent.shutdown());
            }
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
    let thread = Builder::new().name("wx-exchange".into());
    if thread.spawn(work).is_err() {
        // The exchange went down with it, and has said so.
        lock(wire).remove(&id);
    }
}

//! The same with threads, all at once.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Close, Command, EventKind, OutgoingRequest, Phase, RequestId, SendText, Stamp,
    driver::{Call, Engine, Errand, Events, Exchange, Handle, Lent, Work},
};
use wx_sim::server::{ExchangeId, Server, Setup};

use crate::{
    calls::within_seconds,
    lab::{BEGINNING, Clock, TAKEN, avatar, once, start, upload},
};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits in this thread, for so many naps at most: only a waker ends a nap early, and who is woken
/// in time needs few.
fn wait<T>(naps: u32, nap: Duration, what: impl Future<Output = T>) -> Option<T> {
    let mut what = pin!(what);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    for _ in 0..naps {
        if let Poll::Ready(came) = what.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(came);
        }
        thread::park_timeout(nap);
    }
    None
}

/// For whoever has to be woken: the nap is longer than the test may take. Unparked for nothing is
/// who was woken for what it waited for before.
fn wait_long<T>(what: impl Future<Output = T>) -> T {
    wait(1000, Duration::from_secs(600), what).unwrap()
}

struct Net {
    server: Server,
    clock: Clock,
    waiting: BTreeMap<u64, mpsc::Sender<Response<Bytes>>>,
}

impl Net {
    fn unix(&self) -> Duration {
        BEGINNING + Duration::from_millis(self.clock.load(Ordering::SeqCst))
    }

    fn tick(&mut self) {
        let unix = self.unix();
        self.server.handle_timeout(unix);
        while let Some((ExchangeId(id), reply)) = self.server.poll_reply() {
            if let Some(waiting) = self.waiting.remove(&id) {
                // Its thread may have gone.
                let _ = waiting.send(reply);
            }
        }
    }

    fn accept(
        &mut self,
        id: RequestId,
        http: http::Request<Bytes>,
    ) -> mpsc::Receiver<Response<Bytes>> {
        let (waiting, reply) = mpsc::channel();
        self.waiting.insert(id.ordinal(), waiting);
        let unix = self.unix();
        self.server.accept(unix, ExchangeId(id.ordinal()), http);
        self.tick();
        reply
    }

    fn abandon(&mut self, id: RequestId) {
        self.waiting.remove(&id.ordinal());
        let unix = self.unix();
        self.server.abandon(unix, ExchangeId(id.ordinal()));
    }
}

fn drive(mut engine: Engine, net: &Arc<Mutex<Net>>, clock: &Clock, is_killed: &AtomicBool) {
    let mut exchanges = Vec::new();
    while !is_killed.load(Ordering::SeqCst) {
        let deadline = engine.deadline();
        // Time goes by without telling, so naps are short.
        match wait(2, Duration::from_micros(300), engine.next()) {
            Some(Some(Errand::Send(request, exchange))) => {
                let net = Arc::clone(net);
                exchanges.push(thread::spawn(move || carry(request, exchange, &net)));
            }
            Some(Some(Errand::Abort(id))) => net.lock().unwrap().abandon(id),
            Some(Some(Errand::Save(saving))) => saving.run(),
            Some(Some(Errand::Reschedule)) => {}
            Some(None) => break,
            None => {
                let now = Stamp::new(Duration::from_millis(clock.load(Ordering::SeqCst)));
                if deadline.is_some_and(|at| at <= now) {
                    engine.handle_timeout();
                }
            }
        }
    }
    drop(engine);
    net.lock().unwrap().waiting.clear();
    exchanges
        .into_iter()
        .for_each(|exchange| exchange.join().unwrap());
}

fn carry(request: OutgoingRequest, mut exchange: Exchange, net: &Mutex<Net>) {
    let reply = net.lock().unwrap().accept(request.id, request.http);
    // Hung up on, it drops its exchange.
    let Ok(reply) = reply.recv() else { return };
    let (head, body) = reply.into_parts();
    let reply = request
        .reply
        .begin(head)
        .read(&*body, |piece| wait_long(exchange.write(piece)));
    exchange.finish(reply);
}

/// Waits for the reply and serves the command meanwhile, or gives up after some time.
fn serve<C: Command>(mut call: Call<C>, patience: Option<u32>) -> bool {
    let mut worker = call.worker();
    let nap = Duration::from_millis(1);
    loop {
        let work = match patience {
            None => wait_long(worker.next()),
            Some(naps) => match wait(naps, nap, worker.next()) {
                None => return false,
                Some(work) => work,
            },
        };
        match work {
            None => break,
            Some(Work::Write(piece)) => worker.wrote(&piece, Ok(())),
            Some(Work::Read(block)) => worker.read(block.id, Ok(vec![7; block.len].into())),
        }
    }
    wait_long(&mut call).is_ok()
}

fn call(handle: &Handle, mut dice: u64, rolls: u32, done: &AtomicU32) {
    for _ in 0..rolls {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        let patience = [Some(0), Some(1), Some(3), None][(dice >> 8) as usize % 4];
        let handle = handle.clone();
        let is_done = match dice % 5 {
            0 => serve(handle.submit(upload(40), Lent::Source), patience),
            1 => match avatar(&handle) {
                Some(fetch) => serve(handle.submit(fetch, Lent::Sink), patience),
                None => false,
            },
            2 => serve(handle.submit(once(), Lent::Nothing), patience),
            3 => {
                let _ = wait(1, Duration::from_micros(50), handle.closed());
                false
            }
            _ => match handle.inspect(|client| client.chat("filehelper")) {
                Ok(Some(chat)) => serve(
                    handle.submit(SendText::new(chat, "x"), Lent::Nothing),
                    patience,
                ),
                _ => false,
            },
        };
        done.fetch_add(u32::from(is_done), Ordering::SeqCst);
    }
}

fn read(mut events: Events, until_online: &mpsc::Sender<()>) -> bool {
    loop {
        // Impatient: most of these futures are dropped.
        match wait(1, Duration::from_micros(100), events.next()) {
            None => {}
            Some(None) => return false,
            Some(Some(event)) => match event.kind {
                EventKind::Online(_) => until_online.send(()).unwrap(),
                EventKind::Ended(_) => {
                    assert!(wait_long(events.next()).is_none(), "more after the end");
                    return true;
                }
                _ => {}
            },
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    Logout,
    Killed,
    LastOut,
}

fn round(seed: u64, end: End) -> u32 {
    let clock = Clock::default();
    let mut server = Server::new(Setup::default());
    let page = |kind: &str, body: &'static [u8]| {
        let reply = Response::builder().header("content-type", kind);
        reply.body(Bytes::from_static(body)).unwrap()
    };
    server.plant("webwxgeticon", 10_000, page("image/jpeg", &[7; 5000]));
    server.plant("webwxuploadmedia", 10_000, page("text/plain", TAKEN));
    server.plant("webwxcreatechatroom", 10_000, page("text/html", b"made"));
    let net = Arc::new(Mutex::new(Net {
        server,
        clock: Arc::clone(&clock),
        waiting: BTreeMap::new(),
    }));
    let (engine, handle, events) = start(&clock);
    let is_over = Arc::new(AtomicBool::new(false));
    let ticker = {
        let (net, clock, is_over) = (Arc::clone(&net), Arc::clone(&clock), Arc::clone(&is_over));
        thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                // A hundred times as fast.
                clock.fetch_add(50, Ordering::SeqCst);
                net.lock().unwrap().tick();
                thread::sleep(Duration::from_micros(500));
            }
        })
    };
    let is_killed = Arc::new(AtomicBool::new(false));
    let driver = {
        let (net, clock, is_killed) =
            (Arc::clone(&net), Arc::clone(&clock), Arc::clone(&is_killed));
        thread::spawn(move || drive(engine, &net, &clock, &is_killed))
    };
    let (until_online, online) = mpsc::channel();
    let reader = thread::spawn(move || read(events, &until_online));
    online.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(
        handle.inspect(|client| client.phase()).unwrap(),
        Phase::Online
    );
    let done = Arc::new(AtomicU32::new(0));
    let callers: Vec<JoinHandle<()>> = (1..=4)
        .map(|n| {
            let (handle, done) = (handle.clone(), Arc::clone(&done));
            thread::spawn(move || call(&handle, seed * 0x9e37_79b9 + n, 60, &done))
        })
        .collect();
    let waiter = {
        let handle = handle.clone();
        thread::spawn(move || wait_long(handle.closed()))
    };
    match end {
        End::LastOut => {}
        _ => thread::sleep(Duration::from_millis(60)),
    }
    match end {
        End::Logout => {
            handle.close(Close {
                logout: true,
                drain: Duration::from_secs(2),
            });
        }
        End::Killed => is_killed.store(true, Ordering::SeqCst),
        End::LastOut => {}
    }
    callers
        .into_iter()
        .for_each(|caller| caller.join().unwrap());
    if let End::LastOut = end {
        handle.close(Close::default());
    }
    drop(handle);
    waiter.join().unwrap();
    driver.join().unwrap();
    assert!(reader.join().unwrap(), "no end");
    is_over.store(true, Ordering::SeqCst);
    ticker.join().unwrap();
    drop(net);
    assert_eq!(Arc::strong_count(&clock), 1, "somebody keeps the client");
    done.load(Ordering::SeqCst)
}

#[test]
fn threads_come_and_go_and_all_of_them_end() {
    within_seconds(120, || {
        let ends = [End::Logout, End::Killed, End::LastOut];
        let done: u32 = (1..=9)
            .map(|seed| round(seed, ends[seed as usize % 3]))
            .sum();
        assert!(done > 100, "hardly anything was ever done: {done}");
    });
}

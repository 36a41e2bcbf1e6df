//! A tiny executor, and a network that is a simulated service under a clock turned by hand.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::poll_fn,
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use wx_proto::{
    Client, Config, EventKind, FetchAvatar, MediaKind, OutgoingRequest, Pace, Phase, Raw, Reply,
    RequestId, Seed, Stamp, TransportError, Upload,
    driver::{Engine, Errand, Events, Exchange, Handle, Kept, Saving},
};
use wx_sim::server::{Deed, ExchangeId, Server, Setup};

/// When this world begins, as Unix time.
pub(crate) const BEGINNING: Duration = Duration::from_secs(1_700_000_000);

/// Whether somebody was woken.
#[derive(Default)]
pub(crate) struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Bell {
    pub(crate) fn rung(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    pub(crate) fn poll<F: Future>(self: &Arc<Self>, future: F) -> Poll<F::Output> {
        let waker = Waker::from(Arc::clone(self));
        pin!(future).poll(&mut Context::from_waker(&waker))
    }
}

pub(crate) fn poll<F: Future>(future: F) -> Poll<F::Output> {
    Arc::<Bell>::default().poll(future)
}

/// What is said of each piece; the id counts with the last one.
pub(crate) const TAKEN: &[u8] = br#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_77aa",
    "StartPos":0,"EncryFileName":"a"}"#;

/// The size of a piece of an upload.
pub(crate) const PIECE: u64 = 512 << 10;

/// A file of so many bytes, from a source.
pub(crate) fn upload(len: u64) -> Upload {
    Upload::source(MediaKind::File, "a.bin", len)
}

/// A picture for a sink, if there is anybody who has one.
pub(crate) fn avatar(handle: &Handle) -> Option<FetchAvatar> {
    let chat = handle.inspect(|client| client.chat("filehelper")).ok()?;
    chat.map(FetchAvatar::of)
}

/// Something that is asked for once, whatever becomes of it.
pub(crate) fn once() -> Raw {
    Raw::post("webwxcreatechatroom", "{}")
}

/// Where a task is while it does not run.
type Place = (Arc<Bell>, Option<Task>);
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Milliseconds since the beginning. Whoever holds the session holds this.
pub(crate) type Clock = Arc<AtomicU64>;

pub(crate) const SEED: [u8; 32] = [7; 32];

pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.pace = Pace::FREE;
    config
}

pub(crate) fn start(clock: &Clock) -> (Engine, Handle, Events) {
    start_of(clock, Client::new(config(), Seed::from(SEED)))
}

fn start_of(clock: &Clock, client: impl Into<Kept>) -> (Engine, Handle, Events) {
    let clock = Arc::clone(clock);
    Engine::start(client, BEGINNING, move || {
        Duration::from_millis(clock.load(Ordering::SeqCst))
    })
}

#[derive(Default)]
pub(crate) struct Lab {
    pub(crate) clock: Clock,
    server: RefCell<Option<Server>>,
    last_task: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Place>>,
    /// Exchanges under way, by their request.
    wires: RefCell<BTreeMap<RequestId, u64>>,
    arrived: RefCell<BTreeMap<u64, Response<Bytes>>>,
    waiting: RefCell<BTreeMap<u64, Waker>>,
    /// What the engine sleeps towards.
    alarm: RefCell<Option<(Stamp, Waker)>>,
    driver: Cell<u64>,
    /// Counts whatever a task gets done.
    pub(crate) progress: Cell<u64>,
    /// Requests that were given out, and those of them that were aborted.
    pub(crate) sent: RefCell<Vec<RequestId>>,
    pub(crate) aborted: RefCell<Vec<RequestId>>,
    /// For tests that play the network themselves: what would have been carried.
    pub(crate) keeps: Cell<bool>,
    pub(crate) kept: RefCell<Vec<Exchange>>,
    /// For tests that play a slow disk: what would have been saved.
    pub(crate) delays: Cell<bool>,
    pub(crate) delayed: RefCell<Vec<Saving>>,
}

impl Lab {
    /// A session that nobody has let in yet.
    pub(crate) fn new() -> (Rc<Self>, Handle, Events) {
        Self::of(Client::new(config(), Seed::from(SEED)))
    }

    pub(crate) fn of(client: impl Into<Kept>) -> (Rc<Self>, Handle, Events) {
        let lab = Rc::new(Self::default());
        *lab.server.borrow_mut() = Some(Server::new(Setup::default()));
        let (handle, events) = lab.drive(client);
        (lab, handle, events)
    }

    fn drive(self: &Rc<Self>, client: impl Into<Kept>) -> (Handle, Events) {
        let (engine, handle, events) = start_of(&self.clock, client);
        let driver = self.spawn(drive(Rc::clone(self), engine));
        self.driver.set(driver);
        (handle, events)
    }

    /// The same service at the same time, for another program: this one has gone as if it had been
    /// killed.
    pub(crate) fn again(&self, client: impl Into<Kept>) -> (Rc<Self>, Handle, Events) {
        // Its tasks go later: what they do when they are dropped, a killed program does not.
        let lab = Rc::new(Self {
            server: RefCell::new(self.server.take()),
            clock: Arc::new(AtomicU64::new(self.clock.load(Ordering::SeqCst))),
            ..Self::default()
        });
        for id in self.wires.borrow().keys() {
            let unix = lab.unix();
            lab.server(|server| server.abandon(unix, ExchangeId(id.ordinal())));
        }
        let (handle, events) = lab.drive(client);
        (lab, handle, events)
    }

    /// A session that is online, all its events read so far.
    pub(crate) fn online() -> (Rc<Self>, Handle, Events) {
        let (lab, handle, mut events) = Self::new();
        lab.to_online(&handle, &mut events);
        (lab, handle, events)
    }

    /// Runs until the session is online, and reads all its events so far.
    pub(crate) fn to_online(&self, handle: &Handle, events: &mut Events) -> Vec<EventKind> {
        let mut read = Vec::new();
        for _ in 0..200 {
            self.run();
            if handle.inspect(|client| client.phase()).unwrap() == Phase::Online {
                self.pass(5_000);
                while let Poll::Ready(event) = poll(events.next()) {
                    let kind = event.unwrap().kind;
                    assert!(!matches!(kind, EventKind::Ended(_)));
                    read.push(kind);
                }
                self.run();
                return read;
            }
            self.pass(100);
        }
        panic!("not online")
    }

    pub(crate) fn server<T>(&self, act: impl FnOnce(&mut Server) -> T) -> T {
        act(self.server.borrow_mut().as_mut().unwrap())
    }

    /// The next so many requests to `endpoint` get this.
    pub(crate) fn plant(&self, endpoint: &str, times: u32, kind: &str, body: &'static [u8]) {
        let reply = Response::builder().header("content-type", kind);
        let reply = reply.body(Bytes::from_static(body)).unwrap();
        self.server(|server| server.plant(endpoint, times, reply));
    }

    /// The next so many pieces of uploads are taken.
    pub(crate) fn plant_uploads(&self, pieces: u32) {
        self.plant("webwxuploadmedia", pieces, "text/plain", TAKEN);
    }

    fn now(&self) -> Stamp {
        Stamp::new(Duration::from_millis(self.clock.load(Ordering::SeqCst)))
    }

    fn unix(&self) -> Duration {
        BEGINNING + self.now().since_origin()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) -> u64 {
        let id = self.last_task.get() + 1;
        self.last_task.set(id);
        let bell = Arc::new(Bell(AtomicBool::new(true)));
        let task: Task = Box::pin(task);
        self.tasks.borrow_mut().insert(id, (bell, Some(task)));
        id
    }

    pub(crate) fn kill(&self, task: u64) {
        let killed = self.tasks.borrow_mut().remove(&task);
        drop(killed);
    }

    pub(crate) fn is_alive(&self, task: u64) -> bool {
        self.tasks.borrow().contains_key(&task)
    }

    pub(crate) fn kill_driver(&self) {
        self.kill(self.driver.get());
    }

    pub(crate) fn is_driven(&self) -> bool {
        self.is_alive(self.driver.get())
    }

    pub(crate) fn act(&self, deed: Deed) -> bool {
        let unix = self.unix();
        self.server(|server| server.act(unix, deed)).is_ok()
    }

    /// Ends the task of an exchange before it has answered.
    pub(crate) fn cut(&self, task: u64) {
        self.wires.borrow_mut().retain(|_, wire| *wire != task);
        self.kill(task);
    }

    pub(crate) fn wires(&self) -> Vec<u64> {
        self.wires.borrow().values().copied().collect()
    }

    /// Lets a task have its turn, whether it was woken or not.
    fn poll(&self, id: u64) {
        let taken = match self.tasks.borrow_mut().get_mut(&id) {
            Some((bell, task)) => (Arc::clone(bell), task.take()),
            None => return,
        };
        let (bell, Some(mut task)) = taken else {
            return;
        };
        if bell.poll(task.as_mut()).is_ready() {
            self.kill(id);
            self.progress.set(self.progress.get() + 1);
            return;
        }
        match self.tasks.borrow_mut().get_mut(&id) {
            Some((_, place)) => *place = Some(task),
            // Killed by itself.
            None => drop(task),
        }
    }

    /// Runs whoever was woken, until the world is quiet.
    pub(crate) fn run(&self) {
        for _ in 0..100_000 {
            let rung = |(id, (bell, _)): (&u64, &Place)| bell.rung().then_some(*id);
            let woken: Vec<_> = self.tasks.borrow().iter().filter_map(rung).collect();
            if woken.is_empty() && !self.deliver() {
                return;
            }
            woken.into_iter().for_each(|id| self.poll(id));
        }
        panic!("the world does not come to rest")
    }

    /// Whoever is pending has nothing to do: otherwise it should have been woken.
    pub(crate) fn assert_quiet(&self) {
        self.run();
        let before = self.progress.get();
        let all: Vec<_> = self.tasks.borrow().keys().copied().collect();
        all.into_iter().for_each(|id| self.poll(id));
        assert_eq!(self.progress.get(), before, "somebody was not woken");
        self.run();
    }

    /// Time goes by, deadline by deadline.
    pub(crate) fn pass(&self, ms: u64) {
        let end = self.clock.load(Ordering::SeqCst) + ms;
        for _ in 0..100_000 {
            self.run();
            let service = self.server(|server| server.poll_timeout());
            let service = service.map(|due| due.saturating_sub(BEGINNING));
            let alarm = self
                .alarm
                .borrow()
                .as_ref()
                .map(|(at, _)| at.since_origin());
            let next = service.into_iter().chain(alarm).min();
            let next = next.map_or(end, |due| due.as_nanos().div_ceil(1_000_000) as u64);
            let now = self.clock.load(Ordering::SeqCst);
            self.clock.store(next.clamp(now, end), Ordering::SeqCst);
            self.server(|server| server.handle_timeout(self.unix()));
            let due = self.alarm.borrow_mut().take_if(|(at, _)| *at <= self.now());
            match due {
                Some((_, waker)) => waker.wake(),
                None if now >= end && !self.deliver() => return,
                None => {}
            }
        }
        panic!("time does not pass")
    }

    fn deliver(&self) -> bool {
        let replies = std::iter::from_fn(|| self.server(Server::poll_reply));
        let replies: Vec<_> = replies.collect();
        let is_some = !replies.is_empty();
        for (ExchangeId(id), reply) in replies {
            self.arrived.borrow_mut().insert(id, reply);
            if let Some(waker) = self.waiting.borrow_mut().remove(&id) {
                waker.wake();
            }
        }
        is_some
    }

    fn within<T>(
        &self,
        until: Option<Stamp>,
        what: impl Future<Output = T>,
    ) -> impl Future<Output = Option<T>> {
        let mut what = Box::pin(what);
        poll_fn(move |cx| {
            *self.alarm.borrow_mut() = None;
            if let Poll::Ready(came) = what.as_mut().poll(cx) {
                return Poll::Ready(Some(came));
            }
            match until {
                Some(until) if until <= self.now() => Poll::Ready(None),
                until => {
                    *self.alarm.borrow_mut() = until.map(|at| (at, cx.waker().clone()));
                    Poll::Pending
                }
            }
        })
    }
}

async fn drive(lab: Rc<Lab>, mut engine: Engine) {
    loop {
        let deadline = engine.deadline();
        let errand = lab.within(deadline, engine.next()).await;
        lab.progress.set(lab.progress.get() + 1);
        match errand {
            Some(Some(Errand::Send(request, exchange))) => {
                let id = request.id;
                assert_eq!(id, exchange.id());
                assert!(!lab.sent.borrow().contains(&id), "sent twice");
                lab.sent.borrow_mut().push(id);
                if lab.keeps.get() {
                    lab.kept.borrow_mut().push(exchange);
                    continue;
                }
                let task = lab.spawn(carry(Rc::clone(&lab), request, exchange));
                lab.wires.borrow_mut().insert(id, task);
            }
            Some(Some(Errand::Abort(id))) => {
                assert!(lab.sent.borrow().contains(&id), "never left");
                assert!(!lab.aborted.borrow().contains(&id), "aborted twice");
                lab.aborted.borrow_mut().push(id);
                let task = lab.wires.borrow_mut().remove(&id);
                task.into_iter().for_each(|task| lab.kill(task));
                let unix = lab.unix();
                lab.server(|server| server.abandon(unix, ExchangeId(id.ordinal())));
            }
            Some(Some(Errand::Save(saving))) => match lab.delays.get() {
                true => lab.delayed.borrow_mut().push(saving),
                false => saving.run(),
            },
            Some(Some(Errand::Reschedule)) => {}
            Some(None) => return,
            None => engine.handle_timeout(),
        }
    }
}

async fn carry(lab: Rc<Lab>, request: OutgoingRequest, mut exchange: Exchange) {
    let id = request.id;
    let reply = carried(&lab, request, &mut exchange).await;
    lab.wires.borrow_mut().remove(&id);
    exchange.finish(reply);
}

async fn carried(
    lab: &Lab,
    request: OutgoingRequest,
    exchange: &mut Exchange,
) -> Result<Reply, TransportError> {
    let ordinal = request.id.ordinal();
    let (unix, id) = (lab.unix(), ExchangeId(ordinal));
    lab.server(|server| server.accept(unix, id, request.http));
    let response = poll_fn(|cx| match lab.arrived.borrow_mut().remove(&ordinal) {
        Some(response) => Poll::Ready(response),
        None => {
            lab.waiting.borrow_mut().insert(ordinal, cx.waker().clone());
            Poll::Pending
        }
    });
    let (head, body) = response.await.into_parts();
    let mut reader = exchange.begin(request.reply, head);
    let streams = request.reply.streams_to().is_some();
    // Small blocks for a sink, so that there are many.
    for block in body.chunks(if streams { 4 } else { 1 << 20 }) {
        reader.push(Bytes::copy_from_slice(block));
        while let Some(piece) = reader.pull()? {
            let written = exchange.write(piece).await;
            lab.progress.set(lab.progress.get() + 1);
            written?;
        }
    }
    let (reply, rest) = reader.finish()?;
    if let Some(rest) = rest {
        exchange.write(rest).await?;
    }
    if streams {
        exchange.write(Bytes::new()).await?;
    }
    Ok(reply)
}

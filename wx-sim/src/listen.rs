//! The service behind real HTTP on this machine, for clients in any language.
//!
//! [`Listener`] puts a [`Server`] behind a loopback socket: one thread for each connection, one
//! that keeps the time. What clients see can be made to go wrong on the wire, see [`Fault`]:
//!
//! ```
//! use wx_sim::{
//!     listen::{Fault, Listener},
//!     server::Setup,
//! };
//!
//! # fn main() -> std::io::Result<()> {
//! let service = Listener::bind("127.0.0.1:0", Setup::default())?;
//! println!("{}", service.url()); // http://127.0.0.1:40961
//!
//! // The next text arrives, and its sender does not get to know.
//! service.plant_after("webwxsendmsg", 1, Fault::Reset);
//!
//! assert_eq!(service.with(|server| server.received().count()), 0);
//! # Ok(())
//! # }
//! ```
//!
//! [`Listener::bind_tls`] does the same behind https, with a certificate of an [`Authority`] that
//! the client has to be told to trust; [`ConnectProxy`] leads there under any host name.

pub(crate) mod acceptor;
mod authority;
pub(crate) mod exchange;
mod fault;
mod proxy;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;

pub use authority::Authority;
pub use fault::Fault;
pub use proxy::ConnectProxy;

use std::{
    collections::BTreeMap,
    fmt, io,
    net::{Ipv6Addr, SocketAddr, ToSocketAddrs},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use rustls::ServerConfig;

use self::{
    acceptor::{Acceptor, bind_loopback},
    fault::{Faults, Mishap},
};
use crate::server::{Deed, DeedError, Done, ExchangeId, Family, Server, Setup};

/// The protocol has about forty endpoints; what else is asked for under a planted fault need not
/// all be remembered.
const ENDPOINTS: usize = 256;

/// A simulated service that listens. Dropping it closes all connections and ends all threads.
pub struct Listener {
    // Dropped first: its threads use the service.
    acceptor: Acceptor,
    shared: Arc<Shared>,
    timer: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens at `address`, which must be on this machine; port 0 takes a free one. Whatever
    /// [`Setup::base`] says, all URLs of the service name [`Listener::url`].
    ///
    /// # Errors
    ///
    /// If the address is not a loopback address, or cannot be had.
    pub fn bind(address: impl ToSocketAddrs, setup: Setup) -> io::Result<Self> {
        Self::start(address, setup, &Way::Plain)
    }

    /// The same, but URLs and cookies are those of the real hosts, and each request has to be meant
    /// for the right one. One that names this listener is taken as meant for the host that serves
    /// its path.
    ///
    /// # Errors
    ///
    /// As for [`Listener::bind`].
    pub fn bind_as_real(address: impl ToSocketAddrs, setup: Setup) -> io::Result<Self> {
        Self::start(address, setup, &Way::Real)
    }

    /// The same as [`Listener::bind`] over TLS, with a certificate of `authority` for `host`, which
    /// is a name or an address, and for this machine. [`Listener::url`] names `host`; a client
    /// needs a [`ConnectProxy`] to get there if that is neither `localhost` nor an address of this
    /// machine.
    ///
    /// # Errors
    ///
    /// As for [`Listener::bind`], and if `host` cannot stand in a certificate.
    pub fn bind_tls(
        address: impl ToSocketAddrs,
        setup: Setup,
        authority: &Authority,
        host: &str,
    ) -> io::Result<Self> {
        Self::start(address, setup, &Way::Tls { authority, host })
    }

    fn start(address: impl ToSocketAddrs, mut setup: Setup, way: &Way<'_>) -> io::Result<Self> {
        let socket = bind_loopback(address)?;
        let address = socket.local_addr()?;
        let (url, tls) = match way {
            Way::Plain | Way::Real => (url(address), None),
            Way::Tls { authority, host } => {
                let config = authority.server(host)?;
                (tls_url(host, address.port()), Some(config))
            }
        };
        let real_family = matches!(way, Way::Real).then_some(setup.family);
        setup.base = real_family.is_none().then(|| url.clone());
        let shared = Arc::new(Shared {
            clock: Clock::new(),
            url,
            tls,
            real_family,
            state: Mutex::new(State {
                server: Server::new(setup),
                faults: Faults::default(),
                waiting: BTreeMap::new(),
                exchanges: 0,
                hang_ups: BTreeMap::new(),
                closing: false,
            }),
            changed: Condvar::new(),
        });
        let acceptor = Acceptor::start(socket, "wx-sim", {
            let shared = Arc::clone(&shared);
            move |tcp, place| exchange::serve(&shared, tcp, place)
        })?;
        let timer = thread::Builder::new()
            .name("wx-sim-timer".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.keep_time()
            })?;
        Ok(Self {
            acceptor,
            shared,
            timer: Some(timer),
        })
    }

    /// Where the service is: `http://127.0.0.1:40961`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Where the service listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.acceptor.address()
    }

    /// Looks at the service, or does something to it, while its clock stands at the present.
    /// No request is served meanwhile.
    pub fn with<T>(&self, f: impl FnOnce(&mut Server) -> T) -> T {
        self.shared.with(f)
    }

    /// What phones, friends and operators do, done now.
    ///
    /// # Errors
    ///
    /// If the deed names something that is not there. Nothing has changed then.
    pub fn act(&self, deed: Deed) -> Result<Done, DeedError> {
        self.shared.act(deed)
    }

    /// Waits until the service is as described, asked again after everything that happens to it.
    /// `false`: it was not within that time.
    pub fn wait_until(&self, within: Duration, is_so: impl FnMut(&Server) -> bool) -> bool {
        self.shared.wait_until(within, is_so)
    }

    /// The next `times` requests to an endpoint meet a fault, without the service knowing of them;
    /// but faults that are done to a reply ([`Fault::needs_reply`]) let them through. The endpoint
    /// is named by the last part of its path (`webwxsync`), `qrcode` for pictures, `*` for any.
    /// What was planted first is used up first.
    pub fn plant(&self, endpoint: &str, times: u32, fault: Fault) {
        self.shared.plant(endpoint, times, fault, false);
    }

    /// The same, but the service carries the requests out: a reply that is lost after its effect.
    pub fn plant_after(&self, endpoint: &str, times: u32, fault: Fault) {
        self.shared.plant(endpoint, times, fault, true);
    }

    /// Closes, in order, every connection that waits for its next request, and comes back when
    /// that is done. How many those were.
    pub fn close_idle(&self) -> usize {
        self.acceptor.close_idle()
    }

    /// How many connections clients have opened so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.acceptor.accepted()
    }

    /// How many requests to an endpoint (named as in [`Listener::plant`]) were given up by their
    /// client: it closed the connection before it had the whole reply.
    ///
    /// Those of which the service knows are counted when it has forgotten them, so that a
    /// [`Listener::wait_until`] which saw that need not wait for this.
    #[must_use]
    pub fn hang_ups(&self, endpoint: &str) -> u64 {
        let state = self.shared.state();
        if endpoint == "*" {
            return state.hang_ups.values().sum();
        }
        state.hang_ups.get(endpoint).copied().unwrap_or(0)
    }

    /// How many planted faults were not used yet.
    #[must_use]
    pub fn planted(&self) -> u32 {
        self.shared.state().faults.left()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.shared.state().closing = true;
        self.shared.changed.notify_all();
        if let Some(timer) = self.timer.take() {
            let _ = timer.join();
        }
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}

/// How clients get to the service.
enum Way<'a> {
    Plain,
    Real,
    Tls {
        authority: &'a Authority,
        host: &'a str,
    },
}

fn tls_url(host: &str, port: u16) -> String {
    match host.parse::<Ipv6Addr>() {
        Ok(address) => format!("https://[{address}]:{port}"),
        Err(_) => format!("https://{host}:{port}"),
    }
}

/// The URL of a listening socket.
pub(crate) fn url(address: SocketAddr) -> String {
    format!("http://{address}")
}

/// What all threads of a listener share.
pub(crate) struct Shared {
    clock: Clock,
    url: String,
    tls: Option<Arc<ServerConfig>>,
    /// Set if clients are to believe that they talk to the real hosts.
    real_family: Option<Family>,
    state: Mutex<State>,
    /// Something happened to the service, or everything ends.
    changed: Condvar,
}

struct State {
    server: Server,
    faults: Faults,
    /// The threads that wait for a reply.
    waiting: BTreeMap<ExchangeId, SyncSender<Response<Bytes>>>,
    exchanges: u64,
    /// By endpoint.
    hang_ups: BTreeMap<String, u64>,
    closing: bool,
}

impl Shared {
    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Server) -> T) -> T {
        let mut state = self.state();
        state.server.handle_timeout(self.clock.unix());
        let result = f(&mut state.server);
        self.settle(&mut state);
        result
    }

    pub(crate) fn act(&self, deed: Deed) -> Result<Done, DeedError> {
        self.with(|server| server.act(server.now(), deed))
    }

    pub(crate) fn wait_until(
        &self,
        within: Duration,
        mut is_so: impl FnMut(&Server) -> bool,
    ) -> bool {
        let until = Instant::now() + within;
        let mut state = self.state();
        loop {
            if is_so(&state.server) {
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || state.closing {
                return false;
            }
            state = self.sleep(state, left);
        }
    }

    pub(crate) fn plant(&self, endpoint: &str, times: u32, fault: Fault, after: bool) {
        self.state().faults.add(endpoint, times, fault, after);
    }

    fn mishap(&self, path: &str) -> Option<Mishap> {
        self.state().faults.take(path)
    }

    /// Gives a request to the service. The reply comes through the channel.
    fn accept(&self, request: Request<Bytes>) -> (ExchangeId, Receiver<Response<Bytes>>) {
        // Room for the one reply, so that handing it over never waits for the receiver.
        let (sender, receiver) = sync_channel(1);
        let mut state = self.state();
        state.exchanges = state.exchanges.wrapping_add(1);
        let id = ExchangeId(state.exchanges);
        state.waiting.insert(id, sender);
        state.server.accept(self.clock.unix(), id, request);
        self.settle(&mut state);
        (id, receiver)
    }

    /// A client did not wait for its reply.
    fn hung_up(&self, path: &str) {
        let hang_ups = &mut self.state().hang_ups;
        let name = fault::endpoint(path);
        if hang_ups.len() < ENDPOINTS || hang_ups.contains_key(name) {
            let count = hang_ups.entry(name.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// The client of this exchange has hung up, or its reply was lost.
    fn abandon(&self, id: ExchangeId) {
        let mut state = self.state();
        state.waiting.remove(&id);
        state.server.abandon(self.clock.unix(), id);
        self.settle(&mut state);
    }

    /// Tells the service the time whenever it wants to know it.
    fn keep_time(&self) {
        let mut state = self.state();
        while !state.closing {
            let now = self.clock.unix();
            state = match state.server.poll_timeout() {
                Some(due) if due <= now => {
                    state.server.handle_timeout(now);
                    self.settle(&mut state);
                    state
                }
                Some(due) => self.sleep(state, due.saturating_sub(now)),
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Hands out the replies that are ready, and tells everybody that something happened.
    fn settle(&self, state: &mut State) {
        while let Some((id, reply)) = state.server.poll_reply() {
            if let Some(waiting) = state.waiting.remove(&id) {
                let _ = waiting.try_send(reply);
            }
        }
        self.changed.notify_all();
    }

    fn sleep<'a>(&self, state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        let woken = self.changed.wait_timeout(state, time);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    /// A test that panics in [`Listener::with`] shall not take the service with it.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Unix time that never goes back: the wall clock at the start, and what has passed since.
struct Clock {
    started: Instant,
    unix: Duration,
}

impl Clock {
    fn new() -> Self {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            unix,
        }
    }

    fn unix(&self) -> Duration {
        self.unix + self.started.elapsed()
    }
}

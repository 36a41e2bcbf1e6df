//! How requests reach the service: ureq as a bare HTTP/1.1 engine, one agent for each exchange.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fmt, net::ToSocketAddrs};

use http::uri::{Authority, Scheme};
use http::{Method, Request, Uri, header::SET_COOKIE};
use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{self, Buffers, ConnectionDetails, Connector, LazyBuffers};
use ureq::unversioned::transport::{NextTimeout, TcpConnector, TransportAdapter};
use ureq::{Agent, Error, config::Config};
use wx_proto::TransportErrorKind::{Connect, NotHttp, Other, Reset, Resolve, Sink, TimedOut, Tls};
use wx_proto::driver::{Exchange, IDLE, ProxyRules, TransportConfig, Tunnel};
use wx_proto::driver::{failed, host_and_port, tls::client_config};
use wx_proto::{OutgoingRequest, Reply, TransportError};

use crate::wait::wait;

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Transport {
    new_agent: Arc<dyn Fn() -> Agent + Send + Sync>,
    /// Lanes that may hold a connection, the latest last.
    idle: Arc<Mutex<Vec<(Instant, Lane)>>>,
}

/// For one exchange after another with one host. It holds one connection at most, so that one
/// exchange can be ended and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    /// Shutting it down ends the exchange that is under way, and every later one.
    pub(crate) agent: Agent,
    target: (Option<Scheme>, Option<Authority>),
}

/// How long all addresses of a host together may take to answer, the first of several two thirds of
/// it. The shortest time-out of a request is ten seconds: one address in vain leaves time for another.
const OPENING: Duration = Duration::from_secs(8);

impl Transport {
    /// Connects directly and trusts the bundled roots.
    ///
    /// # Errors
    ///
    /// As for [`with_config`](Self::with_config).
    pub fn new() -> io::Result<Self> {
        Self::with_config(&TransportConfig::default())
    }

    /// Connects and trusts as `config` says. The environment is looked at now, and only if the proxy
    /// is to come from there.
    ///
    /// # Errors
    ///
    /// Those of [`client_config`], and that the URL of the proxy is none.
    pub fn with_config(config: &TransportConfig) -> io::Result<Self> {
        let tls = client_config(config)?;
        let proxy = config.proxy.rules(|name| env::var_os(name))?;
        let way = Way { tls, proxy };
        Ok(Self::with_connector(move || way.clone()))
    }

    /// A transport over connections of the caller's own making: pipes in memory, a tunnel. `new`
    /// makes a connector of ureq's own kind for each connection that is used at a time; take it from
    /// this crate's [`ureq`], which may change it with every minor version of its own.
    ///
    /// A connector must say honestly what failed, by [`ureq::Error::Other`] with a
    /// [`TransportError`] in it: what it says otherwise counts as lost after it was sent. And it
    /// must register what hangs up on its connections, or else a request that is given up stays
    /// open for as long as the connection does.
    pub fn with_connector<C: Connector>(new: impl Fn() -> C + Send + Sync + 'static) -> Self {
        let new_agent = move || Agent::with_parts(bare(), new(), Unresolved);
        Self {
            new_agent: Arc::new(new_agent),
            idle: Arc::default(),
        }
    }

    /// One that may have a connection to this host, or a new one.
    pub(crate) fn lane_to(&self, uri: &Uri) -> Lane {
        let target = (uri.scheme().cloned(), uri.authority().cloned());
        let mut idle = lock(&self.idle);
        // Some are for hosts that nobody asks for again. Each exchange begins here.
        idle.retain(|(since, _)| since.elapsed() < IDLE);
        if let Some(found) = idle.iter().rposition(|(_, lane)| lane.target == target) {
            return idle.remove(found).1;
        }
        let agent = (self.new_agent)();
        Lane { agent, target }
    }

    /// For the next exchange with the same host. The last one was read to its end.
    pub(crate) fn keep(&self, lane: Lane) {
        lock(&self.idle).push((Instant::now(), lane));
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

/// None of the sections that are locked here can leave anything half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lane {
    /// Puts a request on the wire as it is and reads the response under its rule. `true`: the lane
    /// is good for another exchange.
    ///
    /// It is not once a cookie was set. If anything else in the program builds ureq with cookies, the
    /// agent has kept it, and would send it along when the client no longer does.
    pub(crate) fn exchange(
        &self,
        request: OutgoingRequest,
        exchange: &mut Exchange,
    ) -> Result<(Reply, bool), TransportError> {
        let (head, body) = request.http.into_parts();
        let http = self.agent.configure_request(Request::from_parts(head, ()));
        let http = http.timeout_global(Some(request.give_up)).build();
        let response = match *http.method() {
            Method::GET => self.agent.run(http),
            _ => self.agent.run(http.map(|()| &*body)),
        };
        let (head, body) = response.map_err(classify)?.into_parts();
        let clean = !head.headers.contains_key(SET_COOKIE);
        let reader = exchange.begin(request.reply, head);
        let reply = reader.read(body.into_reader(), |bytes| {
            wait(None, exchange.write(bytes)).unwrap_or(Err(Sink.into()))
        })?;
        Ok((reply, clean))
    }
}

/// What may have been sent must never look as if it was not: that it was not is said only by what
/// [`Way::open`] left.
fn classify(error: Error) -> TransportError {
    match error {
        // Our own words about it, not those of the agent around them.
        Error::Other(opening) => opening.downcast().map_or_else(failed(Other), |own| *own),
        Error::Protocol(_) | Error::LargeResponseHeader(..) => failed(NotHttp)(error),
        Error::Timeout(_) => failed(TimedOut)(error),
        Error::Io(_) => failed(Reset)(error),
        _ => failed(Other)(error),
    }
}

/// Opens connections: TCP, a proxy's tunnel, TLS.
#[derive(Clone, Debug)]
struct Way {
    tls: Arc<ClientConfig>,
    proxy: ProxyRules,
}

type Wire = Box<dyn transport::Transport>;

/// Nothing but HTTP/1.1.
fn bare() -> Config {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // Its default reads the environment.
        .proxy(None)
        .user_agent("")
        .accept("")
        .accept_encoding("")
        .max_idle_age(IDLE)
        .timeout_connect(Some(OPENING))
        .build()
}

impl Way {
    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Wire, TransportError> {
        let (host, port) = host_and_port(details.uri).ok_or(Resolve)?;
        let tunnel = self.proxy.tunnel_to(details.uri);
        let next = tunnel.as_ref().map_or((host, port), Tunnel::proxy);
        let mut addrs = Unresolved.empty();
        // There is no room for more.
        let found = next.to_socket_addrs().map_err(failed(Resolve))?.take(16);
        found.for_each(|address| addrs.push(address));
        let details = ConnectionDetails {
            addrs,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
            ..*details
        };
        // From here on it can be hung up on, which is why nothing else bounds what follows.
        let tcp = TcpConnector::default().connect(&details, None::<()>);
        let tcp: Wire = Box::new(tcp.map_err(failed(Connect))?.ok_or(Connect)?);
        let mut stream = TransportAdapter::new(tcp, details.current_time.clone());
        if let Some(tunnel) = tunnel {
            tunnel.pass(&mut stream)?;
        }
        if !details.needs_tls() {
            // A simulator on this machine.
            return Ok(stream.into_inner());
        }
        let name = ServerName::try_from(host.to_owned()).map_err(failed(Tls))?;
        let mut tls = ClientConnection::new(self.tls.clone(), name).map_err(failed(Tls))?;
        tls.complete_io(&mut stream).map_err(failed(Tls))?;
        let stream = StreamOwned::new(tls, stream);
        let buffers = LazyBuffers::new(BUFFER, BUFFER);
        Ok(Box::new(Secured { stream, buffers }))
    }
}

/// What ureq gives a connection without TLS, too.
const BUFFER: usize = 128 << 10;

impl Connector for Way {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Wire>, Error> {
        let opened = self.open(details).map(Some);
        opened.map_err(|error| Error::Other(error.into()))
    }
}

/// Resolves nothing: ureq asks for it before each request, whether there is a connection or not.
#[derive(Debug)]
struct Unresolved;

impl Resolver for Unresolved {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        Ok(self.empty())
    }
}

/// A connection with TLS.
struct Secured {
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    buffers: LazyBuffers,
}

/// Errors lose their kinds: ureq takes a reset for the end of a body without a length.
impl transport::Transport for Secured {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, time: NextTimeout) -> Result<(), Error> {
        self.stream.sock.set_timeout(time);
        let bytes = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(bytes).map_err(io::Error::other)?;
        // Without this an error would go unnoticed.
        Ok(self.stream.flush().map_err(io::Error::other)?)
    }

    fn await_input(&mut self, time: NextTimeout) -> Result<bool, Error> {
        self.stream.sock.set_timeout(time);
        let read = self.stream.read(self.buffers.input_append_buf());
        let len = read.map_err(io::Error::other)?;
        self.buffers.input_appended(len);
        Ok(len > 0)
    }

    /// Nothing came that nobody asked for, neither bytes nor the end.
    fn is_open(&mut self) -> bool {
        let tcp = self.stream.sock.get_mut();
        tcp.buffers().input().is_empty() && tcp.is_open() && self.stream.conn.wants_read()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Secured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secured")
    }
}

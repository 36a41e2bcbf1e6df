//! From a host to a connection: TCP, a proxy's tunnel, TLS.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{env, fmt};

use http::{Uri, uri::PathAndQuery, uri::Scheme};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, ClientConnection, RootCertStore, crypto::ring};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, ShutdownHandle, Transport,
};
use wx_proto::TransportError;
use wx_proto::TransportErrorKind::{Connect, Resolve, Tls};
use wx_proto::driver::{ProxyRules, Roots, TransportConfig, Tunnel, host_and_port};

/// A connection of the caller's own making, see
/// [`Transport::with_connector`](crate::Transport::with_connector).
///
/// All by shared reference: one thread reads and writes, and another one may hang up meanwhile.
pub trait Connection: Send + Sync + 'static {
    /// Waits for bytes and takes some of them; none at the end.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes some of these bytes, waiting if it must.
    ///
    /// # Errors
    ///
    /// The connection is lost.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Whether it can carry another request: nothing is there to be read, neither bytes nor the
    /// end. It must not wait.
    fn is_open(&self) -> bool;

    /// Ends the connection at once, with every [`read`](Self::read) and [`write`](Self::write) that
    /// waits in another thread. It must not wait.
    fn hang_up(&self);
}

impl Connection for TcpStream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }

    fn is_open(&self) -> bool {
        let peeked = self
            .set_nonblocking(true)
            .and_then(|()| self.peek(&mut [0]))
            .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        self.set_nonblocking(false).is_ok() && peeked
    }

    fn hang_up(&self) {
        // An error means that it has ended already.
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// The size of each buffer. A line of a request must fit into one, and a header with cookies may
/// reach the 16 KiB that all of them together may have; a reply's head must fit as well.
pub(super) const BUFFER: usize = 32 << 10;

/// How long one address may take to answer. The shortest time-out of a request is ten seconds: two
/// addresses in vain leave time for a third.
const ATTEMPT: Duration = Duration::from_secs(4);

/// Opens connections for an agent.
#[derive(Clone)]
pub(super) enum Way {
    Own(Arc<Open>),
    Network(Arc<Network>),
}

type Open = dyn Fn(&Uri) -> Result<Box<dyn Connection>, TransportError> + Send + Sync;

/// The way over TCP.
pub(super) struct Network {
    tls: Arc<ClientConfig>,
    proxy: ProxyRules,
}

impl Way {
    fn open(&self, details: &ConnectionDetails<'_>) -> Result<Wire, TransportError> {
        let to = details.uri;
        // As early as possible: what is registered can be hung up on.
        let register = |connection| {
            let socket = Arc::new(Socket(connection));
            let handle: Weak<Socket> = Arc::downgrade(&socket);
            let registered = (details.register_shutdown)(handle);
            registered.map_err(|error| TransportError::with_source(Connect, error))?;
            Ok::<_, TransportError>(socket)
        };
        let network = match self {
            Self::Own(connect) => {
                let socket = register(connect(&bare(to)?)?)?;
                return Ok(Wire::new(socket, None));
            }
            Self::Network(network) => network,
        };
        let tunnel = network.proxy.tunnel_to(to);
        let (host, port) = host_and_port(to).ok_or(Resolve)?;
        let next = tunnel.as_ref().map_or((host, port), Tunnel::proxy);
        let socket = register(Box::new(dial(next, *details.timeout.after)?))?;
        if let Some(tunnel) = tunnel {
            pass(&socket, &tunnel)?;
        }
        if to.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Wire::new(socket, None));
        }
        let tls = network.secure(&socket, host);
        let tls = tls.map_err(|error| TransportError::with_source(Tls, error))?;
        Ok(Wire::new(socket, Some(tls)))
    }
}

impl Connector for Way {
    type Out = Wire;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Wire>, ureq::Error> {
        match self.open(details) {
            Ok(wire) => Ok(Some(wire)),
            Err(error) => Err(ureq::Error::Other(Box::new(error))),
        }
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Way")
    }
}

/// Without path and query, which are nobody else's business.
fn bare(uri: &Uri) -> Result<Uri, TransportError> {
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|error| TransportError::with_source(Resolve, error))
}

fn dial(to: (&str, u16), within: Duration) -> Result<TcpStream, TransportError> {
    let addresses = to.to_socket_addrs();
    let addresses = addresses.map_err(|error| TransportError::with_source(Resolve, error))?;
    let started = Instant::now();
    let mut failure = Resolve.into();
    for address in addresses {
        let left = within.saturating_sub(started.elapsed()).min(ATTEMPT);
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                // Requests are written in one go, and polls are small: nothing is to be gathered.
                // Without it they are slower, no more.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failure = TransportError::with_source(Connect, error),
        }
    }
    Err(failure)
}

/// Asks the proxy for the way on.
fn pass(mut socket: &Socket, tunnel: &Tunnel) -> Result<(), TransportError> {
    let lost = |error| TransportError::with_source(Connect, error);
    socket.write_all(&tunnel.request()).map_err(lost)?;
    let (mut reply, mut block) = (Vec::new(), [0; 1024]);
    while !tunnel.reply(&reply)? {
        match socket.read(&mut block).map_err(lost)? {
            0 => return Err(lost(ErrorKind::UnexpectedEof.into())),
            len => reply.extend_from_slice(block.get(..len).unwrap_or_default()),
        }
    }
    Ok(())
}

impl Network {
    pub(super) fn new(config: &TransportConfig) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let proxy = config.proxy.rules(|name| env::var(name).ok())?;
        let tls = Arc::new(tls(config)?);
        Ok(Self { tls, proxy })
    }

    fn secure(
        &self,
        mut socket: &Socket,
        host: &str,
    ) -> Result<ClientConnection, Box<dyn Error + Send + Sync>> {
        let name = ServerName::try_from(host.to_owned())?;
        let mut tls = ClientConnection::new(Arc::clone(&self.tls), name)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(tls)
    }
}

fn tls(config: &TransportConfig) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
    let extra =
        CertificateDer::pem_slice_iter(&config.extra_roots).collect::<Result<Vec<_>, _>>()?;
    if extra.is_empty() && !config.extra_roots.is_empty() {
        return Err("no certificate in the extra roots".into());
    }
    // Given explicitly: the default depends on the features of everybody else's rustls, and panics
    // if they disagree.
    let provider = Arc::new(ring::default_provider());
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let tls = tls.with_safe_default_protocol_versions()?;
    let mut listed = RootCertStore::empty();
    match config.roots {
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => {
            use rustls_platform_verifier::Verifier;
            let verifier = Arc::new(Verifier::new_with_extra_roots(extra, provider)?);
            let tls = tls.dangerous().with_custom_certificate_verifier(verifier);
            return Ok(tls.with_no_client_auth());
        }
        #[cfg(not(feature = "platform-verifier"))]
        Roots::Platform => return Err("these roots need the feature `platform-verifier`".into()),
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled => listed.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        #[cfg(not(feature = "webpki-roots"))]
        Roots::Bundled => return Err("these roots need the feature `webpki-roots`".into()),
        Roots::ExtraOnly => {}
        _ => return Err("unknown choice of roots".into()),
    }
    for root in extra {
        listed.add(root)?;
    }
    Ok(tls.with_root_certificates(listed).with_no_client_auth())
}

/// A connection, shared with whoever may hang up on it.
struct Socket(Box<dyn Connection>);

impl ShutdownHandle for Socket {
    fn shutdown(&self) {
        self.0.hang_up();
    }
}

impl Read for &Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

impl Write for &Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What HTTP is spoken over.
pub(super) struct Wire {
    socket: Arc<Socket>,
    tls: Option<Box<ClientConnection>>,
    buffers: LazyBuffers,
}

impl Wire {
    fn new(socket: Arc<Socket>, tls: Option<ClientConnection>) -> Self {
        Self {
            socket,
            tls: tls.map(Box::new),
            buffers: LazyBuffers::new(BUFFER, BUFFER),
        }
    }
}

/// The time-outs have no part here: what takes too long is hung up on.
impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        let bytes = self.buffers.output().get(..amount).unwrap_or_default();
        let mut socket = &*self.socket;
        match self.tls.as_deref_mut() {
            Some(tls) => {
                let mut stream = rustls::Stream::new(tls, &mut socket);
                // Without the flush an error would go unnoticed.
                stream.write_all(bytes).and_then(|()| stream.flush())
            }
            None => socket.write_all(bytes),
        }
        .map_err(io::Error::other)?;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        let room = self.buffers.input_append_buf();
        let mut socket = &*self.socket;
        let read = match self.tls.as_deref_mut() {
            Some(tls) => rustls::Stream::new(tls, &mut socket).read(room),
            None => socket.read(room),
        };
        // As errors of no kind: ureq takes a reset for the end of a body without a length.
        let len = read.map_err(io::Error::other)?;
        self.buffers.input_appended(len);
        Ok(len > 0)
    }

    fn is_open(&mut self) -> bool {
        let is_quiet = self.tls.as_mut().is_none_or(|tls| {
            let state = tls.process_new_packets();
            state
                .is_ok_and(|state| state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed())
        });
        is_quiet && self.socket.0.is_open()
    }

    /// Asked only in order to refuse plain connections for `https`, which cannot happen here.
    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

/// Resolves nothing, because behind a proxy it is the proxy that knows the hosts.
#[derive(Debug)]
pub(super) struct Nowhere;

impl Resolver for Nowhere {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

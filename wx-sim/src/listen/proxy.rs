//! A way to the service under another name.

use std::{
    fmt,
    io::{self, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::{
    acceptor::{Acceptor, Place, bind_loopback},
    reply,
    request::{Bad, Reader},
    stream::Stream,
    url,
};

/// On one machine a connection is there at once, or refused at once.
const CONNECT: Duration = Duration::from_secs(5);

/// Targets that are remembered; a test asks for a handful.
const SEEN: usize = 4096;

/// A proxy on this machine that knows CONNECT and nothing else. Dropping it ends all its tunnels.
///
/// ```
/// use wx_sim::{
///     listen::{Authority, ConnectProxy, Listener},
///     server::Setup,
/// };
///
/// # fn main() -> std::io::Result<()> {
/// // A host that only the proxy knows.
/// let authority = Authority::new()?;
/// let service = Listener::bind_tls("127.0.0.1:0", Setup::default(), &authority, "chat.test")?;
/// let address = service.address();
/// let proxy = ConnectProxy::start(move |target| {
///     target.starts_with("chat.test:").then_some(address)
/// })?;
///
/// // … a client is told of service.url(), authority.pem() and proxy.url() …
///
/// assert!(proxy.seen().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct ConnectProxy {
    // Dropped first: its threads use what is shared.
    acceptor: Acceptor,
    shared: Arc<Shared>,
}

type Route = dyn Fn(&str) -> Option<SocketAddr> + Send + Sync;

struct Shared {
    route: Box<Route>,
    /// The one `Proxy-Authorization` that is right.
    authorization: Option<String>,
    seen: Mutex<Vec<String>>,
}

impl ConnectProxy {
    /// Listens at a free port of 127.0.0.1. `route` is asked for each target (`host:port`): where
    /// that is, on this machine; without an address the client gets 502.
    ///
    /// # Errors
    ///
    /// There is no port or no thread to be had.
    pub fn start(
        route: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::with(Box::new(route), None)
    }

    /// The same, but who does not send this name and password gets 407.
    ///
    /// # Errors
    ///
    /// As for [`ConnectProxy::start`].
    pub fn start_with_password(
        user: &str,
        password: &str,
        route: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let both = BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self::with(Box::new(route), Some(both))
    }

    fn with(route: Box<Route>, authorization: Option<String>) -> io::Result<Self> {
        let socket = bind_loopback("127.0.0.1:0")?;
        let shared = Arc::new(Shared {
            route,
            authorization,
            seen: Mutex::default(),
        });
        let acceptor = Acceptor::start(socket, "wx-sim-proxy", {
            let shared = Arc::clone(&shared);
            move |tcp, place| serve(&shared, tcp, place)
        })?;
        Ok(Self { acceptor, shared })
    }

    /// Where the proxy is: `http://127.0.0.1:40963`.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.acceptor.address())
    }

    /// The targets that were asked for, in order, whatever the answer was.
    #[must_use]
    pub fn seen(&self) -> Vec<String> {
        let seen = self.shared.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for ConnectProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectProxy")
            .field("address", &self.acceptor.address())
            .finish_non_exhaustive()
    }
}

fn serve(shared: &Shared, tcp: TcpStream, place: &Place) {
    let mut stream = Stream::plain(tcp);
    let mut reader = Reader::default();
    loop {
        let received = match reader.next(&mut stream, place) {
            Ok(Some(received)) => received,
            Ok(None) | Err(Bad::Lost) => return,
            Err(Bad::Refused(status)) => return reply::refuse(&mut stream, status),
        };
        let refused = match shared.open(&received.request) {
            Ok(target) => {
                let opened = stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n");
                if opened.is_ok() {
                    // A tunnel that cannot be set up looks like one that broke.
                    let _ = tunnel(&stream, target, reader.into_rest(), place);
                }
                return;
            }
            Err(status) => refusal(status),
        };
        let head_only = received.request.method() == Method::HEAD;
        let written = reply::write(&mut stream, &refused, received.keep_alive, head_only);
        if written.is_err() || !received.keep_alive {
            return;
        }
    }
}

impl Shared {
    /// The connection to the target, or why there is none.
    fn open(&self, request: &Request<Bytes>) -> Result<TcpStream, StatusCode> {
        if request.method() != Method::CONNECT {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let target = match request.uri().authority() {
            Some(target) if target.port_u16().is_some() => target.as_str(),
            _ => return Err(StatusCode::BAD_REQUEST),
        };
        self.note(target);
        if !self.knows(request) {
            return Err(StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        }
        // Not into the world: nobody has to let a test out.
        let address = (self.route)(target).filter(|address| address.ip().is_loopback());
        let connected = address.map(|address| TcpStream::connect_timeout(&address, CONNECT));
        match connected {
            Some(Ok(stream)) => Ok(stream),
            _ => Err(StatusCode::BAD_GATEWAY),
        }
    }

    fn knows(&self, request: &Request<Bytes>) -> bool {
        let Some(right) = &self.authorization else {
            return true;
        };
        let sent = request.headers().get(header::PROXY_AUTHORIZATION);
        let sent = sent.and_then(|sent| sent.to_str().ok()?.split_once(' '));
        sent.is_some_and(|(scheme, both)| {
            scheme.eq_ignore_ascii_case("basic") && both.trim() == right
        })
    }

    fn note(&self, target: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < SEEN {
            seen.push(target.to_owned());
        }
    }
}

/// Carries bytes both ways until both ends have ended.
fn tunnel(client: &Stream, target: TcpStream, early: Vec<u8>, place: &Place) -> io::Result<()> {
    let client = client.tcp();
    client.set_read_timeout(None)?;
    target.set_nodelay(true)?;
    place.tie(&target)?;
    (&target).write_all(&early)?;
    let back = thread::Builder::new().name("wx-sim-tunnel".to_owned());
    let back = back.spawn({
        let (from, to) = (target.try_clone()?, client.try_clone()?);
        move || pump(from, to)
    })?;
    pump(client.try_clone()?, target);
    let _ = back.join();
    Ok(())
}

/// Carries bytes one way, and then the end of them.
fn pump(mut from: TcpStream, mut to: TcpStream) {
    match io::copy(&mut from, &mut to) {
        Ok(_) => {
            let _ = to.shutdown(Shutdown::Write);
        }
        Err(_) => {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    }
}

fn refusal(status: StatusCode) -> Response<Bytes> {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    let explained = match status {
        StatusCode::METHOD_NOT_ALLOWED => Some((header::ALLOW, "CONNECT")),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Some((header::PROXY_AUTHENTICATE, "Basic realm=\"wx-sim\""))
        }
        _ => None,
    };
    if let Some((name, value)) = explained {
        reply
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    reply
}

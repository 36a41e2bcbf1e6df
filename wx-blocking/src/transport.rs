//! How requests reach the service: ureq as a bare HTTP/1.1 engine, one agent for each exchange.

mod connect;

use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Uri};
use ureq::{Agent, config::Config};
use wx_proto::TransportErrorKind::{NotHttp, Other, Reset, TimedOut};
use wx_proto::driver::TransportConfig;
use wx_proto::{OutgoingRequest, Reply, TransportError};

use self::connect::{BUFFER, Network, Nowhere, Way};

pub use self::connect::Connection;

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Transport {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Config,
    way: Way,
    /// Agents that may hold a connection, the latest last.
    idle: Mutex<Vec<(Instant, Lane)>>,
}

/// An agent for one exchange after another with one host. It holds one connection at most, so that
/// shutting it down aborts that exchange and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    agent: Agent,
    /// Scheme, host and port.
    target: String,
}

/// How long a connection may wait for its next request, about as long as servers keep them. Closed
/// is what waited longer when there is a next request for whatever host.
const IDLE_AGE: Duration = Duration::from_secs(60);

/// Connections that wait for their next request: enough for the calls of a hundred accounts, and
/// few enough for the usual limit of a thousand open files.
const MAX_IDLE: usize = 100;

impl Transport {
    /// Connects directly and trusts the bundled roots.
    ///
    /// # Errors
    ///
    /// As for [`with_config`](Self::with_config).
    pub fn new() -> io::Result<Self> {
        Self::with_config(&TransportConfig::default())
    }

    /// Connects as the settings say.
    ///
    /// # Errors
    ///
    /// This crate was built without the chosen roots, an extra root is no certificate, the
    /// operating system has no roots to offer, or the proxy's URL is invalid.
    pub fn with_config(config: &TransportConfig) -> io::Result<Self> {
        let network = Network::new(config).map_err(io::Error::other)?;
        Ok(Self::over(Way::Network(Arc::new(network))))
    }

    /// A transport over connections of the caller's own making: pipes in memory, a tunnel.
    ///
    /// `connect` gets scheme and authority of each host to reach, and may take its time, but not
    /// for ever: it cannot be interrupted. HTTP/1.1 is spoken over what it returns as that is: for
    /// `https` the encryption is the caller's affair too. Its errors must say honestly what failed,
    /// see [`TransportErrorKind`](wx_proto::TransportErrorKind).
    pub fn with_connector<C: Connection>(
        connect: impl Fn(&Uri) -> Result<C, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self::over(Way::Own(Arc::new(move |to| Ok(Box::new(connect(to)?)))))
    }

    fn over(way: Way) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Its default reads the environment.
            .proxy(None)
            .user_agent("")
            .accept("")
            .accept_encoding("")
            // A head that fills the buffer has no end.
            .max_response_header_size(BUFFER - 1)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE_AGE)
            .build();
        let idle = Mutex::default();
        let shared = Arc::new(Shared { config, way, idle });
        Self { shared }
    }

    /// One that may have a connection to this host, or a new one.
    pub(crate) fn lane_to(&self, uri: &Uri) -> Lane {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let target = format!("{scheme}://{authority}");
        let mut idle = self.idle();
        if let Some(found) = idle.iter().rposition(|(_, lane)| lane.target == target) {
            return idle.remove(found).1;
        }
        let (config, way) = (self.shared.config.clone(), self.shared.way.clone());
        let agent = Agent::with_parts(config, way, Nowhere);
        Lane { agent, target }
    }

    /// For the next exchange with the same host. The last one was read to its end.
    pub(crate) fn keep(&self, lane: Lane) {
        let mut idle = self.idle();
        idle.push((Instant::now(), lane));
        let surplus = idle.len().saturating_sub(MAX_IDLE);
        idle.drain(..surplus);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Instant, Lane)>> {
        let idle = self.shared.idle.lock();
        let mut idle = idle.unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(since, _)| since.elapsed() < IDLE_AGE);
        idle
    }
}

impl Lane {
    /// Puts a request on the wire as it is and reads the response under its rule. What belongs to
    /// the caller's sink goes to `write`, and in the end no bytes at all, so that it is flushed.
    pub(crate) fn exchange(
        &self,
        order: OutgoingRequest,
        write: impl Fn(Bytes) -> Result<(), TransportError>,
    ) -> Result<Reply, TransportError> {
        let (head, body) = order.http.into_parts();
        let takes_body = head.method != Method::GET;
        let request = self.agent.configure_request(Request::from_parts(head, ()));
        // What ends a blocked read or write is `hang_up`; this bounds what comes before them.
        let request = request.timeout_global(Some(order.give_up)).build();
        let response = if takes_body {
            self.agent.run(request.map(|()| &*body))
        } else {
            self.agent.run(request)
        };
        let (head, body) = response.map_err(classify)?.into_parts();
        let mut reader = order.reply.begin(head);
        let mut body = body.into_reader();
        let mut block = vec![0; BUFFER];
        let mut wrote = false;
        loop {
            let read = match body.read(&mut block) {
                Ok(0) => break,
                Ok(len) => block.get(..len).unwrap_or_default(),
                Err(error) => return Err(reader.abort(TransportError::with_source(Reset, error))),
            };
            reader.push(Bytes::copy_from_slice(read));
            while let Some(piece) = reader.pull()? {
                wrote = true;
                if let Err(error) = write(piece) {
                    return Err(reader.abort(error));
                }
            }
        }
        let (reply, rest) = reader.finish()?;
        if let Some(piece) = rest {
            wrote = true;
            write(piece)?;
        }
        if wrote {
            // What cannot be flushed was not written.
            write(Bytes::new())?;
        }
        Ok(reply)
    }

    /// Ends the exchange that is under way, if there is one, and every later one.
    pub(crate) fn hang_up(self) {
        self.agent.shutdown();
    }
}

/// What may have been sent must never look as if it was not: that it was not is said only by what
/// [`connect`] left.
fn classify(error: ureq::Error) -> TransportError {
    let kind = match error {
        ureq::Error::Other(source) => match source.downcast::<TransportError>() {
            Ok(connecting) => return *connecting,
            Err(source) => return TransportError::with_source(Other, source),
        },
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => NotHttp,
        ureq::Error::Timeout(_) => TimedOut,
        ureq::Error::Io(_) => Reset,
        _ => Other,
    };
    TransportError::with_source(kind, error)
}

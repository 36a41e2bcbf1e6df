//! How requests reach the service: one pool of connections, one TLS configuration.

mod wire;

use std::{env, error::Error, io, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Uri, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::{net::TcpStream, task::JoinSet, time::timeout};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};
use wx_proto::TransportErrorKind::{Connect, NotHttp, Other, Reset, Resolve, Tls};
use wx_proto::driver::tls::client_config;
use wx_proto::driver::{Exchange, IDLE, ProxyRules, TransportConfig, Tunnel};
use wx_proto::driver::{failed, host_and_port};
use wx_proto::{OutgoingRequest, Reply, TransportError};

use self::wire::{Stream, Wire};

type Outcome = Result<Reply, TransportError>;

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Transport {
    http: legacy::Client<Connector, Full<Bytes>>,
}

type Connector = BoxCloneSyncService<Uri, Wire, TransportError>;

impl Transport {
    /// Connects directly and trusts the roots that were built in.
    ///
    /// # Errors
    ///
    /// As for [`with_config`](Self::with_config).
    pub fn new() -> io::Result<Self> {
        Self::with_config(&TransportConfig::default())
    }

    /// Trusts and connects as `config` says. The environment is looked at now, and only if the proxy
    /// is to come from there.
    ///
    /// # Errors
    ///
    /// The choice of roots needs a feature that is not on, an extra root is no certificate, the
    /// operating system has no roots to offer, or the proxy is none.
    pub fn with_config(config: &TransportConfig) -> io::Result<Self> {
        let tls = TlsConnector::from(client_config(config)?);
        let proxy = config.proxy.rules(|name| env::var_os(name))?;
        let dial = move |to| dial(tls.clone(), proxy.clone(), to);
        Ok(Self::with_connector(dial))
    }

    /// A transport over connections of the caller's own making: a duplex in memory, a tunnel.
    ///
    /// `connect` gets scheme and authority of each host to reach, and has a minute. HTTP/1.1 is
    /// spoken over what it returns as that is: for `https` the encryption is the caller's affair
    /// too. Its errors must say honestly what failed, see
    /// [`TransportErrorKind`](wx_proto::TransportErrorKind).
    pub fn with_connector<F, O, S>(connect: F) -> Self
    where
        F: Fn(Uri) -> O + Send + Sync + 'static,
        O: Future<Output = Result<S, TransportError>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let connect = Arc::new(connect);
        let connect = move |to| {
            let opening = timeout(OPENING, connect(to));
            async { opening.await.unwrap_or(Err(Connect.into())) }
        };
        let connector = service_fn(connect).map_response(Wire::new);
        let http = legacy::Client::builder(TokioExecutor::new())
            // Without a timer, idle connections would be closed only when the next one is needed.
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            // What browsers write; not every box between here and there ignores the case.
            .http1_title_case_headers(true)
            .build(BoxCloneSyncService::new(connector));
        Self { http }
    }

    /// Puts a request on the wire as it is. Dropping the future closes the connection.
    pub(crate) async fn carry(self, request: OutgoingRequest, mut exchange: Exchange) {
        let reply = self.exchange(request, &mut exchange).await;
        exchange.finish(reply);
    }

    async fn exchange(&self, order: OutgoingRequest, exchange: &mut Exchange) -> Outcome {
        let response = self.http.request(order.http.map(Into::into)).await;
        let (head, mut body) = response.map_err(classify)?.into_parts();
        let mut reader = exchange.begin(order.reply, head);
        while let Some(frame) = body.frame().await {
            // Trailers mean nothing to this service.
            let block = frame.map_err(failed(Reset))?.into_data();
            let block = block.unwrap_or_default();
            exchange.push(&mut reader, block).await?;
        }
        exchange.end(reader).await
    }
}

/// No request waits longer, and each has a deadline of its own. But when another connection serves a
/// request sooner, the pool goes on opening this one, and nobody is left to give it up.
const OPENING: Duration = Duration::from_secs(60);

/// TCP, a tunnel if a proxy is in the way, and TLS over it for `https`.
async fn dial(
    tls: TlsConnector,
    proxy: ProxyRules,
    to: Uri,
) -> Result<Box<dyn Stream>, TransportError> {
    let (host, port) = host_and_port(&to).ok_or(Resolve)?;
    let tunnel = proxy.tunnel_to(&to);
    let first = tunnel.as_ref().map_or((host, port), Tunnel::proxy);
    let found = tokio::net::lookup_host(first)
        .await
        .map_err(failed(Resolve))?;
    let mut stream = connect(found.collect()).await.map_err(failed(Connect))?;
    // Requests are written in one go, and polls are small: there is nothing to gather.
    stream.set_nodelay(true).map_err(failed(Connect))?;
    if let Some(tunnel) = tunnel {
        let request = tunnel.request();
        stream.write_all(&request).await.map_err(failed(Connect))?;
        let mut reply = Vec::new();
        while !tunnel.reply(&reply)? {
            let read = stream.read_buf(&mut reply).await;
            if read.map_err(failed(Connect))? == 0 {
                return Err(failed(Connect)("proxy hung up"));
            }
        }
    }
    if to.scheme() != Some(&Scheme::HTTPS) {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(failed(Tls))?;
    let stream = tls.connect(name, stream).await.map_err(failed(Tls))?;
    Ok(Box::new(stream))
}

/// The first of these addresses that answers. They are tried in the order of the resolver, each as
/// soon as the one before failed or kept silent for a while; that one goes on meanwhile.
async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    // What RFC 8305 recommends.
    const HEAD_START: Duration = Duration::from_millis(250);
    let mut addresses = addresses.into_iter();
    let mut attempts = JoinSet::new();
    let mut failure = io::ErrorKind::AddrNotAvailable.into();
    loop {
        if let Some(address) = addresses.next() {
            attempts.spawn(TcpStream::connect(address));
        }
        match timeout(HEAD_START, attempts.join_next()).await {
            Ok(Some(Ok(Ok(stream)))) => return Ok(stream),
            Ok(Some(Ok(Err(error)))) => failure = error,
            Ok(None) => return Err(failure),
            // Silent so far; or the task failed, which it has no reason to.
            Err(_) | Ok(Some(Err(_))) => {}
        }
    }
}

/// What may have been sent must never look as if it was not.
fn classify(error: legacy::Error) -> TransportError {
    let cause = error.source();
    let opening = cause.and_then(|cause| cause.downcast_ref::<TransportError>());
    let kind = match cause.and_then(|cause| cause.downcast_ref::<hyper::Error>()) {
        // The connection was lost before it took the request.
        Some(error) if error.is_canceled() || error.is_closed() => Connect,
        Some(error) if error.is_parse() => NotHttp,
        Some(error) if !error.is_user() => Reset,
        _ => opening.map_or(Other, TransportError::kind),
    };
    failed(kind)(error)
}

#[cfg(test)]
mod tests;

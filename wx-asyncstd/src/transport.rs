//! How requests reach the service and replies come back.

mod dial;

use std::{env, error::Error, io, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::{FutureExt, StreamExt};
use futures_rustls::TlsConnector;
use http::Uri;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{self, Client};
use tower::{ServiceExt, service_fn, util::BoxCloneSyncService};
use wx_proto::TransportErrorKind::{Connect, NotHttp, Other, Reset};
use wx_proto::driver::{Exchange, IDLE, TransportConfig, failed, tls::client_config};
use wx_proto::{OutgoingRequest, Reply, TransportError};

use self::dial::dial;
use crate::io::HyperIo;
use crate::runtime::{Runtime, after};

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Transport {
    http: Client<BoxCloneSyncService<Uri, HyperIo, TransportError>, Full<Bytes>>,
}

/// When a connection is free before a new one is open, the pool goes on opening that one, for nobody
/// who would ever give up. This is longer than any request waits.
const OPENING: Duration = Duration::from_secs(60);

impl Transport {
    /// Connects directly and trusts the bundled roots.
    ///
    /// # Errors
    ///
    /// As for [`with_config`](Self::with_config).
    pub fn new() -> io::Result<Self> {
        Self::with_config(&TransportConfig::default())
    }

    /// Connects and trusts as it is told. The environment is looked at now, and only if the proxy is
    /// to come from there.
    ///
    /// # Errors
    ///
    /// The roots need a feature that is off, an extra root is no certificate, the operating system
    /// has no roots to offer, or the address of the proxy makes no sense.
    pub fn with_config(config: &TransportConfig) -> io::Result<Self> {
        let tls = TlsConnector::from(client_config(config)?);
        let proxies = config.proxy.rules(|name| env::var_os(name))?;
        let dial = move |to| dial(tls.clone(), proxies.clone(), to);
        Ok(Self::with_connector(dial))
    }

    /// A transport over connections of the caller's own making: a pipe in memory, a tunnel.
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
        let open = move |to| connect(to).or(after(OPENING, Err(Connect.into())));
        let connector = service_fn(open).map_response(HyperIo::new);
        let http = Client::builder(Runtime)
            .pool_timer(Runtime)
            .pool_idle_timeout(IDLE)
            // What browsers write; not every box between here and there ignores the case.
            .http1_title_case_headers(true)
            .build(BoxCloneSyncService::new(connector));
        Self { http }
    }

    /// Puts a request on the wire as it is and reads the response under its rule. Dropping the
    /// future closes the connection.
    pub(crate) async fn carry(self, order: OutgoingRequest, mut exchange: Exchange) {
        let reply = self.exchange(order, &mut exchange).await;
        exchange.finish(reply);
    }

    async fn exchange(
        &self,
        order: OutgoingRequest,
        exchange: &mut Exchange,
    ) -> Result<Reply, TransportError> {
        let response = self.http.request(order.http.map(Full::new)).await;
        let (head, body) = response.map_err(classify)?.into_parts();
        let mut reader = exchange.begin(order.reply, head);
        // Trailers, which it leaves out, mean nothing to this service.
        let mut body = body.into_data_stream();
        while let Some(block) = body.next().await {
            let block = block.map_err(failed(Reset))?;
            exchange.push(&mut reader, block).await?;
        }
        exchange.end(reader).await
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

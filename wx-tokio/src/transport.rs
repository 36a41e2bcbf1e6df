//! How requests reach the service: one pool of connections, one TLS configuration.

use std::{error::Error, future::ready, io, iter, sync::Arc};

use bytes::Bytes;
use http::{Uri, uri::Scheme};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tower::{BoxError, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use wx_proto::TransportErrorKind::{Connect, NotHttp, Other, Reset, Resolve, Sink, Tls};
use wx_proto::{OutgoingRequest, Reply, TransportError};

/// Carries the requests of any number of sessions. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Transport {
    http: legacy::Client<Connector, Full<Bytes>>,
}

type Connector = BoxCloneSyncService<Uri, TokioIo<BoxStream>, TransportError>;
type BoxStream = Box<dyn Stream>;

/// A connection, whatever is behind it.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Connection for BoxStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// Nobody's but the extra ones.
    ExtraOnly,
    /// Those that Mozilla trusted when this crate was built.
    #[cfg(feature = "webpki-roots")]
    Bundled,
    /// What the operating system trusts, a company's own authority for example.
    #[cfg(feature = "platform-verifier")]
    Platform,
}

impl Transport {
    /// Connects directly and trusts the bundled roots.
    ///
    /// # Errors
    ///
    /// As for [`with_roots`](Self::with_roots).
    #[cfg(feature = "webpki-roots")]
    pub fn new() -> io::Result<Self> {
        Self::with_roots(Roots::Bundled, b"")
    }

    /// Connects directly and trusts `roots`, and besides them any number of certificates in PEM
    /// form.
    ///
    /// # Errors
    ///
    /// An extra root is no certificate, or the operating system has no roots to offer.
    pub fn with_roots(roots: Roots, extra_pem: &[u8]) -> io::Result<Self> {
        let tls = tls(roots, extra_pem).map_err(io::Error::other)?;
        Ok(Self::with_connector(move |to| dial(tls.clone(), to)))
    }

    /// A transport over connections of the caller's own making: a duplex in memory, a tunnel.
    ///
    /// `connect` gets scheme and authority of each host to reach. HTTP/1.1 is spoken over what it
    /// returns as that is: for `https` the encryption is the caller's affair too. Its errors must
    /// say honestly what failed, see [`TransportErrorKind`](wx_proto::TransportErrorKind).
    pub fn with_connector<F, O, S>(connect: F) -> Self
    where
        F: Fn(Uri) -> O + Clone + Send + Sync + 'static,
        O: Future<Output = Result<S, TransportError>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let boxed = |stream| TokioIo::new(Box::new(stream) as BoxStream);
        let connector = service_fn(connect).map_response(boxed);
        let http = legacy::Client::builder(TokioExecutor::new())
            // Without a timer, idle connections would be closed only when the next one is needed.
            .pool_timer(TokioTimer::new())
            // What browsers write; not every box between here and there ignores the case.
            .http1_title_case_headers(true)
            .build(BoxCloneSyncService::new(connector));
        Self { http }
    }

    /// Puts a request on the wire as it is and reads the response under its rule. Dropping the
    /// future closes the connection.
    pub(crate) async fn exchange(self, order: OutgoingRequest) -> Result<Reply, TransportError> {
        // No command of this version brings a sink. The first one that does brings
        // `Session::call_writing` with it.
        if order.reply.streams_to().is_some() {
            return Err(Sink.into());
        }
        let response = self.http.request(order.http.map(Into::into)).await;
        let (head, mut body) = response.map_err(classify)?.into_parts();
        let mut reader = order.reply.begin(head);
        while let Some(frame) = body.frame().await {
            match frame {
                // Trailers mean nothing to this service.
                Ok(frame) => reader.push(frame.into_data().unwrap_or_default()),
                Err(error) => return Err(reader.abort(TransportError::with_source(Reset, error))),
            }
            while reader.pull()?.is_some() {}
        }
        reader.finish().map(|(reply, _)| reply)
    }
}

fn tls(roots: Roots, extra_pem: &[u8]) -> Result<TlsConnector, BoxError> {
    let extra = CertificateDer::pem_slice_iter(extra_pem).collect::<Result<Vec<_>, _>>()?;
    if extra.is_empty() && !extra_pem.is_empty() {
        return Err("no certificate in the extra roots".into());
    }
    // Given explicitly: the default depends on the features of everybody else's rustls, and panics
    // if they disagree.
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions()?;
    let mut listed = RootCertStore::empty();
    match roots {
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => {
            use rustls_platform_verifier::Verifier;
            let verifier = Arc::new(Verifier::new_with_extra_roots(extra, provider)?);
            let config = config.dangerous();
            let config = config.with_custom_certificate_verifier(verifier);
            return Ok(Arc::new(config.with_no_client_auth()).into());
        }
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled => listed.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Roots::ExtraOnly => {}
    }
    for root in extra {
        listed.add(root)?;
    }
    let config = config.with_root_certificates(listed).with_no_client_auth();
    Ok(Arc::new(config).into())
}

/// TCP, and TLS over it for `https`. There is no time-out here: the requests that wait for the
/// connection have their own.
async fn dial(tls: TlsConnector, to: Uri) -> Result<BoxStream, TransportError> {
    // An IPv6 address stands in brackets in a URI, and without them everywhere else.
    let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
    let mut step = Resolve;
    let opening = async {
        let found: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
        step = Connect;
        // For the sake of its race between IPv4 and IPv6.
        let resolved = service_fn(move |_| ready(io::Result::Ok(found.clone().into_iter())));
        let mut tcp = HttpConnector::new_with_resolver(resolved);
        tcp.enforce_http(false);
        // Requests are written in one go, and polls are small: there is nothing to gather.
        tcp.set_nodelay(true);
        let stream = tcp.call(to.clone()).await?.into_inner();
        if to.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Box::new(stream) as BoxStream);
        }
        step = Tls;
        let name = ServerName::try_from(host.to_owned())?;
        let stream = tls.connect(name, stream).await?;
        Ok(Box::new(stream) as BoxStream)
    };
    let opened: Result<_, BoxError> = opening.await;
    opened.map_err(|error| TransportError::with_source(step, error))
}

/// What may have been sent must never look as if it was not.
fn classify(error: legacy::Error) -> TransportError {
    let kind = match (find::<TransportError>(&error), find::<hyper::Error>(&error)) {
        (Some(opening), _) if error.is_connect() => opening.kind(),
        // The connection was lost before it took the request.
        (_, Some(error)) if error.is_canceled() || error.is_closed() => Connect,
        (_, Some(error)) if error.is_parse() => NotHttp,
        (_, Some(error)) if !error.is_user() => Reset,
        _ => Other,
    };
    TransportError::with_source(kind, error)
}

/// The first error of this type in a chain of sources.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

//! Ways to the service: TCP, a tunnel through a proxy where there is one, TLS.

use std::{error::Error, future::pending, io, net::SocketAddr, sync::Arc, time::Duration};

use futures_lite::{AsyncReadExt, AsyncWriteExt, FutureExt};
use futures_rustls::TlsConnector;
use http::{Uri, uri::Scheme};
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use wx_proto::TransportErrorKind::{Connect, Resolve, Tls};
use wx_proto::driver::{ProxyRules, Roots, TransportConfig, Tunnel, host_and_port};
use wx_proto::{TransportError, TransportErrorKind};

use crate::io::Stream;
use crate::runtime::{TcpStream, resolve, sleep};

type BoxError = Box<dyn Error + Send + Sync>;

/// What all connections of a transport have in common.
#[derive(Clone)]
pub(crate) struct Dialer {
    tls: TlsConnector,
    proxies: ProxyRules,
}

impl Dialer {
    pub(crate) fn new(config: &TransportConfig) -> Result<Self, BoxError> {
        let proxies = config.proxy.rules(|name| std::env::var(name).ok())?;
        let tls = tls(config.roots, &config.extra_roots)?;
        Ok(Self { tls, proxies })
    }

    /// There is no time-out here: the requests that wait for the connection have their own.
    pub(crate) async fn dial(self, to: Uri) -> Result<Box<dyn Stream>, TransportError> {
        let mut step = Resolve;
        let opened = self.open(&to, &mut step).await;
        opened.map_err(|error| TransportError::with_source(step, error))
    }

    async fn open(
        self,
        to: &Uri,
        step: &mut TransportErrorKind,
    ) -> Result<Box<dyn Stream>, BoxError> {
        let (host, port) = host_and_port(to).ok_or("no host")?;
        let tunnel = self.proxies.tunnel_to(to);
        let (next, next_port) = tunnel.as_ref().map_or((host, port), Tunnel::proxy);
        let addresses = resolve(next, next_port).await?;
        *step = Connect;
        let mut stream = connect(addresses).await?;
        // Requests are written in one go, and polls are small: there is nothing to gather.
        stream.set_nodelay(true)?;
        if let Some(tunnel) = tunnel {
            dig(&tunnel, &mut stream).await?;
        }
        if to.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Box::new(stream));
        }
        *step = Tls;
        let name = ServerName::try_from(host.to_owned())?;
        Ok(Box::new(self.tls.connect(name, stream).await?))
    }
}

/// How long an address may keep silent before the next one gets its chance. Where a host has
/// addresses of two families, the way of one may be dead. Long enough for a lost packet to be sent
/// again, and short against the ten seconds that a request has.
const PATIENCE: Duration = Duration::from_secs(2);

async fn connect(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut failure = io::ErrorKind::AddrNotAvailable.into();
    let last = addresses.len();
    for (nth, address) in (1..).zip(addresses) {
        let impatience = async {
            if nth == last {
                return pending().await;
            }
            sleep(PATIENCE).await;
            Err(io::ErrorKind::TimedOut.into())
        };
        match TcpStream::connect(address).or(impatience).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Asks the proxy for the way to the service.
async fn dig(tunnel: &Tunnel, stream: &mut TcpStream) -> Result<(), BoxError> {
    stream.write_all(&tunnel.request()).await?;
    let mut reply = Vec::new();
    while !tunnel.reply(&reply)? {
        let mut block = [0; 1 << 10];
        let len = stream.read(&mut block).await?;
        let read = block.get(..len).filter(|read| !read.is_empty());
        reply.extend_from_slice(read.ok_or("the proxy hung up")?);
    }
    Ok(())
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
        #[cfg(not(feature = "webpki-roots"))]
        Roots::Bundled => return Err("bundled roots need the feature `webpki-roots`".into()),
        _ => return Err("the system's roots need the feature `platform-verifier`".into()),
    }
    for root in extra {
        listed.add(root)?;
    }
    let config = config.with_root_certificates(listed).with_no_client_auth();
    Ok(Arc::new(config).into())
}

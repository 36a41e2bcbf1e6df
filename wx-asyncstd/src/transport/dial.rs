//! Ways to the service: TCP, a tunnel through a proxy where there is one, TLS.

use std::{io, net::SocketAddr, time::Duration};

use futures_lite::{AsyncReadExt, AsyncWriteExt};
use futures_rustls::{TlsConnector, pki_types::ServerName};
use http::{Uri, uri::Scheme};
use wx_proto::TransportError;
use wx_proto::TransportErrorKind::{Connect, Resolve, Tls};
use wx_proto::driver::{ProxyRules, Tunnel, failed, host_and_port};

use crate::io::Stream;
use crate::runtime::{TcpStream, resolve, timeout};

pub(super) async fn dial(
    tls: TlsConnector,
    proxies: ProxyRules,
    to: Uri,
) -> Result<Box<dyn Stream>, TransportError> {
    let (host, port) = host_and_port(&to).ok_or(Resolve)?;
    let tunnel = proxies.tunnel_to(&to);
    let (next, next_port) = tunnel.as_ref().map_or((host, port), Tunnel::proxy);
    let addresses = resolve(next, next_port).await.map_err(failed(Resolve))?;
    let mut stream = connect(&addresses).await.map_err(failed(Connect))?;
    // Requests are written in one go, and polls are small: there is nothing to gather.
    stream.set_nodelay(true).map_err(failed(Connect))?;
    if let Some(tunnel) = tunnel {
        pass(&tunnel, &mut stream).await?;
    }
    if to.scheme() != Some(&Scheme::HTTPS) {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(failed(Tls))?;
    let stream = tls.connect(name, stream).await.map_err(failed(Tls))?;
    Ok(Box::new(stream))
}

/// All addresses together have so long, and each an equal share of it: where a host has addresses of
/// two families, the way of one may be dead. It is less than the ten seconds that a request has, and
/// a half of it is enough for a lost packet to be sent again.
const PATIENCE: Duration = Duration::from_secs(8);

async fn connect(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failure = io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        let share = PATIENCE.div_f64(addresses.len() as f64);
        match timeout(share, TcpStream::connect(address)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Asks the proxy for the way to the service.
async fn pass(tunnel: &Tunnel, stream: &mut TcpStream) -> Result<(), TransportError> {
    let request = tunnel.request();
    stream.write_all(&request).await.map_err(failed(Connect))?;
    let mut reply = Vec::new();
    while !tunnel.reply(&reply)? {
        let mut block = [0; 1 << 10];
        let len = stream.read(&mut block).await.map_err(failed(Connect))?;
        let read = block.get(..len).filter(|read| !read.is_empty());
        let read = read.ok_or_else(|| failed(Connect)("proxy hung up"))?;
        reply.extend_from_slice(read);
    }
    Ok(())
}

#[cfg(test)]
mod tests;

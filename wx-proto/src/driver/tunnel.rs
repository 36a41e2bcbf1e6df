//! What is said to a proxy before TLS begins.

use bytes::Bytes;
use http::StatusCode;
use thiserror::Error;

use super::proxy_server::ProxyServer;
use crate::transport::{TransportError, TransportErrorKind};

/// An answer to `CONNECT` is a status line and a few headers, together some hundred bytes. One that
/// has not ended by here is not going to.
const LIMIT: usize = 16 * 1024;

/// As many as hyper takes in a reply.
const HEADERS: usize = 100;

/// The way through a proxy to one host: connect to [`proxy`](Self::proxy), write
/// [`request`](Self::request), read until [`reply`](Self::reply) is content, then begin TLS with
/// the host. Where reading blocks, [`pass`](Self::pass) does the writing and reading.
///
/// ```
/// use wx_proto::driver::Proxy;
///
/// let rules = Proxy::Url("proxy.example:3128".into()).rules(|_| None)?;
/// let tunnel = rules.tunnel_to(&"https://wx.qq.com/".parse()?).expect("it is another machine");
/// assert_eq!(tunnel.proxy(), ("proxy.example", 3128));
/// assert_eq!(tunnel.reply(b"HTTP/1.1 200 Connection es")?, false);
/// assert_eq!(tunnel.reply(b"HTTP/1.1 200 Connection established\r\n\r\n")?, true);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tunnel {
    server: ProxyServer,
    /// Host and port, IPv6 addresses in brackets.
    target: String,
}

impl Tunnel {
    /// `host` comes out of a URI, so that it has no white space or control characters.
    pub(super) fn new(server: ProxyServer, host: &str, port: u16) -> Self {
        let target = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Self { server, target }
    }

    /// Host, an IPv6 address without brackets, and port of the proxy.
    pub fn proxy(&self) -> (&str, u16) {
        (&self.server.host, self.server.port)
    }

    /// What the proxy is asked. It may carry a password, and goes into no log.
    pub fn request(&self) -> Bytes {
        let target = &self.target;
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
        if let Some(authorization) = &self.server.authorization {
            request += "Proxy-Authorization: ";
            request += authorization.expose();
            request += "\r\n";
        }
        request += "\r\n";
        request.into()
    }

    /// Judges everything that the proxy has sent up to now. `false`: read more. `true`: the tunnel
    /// is open, and whatever is read from now on comes from the host.
    ///
    /// A proxy that hangs up before that is the driver's to report, as
    /// [`TransportErrorKind::Connect`] too: nothing of the request was sent.
    ///
    /// # Errors
    ///
    /// There will be no tunnel. The kind is [`TransportErrorKind::Connect`], the source a
    /// [`TunnelError`].
    pub fn reply(&self, so_far: &[u8]) -> Result<bool, TransportError> {
        judge(so_far)
            .map_err(|error| TransportError::with_source(TransportErrorKind::Connect, error))
    }
}

fn judge(so_far: &[u8]) -> Result<bool, TunnelError> {
    // Cut, so that the answer does not depend on how much is read at once.
    let head = so_far.get(..LIMIT).unwrap_or(so_far);
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let end = match response.parse(head) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) if head.len() < LIMIT => return Ok(false),
        Ok(httparse::Status::Partial) => return Err(TunnelError::TooLarge),
        Err(_) => return Err(TunnelError::NotHttp),
    };
    let status = response
        .code
        .and_then(|code| StatusCode::from_u16(code).ok())
        .ok_or(TunnelError::NotHttp)?;
    // First, because a refusal may have a body.
    if !status.is_success() {
        return Err(TunnelError::Refused(status));
    }
    // In TLS the client speaks first, so these are not from the host.
    if end < so_far.len() {
        return Err(TunnelError::Surplus);
    }
    Ok(true)
}

/// Why a proxy opened no tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// It answered with this status: `407` if it wants a name and password, or others than it got.
    #[error("proxy answered {0}")]
    Refused(StatusCode),
    /// It does not speak HTTP/1: the port may be one of TLS or SOCKS.
    #[error("reply of the proxy is not HTTP")]
    NotHttp,
    /// The head of its reply is larger than 16 KiB.
    #[error("reply of the proxy is too large")]
    TooLarge,
    /// Something follows the head of its reply, before the host can have said anything.
    #[error("proxy sent more than its reply")]
    Surplus,
}

#[cfg(test)]
mod tests;

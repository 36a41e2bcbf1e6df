//! The proxy itself: where it is, and what it is told about who asks.

use std::{io, net::Ipv6Addr};

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::authority::split_port;
use crate::secret::Secret;

#[derive(Clone, Debug)]
pub(super) struct ProxyServer {
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of `Proxy-Authorization`.
    pub(super) authorization: Option<Secret>,
}

impl ProxyServer {
    pub(super) fn parse(url: &str) -> Result<Self, InvalidProxy> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidProxy::Character);
        }
        let after_scheme = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(InvalidProxy::Scheme),
            None => url,
        };
        let authority = after_scheme.strip_suffix('/').unwrap_or(after_scheme);
        // Programs disagree where a URL with these in its password has its host.
        if authority.contains(['/', '\\', '?', '#']) {
            return Err(InvalidProxy::MoreThanAuthority);
        }
        let (userinfo, address) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (host, port) = split_port(address).ok_or(InvalidProxy::Authority)?;
        if !is_name(host) && host.parse::<Ipv6Addr>().is_err() {
            return Err(InvalidProxy::Authority);
        }
        Ok(Self {
            host: host.to_owned(),
            port: port.unwrap_or(80),
            authorization: basic(userinfo)?,
        })
    }
}

/// Whether all characters are those of a host name. The underscore is in no standard, and in many
/// container networks.
fn is_name(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    !host.is_empty() && host.bytes().all(allowed)
}

/// Name and password in the scheme `Basic`, which is what proxies want.
fn basic(userinfo: &str) -> Result<Option<Secret>, InvalidProxy> {
    if userinfo.is_empty() {
        return Ok(None);
    }
    let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let name: Vec<u8> = percent_decode_str(name).collect();
    let password: Vec<u8> = percent_decode_str(password).collect();
    // The first colon ends the name, so that a name with one would be read as another.
    if name.contains(&b':') || name.iter().chain(&password).any(u8::is_ascii_control) {
        return Err(InvalidProxy::UserInfo);
    }
    let plain = [name, password].join(&b':');
    let encoded = BASE64_STANDARD.encode(plain);
    Ok(Some(Secret::new(format!("Basic {encoded}"))))
}

/// Why a proxy's URL cannot be used. It does not repeat the URL, which may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// White space, control characters, anything beyond ASCII. In a name or password, they are
    /// percent-encoded.
    #[error("proxy URL has a character that has no place in a URL")]
    Character,
    /// Another kind of proxy: TLS to the proxy itself, or SOCKS.
    #[error("proxy URL has a scheme other than http, the only one that works")]
    Scheme,
    /// There is no host, or it is neither a name nor an address, or the port is not one from 1 to
    /// 65535.
    #[error("proxy URL has no valid host and port")]
    Authority,
    /// A control character in name or password, or a colon in the name: neither can be expressed
    /// in the header that carries them.
    #[error("proxy URL has a name or password that cannot be sent")]
    UserInfo,
    /// A path other than `/`, a query or a fragment; or a character of the password that starts
    /// one, and is not percent-encoded.
    #[error("proxy URL has more than scheme, name, password, host and port")]
    MoreThanAuthority,
}

impl From<InvalidProxy> for io::Error {
    fn from(error: InvalidProxy) -> Self {
        Self::other(error)
    }
}

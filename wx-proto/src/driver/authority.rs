//! Hosts and ports, in the one notation that URIs, proxy URLs and `no_proxy` share.

use std::net::Ipv6Addr;

use http::{Uri, uri::Scheme};

/// Where a connection to this URI goes: host, an IPv6 address without its brackets, and port, that
/// of the scheme if there is none in the URI.
///
/// `None` if it has no host, or a port that cannot be connected to, or no port and a scheme other
/// than http and https.
pub fn host_and_port(uri: &Uri) -> Option<(&str, u16)> {
    // The URI type passes over a port that is no number; here it must not turn into another one.
    let authority = uri.authority()?.as_str();
    let (_, after_userinfo) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (host, port) = split_port(after_userinfo)?;
    let default = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => Some(443),
        Some(scheme) if *scheme == Scheme::HTTP => Some(80),
        _ => None,
    };
    Some((host, port.or(default)?))
}

/// Splits `host`, `host:port`, `[v6]` and `[v6]:port`. The host is not empty, and what stood in
/// brackets is an IPv6 address. An empty port is none, as URIs have it.
pub(super) fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(text) => {
            let (host, rest) = text.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            match rest {
                "" => (host, ""),
                _ => (host, rest.strip_prefix(':')?),
            }
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => None,
        _ => Some(number(port)?),
    };
    (!host.is_empty()).then_some((host, port))
}

/// A port that can be connected to.
fn number(digits: &str) -> Option<u16> {
    // `parse` would take a sign.
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&port| plain && port != 0)
}

#[cfg(test)]
mod tests;

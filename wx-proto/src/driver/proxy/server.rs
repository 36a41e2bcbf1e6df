//! The proxy itself: where it is, and what it is told about who asks.

use std::net::Ipv6Addr;

use base64::{Engine, prelude::BASE64_STANDARD};
use percent_encoding::percent_decode_str;

use super::InvalidProxy;
use crate::{driver::authority::split_port, secret::Secret};

#[derive(Clone, Debug)]
pub(in crate::driver) struct ProxyServer {
    pub(in crate::driver) host: String,
    pub(in crate::driver) port: u16,
    /// The value of `Proxy-Authorization`.
    pub(in crate::driver) authorization: Option<Secret>,
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

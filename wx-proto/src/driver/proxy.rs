//! Which connections go through a proxy, and through which one.

mod bypass;

use std::{ffi::OsString, fmt};

use http::{Uri, uri::Scheme};

use self::bypass::{Bypass, Host};
use super::{
    authority::host_and_port,
    proxy_server::{InvalidProxy, ProxyServer},
    tunnel::Tunnel,
};

/// Which way connections take. Whatever is chosen, connections to this machine are made directly.
///
/// A proxy is an HTTP proxy that opens tunnels by `CONNECT`; it sees the names of hosts and nothing
/// of what passes. Its URL is `http://name:password@host:port`. Scheme, name, password and port may
/// be missing; special characters of name and password are percent-encoded. Without a port it is
/// 80, as in any other URL of this scheme, though curl takes 1080.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// The direct one. The environment is not looked at.
    #[default]
    None,
    /// What the environment says: the first of `https_proxy`, `HTTPS_PROXY`, `all_proxy` and
    /// `ALL_PROXY` that is not empty, but for the hosts that `no_proxy`, else `NO_PROXY`, lists.
    ///
    /// The list has commas or spaces between names, which stand for their subdomains too, IP
    /// addresses and blocks such as `10.0.0.0/8`, each with a `:port` if only that is meant. `*` is
    /// everything. What is none of these matches nothing.
    System,
    /// Through the proxy at this URL. The environment is not looked at.
    Url(String),
}

impl Proxy {
    /// The rules that this comes to, where `env` looks up a variable of the environment, such as
    /// [`var_os`](std::env::var_os). It is asked for [`Proxy::System`] only.
    ///
    /// # Errors
    ///
    /// There is a proxy to be used and it has no valid URL. To go directly instead could show the
    /// network what it was not meant to see.
    pub fn rules(
        &self,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<ProxyRules, InvalidProxy> {
        let first = |names: &[&str]| {
            let mut set = names.iter().filter_map(|name| env(name));
            let value = set.find(|value| !value.is_empty())?;
            // What is not UTF-8 is an error like any other, and no reason to go without a proxy.
            Some(value.to_string_lossy().into_owned())
        };
        let (url, bypass) = match self {
            Self::None => (None, None),
            // `http_proxy` has no say: plain http does not leave the machine.
            Self::System => (
                first(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
                first(&["no_proxy", "NO_PROXY"]),
            ),
            Self::Url(url) => (Some(url.clone()), None),
        };
        Ok(ProxyRules {
            server: url.as_deref().map(ProxyServer::parse).transpose()?,
            bypass: Bypass::parse(bypass.as_deref().unwrap_or_default()),
        })
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A URL may hold a password.
        f.write_str(match self {
            Self::None => "None",
            Self::System => "System",
            Self::Url(_) => "Url(..)",
        })
    }
}

/// A [`Proxy`] resolved to what decides about single connections. The default has no proxy.
#[derive(Clone, Debug, Default)]
pub struct ProxyRules {
    server: Option<ProxyServer>,
    bypass: Bypass,
}

impl ProxyRules {
    /// The way to this URI's host and port, or `None` if the connection is to be made directly:
    /// there is no proxy, or `no_proxy` lists the host, or it is this machine, or the scheme is not
    /// https.
    pub fn tunnel_to(&self, to: &Uri) -> Option<Tunnel> {
        let server = self.server.as_ref()?;
        if to.scheme() != Some(&Scheme::HTTPS) {
            return None;
        }
        let (name, port) = host_and_port(to)?;
        let host = Host::new(name);
        if host.is_loopback() || self.bypass.covers(&host, port) {
            return None;
        }
        Some(Tunnel::new(server.clone(), name, port))
    }
}

#[cfg(test)]
mod tests;

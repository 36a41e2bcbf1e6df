//! What a transport is told by its user: whom to trust, and which way to go.

use std::{fmt, time::Duration};

use super::proxy::Proxy;

/// How long an adapter keeps a connection that waits for its next request. Common servers close
/// theirs after 60 to 75 s: this is shorter, because a request that meets the server's closing is
/// lost, and nobody can tell whether it arrived.
pub const IDLE: Duration = Duration::from_secs(30);

/// How an adapter's transport reaches the service. The default connects directly and trusts the
/// roots that the adapter was built with.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportConfig {
    /// Whose certificates are trusted.
    pub roots: Roots,
    /// Any number of certificates in PEM form that are trusted besides.
    pub extra_roots: Vec<u8>,
    /// Which way connections take.
    pub proxy: Proxy,
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("roots", &self.roots)
            // People do put their keys into such files.
            .field("extra_roots", &self.extra_roots.len())
            .field("proxy", &self.proxy)
            .finish()
    }
}

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// Those that Mozilla trusted when the adapter was built. Needs its feature `webpki-roots`.
    #[default]
    Bundled,
    /// What the operating system trusts, a company's own authority for example. Needs the adapter's
    /// feature `platform-verifier`.
    Platform,
    /// Nobody's but [`TransportConfig::extra_roots`].
    ExtraOnly,
}

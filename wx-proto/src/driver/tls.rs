//! Whom an adapter trusts, and where it takes its randomness from. Behind the feature `tls`.
//!
//! Neither is part of the protocol, and the core uses neither. They are here because the safety of
//! a session must not depend on which adapter somebody picked, as it would if each had a copy of its
//! own. Only adapters need this module, and drivers that are built on rustls.

use std::{io, sync::Arc};

pub use rustls;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{Roots, TransportConfig};
use crate::rng::Seed;

/// How to speak TLS with the service: 1.2 or 1.3 with ring, under the roots that `config` names, and
/// without a certificate of one's own.
///
/// One is enough for any number of sessions, and what they share then is the cache of TLS tickets.
/// The roots are read now and not again. With [`Roots::ExtraOnly`] and no extra root nobody is
/// trusted, so that every handshake fails. The proxy is none of its business.
///
/// # Errors
///
/// - [`Unsupported`](io::ErrorKind::Unsupported): this choice of roots was not built in. The text
///   names the feature that it needs: `webpki-roots` or `platform-verifier`.
/// - [`InvalidInput`](io::ErrorKind::InvalidInput): the extra roots are damaged, or there is text
///   but no certificate in it.
/// - [`Other`](io::ErrorKind::Other): the operating system has no roots to offer.
pub fn client_config(config: &TransportConfig) -> io::Result<Arc<ClientConfig>> {
    let extra = certificates(&config.extra_roots)?;
    // Before the match, so that a bad one is refused whatever the verifier would say to it.
    #[cfg_attr(not(feature = "webpki-roots"), expect(unused_mut))]
    let mut listed = listed(&extra)?;
    // Given explicitly: the default depends on the features of everybody else's rustls, and panics
    // if they disagree.
    let provider = Arc::new(ring::default_provider());
    let tls = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let tls = match config.roots {
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled => {
            listed.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            tls.with_root_certificates(listed)
        }
        #[cfg(not(feature = "webpki-roots"))]
        Roots::Bundled => return Err(not_built_in("bundled", "webpki-roots")),
        #[cfg(feature = "platform-verifier")]
        Roots::Platform => {
            use rustls_platform_verifier::Verifier;
            let verifier = Verifier::new_with_extra_roots(extra, provider);
            let verifier = Arc::new(verifier.map_err(io::Error::other)?);
            tls.dangerous().with_custom_certificate_verifier(verifier)
        }
        #[cfg(not(feature = "platform-verifier"))]
        Roots::Platform => return Err(not_built_in("the system's", "platform-verifier")),
        Roots::ExtraOnly => tls.with_root_certificates(listed),
    };
    Ok(Arc::new(tls.with_no_client_auth()))
}

/// A seed from the operating system's randomness, for one [`Client`](crate::Client).
///
/// # Errors
///
/// The operating system has none, which happens in sandboxes that forbid the call.
pub fn seed() -> io::Result<Seed> {
    let mut seed = [0; 32];
    let system = ring::default_provider().secure_random;
    let filled = system.fill(&mut seed).map_err(rustls::Error::from);
    filled.map_err(io::Error::other)?;
    Ok(Seed::from(seed))
}

/// As [`seed`], for callers that have no error to return.
///
/// # Panics
///
/// The operating system has no randomness to give.
pub fn seed_or_panic() -> Seed {
    #[expect(
        clippy::expect_used,
        reason = "documented, and so it is at those who call it"
    )]
    seed().expect("no randomness")
}

/// Every certificate of the text. Other things in it, keys for example, are passed over.
fn certificates(pem: &[u8]) -> io::Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    // The error would quote the text, and people do put their keys into such files.
    let found = found.map_err(|_| invalid("extra roots are damaged PEM"))?;
    if found.is_empty() && !pem.is_empty() {
        return Err(invalid("no certificate in the extra roots"));
    }
    Ok(found)
}

fn listed(roots: &[CertificateDer<'static>]) -> io::Result<RootCertStore> {
    let mut listed = RootCertStore::empty();
    for root in roots {
        listed.add(root.clone()).map_err(invalid)?;
    }
    Ok(listed)
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

#[cfg(not(all(feature = "webpki-roots", feature = "platform-verifier")))]
fn not_built_in(roots: &str, feature: &str) -> io::Error {
    let why = format!("{roots} roots need the feature `{feature}`");
    io::Error::new(io::ErrorKind::Unsupported, why)
}

#[cfg(test)]
mod tests;

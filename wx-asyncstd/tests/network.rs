//! Whom a transport trusts, with each choice of features.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use async_std::{future::timeout, task::block_on};
use wx_asyncstd::{
    Session, Transport,
    wx_proto::{
        Config, EventKind, Hosts, TransportErrorKind, TroubleCause,
        driver::{Proxy, Roots, TransportConfig},
    },
};
use wx_sim::{
    listen::{Authority, Listener},
    server::Setup,
};

/// What comes first: a QR code, or trouble.
fn first(url: &str, transport: &Transport) -> Result<(), TransportErrorKind> {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(url).unwrap();
    let (_session, mut events) = Session::spawn(config, transport);
    block_on(async {
        loop {
            let event = timeout(Duration::from_secs(60), events.next()).await;
            match event.unwrap().unwrap().kind {
                EventKind::Qr(_) => return Ok(()),
                EventKind::Trouble(trouble) => match trouble.cause {
                    TroubleCause::Transport(kind) => return Err(kind),
                    cause => panic!("{cause}"),
                },
                _ => {}
            }
        }
    })
}

fn network(roots: Roots, extra_roots: &str, proxy: Proxy) -> TransportConfig {
    let mut config = TransportConfig::default();
    config.roots = roots;
    config.extra_roots = extra_roots.into();
    config.proxy = proxy;
    config
}

/// All that are compiled in.
const ROOTS: &[Roots] = &[
    Roots::ExtraOnly,
    #[cfg(feature = "webpki-roots")]
    Roots::Bundled,
    #[cfg(feature = "platform-verifier")]
    Roots::Platform,
];

#[test]
fn a_certificate_must_be_trusted() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "localhost").unwrap();
    let stranger = Authority::new().unwrap();
    for roots in ROOTS {
        let trusts = |pem| {
            let network = network(*roots, pem, Proxy::None);
            first(&service.url(), &Transport::with_config(&network).unwrap())
        };
        assert_eq!(trusts(authority.pem()), Ok(()), "{roots:?}");
        let wrong = trusts(stranger.pem());
        assert_eq!(wrong, Err(TransportErrorKind::Tls), "{roots:?}");
    }
}

#[test]
fn what_cannot_be_used_is_refused_at_once() {
    let with = |roots, pem, proxy| Transport::with_config(&network(roots, pem, proxy));
    // A file in another format would otherwise be taken for an empty list.
    for file in [
        "\x30\u{2}\u{1}",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ] {
        assert!(with(Roots::ExtraOnly, file, Proxy::None).is_err());
    }
    assert!(with(Roots::ExtraOnly, "", Proxy::None).is_ok());

    let secret = "socks5://ann:s3cret@127.0.0.1:1080".to_owned();
    let error = with(Roots::ExtraOnly, "", Proxy::Url(secret)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");

    for (roots, feature) in [
        (Roots::Bundled, "webpki-roots"),
        (Roots::Platform, "platform-verifier"),
    ] {
        match with(roots, "", Proxy::None) {
            Ok(_) => assert!(ROOTS.contains(&roots)),
            Err(error) if ROOTS.contains(&roots) => panic!("{error}"),
            Err(error) => assert!(error.to_string().contains(feature), "{error}"),
        }
    }
}

//! Whom a transport trusts.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wx_tokio::{
    Session, Transport,
    wx_proto::{EventKind, TransportErrorKind, TroubleCause, driver::Roots},
};

use crate::service::{Service, config, direct, trusting, until};

/// The service over TLS, and the certificate to trust it by.
async fn listen(service: &Arc<Service>) -> (String, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}",
        listener.local_addr().unwrap().port()
    );
    let service = Arc::clone(service);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, service) = (acceptor.clone(), Arc::clone(&service));
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    service.serve(stream).await;
                }
            });
        }
    });
    (url, cert.pem())
}

#[tokio::test]
async fn a_certificate_must_be_trusted() {
    let service = Service::usual();
    let (url, pem) = listen(&service).await;

    let (_stranger, mut events) = Session::spawn(config(&url), &direct());
    let cause = until(&mut events, |kind| match kind {
        EventKind::Trouble(trouble) => Some(trouble.cause),
        _ => None,
    })
    .await;
    assert_eq!(cause, TroubleCause::Transport(TransportErrorKind::Tls));
    assert!(service.requests().is_empty());

    for roots in [
        Roots::ExtraOnly,
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled,
        #[cfg(feature = "platform-verifier")]
        Roots::Platform,
    ] {
        let transport = Transport::with_config(&trusting(roots, pem.as_bytes())).unwrap();
        let (_friend, mut events) = Session::spawn(config(&url), &transport);
        until(&mut events, |kind| {
            matches!(kind, EventKind::Qr(_)).then_some(())
        })
        .await;
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    // A file in another format would otherwise be taken for an empty list.
    for file in [
        "\x30\u{2}\u{1}",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    ] {
        assert!(Transport::with_config(&trusting(Roots::ExtraOnly, file.as_bytes())).is_err());
    }
    assert!(Transport::with_config(&trusting(Roots::ExtraOnly, b"")).is_ok());
}

#[test]
fn roots_that_were_not_compiled_in_are_refused_with_the_name_of_their_feature() {
    for (roots, feature, is_on) in [
        (
            Roots::Bundled,
            "webpki-roots",
            cfg!(feature = "webpki-roots"),
        ),
        (
            Roots::Platform,
            "platform-verifier",
            cfg!(feature = "platform-verifier"),
        ),
    ] {
        match Transport::with_config(&trusting(roots, b"")) {
            Ok(_) => assert!(is_on, "{roots:?}"),
            // A machine without any roots.
            Err(_) if is_on => assert_eq!(roots, Roots::Platform),
            Err(error) => assert!(error.to_string().contains(feature), "{error}"),
        }
    }
}

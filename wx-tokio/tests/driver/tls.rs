//! Whom a transport trusts.

use wx_sim::{
    listen::{Authority, Listener},
    server::Setup,
};
use wx_tokio::{Session, Transport, wx_proto::driver::Roots};

use crate::service::{config, online, trusting};

#[tokio::test]
async fn extra_roots_are_trusted_besides_any_others() {
    let authority = Authority::new().unwrap();
    let service = Listener::bind_tls("127.0.0.1:0", Setup::default(), &authority, "localhost");
    let url = service.as_ref().unwrap().url();
    for roots in [
        Roots::ExtraOnly,
        #[cfg(feature = "webpki-roots")]
        Roots::Bundled,
        #[cfg(feature = "platform-verifier")]
        Roots::Platform,
    ] {
        let network = trusting(roots, authority.pem().as_bytes());
        let transport = Transport::with_config(&network).unwrap();
        let (_session, mut events) = Session::spawn(config(&url), &transport);
        online(&mut events).await;
    }
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
            // Cargo builds the core once, with whatever anybody asks of it.
            Ok(_) => {}
            // A machine without any roots.
            Err(_) if is_on => assert_eq!(roots, Roots::Platform),
            Err(error) => assert!(error.to_string().contains(feature), "{error}"),
        }
    }
}

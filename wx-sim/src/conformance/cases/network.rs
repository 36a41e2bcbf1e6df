//! Whom the driver trusts, and which way it goes.

use wx_proto::{
    Close, EventKind, TransportErrorKind, TroubleCause,
    driver::{Proxy, TransportConfig},
};

use super::scene::{PATIENCE, Scene, client, config, direct, newest, setup, until, without_phone};
use crate::{
    conformance::Subject,
    listen::{Authority, ConnectProxy, Listener},
    server::Setup,
};

/// A host that no name server knows.
pub(super) const ELSEWHERE: &str = "wx.invalid";

pub(super) fn authority() -> Authority {
    Authority::new().expect("no authority for this test")
}

pub(super) fn secured(setup: Setup, authority: &Authority, host: &str) -> Listener {
    let service = Listener::bind_tls("127.0.0.1:0", setup, authority, host);
    service.expect("no free port on this machine")
}

/// The way to a service whose certificate comes from this authority.
fn trusting(authority: &Authority) -> TransportConfig {
    let mut network = direct();
    network.extra_roots = authority.pem().as_bytes().to_vec();
    network
}

pub(super) fn through(proxy: &ConnectProxy, authority: &Authority) -> TransportConfig {
    let mut network = trusting(authority);
    network.proxy = Proxy::Url(proxy.url());
    network
}

fn at<S: Subject>(service: Listener, network: &TransportConfig) -> Scene<S> {
    at_url(&service.url(), service, network)
}

fn at_url<S: Subject>(url: &str, service: Listener, network: &TransportConfig) -> Scene<S> {
    let (session, events) = S::start(client(config(url)), network);
    Scene {
        session,
        events,
        service,
    }
}

/// A certificate of nobody's: `Tls`, and not a byte of the request leaves.
pub fn unknown_authorities_are_not_trusted<S: Subject>() {
    let service = secured(without_phone(), &authority(), "localhost");
    let mut scene = at::<S>(service, &direct());
    let trouble = scene.whole_trouble();
    assert_eq!(
        trouble.cause,
        TroubleCause::Transport(TransportErrorKind::Tls),
        "rule 8: a certificate that nobody vouches for is Tls"
    );
    assert!(
        !trouble.detail.is_empty(),
        "rule 8: the error has for its source what is wrong with the certificate"
    );
    assert!(
        scene.service.with(|server| server.tallies().is_empty()),
        "a request was sent"
    );
}

/// An authority that the application trusts: a whole session over TLS, up to the hang-up.
pub fn extra_roots_are_trusted<S: Subject>() {
    let authority = authority();
    let service = secured(setup(), &authority, "localhost");
    let mut scene = at::<S>(service, &trusting(&authority));
    scene.reach_online();
    scene.say("nobody else reads this");
    scene.rest();
    scene.assert_clean();
    let closed = scene.session.close(Close::default(), PATIENCE);
    closed.expect("rule 7: an abort stops the exchange at once, also over TLS");
    scene.wait(
        "the hang-up (rule 7: an abort frees the socket, also over TLS)",
        |server| !newest(server).polling,
    );
}

/// A trusted certificate, but for another host.
pub fn certificates_are_for_one_host<S: Subject>() {
    let authority = authority();
    let service = secured(without_phone(), &authority, "somebody.else.invalid");
    let address = service.address();
    let proxy = ConnectProxy::start(move |_| Some(address)).expect("no free port");
    let url = format!("https://{ELSEWHERE}:{}", address.port());
    let mut scene = at_url::<S>(&url, service, &through(&proxy, &authority));
    assert_eq!(
        scene.trouble(),
        TroubleCause::Transport(TransportErrorKind::Tls),
        "rule 8: a certificate of another host is Tls"
    );
    assert!(
        scene.service.with(|server| server.tallies().is_empty()),
        "a request was sent"
    );
}

/// The way to a host of which only the proxy knows.
pub fn proxies_lead_to_other_machines<S: Subject>() {
    let authority = authority();
    let service = secured(setup(), &authority, ELSEWHERE);
    let address = service.address();
    let proxy = ConnectProxy::start(move |_| Some(address)).expect("no free port");
    let mut scene = at::<S>(service, &through(&proxy, &authority));
    until::<S, _>(
        &mut scene.events,
        "the session is open, through the proxy",
        |kind| match kind {
            EventKind::Online(_) => Some(()),
            EventKind::Trouble(trouble) => panic!(
                "the transport is told of a proxy, which leads to the service: {}",
                trouble.cause
            ),
            _ => None,
        },
    );
    scene.say("over two hops");
    let target = format!("{ELSEWHERE}:{}", address.port());
    let seen = proxy.seen();
    assert!(
        !seen.is_empty() && seen.iter().all(|seen| *seen == target),
        "{seen:?}"
    );
    scene.assert_clean();
}

/// The proxy says no: `Connect`, since no byte of the request left.
pub fn refusing_proxies_are_unreachable<S: Subject>() {
    let authority = authority();
    let service = secured(without_phone(), &authority, ELSEWHERE);
    let proxy = ConnectProxy::start(|_| None).expect("no free port");
    let mut scene = at::<S>(service, &through(&proxy, &authority));
    assert_eq!(
        scene.trouble(),
        TroubleCause::Transport(TransportErrorKind::Connect),
        "rule 8: no tunnel, so nothing was sent"
    );
}

/// Whatever the proxy, connections to this machine are made directly.
pub fn this_machine_is_reached_directly<S: Subject>() {
    let authority = authority();
    let service = secured(without_phone(), &authority, "localhost");
    let proxy = ConnectProxy::start(|_| None).expect("no free port");
    let mut scene = at::<S>(service, &through(&proxy, &authority));
    until::<S, _>(&mut scene.events, "a QR code is shown", |kind| {
        matches!(kind, EventKind::Qr(_)).then_some(())
    });
    assert!(
        proxy.seen().is_empty(),
        "a proxy has no business with this machine"
    );
}

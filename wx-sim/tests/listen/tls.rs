//! The same service over TLS.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use wx_sim::{
    listen::{Authority, Fault, Listener},
    server::{Phone, Setup},
};

use crate::raw::{JSLOGIN, Raw, SOON, Session, new_code, poll_path};

const HOST: &str = "chat.test";

fn service(authority: &Authority) -> Listener {
    let setup = Setup {
        phone: Phone::Manual,
        ..Setup::default()
    };
    Listener::bind_tls("127.0.0.1:0", setup, authority, HOST).unwrap()
}

pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

/// Shakes hands over a connection, as a client that trusts `authority` alone.
pub(crate) fn wrap(tcp: TcpStream, authority: &Authority, host: &str) -> io::Result<Tls> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tls = StreamOwned::new(connection, tcp);
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    Ok(tls)
}

pub(crate) fn connect(
    service: &Listener,
    authority: &Authority,
    host: &str,
) -> io::Result<Raw<Tls>> {
    let tcp = TcpStream::connect(service.address()).unwrap();
    tcp.set_read_timeout(Some(SOON)).unwrap();
    let host_and_port = format!("{host}:{}", service.address().port());
    Ok(Raw::over(wrap(tcp, authority, host)?, &host_and_port))
}

#[test]
fn a_session_over_tls() {
    let authority = Authority::new().unwrap();
    let service = Listener::bind_tls("127.0.0.1:0", Setup::default(), &authority, HOST).unwrap();
    let port = service.address().port();
    assert_eq!(service.url(), format!("https://{HOST}:{port}"));
    let mut session = Session::open_over(connect(&service, &authority, HOST).unwrap());
    assert!(
        session.redirect.starts_with(&service.url()),
        "{}",
        session.redirect
    );
    assert!(!session.set_cookies.contains("Secure") && !session.set_cookies.contains("Domain"));
    session.say("hello", "16725312500001234");
    assert_eq!(session.raw.read().unwrap().json()["BaseResponse"]["Ret"], 0);
    assert_eq!(service.with(|server| server.received().len()), 1);
    assert_eq!(service.connections(), 1);
}

#[test]
fn the_certificate_is_for_the_host_and_this_machine_alone() {
    let authority = Authority::new().unwrap();
    let service = service(&authority);
    for host in [HOST, "localhost", "127.0.0.1", "::1"] {
        connect(&service, &authority, host).unwrap();
    }
    assert!(connect(&service, &authority, "other.test").is_err());
    assert!(connect(&service, &Authority::new().unwrap(), HOST).is_err());

    for host in ["", "chat test", "chat.test:443", "https://chat.test", "*"] {
        let bound = Listener::bind_tls("127.0.0.1:0", Setup::default(), &authority, host);
        assert_eq!(
            bound.unwrap_err().kind(),
            io::ErrorKind::InvalidInput,
            "{host:?}"
        );
    }
    let v6 = Listener::bind_tls("127.0.0.1:0", Setup::default(), &authority, "::1").unwrap();
    assert_eq!(v6.url(), format!("https://[::1]:{}", v6.address().port()));
    assert!(!format!("{authority:?}").contains("key"));
}

#[test]
fn handshakes_that_fail_disturb_nobody() {
    let authority = Authority::new().unwrap();
    let service = service(&authority);
    let mut raw = connect(&service, &authority, HOST).unwrap();
    let uuid = new_code(&mut raw);
    raw.ask(&poll_path(&uuid), "");

    let mut plain = Raw::connect(service.address());
    plain.ask(JSLOGIN, "");
    // An alert, and not a reply.
    assert_eq!(
        plain
            .rest()
            .unwrap_or_default()
            .first()
            .copied()
            .unwrap_or(21),
        21
    );
    let mut garbage = TcpStream::connect(service.address()).unwrap();
    garbage
        .write_all(&[0x16, 3, 1, 0x40, 0, 0xff, 0, 0])
        .unwrap();
    drop(garbage);
    let silent = TcpStream::connect(service.address()).unwrap();
    let _ = connect(&service, &Authority::new().unwrap(), HOST);

    connect(&service, &authority, HOST).unwrap().get(JSLOGIN);
    assert!(raw.is_silent());
    let dropped = Instant::now();
    drop(service);
    assert!(
        dropped.elapsed() < Duration::from_secs(5),
        "the silent client was waited for"
    );
    drop(silent);
}

#[test]
fn a_client_that_hangs_up_is_noticed_over_tls() {
    let authority = Authority::new().unwrap();
    let service = service(&authority);
    let mut first = connect(&service, &authority, HOST).unwrap();
    let uuid = new_code(&mut first);
    let noticed = |count| {
        let until = Instant::now() + SOON;
        while service.hang_ups("login") < count {
            assert!(Instant::now() < until, "hang-up {count} was not noticed");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    // Told in order; by the end of the connection alone; and told without it.
    let hold = || {
        let mut raw = connect(&service, &authority, HOST).unwrap();
        raw.ask(&poll_path(&uuid), "");
        assert!(raw.is_silent());
        raw
    };
    assert_eq!(service.hang_ups("login"), 0);
    let mut told = hold();
    told.stream.conn.send_close_notify();
    told.stream.flush().unwrap();
    drop(told);
    noticed(1);
    drop(hold());
    noticed(2);
    let mut half = hold();
    half.stream.conn.send_close_notify();
    half.stream.flush().unwrap();
    noticed(3);

    // One that sends its next request early has not hung up.
    let mut eager = hold();
    eager.ask(JSLOGIN, "");
    assert!(eager.is_silent());
    service
        .act(wx_sim::server::Deed::Scan(wx_sim::server::Code::Uuid(
            uuid.clone(),
        )))
        .unwrap();
    assert!(eager.read().unwrap().text().starts_with("window.code=201;"));
    assert!(
        eager
            .read()
            .unwrap()
            .text()
            .starts_with("window.QRLogin.code = 200;")
    );
    assert_eq!(service.hang_ups("*"), 3);
}

#[test]
fn faults_over_tls() {
    let authority = Authority::new().unwrap();
    let service = service(&authority);
    let meet = |fault| {
        service.plant("jslogin", 1, fault);
        let mut raw = connect(&service, &authority, HOST).unwrap();
        raw.ask(JSLOGIN, "");
        raw
    };
    let error = meet(Fault::Reset).read().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);

    let mut raw = meet(Fault::ResetInBody(6));
    raw.head().unwrap();
    assert_eq!(raw.bytes(6).unwrap(), b"window");
    assert_eq!(
        raw.rest().unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );

    // An end in order is announced, and so not taken for one that an attacker made.
    assert_eq!(meet(Fault::Close).rest().unwrap(), b"");
    let body = meet(Fault::NoLength).rest().unwrap();
    assert!(body.ends_with(b"\";"));
    let body = meet(Fault::LongLength(10)).rest().unwrap();
    assert!(body.ends_with(b"\";"));
    assert!(
        meet(Fault::BadStatusLine)
            .rest()
            .unwrap()
            .starts_with(b"HTTP/1.1 0 -\r\n")
    );

    assert!(meet(Fault::Silence).is_silent());
    assert!(
        meet(Fault::Drip(Duration::from_millis(1)))
            .read()
            .unwrap()
            .body
            .ends_with(b"\";")
    );
    assert_eq!(
        meet(Fault::Oversize(3_000_000)).read().unwrap().body.len(),
        3_000_000
    );
    let mut raw = meet(Fault::Oversize(u64::MAX));
    raw.bytes(100_000).unwrap();
    drop(raw);
    assert_eq!(service.planted(), 0);
    assert_eq!(
        connect(&service, &authority, HOST)
            .unwrap()
            .get(JSLOGIN)
            .status,
        200
    );
}

#[test]
fn idle_connections_end_in_order_over_tls() {
    let authority = Authority::new().unwrap();
    let service = service(&authority);
    let mut idle = connect(&service, &authority, HOST).unwrap();
    let uuid = new_code(&mut idle);
    let mut held = connect(&service, &authority, HOST).unwrap();
    held.ask(&poll_path(&uuid), "");
    assert!(held.is_silent());
    assert_eq!(service.close_idle(), 1);
    assert_eq!(idle.stream.read(&mut [0]).unwrap(), 0);
    assert!(held.is_silent());
}

//! The proxy that knows CONNECT.

use std::{io::Read, net::TcpStream, time::Instant};

use wx_sim::{
    listen::{Authority, ConnectProxy, Listener},
    server::{Phone, Setup},
};

use crate::{
    raw::{JSLOGIN, Raw, SOON, new_code, poll_path},
    tls,
};

fn connect(raw: &mut Raw, target: &str, headers: &str) -> u16 {
    raw.write(format!(
        "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{headers}\r\n"
    ));
    let head = raw.head().unwrap();
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_tunnel_to_a_host_that_only_the_proxy_knows() {
    let authority = Authority::new().unwrap();
    let setup = Setup {
        phone: Phone::Manual,
        ..Setup::default()
    };
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "chat.test").unwrap();
    let address = service.address();
    let name = service.url().replace("https://", "");
    let proxy = ConnectProxy::start({
        let name = name.clone();
        move |target| (target == name).then_some(address)
    })
    .unwrap();

    let mut outer = Raw::to(&proxy.url());
    assert_eq!(connect(&mut outer, &name, ""), 200);
    let inner = tls::wrap(outer.stream, &authority, "chat.test").unwrap();
    let mut raw = Raw::over(inner, &name);
    let uuid = new_code(&mut raw);
    raw.ask(&poll_path(&uuid), "");
    assert!(raw.is_silent());
    drop(raw);
    let until = Instant::now() + SOON;
    while service.hang_ups("login") == 0 {
        assert!(
            Instant::now() < until,
            "the hang-up did not get through the tunnel"
        );
        std::thread::yield_now();
    }

    let mut outer = Raw::to(&proxy.url());
    assert_eq!(connect(&mut outer, "other.test:443", ""), 502);
    // The connection goes on after it.
    assert_eq!(connect(&mut outer, &name, ""), 200);
    assert_eq!(
        proxy.seen(),
        [name.as_str(), "other.test:443", name.as_str()]
    );

    let dropped = Instant::now();
    drop(proxy);
    assert!(dropped.elapsed() < SOON / 2);
    assert!(outer.rest().is_ok_and(|bytes| bytes.is_empty()));
}

#[test]
fn bytes_of_both_ends_arrive_whole_and_so_does_the_end() {
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let address = service.address();
    let proxy = ConnectProxy::start(move |_| Some(address)).unwrap();
    // A client that does not wait for the proxy's word.
    let mut raw = Raw::to(&proxy.url());
    raw.write(format!(
        "CONNECT chat.test:80 HTTP/1.1\r\nHost: chat.test:80\r\n\r\n\
         GET {JSLOGIN} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    ));
    assert!(raw.head().unwrap().starts_with("HTTP/1.1 200 "));
    assert!(raw.read().unwrap().text().ends_with("\";"));
    assert_eq!(raw.stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_password_is_asked_for() {
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let address = service.address();
    let proxy =
        ConnectProxy::start_with_password("user", "pass:word", move |_| Some(address)).unwrap();
    let mut raw = Raw::to(&proxy.url());
    raw.write("CONNECT chat.test:443 HTTP/1.1\r\nHost: chat.test:443\r\n\r\n");
    let reply = raw.read().unwrap();
    assert_eq!(reply.status, 407);
    assert_eq!(
        reply.header("proxy-authenticate"),
        Some("Basic realm=\"wx-sim\"")
    );
    for (wrong, status) in [
        ("Basic dXNlcjpwYXNz", 407),
        ("Bearer dXNlcjpwYXNzOndvcmQ=", 407),
        ("dXNlcjpwYXNzOndvcmQ=", 407),
        ("basic dXNlcjpwYXNzOndvcmQ=", 200),
    ] {
        let line = format!("Proxy-Authorization: {wrong}\r\n");
        assert_eq!(connect(&mut raw, "chat.test:443", &line), status, "{wrong}");
    }
    assert!(!format!("{proxy:?}").contains("pass"));
}

#[test]
fn what_is_no_tunnel_to_this_machine_is_refused() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let proxy = ConnectProxy::start(move |target| match target {
        "far.test:443" => Some("192.0.2.1:443".parse().unwrap()),
        "closed.test:443" => Some(closed),
        _ => None,
    })
    .unwrap();
    let mut raw = Raw::to(&proxy.url());
    assert_eq!(connect(&mut raw, "far.test:443", ""), 502);
    assert_eq!(connect(&mut raw, "closed.test:443", ""), 502);
    assert_eq!(connect(&mut raw, "no-port.test", ""), 400);
    let reply = raw.get("http://chat.test/");
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("CONNECT"))
    );
    let mut garbage = Raw::<TcpStream>::to(&proxy.url());
    garbage.write("\x16\x03\x01\r\n\r\n");
    assert_eq!(garbage.read().unwrap().status, 400);
}

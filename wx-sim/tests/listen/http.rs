//! What the service takes for HTTP, and what not.

use std::io::Write;

use wx_sim::{control::Control, listen::Listener, server::Setup};

use crate::raw::{JSLOGIN, Raw};

fn service() -> Listener {
    Listener::bind("127.0.0.1:0", Setup::default()).unwrap()
}

fn status(service: &Listener, request: impl AsRef<[u8]>) -> u16 {
    let mut raw = Raw::connect(service.address());
    raw.write(request);
    let reply = raw.read().unwrap();
    if reply.status >= 400 && reply.status != 404 {
        assert_eq!(reply.header("connection"), Some("close"));
        assert!(raw.rest().unwrap().is_empty());
    }
    reply.status
}

#[test]
fn connections_are_kept_as_the_client_wants() {
    let service = service();
    let mut raw = Raw::connect(service.address());
    for _ in 0..3 {
        let reply = raw.get(JSLOGIN);
        assert_eq!((reply.status, reply.header("connection")), (200, None));
    }
    let last = raw.get_with(JSLOGIN, "Connection: close\r\n");
    assert_eq!(last.header("connection"), Some("close"));
    assert!(raw.rest().unwrap().is_empty());

    let mut old = Raw::connect(service.address());
    old.write(format!("GET {JSLOGIN} HTTP/1.0\r\n\r\n"));
    assert_eq!(old.read().unwrap().header("connection"), Some("close"));
    assert!(old.rest().unwrap().is_empty());
}

#[test]
fn requests_may_come_in_pieces_or_together() {
    let service = service();
    let mut raw = Raw::connect(service.address());
    let request = format!(
        "GET {JSLOGIN} HTTP/1.1\r\nHost: {}\r\n\r\n",
        service.address()
    );
    for byte in request.as_bytes() {
        raw.write([*byte]);
    }
    assert_eq!(raw.read().unwrap().status, 200);
    raw.write([request.as_str(), request.as_str()].concat());
    assert_eq!(raw.read().unwrap().status, 200);
    assert_eq!(raw.read().unwrap().status, 200);
}

#[test]
fn bodies_may_be_chunked_and_announced() {
    let service = service();
    let control = Control::bind("127.0.0.1:0", &service).unwrap();
    let mut raw = Raw::to(&control.url());
    let host = control.url().replace("http://", "");
    raw.write(format!(
        "POST /bar HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n\
         9;ext=1\r\n{{\"barred\"\r\n6\r\n:true}}\r\n0\r\nTrailer: x\r\n\r\n"
    ));
    assert_eq!(raw.read().unwrap().status, 200);
    assert!(service.with(|server| server.setup().barred));

    raw.write(format!(
        "POST /bar HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\nContent-Length: 16\r\n\r\n"
    ));
    assert_eq!(raw.head().unwrap(), "HTTP/1.1 100 Continue\r\n\r\n");
    raw.write("{\"barred\":false}");
    assert_eq!(raw.read().unwrap().status, 200);
    assert!(!service.with(|server| server.setup().barred));
}

#[test]
fn what_is_too_large_is_refused_without_being_read() {
    let service = service();
    let post = "POST /cgi-bin/mmwebwx-bin/webwxinit HTTP/1.1\r\nHost: x\r\n";
    let limit = 32 * 1024 * 1024;
    let announced = format!("{post}Content-Length: {}\r\n\r\n", limit + 1);
    assert_eq!(status(&service, announced), 413);
    let chunk = format!(
        "{post}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
        limit + 1
    );
    assert_eq!(status(&service, chunk), 413);
    let chunk = format!("{post}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
    assert_eq!(status(&service, chunk), 413);
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    assert_eq!(status(&service, long), 431);
    let many = format!(
        "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
        "A: b\r\n".repeat(101)
    );
    assert_eq!(status(&service, many), 431);
    assert_eq!(service.with(|server| server.records().len()), 0);

    // A body that is just not too large reaches the service.
    let mut raw = Raw::connect(service.address());
    raw.write(format!("{post}Content-Length: {limit}\r\n\r\n"));
    raw.stream.write_all(&vec![b'x'; limit]).unwrap();
    assert_eq!(raw.read().unwrap().status, 413);
    assert_eq!(service.with(|server| server.records().len()), 1);
}

#[test]
fn what_is_not_http_is_refused() {
    let service = service();
    for request in [
        "\u{16}\u{3}\u{1}garbage\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost x\r\n\r\n",
        "GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxyz",
    ] {
        assert_eq!(status(&service, request), 400, "{request:?}");
    }
    let packed = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n";
    assert_eq!(status(&service, packed), 501);
    assert_eq!(status(&service, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
}

#[test]
fn connections_are_limited() {
    let service = service();
    let mut open: Vec<Raw> = (0..256).map(|_| Raw::connect(service.address())).collect();
    let mut surplus = Raw::connect(service.address());
    assert_eq!(surplus.read().unwrap().status, 503);
    assert!(surplus.rest().unwrap().is_empty());
    // Those that are in are served, and a place that came free is given away.
    assert_eq!(open.first_mut().unwrap().get(JSLOGIN).status, 200);
    open.clear();
    let mut served = false;
    for _ in 0..100 {
        let mut raw = Raw::connect(service.address());
        raw.ask(JSLOGIN, "");
        served = raw.read().unwrap().status == 200;
        if served {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(served);
}

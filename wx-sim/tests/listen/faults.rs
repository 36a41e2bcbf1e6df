//! Each fault, as a client sees it.

use std::{
    io::{self, Read},
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use http::{HeaderValue, header::SET_COOKIE};
use wx_sim::{
    listen::{Fault, Listener},
    server::{Phone, Setup},
};

use crate::raw::{JSLOGIN, Raw, Reply, SOON, Session};

fn service() -> Listener {
    let setup = Setup {
        phone: Phone::Manual,
        ..Setup::default()
    };
    Listener::bind("127.0.0.1:0", setup).unwrap()
}

/// Asks for a QR code that meets the fault, over a connection that is returned.
fn meet(service: &Listener, fault: Fault) -> Raw {
    service.plant("jslogin", 1, fault);
    let mut raw = Raw::connect(service.address());
    raw.ask(JSLOGIN, "");
    raw
}

fn codes(service: &Listener) -> usize {
    service.with(|server| server.logins().len())
}

fn is_code(body: &[u8]) -> bool {
    body.starts_with(b"window.QRLogin.code = 200; window.QRLogin.uuid = \"")
        && body.ends_with(b"\";")
}

/// The head of a reply whose body does not come whole, and how long it says the body is.
fn begun(raw: &mut Raw) -> usize {
    let head = raw.head().unwrap();
    let (_, length) = head.split_once("Content-Length: ").unwrap();
    length.split("\r\n").next().unwrap().parse().unwrap()
}

#[test]
fn reset_before_and_after_the_effect() {
    let service = service();
    let error = meet(&service, Fault::Reset).read().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(codes(&service), 0);

    service.plant_after("jslogin", 1, Fault::Reset);
    let mut raw = Raw::connect(service.address());
    raw.ask(JSLOGIN, "");
    assert_eq!(
        raw.read().unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
    assert_eq!(codes(&service), 1);

    assert_eq!(service.planted(), 0);
    assert!(is_code(&Raw::connect(service.address()).get(JSLOGIN).body));
}

#[test]
fn reset_within_the_body() {
    let service = service();
    let mut raw = meet(&service, Fault::ResetInBody(6));
    assert!(begun(&mut raw) > 6);
    assert_eq!(raw.bytes(6).unwrap(), b"window");
    assert_eq!(
        raw.rest().unwrap_err().kind(),
        io::ErrorKind::ConnectionReset
    );
    assert_eq!(codes(&service), 1);
}

#[test]
fn silence_and_stall() {
    let service = service();
    let mut raw = meet(&service, Fault::Silence);
    assert!(raw.is_silent());
    assert_eq!(codes(&service), 0);

    let mut raw = meet(&service, Fault::Stall(6));
    assert!(begun(&mut raw) > 6);
    assert_eq!(raw.bytes(6).unwrap(), b"window");
    assert!(raw.is_silent());
    assert_eq!(codes(&service), 1);
}

#[test]
fn an_end_in_order() {
    let service = service();
    assert_eq!(meet(&service, Fault::Close).rest().unwrap(), b"");
    assert_eq!(codes(&service), 0);

    let mut raw = meet(&service, Fault::NoLength);
    let head = raw.head().unwrap().to_ascii_lowercase();
    assert!(head.contains("connection: close"));
    assert!(!head.contains("content-length") && !head.contains("transfer-encoding"));
    assert!(is_code(&raw.rest().unwrap()));
    assert_eq!(codes(&service), 1);
}

#[test]
fn connections_are_closed_between_two_requests() {
    let service = service();
    let address = service.address();
    let mut idle = [Raw::connect(address), Raw::connect(address)];
    let uuid = crate::raw::new_code(&mut idle[0]);
    let mut held = Raw::connect(address);
    held.ask(&crate::raw::poll_path(&uuid), "");
    let mut begun = Raw::connect(address);
    begun.write("GET / HTTP/1.1\r\nHo");
    assert!(held.is_silent() && begun.is_silent() && idle[1].is_silent());

    assert_eq!(service.close_idle(), 2);
    for raw in &mut idle {
        assert_eq!(raw.rest().unwrap(), b"");
    }
    assert!(held.is_silent() && begun.is_silent());
    assert_eq!(service.close_idle(), 0);
    assert_eq!(service.connections(), 4);
    assert_eq!(service.hang_ups("*"), 0);
}

#[test]
fn a_status_line_that_is_none() {
    let service = service();
    let bytes = meet(&service, Fault::BadStatusLine).rest().unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 0 -\r\n"));
    assert!(bytes.contains(&0));
    assert_eq!(codes(&service), 0);
}

#[test]
fn a_length_that_is_too_long() {
    let service = service();
    let mut raw = meet(&service, Fault::LongLength(10));
    let promised = begun(&mut raw);
    let body = raw.rest().unwrap();
    assert_eq!(promised, body.len() + 10);
    assert!(is_code(&body));
}

#[test]
fn shapes_that_a_client_has_to_understand() {
    let service = service();
    let mut raw = meet(&service, Fault::Chunked(7));
    let chunked = raw.read().unwrap();
    assert!(is_code(&chunked.body) && chunked.header("content-length").is_none());
    assert_eq!(chunked.header("transfer-encoding"), Some("chunked"));

    // The connection goes on after it.
    service.plant("jslogin", 1, Fault::Gzip);
    let packed = raw.get(JSLOGIN);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    GzDecoder::new(packed.body.as_slice())
        .read_to_end(&mut body)
        .unwrap();
    assert!(is_code(&body));

    let cookie = |text| (SET_COOKIE, HeaderValue::from_static(text));
    service.plant(
        "jslogin",
        1,
        Fault::Headers(vec![cookie("a=1"), cookie("b=2; Path=/"), cookie("c=")]),
    );
    let marked = raw.get(JSLOGIN);
    assert_eq!(marked.all("set-cookie"), ["a=1", "b=2; Path=/", "c="]);
    assert!(is_code(&marked.body));
}

#[test]
fn a_reply_that_drips() {
    let service = service();
    let pause = Duration::from_millis(2);
    let asked = Instant::now();
    let Reply { body, .. } = meet(&service, Fault::Drip(pause)).read().unwrap();
    assert!(is_code(&body));
    assert!(asked.elapsed() > pause * u32::try_from(body.len()).unwrap());
}

#[test]
fn a_reply_that_is_too_large() {
    let service = service();
    let mut raw = meet(&service, Fault::Oversize(3_000_000));
    let reply = raw.read().unwrap();
    assert_eq!(reply.body.len(), 3_000_000);
    assert!(is_code(reply.body.trim_ascii_end()));

    // A client that has seen enough does not keep the service busy.
    let mut raw = meet(&service, Fault::Oversize(u64::MAX));
    raw.bytes(100_000).unwrap();
    drop(raw);
    assert!(is_code(&Raw::connect(service.address()).get(JSLOGIN).body));
}

#[test]
fn out_of_service() {
    let service = service();
    service.plant("*", 2, Fault::Unavailable(Duration::from_secs(7)));
    let mut raw = Raw::connect(service.address());
    for _ in 0..2 {
        let reply = raw.get(JSLOGIN);
        assert_eq!(
            (reply.status, reply.header("retry-after")),
            (503, Some("7"))
        );
    }
    assert_eq!(codes(&service), 0);
    assert!(is_code(&raw.get(JSLOGIN).body));
}

#[test]
fn a_text_whose_reply_was_lost_is_said_once() {
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let mut session = Session::open(service.address());
    service.plant_after("webwxsendmsg", 1, Fault::Reset);
    session.say("once", "16725312500001234");
    assert!(session.raw.read().is_err());
    let arrived = |server: &wx_sim::server::Server| server.received().len() == 1;
    assert!(service.wait_until(SOON, arrived));

    session.raw = Raw::connect(service.address());
    session.say("once", "16725312500001234");
    assert_eq!(session.raw.read().unwrap().json()["BaseResponse"]["Ret"], 0);
    let repeats: Vec<_> =
        service.with(|server| server.received().map(|text| text.repeats).collect());
    assert_eq!(repeats, [1]);
}

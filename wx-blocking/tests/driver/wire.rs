//! What goes over the wire, byte by byte.

use std::{collections::BTreeSet, io::Write};

use flate2::{Compression, write::GzEncoder};
use wx_blocking::{
    Session, Transport,
    wx_proto::{Client, Config, Now, Output, Seed},
};

use crate::service::{Act, JSLOGIN, PAGE, Request, Service, config, init, ok, online, reply, text};

/// The first request of a session, as the core gives it out.
fn first_request(config: Config) -> http::Request<bytes::Bytes> {
    let mut client = Client::new(config, Seed::from([7; 32]));
    client.start(Now::default());
    match client.poll_output() {
        Some(Output::Request(request)) => request.http,
        other => panic!("{other:?}"),
    }
}

fn names(request: &Request) -> BTreeSet<String> {
    let names = request.headers().map(|(name, _)| name.to_ascii_lowercase());
    names.collect()
}

#[test]
fn requests_go_out_exactly_as_they_are() {
    let service = Service::usual();
    let url = service.listen();
    let (_session, mut events) = Session::spawn(config(&url), &Transport::new().unwrap());
    online(&mut events);

    let [jslogin] = &service.requests_to("/jslogin")[..] else {
        panic!("asked twice")
    };
    let line = jslogin.head.lines().next().unwrap();
    assert!(line.starts_with("GET /jslogin?"), "{line}");
    assert!(line.ends_with(" HTTP/1.1"), "{line}");
    assert_eq!(jslogin.body, "");
    let sent: BTreeSet<_> = jslogin
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let expected = first_request(config(&url));
    let mut expected: BTreeSet<_> = expected
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    expected.insert(("host".into(), url.trim_start_matches("http://").into()));
    assert_eq!(sent, expected);
    assert_eq!(jslogin.headers().count(), expected.len());

    let init = &service.requests_to("/webwxinit")[0];
    assert!(init.head.starts_with("POST "), "{}", init.head);
    let length = init.body.len().to_string();
    assert_eq!(init.header("Content-Length"), Some(&*length));
    let more: Vec<_> = names(init).difference(&names(jslogin)).cloned().collect();
    assert_eq!(more, ["content-length", "content-type"]);
}

#[test]
fn a_long_body_arrives_whole() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    // More than any buffer on the way.
    let long = "long-".repeat(40_000);
    session.call(text(&session, &long)).unwrap();
    let sent = service.requests_to("/webwxsendmsg");
    assert_eq!(sent.len(), 1);
    assert!(sent[0].body.contains(&long));
}

#[test]
fn all_the_cookies_there_can_be_fit_into_a_request() {
    let service = Service::new(|request| {
        let cookies: String = (0..5)
            .map(|n| format!("Set-Cookie: big{n}={}\r\n", "x".repeat(3190)))
            .collect();
        request
            .is_to("/webwxnewloginpage")
            .then(|| Act::Say(reply("200 OK", &cookies, PAGE)))
    });
    let (_session, mut events) = service.session();
    online(&mut events);
    let init = &service.requests_to("/webwxinit")[0];
    assert!(init.header("Cookie").unwrap().len() > 15_900);
}

#[test]
fn redirects_are_for_the_core() {
    let service = Service::new(|request| {
        request
            .is_to("/webwxnewloginpage")
            .then(|| Act::Say(reply("301 Moved Permanently", "Location: /trap\r\n", PAGE)))
    });
    let (_session, mut events) = service.session();
    online(&mut events);
    assert!(service.requests_to("/trap").is_empty());
}

#[test]
fn chunks_of_gzip_make_a_whole() {
    let service = Service::new(|request| {
        request.is_to("/webwxinit").then(|| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
            gzip.write_all(init().as_bytes()).unwrap();
            let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\
                              Transfer-Encoding: chunked\r\n\r\n"
                .to_vec();
            for chunk in gzip.finish().unwrap().chunks(3) {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\nX-Trailer: 1\r\n\r\n");
            Act::Say(bytes)
        })
    });
    let (session, mut events) = service.session();
    online(&mut events);
    let name = session.inspect(|client| client.me().unwrap().nick_name.clone());
    assert_eq!(name.unwrap(), "Bot");
}

#[test]
fn unusual_responses_are_understood() {
    for head in [
        // A body that ends with the connection.
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
        // No reason, a header without value, one in another encoding, bare line feeds.
        "HTTP/1.1 200\r\nX-Empty:\r\nX-Latin: caf\u{e9}\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Type: text/plain\n\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ] {
        let service = Service::new(move |request| {
            let mut latin: Vec<u8> = head.chars().map(|char| char as u8).collect();
            latin.extend_from_slice(JSLOGIN.as_bytes());
            request.is_to("/jslogin").then_some(Act::SayAndClose(latin))
        });
        let (_session, mut events) = service.session();
        online(&mut events);
        assert_eq!(service.requests_to("/jslogin").len(), 1, "{head}");
    }
}

#[test]
fn a_head_may_be_large() {
    let service = Service::new(|request| {
        let filler = format!("X-Filler: {}\r\n", "x".repeat(240)).repeat(100);
        let large = reply("200 OK", &filler, JSLOGIN);
        request.is_to("/jslogin").then_some(Act::Say(large))
    });
    let (_session, mut events) = service.session();
    online(&mut events);
    assert_eq!(service.requests_to("/jslogin").len(), 1);
}

#[test]
fn a_service_that_keeps_no_connection_is_as_good() {
    let service = Service::new(|request| {
        let is_init = request.is_to("/webwxinit");
        let body = if is_init { init() } else { JSLOGIN.into() };
        (is_init || request.is_to("/jslogin")).then(|| Act::SayAndClose(ok(body)))
    });
    let (_session, mut events) = service.session();
    online(&mut events);
    assert_eq!(service.requests_to("/webwxinit").len(), 1);
}

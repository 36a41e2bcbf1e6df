//! Exchanges over kept connections, with a service that hangs up when it likes.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use async_std::task::{block_on, sleep};
use wx_proto::TransportErrorKind;
use wx_proto::{Client, Config, Hosts, Now, OutgoingRequest, Output, Seed};

use super::*;

/// Enough for a farewell.
const PAUSE: Duration = Duration::from_millis(50);

/// What to do with the requests of one connection, one after another. After the last, hang up.
type Habits = &'static [&'static [&'static str]];

const REPLY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Its address, and the request lines that it gets, each with the number of its connection.
fn service(habits: Habits) -> (String, Receiver<(usize, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (report, reports) = channel();
    thread::spawn(move || {
        for (nth, replies) in habits.iter().enumerate() {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(&stream).lines();
            for reply in *replies {
                let head: Vec<_> = lines
                    .by_ref()
                    .map_while(Result::ok)
                    .take_while(|l| !l.is_empty())
                    .collect();
                report.send((nth, head.first().unwrap().clone())).unwrap();
                (&stream).write_all(reply.as_bytes()).unwrap();
            }
        }
    });
    (url, reports)
}

/// The first request of a session.
fn order(url: &str) -> OutgoingRequest {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(url).unwrap();
    let mut client = Client::new(config, Seed::from([7; 32]));
    client.start(Now::default());
    match client.poll_output() {
        Some(Output::Request(order)) => order,
        other => panic!("{other:?}"),
    }
}

fn direct() -> Transport {
    Transport::with_connector(|to: Uri| async move {
        let address = to.authority().unwrap().as_str().to_owned();
        let stream = async_std::net::TcpStream::connect(address).await;
        stream.map_err(|error| TransportError::with_source(Connect, error))
    })
}

/// How so many exchanges end, with so much time between them.
fn ends(url: &str, times: usize, pause: Duration) -> Vec<Option<TransportErrorKind>> {
    let transport = direct();
    block_on(async {
        let mut ends = Vec::new();
        for _ in 0..times {
            let reply = transport.clone().exchange(order(url), None).await;
            ends.push(reply.err().map(|error| error.kind()));
            sleep(pause).await;
        }
        ends
    })
}

#[test]
fn a_connection_is_used_again_after_its_reply_was_read() {
    // However soon that is.
    let (url, requests) = service(&[&[REPLY; 500]]);
    assert_eq!(ends(&url, 500, Duration::ZERO), [None; 500]);
    assert_eq!(requests.iter().count(), 500);
}

#[test]
fn one_that_was_closed_meanwhile_is_not() {
    let (url, requests) = service(&[&[REPLY], &[REPLY], &[REPLY]]);
    assert_eq!(ends(&url, 3, PAUSE), [None; 3]);
    let over: Vec<_> = requests.iter().map(|(connection, _)| connection).collect();
    assert_eq!(over, [0, 1, 2]);
}

#[test]
fn a_request_that_may_have_arrived_is_not_sent_again() {
    // The second one is read, and then the connection ends without a word.
    let (url, requests) = service(&[&[REPLY, ""], &[REPLY]]);
    assert_eq!(ends(&url, 2, PAUSE), [None, Some(Reset)]);
    let over: Vec<_> = requests
        .try_iter()
        .map(|(connection, _)| connection)
        .collect();
    assert_eq!(over, [0, 0]);
    drop(TcpStream::connect(url.trim_start_matches("http://")));
}

#[test]
fn half_a_reply_leaves_no_connection_behind() {
    const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\nand no more than that";
    let (url, requests) = service(&[&[HALF], &[REPLY]]);
    assert_eq!(ends(&url, 2, PAUSE), [Some(Reset), None]);
    assert_eq!(requests.iter().count(), 2);
}

#[test]
fn a_request_reads_as_browsers_write_it() {
    for (uri, host, line) in [
        ("https://wx.qq.com/a?b=c", "wx.qq.com", "/a?b=c"),
        ("http://127.0.0.1:8088", "127.0.0.1:8088", "/"),
        ("http://[::1]:8088/x", "[::1]:8088", "/x"),
    ] {
        let (to, request) = address(Request::get(uri).body(()).unwrap()).unwrap();
        assert_eq!(request.uri(), line);
        assert_eq!(request.headers().get(HOST).unwrap(), host);
        assert_eq!(to.path(), "/");
        assert!(uri.starts_with(to.to_string().trim_end_matches('/')));
    }
}

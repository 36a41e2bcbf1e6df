//! What goes over the wire, and what comes back.

use std::{collections::BTreeSet, io::Write, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{Request, Response, StatusCode};
use wx_proto::{
    Client, CommandError, Now, Output, Phase, ProtocolErrorKind, Stamp, TransportErrorKind,
    TroubleCause,
};

use super::{
    scene::{
        PATIENCE, Scene, client, config, direct, eventually, listen, once, refused, requests,
        setup, text_to, until, without_phone,
    },
    stage::{FLOOD, JSLOGIN, PAGE, Play, Seen, Stage, ok, reply},
};
use crate::{conformance::Subject, listen::Fault, server::Endpoint};

/// What a driver adds to a request.
const ADDED: [&str; 3] = ["host", "content-length", "connection"];

/// Method, target, headers and body are the client's, to the byte; nothing is added but what HTTP
/// needs.
pub fn requests_go_out_exactly_as_given<S: Subject>() {
    let stage = Stage::new(|_| None);
    let (session, mut events) = S::start(client(config(&stage.url())), &direct());
    online::<S>(&mut events);
    session
        .call(text_to(&session, "filehelper", "hello"), PATIENCE)
        .expect("a text was not taken");

    let jslogin = &stage.seen("/jslogin")[0];
    // The counter tells at what time the client was started; a twin makes the same request.
    let clock = jslogin.head.split("&_=").nth(1);
    let clock = clock.and_then(|rest| rest.get(..13)?.parse().ok());
    let clock = Duration::from_millis(clock.expect("rule 13: the request tells Unix time"));
    let expected = first_request(&stage.url(), clock);
    let target = expected
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let line = format!("{} {target} HTTP/1.1", expected.method());
    assert_eq!(
        jslogin.head.lines().next(),
        Some(line.as_str()),
        "rule 4: method and target go out exactly as given, over HTTP/1.1"
    );
    let given: Vec<_> = expected
        .headers()
        .iter()
        .map(|(name, value)| {
            let value = value.to_str().expect("the client writes plain headers");
            (name.as_str().to_owned(), value.to_owned())
        })
        .collect();
    let mut sent: Vec<_> = jslogin
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| !ADDED.contains(&name.as_str()))
        .collect();
    let mut given_sorted = given.clone();
    sent.sort();
    given_sorted.sort();
    assert_eq!(
        sent, given_sorted,
        "rule 4: headers go out exactly as given; only Host, Content-Length and Connection are added"
    );
    assert_eq!(
        jslogin.header("Host"),
        stage.url().strip_prefix("http://"),
        "rule 4: Host is host and port of the URI"
    );
    assert!(
        jslogin.body.is_empty(),
        "rule 4: a request without a body has none"
    );

    let names = |seen: &Seen| -> BTreeSet<String> {
        let names = seen.headers().map(|(name, _)| name.to_ascii_lowercase());
        names
            .filter(|name| !ADDED.contains(&name.as_str()))
            .collect()
    };
    let sendmsg = &stage.seen("/webwxsendmsg")[0];
    assert!(
        sendmsg.head.starts_with("POST "),
        "rule 4: the method is the client's"
    );
    let more: Vec<_> = names(sendmsg)
        .difference(&names(jslogin))
        .cloned()
        .collect();
    assert_eq!(
        more,
        ["content-type"],
        "rule 4: nothing is added to a request with a body"
    );
    for seen in stage.seen("") {
        let repeated = seen.headers().count() - names(&seen).len();
        let added = seen
            .headers()
            .filter(|(name, _)| ADDED.contains(&name.to_ascii_lowercase().as_str()));
        assert_eq!(
            repeated,
            added.count(),
            "rule 4: no header stands twice: {}",
            seen.path
        );
    }
}

fn first_request(url: &str, clock: Duration) -> Request<Bytes> {
    let mut twin = client(config(url));
    twin.start(Now::new(Stamp::ZERO, clock));
    match twin.poll_output() {
        Some(Output::Request(request)) => request.http,
        order => panic!("a client starts with a request, not with {order:?}"),
    }
}

/// Cookies are the client's affair: what it sends goes out, and a driver has no jar of its own.
pub fn cookies_are_left_to_the_client<S: Subject>() {
    let stage = Stage::new(|seen| {
        let (cookies, body) = match seen.path.rsplit('/').next()? {
            // Dead on arrival by the clock of the service, by which alone the client measures.
            "jslogin" => (
                "Date: Fri, 01 Jan 2049 00:00:00 GMT\r\n\
                 Set-Cookie: stray=1; Path=/; Expires=Wed, 01 Jan 2048 00:00:00 GMT\r\n",
                JSLOGIN,
            ),
            "webwxnewloginpage" => (
                "Set-Cookie: wxuin=1900055512; Domain=wx.qq.com; Path=/; \
                 Expires=Sat, 22-Apr-2034 10:16:58 GMT; Secure\r\n\
                 Set-Cookie: wxsid=Hq7/Lw+2=; Domain=wx.qq.com; Path=/\r\n\
                 Set-Cookie: webwx_data_ticket=gSd+/1=; Domain=.qq.com; Path=/\r\n",
                PAGE,
            ),
            _ => return None,
        };
        Some(Play::Say(reply("200 OK", cookies, body)))
    });
    let (_session, mut events) = S::start(client(config(&stage.url())), &direct());
    online::<S>(&mut events);
    assert_eq!(
        stage.seen("/login")[0].header("Cookie"),
        None,
        "rule 4: a driver keeps no cookies; the client has dropped this one"
    );
    let init = &stage.seen("/webwxinit")[0];
    let cookies: Vec<_> = init
        .headers()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Cookie"))
        .map(|(_, value)| value)
        .collect();
    assert_eq!(
        cookies.len(),
        1,
        "rule 4: one Cookie header, the client's: {cookies:?}"
    );
    let sent: BTreeSet<_> = cookies[0].split("; ").collect();
    let expected = [
        "wxuin=1900055512",
        "wxsid=Hq7/Lw+2=",
        "webwx_data_ticket=gSd+/1=",
    ];
    assert_eq!(
        sent,
        BTreeSet::from(expected),
        "rule 4: every `Set-Cookie` reaches the client, and no cookie is kept by the driver"
    );
}

/// A redirect is a reply like any other.
pub fn redirects_are_not_followed<S: Subject>() {
    let stage = Stage::new(|seen| {
        let moved = "Location: /trap\r\n";
        let page = seen.path.ends_with("/webwxnewloginpage");
        page.then(|| Play::Say(reply("301 Moved Permanently", moved, PAGE)))
    });
    let (_session, mut events) = S::start(client(config(&stage.url())), &direct());
    until::<S, _>(&mut events, "the redirect is read as a reply", |kind| {
        assert!(
            stage.seen("/trap").is_empty(),
            "rule 4: a driver follows no redirect"
        );
        matches!(kind, wx_proto::EventKind::Online(_)).then_some(())
    });
    assert!(
        stage.seen("/trap").is_empty(),
        "rule 4: a driver follows no redirect"
    );
}

/// Any status is a reply, with its headers and its body.
pub fn error_statuses_are_replies<S: Subject>() {
    let mut scene = Scene::<S>::online();
    scene.service.plant(
        "webwxsendmsg",
        1,
        Fault::Unavailable(Duration::from_secs(1)),
    );
    let said = scene.session.call(scene.text("patient"), PATIENCE);
    said.expect("rule 4: a 503 is a reply, after which the client asks again");
    let cause = scene.trouble();
    assert!(
        is_status(&cause, 503),
        "rule 4: a 503 is a reply, but the client heard of it as {cause}"
    );

    let mut not_found = Response::new(Bytes::from_static(b"<html>nothing here</html>"));
    *not_found.status_mut() = StatusCode::NOT_FOUND;
    scene
        .service
        .with(|server| server.plant("webwxsendmsg", 1, not_found));
    let result = scene.session.call(scene.text("lost"), PATIENCE);
    match refused(result) {
        Some(CommandError::Protocol { error, .. })
            if error.kind == ProtocolErrorKind::Status(404) => {}
        other => panic!("rule 4: a 404 is a reply, but the caller heard {other:?}"),
    }
}

fn is_status(cause: &TroubleCause, status: u16) -> bool {
    match cause {
        TroubleCause::Protocol(error) => error.kind == ProtocolErrorKind::Status(status),
        _ => false,
    }
}

/// A body comes packed, in chunks, both, up to the end of the connection, or byte by byte.
pub fn bodies_come_in_any_framing<S: Subject>() {
    let service = listen(setup());
    service.plant("jslogin", 1, Fault::Chunked(7));
    service.plant("login", 1, Fault::Drip(Duration::from_millis(1)));
    service.plant("webwxnewloginpage", 1, Fault::Gzip);
    // Packed already: the client offers it, and the service takes the offer.
    service.plant("webwxinit", 1, Fault::Chunked(100));
    let mut scene = Scene::<S>::at(service);
    scene.reach_online();
    assert_eq!(scene.service.planted(), 0);
    assert_eq!(
        scene.session.inspect(|client| client.stats().retries),
        Some(0),
        "rule 4: framing is the driver's affair, and each of these replies is whole"
    );
    scene.assert_clean();

    let stage = Stage::new(|seen| match seen.path.as_str() {
        "/jslogin" => {
            let head = "HTTP/1.1 200 OK\r\n\r\n";
            Some(Play::SayAndClose([head, JSLOGIN].concat().into_bytes()))
        }
        path if path.ends_with("/webwxnewloginpage") => {
            let mut bytes = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\
                              Transfer-Encoding: chunked\r\n\r\n"
                .to_vec();
            for chunk in packed(PAGE).chunks(11) {
                bytes.extend_from_slice(format!("{:x};note=1\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\nX-Trailer: 1\r\n\r\n");
            Some(Play::Say(bytes))
        }
        _ => None,
    });
    let (session, mut events) = S::start(client(config(&stage.url())), &direct());
    online::<S>(&mut events);
    assert_eq!(
        session.inspect(|client| client.stats().retries),
        Some(0),
        "rule 4: a body may end with its connection, and chunks may carry notes and trailers"
    );
}

fn packed(body: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(body.as_bytes()).expect("memory takes all");
    packer.finish().expect("memory takes all")
}

/// A body beyond the rule's limit is not read on: memory and time of a bot are not the service's.
pub fn oversize_bodies_are_cut_off<S: Subject>() {
    let flood = |seen: &Seen| {
        (seen.path == "/jslogin" && seen.nth == 0).then(|| Play::Flood {
            head: b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
            block: vec![b'x'; 64 << 10],
        })
    };
    is_cut_off::<S>(flood, TransportErrorKind::TooLarge);
}

/// Neither is a head without an end.
pub fn endless_heads_are_cut_off<S: Subject>() {
    let flood = |seen: &Seen| {
        (seen.path == "/jslogin" && seen.nth == 0).then(|| Play::Flood {
            head: b"HTTP/1.1 200 OK\r\n".to_vec(),
            block: b"X-Filler: 0123456789\r\n".repeat(1000),
        })
    };
    is_cut_off::<S>(flood, TransportErrorKind::NotHttp);
}

fn is_cut_off<S: Subject>(
    flood: impl Fn(&Seen) -> Option<Play> + Send + Sync + 'static,
    expected: TransportErrorKind,
) {
    /// Buffers of two sockets come to some megabytes.
    const BUFFERS: usize = 32 << 20;
    let stage = Stage::new(flood);
    let (_session, mut events) = S::start(client(config(&stage.url())), &direct());
    let cause = until::<S, _>(&mut events, "an endless reply fails", |kind| match kind {
        wx_proto::EventKind::Trouble(trouble) => Some(trouble.cause),
        _ => None,
    });
    assert_eq!(
        cause,
        TroubleCause::Transport(expected),
        "rule 6: what is too large is reported as such"
    );
    assert!(
        stage.flooded() < BUFFERS.min(FLOOD),
        "rule 6: stop reading at the error; {} bytes were taken",
        stage.flooded()
    );
    // The next one is answered.
    until::<S, _>(&mut events, "a QR code is shown", |kind| {
        matches!(kind, wx_proto::EventKind::Qr(_)).then_some(())
    });
}

/// A status line that makes no sense is `NotHttp`. As the answer to a poll it means news: no
/// trouble, and no end.
pub fn malformed_status_lines_are_not_http<S: Subject>() {
    let service = listen(without_phone());
    service.plant("jslogin", 1, Fault::BadStatusLine);
    let mut scene = Scene::<S>::at(service);
    assert_eq!(
        scene.trouble(),
        TroubleCause::Transport(TransportErrorKind::NotHttp),
        "rule 4: a malformed status line is NotHttp"
    );
    drop(scene);

    let mut scene = Scene::<S>::online();
    let syncs = scene.requests(Endpoint::Sync);
    scene.service.plant("synccheck", 1, Fault::BadStatusLine);
    // Ends the poll that is held.
    scene.hear("one");
    scene.wait("a sync after the garbage", |server| {
        requests(server, Endpoint::Sync) >= syncs + 2
    });
    scene.hear("two");
    scene.hears(&["one".to_owned(), "two".to_owned()]);
    assert_eq!(scene.session.inspect(Client::phase), Some(Phase::Online));
    assert_eq!(
        scene.session.inspect(|client| client.stats().retries),
        Some(0),
        "rule 4: a malformed status line is NotHttp, which for a poll is news and no failure"
    );
}

/// The service ended the connection between two requests: the next one takes another way, once.
pub fn closed_idle_connections_are_not_used<S: Subject>() {
    let stage = Stage::new(|seen| {
        let body = r#"{"BaseResponse":{"Ret":0},"MsgID":"5511223344556677881","LocalID":"1"}"#;
        let ends = seen.path.ends_with("/webwxsendmsg");
        ends.then(|| Play::SayAndClose(ok(body)))
    });
    let (session, mut events) = S::start(client(config(&stage.url())), &direct());
    online::<S>(&mut events);
    // Whatever else leaves just when a connection ends may have to leave again.
    eventually("nothing but the poll is under way", || {
        let requests = session.inspect(|client| client.load().requests);
        requests == Some(1) && !stage.seen("/synccheck").is_empty()
    });
    for nth in 1..=3 {
        let text = text_to(&session, "filehelper", "hello");
        session.call(text, PATIENCE).expect("a text was not taken");
        assert_eq!(
            stage.seen("/webwxsendmsg").len(),
            nth,
            "rule 4: a request goes on the wire at most once"
        );
        // The end of the connection has to arrive.
        std::thread::sleep(super::scene::A_WHILE);
        let reply = session.call(once(), PATIENCE);
        reply.expect("a connection that ended long before the request was used for it");
        assert_eq!(
            stage.seen("/webwxcreatechatroom").len(),
            nth,
            "rule 4: a request goes on the wire at most once"
        );
    }
    assert_eq!(session.inspect(|client| client.stats().retries), Some(0));
}

fn online<S: Subject>(events: &mut S::Events) {
    until::<S, _>(events, "the session is open", |kind| {
        matches!(kind, wx_proto::EventKind::Online(_)).then_some(())
    });
}

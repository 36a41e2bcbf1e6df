//! What goes over the wire, byte by byte.

use std::{collections::BTreeSet, io::Write};

use flate2::{Compression, write::GzEncoder};
use wx_tokio::{
    Session,
    wx_proto::{Client, Close, Config, Now, Output, Seed},
};

use crate::service::{Act, JSLOGIN, PAGE, Service, config, direct, init, ok, online, reply};

/// The first request of a session, as the core gives it out.
fn first_request(config: Config) -> http::Request<bytes::Bytes> {
    let mut client = Client::new(config, Seed::from([7; 32]));
    client.start(Now::default());
    match client.poll_output() {
        Some(Output::Request(request)) => request.http,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn requests_go_out_exactly_as_they_are() {
    let service = Service::usual();
    let url = service.listen().await;
    let (_session, mut events) = Session::spawn(config(&url), &direct());
    online(&mut events).await;

    let [jslogin] = &service.requests_to("/jslogin")[..] else {
        panic!("asked twice")
    };
    assert!(
        jslogin.head.starts_with("GET /jslogin?"),
        "{}",
        jslogin.head
    );
    assert!(jslogin.head.lines().next().unwrap().ends_with(" HTTP/1.1"));
    assert_eq!(jslogin.body, "");
    let expected = first_request(config(&url));
    let mut expected: Vec<_> = expected
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()))
        .collect();
    expected.push(("host".into(), url.trim_start_matches("http://").into()));
    let sent: Vec<_> = jslogin
        .headers()
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    assert_eq!(sent, expected);
    assert!(
        jslogin.head.contains("\r\nUser-Agent: "),
        "{}",
        jslogin.head
    );

    let init = &service.requests_to("/webwxinit")[0];
    assert!(init.head.starts_with("POST "), "{}", init.head);
    assert_eq!(
        init.header("Content-Length"),
        Some(&*init.body.len().to_string())
    );
    let names = |request: &crate::service::Request| -> BTreeSet<String> {
        request.headers().map(|(name, _)| name.to_owned()).collect()
    };
    let more: Vec<_> = names(init).difference(&names(jslogin)).cloned().collect();
    assert_eq!(more, ["Content-Length", "Content-Type"]);
}

#[tokio::test]
async fn redirects_are_for_the_core() {
    let service = Service::new(|request| {
        let moved = "Location: /trap\r\n";
        request
            .path
            .ends_with("/webwxnewloginpage")
            .then(|| Act::Say(reply("301 Moved Permanently", moved, PAGE)))
    });
    let (_session, mut events) = service.session();
    online(&mut events).await;
    assert!(service.requests_to("/trap").is_empty());
}

#[tokio::test]
async fn cookies_come_back_as_they_were_set() {
    let service = Service::new(|request| {
        // Dashed dates and bare signs, as the real service writes them.
        let cookies = "Set-Cookie: wxuin=2100045678; Domain=wx.qq.com; Path=/; \
                       Expires=Sat, 22-Apr-2034 10:16:58 GMT; Secure\r\n\
                       Set-Cookie: wxsid=Zx3K/9+f=; Domain=wx.qq.com; Path=/\r\n\
                       Set-Cookie: webwx_data_ticket=gSd+/1=; Domain=.qq.com; Path=/\r\n";
        request
            .path
            .ends_with("/webwxnewloginpage")
            .then(|| Act::Say(reply("200 OK", cookies, PAGE)))
    });
    let (_session, mut events) = service.session();
    online(&mut events).await;
    let init = &service.requests_to("/webwxinit")[0];
    let sent: BTreeSet<_> = init.header("Cookie").unwrap().split("; ").collect();
    let expected = [
        "wxuin=2100045678",
        "wxsid=Zx3K/9+f=",
        "webwx_data_ticket=gSd+/1=",
    ];
    assert_eq!(sent, BTreeSet::from(expected));
    // One header, as browsers send it.
    assert_eq!(
        init.headers().filter(|(name, _)| *name == "Cookie").count(),
        1
    );
}

#[tokio::test]
async fn chunks_of_gzip_make_a_whole() {
    let service = Service::new(|request| {
        request.path.ends_with("/webwxinit").then(|| {
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
    online(&mut events).await;
    let name = session
        .inspect(|client| client.me().unwrap().nick_name.clone())
        .await;
    assert_eq!(name.unwrap(), "Bot");
}

#[tokio::test]
async fn sessions_of_one_transport_share_connections() {
    let service = Service::usual();
    let url = service.listen().await;
    let transport = direct();
    for _ in 0..3 {
        let (session, mut events) = Session::spawn(config(&url), &transport);
        online(&mut events).await;
        session.close(Close::default()).await;
    }
    let requests = service.requests();
    let connections = requests
        .iter()
        .map(|request| request.connection)
        .max()
        .unwrap();
    // Each session closes the one its poll is held on, and may open a few in parallel.
    assert!(
        requests.len() >= 15 && connections <= 9,
        "{} over {connections}",
        requests.len()
    );
}

#[tokio::test]
async fn a_service_that_keeps_no_connection_is_as_good() {
    let service = Service::new(|request| match &*request.path {
        "/jslogin" => Some(Act::SayAndClose(ok(JSLOGIN))),
        path if path.ends_with("/webwxinit") => Some(Act::SayAndClose(ok(init()))),
        _ => None,
    });
    let (_session, mut events) = service.session();
    online(&mut events).await;
}

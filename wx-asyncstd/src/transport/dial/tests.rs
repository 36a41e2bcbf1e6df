use std::error::Error;

use async_std::{
    net::TcpListener,
    task::{block_on, spawn},
};
use http::StatusCode;
use wx_proto::driver::{Proxy, Roots, TransportConfig, TunnelError, tls::client_config};

use super::*;

/// What becomes of a connection through a proxy that answers this, and hangs up.
async fn through(answer: &'static str) -> TransportError {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::Url(format!("http://{}", listener.local_addr().unwrap()));
    spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            head.extend(byte);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    let tls = client_config(&network).unwrap();
    let proxies = proxy.rules(|_| None).unwrap();
    let to = "https://wx.test".parse().unwrap();
    let opened = dial(tls.into(), proxies, to).await;
    opened.err().expect("there is no tunnel")
}

#[test]
fn a_refusal_of_the_proxy_is_told() {
    let failure = block_on(through(
        "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
    ));
    assert_eq!(failure.kind(), Connect);
    let why = failure.source().and_then(|why| why.downcast_ref());
    let status = StatusCode::PROXY_AUTHENTICATION_REQUIRED;
    assert_eq!(why, Some(&TunnelError::Refused(status)));
}

#[test]
fn that_the_proxy_hung_up_is_told() {
    let failure = block_on(through("HTTP/1.1 2"));
    assert_eq!(failure.kind(), Connect);
    let why = failure.source().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("proxy hung up"));
}

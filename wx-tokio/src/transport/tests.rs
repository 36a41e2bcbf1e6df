use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;
use wx_proto::driver::{Proxy, Roots};

use super::*;

async fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

async fn refusing() -> SocketAddr {
    listening().await.1
}

/// An address that answers nothing, as behind a firewall: its queue is full. It does so as long as
/// the returned sockets live.
async fn silent() -> (SocketAddr, TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    // Long, because a connection to this machine may be slow too while it is busy.
    while let Ok(stream) = timeout(Duration::from_secs(2), TcpStream::connect(address)).await {
        queue.push(stream.unwrap());
        assert!(queue.len() < 100, "the queue of this system is never full");
    }
    (address, listener, queue)
}

#[tokio::test]
async fn after_a_refusal_the_next_address_is_tried_at_once() {
    let (_listener, open) = listening().await;
    let refusing = refusing().await;
    let started = Instant::now();
    // To wait after each of them would take ten seconds.
    let mut addresses = vec![refusing; 40];
    addresses.push(open);
    let stream = connect(addresses).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), open);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_silent_address_delays_the_others_but_does_not_hide_them() {
    let (silent, _socket, _queue) = silent().await;
    let (_listener, open) = listening().await;
    let started = Instant::now();
    let opening = connect(vec![silent, refusing().await, open]);
    let stream = timeout(Duration::from_secs(5), opening).await.unwrap();
    assert_eq!(stream.unwrap().peer_addr().unwrap(), open);
    assert!(started.elapsed() >= Duration::from_millis(250));
}

#[tokio::test]
async fn a_slow_address_is_not_given_up_for_the_others() {
    let (silent, listener, queue) = silent().await;
    let opening = tokio::spawn(connect(vec![silent, refusing().await]));
    tokio::time::sleep(Duration::from_millis(500)).await;
    // Room in the queue: the next attempt of the operating system gets through.
    for _ in &queue {
        listener.accept().await.unwrap();
    }
    let stream = timeout(Duration::from_secs(10), opening).await.unwrap();
    assert_eq!(stream.unwrap().unwrap().peer_addr().unwrap(), silent);
}

#[tokio::test]
async fn without_an_answer_the_failure_is_told() {
    let failure = connect(vec![refusing().await]).await.unwrap_err();
    assert_eq!(failure.kind(), io::ErrorKind::ConnectionRefused);
    let failure = connect(Vec::new()).await.unwrap_err();
    assert_eq!(failure.kind(), io::ErrorKind::AddrNotAvailable);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_nobody_waits_for_ends_all_the_same() {
    let (_listener, mute) = listening().await;
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    let transport = Transport::with_config(&network).unwrap();
    let url = format!("https://{mute}").parse().unwrap();
    let started = Instant::now();
    let failure = timeout(2 * OPENING, transport.http.get(url)).await;
    let failure = classify(failure.expect("it hangs").unwrap_err());
    assert_eq!(failure.kind(), Connect);
    assert!(started.elapsed() >= OPENING);
}

#[tokio::test]
async fn that_the_proxy_hung_up_is_told() {
    let (listener, proxy) = listening().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // All of the request is read: what is left would make this a reset.
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
    });
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    let tls = client_config(&network).unwrap().into();
    let proxy = Proxy::Url(format!("http://{proxy}"));
    let rules = proxy.rules(|_| None).unwrap();
    let opened = dial(tls, rules, "https://wx.test".parse().unwrap()).await;
    let failure = opened.err().expect("there is no tunnel");
    assert_eq!(failure.kind(), Connect);
    let why = failure.source().map(ToString::to_string);
    assert_eq!(why.as_deref(), Some("proxy hung up"));
}

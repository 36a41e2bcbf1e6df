//! What becomes of sockets.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    sync::mpsc,
    time::{sleep, timeout},
};
use wx_sim::{
    listen::{Authority, Listener},
    server::Setup,
};
use wx_tokio::{
    Session, Transport,
    wx_proto::{
        SendText,
        driver::{Proxy, Roots},
    },
};

use crate::service::{Service, config, direct, online, trusting};

/// What no other request of a session is as long as.
const LONG: usize = 1 << 20;

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// As if it were the service.
    Server,
    /// The service is asked for by its name.
    Proxy,
}

/// Passes connections on, but reads no more of one that carries something [`LONG`]. What leads back
/// to its client is handed out then.
async fn relay(to: SocketAddr, way: Way) -> (String, mpsc::UnboundedReceiver<OwnedWriteHalf>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (stalled, stalls) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let stalled = stalled.clone();
            tokio::spawn(async move {
                if way == Way::Proxy {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        head.push(near.read_u8().await.unwrap());
                    }
                    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                }
                let far = TcpStream::connect(to).await.unwrap();
                let (mut far_in, mut far_out) = far.into_split();
                let (near_in, mut near_out) = near.into_split();
                let back = async {
                    let _ = copy(&mut far_in, &mut near_out).await;
                };
                let mut short = near_in.take(LONG as u64);
                let there = copy(&mut short, &mut far_out);
                let is_long = tokio::select! {
                    there = there => there.is_ok_and(|passed| passed == LONG as u64),
                    () = back => false,
                };
                if is_long {
                    let _ = stalled.send(near_out);
                    // Still open, and never read again.
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    (url, stalls)
}

#[tokio::test]
async fn an_abort_waits_for_no_peer_that_has_stopped_to_read() {
    let service = Service::usual();
    let to = service.listen().await;
    let to = to.strip_prefix("http://").unwrap().parse().unwrap();
    let (url, stalls) = relay(to, Way::Server).await;
    gone_after_an_abort(&url, &direct(), stalls).await;
}

/// There it cannot even be told that nothing more will come.
#[tokio::test]
async fn an_abort_over_tls_waits_for_no_peer_that_has_stopped_to_read() {
    let authority = Authority::new().unwrap();
    let setup = Setup::default();
    let service = Listener::bind_tls("127.0.0.1:0", setup, &authority, "wx.test").unwrap();
    let (proxy, stalls) = relay(service.address(), Way::Proxy).await;
    let mut network = trusting(Roots::ExtraOnly, authority.pem().as_bytes());
    network.proxy = Proxy::Url(proxy);
    let transport = Transport::with_config(&network).unwrap();
    gone_after_an_abort(&service.url(), &transport, stalls).await;
}

async fn gone_after_an_abort(
    url: &str,
    transport: &Transport,
    mut stalls: mpsc::UnboundedReceiver<OwnedWriteHalf>,
) {
    let (session, mut events) = Session::spawn(config(url), transport);
    online(&mut events).await;
    let chat = session.inspect(|client| client.chat("filehelper")).unwrap();
    let text = SendText::new(chat.unwrap(), "x".repeat(24 * LONG));
    let mut back = tokio::select! {
        back = stalls.recv() => back.unwrap(),
        reply = session.call(text) => panic!("{reply:?}"),
    };
    // The call is dropped. Once its socket is closed, whatever is sent to it comes back.
    let gone = async {
        while back.write_all(b"?").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(15), gone)
        .await
        .expect("the socket stays open");
}

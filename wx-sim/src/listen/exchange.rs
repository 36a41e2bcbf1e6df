//! One connection of a client: request by request, each answered now or later.

use std::{
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};

use super::{
    Shared,
    acceptor::Place,
    fault::Mishap,
    reply::{self, Delivery, Outcome},
    request::{Bad, Reader},
    stream::Stream,
};
use crate::server::{ExchangeId, Family};

/// How often a held request is looked at for a client that hung up.
const LOOK: Duration = Duration::from_millis(25);

/// Shaking hands takes milliseconds on one machine, and longer if the client's thread is waiting
/// for a core.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves a connection to its end.
pub(super) fn serve(shared: &Shared, tcp: TcpStream, place: &Place) {
    let Ok(own) = tcp.local_addr() else { return };
    let mut stream = match &shared.tls {
        None => Stream::plain(tcp),
        Some(config) => match Stream::tls(tcp, Arc::clone(config), HANDSHAKE) {
            Ok(stream) => stream,
            Err(_) => return,
        },
    };
    let mut reader = Reader::default();
    loop {
        let received = match reader.next(&mut stream, place) {
            Ok(Some(received)) => received,
            Ok(None) | Err(Bad::Lost) => return,
            Err(Bad::Refused(status)) => return reply::refuse(&mut stream, status),
        };
        let delivery = Delivery {
            place,
            keep_alive: received.keep_alive,
            head_only: received.request.method() == Method::HEAD,
            stream: &mut stream,
        };
        let path = received.request.uri().path().to_owned();
        let (outcome, exchange) = answer(shared, delivery, received.request, own);
        if outcome == Outcome::HUNG_UP && !place.is_closing() {
            shared.hung_up(&path);
        }
        if let Some(id) = exchange.filter(|_| !outcome.is_delivered()) {
            shared.abandon(id);
        }
        if !outcome.is_usable() {
            return;
        }
    }
}

/// What came of a request, and its number if the service got to know of it.
fn answer(
    shared: &Shared,
    mut delivery: Delivery<'_>,
    mut request: Request<Bytes>,
    own: SocketAddr,
) -> (Outcome, Option<ExchangeId>) {
    let fault = match shared.mishap(request.uri().path()) {
        Some(Mishap {
            reaches: false,
            fault,
        }) => return (delivery.fail(Response::default(), fault), None),
        Some(Mishap { fault, .. }) => Some(fault),
        None => None,
    };
    if let Some(family) = shared.real_family {
        name_host(&mut request, own, family);
    }
    let (id, reply) = shared.accept(request);
    let outcome = match (wait(&mut delivery, &reply), fault) {
        (Some(reply), Some(fault)) => delivery.fail(reply, fault),
        (Some(reply), None) => delivery.send(&reply),
        (None, _) => Outcome::HUNG_UP,
    };
    (outcome, Some(id))
}

/// The reply, when it is there. `None`: the client hung up before, or everything ends. A client
/// that only closed its own half is taken for gone as well: the two look the same from here.
fn wait(delivery: &mut Delivery<'_>, reply: &Receiver<Response<Bytes>>) -> Option<Response<Bytes>> {
    loop {
        match reply.recv_timeout(LOOK) {
            Ok(reply) => return Some(reply),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {
                if delivery.place.is_closing() || delivery.stream.has_hung_up() {
                    return None;
                }
            }
        }
    }
}

/// A client that has one address in place of all hosts cannot say which of them it means, and the
/// service judges that. The path tells: no two hosts serve the same.
fn name_host(request: &mut Request<Bytes>, own: SocketAddr, family: Family) {
    let named = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned());
    let named = named.or_else(|| {
        let host = request.headers().get(header::HOST)?;
        host.to_str().ok().map(str::to_owned)
    });
    if !named.is_some_and(|host| is_own(&host, own)) {
        return;
    }
    let host = match request.uri().path().rsplit('/').next() {
        _ if request.uri().path().starts_with("/qrcode/") => "login.weixin.qq.com",
        Some("jslogin" | "login") => family.login(),
        Some("synccheck") => family.push(),
        Some("webwxuploadmedia" | "webwxgetmedia") => family.file(),
        _ => family.main(),
    };
    // The path decides from here on, so that an absolute address does not contradict.
    if let Some(target) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = target.into();
    }
    request
        .headers_mut()
        .insert(header::HOST, HeaderValue::from_static(host));
}

/// Whether a `Host` is that of this machine and port.
pub(crate) fn is_own(host: &str, own: SocketAddr) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address stand within brackets.
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, Some(80)),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let is_local = name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    is_local && port == Some(own.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_hosts() {
        let own: SocketAddr = "127.0.0.1:8088".parse().unwrap();
        for host in [
            "127.0.0.1:8088",
            "localhost:8088",
            "LocalHost:8088",
            "[::1]:8088",
        ] {
            assert!(is_own(host, own), "{host}");
        }
        for host in [
            "127.0.0.1",
            "127.0.0.1:80",
            "evil.example:8088",
            "127.0.0.1.evil.example:8088",
            "localhost.evil.example:8088",
            "evil.example",
            "",
            ":8088",
            "[::1]",
            "192.168.0.1:8088",
        ] {
            assert!(!is_own(host, own), "{host}");
        }
    }
}

//! Connections that wait for their next request.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};

use crate::io::{HyperIo, Stream};
use crate::runtime::{Leash, sleep, spawn};

/// The way into a connection.
pub(crate) struct Link {
    pub(crate) http: SendRequest<Full<Bytes>>,
    /// Dropped, it takes the socket along at once. hyper alone would first say goodbye, and over TLS
    /// wait for that with a service that does not read any more.
    _connection: Leash,
}

impl Link {
    pub(crate) async fn new(stream: Box<dyn Stream>) -> Result<Self, hyper::Error> {
        let mut http = http1::Builder::new();
        // What browsers write; not every box between here and there ignores the case.
        http.title_case_headers(true);
        let (http, connection) = http.handshake(HyperIo(stream)).await?;
        let connection = Leash::spawn(async {
            // How it ends, hears whoever has a request on it.
            let _ = connection.await;
        });
        Ok(Self {
            http,
            _connection: connection,
        })
    }
}

/// Idle connections are closed after this time, or twice of it at most. Widespread servers close
/// theirs after 75 s: where both ends do it at once, a request gets lost.
const IDLE: Duration = Duration::from_secs(30);

/// As many idle connections to one service are kept. A session uses a handful at once; beyond some
/// dozen busy ones, opening a connection now and then is cheaper than keeping descriptors.
const KEPT: usize = 64;

#[derive(Default)]
pub(crate) struct Pool(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    idle: BTreeMap<String, Vec<(Instant, Link)>>,
    /// Somebody comes by and clears away; otherwise, the shelf is empty.
    swept: bool,
}

impl Pool {
    /// A connection that is open as far as this end knows, the one used last.
    pub(crate) async fn take(&self, service: &str) -> Option<Link> {
        loop {
            let newest = self.shelf().idle.get_mut(service).and_then(Vec::pop);
            let (_, mut link) = newest?;
            // Not `is_ready`: right after a reply the connection needs a moment to get there.
            if link.http.ready().await.is_ok() {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose last reply was read to its end.
    pub(crate) fn put(self: &Arc<Self>, service: String, link: Link) {
        let mut shelf = self.shelf();
        let kept = shelf.idle.entry(service).or_default();
        if kept.len() < KEPT {
            kept.push((Instant::now(), link));
        }
        if !std::mem::replace(&mut shelf.swept, true) {
            spawn(sweep(Arc::downgrade(self), IDLE));
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes what was not used for so long, until nothing is left.
async fn sweep(pool: Weak<Pool>, idle: Duration) {
    loop {
        sleep(idle).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut shelf = pool.shelf();
        shelf.idle.retain(|_, kept| {
            kept.retain(|(since, _)| since.elapsed() < idle);
            !kept.is_empty()
        });
        shelf.swept = !shelf.idle.is_empty();
        if !shelf.swept {
            return;
        }
    }
}

#[cfg(test)]
mod tests;

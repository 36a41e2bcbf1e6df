//! All that is asked of the runtime. For another one with `futures-io`, such as smol, this file is
//! what changes.

use std::{convert::Infallible, io, net::SocketAddr};

use async_std::net::ToSocketAddrs;
use futures_channel::oneshot;
use futures_lite::FutureExt;

pub(crate) use async_std::net::TcpStream;
pub(crate) use async_std::task::{sleep, yield_now};

/// Starts a task that nobody waits for.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    async_std::task::spawn(task);
}

/// A task that ends at once when this is dropped, and all that it holds with it.
pub(crate) struct Leash(#[expect(dead_code, reason = "only dropped")] oneshot::Sender<Infallible>);

impl Leash {
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        let (held, end) = oneshot::channel();
        let dropped = async {
            let _ = end.await;
        };
        spawn(dropped.or(task));
        Self(held)
    }
}

pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs().await?.collect())
}

//! All that is asked of the runtime. For another one with `futures-io`, such as smol, this file is
//! what changes.

use std::{io, net::SocketAddr};

use async_std::net::ToSocketAddrs;

pub(crate) use async_std::net::TcpStream;
pub(crate) use async_std::task::{sleep, yield_now};

/// Starts a task that nobody waits for.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    async_std::task::spawn(task);
}

pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs().await?.collect())
}

//! All that is asked of the runtime. For another one with `futures-io`, such as smol, this file is
//! what changes.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use async_std::{net::ToSocketAddrs, task::sleep};
use futures_channel::oneshot;
use futures_lite::FutureExt;
use hyper::rt::{Executor, Sleep, Timer};

pub(crate) use async_std::io::timeout;
pub(crate) use async_std::net::TcpStream;
pub(crate) use async_std::task::{spawn, spawn_blocking, yield_now};

/// A task that ends at once when this is dropped, and all that it holds with it.
pub(crate) struct Leash(oneshot::Sender<()>);

impl Leash {
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        let (held, end) = oneshot::channel();
        let dropped = async { end.await.unwrap_or_default() };
        spawn(dropped.or(task));
        Self(held)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.is_canceled()
    }
}

/// What comes of it when the time is up.
pub(crate) async fn after<T>(time: Duration, what: T) -> T {
    sleep(time).await;
    what
}

pub(crate) async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs().await?.collect())
}

/// The runtime as hyper wants it.
#[derive(Clone)]
pub(crate) struct Runtime;

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Runtime {
    fn execute(&self, task: F) {
        spawn(task);
    }
}

impl Timer for Runtime {
    fn sleep(&self, time: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(Nap(Box::pin(sleep(time))))
    }

    fn sleep_until(&self, end: Instant) -> Pin<Box<dyn Sleep>> {
        Timer::sleep(self, end.saturating_duration_since(Instant::now()))
    }
}

struct Nap(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Future for Nap {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl Sleep for Nap {}

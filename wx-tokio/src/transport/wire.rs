//! A connection that can be cut.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::{io, pin::Pin};

use http::Extensions;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{CaptureConnection, Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection, whatever is behind it.
pub(super) struct Wire {
    stream: TokioIo<Box<dyn Stream>>,
    cut: Cut,
}

/// Nothing more is to be written.
#[derive(Clone, Default)]
struct Cut(Arc<AtomicBool>);

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            cut: Cut::default(),
        }
    }

    fn uncut(&mut self) -> io::Result<Pin<&mut TokioIo<Box<dyn Stream>>>> {
        match self.cut.0.load(Ordering::Acquire) {
            true => Err(io::ErrorKind::ConnectionAborted.into()),
            false => Ok(Pin::new(&mut self.stream)),
        }
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new().extra(self.cut.clone())
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.uncut()?.poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.uncut()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.uncut()?.poll_shutdown(cx)
    }
}

/// Cuts the connection of a request that is given up. Left alone, hyper would first write the rest
/// of the request and say goodbye, for as long as the other side cares to make it wait.
///
/// Until the response has come, the connection is that request's alone.
pub(super) struct Unanswered(Option<CaptureConnection>);

impl Unanswered {
    pub(super) fn new(connection: CaptureConnection) -> Self {
        Self(Some(connection))
    }

    pub(super) fn answered(mut self) {
        self.0 = None;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        let Some(connection) = &self.0 else { return };
        let mut extras = Extensions::new();
        // There is none yet if the request still waits for a connection.
        if let Some(connected) = &*connection.connection_metadata() {
            connected.get_extras(&mut extras);
        }
        if let Some(Cut(cut)) = extras.get() {
            cut.store(true, Ordering::Release);
        }
    }
}

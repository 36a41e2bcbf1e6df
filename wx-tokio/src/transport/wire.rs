//! A connection that keeps nobody waiting.

use std::task::{Context, Poll};
use std::{io, mem, pin::Pin};

use bytes::{Buf, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection, whatever is behind it.
///
/// hyper looks whether a request was given up only after it has written it, and before it closes the
/// connection it writes what is left. A peer that has stopped to read would put both off for ever. So
/// what is written here counts as sent at once, and goes as it can. It is one request at most: the
/// next one comes when that is answered.
pub(super) struct Wire {
    stream: TokioIo<Box<dyn Stream>>,
    unsent: BytesMut,
}

impl Wire {
    pub(super) fn new(stream: impl Stream + 'static) -> Self {
        Self {
            stream: TokioIo::new(Box::new(stream)),
            unsent: BytesMut::new(),
        }
    }

    /// Sends what there is. Pending: whoever asked is woken to ask again.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.unsent.has_remaining() {
            match Pin::new(&mut self.stream).poll_write(cx, &self.unsent) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(sent)) => self.unsent.advance(sent),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
        // An idle connection needs no room.
        drop(mem::take(&mut self.unsent));
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
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
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.unsent.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = self.poll_send(cx)?;
        Poll::Ready(Ok(()))
    }

    /// Says goodbye if that can be done at once.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.poll_send(cx)?.is_ready() {
            let _ = Pin::new(&mut self.stream).poll_shutdown(cx)?;
        }
        Poll::Ready(Ok(()))
    }
}

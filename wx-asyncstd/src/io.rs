//! hyper over any connection of `futures-io`.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection, whatever is behind it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The same connection in hyper's terms.
pub(crate) struct HyperIo(pub(crate) Box<dyn Stream>);

impl Connection for HyperIo {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for HyperIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut to: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper's buffer is not initialized, and without unsafe code only a detour reaches it. This
        // is the size that its reads start with.
        let mut block = [0; 8 << 10];
        let (room, _) = block.split_at_mut(to.remaining().min(8 << 10));
        let len = ready!(Pin::new(&mut self.0).poll_read(cx, room))?;
        let read = room.get(..len).ok_or(io::ErrorKind::InvalidData)?;
        to.put_slice(read);
        Poll::Ready(Ok(()))
    }
}

/// Without vectored writes: hyper then puts head and body into one.
impl Write for HyperIo {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    /// Says goodbye if that can be done at once. With a service that does not read any more, TLS
    /// would wait for ever, and hold the socket of an exchange that was aborted.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = Pin::new(&mut self.0).poll_close(cx);
        Poll::Ready(Ok(()))
    }
}

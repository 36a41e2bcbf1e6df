//! hyper over any connection of `futures-io`.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::io::BufWriter;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};

/// A connection, whatever is behind it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The same connection in hyper's terms.
///
/// hyper writes a request before it begins to look whether that was given up, and writes the rest of
/// one that was before it closes. With a service that does not read any more, it would never get
/// there. So it may leave whole requests here, and they go as they can.
pub(crate) struct HyperIo(BufWriter<Box<dyn Stream>>, u8);

/// After so many reads others have their turn. This runtime interrupts nobody, and hyper reads on for
/// as long as heads come that are no reply yet.
const TURN: u8 = 32;

/// More than any request has: the largest bring half as much of a file. It is not touched before it
/// is needed.
const ROOM: usize = 1 << 20;

impl HyperIo {
    pub(crate) fn new(stream: impl Stream + 'static) -> Self {
        Self(BufWriter::with_capacity(ROOM, Box::new(stream)), 0)
    }
}

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
        self.1 = (self.1 + 1) % TURN;
        if self.1 == 0 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        // hyper's buffer is not initialized, and without unsafe code only a detour reaches it. This
        // is the size that its reads start with.
        let mut block = [0; 8 << 10];
        let (room, _) = block.split_at_mut(to.remaining().min(8 << 10));
        let len = ready!(Pin::new(self.0.get_mut()).poll_read(cx, room))?;
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
        // hyper comes by whenever the connection can do anything.
        let _ = Pin::new(&mut self.0).poll_flush(cx)?;
        Poll::Ready(Ok(()))
    }

    /// Says goodbye if that can be done at once; TLS too would wait for ever.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = Pin::new(&mut self.0).poll_close(cx);
        Poll::Ready(Ok(()))
    }
}

//! For drivers that block: the loops they all have, over what [`std::io`] calls a reader and a
//! writer.

use std::io::{self, Read, Seek, SeekFrom, Write};

use bytes::Bytes;

use super::{Piece, Tunnel};
use crate::output::{ReadBlock, Reply, ReplyReader};
use crate::transport::{SourceError, TransportError, TransportErrorKind};

/// How much of a body is asked for at once: as much as a TLS record holds, because more than one is
/// seldom there.
const BLOCK: usize = 16 << 10;

/// Enough for what proxies answer, in one go.
const TUNNEL_BLOCK: usize = 1 << 10;

impl ReplyReader {
    /// Reads the body of a response to its end, waiting where `body` waits.
    ///
    /// What belongs to the command's sink goes to `write`, piece by piece, and after the last one
    /// no bytes at all: then the sink is to be flushed, because what cannot be flushed was not
    /// written. If no piece came, `write` is not called. Where there is no sink, let it fail with
    /// [`TransportErrorKind::Sink`].
    ///
    /// # Errors
    ///
    /// The body breaks the rule; reading it failed, which is [`TransportErrorKind::Reset`]; or
    /// `write` failed, whose error it is. In each case
    /// [`reached_sink`](TransportError::reached_sink) counts every piece that was handed to
    /// `write`.
    pub fn read(
        mut self,
        mut body: impl Read,
        mut write: impl FnMut(Bytes) -> Result<(), TransportError>,
    ) -> Result<Reply, TransportError> {
        let mut handed_over = 0;
        let mut hand_over = |piece: Bytes, so_far: &mut u64| {
            *so_far += piece.len() as u64;
            write(piece).map_err(|error| error.after(*so_far))
        };
        let mut block = vec![0; BLOCK];
        loop {
            match read_some(&mut body, &mut block) {
                Ok([]) => break,
                Ok(read) => self.push(Bytes::copy_from_slice(read)),
                Err(error) => return Err(self.abort(lost(TransportErrorKind::Reset, error))),
            }
            while let Some(piece) = self.pull()? {
                hand_over(piece, &mut handed_over)?;
            }
        }
        let (reply, rest) = self.finish()?;
        if let Some(rest) = rest {
            hand_over(rest, &mut handed_over)?;
        }
        if handed_over > 0 {
            hand_over(Bytes::new(), &mut handed_over)?;
        }
        Ok(reply)
    }
}

impl ReadBlock {
    /// Reads this block, waiting where `source` waits: exactly the bytes asked for.
    ///
    /// # Errors
    ///
    /// The source failed, or ended before the end of the block.
    pub fn read(&self, source: &mut (impl Read + Seek)) -> Result<Bytes, SourceError> {
        let mut data = vec![0; self.len];
        source
            .seek(SeekFrom::Start(self.offset))
            .and_then(|_| source.read_exact(&mut data))
            .map_err(SourceError::new)?;
        Ok(data.into())
    }
}

impl Piece {
    /// Writes this piece, or flushes if it is the last one, waiting where `sink` waits.
    ///
    /// # Errors
    ///
    /// The sink failed.
    pub fn write(&self, sink: &mut (impl Write + ?Sized)) -> io::Result<()> {
        match &*self.bytes {
            [] => sink.flush(),
            bytes => sink.write_all(bytes),
        }
    }
}

impl Tunnel {
    /// Asks the proxy at the other end of `stream` for the tunnel, and waits until it is open. What
    /// is read and written from then on passes between this end and the host.
    ///
    /// # Errors
    ///
    /// There will be no tunnel. The kind is [`TransportErrorKind::Connect`]; the source is a
    /// [`TunnelError`](super::TunnelError), or the failure of the stream.
    pub fn pass(&self, stream: &mut (impl Read + Write)) -> Result<(), TransportError> {
        let failed = |error| lost(TransportErrorKind::Connect, error);
        stream.write_all(&self.request()).map_err(failed)?;
        stream.flush().map_err(failed)?;
        let (mut reply, mut block) = (Vec::new(), [0; TUNNEL_BLOCK]);
        while !self.reply(&reply)? {
            match read_some(stream, &mut block).map_err(failed)? {
                [] => {
                    let why = "proxy hung up";
                    return Err(TransportError::with_source(
                        TransportErrorKind::Connect,
                        why,
                    ));
                }
                read => reply.extend_from_slice(read),
            }
        }
        Ok(())
    }
}

/// What one read gives; nothing at the end.
fn read_some<'a>(from: &mut impl Read, block: &'a mut [u8]) -> io::Result<&'a [u8]> {
    loop {
        match from.read(block) {
            // A reader that claims more than it was given room for is broken; this is not its end.
            Ok(len) => return block.get(..len).ok_or(io::ErrorKind::InvalidData.into()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn lost(kind: TransportErrorKind, error: io::Error) -> TransportError {
    TransportError::with_source(kind, error)
}

#[cfg(test)]
mod tests;

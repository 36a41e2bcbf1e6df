//! The service's end of a connection, with or without TLS.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

/// Dropping it ends the connection in order.
pub(crate) struct Stream {
    io: Io,
    /// Nothing more is to be written: the end was announced, or is to be a reset.
    ended: bool,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Stream {
    pub(crate) fn plain(tcp: TcpStream) -> Self {
        Self {
            io: Io::Plain(tcp),
            ended: false,
        }
    }

    /// Shakes hands. The client's next bytes have to come within `patience` each time.
    ///
    /// # Errors
    ///
    /// The client does not speak TLS, does not trust the certificate, or says nothing.
    pub(crate) fn tls(
        mut tcp: TcpStream,
        config: Arc<ServerConfig>,
        patience: Duration,
    ) -> io::Result<Self> {
        let mut connection = ServerConnection::new(config).map_err(io::Error::other)?;
        tcp.set_read_timeout(Some(patience))?;
        while connection.is_handshaking() {
            connection.complete_io(&mut tcp)?;
        }
        Ok(Self {
            io: Io::Tls(Box::new(StreamOwned::new(connection, tcp))),
            ended: false,
        })
    }

    pub(crate) fn tcp(&self) -> &TcpStream {
        match &self.io {
            Io::Plain(tcp) => tcp,
            Io::Tls(tls) => &tls.sock,
        }
    }

    /// Whether the client has closed the connection. Looks without waiting, and keeps what the
    /// client sent for [`Read`].
    pub(crate) fn has_hung_up(&mut self) -> bool {
        if self.tcp().set_nonblocking(true).is_err() {
            return true;
        }
        let seen = match &mut self.io {
            // An end, seen although bytes may stand before it only if none do.
            Io::Plain(tcp) => tcp.peek(&mut [0]).map(|bytes| bytes == 0),
            Io::Tls(tls) => has_closed(tls),
        };
        if self.tcp().set_nonblocking(false).is_err() {
            return true;
        }
        seen.unwrap_or_else(|error| error.kind() != io::ErrorKind::WouldBlock)
    }

    /// Tells the client that nothing more comes. What it still sends can be read.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.ended = true;
        if let Io::Tls(tls) = &mut self.io {
            tls.conn.send_close_notify();
            tls.flush()?;
        }
        self.tcp().shutdown(Shutdown::Write)
    }

    /// Makes the end of the connection a reset.
    pub(crate) fn reset(&mut self) {
        self.ended = true;
        let _ = SockRef::from(self.tcp()).set_linger(Some(Duration::ZERO));
    }
}

/// Whether the client's end of a TLS connection was announced, or came without that.
fn has_closed(tls: &mut StreamOwned<ServerConnection, TcpStream>) -> io::Result<bool> {
    // Not while something stands there that nobody has read: it comes before the end.
    let ended = tls.conn.wants_read() && tls.conn.read_tls(&mut tls.sock)? == 0;
    let state = tls.conn.process_new_packets().map_err(io::Error::other)?;
    Ok(ended || state.peer_has_closed())
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.io {
            Io::Plain(tcp) => tcp.read(buffer),
            Io::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.io {
            Io::Plain(tcp) => tcp.write(bytes),
            Io::Tls(tls) => {
                // Alone, `write` keeps to itself that the socket did not take the bytes, and
                // whoever counts replies would count one that was lost.
                let written = tls.write(bytes)?;
                tls.flush()?;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.io {
            Io::Plain(tcp) => tcp.flush(),
            Io::Tls(tls) => tls.flush(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Io::Tls(tls) = &mut self.io {
            if !self.ended && tls.sock.set_nonblocking(true).is_ok() {
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, time::Instant};

    use super::*;
    use crate::listen::Authority;

    #[test]
    fn a_client_that_says_nothing_is_given_up() {
        let config = Authority::new().unwrap().server("localhost").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut silent = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (tcp, _) = listener.accept().unwrap();
        let asked = Instant::now();
        assert!(Stream::tls(tcp, config, Duration::from_millis(50)).is_err());
        assert!(asked.elapsed() < Duration::from_secs(10));
        assert_eq!(silent.read(&mut [0; 64]).unwrap(), 0);
    }
}

//! One thread that accepts, and one for each connection.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A hundred clients with a poll and a call each stay below; beyond it somebody leaks connections.
const CONNECTIONS: usize = 256;

/// A client that reads nothing for so long is given up.
const UNREAD: Duration = Duration::from_secs(60);

/// Accepts connections until it is dropped, which also closes them and waits for their threads.
pub(crate) struct Acceptor {
    address: SocketAddr,
    gate: Arc<Gate>,
    thread: Option<JoinHandle<()>>,
}

/// What the threads of one acceptor share.
#[derive(Default)]
pub(crate) struct Gate {
    closing: AtomicBool,
    open: Mutex<BTreeMap<u64, Connection>>,
}

struct Connection {
    /// A second handle, by which the connection can be closed under its thread.
    stream: TcpStream,
    thread: JoinHandle<()>,
}

impl Acceptor {
    /// Listens at `address` (on this machine only) and runs `serve` for each connection, in a
    /// thread of its own.
    pub(crate) fn start(
        listener: TcpListener,
        name: &'static str,
        serve: impl Fn(TcpStream, &Gate) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let gate = Arc::new(Gate::default());
        let serve = Arc::new(serve);
        let thread = thread::Builder::new().name(name.to_owned()).spawn({
            let gate = Arc::clone(&gate);
            move || accept(&listener, name, &gate, &serve)
        })?;
        Ok(Self {
            address,
            gate,
            thread: Some(thread),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.gate.closing.store(true, Ordering::SeqCst);
        // `accept` cannot be interrupted; a connection wakes it.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let open = std::mem::take(&mut *self.gate.open());
        for connection in open.values() {
            let _ = connection.stream.shutdown(Shutdown::Both);
        }
        for connection in open.into_values() {
            let _ = connection.thread.join();
        }
    }
}

impl Gate {
    /// Whether the acceptor is being dropped: threads that wait for something give up.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A socket that listens at the first of the addresses, all of which must be on this machine: the
/// service has no passwords.
pub(crate) fn bind_loopback(address: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let addresses: Vec<SocketAddr> = address.to_socket_addrs()?.collect();
    if let Some(foreign) = addresses.iter().find(|address| !address.ip().is_loopback()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{} is not a loopback address", foreign.ip()),
        ));
    }
    TcpListener::bind(addresses.as_slice())
}

fn accept<F>(listener: &TcpListener, name: &str, gate: &Arc<Gate>, serve: &Arc<F>)
where
    F: Fn(TcpStream, &Gate) + Send + Sync + 'static,
{
    for number in 0_u64.. {
        let accepted = listener.accept();
        if gate.is_closing() {
            return;
        }
        let connected = match accepted {
            Ok((stream, _)) => connect(stream, number, name, gate, serve),
            Err(error) => Err(error),
        };
        if connected.is_err() {
            // Out of descriptors or threads: some will come free.
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn connect<F>(
    mut stream: TcpStream,
    number: u64,
    name: &str,
    gate: &Arc<Gate>,
    serve: &Arc<F>,
) -> io::Result<()>
where
    F: Fn(TcpStream, &Gate) + Send + Sync + 'static,
{
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(UNREAD))?;
    // Held until the connection is in the table: its thread may end before.
    let mut open = gate.open();
    if open.len() >= CONNECTIONS {
        let full =
            b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(full);
    }
    let second = stream.try_clone()?;
    let thread = thread::Builder::new()
        .name(format!("{name}-{number}"))
        .spawn({
            let (gate, serve) = (Arc::clone(gate), Arc::clone(serve));
            move || {
                let leave = Leave { gate, number };
                serve(stream, &leave.gate);
            }
        })?;
    open.insert(
        number,
        Connection {
            stream: second,
            thread,
        },
    );
    Ok(())
}

/// Takes a connection out of the table when its thread ends, however it ends.
struct Leave {
    gate: Arc<Gate>,
    number: u64,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.gate.open().remove(&self.number);
    }
}

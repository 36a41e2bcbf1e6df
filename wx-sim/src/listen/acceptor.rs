//! One thread that accepts, and one for each connection.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// A hundred clients with a poll and a call each stay below; beyond it somebody leaks connections.
const CONNECTIONS: usize = 256;

/// A client that reads nothing for so long is given up.
const UNREAD: Duration = Duration::from_secs(60);

/// The thread of an idle connection needs no longer to end it, even on a busy machine.
const ENDING: Duration = Duration::from_secs(5);

/// Accepts connections until it is dropped, which also closes them and waits for their threads.
pub(crate) struct Acceptor {
    address: SocketAddr,
    gate: Arc<Gate>,
    thread: Option<JoinHandle<()>>,
}

/// What the threads of one acceptor share.
#[derive(Default)]
struct Gate {
    closing: AtomicBool,
    accepted: AtomicU64,
    open: Mutex<BTreeMap<u64, Connection>>,
    /// A connection was taken out of the table.
    left: Condvar,
}

struct Connection {
    /// Second handles of its sockets, by which they can be closed under their threads.
    sockets: Vec<TcpStream>,
    idle: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Connection {
    fn shutdown(&self, how: Shutdown) {
        for socket in &self.sockets {
            let _ = socket.shutdown(how);
        }
    }
}

impl Acceptor {
    /// Listens at `address` (on this machine only) and runs `serve` for each connection, in a
    /// thread of its own.
    pub(crate) fn start(
        listener: TcpListener,
        name: &'static str,
        serve: impl Fn(TcpStream, &Place) + Send + Sync + 'static,
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

    /// How many connections there have been.
    pub(crate) fn accepted(&self) -> u64 {
        self.gate.accepted.load(Ordering::SeqCst)
    }

    /// Ends, in order, the connections that wait for a request. How many those were.
    pub(crate) fn close_idle(&self) -> usize {
        let open = self.gate.open();
        let mut ending = Vec::new();
        for (number, connection) in open.iter() {
            if connection.idle.load(Ordering::SeqCst) {
                // Its thread reads an end and does the rest.
                connection.shutdown(Shutdown::Read);
                ending.push(*number);
            }
        }
        let is_ending = |open: &mut BTreeMap<u64, Connection>| {
            ending.iter().any(|number| open.contains_key(number))
        };
        // One that got a request in the meantime answers it first, and is not waited for for long.
        drop(self.gate.left.wait_timeout_while(open, ENDING, is_ending));
        ending.len()
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
            connection.shutdown(Shutdown::Both);
        }
        for connection in open.into_values() {
            let _ = connection.thread.join();
        }
    }
}

impl Gate {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection in the table of its acceptor. It is taken out of there when its
/// thread ends, however it ends.
pub(crate) struct Place {
    gate: Arc<Gate>,
    number: u64,
    idle: Arc<AtomicBool>,
}

impl Place {
    /// Whether the acceptor is being dropped: threads that wait for something give up.
    pub(crate) fn is_closing(&self) -> bool {
        self.gate.is_closing()
    }

    /// Whether the connection waits for its next request, of which nothing has come yet.
    pub(crate) fn set_idle(&self, idle: bool) {
        self.idle.store(idle, Ordering::SeqCst);
    }

    /// Ties another socket to the connection, so that both are closed together.
    pub(crate) fn tie(&self, socket: &TcpStream) -> io::Result<()> {
        let second = socket.try_clone()?;
        match self.gate.open().get_mut(&self.number) {
            Some(connection) => connection.sockets.push(second),
            None => return Err(io::ErrorKind::ConnectionAborted.into()),
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.open().remove(&self.number);
        self.gate.left.notify_all();
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
    F: Fn(TcpStream, &Place) + Send + Sync + 'static,
{
    for number in 0_u64.. {
        let accepted = listener.accept();
        if gate.is_closing() {
            return;
        }
        if accepted.is_ok() {
            gate.accepted.fetch_add(1, Ordering::SeqCst);
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
    F: Fn(TcpStream, &Place) + Send + Sync + 'static,
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
    let idle = Arc::new(AtomicBool::new(false));
    let thread = thread::Builder::new()
        .name(format!("{name}-{number}"))
        .spawn({
            let (serve, gate, idle) = (Arc::clone(serve), Arc::clone(gate), Arc::clone(&idle));
            move || {
                // Dropped last. Not made before: without a thread it would be dropped under the
                // lock that it takes then.
                let place = Place { gate, number, idle };
                serve(stream, &place);
            }
        })?;
    open.insert(
        number,
        Connection {
            sockets: vec![second],
            idle,
            thread,
        },
    );
    Ok(())
}

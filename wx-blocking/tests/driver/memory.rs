//! Connections of the caller's own making: pairs of sockets that no network knows.

use std::{
    fmt,
    io::{self, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    sync::{Arc, Weak},
    thread,
};

use wx_blocking::{
    Session, Transport,
    ureq::{
        Error,
        unversioned::transport::{
            self, Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, ShutdownHandle,
        },
    },
    wx_proto::{
        Close, EventKind, TransportError,
        TransportErrorKind::{self, Resolve},
    },
};

use crate::{
    failures::trouble,
    service::{Service, config, eventually, online, until},
};

/// Leads every connection to this service.
#[derive(Clone)]
struct Pairs(Arc<Service>);

impl fmt::Debug for Pairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pairs")
    }
}

impl Connector for Pairs {
    type Out = Pair;

    fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Pair>, Error> {
        let (near, mut far) = UnixStream::pair()?;
        let near = Arc::new(Near(near));
        let handle: Weak<Near> = Arc::downgrade(&near);
        (details.register_shutdown)(handle)?;
        let service = Arc::clone(&self.0);
        thread::spawn(move || service.serve(&mut far));
        let buffers = LazyBuffers::new(32 << 10, 32 << 10);
        Ok(Some(Pair { near, buffers }))
    }
}

struct Near(UnixStream);

impl ShutdownHandle for Near {
    fn shutdown(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

struct Pair {
    near: Arc<Near>,
    buffers: LazyBuffers,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pair")
    }
}

impl transport::Transport for Pair {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        Ok((&self.near.0).write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let len = (&self.near.0).read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(len);
        Ok(len > 0)
    }

    fn is_open(&mut self) -> bool {
        true
    }
}

#[test]
fn any_connection_will_do() {
    let service = Service::usual();
    let pairs = Pairs(Arc::clone(&service));
    let transport = Transport::with_connector(move || pairs.clone());
    let (session, mut events) = Session::spawn(config("http://localhost"), &transport);
    online(&mut events);
    eventually(|| !service.requests_to("/synccheck").is_empty());
    session.close(Close::default());
    // The held poll was hung up on through what the connector registered.
    eventually(|| {
        service
            .hung_up()
            .iter()
            .any(|(path, _)| path.ends_with("/synccheck"))
    });
}

#[test]
fn what_a_connector_says_is_believed() {
    #[derive(Debug)]
    struct Nowhere(fn() -> Error);

    impl Connector for Nowhere {
        type Out = Pair;

        fn connect(&self, _: &ConnectionDetails, _: Option<()>) -> Result<Option<Pair>, Error> {
            Err(self.0())
        }
    }

    let honest = || Error::Other(Box::new(TransportError::new(Resolve)));
    let vague = || Error::Io(io::ErrorKind::ConnectionRefused.into());
    let cases: [(fn() -> Error, _); 2] = [
        (honest, Resolve),
        // It could have been sent.
        (vague, TransportErrorKind::Reset),
    ];
    for (error, expected) in cases {
        let transport = Transport::with_connector(move || Nowhere(error));
        let (_session, mut events) = Session::spawn(config("http://localhost"), &transport);
        assert_eq!(trouble(&mut events), expected);
        until(&mut events, |kind| {
            matches!(kind, EventKind::Ended(_)).then_some(())
        });
    }
}

//! One connection for each request.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs},
    sync::{
        Arc, Mutex,
        mpsc::{Sender, channel},
    },
    time::Duration,
};

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Request, Response, StatusCode, header, uri::Scheme};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use wx_proto::{
    OutgoingRequest, Reply, ReplyReader, TransportError,
    TransportErrorKind::{self, Connect, NotHttp, Other, Reset, Resolve, Sink, Tls},
    driver::{ProxyRules, TransportConfig, Tunnel, host_and_port},
};

use crate::{bug::Bug, driver::Note};

/// By which an exchange is stopped from outside.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<Mutex<(bool, Option<TcpStream>)>>);

impl Cut {
    pub(crate) fn cut(&self) {
        let mut state = self.0.lock().unwrap();
        state.0 = true;
        if let Some(stream) = &state.1 {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Puts a connection under the knife. An error: it is too late for one.
    fn hold(&self, stream: &TcpStream) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.0 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        state.1 = Some(stream.try_clone()?);
        Ok(())
    }
}

pub(crate) struct Wire {
    pub(crate) bug: Bug,
    rules: ProxyRules,
    tls: Arc<ClientConfig>,
    jar: Mutex<BTreeMap<String, String>>,
}

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

impl Wire {
    pub(crate) fn new(network: &TransportConfig, bug: Bug) -> Self {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(&network.extra_roots) {
            roots.add(root.unwrap()).unwrap();
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            bug,
            rules: network.proxy.rules(|name| std::env::var_os(name)).unwrap(),
            tls: Arc::new(tls),
            jar: Mutex::default(),
        }
    }

    pub(crate) fn exchange(
        &self,
        order: OutgoingRequest,
        cut: &Cut,
        caller: Option<&Sender<Note>>,
    ) -> Result<Reply, TransportError> {
        let first = self.ask(&order, &order.http, cut, caller);
        match first {
            Err(error) if self.bug == Bug::Repeats && error.kind() == Reset => {
                self.ask(&order, &order.http, cut, caller)
            }
            Err(error) if self.bug == Bug::ResetIsConnect && error.kind() == Reset => {
                Err(Connect.into())
            }
            Err(error) if self.bug == Bug::GarbageIsReset && error.kind() == NotHttp => {
                Err(Reset.into())
            }
            reply => reply,
        }
    }

    fn ask(
        &self,
        order: &OutgoingRequest,
        request: &Request<Bytes>,
        cut: &Cut,
        caller: Option<&Sender<Note>>,
    ) -> Result<Reply, TransportError> {
        let stream = self.connect(request, cut)?;
        let mut answer = Answer {
            stream,
            buffer: Vec::new(),
        };
        let written = answer.stream.write_all(&self.written(request));
        written
            .and_then(|()| answer.stream.flush())
            .map_err(because(Reset))?;
        let head = answer.head()?;
        if self.bug == Bug::FollowsRedirects && head.status.is_redirection() {
            let target = head.headers[header::LOCATION].to_str().unwrap();
            let mut next = Request::get(request.uri().clone())
                .body(Bytes::new())
                .unwrap();
            let mut parts = request.uri().clone().into_parts();
            parts.path_and_query = Some(target.parse().unwrap());
            *next.uri_mut() = parts.try_into().unwrap();
            return self.ask(order, &next, cut, caller);
        }
        if self.bug == Bug::ErrorOnStatus && head.status.is_server_error() {
            return Err(Other.into());
        }
        if self.bug == Bug::KeepsCookies {
            for cookie in head.headers.get_all(header::SET_COOKIE) {
                let pair = cookie.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                self.jar
                    .lock()
                    .unwrap()
                    .insert(name.to_owned(), value.to_owned());
            }
        }
        let packed = head.headers.contains_key(header::CONTENT_ENCODING);
        let body = Body::of(&head);
        let reader = order.reply.begin(head);
        let mut drain = Drain {
            reader,
            caller,
            written: false,
            miscounts: self.bug == Bug::MiscountsSink,
        };
        if self.bug == Bug::ReadsItAll || (self.bug == Bug::Unpacks && packed) {
            let mut whole = Vec::new();
            let all = answer.body(body, &mut |block: Bytes| {
                whole.extend_from_slice(&block);
                Ok(())
            });
            all.map_err(|error| error.unwrap_or_else(|| Reset.into()))?;
            if self.bug == Bug::Unpacks {
                let mut plain = Vec::new();
                GzDecoder::new(&*whole).read_to_end(&mut plain).unwrap();
                whole = plain;
            }
            drain.take(whole.into()).map_err(|error| error.unwrap())?;
            return drain.finish();
        }
        match answer.body(body, &mut |block| drain.take(block)) {
            Ok(()) => drain.finish(),
            Err(Some(error)) => Err(error),
            Err(None) => Err(drain.lost(Reset)),
        }
    }

    fn connect(
        &self,
        request: &Request<Bytes>,
        cut: &Cut,
    ) -> Result<Box<dyn Stream>, TransportError> {
        let uri = request.uri();
        let (host, port) = host_and_port(uri).ok_or(Resolve)?;
        let tunnel = self.rules.tunnel_to(uri);
        let tunnel = tunnel.filter(|_| self.bug != Bug::IgnoresProxy);
        let (near, gate) = tunnel
            .as_ref()
            .map_or((host, port), |tunnel| tunnel.proxy());
        let mut tcp = dial(near, gate)?;
        cut.hold(&tcp).map_err(because(Connect))?;
        if let Some(tunnel) = tunnel {
            open(&tunnel, &mut tcp)?;
        }
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Ok(Box::new(tcp));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(because(Tls))?;
        let tls = ClientConnection::new(Arc::clone(&self.tls), name);
        let mut tls = tls.map_err(because(Tls))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut tcp).map_err(because(Tls))?;
        }
        Ok(Box::new(StreamOwned::new(tls, tcp)))
    }

    fn written(&self, request: &Request<Bytes>) -> Vec<u8> {
        let uri = request.uri();
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let mut bytes = format!("{} {target} HTTP/1.1\r\nHost: {host}\r\n", request.method());
        for (name, value) in request.headers() {
            let value = value.to_str().expect("the client writes plain headers");
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.bug == Bug::AddsHeader {
            bytes.push_str("Accept: */*\r\n");
        }
        for (name, value) in &*self.jar.lock().unwrap() {
            bytes.push_str(&format!("Cookie: {name}={value}\r\n"));
        }
        if request.method() == http::Method::POST {
            bytes.push_str(&format!("Content-Length: {}\r\n", request.body().len()));
        }
        bytes.push_str("Connection: close\r\n\r\n");
        [bytes.as_bytes(), request.body()].concat()
    }
}

fn dial(host: &str, port: u16) -> Result<TcpStream, TransportError> {
    let mut last = TransportError::new(Resolve);
    for address in (host, port).to_socket_addrs().map_err(because(Resolve))? {
        match TcpStream::connect_timeout(&address, Duration::from_secs(10)) {
            Ok(stream) => {
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = because(Connect)(error),
        }
    }
    Err(last)
}

/// Opens the way through a proxy.
fn open(tunnel: &Tunnel, tcp: &mut TcpStream) -> Result<(), TransportError> {
    tcp.write_all(&tunnel.request()).map_err(because(Connect))?;
    let (mut so_far, mut block) = (Vec::new(), [0; 1024]);
    while !tunnel.reply(&so_far)? {
        match tcp.read(&mut block).map_err(because(Connect))? {
            0 => return Err(Connect.into()),
            read => so_far.extend_from_slice(&block[..read]),
        }
    }
    Ok(())
}

fn because<E>(kind: TransportErrorKind) -> impl Fn(E) -> TransportError
where
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    move |error| TransportError::with_source(kind, error)
}

/// Passes a body through its reader, and what the reader gives to the caller.
struct Drain<'a> {
    reader: ReplyReader,
    caller: Option<&'a Sender<Note>>,
    written: bool,
    miscounts: bool,
}

impl Drain<'_> {
    fn take(&mut self, block: Bytes) -> Result<(), Option<TransportError>> {
        self.reader.push(block);
        while let Some(piece) = self.reader.pull().map_err(Some)? {
            self.give(piece).map_err(Some)?;
        }
        Ok(())
    }

    fn give(&mut self, piece: Bytes) -> Result<(), TransportError> {
        self.written = true;
        give(self.caller, piece)
    }

    fn lost(self, kind: TransportErrorKind) -> TransportError {
        match self.miscounts {
            true => kind.into(),
            false => self.reader.abort(kind.into()),
        }
    }

    fn finish(self) -> Result<Reply, TransportError> {
        let (reply, tail) = self.reader.finish()?;
        if let Some(tail) = &tail {
            give(self.caller, tail.clone())?;
        }
        if self.written || tail.is_some() {
            // What cannot be flushed is no success.
            give(self.caller, Bytes::new())?;
        }
        Ok(reply)
    }
}

/// Waits until the caller has written a piece.
fn give(caller: Option<&Sender<Note>>, piece: Bytes) -> Result<(), TransportError> {
    let caller = caller.ok_or(Sink)?;
    let (answer, written) = channel();
    let told = caller.send(Note::Piece(piece, answer));
    match (told, written.recv()) {
        (Ok(()), Ok(Ok(()))) => Ok(()),
        _ => Err(Sink.into()),
    }
}

/// A response on its way in.
struct Answer {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

enum Body {
    Length(u64),
    Chunked,
    ToTheEnd,
}

impl Body {
    fn of(head: &http::response::Parts) -> Self {
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        match (head.headers.get(header::TRANSFER_ENCODING), length) {
            (Some(_), _) => Self::Chunked,
            (None, Some(length)) => Self::Length(length),
            (None, None) if head.status == StatusCode::NO_CONTENT => Self::Length(0),
            (None, None) => Self::ToTheEnd,
        }
    }
}

impl Answer {
    /// `false`: the end.
    fn fill(&mut self) -> io::Result<bool> {
        let mut block = [0; 16 << 10];
        let read = self.stream.read(&mut block)?;
        self.buffer.extend_from_slice(&block[..read]);
        Ok(read > 0)
    }

    fn head(&mut self) -> Result<http::response::Parts, TransportError> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 100];
            let mut head = httparse::Response::new(&mut headers);
            let parsed = head.parse(&self.buffer);
            let parsed = parsed.map_err(|error| because(NotHttp)(error.to_string()))?;
            if let httparse::Status::Complete(used) = parsed {
                let mut reply = Response::builder().status(head.code.unwrap_or_default());
                for header in head.headers.iter() {
                    reply = reply.header(header.name, header.value);
                }
                let (parts, ()) = reply.body(()).map_err(because(NotHttp))?.into_parts();
                self.buffer.drain(..used);
                return Ok(parts);
            }
            if self.buffer.len() > 64 << 10 {
                return Err(NotHttp.into());
            }
            if !self.fill().map_err(because(Reset))? {
                return Err(Reset.into());
            }
        }
    }

    /// `Err(None)`: the connection was lost.
    fn body(
        &mut self,
        body: Body,
        push: &mut dyn FnMut(Bytes) -> Result<(), Option<TransportError>>,
    ) -> Result<(), Option<TransportError>> {
        match body {
            Body::Length(length) => self.exactly(length, push),
            Body::ToTheEnd => loop {
                push(std::mem::take(&mut self.buffer).into())?;
                if !self.fill().map_err(|_| None)? {
                    return Ok(());
                }
            },
            Body::Chunked => loop {
                let (used, size) = loop {
                    match httparse::parse_chunk_size(&self.buffer) {
                        Ok(httparse::Status::Complete(found)) => break found,
                        Ok(httparse::Status::Partial) if self.fill().map_err(|_| None)? => {}
                        _ => return Err(None),
                    }
                };
                self.buffer.drain(..used);
                if size == 0 {
                    // Trailers mean nothing, and the connection is not used again.
                    return Ok(());
                }
                self.exactly(size, push)?;
                self.exactly(2, &mut |_| Ok(()))?;
            },
        }
    }

    fn exactly(
        &mut self,
        mut left: u64,
        push: &mut dyn FnMut(Bytes) -> Result<(), Option<TransportError>>,
    ) -> Result<(), Option<TransportError>> {
        while left > 0 {
            if self.buffer.is_empty() && !self.fill().map_err(|_| None)? {
                return Err(None);
            }
            let take = self
                .buffer
                .len()
                .min(usize::try_from(left).unwrap_or(usize::MAX));
            let rest = self.buffer.split_off(take);
            let block = std::mem::replace(&mut self.buffer, rest);
            left -= take as u64;
            push(block.into())?;
        }
        Ok(())
    }
}

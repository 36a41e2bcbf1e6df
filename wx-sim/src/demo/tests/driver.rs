//! A driver as small as can be, so that the echo bot can be tried here: one thread and one
//! connection for each request, one command at a time.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use wx_proto::{
    Client, Close, Completion, Event, EventId, EventKind, Now, Output, Receipt, Reply, ReplyRule,
    RequestId, Seed, SendText, SourceError, Stamp, Submission, TransportError, TransportErrorKind,
    driver::{Keeper, Kept, StoreError, ToSave},
};

use crate::demo::{Bot, Start, TimedOut, Unsent};

type Report = (RequestId, Result<Reply, TransportError>);

pub(super) struct Driver {
    client: Client,
    started: Instant,
    unix: Duration,
    report: Sender<Report>,
    reports: Receiver<Report>,
    keeper: Option<Keeper>,
}

impl Driver {
    pub(super) fn start(start: Start) -> Result<Self, StoreError> {
        let (report, reports) = channel();
        let seed = Seed::from([7; 32]);
        let kept = match (start.recording, start.session) {
            (None, None) => Client::new(start.config, seed).into(),
            (None, Some(file)) => {
                Kept::open(start.config, seed, file, |unsaved| panic!("{unsaved}"))?
            }
            (Some(recording), file) => recording.client(start.config, seed, file)?,
        };
        let (client, keeper) = kept.into_parts();
        let mut driver = Self {
            client,
            keeper,
            started: Instant::now(),
            unix: SystemTime::now().duration_since(UNIX_EPOCH).unwrap(),
            report,
            reports,
        };
        let now = driver.now();
        driver.client.start(now);
        Ok(driver)
    }

    fn save(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            assert!(keeper.save(&ToSave::of(&self.client), None));
        }
    }

    fn now(&self) -> Now {
        let passed = self.started.elapsed();
        Now::new(Stamp::new(passed), self.unix + passed)
    }

    /// Carries out what is due; the command that is done, if it is.
    fn obey(&mut self) -> Option<Completion> {
        let mut completion = None;
        while let Some(order) = self.client.poll_output() {
            match order {
                Output::Request(request) => {
                    let report = self.report.clone();
                    thread::spawn(move || {
                        let reply = exchange(&request.http, request.reply);
                        let _ = report.send((request.id, reply));
                    });
                }
                Output::Done(done) => completion = Some(done),
                Output::Read(block) => {
                    let now = self.now();
                    self.client
                        .handle_block(now, block.id, Err(SourceError::missing()));
                }
                Output::Abort(_) | Output::Progress(_) => {}
            }
        }
        completion
    }

    /// Waits for a reply or a deadline, at most until then.
    fn wait(&mut self, until: Instant) {
        let now = self.now();
        let due = self.client.poll_timeout().map(|at| at.since(now.mono));
        let left = until.saturating_duration_since(Instant::now());
        match self.reports.recv_timeout(due.unwrap_or(left).min(left)) {
            Ok((id, reply)) => self.client.handle_reply(self.now(), id, reply),
            Err(_) => self.client.handle_timeout(self.now()),
        }
    }
}

impl Bot for Driver {
    fn next(&mut self, within: Duration) -> Result<Option<Event>, TimedOut> {
        let until = Instant::now() + within;
        loop {
            self.obey();
            if let Some(event) = self.client.poll_event() {
                if matches!(event.kind, EventKind::SnapshotStale) {
                    self.save();
                }
                return Ok(Some(event));
            }
            if self.client.is_drained() {
                return Ok(None);
            }
            if Instant::now() >= until {
                return Err(TimedOut);
            }
            self.wait(until);
        }
    }

    fn send(&mut self, text: SendText, within: Duration) -> Result<Receipt, Unsent> {
        let until = Instant::now() + within;
        let (submission, ticket) = Submission::new(text);
        let now = self.now();
        let id = self.client.submit(now, submission);
        loop {
            if let Some(done) = self.obey() {
                return ticket
                    .redeem(done)
                    .map_err(|error| Unsent::Failed(Box::new(error)));
            }
            if Instant::now() >= until {
                self.client.cancel(self.now(), id);
                self.obey();
                return Err(Unsent::TimedOut);
            }
            self.wait(until);
        }
    }

    fn inspect<T, F>(&mut self, look: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static,
    {
        Some(look(&self.client))
    }

    fn acknowledge(&mut self, event: EventId) {
        self.client.acknowledge(self.now(), event);
    }

    fn close(&mut self, how: Close) {
        self.client.close(self.now(), how);
    }

    fn closed(&mut self) {
        self.save();
    }
}

fn exchange(request: &Request<Bytes>, rule: ReplyRule) -> Result<Reply, TransportError> {
    let reset = |_| TransportError::new(TransportErrorKind::Reset);
    let host = request.uri().authority().unwrap().as_str();
    let mut stream =
        TcpStream::connect(host).map_err(|_| TransportError::new(TransportErrorKind::Connect))?;
    stream.write_all(&encode(request)).map_err(reset)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(reset)?;
    let (head, body) = decode(&bytes).ok_or(TransportError::new(TransportErrorKind::NotHttp))?;
    let mut reader = rule.begin(head);
    reader.push(body);
    while reader.pull()?.is_some() {}
    Ok(reader.finish()?.0)
}

fn encode(request: &Request<Bytes>) -> Vec<u8> {
    let uri = request.uri();
    let mut bytes = format!(
        "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
        request.method(),
        uri.path_and_query().unwrap(),
        uri.authority().unwrap(),
        request.body().len()
    )
    .into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes.extend(request.body());
    bytes
}

fn decode(bytes: &[u8]) -> Option<(http::response::Parts, Bytes)> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(used) = head.parse(bytes).ok()? else {
        return None;
    };
    let mut response = Response::builder().status(head.code?);
    for header in head.headers.iter() {
        response = response.header(header.name, header.value);
    }
    let body = Bytes::copy_from_slice(&bytes[used..]);
    Some((response.body(()).ok()?.into_parts().0, body))
}

//! The complete driver loop of the manual, over a transport in memory: the simulated service.
//!
//! Logs in, answers the texts of a small script, logs out. It shows what is needed to run
//! `wx-proto` inside any other program: a way to send a request, a clock, and this loop.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "a program has a clock, threads and a terminal; the core has not"
)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Request, Response};
use wx_proto::{
    Client, Close, Config, Event, EventKind, Now, Output, Pace, Reply, ReplyRule, Seed,
    SourceError, Stamp, Submission, TransportError,
};
use wx_sim::server::{ExchangeId, Script, Server, Setup};

fn main() {
    let service = Service::new();
    let mut config = Config::default();
    config.pace = Pace::FREE;
    let client = Client::new(config, Seed::from([7; 32]));

    let mut heard = 0;
    let expected = Script::demo().steps().len();
    drive(client, &service, |client, now, event| match &event.kind {
        EventKind::Qr(qr) => println!("scan {}", qr.content),
        EventKind::Online(me) => println!("online as {}", me.nick_name),
        EventKind::Message(message) => {
            let Some(text) = message.text() else { return };
            println!("{}: {}", message.chat_name, text.escape_debug());
            let (submission, _ticket) = Submission::new(message.reply(text));
            client.submit(now, submission);
            heard += 1;
            if heard == expected {
                let drain = Duration::from_secs(10);
                client.close(
                    now,
                    Close {
                        logout: true,
                        drain,
                    },
                );
            }
        }
        EventKind::Ended(ended) => println!("ended: {ended}"),
        _ => {}
    });
    let answered = service
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .server
        .received()
        .len();
    println!("{heard} texts heard, {answered} answers arrived");
}

/// The loop. Nothing in it is about the protocol.
fn drive(
    mut client: Client,
    service: &Service,
    mut on_event: impl FnMut(&mut Client, Now, &Event),
) {
    let origin = Instant::now();
    let unix = unix_time();
    let now = || Now::new(Stamp::new(origin.elapsed()), unix + origin.elapsed());
    let (report, reports) = mpsc::channel();
    client.start(now());
    loop {
        if let Some(order) = client.poll_output() {
            match order {
                Output::Request(request) => {
                    let (report, service) = (report.clone(), service.clone());
                    thread::spawn(move || {
                        let reply = read(request.reply, service.exchange(request.http));
                        // Nobody waits any more once the loop has ended.
                        let _ = report.send((request.id, reply));
                    });
                }
                // This transport cannot be interrupted. Its late reply will be ignored.
                Output::Abort(_) => {}
                Output::Done(done) => println!("command {} is done", done.id()),
                Output::Read(block) => {
                    client.handle_block(now(), block.id, Err(SourceError::missing()));
                }
                Output::Progress(_) => {}
            }
        } else if let Some(event) = client.poll_event() {
            on_event(&mut client, now(), &event);
            client.acknowledge(now(), event.id);
        } else if client.is_drained() {
            return;
        } else {
            let due = client.poll_timeout().map(|at| at.since(now().mono));
            match reports.recv_timeout(due.unwrap_or(Duration::from_secs(3600))) {
                Ok((id, reply)) => client.handle_reply(now(), id, reply),
                Err(_) => client.handle_timeout(now()),
            }
        }
    }
}

fn read(rule: ReplyRule, response: Response<Bytes>) -> Result<Reply, TransportError> {
    let (head, body) = response.into_parts();
    let mut reader = rule.begin(head);
    reader.push(body);
    while let Some(_for_the_sink) = reader.pull()? {}
    Ok(reader.finish()?.0)
}

/// The transport: a simulated service behind a mutex. A real one would open a connection here.
#[derive(Clone)]
struct Service(Arc<Mutex<Inside>>);

struct Inside {
    server: Server,
    exchanges: u64,
    replies: BTreeMap<ExchangeId, Response<Bytes>>,
}

impl Service {
    fn new() -> Self {
        // Polls are held shortly: the process ends when the last one does.
        let setup = Setup {
            hold: Duration::from_secs(1),
            script: Script::demo(),
            ..Setup::default()
        };
        let server = Server::new(setup);
        let replies = BTreeMap::new();
        Self(Arc::new(Mutex::new(Inside {
            server,
            exchanges: 0,
            replies,
        })))
    }

    fn exchange(&self, request: Request<Bytes>) -> Response<Bytes> {
        let mut asked = None;
        let mut request = Some(request);
        loop {
            let mut inside = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(request) = request.take() {
                inside.exchanges += 1;
                let id = ExchangeId(inside.exchanges);
                inside.server.accept(unix_time(), id, request);
                asked = Some(id);
            }
            inside.server.handle_timeout(unix_time());
            while let Some((id, reply)) = inside.server.poll_reply() {
                inside.replies.insert(id, reply);
            }
            if let Some(reply) = asked.and_then(|id| inside.replies.remove(&id)) {
                return reply;
            }
            drop(inside);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn unix_time() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

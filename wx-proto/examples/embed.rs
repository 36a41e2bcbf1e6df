//! A complete driver loop, and the little it needs from where it runs.
//!
//! [`drive`] is all there is to embedding `wx-proto` in another program. It knows nothing of the
//! protocol, and of the world only what [`Platform`] gives it: a clock, a way to send a request, a
//! way to wait. Here the platform is a simulated service in the same process under a clock that
//! jumps from one deadline to the next, so that this runs wherever Rust does, a browser's sandbox
//! included: it logs in, answers the texts of a small script, logs out, and is done at once.

#![allow(
    clippy::disallowed_macros,
    clippy::print_stdout,
    reason = "a program has a terminal; the core has not"
)]

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use wx_proto::{
    Client, Close, Config, EndCause, Event, EventKind, Now, OutgoingRequest, Output, Pace, Reply,
    ReplyRule, RequestId, Seed, SourceError, Stamp, Submission, TransportError, TransportErrorKind,
};
use wx_sim::server::{ExchangeId, Script, Server, Setup};

/// What a driver needs from where it runs.
trait Platform {
    /// The time.
    fn now(&self) -> Now;
    /// Puts a request on the wire, without waiting for what comes back.
    fn send(&mut self, request: OutgoingRequest);
    /// Stops an exchange and frees its socket.
    fn abort(&mut self, id: RequestId);
    /// Waits for the end of an exchange, but not beyond `until`.
    fn wait(&mut self, until: Option<Stamp>) -> Option<Ending>;
}

/// The end of an exchange.
type Ending = (RequestId, Result<Reply, TransportError>);

/// The loop. It ends with the session.
fn drive(
    mut client: Client,
    platform: &mut impl Platform,
    mut on_event: impl FnMut(&mut Client, Now, &Event),
) {
    client.start(platform.now());
    loop {
        if let Some(order) = client.poll_output() {
            match order {
                Output::Request(request) => platform.send(request),
                Output::Abort(id) => platform.abort(id),
                Output::Done(done) => println!("command {} is done", done.id()),
                Output::Read(block) => {
                    // The commands used here bring no source.
                    client.handle_block(platform.now(), block.id, Err(SourceError::missing()));
                }
                Output::Progress(_) => {}
            }
        } else if let Some(event) = client.poll_event() {
            let now = platform.now();
            on_event(&mut client, now, &event);
            client.acknowledge(now, event.id);
        } else if client.is_drained() {
            return;
        } else {
            match platform.wait(client.poll_timeout()) {
                Some((id, reply)) => client.handle_reply(platform.now(), id, reply),
                None => client.handle_timeout(platform.now()),
            }
        }
    }
}

/// A simulated service in place of the network.
struct Memory {
    service: Server,
    /// How to read the replies that are to come.
    rules: BTreeMap<RequestId, ReplyRule>,
    elapsed: Duration,
}

/// When this little world begins, as Unix time.
const BEGINNING: Duration = Duration::from_secs(1_700_000_000);

impl Memory {
    fn unix(&self) -> Duration {
        BEGINNING + self.elapsed
    }
}

impl Platform for Memory {
    fn now(&self) -> Now {
        Now::new(Stamp::new(self.elapsed), self.unix())
    }

    fn send(&mut self, request: OutgoingRequest) {
        self.rules.insert(request.id, request.reply);
        let id = ExchangeId(request.id.ordinal());
        self.service.accept(self.unix(), id, request.http);
    }

    fn abort(&mut self, id: RequestId) {
        self.rules.remove(&id);
        self.service.abandon(self.unix(), ExchangeId(id.ordinal()));
    }

    fn wait(&mut self, until: Option<Stamp>) -> Option<Ending> {
        let until = until.map(Stamp::since_origin);
        loop {
            while let Some((ExchangeId(ordinal), response)) = self.service.poll_reply() {
                let is_it = |id: &&RequestId| id.ordinal() == ordinal;
                let asked = self.rules.keys().find(is_it).copied();
                if let Some((id, rule)) = asked.and_then(|id| self.rules.remove_entry(&id)) {
                    let (head, body) = response.into_parts();
                    // The commands used here bring no sink.
                    let reply = rule
                        .begin(head)
                        .read(&*body, |_| Err(TransportErrorKind::Sink.into()));
                    return Some((id, reply));
                }
            }
            // Nothing happens before the next deadline of either side.
            let service_due = self.service.poll_timeout();
            let service_due = service_due.map(|due| due.saturating_sub(BEGINNING));
            let due = service_due.into_iter().chain(until).min()?;
            self.elapsed = self.elapsed.max(due);
            self.service.handle_timeout(self.unix());
            if until == Some(due) {
                return None;
            }
        }
    }
}

fn main() -> ExitCode {
    let script = Script::demo();
    let expected = script.steps().len();
    let mut platform = Memory {
        service: Server::new(Setup {
            script,
            ..Setup::default()
        }),
        rules: BTreeMap::new(),
        elapsed: Duration::ZERO,
    };
    let mut config = Config::default();
    config.pace = Pace::FREE;
    // A real program takes the seed from the operating system, once.
    let client = Client::new(config, Seed::from([7; 32]));

    let mut heard = 0;
    let mut cause = None;
    drive(client, &mut platform, |client, now, event| {
        match &event.kind {
            EventKind::Qr(qr) => println!("scan {}", qr.content),
            EventKind::Online(me) => println!("online as {}", me.nick_name),
            EventKind::Message(message) => {
                let Some(text) = message.text() else { return };
                println!("{}: {}", message.chat_name, text.escape_debug());
                let (submission, _ticket) = Submission::new(message.reply(text));
                client.submit(now, submission);
                heard += 1;
                if heard == expected {
                    let mut how = Close::default();
                    (how.logout, how.drain) = (true, Duration::from_secs(10));
                    client.close(now, how);
                }
            }
            EventKind::Ended(ended) => {
                println!("ended: {ended}");
                cause = Some(ended.cause.clone());
            }
            _ => {}
        }
    });
    let answered = platform.service.received().count();
    println!("{heard} texts heard, {answered} answers arrived");
    let is_well = heard == expected && answered == expected && cause == Some(EndCause::LoggedOut);
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

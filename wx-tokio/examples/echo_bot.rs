//! Says every text back to its chat. `--help` tells the options; without any, it brings its own
//! service.

use std::{error::Error, future::Future, process::ExitCode, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    time::timeout,
};
use wx_sim::demo::{self, Bot, Start, TimedOut, Unsent, note_unsaved};
use wx_tokio::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{Client, Close, Event, EventId, Receipt, SendText, driver::tls::seed_or_panic},
};

fn main() -> ExitCode {
    demo::run(std::env::args().skip(1), EchoBot::start)
}

struct EchoBot {
    runtime: Runtime,
    session: Session,
    events: Events,
}

impl EchoBot {
    fn start(start: Start) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let transport = Transport::new()?;
        let begun = runtime.block_on(async {
            match (start.recording, start.session) {
                (None, None) => Ok(Session::spawn(start.config, &transport)),
                (None, Some(file)) => {
                    Session::keep(start.config, &transport, file, note_unsaved).await
                }
                (Some(recording), file) => {
                    let client = recording.client(start.config, seed_or_panic(), file);
                    client.map(|client| Session::drive(client, &transport))
                }
            }
        });
        let (session, mut events) = begun?;
        events.ack = Ack::Manual;
        Ok(Self {
            runtime,
            session,
            events,
        })
    }
}

/// Runs the session for as long as it takes to get an answer from it.
fn within<T>(runtime: &Runtime, time: Duration, what: impl Future<Output = T>) -> Option<T> {
    runtime.block_on(async { timeout(time, what).await.ok() })
}

impl Bot for EchoBot {
    fn next(&mut self, time: Duration) -> Result<Option<Event>, TimedOut> {
        within(&self.runtime, time, self.events.next()).ok_or(TimedOut)
    }

    fn send(&mut self, text: SendText, time: Duration) -> Result<Receipt, Unsent> {
        match within(&self.runtime, time, self.session.call(text)) {
            None => Err(Unsent::TimedOut),
            Some(Ok(receipt)) => Ok(receipt),
            Some(Err(CallError::Command(error))) => Err(Unsent::Failed(Box::new(error))),
            Some(Err(_)) => Err(Unsent::Stopped),
        }
    }

    fn inspect<T, F>(&mut self, look: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static,
    {
        self.session.inspect(look).ok()
    }

    fn acknowledge(&mut self, event: EventId) {
        self.session.acknowledge(event);
    }

    fn close(&mut self, how: Close) {
        let session = self.session.clone();
        self.runtime.spawn(async move { session.close(how).await });
    }

    fn closed(&mut self) {
        self.runtime.block_on(self.session.close(Close::default()));
    }
}

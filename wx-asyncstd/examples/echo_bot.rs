//! Says every text back to its chat. `--help` tells the options; without any, it brings its own
//! service.

use std::{error::Error, future::Future, process::ExitCode, time::Duration};

use async_std::{
    future::timeout,
    task::{block_on, spawn},
};
use wx_asyncstd::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{Client, Close, Event, EventId, Receipt, SendText, driver::tls::seed_or_panic},
};
use wx_sim::demo::{self, Bot, Start, TimedOut, Unsent, note_unsaved};

fn main() -> ExitCode {
    demo::run(std::env::args().skip(1), EchoBot::start)
}

struct EchoBot {
    session: Session,
    events: Events,
}

impl EchoBot {
    fn start(start: Start) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let transport = Transport::new()?;
        let (session, mut events) = match (start.recording, start.session) {
            (None, None) => Session::spawn(start.config, &transport),
            (Some(recording), file) => {
                let client = recording.client(start.config, seed_or_panic(), file)?;
                Session::drive(client, &transport)
            }
            (None, Some(file)) => {
                let keep = Session::keep(start.config, &transport, file, note_unsaved);
                block_on(keep)?
            }
        };
        events.ack = Ack::Manual;
        Ok(Self { session, events })
    }
}

fn within<T>(time: Duration, what: impl Future<Output = T>) -> Option<T> {
    block_on(timeout(time, what)).ok()
}

impl Bot for EchoBot {
    fn next(&mut self, time: Duration) -> Result<Option<Event>, TimedOut> {
        within(time, self.events.next()).ok_or(TimedOut)
    }

    fn send(&mut self, text: SendText, time: Duration) -> Result<Receipt, Unsent> {
        match within(time, self.session.call(text)) {
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
        spawn(async move { session.close(how).await });
    }

    fn closed(&mut self) {
        block_on(self.session.close(Close::default()));
    }
}

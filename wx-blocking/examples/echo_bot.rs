//! Says every text back to its chat. `--help` tells the options; without any, it brings its own
//! service.

use std::{error::Error, process::ExitCode, thread, time::Duration};

use wx_blocking::{
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
            (None, Some(file)) => Session::keep(start.config, &transport, file, note_unsaved)?,
            (Some(recording), file) => {
                let client = recording.client(start.config, seed_or_panic(), file)?;
                Session::drive(client, &transport)
            }
        };
        events.ack = Ack::Manual;
        Ok(Self { session, events })
    }
}

impl Bot for EchoBot {
    fn next(&mut self, time: Duration) -> Result<Option<Event>, TimedOut> {
        let next = self.events.next_within(time);
        next.map_err(|wx_blocking::TimedOut| TimedOut)
    }

    fn send(&mut self, text: SendText, time: Duration) -> Result<Receipt, Unsent> {
        match self.session.begin(text).wait_for(time) {
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
        thread::spawn(move || session.close(how));
    }

    fn closed(&mut self) {
        self.session.close(Close::default());
    }
}

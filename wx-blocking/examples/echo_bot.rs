//! Says every text back to its chat. `--help` tells the options; without any, it brings its own
//! service.

use std::{io, process::ExitCode, thread, time::Duration};

use wx_blocking::{
    CallError, Events, Session, Transport,
    wx_proto::{Client, Close, Config, Event, Receipt, SendText},
};
use wx_sim::demo::{self, Bot, TimedOut, Unsent};

fn main() -> ExitCode {
    demo::run(std::env::args().skip(1), EchoBot::start)
}

struct EchoBot {
    session: Session,
    events: Events,
}

impl EchoBot {
    fn start(config: Config) -> io::Result<Self> {
        let (session, events) = Session::spawn(config, &Transport::new()?);
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

    fn close(&mut self, how: Close) {
        let session = self.session.clone();
        thread::spawn(move || session.close(how));
    }
}

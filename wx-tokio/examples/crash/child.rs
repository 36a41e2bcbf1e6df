//! The client: tells what it hands to its application, and what it has saved.

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::Write as _,
    fs,
    io::{self, Read, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{runtime::Runtime, sync::mpsc::unbounded_channel, task::spawn_blocking, time::sleep};
use wx_tokio::{
    Ack, Session, SessionFile, Transport,
    wx_proto::{
        Close, Config, EventId, EventKind, Hosts, Message, Pace,
        driver::{Roots, Store, TransportConfig, Unsaved},
    },
};

use crate::Failure;

/// How this program is asked to be the client.
pub(crate) const FLAG: &str = "--client";

pub(crate) struct Client {
    url: String,
    file: PathBuf,
    /// What the application needs for a message.
    work: Duration,
    wrong: Option<Wrong>,
}

/// Ways to be wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Early,
    InPlace,
    Never,
}

pub(crate) fn asked_for(args: &[String]) -> Option<Client> {
    let [flag, url, file, work, wrong @ ..] = args else {
        return None;
    };
    (flag == FLAG).then(|| Client {
        url: url.clone(),
        file: file.into(),
        work: Duration::from_micros(work.parse().unwrap_or_default()),
        wrong: match wrong.first().map(String::as_str) {
            Some("early") => Some(Wrong::Early),
            Some("in-place") => Some(Wrong::InPlace),
            Some("never") => Some(Wrong::Never),
            _ => None,
        },
    })
}

/// One line, written at once: what is told before a kill has been told.
fn tell(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

impl Client {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        Runtime::new()?.block_on(self.live())?;
        Ok(true)
    }

    async fn live(self) -> Result<(), Failure> {
        let mut network = TransportConfig::default();
        network.roots = Roots::ExtraOnly;
        let transport = Transport::with_config(&network)?;
        let mut config = Config::default();
        config.hosts = Hosts::mapped(&self.url)?;
        config.pace = Pace::FREE;
        // Once there was a session, it is there for good.
        config.relogin.scan = !self.file.exists();
        let known = Known::default();
        let store = Reporting {
            file: SessionFile::new(&self.file),
            path: self.file,
            known: known.clone(),
            wrong: self.wrong,
            is_saved: false,
        };
        let failed = |unsaved: Unsaved| eprintln!("crash: {unsaved}: {}", unsaved.error);
        let (session, mut events) = Session::keep(config, &transport, store, failed).await?;
        events.ack = Ack::Manual;

        // Whoever started it wants it to end.
        let ends = session.clone();
        tokio::spawn(async move {
            let _ = spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await;
            ends.close(Close::default()).await;
        });

        let application = Application {
            session: session.clone(),
            known,
            work: self.work,
        };
        let (queue, mut queued) = unbounded_channel();
        let worker = {
            let application = application.clone();
            async move {
                while let Some((id, message)) = queued.recv().await {
                    application.deal_with(id, message).await;
                }
            }
        };
        let worker = (self.wrong == Some(Wrong::Early)).then(|| tokio::spawn(worker));
        while let Some(event) = events.next().await {
            match event.kind {
                EventKind::Message(message) if worker.is_some() => {
                    session.acknowledge(event.id);
                    let _ = queue.send((event.id, message));
                    continue;
                }
                EventKind::Message(message) => {
                    application.deal_with(event.id, message).await;
                    continue;
                }
                EventKind::Ended(ended) => tell(&format!("ended {ended}")),
                _ => {}
            }
            session.acknowledge(event.id);
        }
        Ok(())
    }
}

#[derive(Clone)]
struct Application {
    session: Session,
    known: Known,
    work: Duration,
}

impl Application {
    async fn deal_with(&self, event: EventId, message: Message) {
        let number = message.text().and_then(|text| text.parse().ok());
        let (Some(number), Some(id)) = (number, &message.id) else {
            return self.session.acknowledge(event);
        };
        self.known.note(id.as_str(), number);
        tell(&format!("got {number}"));
        sleep(self.work).await;
        self.session.acknowledge(event);
        tell(&format!("done {number}"));
    }
}

/// The messages of this life that no save has covered yet, by their ids.
#[derive(Clone, Default)]
struct Known(Arc<Mutex<BTreeMap<String, u32>>>);

impl Known {
    fn note(&self, id: &str, number: u32) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(id.to_owned(), number);
    }

    /// Those that this session says were dealt with.
    fn covered_by(&self, session: &[u8]) -> Vec<(String, u32)> {
        let text = String::from_utf8_lossy(session);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_in = |id: &str| text.contains(&format!("\"id\":\"{id}\""));
        let covered = known.iter().filter(|(id, _)| is_in(id));
        covered.map(|(id, number)| (id.clone(), *number)).collect()
    }

    fn forget(&self, covered: &[(String, u32)]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, _) in covered {
            known.remove(id);
        }
    }
}

/// A session file that tells of each save.
struct Reporting {
    file: SessionFile,
    path: PathBuf,
    known: Known,
    wrong: Option<Wrong>,
    is_saved: bool,
}

impl Store for Reporting {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        let stored = self.file.load()?;
        self.is_saved = stored.is_some();
        Ok(stored)
    }

    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let covered = self.known.covered_by(session);
        tell("saving");
        match self.wrong {
            Some(Wrong::InPlace) => {
                // As on a disk that is slow.
                let mut file = fs::File::create(&self.path)?;
                for part in session.chunks(session.len() / 2 + 1) {
                    std::thread::sleep(Duration::from_millis(2));
                    file.write_all(part)?;
                }
            }
            Some(Wrong::Never) if self.is_saved => {}
            _ => self.file.save(session)?,
        }
        self.is_saved = true;
        let mut line = String::from("saved");
        for (_, number) in &covered {
            write!(line, " {number}")?;
        }
        tell(&line);
        self.known.forget(&covered);
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        self.file.clear()
    }
}

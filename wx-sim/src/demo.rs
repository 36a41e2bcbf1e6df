//! What the echo bots of all adapters do, told once.
//!
//! An adapter's example implements [`Bot`] over its client and hands it to [`run`], which reads the
//! options, starts a simulated service if no other server is named, shows the QR code, says every
//! text back to its chat, logs out, and sums up. With a session file it comes back without a scan
//! instead, and answers what came meanwhile.

mod args;
mod echo;
mod escape;
mod json;
mod notes;
mod qr;
mod recording;
mod report;
mod terminal;

use std::{
    error::Error,
    fmt::{self, Write as _},
    fs,
    io::{self, IsTerminal as _, Write},
    process::ExitCode,
    time::Duration,
};

use wx_proto::{
    Client, Close, CommandError, Config, Event, EventId, Pace, Receipt, SendText,
    driver::{SessionFile, Unsaved},
};

use self::{
    args::{Args, Target},
    echo::{Echo, Verdict},
    escape::Escaped,
    json::Json,
    report::Report,
    terminal::Terminal,
};
pub use self::{json::describe, recording::Recording};
use crate::{
    listen::Listener,
    server::{Act, Script, Server, Setup},
};

/// The scripted friends are through after three seconds; a minute is enough for any machine.
const SIMULATED: Duration = Duration::from_secs(60);

/// A client of any adapter, as seen by a program that blocks.
pub trait Bot {
    /// The next event. `None`: there are no more. What was asked for before is not
    /// [dealt with](Self::acknowledge) by that.
    ///
    /// # Errors
    ///
    /// [`TimedOut`] if there was none within that time.
    fn next(&mut self, within: Duration) -> Result<Option<Event>, TimedOut>;

    /// An event is dealt with.
    fn acknowledge(&mut self, event: EventId);

    /// Sends a text and waits for what comes of it.
    ///
    /// # Errors
    ///
    /// Why it was not sent, as far as is known.
    fn send(&mut self, text: SendText, within: Duration) -> Result<Receipt, Unsent>;

    /// A look at the session; `None` if there is none any more.
    fn inspect<T, F>(&mut self, look: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce(&Client) -> T + Send + 'static;

    /// Begins to end the session, and does not wait for the end: that is an event, which is asked
    /// for like any other.
    fn close(&mut self, how: Close);

    /// Waits until the end of the session is saved, if it is kept. It has begun to end before.
    fn closed(&mut self);
}

/// What the client of a bot is made of.
#[derive(Debug)]
#[non_exhaustive]
pub struct Start {
    /// Where the service is, and what else there is to set.
    pub config: Config,
    /// Where the session is to be kept, if it is. Failures are for [`note_unsaved`].
    pub session: Option<SessionFile>,
    /// Where the session is to be written down, if it is.
    pub recording: Option<Recording>,
}

/// Says on the standard error what became of a session that could not be saved.
pub fn note_unsaved(unsaved: Unsaved) {
    // Nobody may be there any more to read it.
    let _ = writeln!(io::stderr(), "{}", Escaped(&whole(&unsaved)));
}

/// An error and what it comes from.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

/// There was no event within the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl Error for TimedOut {}

/// Why a text was not sent.
#[derive(Debug)]
pub enum Unsent {
    /// Nothing came of it within the time. It may have been sent all the same.
    TimedOut,
    /// The session is over.
    Stopped,
    /// It was refused, or did not get through.
    Failed(Box<CommandError>),
}

impl Unsent {
    /// The session was over first, or the time was.
    fn is_for_another_time(&self) -> bool {
        match self {
            Self::TimedOut | Self::Stopped => true,
            Self::Failed(error) => matches!(**error, CommandError::Closed { .. }),
        }
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::Stopped => f.write_str("the session is over"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Error for Unsent {}

/// Runs an echo bot as the options (without the program's name) tell; `start` makes its client.
///
/// The exit code is 0 if the goal was reached, 1 for wrong usage or a server that is not there, 2
/// if the session ended before the goal, 3 if the login was refused.
pub fn run<B, E>(
    args: impl IntoIterator<Item = String>,
    start: impl FnOnce(Start) -> Result<B, E>,
) -> ExitCode
where
    B: Bot,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let stdout = io::stdout();
    let colours = stdout.is_terminal();
    let (mut out, mut log) = (stdout.lock(), io::stderr());
    ExitCode::from(run_on(args, start, &mut out, colours, &mut log))
}

fn run_on<B, E>(
    args: impl IntoIterator<Item = String>,
    start: impl FnOnce(Start) -> Result<B, E>,
    mut out: &mut dyn Write,
    colours: bool,
    log: &mut dyn Write,
) -> u8
where
    B: Bot,
    E: Into<Box<dyn Error + Send + Sync>>,
{
    // All writing goes to whoever may have gone; the bot does not depend on it.
    let args = match args::parse(args.into_iter()) {
        Ok(Some(args)) => args,
        Ok(None) => {
            let _ = out.write_all(args::HELP.as_bytes());
            return 0;
        }
        Err(sentence) => {
            let _ = writeln!(log, "{}; see --help", Escaped(&sentence));
            return 1;
        }
    };
    let service = match args.target {
        Target::Simulated => match simulate() {
            Ok(service) => Some(service),
            Err(error) => {
                let _ = writeln!(log, "the simulated service cannot listen: {error}");
                return 1;
            }
        },
        Target::Server { .. } => None,
        Target::Live => {
            let _ = writeln!(log, "{}", notes::RISK);
            None
        }
    };
    let config = match config(&args, service.as_ref()) {
        Ok(config) => config,
        Err(error) => {
            let _ = writeln!(log, "{error}");
            return 1;
        }
    };
    let create = |path| Recording::create(path, args.session.as_deref());
    let recording = match args.record.as_deref().map(create).transpose() {
        Ok(recording) => recording,
        Err(error) => {
            let _ = writeln!(log, "the recording cannot be written: {error}");
            return 1;
        }
    };
    let session = args.session.clone();
    let bot = match start(Start {
        config,
        session: session.map(SessionFile::new),
        recording,
    }) {
        Ok(bot) => bot,
        Err(error) => {
            let why = whole(&*error.into());
            let _ = writeln!(log, "the client cannot start: {}", Escaped(&why));
            // Made just now, with nothing in it; the next try makes it anew.
            if let Some(path) = &args.record {
                let _ = fs::remove_file(path);
            }
            return 1;
        }
    };
    if let Some(service) = &service {
        let _ = writeln!(
            log,
            "a simulated service is at {}; its phone scans by itself",
            service.url()
        );
    }
    let (goal, limit) = match &service {
        Some(service) => {
            // Named chats are not spoken in as often, or not at all.
            let all = args
                .chats
                .is_empty()
                .then(|| service.with(|server| texts(server)));
            (args.messages.or(all), args.limit.or(Some(SIMULATED)))
        }
        None => (args.messages, args.limit),
    };
    let mut report: Box<dyn Report> = if args.json {
        Box::new(Json(&mut out))
    } else {
        Box::new(Terminal {
            out: &mut out,
            colours,
        })
    };
    let (verdict, mut summary) = Echo::new(bot, &args, &mut *report, log, goal, limit).run();
    if let Some(service) = &service {
        service.with(|server| {
            summary.malformed = Some(malformed(server));
            for fault in server.faults().take(10) {
                let _ = writeln!(log, "the simulated service complains: {fault}");
            }
        });
    }
    report.summary(&summary);
    match verdict {
        Verdict::Reached => 0,
        Verdict::Unreachable => 1,
        Verdict::Ended => 2,
        Verdict::Refused => 3,
    }
}

fn simulate() -> io::Result<Listener> {
    let setup = Setup {
        script: Script::demo(),
        ..Setup::default()
    };
    Listener::bind("127.0.0.1:0", setup)
}

fn config(args: &Args, service: Option<&Listener>) -> Result<Config, wx_proto::InvalidBase> {
    let mut config = Config::default();
    config.hosts = match (&args.target, service) {
        (Target::Server { hosts, .. }, _) => hosts.clone(),
        (_, Some(service)) => wx_proto::Hosts::mapped(&service.url())?,
        (_, None) => wx_proto::Hosts::Real,
    };
    let is_simulated = match &args.target {
        Target::Simulated => true,
        // Plain http leads nowhere but to this machine. What else there is may lead to the real
        // service, which blocks those who speak fast.
        Target::Server { url, .. } => url.starts_with("http://"),
        Target::Live => false,
    };
    if is_simulated {
        config.pace = Pace::FREE;
    }
    Ok(config)
}

/// How many texts the scripted friends say.
fn texts(server: &Server) -> u64 {
    let steps = server.setup().script.steps().iter();
    let texts = steps.filter(|(_, act)| matches!(act, Act::Text { .. } | Act::RoomText { .. }));
    texts.count() as u64
}

fn malformed(server: &Server) -> u64 {
    server
        .tallies()
        .values()
        .map(|tally| tally.refused + tally.remarked)
        .sum()
}

#[cfg(test)]
mod tests;

//! Sends an image, a sticker, a video and a 30 MB file from disk through a simulated service, has a
//! friend send each of them back, fetches it, and compares the digests. The service is a process of
//! its own and keeps what it gets on disk, so that the peak of memory printed at the end is that of
//! the client alone.
//!
//! Usage: `cargo run --release -p wx-tokio --example media`

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

mod files;
mod service;

use std::{
    error::Error,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use tokio::time::timeout;
use wx_tokio::{
    Events, Session, Transport,
    wx_proto::{
        Attachment, Body, ChatId, Close, Command, Config, EventKind, FetchFile, FetchImage,
        FetchSticker, FetchVideo, Hosts, Message, Pace, Progress, Receipt, SendEmoticon, SendFile,
        SendImage, SendVideo,
    },
};

use files::{Made, Place};
use service::Service;

type Failure = Box<dyn Error>;

/// Nothing takes longer on one machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name that the account gave the friend who sends everything back.
const FRIEND: &str = "安娜";

/// What a client that moves 30 MB may need of memory, in a release build: KiB.
const MEMORY: u64 = 40 << 10;

fn main() -> ExitCode {
    if let Some(store) = service::asked_for() {
        return service::run(&store);
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("media: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn run() -> Result<(), Failure> {
    let place = Place::new()?;
    let service = Service::start(&place.path().join("store"))?;
    let mut config = Config::default();
    config.hosts = Hosts::mapped(service.url())?;
    config.pace = Pace::FREE;
    let (session, mut events) = Session::spawn(config, &Transport::new()?);
    let friend = log_in(&session, &mut events).await?;
    let mut desk = Desk {
        session,
        events,
        friend,
        service,
        folder: place.path().to_owned(),
    };
    desk.image().await?;
    desk.sticker().await?;
    desk.video().await?;
    desk.file().await?;
    desk.session
        .close(Close {
            logout: true,
            ..Close::default()
        })
        .await;
    tell_memory()
}

/// Waits for the session to open, and finds the friend.
async fn log_in(session: &Session, events: &mut Events) -> Result<ChatId, Failure> {
    while let Some(event) = timeout(PATIENCE, events.next()).await? {
        match event.kind {
            EventKind::Qr(_) => println!("the simulated phone scans and confirms"),
            EventKind::Online(_) => {
                let friend = session.inspect(|client| {
                    let mut named = client.roster().named(FRIEND);
                    named.next().map(|contact| contact.id.clone())
                })?;
                return friend.ok_or_else(|| format!("nobody is called {FRIEND}").into());
            }
            EventKind::Ended(ended) => return Err(ended.to_string().into()),
            _ => {}
        }
    }
    Err("the session ended".into())
}

/// What sends and fetches.
struct Desk {
    session: Session,
    events: Events,
    friend: ChatId,
    service: Service,
    folder: PathBuf,
}

impl Desk {
    async fn image(&mut self) -> Result<(), Failure> {
        let made = files::picture();
        let what = Attachment::bytes("picture.png", made.bytes.clone());
        let send = SendImage::new(self.friend.clone(), what);
        self.send("image", &made, send).await?;
        let message = self.ask_back("image", &made, "").await?;
        let back = self.fetch(FetchImage::of(&message)).await?;
        compare("image", &made, &back)
    }

    async fn sticker(&mut self) -> Result<(), Failure> {
        let made = files::sticker();
        let what = Attachment::bytes("sticker.gif", made.bytes.clone());
        let send = SendEmoticon::new(self.friend.clone(), what);
        self.send("sticker", &made, send).await?;
        let message = self.ask_back("gif", &made, "").await?;
        let back = self.fetch(FetchSticker::of(&message)).await?;
        compare("sticker", &made, &back)
    }

    async fn video(&mut self) -> Result<(), Failure> {
        let made = files::video();
        let what = Attachment::bytes("video.mp4", made.bytes.clone());
        let send = SendVideo::new(self.friend.clone(), what);
        self.send("video", &made, send).await?;
        let message = self.ask_back("video", &made, "").await?;
        let back = self.fetch(FetchVideo::of(&message)).await?;
        compare("video", &made, &back)
    }

    /// The file is never in memory as a whole, neither on its way out nor on its way in.
    async fn file(&mut self) -> Result<(), Failure> {
        let path = self.folder.join("large.bin");
        let made = files::large(&path)?;
        let what = Attachment::source("large 文件.bin", made.len);
        let send = SendFile::new(self.friend.clone(), what).on_progress(bar("sent"));
        let mut source = tokio::fs::File::open(&path).await?;
        let sent = self.session.call_reading(send, &mut source);
        let receipt = timeout(PATIENCE, sent).await??;
        said("file", &made, &receipt);

        let message = self.ask_back("file", &made, "large.bin").await?;
        // The name is the sender's choice; this is what of it may become a path.
        let Body::File(about) = &message.body else {
            return Err("no file".into());
        };
        let copy = self.folder.join(about.safe_name());
        let copy = if copy == path {
            self.folder.join("copy.bin")
        } else {
            copy
        };
        let mut sink = tokio::fs::File::create(&copy).await?;
        let fetch = FetchFile::of(&message).on_progress(bar("fetched"));
        let fetched = self.session.call_writing(fetch, &mut sink);
        timeout(PATIENCE, fetched).await??;
        compare("file", &made, &files::digest(&copy)?)
    }

    async fn send<C: Command<Reply = Receipt>>(
        &self,
        kind: &str,
        made: &Made,
        command: C,
    ) -> Result<(), Failure> {
        let receipt = timeout(PATIENCE, self.session.call(command)).await??;
        said(kind, made, &receipt);
        Ok(())
    }

    /// Has the friend send what the service has by now, and waits for the message.
    async fn ask_back(&mut self, kind: &str, made: &Made, name: &str) -> Result<Message, Failure> {
        self.service.ask_back(FRIEND, kind, &made.md5, name)?;
        while let Some(event) = timeout(PATIENCE, self.events.next()).await? {
            match event.kind {
                EventKind::Message(message)
                    if message.chat == self.friend && message.text().is_none() =>
                {
                    return Ok(message);
                }
                EventKind::Ended(ended) => return Err(ended.to_string().into()),
                _ => {}
            }
        }
        Err("the session ended".into())
    }

    async fn fetch<C>(&self, command: C) -> Result<String, Failure>
    where
        C: Command<Reply = wx_tokio::wx_proto::Fetched>,
    {
        let mut sink = Vec::new();
        let fetched = self.session.call_writing(command, &mut sink);
        timeout(PATIENCE, fetched).await??;
        Ok(files::digest_of(&sink))
    }
}

fn said(kind: &str, made: &Made, receipt: &Receipt) {
    let id = receipt.msg_id.as_ref().map_or("none", |id| id.as_str());
    println!("{kind}: sent {} bytes, message {id}", made.len);
}

fn compare(kind: &str, made: &Made, back: &str) -> Result<(), Failure> {
    if made.md5 == back {
        println!("{kind}: fetched, {back} both ways");
        Ok(())
    } else {
        Err(format!("{kind}: sent {}, fetched {back}", made.md5).into())
    }
}

/// A bar that is drawn anew with each step of a fiftieth; where nobody looks, its end alone.
fn bar(what: &'static str) -> impl FnMut(Progress) + Send + 'static {
    const WIDTH: u64 = 50;
    let is_watched = io::stdout().is_terminal();
    let start = if is_watched { "\r" } else { "" };
    let mut drawn = None;
    move |progress| {
        let Some(total) = progress.total.filter(|total| *total > 0) else {
            return;
        };
        let full = (progress.done * WIDTH / total).min(WIDTH);
        if drawn == Some(full) || !(is_watched || full == WIDTH) {
            return;
        }
        drawn = Some(full);
        let bar = "#".repeat(usize::try_from(full).unwrap_or_default());
        let end = if full == WIDTH { "\n" } else { "" };
        print!(
            "{start}[{bar:<50}] {what} {:>4.1} of {:.1} MB{end}",
            megabytes(progress.done),
            megabytes(total)
        );
        // A terminal that is gone misses nothing.
        let _ = io::stdout().flush();
    }
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The most memory this process ever had, where the system tells.
fn tell_memory() -> Result<(), Failure> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| {
        let digits = line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?;
        digits.trim().parse::<u64>().ok()
    });
    let Some(peak) = peak else {
        println!("peak memory: this system does not tell");
        return Ok(());
    };
    let build = if cfg!(debug_assertions) {
        "debug build"
    } else {
        "release build"
    };
    println!("peak memory: {:.1} MB ({build})", peak as f64 / 1024.0);
    match peak < MEMORY || cfg!(debug_assertions) {
        true => Ok(()),
        false => Err("more memory than 40 MB".into()),
    }
}

#![doc = include_str!("../README.md")]
//!
//! # How to
//!
//! ```no_run
//! use wx_tokio::{Session, SessionFile, Transport, wx_proto::*};
//!
//! async fn how_to() -> Result<(), Box<dyn std::error::Error>> {
//!     // Go on where the last run stopped, in this file, where it is saved whenever it has changed. As
//!     // secret as a password, and for its owner's eyes alone. `spawn` is for sessions of one run.
//!     let transport = Transport::new()?;
//!     let file = SessionFile::new("session");
//!     let told = |unsaved: driver::Unsaved| eprintln!("{unsaved}: {}", unsaved.error);
//!     let (session, mut events) =
//!         Session::keep(Config::default(), &transport, file, told).await?;
//!     // A second account is a second session over the same transport.
//!     // A bot that is tested brings its own client, with a seed that is always the same:
//!     // Session::drive(Client::new(Config::default(), Seed::from([7; 32])), &transport)
//!
//!     while let Some(event) = events.next().await {
//!         match event.kind {
//!             // Write to oneself, and to somebody by name. Several people may show the same one.
//!             // What fails here ends nothing: events outlive the session, calls do not.
//!             EventKind::Roster(RosterChange::Full { .. }) => {
//!                 let found = session.inspect(|client| {
//!                     let annas = client.roster().named("Anna").map(|anna| anna.id.clone());
//!                     (client.chat("filehelper"), annas.collect::<Vec<_>>())
//!                 });
//!                 let Ok((Some(helper), annas)) = found else { continue };
//!                 if let [anna] = annas.as_slice() {
//!                     println!("{:?}", session.call(SendText::new(anna.clone(), "hello")).await);
//!                     println!("{:?}", session.call(SendText::new(helper, "told Anna")).await);
//!                 }
//!             }
//!             // Log out; without `logout` the session in the file stays good.
//!             EventKind::Message(message) if message.text() == Some("bye") => {
//!                 session.close(Close { logout: true, ..Close::default() }).await;
//!             }
//!             // Who said it, and where.
//!             EventKind::Message(message) => {
//!                 let who = message.sender.as_ref().map_or("", |sender| sender.name.as_str());
//!                 println!("{} in {}: {:?}", who, message.chat_name, message.body);
//!             }
//!             // Over. The file has what needs no scan, as long as the service still knows it.
//!             EventKind::Ended(ended) => println!("{ended}"),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Is it alive?
//!
//! ```no_run
//! use std::time::Duration;
//! use wx_tokio::Session;
//!
//! async fn supervise(session: &Session) {
//!     // Being connected is not enough: was the service understood within two minutes?
//!     let well = session.inspect(|client| client.health(Duration::from_secs(120)).is_well());
//!     println!("{well:?}");
//!     // Not an event: those have one reader, and wait for it.
//!     let mut watch = session.watch();
//!     while let Some(phase) = watch.next().await {
//!         println!("{phase:?}");
//!     }
//! }
//! ```
//!
//! # For a bug report
//!
//! With the feature `record`, a session writes itself down, [in other words than its own](wx_proto::record):
//!
//! ```no_run
//! # fn recorded(transport: &wx_tokio::Transport) -> Result<(), Box<dyn std::error::Error>> {
//! use std::{fs::OpenOptions, io::Write as _};
//! use wx_tokio::{Session, SessionFile, wx_proto::{Config, driver::{self, Kept}}};
//!
//! // Nobody else should read it before you have.
//! let mut options = OpenOptions::new();
//! options.write(true).create_new(true);
//! #[cfg(unix)]
//! std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
//! let mut file = Some(options.open("recording")?);
//! // Called with each line, and its end, while nothing else happens to the session. After a line that
//! // there was no room for comes none: it would follow half a line.
//! let write = move |line: &str| {
//!     file.take_if(|file| file.write_all(line.as_bytes()).is_err());
//! };
//! let told = |unsaved: driver::Unsaved| eprintln!("{unsaved}: {}", unsaved.error);
//! // Reads the file of the session, so that it blocks for a moment.
//! let kept = Kept::recorded(
//!     Config::default(),
//!     driver::tls::seed()?,
//!     SessionFile::new("session"),
//!     told,
//!     write,
//! )?;
//! let (session, events) = Session::drive(kept, transport);
//! # Ok(())
//! # }
//! ```
//!
//! # Which way, and whom to trust
//!
//! ```no_run
//! use wx_tokio::{Transport, wx_proto::driver::{Proxy, Roots, TransportConfig}};
//!
//! # fn transport() -> std::io::Result<Transport> {
//! let mut network = TransportConfig::default();
//! // What HTTPS_PROXY and its kin say; or Proxy::Url, for one of one's own.
//! network.proxy = Proxy::System;
//! // A company that looks into TLS has a certificate for that.
//! network.roots = Roots::Bundled;
//! network.extra_roots = std::fs::read("company.pem")?;
//! Transport::with_config(&network)
//! # }
//! ```
//!
//! Every other way, a SOCKS proxy or a duplex in memory, is a
//! [connector](Transport::with_connector) of one's own.
//!
//! # Sources and sinks
//!
//! ```no_run
//! use std::error::Error;
//!
//! use tokio::fs::File;
//! use wx_tokio::{Session, wx_proto::*};
//!
//! /// Fetches the file of a message, and sends it on, without ever having it in memory.
//! async fn pass_on(session: &Session, message: &Message, to: ChatId) -> Result<(), Box<dyn Error>> {
//!     // The name is the sender's choice; this is what of it may become a path.
//!     let Body::File(about) = &message.body else { return Ok(()) };
//!     let name = about.safe_name();
//!     let mut sink = File::create_new(&name).await?;
//!     let tell = |it: Progress| println!("{} of {:?} bytes", it.done, it.total);
//!     let fetch = FetchFile::of(message).on_progress(tell);
//!     let fetched = session.call_writing(fetch, &mut sink).await?;
//!
//!     // The length is said first, and the source is read twice.
//!     let mut source = File::open(&name).await?;
//!     let file = SendFile::new(to, Attachment::source(name, fetched.len));
//!     session.call_reading(file, &mut source).await?;
//!
//!     // Nobody waits for this one, nor learns whether it worked.
//!     session.post(MarkRead::new(message.chat.clone()));
//!     Ok(())
//! }
//! ```
//!
//! A command that sends a file or fetches one is called with what it reads or writes, which it
//! borrows and never takes: [`Session::call_reading`] and [`Session::call_writing`]. Reading and
//! writing are done by the future of the call, so a slow disk holds up nothing but its own call, and
//! what is fetched is taken from the wire no faster than it is written. A call that succeeds has
//! flushed its sink; one that fails, or is dropped, may leave a part behind: fetch into a new file,
//! and rename it when the call is through.
//!
//! How far it is, such a command tells by [`on_progress`](wx_proto::Command::on_progress), as do those
//! with their bytes at hand. What nobody waits for is [posted](Session::post).
//!
//! # Nothing lost, and nothing twice
//!
//! An event is dealt with when the application asks for the next one, or says so itself
//! ([`Ack::Manual`]). What is [kept](Session::keep) covers what was dealt with and nothing else: after
//! a crash, all else comes again, in order. It is saved at most a second after it changed, so what was
//! dealt with within that second may come twice; with [`SendText::key`](wx_proto::SendText::key) an
//! answer to it is still said once. A program that ends early, by an error or a panic, drops its
//! [`Events`], and what it was at comes again, too.
//!
//! A [`SessionFile`] survives a crash at any point. Databases and encryption are a
//! [`Store`](wx_proto::driver::Store) of one's own: it may block, for it is called on a thread
//! for that.
//!
//! # How it works
//!
//! Each session is one task that drives its [`Client`](wx_proto::Client), and a small one more for
//! each request on the wire. [`Session`] is a handle: clone it into as many tasks as there are.
//! [`Events`] is the one stream of what happens. Who waits for what is sorted out by the
//! [half of a driver](wx_proto::driver) that all adapters have in common.
//!
//! - **A slow application slows nothing down.** An event leaves the core when it is asked for and
//!   not before; meanwhile polls and sends go on, and beyond
//!   [`Limits::backlog`](wx_proto::Limits::backlog) messages wait at the service.
//! - **Dropping is safe.** A call whose future is dropped is cancelled, a dropped
//!   [`Events::next`] loses no event, and when the last handle and the stream are gone the session
//!   ends without a logout, so that a [`Snapshot`](wx_proto::Snapshot) taken before can resume it.
//! - **Nothing hangs.** Calls on a session that is over fail; they never wait for ever. A request
//!   that is given up takes its connection along, even if the other side has stopped to read.
//! - **Time is tokio's.** Under a paused clock, over an in-memory
//!   [connector](Transport::with_connector), a day of a session takes seconds.
//!
//! Many accounts share one `Transport`, and with it connections and TLS tickets.

mod driver;
mod session;
mod transport;

pub use wx_proto;
pub use wx_proto::driver::{Ack, CallError, Events, SessionFile, Watch};

pub use crate::session::Session;
pub use crate::transport::Transport;

/// The examples of the first page compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So does that of the short one in Chinese.
#[cfg(doctest)]
#[doc = include_str!("../../docs/README.zh.md")]
struct Chinese;

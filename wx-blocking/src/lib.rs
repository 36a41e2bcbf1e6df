#![doc = include_str!("../README.md")]
//!
//! # How to
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use wx_blocking::{Session, SessionFile, TimedOut, Transport, wx_proto::*};
//!
//! fn how_to() -> Result<(), Box<dyn std::error::Error>> {
//!     // Go on where the last run stopped, in this file, where it is saved whenever it has changed. As
//!     // secret as a password, and for its owner's eyes alone. `spawn` is for sessions of one run.
//!     let transport = Transport::new()?;
//!     let file = SessionFile::new("session");
//!     let told = |unsaved: driver::Unsaved| eprintln!("{unsaved}: {}", unsaved.error);
//!     let (session, mut events) = Session::keep(Config::default(), &transport, file, told)?;
//!     // A second account is a second session over the same transport.
//!     // A bot that is tested brings its own client, with a seed that is always the same:
//!     // Session::drive(Client::new(Config::default(), Seed::from([7; 32])), &transport)
//!
//!     // Or `for event in events`, for a bot that has nothing else to do.
//!     loop {
//!         let event = match events.next_within(Duration::from_secs(60)) {
//!             Ok(Some(event)) => event,
//!             Ok(None) => return Ok(()),
//!             Err(TimedOut) => {
//!                 println!("a quiet minute");
//!                 continue;
//!             }
//!         };
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
//!                     println!("{:?}", session.call(SendText::new(anna.clone(), "hello")));
//!                     // Not waiting: the result can be asked for, now or later.
//!                     let mut call = session.begin(SendText::new(helper, "told Anna"));
//!                     println!("{:?}", call.wait_for(Duration::from_secs(5)));
//!                 }
//!             }
//!             // Log out; without `logout` the session in the file stays good.
//!             EventKind::Message(message) if message.text() == Some("bye") => {
//!                 session.close(Close { logout: true, ..Close::default() });
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
//! }
//! ```
//!
//! # Is it alive?
//!
//! ```no_run
//! use std::time::Duration;
//! use wx_blocking::Session;
//!
//! fn supervise(session: &Session) {
//!     // Being connected is not enough: was the service understood within two minutes?
//!     let well = session.inspect(|client| client.health(Duration::from_secs(120)).is_well());
//!     println!("{well:?}");
//!     // Not an event: those have one reader, and wait for it.
//!     for phase in session.watch() {
//!         println!("{phase:?}");
//!     }
//! }
//! ```
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
//! [`Store`](wx_proto::driver::Store) of one's own: it may block, for it is called in a thread
//! of its own.
//!
//! A program that returns from `main` does not wait for its threads: [close](Session::close) the
//! session first, so that its end is saved.
//!
//! # How it works
//!
//! Each session is one thread that tells its [`Client`](wx_proto::Client) the time and starts its
//! requests, and one more for each request on the wire: the long poll, and as many as
//! [`Limits::in_flight`](wx_proto::Limits::in_flight) allows. [`Session`] is a handle: clone it into
//! as many threads as there are. Each of them turns to the client itself, so no call waits for the
//! thread of the session. [`Events`] is the one stream of what happens.
//!
//! - **A slow application slows nothing down.** An event leaves the core when it is asked for and
//!   not before; meanwhile polls and sends go on, and beyond
//!   [`Limits::backlog`](wx_proto::Limits::backlog) messages wait at the service.
//! - **Sources and sinks stay with the caller.** They are read and written in the thread that
//!   [calls](Session::call_reading), need not be `Send`, and hold nobody else up. How far it is, a
//!   command tells by [`on_progress`](wx_proto::Command::on_progress), in that thread too.
//! - **Dropping is safe.** A dropped [`Call`] is cancelled, what was [posted](Session::post) is not,
//!   an event that did not come [in time](Events::next_within) comes the next time, and when the last
//!   handle and the stream are gone the session ends without a logout, so that a
//!   [`Snapshot`](wx_proto::Snapshot) taken before can resume it.
//! - **Nothing hangs.** Calls on a session that is over fail; they never wait for ever. What takes
//!   too long is hung up on, in the middle of a read or of a TLS handshake. Only the look-up of a
//!   host name and a connection attempt cannot be interrupted: their threads end on their own, and
//!   nobody waits for them.
//!
//! Many accounts share one `Transport`, and with it connections and TLS tickets.

mod driver;
mod session;
mod transport;
mod wait;

pub use ureq;
pub use wx_proto;
pub use wx_proto::driver::{Ack, CallError, SessionFile, TimedOut};

pub use crate::session::{Call, Events, Session};
pub use crate::transport::Transport;

//! Web WeChat on async-std and hyper: a driver for [`wx_proto`].
//!
//! [`wx_proto::Client`] knows the protocol and decides everything: what is asked and when, what is
//! asked again, what a reply means. This crate lends it sockets, a clock and tasks, and brings
//! commands and events to and fro.
//!
//! async-std itself is no longer developed (RUSTSEC-2025-0052). For something new, take `wx-tokio`.
//!
//! # A tour
//!
//! ```no_run
//! use async_std::task;
//! use wx_asyncstd::{Session, SessionFile, Transport, wx_proto::*};
//!
//! # #[cfg(feature = "webpki-roots")]
//! async fn tour() -> Result<(), Box<dyn std::error::Error>> {
//!     // Connections and TLS tickets. A second account is a second session over the same one.
//!     let transport = Transport::new()?;
//!     // What the last run has left there goes on without a scan, and is saved whenever it has
//!     // changed. As secret as a password. `spawn` is for sessions of one run.
//!     let file = SessionFile::new("session");
//!     let told = |unsaved: driver::Unsaved| eprintln!("{unsaved}: {}", unsaved.error);
//!     let (session, mut events) =
//!         Session::keep(Config::default(), &transport, file, told).await?;
//!     while let Some(event) = events.next().await {
//!         match event.kind {
//!             EventKind::Qr(qr) => println!("scan this as a QR code: {}", qr.content),
//!             // Write to somebody by name, if only one person has it. What fails here ends nothing:
//!             // events outlive the session, calls do not.
//!             EventKind::Roster(RosterChange::Full { .. }) => {
//!                 let annas = session.inspect(|client| {
//!                     let annas = client.roster().named("Anna").map(|anna| anna.id.clone());
//!                     annas.collect::<Vec<_>>()
//!                 });
//!                 if let Ok([anna]) = annas.as_deref() {
//!                     println!("{:?}", session.call(SendText::new(anna.clone(), "hello")).await);
//!                 }
//!             }
//!             // Answer without waiting: texts leave at a pace, and "too often" stops them all.
//!             EventKind::Message(message) if message.text() == Some("ping") => {
//!                 let (session, pong) = (session.clone(), message.reply("pong"));
//!                 task::spawn(async move { println!("{:?}", session.call(pong).await) });
//!             }
//!             // Log out; without `logout`, the session in the file stays good.
//!             EventKind::Message(message) if message.text() == Some("bye") => {
//!                 session.close(Close { logout: true, ..Close::default() }).await;
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
//! use wx_asyncstd::Session;
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
//! The tasks of async-std end with `main`: [close](Session::close) the session first, so that its end
//! is saved.
//!
//! # How it works
//!
//! A session is one task of async-std's global executor that does what its
//! [`Client`](wx_proto::Client) asks for, and one more for each request on the wire. The futures of
//! [`Session`] and [`Events`] need nothing of the runtime: any executor can run them.
//!
//! - **Who is slow waits alone.** Events stay in the core until they are asked for, while polls and
//!   sends go on. Beyond [`Limits::backlog`](wx_proto::Limits::backlog), messages wait at the
//!   service.
//! - **Futures may be dropped.** A dropped call is cancelled, what was [posted](Session::post) is
//!   not, a dropped [`Events::next`] loses nothing. When the last handle and the stream are dropped,
//!   the session ends without a logout, and a [`Snapshot`](wx_proto::Snapshot) from before can resume
//!   it.
//! - **Sources and sinks stay with the caller.** [`Session::call_reading`] and
//!   [`Session::call_writing`] borrow them; a sink that fails stops its download, a slow one slows
//!   it down. How far it is, a command tells by [`on_progress`](wx_proto::Command::on_progress).
//! - **An end is an end.** Calls on a session that is over fail, they do not hang.
//!
//! # Features
//!
//! `webpki-roots` (default) and `platform-verifier` make the
//! [`Roots`](wx_proto::driver::Roots) of these names available.

mod driver;
mod io;
mod runtime;
mod session;
mod transport;

pub use wx_proto;
pub use wx_proto::driver::{Ack, CallError, Events, SessionFile, Watch};

pub use crate::{session::Session, transport::Transport};

/// The example of the first page compiles.
#[cfg(all(doctest, feature = "webpki-roots"))]
#[doc = include_str!("../README.md")]
struct Readme;

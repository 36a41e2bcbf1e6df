//! Web WeChat on tokio and hyper: a driver for [`wx_proto`].
//!
//! Every decision about the protocol is made in [`wx_proto::Client`]: requests, retries, time-outs,
//! cookies, order and pace. This crate puts its requests on the wire, tells it the time, and
//! carries commands and events between tasks. There is nothing here to configure but the
//! [`Transport`].
//!
//! ```no_run
//! use wx_tokio::{Session, Transport, wx_proto::{Config, EventKind}};
//!
//! # #[cfg(feature = "webpki-roots")]
//! async fn echo() -> Result<(), Box<dyn std::error::Error>> {
//!     let (session, mut events) = Session::spawn(Config::default(), &Transport::new()?);
//!     while let Some(event) = events.next().await {
//!         match event.kind {
//!             EventKind::Qr(qr) => println!("scan this as a QR code: {}", qr.content),
//!             EventKind::Message(message) if !message.is_own() => {
//!                 let Some(text) = message.text() else { continue };
//!                 let (session, reply) = (session.clone(), message.reply(text));
//!                 tokio::spawn(async move { println!("{:?}", session.call(reply).await) });
//!             }
//!             EventKind::Ended(ended) => println!("{ended}"),
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```
//!
//! The replies are sent by tasks of their own, because a call may wait: texts leave at a pace, and
//! when the service says "too often" they wait up to [`Pace::wait`](wx_proto::Pace::wait).
//!
//! # How to
//!
//! ```no_run
//! use wx_tokio::{Ack, Session, Transport, wx_proto::*};
//!
//! # #[cfg(feature = "webpki-roots")]
//! async fn how_to() -> Result<(), Box<dyn std::error::Error>> {
//!     // Go on where the last run stopped, if it left a snapshot. It is as secret as a password.
//!     let transport = Transport::new()?;
//!     let saved = std::fs::read("session").ok().and_then(|bytes| Snapshot::decode(&bytes).ok());
//!     let (session, mut events) = match saved {
//!         Some(snapshot) => Session::resume(Config::default(), &transport, snapshot),
//!         None => Session::spawn(Config::default(), &transport),
//!     };
//!     // A second account is a second session over the same transport.
//!
//!     while let Some(event) = events.next().await {
//!         match event.kind {
//!             // Save whenever there is something new to save.
//!             EventKind::SnapshotStale => {
//!                 if let Some(snapshot) = session.snapshot().await? {
//!                     std::fs::write("session.new", snapshot.encode())?;
//!                     std::fs::rename("session.new", "session")?;
//!                 }
//!             }
//!             // Write to oneself, and to somebody by name. Several people may show the same one.
//!             EventKind::Roster(RosterChange::Full { .. }) => {
//!                 let name = String::from("Anna");
//!                 let (helper, annas) = session
//!                     .inspect(move |client| {
//!                         let annas = client.roster().named(&name).map(|anna| anna.id.clone());
//!                         (client.chat("filehelper"), annas.collect::<Vec<_>>())
//!                     })
//!                     .await?;
//!                 if let ([anna], Some(helper)) = (annas.as_slice(), helper) {
//!                     session.call(SendText::new(anna.clone(), "hello")).await?;
//!                     session.call(SendText::new(helper, "said hello to Anna")).await?;
//!                 }
//!             }
//!             // Who said it, and where.
//!             EventKind::Message(message) => {
//!                 let who = message.sender.as_ref().map_or("", |sender| sender.name.as_str());
//!                 println!("{} in {}: {:?}", who, message.chat_name, message.body);
//!             }
//!             // Over: `again` needs no scan as long as the service still knows the session.
//!             EventKind::Ended(ended) => {
//!                 println!("{ended}, again without a scan: {}", ended.again.is_some());
//!             }
//!             _ => {}
//!         }
//!     }
//!     // Log out; without `logout` the snapshot stays good.
//!     session.close(Close { logout: true, ..Close::default() }).await;
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! `webpki-roots` (default) trusts the roots that Mozilla trusts, `platform-verifier` offers those
//! of the operating system; see [`Roots`].
//!
//! # How it works
//!
//! Each session is one task that owns its `Client`, and one more task for each request on the wire.
//! [`Session`] is a handle: clone it into as many tasks as there are. [`Events`] is the one stream
//! of what happens.
//!
//! - **A slow application slows nothing down.** An event leaves the core when it is asked for and
//!   not before; meanwhile polls and sends go on, and beyond
//!   [`Limits::backlog`](wx_proto::Limits::backlog) messages wait at the service.
//! - **Dropping is safe.** A call whose future is dropped is cancelled, a dropped
//!   [`Events::next`] loses no event, and when the last handle and the stream are gone the session
//!   ends without a logout, so that a [`Snapshot`](wx_proto::Snapshot) taken before can resume it.
//! - **Nothing hangs.** Calls on a session that is over fail; they never wait for ever.
//! - **Time is tokio's.** Under a paused clock, over an in-memory
//!   [connector](Transport::with_connector), a session of many hours takes milliseconds.
//!
//! Many accounts share one `Transport`, and with it connections and TLS tickets.

mod driver;
mod session;
mod transport;

pub use wx_proto;
pub use wx_proto::driver::{Ack, CallError};

pub use crate::session::{Events, Session};
pub use crate::transport::Transport;

/// The examples of the first page compile.
#[cfg(all(doctest, feature = "webpki-roots"))]
#[doc = include_str!("../../README.md")]
struct Readme;

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
//!                 session.call(message.reply(text)).await?;
//!             }
//!             _ => {}
//!         }
//!     }
//!     Ok(())
//! }
//! ```
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

pub use crate::session::{Ack, CallError, Events, Session};
pub use crate::transport::{Roots, Transport};

/// The examples of the first page compile.
#[cfg(all(doctest, feature = "webpki-roots"))]
#[doc = include_str!("../../README.md")]
struct Readme;

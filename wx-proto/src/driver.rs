//! What all drivers have in common.
//!
//! # Half of a driver
//!
//! Half of the [contract](crate#the-contract-of-a-driver) is about people, not about the network:
//! who waits for which command, who reads the events, who has gone away, what happens to whom when
//! it is over. That half is the same on every runtime, and is written here once, in terms of
//! [`std::task`] alone: [`Engine`], [`Handle`], [`Call`], [`Events`], [`Watch`] and [`Exchange`] have no thread,
//! no timer and no socket in them. What remains for a driver is a clock, a sleep, and an exchange over
//! HTTP:
//!
//! ```
//! use std::{future::Future, time::Duration};
//! use wx_proto::{OutgoingRequest, RequestId, Stamp};
//! use wx_proto::driver::{Engine, Errand, Exchange, Saving};
//!
//! /// What a runtime has to offer.
//! trait Runtime {
//!     /// Puts the request on the wire in a task of its own, which gives the reply to `exchange`.
//!     fn begin(&mut self, request: OutgoingRequest, exchange: Exchange);
//!     /// Ends that task at once, if it still runs.
//!     fn abort(&mut self, id: RequestId);
//!     /// Runs this in a thread that may be blocked.
//!     fn save(&mut self, saving: Saving);
//!     /// Waits for `what`, but not beyond `until`.
//!     async fn within<T>(&self, until: Option<Stamp>, what: impl Future<Output = T>) -> Option<T>;
//! }
//!
//! async fn drive(mut engine: Engine, mut runtime: impl Runtime) {
//!     loop {
//!         let deadline = engine.deadline();
//!         match runtime.within(deadline, engine.next()).await {
//!             Some(Some(Errand::Send(request, exchange))) => runtime.begin(request, exchange),
//!             Some(Some(Errand::Abort(id))) => runtime.abort(id),
//!             Some(Some(Errand::Save(saving))) => runtime.save(saving),
//!             // The deadline is another one by now.
//!             Some(Some(Errand::Reschedule)) => {}
//!             Some(None) => return,
//!             None => engine.handle_timeout(),
//!         }
//!     }
//! }
//! ```
//!
//! The adapters of this project are made of this. A driver without it calls the
//! [`Client`](crate::Client) itself, as in the [manual](crate#a-complete-driver).
//!
//! # Sessions that are kept
//!
//! [`Kept::open`] makes a client that goes on with the session in a [`Store`], such as a
//! [`SessionFile`]; started in place of a bare client, it is saved by the engine. A driver does
//! nothing for that but run each [`Saving`] where it blocks nobody.
//!
//! # Also here
//!
//! [`ReplyReader::read`](crate::ReplyReader::read) and [`Tunnel::pass`] are the loops of drivers that block; [`Proxy`] and
//! [`Tunnel`] are the way through a proxy; the module `tls`, behind a feature of that name, is whom to
//! trust.

mod adapter;
mod authority;
mod blocking;
mod desk;
mod network;
mod proxy;
mod proxy_server;
mod session_file;
mod store;
#[cfg(feature = "tls")]
pub mod tls;
mod tunnel;

pub use adapter::{Ack, CallError, TimedOut, failed};
pub use authority::host_and_port;
pub use desk::{Call, Engine, Errand, Events, Exchange, Handle, Lent, Piece, Saving, Watch};
pub use desk::{Work, Worker};
pub use network::{IDLE, Roots, TransportConfig};
pub use proxy::{Proxy, ProxyRules};
pub use proxy_server::InvalidProxy;
pub use session_file::SessionFile;
pub use store::{Keeper, Kept, Store, StoreError, ToSave, Unsaved};
pub use tunnel::{Tunnel, TunnelError};

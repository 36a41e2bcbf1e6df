//! A simulated Web WeChat service: the other side of the protocol, as the peer of tests, examples
//! and bots without an account.
//!
//! - [`server::Server`] is the service itself, a state machine without sockets and without a clock.
//!   It answers every call of the protocol, for media, people and rooms as well, and judges every
//!   request it gets.
//! - [`world::World`] puts it, any number of clients and a seeded [network](net::Net) into one
//!   virtual clock: a day of a session takes milliseconds.
//! - [`listen::Listener`] puts it behind real HTTP on loopback, for clients in any language;
//!   [`control::Control`] lets a program play the phone and the friends. The binary `wx-sim` is
//!   both.
//! - [`folder::FolderStore`] keeps the service's media on disk.
//! - [`conformance`] is the suite that every driver of `wx-proto` has to pass.
//! - [`leaks::Leaks`] looks for what the service knows where nothing of it may be.
//! - [`demo`] is what the echo bots of all adapters do.
//!
//! Where there are no sockets and no threads (`wasm32`), the first two are all there is.

#[cfg(not(target_family = "wasm"))]
pub mod conformance;
#[cfg(not(target_family = "wasm"))]
pub mod control;
#[cfg(not(target_family = "wasm"))]
pub mod demo;
#[cfg(not(target_family = "wasm"))]
pub mod folder;
#[cfg(feature = "_fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(not(target_family = "wasm"))]
pub mod leaks;
#[cfg(not(target_family = "wasm"))]
pub mod listen;
pub mod net;
pub mod server;
pub mod world;

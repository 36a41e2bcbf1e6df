//! The driver against a hand-made service: what goes over the wire, how failures are told apart,
//! what becomes of calls, events and sockets.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod calls;
mod events;
mod failures;
mod memory;
mod network;
mod service;
mod sockets;
mod wire;

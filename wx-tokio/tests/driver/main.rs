//! What the suite of all drivers cannot say of this one: tokio's clock, connections in memory, how
//! headers are written, whom it trusts by which feature, and what becomes of sockets.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod calls;
mod day;
mod deadlines;
mod events;
mod service;
mod sockets;
mod tls;
mod transfers;
mod wire;

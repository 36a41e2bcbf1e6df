//! Every command against the simulated service: that it does what it says, what becomes of it when
//! the service refuses, when the network fails at any of its requests, and when it is cancelled.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../common/mod.rs"]
mod common;

mod cases;
mod ends;
mod fetches;
mod matrix;
mod pace;
mod people;
mod sayings;
mod stage;
mod uploads;

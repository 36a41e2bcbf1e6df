//! The half of a driver that is about people, driven over a simulated service in virtual time.

#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and some of them are about threads"
)]

mod calls;
mod chaos;
mod lab;
mod leaving;
mod progress;
mod saving;
mod shelf;
mod stress;
mod watching;

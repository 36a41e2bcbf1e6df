//! What a hostile or confused service, a bad network and a wrong clock can do to a session.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../common/mod.rs"]
mod common;

mod hosts;
mod inject;
mod limits;
mod network;
mod news;
mod pace;
mod service;
mod size;
mod unread;

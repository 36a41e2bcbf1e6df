//! The cases: each one a function that panics, in a sentence, if the driver breaks a rule.
//!
//! Besides running all of them by [`conformance_suite!`](crate::conformance_suite), a driver's author
//! can call one alone: `cases::life::close_hangs_up_on_the_poll::<MyDriver>()`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a case that fails panics"
)]

pub mod event;
pub mod failure;
pub mod life;
pub mod network;
pub mod session;
pub mod store;
pub mod stream;
pub mod transcript;
pub mod wire;

pub use eventful::eventful_session;

mod eventful;
mod scene;
mod shelf;
mod stage;

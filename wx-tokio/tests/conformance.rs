//! The suite that every driver has to pass.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod subject;

use subject::TokioSubject;

wx_sim::conformance_suite!(TokioSubject);

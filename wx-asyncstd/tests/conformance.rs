//! The suite that all drivers pass.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod subject;

use subject::AsyncStd;

wx_sim::conformance_suite!(AsyncStd);

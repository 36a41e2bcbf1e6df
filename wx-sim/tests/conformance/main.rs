//! The suite from outside: a driver of a few hundred lines passes it, and one for each way to be
//! wrong does not.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test that fails panics, and shows what it printed"
)]

mod broken;
mod bug;
mod driver;
mod reference;
mod saver;
mod wire;

use bug::Bug;
use reference::Reference;

wx_sim::conformance_suite!(Reference<{ Bug::None as u8 }>);

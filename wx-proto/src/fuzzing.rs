//! What the fuzz targets call: a function for each, which takes any bytes and asserts what must hold
//! whatever they are.
//!
//! They stand here, and not with the targets, so that an ordinary test can run them over the seeds
//! on a stable compiler. Each says whether its input got to the heart of the matter; a seed that does
//! not is worth little. The one over the simulated world is in `wx-sim`, which knows the world.
//!
//! None of this is a part of the interface, and it may change with every version.

#![expect(clippy::panic, reason = "what must not be ends the run")]

mod bench;
mod client_ops;
mod cookie;
mod feed;
mod js;
mod json_reply;
mod message;
mod snapshot;
mod steps;
mod xml;

pub use client_ops::client_ops;
pub use cookie::cookie;
pub use feed::Feed;
pub use js::js;
pub use json_reply::{json_reply, place_of};
pub use message::{MESSAGE_TYPES, message};
pub use snapshot::snapshot;
pub use steps::Step;
pub use xml::xml;

/// A text cut at some places: at every one if it is short. Never at its very end.
fn cuts(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let step = text.len() / most + 1;
    let places = (0..text.len()).step_by(step);
    places.filter_map(|at| text.get(..at))
}

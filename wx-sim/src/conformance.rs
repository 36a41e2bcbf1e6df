//! One suite for every driver of `wx-proto`.

pub mod cases;
mod subject;
mod suite;

pub use crate::demo::TimedOut;
pub use subject::{Failure, Subject};

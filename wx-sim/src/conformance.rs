//! One suite for every driver of `wx-proto`.

mod subject;

pub use crate::demo::TimedOut;
pub use subject::{Failure, Subject};

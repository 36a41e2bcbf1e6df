//! JSON that loses no good record for a bad one.
//!
//! A reply is cut into the members of its object and the items of its lists first, by brackets and
//! quotes alone. Each piece is then read for itself, strictly; only a piece that fails is repaired
//! and read once more. What stays broken costs itself.

mod document;
mod field;
mod repair;
mod slice;

use serde::de::DeserializeOwned;

pub(crate) use document::Document;
use field::{Object, Scalar};
pub(crate) use field::{int, list, record, secret, some_int, some_list, some_text, text, uint};

use crate::wire::malformed::{Defect, Malformed};

/// Reads one object.
pub(crate) fn read<T: DeserializeOwned>(raw: &str) -> Result<T, Malformed> {
    strict_or_repaired::<Object<T>>(raw)
        .and_then(|object| object.0)
        .ok_or(Malformed::new(Defect::Syntax, 0))
}

fn scalar(raw: &str) -> Scalar {
    strict_or_repaired::<Scalar>(raw).unwrap_or_default()
}

fn strict_or_repaired<T: DeserializeOwned>(raw: &str) -> Option<T> {
    serde_json::from_str(raw)
        .ok()
        .or_else(|| serde_json::from_str(&repair::rewrite(raw)?).ok())
}

#[cfg(test)]
mod tests;

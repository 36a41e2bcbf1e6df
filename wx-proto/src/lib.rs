//! wx-proto
#![forbid(unsafe_code)]

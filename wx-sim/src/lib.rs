//! A simulated Web WeChat service.
//!
//! The other side of the protocol: the peer of tests, examples and bots without an account.

pub mod net;
pub mod server;
pub mod world;

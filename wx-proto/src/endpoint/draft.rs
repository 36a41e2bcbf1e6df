//! What an endpoint makes: a request against logical hosts, without cookies and common headers.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

use crate::{endpoint::Endpoint, hosts::Family, secret::Secret};

/// What every request may draw on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) family: &'static Family,
    /// `zh_CN`, `en_US`, …
    pub(crate) lang: &'a str,
    /// Unix time in milliseconds.
    pub(crate) unix_ms: u64,
    /// The page's anti-cache counter: starts at the client's first millisecond, grows by one with
    /// each request that carries it.
    pub(crate) nonce: u64,
    /// `e` and 15 digits, new for each request.
    pub(crate) device_id: &'a str,
}

impl Context<'_> {
    /// JavaScript's `~new Date()`: the clock cut to 32 bits, then inverted.
    pub(crate) fn inverted_ms(&self) -> i32 {
        // Wrapping is the point: the official page truncates the same way.
        !(self.unix_ms as i32)
    }
}

/// Who we are, once `webwxnewloginpage` has said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) uin: u32,
    pub(crate) sid: Secret,
    pub(crate) skey: Secret,
    /// As the service wrote it, that is percent-encoded once. Empty after a resume by cookies.
    pub(crate) pass_ticket: Secret,
}

/// A request that still lacks cookies, the headers common to all, and its place on the wire.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) endpoint: Endpoint,
    pub(crate) method: Method,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
    /// Headers of this endpoint alone.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

//! What can go wrong, by who is at fault.
//!
//! `Display` is one clause in lower case and never repeats [`source`](std::error::Error::source).
//! No error text holds bytes of a reply, so none can leak a credential.

use std::fmt;

use thiserror::Error;

use crate::{
    endpoint::Endpoint,
    hosts::RedirectRefusal,
    ret::{Reaction, Ret},
    wire::malformed::Malformed,
};

/// A snapshot that cannot be used. Start with a fresh login; there is no file to repair.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Written by a newer version of this library.
    #[error("snapshot version {0} is not supported")]
    UnsupportedVersion(u32),
    /// Not a snapshot, or a damaged one.
    #[error("not a snapshot, or a damaged one")]
    Malformed,
}

/// The service answered, but not in its protocol.
#[derive(Clone, PartialEq, Eq, Error)]
#[error("{endpoint}: {kind}")]
#[non_exhaustive]
pub struct ProtocolError {
    /// Who answered.
    pub endpoint: Endpoint,
    /// What is wrong with the answer.
    pub kind: ProtocolErrorKind,
    /// The body, for a bug report. Not printed.
    pub evidence: Evidence,
}

impl ProtocolError {
    /// An error about a reply of which nothing need be kept.
    pub(crate) fn bare(endpoint: Endpoint, kind: ProtocolErrorKind) -> Self {
        Self {
            endpoint,
            kind,
            evidence: Evidence::default(),
        }
    }
}

impl fmt::Debug for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtocolError")
            .field("endpoint", &self.endpoint)
            .field("kind", &self.kind)
            .field("evidence", &self.evidence)
            .finish()
    }
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProtocolErrorKind {
    /// An HTTP status that this endpoint does not have.
    #[error("HTTP status {0}")]
    Status(u16),
    /// A redirect where none belongs. It is never followed.
    #[error("unexpected redirect")]
    Redirected,
    /// The body is not what this endpoint sends.
    #[error("reply not understood: {0}")]
    Malformed(Malformed),
    /// The body is too large, or damaged in its encoding.
    #[error("reply not readable")]
    Unreadable,
    /// The service refused, where it should have brought something.
    #[error("refused with {0}")]
    Refused(Ret),
    /// Nothing, where there should have been media: the service no longer has it, or not yet.
    #[error("empty reply")]
    Empty,
    /// A page or a refusal, where there should have been media. None of it reached the sink.
    #[error("a page in place of media")]
    Page,
    /// Something indispensable is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A value of the service is too long to be sent back.
    #[error("value too long for a request")]
    Oversized,
    /// The service names an address that is not its own, or of the wrong form. No request goes
    /// there.
    #[error("untrusted address: {0}")]
    Untrusted(RedirectRefusal),
}

/// Bytes kept for a bug report. They may hold credentials, so `Debug` prints only their number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Evidence(bytes::Bytes);

impl Evidence {
    /// At most so much of a body is kept: enough to see what it is.
    const LIMIT: usize = 4096;

    pub(crate) fn of(body: &bytes::Bytes) -> Self {
        // Copied, so that a few bytes do not keep a large buffer alive.
        Self(bytes::Bytes::copy_from_slice(
            body.get(..Self::LIMIT).unwrap_or(body),
        ))
    }

    /// The bytes. They may hold credentials.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

/// The service understood, and refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// Who refused.
    pub endpoint: Endpoint,
    /// The code.
    pub ret: Ret,
    /// What the service says about it, for people; mostly empty.
    pub text: String,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} refused with {}", self.endpoint, self.ret)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// Whether asking again, later, may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self.ret.reaction(), Reaction::Retry | Reaction::SlowDown)
    }

    /// Whether the session is over.
    pub fn ends_session(&self) -> bool {
        self.ret.is_logged_out()
    }

    /// Whether the service signals that the account attracts its attention.
    pub fn is_risk_signal(&self) -> bool {
        matches!(self.ret, Ret::LOGIN_REFUSED | Ret::TOO_OFTEN)
    }
}

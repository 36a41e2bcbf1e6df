//! How a request failed, in the core's own terms.

use std::time::Duration;

use http::{StatusCode, header};

use crate::{
    endpoint::{BaseResponse, Endpoint},
    error::{ApiError, Evidence, ProtocolError, ProtocolErrorKind},
    event::{EndCause, TroubleCause},
    output::Reply,
    ret::{Reaction, Ret},
    retry::Setback,
    trace,
    transport::{TransportError, TransportErrorKind},
    wire::malformed::Malformed,
};

/// How a request failed.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    Transport {
        kind: TransportErrorKind,
        /// What is at the bottom of it, for people.
        detail: String,
    },
    Protocol {
        error: ProtocolError,
        retry_after: Option<Duration>,
    },
    Refused(ApiError),
}

impl Failure {
    pub(crate) fn protocol(endpoint: Endpoint, kind: ProtocolErrorKind, reply: &Reply) -> Self {
        let retry_after = retry_after(reply);
        let evidence = Evidence::of(&reply.body);
        Self::Protocol {
            error: ProtocolError {
                endpoint,
                kind,
                evidence,
            },
            retry_after,
        }
    }

    /// Of a reply of which nothing need be kept.
    pub(crate) fn bare(endpoint: Endpoint, kind: ProtocolErrorKind) -> Self {
        Self::Protocol {
            error: ProtocolError::bare(endpoint, kind),
            retry_after: None,
        }
    }

    /// What the retry table needs to know.
    pub(crate) fn setback(&self) -> Setback {
        match self {
            Self::Transport { kind, .. } => match kind {
                kind if kind.nothing_sent() => Setback::NotSent,
                TransportErrorKind::TooLarge | TransportErrorKind::Other => Setback::Garbled,
                _ => Setback::Lost,
            },
            Self::Protocol { error, retry_after } => match error.kind {
                ProtocolErrorKind::Status(429 | 500..) => Setback::Busy(*retry_after),
                ProtocolErrorKind::Malformed(_) | ProtocolErrorKind::Missing(_) => Setback::Garbled,
                // The service's way to be busy with a file.
                ProtocolErrorKind::Empty => Setback::Lost,
                _ => Setback::Refused,
            },
            Self::Refused(error) => match error.ret.reaction() {
                Reaction::Retry => Setback::Internal,
                _ => Setback::Refused,
            },
        }
    }

    /// The end of a session that cannot go on without this reply.
    pub(crate) fn into_end(self) -> EndCause {
        match self {
            Self::Transport { kind, .. } => EndCause::Unreachable(kind),
            Self::Protocol { error, .. } => EndCause::Protocol(error),
            Self::Refused(error) => EndCause::Refused(error),
        }
    }

    /// What there is to show of a reply that could not be read, or was a refusal.
    pub(crate) fn evidence(&self, endpoint: Endpoint) -> ProtocolError {
        match self {
            Self::Protocol { error, .. } => error.clone(),
            Self::Refused(error) => {
                ProtocolError::bare(endpoint, ProtocolErrorKind::Refused(error.ret))
            }
            // Too large, or its encoding is broken: there is nothing to show.
            Self::Transport { .. } => ProtocolError::bare(endpoint, ProtocolErrorKind::Unreadable),
        }
    }

    /// The code of a refusal.
    pub(crate) fn ret(&self) -> Option<Ret> {
        match self {
            Self::Refused(error) => Some(error.ret),
            _ => None,
        }
    }

    /// What there is to say beyond the cause; empty if nothing is.
    pub(crate) fn detail(&self) -> &str {
        match self {
            Self::Transport { detail, .. } => detail,
            _ => "",
        }
    }
}

impl From<&TransportError> for Failure {
    fn from(error: &TransportError) -> Self {
        Self::Transport {
            kind: error.kind(),
            detail: error.detail(),
        }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::from(&error)
    }
}

impl From<&Failure> for TroubleCause {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Transport { kind, .. } => Self::Transport(*kind),
            Failure::Protocol { error, .. } => Self::Protocol(error.clone()),
            Failure::Refused(error) => Self::Refused(error.ret),
        }
    }
}

/// The body of a reply in the endpoint's own terms: status first, then the parser.
pub(crate) fn read<T>(
    endpoint: Endpoint,
    reply: Result<Reply, TransportError>,
    parse: impl FnOnce(&[u8]) -> Result<T, Malformed>,
) -> Result<T, Failure> {
    let reply = reply?;
    let kind = match reply.status {
        status if status.is_success() => match parse(&reply.body) {
            Ok(parsed) => {
                trace::understood(endpoint.name());
                return Ok(parsed);
            }
            Err(malformed) => ProtocolErrorKind::Malformed(malformed),
        },
        status if status.is_redirection() => ProtocolErrorKind::Redirected,
        status => ProtocolErrorKind::Status(status.as_u16()),
    };
    trace::not_understood(endpoint.name(), &kind);
    Err(Failure::protocol(endpoint, kind, &reply))
}

/// The same of a reply that says by its `base` whether the service did what it was asked to.
pub(crate) fn read_accepted<T>(
    endpoint: Endpoint,
    reply: Result<Reply, TransportError>,
    parse: impl FnOnce(&[u8]) -> Result<T, Malformed>,
    base: impl FnOnce(&T) -> &BaseResponse,
) -> Result<T, Failure> {
    let parsed = read(endpoint, reply, parse)?;
    accepted(endpoint, base(&parsed))?;
    Ok(parsed)
}

/// `Ret` decides before anything else is looked at.
pub(crate) fn accepted(endpoint: Endpoint, base: &BaseResponse) -> Result<(), Failure> {
    if base.ret == Ret::OK {
        return Ok(());
    }
    trace::refused(endpoint.name(), base.ret);
    Err(Failure::Refused(ApiError {
        endpoint,
        ret: base.ret,
        text: base.err_msg.clone(),
    }))
}

/// `Retry-After` in seconds; the date form was never seen here.
fn retry_after(reply: &Reply) -> Option<Duration> {
    if !matches!(
        reply.status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    ) {
        return None;
    }
    let value = reply.headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

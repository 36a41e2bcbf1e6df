//! How an exchange fails, in the words of drivers.

use std::{error::Error, fmt, io, iter};

/// Why there is no reply.
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
    reached_sink: u64,
}

/// The kinds of [`TransportError`]. The core decides by the kind whether to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum TransportErrorKind {
    /// The host name could not be resolved; nothing was sent.
    Resolve,
    /// No connection; nothing was sent.
    Connect,
    /// The TLS handshake failed; nothing was sent.
    Tls,
    /// The exchange took too long.
    TimedOut,
    /// The connection ended before the reply did.
    Reset,
    /// What came back does not start with an HTTP status line.
    NotHttp,
    /// The body exceeds the rule's limit.
    TooLarge,
    /// The caller's sink failed, or there is none.
    Sink,
    /// Anything else, for example a content encoding that was not offered.
    Other,
}

/// Characters. What libraries say is one line; more is somebody else's text.
const DETAIL: usize = 200;

impl TransportError {
    /// A failure without further cause.
    pub const fn new(kind: TransportErrorKind) -> Self {
        Self {
            kind,
            source: None,
            reached_sink: 0,
        }
    }

    /// A failure with the error it comes from.
    pub fn with_source(
        kind: TransportErrorKind,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            source: Some(source.into()),
            reached_sink: 0,
        }
    }

    /// What went wrong.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether no byte of the request can have left the machine.
    pub const fn nothing_sent(&self) -> bool {
        self.kind.nothing_sent()
    }

    /// How many bytes of the body had reached the caller's sink.
    pub const fn reached_sink(&self) -> u64 {
        self.reached_sink
    }

    /// Whether trying again may help.
    pub const fn is_retryable(&self) -> bool {
        !matches!(
            self.kind,
            TransportErrorKind::TooLarge | TransportErrorKind::Sink
        )
    }

    /// What is at the bottom of it, for people, within bounds.
    pub(crate) fn detail(&self) -> String {
        let sources = iter::successors(self.source(), |&error| error.source());
        let Some(root) = sources.last() else {
            return String::new();
        };
        let text = root.to_string();
        let printable = text.chars().filter(|c| !c.is_control());
        printable.take(DETAIL).collect()
    }

    pub(crate) fn after(mut self, reached_sink: u64) -> Self {
        self.reached_sink = reached_sink;
        self
    }
}

impl TransportErrorKind {
    /// Whether no byte of the request can have left the machine.
    pub const fn nothing_sent(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Tls)
    }
}

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "host name not resolved",
            Self::Connect => "no connection",
            Self::Tls => "TLS handshake failed",
            Self::TimedOut => "timed out",
            Self::Reset => "connection lost",
            Self::NotHttp => "reply is not HTTP",
            Self::TooLarge => "reply too large",
            Self::Sink => "sink failed",
            Self::Other => "transport failed",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|error| error as &(dyn Error + 'static))
    }
}

impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self::new(kind)
    }
}

/// Why a block of an upload source could not be delivered.
#[derive(Debug)]
pub struct SourceError {
    kind: SourceErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The kinds of [`SourceError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum SourceErrorKind {
    /// There is no source for this command.
    Missing,
    /// It could not be read.
    Failed,
    /// It is shorter than was said.
    EndedEarly,
    /// It is not what it was when it was read before.
    Changed,
}

impl SourceError {
    /// There is no source for this command.
    pub const fn missing() -> Self {
        Self {
            kind: SourceErrorKind::Missing,
            source: None,
        }
    }

    /// The source failed. [`io::ErrorKind::UnexpectedEof`] means that it is shorter than was said.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let source = source.into();
        let io = source.downcast_ref().map(io::Error::kind);
        let kind = match io {
            Some(io::ErrorKind::UnexpectedEof) => SourceErrorKind::EndedEarly,
            _ => SourceErrorKind::Failed,
        };
        Self {
            kind,
            source: Some(source),
        }
    }

    #[cfg(feature = "record")]
    pub(crate) const fn of(kind: SourceErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// What went wrong.
    pub const fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}

impl fmt::Display for SourceErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no source was lent to the command",
            Self::Failed => "source failed",
            Self::EndedEarly => "source ended early",
            Self::Changed => "source changed while it was read",
        })
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|error| error as &(dyn Error + 'static))
    }
}

//! Why a command did not do what it should.

use thiserror::Error;

use crate::{
    error::{ApiError, ProtocolError},
    event::Ended,
    transport::{SourceErrorKind, TransportErrorKind},
};

/// Why a command did not do what it should.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is no session yet: wait for [`EventKind::Online`](crate::EventKind::Online).
    #[error("not online")]
    NotOnline,
    /// More commands wait than [`Limits::outbox`](crate::Limits::outbox) allows. Wait for some of
    /// them.
    #[error("outbox full")]
    OutboxFull,
    /// The service refused.
    #[error("{error}")]
    #[non_exhaustive]
    Rejected {
        /// How.
        error: ApiError,
        /// Whether it may have acted all the same: upon an earlier try whose answer was lost, or before
        /// it failed by itself.
        maybe_sent: bool,
    },
    /// The service answered something that is not its protocol.
    #[error("{error}")]
    #[non_exhaustive]
    Protocol {
        /// What it was.
        error: ProtocolError,
        /// Whether it may have acted all the same.
        maybe_sent: bool,
    },
    /// The request did not get through, however often it was tried, or its reply did not.
    #[error("failed after {attempts} attempts: {last}")]
    #[non_exhaustive]
    Transport {
        /// Requests that were tried, connections that failed included.
        attempts: u32,
        /// How the last one failed.
        last: TransportErrorKind,
        /// Whether the service may have acted all the same.
        maybe_sent: bool,
    },
    /// What was to be sent could not be read.
    #[error("{0}")]
    Source(SourceErrorKind),
    /// Cancelled by the caller.
    #[error("cancelled")]
    #[non_exhaustive]
    Cancelled {
        /// Whether the service may have acted all the same.
        maybe_sent: bool,
    },
    /// The session ended first.
    #[error("session ended: {ended}")]
    #[non_exhaustive]
    Closed {
        /// Why.
        ended: Ended,
        /// Whether the service may have acted all the same.
        maybe_sent: bool,
    },
    /// The command cannot be carried out as it is.
    #[error("{0}")]
    Misuse(Misuse),
}

impl CommandError {
    /// Whether submitting the same command again may help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotOnline | Self::OutboxFull => true,
            // Submitted again, it would be another message.
            Self::Transport { maybe_sent, .. } => !maybe_sent,
            Self::Rejected { error, maybe_sent } => !maybe_sent && error.is_retryable(),
            _ => false,
        }
    }

    /// Whether the service may have done what the command is for, all the same. Then submitting it
    /// again may do it twice; a message is safe with [`SendText::key`](crate::SendText::key).
    pub fn maybe_sent(&self) -> bool {
        match self {
            Self::Rejected { maybe_sent, .. }
            | Self::Protocol { maybe_sent, .. }
            | Self::Transport { maybe_sent, .. }
            | Self::Cancelled { maybe_sent }
            | Self::Closed { maybe_sent, .. } => *maybe_sent,
            _ => false,
        }
    }

    /// Whether the session is over.
    pub fn ends_session(&self) -> bool {
        match self {
            Self::Rejected { error, .. } => error.ends_session(),
            Self::Closed { .. } => true,
            _ => false,
        }
    }

    /// Whether the service signals that the account attracts its attention.
    pub fn is_risk_signal(&self) -> bool {
        match self {
            Self::Rejected { error, .. } => error.is_risk_signal(),
            Self::Closed { ended, .. } => ended.is_risk_signal(),
            _ => false,
        }
    }
}

/// A command of our own caller that cannot be carried out as it is. Never caused by remote data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The chat id belongs to another login; names change with each one.
    #[error("chat id of another login")]
    ForeignChat,
    /// Nothing to send.
    #[error("empty text")]
    EmptyText,
    /// The key names a message that is on its way, to another chat or with other words.
    #[error("key in use")]
    KeyTaken,
    /// A file without a byte.
    #[error("empty file")]
    EmptyFile,
    /// More bytes than [`Limits`](crate::Limits) allow for what it is sent as.
    #[error("file too large")]
    TooLarge,
    /// No name, or one of more than 255 bytes.
    #[error("file name empty or too long")]
    FileName,
    /// Not the digest of a sticker: 32 hexadecimal digits.
    #[error("not an MD5 digest")]
    Digest,
    /// It was uploaded as something else than it is to be sent as.
    #[error("media of another kind")]
    WrongMedia,
    /// The web cannot send this.
    #[error("message cannot be forwarded")]
    NotForwardable,
    /// There is nothing of this kind in the message, or the message has no id.
    #[error("nothing to fetch")]
    NothingToFetch,
    /// Not a message of the own account, or one without an id.
    #[error("not an own message")]
    NotOwn,
    /// It was sent more than [`Recall::WINDOW`](crate::Recall::WINDOW) ago.
    #[error("too late to recall")]
    TooLate,
    /// Rooms have members and topics; nothing else has.
    #[error("not a room")]
    NotARoom,
    /// Not known as a member of the room.
    #[error("not a member of the room")]
    NotAMember,
    /// A list of people with nobody in it.
    #[error("nobody named")]
    Nobody,
    /// The request to be a friend does not hold what accepting needs.
    #[error("no ticket to accept with")]
    NoTicket,
    /// A raw request that could leave its host, or whose body is no JSON object.
    #[error("unsafe raw request")]
    UnsafeRequest,
    /// The chat id names nobody: that of an unreadable message, or one that no account can have.
    #[error("no chat")]
    NoChat,
    /// The completion belongs to a command of another kind.
    #[error("completion of another command")]
    ForeignCompletion,
}

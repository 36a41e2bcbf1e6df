//! What no other command does: any request to the session's own hosts, reports, and the logout.

use std::fmt;

use bytes::Bytes;
use http::Method;

use crate::command::{Answer, command};

/// Any request to one of the session's own hosts, with its cookies: for endpoints that have no
/// command. It is asked once and never again, whatever becomes of it.
#[derive(Clone)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Raw {
    #[cfg_attr(feature = "record", serde(with = "crate::record::blank::method"))]
    pub(crate) method: Method,
    pub(crate) host: RawHost,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) json: Option<String>,
}

command!(call Raw -> RawReply, Answer::Raw(reply) => reply);

/// Which of the session's own hosts. Their names depend on where the account lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum RawHost {
    /// Where nearly all endpoints are.
    #[default]
    Main,
    /// Where logins are polled for.
    Login,
    /// Where files are.
    File,
    /// Where news are polled for.
    Push,
}

impl Raw {
    /// `path` is the name of an endpoint, such as `webwxoplog`, or an absolute path.
    /// [`Misuse::UnsafeRequest`](crate::Misuse::UnsafeRequest) if it holds anything but the
    /// characters of a path.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            host: RawHost::Main,
            path: path.into(),
            query: Vec::new(),
            json: None,
        }
    }

    /// `json` is the text of an object. It gets the `BaseRequest` of the session as its first
    /// member, unless it has one. [`Misuse::UnsafeRequest`](crate::Misuse::UnsafeRequest) if it is
    /// no object.
    pub fn post(path: impl Into<String>, json: impl Into<String>) -> Self {
        Self {
            method: Method::POST,
            json: Some(json.into()),
            ..Self::get(path)
        }
    }

    /// Another host than the main one.
    #[must_use]
    pub fn on(mut self, host: RawHost) -> Self {
        self.host = host;
        self
    }

    /// Adds a pair to the query; it is escaped here.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Raw")
            .field("method", &self.method)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// What came back, whatever it is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawReply {
    /// The HTTP status.
    pub status: u16,
    /// Decompressed. It may hold credentials.
    pub body: Bytes,
}

impl fmt::Debug for RawReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawReply")
            .field("status", &self.status)
            .field("body_len", &self.body.len())
            .finish()
    }
}

/// Reports to the service what its own page would report: timings, clicks. Nothing needs it; that
/// its absence is noticed is neither known nor excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct StatReport {
    pub(crate) reports: Vec<(u8, String)>,
}

command!(call StatReport -> (), Answer::Done => ());

impl StatReport {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a report: `kind` is 1 for information, 2 for an error, 16 for a failed send; `text` is
    /// mostly JSON.
    #[must_use]
    pub fn add(mut self, kind: u8, text: impl Into<String>) -> Self {
        self.reports.push((kind, text.into()));
        self
    }
}

/// Asks the page itself whether the session is logged in. A lost session ends by itself, so this is
/// for those who want to know at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct CheckLogin;

command!(call CheckLogin -> bool, Answer::Flag(is_on) => is_on);

/// Ends the session with a logout, after the commands that were submitted before. The same as
/// [`Client::close`](crate::Client::close) with `logout`, for those who have nothing but commands.
/// The reply comes when the service has heard of it, or the wait for that was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Logout {
    pub(crate) drain: std::time::Duration,
}

command!(client Logout -> (), Answer::Done => ());

impl Logout {
    /// Commands that have not completed get no more time.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long they may still take.
    #[must_use]
    pub fn drain(mut self, drain: std::time::Duration) -> Self {
        self.drain = drain;
        self
    }
}

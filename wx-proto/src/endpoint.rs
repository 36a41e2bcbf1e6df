//! One file per endpoint: its facts in a const row, `request(..)` and `parse(..)`.
//!
//! The parsers are public so that captured traffic can be read, and fuzzed, without a
//! [`Client`](crate::Client). They take the decompressed body and nothing else.

pub mod contact;
pub mod jslogin;
pub mod login;
pub mod message;
pub mod synccheck;
pub mod webwxbatchgetcontact;
pub mod webwxgetcontact;
pub mod webwxinit;
pub mod webwxlogout;
pub mod webwxnewloginpage;
pub mod webwxpushloginurl;
pub mod webwxsendmsg;
pub mod webwxstatusnotify;
pub mod webwxsync;
pub mod webwxupdatechatroom;
pub mod webwxuploadmedia;

mod draft;
#[cfg(feature = "_probe")]
pub(crate) mod probe;
mod reply;
mod synckey;
mod uin;

use std::{fmt, time::Duration};

pub(crate) use draft::{BaseRequest, Context, Credentials, Draft};
pub use reply::BaseResponse;
pub use synckey::SyncKey;
pub use uin::Uin;
pub(crate) use {
    contact::{ContactRecord, MemberRecord},
    message::MessageRecord,
    webwxsync::MessageItem,
};

use crate::hosts::HostRole;
pub(crate) use crate::retry::Repeat;

/// An endpoint of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// Asks for the uuid of a QR code.
    JsLogin,
    /// The long poll that tells how far the scan is.
    Login,
    /// Asks the phone to confirm, without a QR code.
    PushLoginUrl,
    /// Turns the ticket of a confirmed scan into credentials.
    NewLoginPage,
    /// Opens the session: own profile, recent chats, first sync key.
    Init,
    /// Announces the client to the phone, or marks a chat as read.
    StatusNotify,
    /// The address book, page by page.
    GetContact,
    /// Full records of up to 50 people or rooms.
    BatchGetContact,
    /// The long poll that tells whether there is something to sync.
    SyncCheck,
    /// Fetches what is new.
    Sync,
    /// Sends a text.
    SendMsg,
    /// Ends the session.
    Logout,
    #[cfg(feature = "_probe")]
    #[doc(hidden)]
    ProbeDownload,
    #[cfg(feature = "_probe")]
    #[doc(hidden)]
    ProbeOnce,
}

impl Endpoint {
    /// The name as it stands in the path.
    pub fn name(self) -> &'static str {
        self.row().path.rsplit('/').next().unwrap_or_default()
    }

    /// What is fixed about this endpoint.
    pub(crate) fn row(self) -> &'static Row {
        match self {
            Self::JsLogin => &jslogin::ROW,
            Self::Login => &login::ROW,
            Self::PushLoginUrl => &webwxpushloginurl::ROW,
            Self::NewLoginPage => &webwxnewloginpage::ROW,
            Self::Init => &webwxinit::ROW,
            Self::StatusNotify => &webwxstatusnotify::ROW,
            Self::GetContact => &webwxgetcontact::ROW,
            Self::BatchGetContact => &webwxbatchgetcontact::ROW,
            Self::SyncCheck => &synccheck::ROW,
            Self::Sync => &webwxsync::ROW,
            Self::SendMsg => &webwxsendmsg::ROW,
            Self::Logout => &webwxlogout::ROW,
            #[cfg(feature = "_probe")]
            Self::ProbeDownload => &probe::DOWNLOAD_ROW,
            #[cfg(feature = "_probe")]
            Self::ProbeOnce => &probe::ONCE_ROW,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is fixed about an endpoint.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) host: HostRole,
    pub(crate) path: &'static str,
    /// How long the reply may take before the request is given up.
    pub(crate) timeout: Duration,
    /// What a second try may do.
    pub(crate) repeat: Repeat,
    /// The largest body that is read, after decompression, in bytes.
    pub(crate) limit: usize,
}

/// The path of everything but `jslogin`.
macro_rules! bin {
    ($name:literal) => {
        concat!("/cgi-bin/mmwebwx-bin/", $name)
    };
}
use bin;

/// The largest bodies that make sense, in bytes. A login poll carries an avatar of some 20 KB, the
/// XML is below 1 KB, and a page of the address book takes 4 MB for 5,000 entries: each bound leaves
/// a factor of about ten.
const SCRIPT_LIMIT: usize = 256 << 10;
const XML_LIMIT: usize = 64 << 10;
const JSON_LIMIT: usize = 32 << 20;

#[cfg(test)]
mod tests;

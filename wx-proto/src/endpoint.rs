//! One file per endpoint: its facts in a const row, `request(..)` and `parse(..)`.
//!
//! The parsers are public so that captured traffic can be read, and fuzzed, without a
//! [`Client`](crate::Client). They take the decompressed body and nothing else.

pub mod contact;
pub mod index;
pub mod jslogin;
pub mod login;
pub mod message;
pub(crate) mod raw;
pub mod synccheck;
pub mod webwxbatchgetcontact;
pub mod webwxcheckupload;
pub mod webwxcreatechatroom;
pub mod webwxgetcontact;
pub mod webwxgetheadimg;
pub mod webwxgeticon;
pub mod webwxgetmedia;
pub mod webwxgetmsgimg;
pub mod webwxgetpubliclinkimg;
pub mod webwxgetvideo;
pub mod webwxgetvoice;
pub mod webwxinit;
pub mod webwxlogout;
pub mod webwxnewloginpage;
pub mod webwxoplog;
pub mod webwxpushloginurl;
pub mod webwxrevokemsg;
pub mod webwxsearchcontact;
pub mod webwxsendappmsg;
pub mod webwxsendemoticon;
pub mod webwxsendmsg;
pub mod webwxsendmsgimg;
pub mod webwxsendvideomsg;
pub mod webwxstatreport;
pub mod webwxstatusnotify;
pub mod webwxsync;
pub mod webwxupdatechatroom;
pub mod webwxuploadmedia;
pub mod webwxverifyuser;

mod draft;
pub(crate) mod envelope;
mod reply;
mod synckey;
mod uin;

use std::{fmt, time::Duration};

pub(crate) use draft::{BaseRequest, Context, Credentials, Draft, json_text};
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
    /// Sends a text, a location or a card.
    SendMsg,
    /// Sends a picture.
    SendMsgImg,
    /// Sends a video.
    SendVideoMsg,
    /// Sends a sticker.
    SendEmoticon,
    /// Sends a file, or forwards what an application made.
    SendAppMsg,
    /// Takes a sent message back.
    RevokeMsg,
    /// Announces a large file.
    CheckUpload,
    /// Uploads one chunk of a file.
    UploadMedia,
    /// The picture of a message.
    GetMsgImg,
    /// The sound of a voice message.
    GetVoice,
    /// The video of a message.
    GetVideo,
    /// The file of a message.
    GetMedia,
    /// The head picture of a person.
    GetIcon,
    /// The head picture of a room.
    GetHeadImg,
    /// The map of a location.
    GetPublicLinkImg,
    /// Sets a remark name, or pins a chat.
    OpLog,
    /// Asks for a contact, or accepts one.
    VerifyUser,
    /// Makes a room.
    CreateChatRoom,
    /// Changes a room, or leaves it.
    UpdateChatRoom,
    /// Searches the address book on the service's side.
    SearchContact,
    /// Tells the service what the user did.
    StatReport,
    /// The page itself, which tells whether the session lives.
    Index,
    /// Whatever the caller asks for.
    Raw,
    /// Ends the session.
    Logout,
}

impl Endpoint {
    /// The name as it stands in the path, or `index` and `raw` for the two without one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Raw => "raw",
            _ => self.row().path.rsplit('/').next().unwrap_or_default(),
        }
    }

    /// Whether it carries a file, or a part of one.
    pub(crate) fn is_transfer(self) -> bool {
        matches!(
            self,
            Self::UploadMedia
                | Self::GetMsgImg
                | Self::GetVoice
                | Self::GetVideo
                | Self::GetMedia
                | Self::GetIcon
                | Self::GetHeadImg
                | Self::GetPublicLinkImg
        )
    }

    /// Whether it wants the ticket that is a cookie as a parameter as well.
    pub(crate) fn wants_data_ticket(self) -> bool {
        matches!(self, Self::UploadMedia | Self::GetMedia)
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
            Self::SendMsgImg => &webwxsendmsgimg::ROW,
            Self::SendVideoMsg => &webwxsendvideomsg::ROW,
            Self::SendEmoticon => &webwxsendemoticon::ROW,
            Self::SendAppMsg => &webwxsendappmsg::ROW,
            Self::RevokeMsg => &webwxrevokemsg::ROW,
            Self::CheckUpload => &webwxcheckupload::ROW,
            Self::UploadMedia => &webwxuploadmedia::ROW,
            Self::GetMsgImg => &webwxgetmsgimg::ROW,
            Self::GetVoice => &webwxgetvoice::ROW,
            Self::GetVideo => &webwxgetvideo::ROW,
            Self::GetMedia => &webwxgetmedia::ROW,
            Self::GetIcon => &webwxgeticon::ROW,
            Self::GetHeadImg => &webwxgetheadimg::ROW,
            Self::GetPublicLinkImg => &webwxgetpubliclinkimg::ROW,
            Self::OpLog => &webwxoplog::ROW,
            Self::VerifyUser => &webwxverifyuser::ROW,
            Self::CreateChatRoom => &webwxcreatechatroom::ROW,
            Self::UpdateChatRoom => &webwxupdatechatroom::ROW,
            Self::SearchContact => &webwxsearchcontact::ROW,
            Self::StatReport => &webwxstatreport::ROW,
            Self::Index => &index::ROW,
            Self::Raw => &raw::ROW,
            Self::Logout => &webwxlogout::ROW,
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
/// XML is below 1 KB, JSON that says little more than whether something was done as well, a page of the
/// address book takes 4 MB for 5,000 entries, and the page itself, with the templates in it, some
/// 100 KB: each bound leaves a factor of about ten, or far more where that costs nothing.
const SCRIPT_LIMIT: usize = 256 << 10;
const XML_LIMIT: usize = 64 << 10;
const SHORT_LIMIT: usize = 256 << 10;
const JSON_LIMIT: usize = 32 << 20;
const PAGE_LIMIT: usize = 1 << 20;

/// What is kept of a reply that should have been media, but is a refusal or a page. Media is not
/// bounded: it goes into the caller's sink.
const MEDIA_LIMIT: usize = 64 << 10;

#[cfg(test)]
mod tests;

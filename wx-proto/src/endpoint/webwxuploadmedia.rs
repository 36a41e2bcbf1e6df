//! `POST https://{file}/cgi-bin/mmwebwx-bin/webwxuploadmedia`: one chunk of a file.
//!
//! ```text
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_710c07a2_bb02","StartPos":700000,
//!  "CDNThumbImgHeight":0,"CDNThumbImgWidth":0,"EncryFileName":"report%2Epdf"}
//! ```
//!
//! - A chunk that is not the last one is answered with `Ret` 0 and an empty `MediaId`.
//! - `MediaId` may exceed 600 characters.
//! - `EncryFileName` encodes even `_` and `.`; it was missing in 2016.
//! - `Ret` 1205 may come with a `MediaId`, which then shows a wrong picture.
//! - A failure may have no `Content-Type`.

use crate::{
    endpoint::BaseResponse,
    wire::{json::Document, malformed::Malformed, utf8},
};

/// The reply to `webwxuploadmedia`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the chunk was accepted.
    pub base: BaseResponse,
    /// With the last chunk, what a message refers to. See [`Reply::usable_media_id`].
    pub media_id: String,
    /// The end of what the service has, in bytes; reliable for the last chunk alone.
    pub start_pos: i64,
    /// The file name, percent-encoded, as a download wants it.
    pub encry_file_name: String,
}

impl Reply {
    /// The media id, if this reply completes an upload: a refusal may carry one that belongs to
    /// something else.
    pub fn usable_media_id(&self) -> Option<&str> {
        (self.base.ret.is_ok() && !self.media_id.is_empty()).then_some(&self.media_id)
    }
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        media_id: reply.text("MediaId"),
        start_pos: reply.int("StartPos"),
        encry_file_name: reply.text("EncryFileName"),
    })
}

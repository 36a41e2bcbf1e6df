//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxcheckupload`: announces a file of more than 25 MB.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxcheckupload?pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"FromUserName":"@5e1f…","ToUserName":"filehelper","FileSize":31457280,
//!  "FileMd5":"0cc1…","FileName":"scan.zip","FileType":7}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"","AESKey":"6162…","Signature":"Exam…","EncryFileName":"scan%2Ezip"}
//! ```
//!
//! - A `MediaId` means that the service has this content already: nothing is to be uploaded.
//! - Without one, `AESKey` and `Signature` go into each chunk, and `Signature` into the message.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row,
        SHORT_LIMIT, bin,
    },
    secret::Secret,
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxcheckupload"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: SHORT_LIMIT,
};

/// `size` is in bytes, `md5` that of the whole file in lower-case hex.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    from: &str,
    to: &str,
    size: u64,
    md5: &str,
    name: &str,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        from_user_name: &'a str,
        to_user_name: &'a str,
        file_size: u64,
        file_md5: &'a str,
        file_name: &'a str,
        file_type: u8,
    }

    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        from_user_name: from,
        to_user_name: to,
        file_size: size,
        file_md5: md5,
        file_name: name,
        // Whatever the file is; the service wants it.
        file_type: 7,
    };
    Draft::json(Endpoint::CheckUpload, Form::new(), credentials, &body)
}

/// The reply to `webwxcheckupload`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the file may be uploaded. On a refusal, the words are for the user.
    pub base: BaseResponse,
    /// What a message refers to, if the service has the content already; else empty.
    pub media_id: String,
    /// For the chunks.
    pub aes_key: Secret,
    /// For the chunks and the message.
    pub signature: Secret,
    /// The file name, percent-encoded, as a download wants it.
    pub encry_file_name: String,
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
        aes_key: Secret::new(reply.text("AESKey")),
        signature: Secret::new(reply.text("Signature")),
        encry_file_name: reply.text("EncryFileName"),
    })
}

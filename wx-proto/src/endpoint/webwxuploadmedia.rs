//! `POST https://{file}/cgi-bin/mmwebwx-bin/webwxuploadmedia`: one chunk of a file.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json
//! Content-Type: multipart/form-data; boundary=----WebKitFormBoundary00c0ffee00c0ffee
//!
//! id=WU_FILE_0, name, type, lastModifiedDate, size, chunks, chunk, mediatype, uploadmediarequest,
//! webwx_data_ticket, pass_ticket, filename: the bytes
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_710c07a2_bb02","StartPos":700000,
//!  "CDNThumbImgHeight":0,"CDNThumbImgWidth":0,"EncryFileName":"report%2Epdf"}
//! ```
//!
//! - `StartPos` and `DataLen` of the request are 0 and the size of the file in every chunk.
//! - The pass ticket is percent-decoded here, and only here.
//! - A chunk that is not the last one is answered with `Ret` 0 and an empty `MediaId`.
//! - `MediaId` may exceed 600 characters.
//! - `EncryFileName` encodes even `_` and `.`; it was missing in 2016.
//! - `Ret` 1205 may come with a `MediaId`, which then shows a wrong picture.
//! - A failure may have no `Content-Type`.

use std::{borrow::Cow, time::Duration};

use http::header::ORIGIN;
use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row,
        SHORT_LIMIT, bin, json_text,
    },
    secret::Secret,
    wire::{
        date,
        form::{self, Form},
        json::Document,
        malformed::Malformed,
        multipart::{File, Parts},
        utf8,
    },
};

pub(crate) const ROW: Row = Row {
    host: HostRole::File,
    path: bin!("webwxuploadmedia"),
    timeout: Duration::from_secs(120),
    repeat: Repeat::Idempotent,
    limit: SHORT_LIMIT,
};

/// A file that is to be uploaded.
#[derive(Clone, Copy)]
pub(crate) struct FileInfo<'a> {
    pub(crate) name: &'a str,
    /// `application/octet-stream` if nobody knows better.
    pub(crate) mime: &'a str,
    pub(crate) media_type: MediaType,
    /// In bytes.
    pub(crate) size: u64,
    /// Of the whole file, in lower-case hex.
    pub(crate) md5: &'a str,
    /// When it was changed last, in Unix time.
    pub(crate) modified: Duration,
}

/// What the service is to make of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaType {
    Pic,
    Video,
    /// Anything else, GIFs among it.
    Doc,
}

impl MediaType {
    fn name(self) -> &'static str {
        match self {
            Self::Pic => "pic",
            Self::Video => "video",
            Self::Doc => "doc",
        }
    }
}

/// One chunk, without its bytes. No `Debug`: there are secrets in it.
#[derive(Clone, Copy)]
pub(crate) struct Chunk<'a> {
    /// The own user name, of this login.
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) file: &'a FileInfo<'a>,
    /// Unix time in milliseconds; the same one for all chunks of a file.
    pub(crate) client_media_id: u64,
    /// The cookie `webwx_data_ticket`.
    pub(crate) data_ticket: &'a Secret,
    /// What `webwxcheckupload` gave; empty for a file that it was not asked about.
    pub(crate) aes_key: &'a str,
    /// Like `aes_key`.
    pub(crate) signature: &'a str,
    /// Which chunk, from 0.
    pub(crate) nth: u64,
    /// How many there are.
    pub(crate) of: u64,
    /// Counts the files that this client uploaded, from 0.
    pub(crate) serial: u64,
    /// Random; ends up in the boundary.
    pub(crate) boundary: u64,
}

/// `data` are the bytes of this chunk: 512 KiB, and what is left in the last one.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    chunk: &Chunk<'_>,
    data: &[u8],
) -> Draft {
    let file = chunk.file;
    let mut fields: Vec<(&'static str, Cow<'_, str>)> = vec![
        ("id", format!("WU_FILE_{}", chunk.serial).into()),
        ("name", file.name.into()),
        ("type", file.mime.into()),
        (
            "lastModifiedDate",
            date::in_javascript(file.modified).into(),
        ),
        ("size", file.size.to_string().into()),
    ];
    if chunk.of > 1 {
        fields.push(("chunks", chunk.of.to_string().into()));
        fields.push(("chunk", chunk.nth.to_string().into()));
    }
    let pass_ticket = form::decode(credentials.pass_ticket.expose());
    fields.extend([
        ("mediatype", file.media_type.name().into()),
        ("uploadmediarequest", about(cx, credentials, chunk).into()),
        ("webwx_data_ticket", chunk.data_ticket.expose().into()),
    ]);
    if !pass_ticket.is_empty() {
        fields.push(("pass_ticket", pass_ticket.into()));
    }
    let parts = Parts {
        fields,
        file: File {
            field: "filename",
            name: file.name,
            mime: file.mime,
            data,
        },
    };
    let mut query = Form::new().pair("f", "json");
    if cx.family.is_file_helper() {
        let random = format!("{:04x}", chunk.boundary & 0xffff);
        query = query.pair("random", random);
    }
    let body = parts.write(chunk.boundary);
    Draft::multipart(Endpoint::UploadMedia, query.query_of(ROW.path), body)
        .with_header(ORIGIN, format!("https://{}", cx.family.main))
}

/// What stands in the field `uploadmediarequest`.
fn about(cx: &Context<'_>, credentials: &Credentials, chunk: &Chunk<'_>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct About<'a> {
        upload_type: u8,
        base_request: BaseRequest<'a>,
        client_media_id: u64,
        total_len: u64,
        start_pos: u64,
        data_len: u64,
        media_type: u8,
        from_user_name: &'a str,
        to_user_name: &'a str,
        file_md5: &'a str,
        #[serde(rename = "AESKey", skip_serializing_if = "str::is_empty")]
        aes_key: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        signature: &'a str,
    }

    json_text(&About {
        upload_type: 2,
        base_request: BaseRequest::new(cx, credentials),
        client_media_id: chunk.client_media_id,
        total_len: chunk.file.size,
        start_pos: 0,
        data_len: chunk.file.size,
        // An attachment, whatever it is.
        media_type: 4,
        from_user_name: chunk.from,
        to_user_name: chunk.to,
        file_md5: chunk.file.md5,
        aes_key: chunk.aes_key,
        signature: chunk.signature,
    })
}

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

//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetvideo`: a video, from some byte on.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetvideo?msgid=6812034415098763401&skey=%40crypt_…
//! Range: bytes=0-
//! Accept-Encoding: identity
//!
//! 206 Partial Content
//! Content-Range: bytes 0-812033/812034
//! ```
//!
//! - Without `Range` the body is empty.
//! - The reply is 206, or 200 with the whole video.

use std::time::Duration;

use http::header::RANGE;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    id::MsgId,
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetvideo"),
    timeout: Duration::from_secs(120),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

/// `from` is the first byte that is wanted.
pub(crate) fn request(
    _: &Context<'_>,
    credentials: &Credentials,
    msg_id: &MsgId,
    from: u64,
) -> Draft {
    let query = Form::new()
        .pair("msgid", msg_id)
        .pair("skey", credentials.skey.expose());
    Draft::media(Endpoint::GetVideo, query.query_of(ROW.path))
        .with_header(RANGE, format!("bytes={from}-"))
}

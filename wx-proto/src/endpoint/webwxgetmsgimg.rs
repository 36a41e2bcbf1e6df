//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetmsgimg`: the picture of a message: a picture, a
//! sticker, or the first frame of a video.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=6812034415098763345&skey=%40crypt_…&type=slave
//! ```
//!
//! - JPEG or GIF; the `Content-Type` need not be right.
//! - An empty body means that there is no such picture any more.
//! - Stickers are there only as `big`.

use std::time::Duration;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    id::MsgId,
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetmsgimg"),
    timeout: Duration::from_secs(60),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

/// How large a picture is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum ImageSize {
    /// As it stands in the list of messages; of a video, the first frame.
    Thumbnail,
    /// As it was sent.
    #[default]
    Full,
    /// As large as there is. Stickers come in no other size.
    Big,
}

pub(crate) fn request(
    _: &Context<'_>,
    credentials: &Credentials,
    msg_id: &MsgId,
    size: ImageSize,
) -> Draft {
    let size = match size {
        ImageSize::Thumbnail => "slave",
        ImageSize::Full => "",
        ImageSize::Big => "big",
    };
    let query = Form::new()
        .pair("MsgID", msg_id)
        .pair("skey", credentials.skey.expose())
        .pair_unless_empty("type", size);
    Draft::media(Endpoint::GetMsgImg, query.query_of(ROW.path))
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendemoticon`: sends a sticker.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendemoticon?fun=sys&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":47,"EmojiFlag":2,"MediaId":"@crypt_710c…","FromUserName":"@5e1f…",
//!  "ToUserName":"@b07d…","LocalID":"16725312401550933","ClientMsgId":"16725312401550933"},"Scene":0}
//! ```
//!
//! - The reply is that of [`webwxsendmsg`](crate::endpoint::webwxsendmsg).
//! - A GIF has to be uploaded as a document; as a picture it stands still.
//! - `EMoticonMd5` is spelled exactly so.

use std::time::Duration;

use crate::{
    endpoint::{
        Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT, bin,
        envelope::{Contents, Envelope},
    },
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsendemoticon"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// Which sticker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sticker<'a> {
    /// One that the account knows, by the MD5 of its file in lower-case hex.
    Md5(&'a str),
    /// An uploaded GIF.
    Media(&'a str),
}

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    envelope: Envelope<'_>,
    sticker: Sticker<'_>,
) -> Draft {
    let query = Form::new().pair("fun", "sys");
    let (emoticon_md5, media_id) = match sticker {
        Sticker::Md5(md5) => (Some(md5), None),
        Sticker::Media(id) => (None, Some(id)),
    };
    let contents = Contents {
        kind: 47,
        emoji_flag: Some(2),
        emoticon_md5,
        media_id,
        ..Contents::default()
    };
    envelope.draft(Endpoint::SendEmoticon, query, cx, credentials, contents)
}

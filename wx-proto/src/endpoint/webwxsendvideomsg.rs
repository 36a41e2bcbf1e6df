//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendvideomsg`: sends a video.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendvideomsg?fun=async&f=json&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":43,"MediaId":"@crypt_710c…","Content":"","FromUserName":"@5e1f…",
//!  "ToUserName":"filehelper","LocalID":"16725312301550107","ClientMsgId":"16725312301550107"},"Scene":0}
//! ```
//!
//! - The reply is that of [`webwxsendmsg`](crate::endpoint::webwxsendmsg).
//! - Micro videos, which phones once recorded, are of another type and are only forwarded.

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
    path: bin!("webwxsendvideomsg"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// `content` is empty, or the XML that a video came with.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    envelope: Envelope<'_>,
    media_id: &str,
    content: &str,
    micro: bool,
) -> Draft {
    let query = Form::new().pair("fun", "async").pair("f", "json");
    let contents = Contents {
        kind: if micro { 62 } else { 43 },
        media_id: Some(media_id),
        content: Some(content),
        ..Contents::default()
    };
    envelope.draft(Endpoint::SendVideoMsg, query, cx, credentials, contents)
}

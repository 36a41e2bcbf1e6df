//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendmsgimg`: sends a picture.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":3,"MediaId":"@crypt_710c…","Content":"","FromUserName":"@5e1f…",
//!  "ToUserName":"filehelper","LocalID":"16725312301550107","ClientMsgId":"16725312301550107"},"Scene":0}
//! ```
//!
//! - The reply is that of [`webwxsendmsg`](crate::endpoint::webwxsendmsg).
//! - A picture that is forwarded has the content it came with as well.
//! - `Ret` -1 is what a media id gets that is not good any more.

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
    path: bin!("webwxsendmsgimg"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// `content` is empty, or the XML that a picture came with.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    envelope: Envelope<'_>,
    media_id: &str,
    content: &str,
) -> Draft {
    let query = Form::new().pair("fun", "async").pair("f", "json");
    let contents = Contents {
        kind: 3,
        media_id: Some(media_id),
        content: Some(content),
        ..Contents::default()
    };
    envelope.draft(Endpoint::SendMsgImg, query, cx, credentials, contents)
}

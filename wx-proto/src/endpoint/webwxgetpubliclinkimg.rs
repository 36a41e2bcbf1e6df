//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg`: the map of a location.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=6812034415098763500&pictype=location
//! ```
//!
//! - JPEG. There is no key in the query.
//! - `url` really is `xxx`.

use std::time::Duration;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    id::MsgId,
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetpubliclinkimg"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

pub(crate) fn request(_: &Context<'_>, _: &Credentials, msg_id: &MsgId) -> Draft {
    let query = Form::new()
        .pair("url", "xxx")
        .pair("msgid", msg_id)
        .pair("pictype", "location");
    Draft::media(Endpoint::GetPublicLinkImg, query.query_of(ROW.path))
}

//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetvoice`: the sound of a voice message.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetvoice?msgid=6812034415098763399&skey=%40crypt_…
//! ```
//!
//! - MP3, whatever the phone recorded.
//! - An empty body means that there is no such message any more.

use std::time::Duration;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    id::MsgId,
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetvoice"),
    timeout: Duration::from_secs(60),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

pub(crate) fn request(_: &Context<'_>, credentials: &Credentials, msg_id: &MsgId) -> Draft {
    let query = Form::new()
        .pair("msgid", msg_id)
        .pair("skey", credentials.skey.expose());
    Draft::media(Endpoint::GetVoice, query.query_of(ROW.path))
}

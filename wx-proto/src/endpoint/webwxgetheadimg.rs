//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetheadimg`: the head picture of a room.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username=%40%40c3d2…&skey=%40crypt_…
//! ```
//!
//! - JPEG. An empty body happens; the next one may be whole.

use std::time::Duration;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetheadimg"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

/// `seq` stands in the path that the room came with, or is 0.
pub(crate) fn request(
    _: &Context<'_>,
    credentials: &Credentials,
    user_name: &str,
    seq: u64,
) -> Draft {
    let query = Form::new()
        .pair("seq", seq)
        .pair("username", user_name)
        .pair("skey", credentials.skey.expose());
    Draft::media(Endpoint::GetHeadImg, query.query_of(ROW.path))
}

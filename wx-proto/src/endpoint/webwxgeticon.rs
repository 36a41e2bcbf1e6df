//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgeticon`: the head picture of a person.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&username=%40b07d…&skey=%40crypt_…
//! ```
//!
//! - JPEG. An empty body happens; the next one may be whole.
//! - The pictures of rooms are at [`webwxgetheadimg`](crate::endpoint::webwxgetheadimg).

use std::time::Duration;

use crate::{
    endpoint::{Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin},
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgeticon"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

/// `seq` stands in the path that the contact came with, or is 0. `chat_room_id` is the id for
/// lookups in the room where a member was met, or empty.
pub(crate) fn request(
    _: &Context<'_>,
    credentials: &Credentials,
    user_name: &str,
    seq: u64,
    chat_room_id: &str,
    big: bool,
) -> Draft {
    let query = Form::new()
        .pair("seq", seq)
        .pair("username", user_name)
        .pair("skey", credentials.skey.expose())
        .pair_unless_empty("chatroomid", chat_room_id)
        .pair_unless_empty("type", if big { "big" } else { "" });
    Draft::media(Endpoint::GetIcon, query.query_of(ROW.path))
}

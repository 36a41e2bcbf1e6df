//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxlogout`: ends the session.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey=%40crypt_…
//! sid=Zx3K…&uin=2100045678
//! ```
//!
//! - Whatever comes back is ignored: a page, a redirect, any status.
//! - A cookie is deleted by a date shortly after the epoch, not at it.

use std::time::Duration;

use crate::{
    endpoint::{Credentials, Draft, Endpoint, HostRole, Repeat, Row, SCRIPT_LIMIT, bin},
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxlogout"),
    timeout: Duration::from_secs(10),
    repeat: Repeat::AtMostOnce,
    limit: SCRIPT_LIMIT,
};

pub(crate) fn request(credentials: &Credentials) -> Draft {
    let query = Form::new()
        .pair("redirect", 1)
        // The user wants it; the other type tells of a session that was lost.
        .pair("type", 0)
        .pair("skey", credentials.skey.expose());
    let body = Form::new()
        .pair("sid", credentials.sid.expose())
        .pair("uin", credentials.uin.expose());
    Draft::form(Endpoint::Logout, query.query_of(ROW.path), body.into_body())
}

//! `GET https://{login}/cgi-bin/mmwebwx-bin/login`: the long poll that tells how far the scan is.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=QbXample7Q%3D%3D&tip=1&r=-1788822859&_=1672531100124
//!
//! window.code=408;
//! window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4AAQSkZJRg==';
//! window.code=200;
//! window.redirect_uri="https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AX…";
//! ```
//!
//! - The service holds the poll for about 25 s and then answers 408.
//! - The avatar stands in single quotes, may be empty, of a wrong media type (`img/jpg`), 20 KB long,
//!   or missing. Its assignment has blanks round `=`, the others have none.
//! - 200 is two statements, on two lines or on one. Its URL holds `=` and `_`, and its host decides
//!   where the account lives.
//! - The page for the file helper alone adds its `appid`, as the last parameter.

use std::time::Duration;

use crate::{
    endpoint::{Context, Draft, Endpoint, HostRole, Repeat, Row, SCRIPT_LIMIT, bin},
    secret::Secret,
    wire::{form::Form, js::Script, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Login,
    path: bin!("login"),
    // The service's hold of 25 s and a margin.
    timeout: Duration::from_secs(35),
    repeat: Repeat::Idempotent,
    limit: SCRIPT_LIMIT,
};

/// `first` is whether this is the first poll of the uuid: later ones wait for the next change
/// instead of being told the same state again.
pub(crate) fn request(cx: &Context<'_>, uuid: &str, first: bool) -> Draft {
    let query = Form::new()
        .pair("loginicon", "true")
        .pair("uuid", uuid)
        .pair("tip", u8::from(first))
        .pair("r", cx.inverted_ms())
        .pair("_", cx.nonce)
        .pair_unless_empty("appid", cx.file_helper_app_id());
    Draft::script(Endpoint::Login, query.query_of(ROW.path))
}

/// The reply to a login poll.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// 200 confirmed, 201 scanned, 202 refused on the phone, 408 nothing new, 400 and others: this
    /// uuid is over.
    pub code: i32,
    /// With 201, the picture of who scanned: a `data:` URL, which may be empty.
    pub user_avatar: Option<String>,
    /// With 200, where the credentials are. It holds a ticket that is as good as a password.
    pub redirect_uri: Option<Secret>,
}

impl Reply {
    /// What a poll says that ends without an answer: nothing new.
    pub(crate) fn nothing_new() -> Self {
        Self {
            code: 408,
            user_avatar: None,
            redirect_uri: None,
        }
    }
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] without a code, and if the code says 200 but there is no URL.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let script = Script::parse(&text)?;
    let code = script
        .scalar("code")
        .and_then(|code| code.parse().ok())
        .ok_or(Malformed::missing("code"))?;
    let redirect_uri = script.scalar("redirect_uri").filter(|uri| !uri.is_empty());
    match (code, redirect_uri) {
        (200, None) => Err(Malformed::missing("redirect_uri")),
        _ => Ok(Reply {
            code,
            user_avatar: script.scalar("userAvatar").map(str::to_owned),
            redirect_uri: redirect_uri.map(Secret::new),
        }),
    }
}

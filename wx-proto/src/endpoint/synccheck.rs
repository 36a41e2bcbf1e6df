//! `GET https://{push}/cgi-bin/mmwebwx-bin/synccheck`: the long poll that tells whether there is
//! something to sync.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/synccheck?r=1672531212345&skey=%40crypt_…&sid=Zx3K…&uin=2100045678&deviceid=e771045532089914&synckey=1_704153081%7C2_704153167&_=1672531100131
//!
//! window.synccheck={retcode:"0",selector:"2"}
//! ```
//!
//! - No JSON: names are bare, numbers are quoted, no semicolon.
//! - The service holds the poll for about 25 s.
//! - Any selector but `0` means that there is something; 3 to 7 occur, unexplained in part.
//! - A lost session comes with selector `0`: look at the code first.
//! - An empty body is a hiccup, not news.
//! - The page for the file helper alone has no push host: it asks its main one, and says who it is.

use std::time::Duration;

use crate::{
    endpoint::{
        Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SCRIPT_LIMIT, SyncKey, bin,
    },
    ret::Ret,
    wire::{form::Form, js::Script, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Push,
    path: bin!("synccheck"),
    // The service's hold of 25 s and a margin.
    timeout: Duration::from_secs(35),
    repeat: Repeat::Idempotent,
    limit: SCRIPT_LIMIT,
};

/// `key` is the latest `SyncCheckKey`, or the latest `SyncKey` while there is none.
pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, key: &SyncKey) -> Draft {
    let query = Form::new()
        .pair("r", cx.unix_ms)
        .pair("skey", credentials.skey.expose())
        .pair("sid", credentials.sid.expose())
        .pair("uin", credentials.uin.expose())
        .pair("deviceid", cx.device_id)
        .pair("synckey", key)
        .pair("_", cx.nonce)
        .pair_unless_empty("mmweb_appid", cx.file_helper_app_id());
    Draft::script(Endpoint::SyncCheck, query.query_of(ROW.path))
}

/// The reply to `synccheck`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// 0, or what became of the session.
    pub retcode: Ret,
    /// Digits; anything but `0` is a reason to sync. Empty if it was left out, which is let pass
    /// only if `retcode` is not 0.
    pub selector: String,
}

impl Reply {
    /// Whether `webwxsync` would bring something.
    pub fn has_news(&self) -> bool {
        self.retcode.is_ok() && self.selector != "0"
    }
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] without `retcode` and `selector`. That says nothing about the session.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let script = Script::parse(&text)?;
    let retcode = script
        .member("synccheck", "retcode")
        .and_then(|code| code.parse().ok())
        .ok_or(Malformed::missing("retcode"))?;
    let retcode = Ret(retcode);
    let selector = script.member("synccheck", "selector").unwrap_or_default();
    if retcode.is_ok() && selector.is_empty() {
        return Err(Malformed::missing("selector"));
    }
    Ok(Reply {
        retcode,
        selector: selector.to_owned(),
    })
}

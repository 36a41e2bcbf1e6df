//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxpushloginurl`: asks the phone to confirm a login
//! without a QR code. Needs the long-lived cookies of an earlier login.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=2100045678
//!
//! {"ret":"0","msg":"all ok","uuid":"A_1_ExPush0=="}
//! ```
//!
//! - The desktop client adds `mod=desktop`.
//! - Unlike all other JSON: `ret` is a string, names are in lower case, there is no `BaseResponse`.

use std::time::Duration;

use crate::{
    endpoint::{
        Context, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT, Uin, bin, jslogin::is_uuid,
        reply::WORDS,
    },
    ret::Ret,
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxpushloginurl"),
    timeout: Duration::from_secs(10),
    repeat: Repeat::Idempotent,
    limit: SHORT_LIMIT,
};

pub(crate) fn request(cx: &Context<'_>, uin: Uin) -> Draft {
    let mode = if cx.desktop { "desktop" } else { "" };
    let query = Form::new()
        .pair("uin", uin.expose())
        .pair_unless_empty("mod", mode);
    Draft::ajax(Endpoint::PushLoginUrl, query.query_of(ROW.path))
}

/// The reply to `webwxpushloginurl`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Anything but 0: the old login cannot be continued, a QR code is needed.
    pub ret: Ret,
    /// Words to it.
    pub msg: String,
    /// What the login poll goes on with, as after `jslogin`.
    pub uuid: Option<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] without `ret`, and if it says 0 but there is no usable uuid.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let ret = reply.some_int("ret").and_then(|ret| ret.try_into().ok());
    let ret = Ret(ret.ok_or(Malformed::missing("ret"))?);
    let uuid = reply.some_text("uuid").filter(|uuid| is_uuid(uuid));
    if ret.is_ok() && uuid.is_none() {
        return Err(Malformed::missing("uuid"));
    }
    let mut msg = reply.text("msg");
    utf8::cut(&mut msg, WORDS);
    Ok(Reply { ret, msg, uuid })
}

//! `GET https://{login}/jslogin`: asks for the uuid of a QR code.
//!
//! ```text
//! GET /jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx2.qq.com%2F…&fun=new&lang=zh_CN&_=1672531100123
//!
//! window.QRLogin.code = 200; window.QRLogin.uuid = "QbXample7Q==";
//! ```
//!
//! - Two `Content-Type` headers arrive, one of them with another charset; the body is ASCII.
//! - Blanks stand round `=` here, though not in the other scripts.
//! - In the desktop client, `?mod=desktop` stands behind the path of `redirect_uri`.
//! - A refusal (`code = 400`) has no uuid, but an empty `QRLogin.error`.

use std::time::Duration;

use crate::{
    endpoint::{Context, Draft, Endpoint, HostRole, Repeat, Row, SCRIPT_LIMIT, bin},
    hosts::Hosts,
    wire::{form::Form, js::Script, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Login,
    path: "/jslogin",
    timeout: Duration::from_secs(10),
    repeat: Repeat::Idempotent,
    limit: SCRIPT_LIMIT,
};

/// Names the web page among the applications that log in this way. No other id works for it.
const APP_ID: &str = "wx782c26e4c19acffb";

/// Names the page for the file helper alone.
pub(crate) const FILE_HELPER_APP_ID: &str = "wx_webfilehelper";

pub(crate) fn request(cx: &Context<'_>) -> Draft {
    let mode = if cx.desktop { "?mod=desktop" } else { "" };
    let page = bin!("webwxnewloginpage");
    let redirect_uri = format!("https://{}{page}{mode}", cx.family.main);
    let app_id = match cx.family.is_file_helper() {
        true => FILE_HELPER_APP_ID,
        false => APP_ID,
    };
    let query = Form::new()
        .pair("appid", app_id)
        .pair("redirect_uri", redirect_uri)
        .pair("fun", "new")
        .pair("lang", cx.lang)
        .pair("_", cx.nonce);
    Draft::script(Endpoint::JsLogin, query.query_of(ROW.path))
}

/// What the phone has to scan.
pub fn qr_content(uuid: &str) -> String {
    format!("https://login.weixin.qq.com/l/{uuid}")
}

/// Where the service offers the same QR code as a picture. Nobody needs to fetch it.
pub fn qr_picture_url(hosts: &Hosts, uuid: &str) -> String {
    format!("{}/qrcode/{uuid}", hosts.origin("login.weixin.qq.com"))
}

/// The reply to `jslogin`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// 200 if there is a uuid; other values are refusals.
    pub code: i32,
    /// What the QR code and the login poll carry. It lives for about five minutes.
    pub uuid: Option<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] without a code, and if the code says 200 but there is no usable uuid.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let script = Script::parse(&text)?;
    let code = script
        .scalar("QRLogin.code")
        .and_then(|code| code.parse().ok())
        .ok_or(Malformed::missing("QRLogin.code"))?;
    let uuid = script
        .scalar("QRLogin.uuid")
        .filter(|uuid| is_uuid(uuid))
        .map(str::to_owned);
    match (code, &uuid) {
        (200, None) => Err(Malformed::missing("QRLogin.uuid")),
        _ => Ok(Reply { code, uuid }),
    }
}

/// Uuids are 12 characters or a few more. They go into URLs and onto screens, so nothing but the
/// alphabet they are made of is let through.
pub(super) fn is_uuid(uuid: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
    (1..=64).contains(&uuid.len()) && uuid.bytes().all(known)
}

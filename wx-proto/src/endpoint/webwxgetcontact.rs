//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxgetcontact`: the address book, page by page.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket=Qx7%252Bm…%253D&r=1672531208001&seq=0&skey=%40crypt_…
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MemberCount":1,"MemberList":[{"UserName":"@b07d…",…}],"Seq":668103}
//! ```
//!
//! - `Seq` other than 0: ask again with it. It may be a string, and may stand before the list.
//! - `MemberCount` is not the length of the list.
//! - Rooms come only if they were saved to the address book, and without members.
//! - A name cut by bytes makes the whole body invalid UTF-8; it costs that character alone.

use std::time::Duration;

use crate::{
    endpoint::{
        BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT, Repeat, Row,
        bin,
        contact::{ContactRecord, Contacts},
    },
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxgetcontact"),
    timeout: Duration::from_secs(60),
    repeat: Repeat::Idempotent,
    limit: JSON_LIMIT,
};

/// `seq` is 0 for the first page, then what the page before says.
pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, seq: u64) -> Draft {
    let query = Form::new()
        .pair("lang", cx.lang)
        .pair_unless_empty("pass_ticket", credentials.pass_ticket.expose())
        .pair("r", cx.unix_ms)
        .pair("seq", seq)
        .pair("skey", credentials.skey.expose());
    Draft::ajax(Endpoint::GetContact, query.query_of(ROW.path))
}

/// The reply to `webwxgetcontact`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether all else means anything.
    pub base: BaseResponse,
    /// What the service says this page holds; not the length of `contacts`.
    pub count: i64,
    /// The contacts of this page. One may come twice.
    pub contacts: Vec<ContactRecord>,
    /// How many of the contacts could not be read or had no name.
    pub unreadable: usize,
    /// 0: this was the last page. Else what to ask for next.
    pub seq: u64,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`. A single bad contact is only
/// counted.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let found = Contacts::read(&reply, "MemberList");
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        count: reply.int("MemberCount"),
        contacts: found.contacts,
        unreadable: found.unreadable,
        seq: reply.uint("Seq"),
    })
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsearchcontact`: searches the address book on the
//! service's side.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsearchcontact?pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"KeyWord":"anna"}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"List":[{"EncryUserName":"@b07d…"}]}
//! ```
//!
//! - It finds one's own contacts, not strangers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row,
        SHORT_LIMIT, bin, contact::is_user_name,
    },
    wire::{
        form::Form,
        json::{self, Document},
        malformed::Malformed,
        utf8,
    },
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsearchcontact"),
    timeout: Duration::from_secs(15),
    repeat: Repeat::Idempotent,
    limit: SHORT_LIMIT,
};

pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, keyword: &str) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        key_word: &'a str,
    }

    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        key_word: keyword,
    };
    Draft::json(Endpoint::SearchContact, Form::new(), credentials, &body)
}

/// The reply to `webwxsearchcontact`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether all else means anything.
    pub base: BaseResponse,
    /// Who was found. Items without a name are left out.
    pub user_names: Vec<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Found {
        #[serde(deserialize_with = "json::text")]
        encry_user_name: String,
    }

    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let names = reply.items("List").filter_map(|raw| {
        let found: Found = json::read(raw).ok()?;
        Some(found.encry_user_name).filter(|name| is_user_name(name))
    });
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        user_names: names.collect(),
    })
}

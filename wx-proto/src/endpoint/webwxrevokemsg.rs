//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxrevokemsg`: takes a sent message back.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxrevokemsg?pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"SvrMsgId":"7650884298732299102","ToUserName":"@b07d…","ClientMsgId":"16725312201550412"}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"Introduction":"…","SysWording":""}
//! ```
//!
//! - Two minutes after it was sent, a message stays.
//! - `Introduction` is a sentence about those two minutes, present on success, too. It and
//!   `SysWording` were missing in earlier years.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row,
        SHORT_LIMIT, bin,
    },
    id::{ClientMsgId, MsgId},
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxrevokemsg"),
    timeout: Duration::from_secs(15),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// `to` is the chat that the message went to; `id` the one it was sent with, or any other that stays
/// the same for each try.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    to: &str,
    msg_id: &MsgId,
    id: ClientMsgId,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        svr_msg_id: &'a str,
        to_user_name: &'a str,
        client_msg_id: String,
    }

    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        svr_msg_id: msg_id.as_str(),
        to_user_name: to,
        client_msg_id: id.to_string(),
    };
    Draft::json(Endpoint::RevokeMsg, Form::new(), credentials, &body)
}

/// The reply to `webwxrevokemsg`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the message is gone. On a refusal, the words may say why.
    pub base: BaseResponse,
    /// A sentence for the user about what recalling means; may be there on success.
    pub introduction: String,
    /// Unknown; mostly empty.
    pub sys_wording: String,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        introduction: reply.text("Introduction"),
        sys_wording: reply.text("SysWording"),
    })
}

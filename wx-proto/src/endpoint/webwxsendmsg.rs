//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendmsg`: sends a text.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":1,"Content":"七点\n集合","FromUserName":"@5e1f…","ToUserName":"@b07d…",
//!  "LocalID":"16725312201550412","ClientMsgId":"16725312201550412"},"Scene":0}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"7650884298732299102","LocalID":"16725312201550412"}
//! ```
//!
//! - `Ret` alone decides. It may be negative, `ErrMsg` is empty on failures.
//! - `MsgID` `""` and `"0"` both mean none; it and `LocalID` may be missing on success, too.
//! - `LocalID` comes back as a text of 14 to 17 digits.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT,
        Repeat, Row, bin,
    },
    id::{ClientMsgId, MsgId},
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsendmsg"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: JSON_LIMIT,
};

/// A text on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    /// The own user name, of this login.
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// As it is to be read: neither HTML nor escaped, lines end in LF.
    pub(crate) content: &'a str,
    /// The same one for each try.
    pub(crate) id: ClientMsgId,
}

pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, text: Text<'_>) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        msg: Msg<'a>,
        scene: u8,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Msg<'a> {
        r#type: u8,
        content: &'a str,
        from_user_name: &'a str,
        to_user_name: &'a str,
        #[serde(rename = "LocalID")]
        local_id: &'a str,
        client_msg_id: &'a str,
    }

    let query = Form::new()
        .pair("lang", cx.lang)
        .pair_unless_empty("pass_ticket", credentials.pass_ticket.expose());
    let id = text.id.to_string();
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        msg: Msg {
            r#type: 1,
            content: text.content,
            from_user_name: text.from,
            to_user_name: text.to,
            local_id: &id,
            client_msg_id: &id,
        },
        scene: 0,
    };
    Draft::json(Endpoint::SendMsg, query.query_of(ROW.path), &body)
}

/// The reply to `webwxsendmsg`, and to the other calls that send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the message was accepted, which is not: delivered.
    pub base: BaseResponse,
    /// What a recall needs.
    pub msg_id: Option<MsgId>,
    /// The id that the client gave, in digits.
    pub local_id: Option<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let local_id = reply.some_text("LocalID");
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        msg_id: MsgId::new(reply.text("MsgID")),
        local_id: local_id.filter(|id| !matches!(id.as_str(), "" | "0")),
    })
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxstatusnotify`: announces the client to the phone,
//! or marks a chat as read there.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Code":3,"FromUserName":"@5e1f…","ToUserName":"@5e1f…","ClientMsgId":1672531207111}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"2271084417329921244"}
//! ```
//!
//! - `ClientMsgId` is a plain number of milliseconds here.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row,
        SHORT_LIMIT, bin,
    },
    id::MsgId,
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxstatusnotify"),
    timeout: Duration::from_secs(15),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// What to tell the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    /// The client is there now. The phone answers, through sync, with its list of recent chats.
    Inited,
    /// The user has read this chat.
    Read(&'a str),
}

/// `id` is Unix time in milliseconds; a second try carries the same one.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    own_user_name: &str,
    notice: Notice<'_>,
    id: u64,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        code: u8,
        from_user_name: &'a str,
        to_user_name: &'a str,
        client_msg_id: u64,
    }

    let (code, to_user_name) = match notice {
        Notice::Inited => (3, own_user_name),
        Notice::Read(chat) => (1, chat),
    };
    let query = Form::new().pair("lang", cx.lang);
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        code,
        from_user_name: own_user_name,
        to_user_name,
        client_msg_id: id,
    };
    Draft::json(Endpoint::StatusNotify, query, credentials, &body)
}

/// The reply to `webwxstatusnotify`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the phone was told.
    pub base: BaseResponse,
    /// The id of the notice.
    pub msg_id: Option<MsgId>,
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
        msg_id: MsgId::new(reply.text("MsgID")),
    })
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxoplog`: gives a contact a name of one's own, or pins
//! a chat.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxoplog?lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"UserName":"@b07d…","CmdId":2,"RemarkName":"安娜 PM","BaseRequest":{…}}
//! {"UserName":"@b07d…","CmdId":3,"OP":1,"RemarkName":"安娜 PM","BaseRequest":{…}}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""}}
//! ```
//!
//! - Pinning without the remark name wipes it out.
//! - `BaseRequest` stands at the end.
//! - `Ret` 0 need not mean that a remark took effect: the contact comes again through sync if it did.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT, bin,
    },
    wire::form::Form,
};

pub use super::reply::{Reply, parse};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxoplog"),
    timeout: Duration::from_secs(10),
    repeat: Repeat::Idempotent,
    limit: SHORT_LIMIT,
};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op<'a> {
    /// Sets this remark name; an empty one takes it away.
    Remark(&'a str),
    /// Moves the chat to the top of the list, or back.
    Pin {
        on: bool,
        /// The remark name as it is.
        remark: &'a str,
    },
}

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    user_name: &str,
    op: Op<'_>,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        user_name: &'a str,
        cmd_id: u8,
        #[serde(rename = "OP", skip_serializing_if = "Option::is_none")]
        op: Option<u8>,
        remark_name: &'a str,
        base_request: BaseRequest<'a>,
    }

    let (cmd_id, op, remark_name) = match op {
        Op::Remark(remark) => (2, None, remark),
        Op::Pin { on, remark } => (3, Some(u8::from(on)), remark),
    };
    let query = Form::new().pair("lang", cx.lang);
    let body = Body {
        user_name,
        cmd_id,
        op,
        remark_name,
        base_request: BaseRequest::new(cx, credentials),
    };
    Draft::json(Endpoint::OpLog, query, credentials, &body)
}

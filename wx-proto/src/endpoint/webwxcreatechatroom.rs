//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxcreatechatroom`: makes a room.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxcreatechatroom?r=1672531310001&pass_ticket=Qx7%252Bm…%253D
//! {"MemberCount":2,"MemberList":[{"UserName":"@b07d…"},{"UserName":"@d41c…"}],"Topic":"","BaseRequest":{…}}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":"Everything is OK"},"Topic":"","PYInitial":"","QuanPin":"",
//!  "MemberCount":2,"MemberList":[{"UserName":"@b07d…","NickName":"Anna",…}],
//!  "ChatRoomName":"@@0011…","BlackList":""}
//! ```
//!
//! - `ErrMsg` is filled on success.
//! - `BaseRequest` stands at the end.
//! - The reply has the members of [`webwxupdatechatroom`](crate::endpoint::webwxupdatechatroom)'s.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT, Repeat, Row, bin,
    },
    wire::form::Form,
};

pub use super::webwxupdatechatroom::{Reply, parse};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxcreatechatroom"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::AtMostOnce,
    limit: JSON_LIMIT,
};

/// `members` are user names without one's own; `topic` may be empty.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    members: &[&str],
    topic: &str,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        member_count: usize,
        member_list: Vec<Member<'a>>,
        topic: &'a str,
        base_request: BaseRequest<'a>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Member<'a> {
        user_name: &'a str,
    }

    let query = Form::new().pair("r", cx.unix_ms);
    let body = Body {
        member_count: members.len(),
        member_list: members
            .iter()
            .map(|user_name| Member { user_name })
            .collect(),
        topic,
        base_request: BaseRequest::new(cx, credentials),
    };
    Draft::json(Endpoint::CreateChatRoom, query, credentials, &body)
}

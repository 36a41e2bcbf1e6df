//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxverifyuser`: asks for a contact, or accepts one.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxverifyuser?r=1672531300001&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Opcode":3,"VerifyUserListSize":1,
//!  "VerifyUserList":[{"Value":"@9a8b…","VerifyUserTicket":"v4_…"}],
//!  "VerifyContent":"","SceneListCount":1,"SceneList":[33],"skey":"@crypt_…"}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""}}
//! ```
//!
//! - The key stands in the body twice.
//! - Asking often ends in `Ret` 1205, or in a ban.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT, bin,
    },
    secret::Secret,
    wire::form::Form,
};

pub use super::reply::{Reply, parse};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxverifyuser"),
    timeout: Duration::from_secs(15),
    repeat: Repeat::AtMostOnce,
    limit: SHORT_LIMIT,
};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// Adds at once, as one follows an official account.
    Add = 1,
    /// Asks a stranger, met in a room or on a card.
    Request = 2,
    /// Accepts a request.
    Accept = 3,
}

/// The official page writes this for whatever was found on the web.
const SCENE_WEB: u8 = 33;

/// `ticket` is that of the request that is accepted, else empty; `content` is the greeting.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    opcode: Opcode,
    user_name: &str,
    ticket: &str,
    content: &str,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        opcode: u8,
        verify_user_list_size: u8,
        verify_user_list: [User<'a>; 1],
        verify_content: &'a str,
        scene_list_count: u8,
        scene_list: [u8; 1],
        #[serde(rename = "skey")]
        skey: &'a Secret,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct User<'a> {
        value: &'a str,
        verify_user_ticket: &'a str,
    }

    let query = Form::new().pair("r", cx.unix_ms).pair("lang", cx.lang);
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        opcode: opcode as u8,
        verify_user_list_size: 1,
        verify_user_list: [User {
            value: user_name,
            verify_user_ticket: ticket,
        }],
        verify_content: content,
        scene_list_count: 1,
        scene_list: [SCENE_WEB],
        skey: &credentials.skey,
    };
    Draft::json(Endpoint::VerifyUser, query, credentials, &body)
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxupdatechatroom`: changes a room, or leaves it.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxupdatechatroom?fun=modtopic&pass_ticket=Qx7%252Bm…%253D
//! {"NewTopic":"周日徒步","ChatRoomName":"@@c3d2…","BaseRequest":{…}}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MemberCount":1,"MemberList":[{"UserName":"@b07d…",…}]}
//! ```
//!
//! - `Ret` 0 says nothing about the single member.
//! - A refusal has an empty list of members, and `Ret` 1 for lack of rights, or for a room so large
//!   that people have to be invited.
//! - `BaseRequest` stands at the end.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT,
        Repeat, Row, bin, contact::MemberRecord,
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
    path: bin!("webwxupdatechatroom"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::AtMostOnce,
    limit: JSON_LIMIT,
};

/// What to change. Lists hold user names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    Add(&'a [&'a str]),
    /// They are asked; for rooms that are too large to add to.
    Invite(&'a [&'a str]),
    /// For owners.
    Remove(&'a [&'a str]),
    Topic(&'a str),
    /// Leaves the room.
    Quit,
}

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    room: &str,
    change: Change<'_>,
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        add_member_list: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        invite_member_list: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        del_member_list: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        new_topic: Option<&'a str>,
        chat_room_name: &'a str,
        base_request: BaseRequest<'a>,
    }

    let mut body = Body {
        add_member_list: None,
        invite_member_list: None,
        del_member_list: None,
        new_topic: None,
        chat_room_name: room,
        base_request: BaseRequest::new(cx, credentials),
    };
    let fun = match change {
        Change::Add(members) => {
            body.add_member_list = Some(members.join(","));
            "addmember"
        }
        Change::Invite(members) => {
            body.invite_member_list = Some(members.join(","));
            "invitemember"
        }
        Change::Remove(members) => {
            body.del_member_list = Some(members.join(","));
            "delmember"
        }
        Change::Topic(topic) => {
            body.new_topic = Some(topic);
            "modtopic"
        }
        Change::Quit => "quitchatroom",
    };
    let query = Form::new().pair("fun", fun);
    Draft::json(Endpoint::UpdateChatRoom, query, credentials, &body)
}

/// The reply to `webwxcreatechatroom` and `webwxupdatechatroom`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether something was done.
    pub base: BaseResponse,
    /// User name of a new room.
    pub chat_room_name: String,
    /// The members this was about, without ourselves.
    pub members: Vec<MemberRecord>,
    /// Those who do not want to be added, in the service's own form.
    pub black_list: String,
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
        chat_room_name: reply.text("ChatRoomName"),
        members: reply
            .items("MemberList")
            .filter_map(|raw| json::read(raw).ok())
            .collect(),
        black_list: reply.text("BlackList"),
    })
}

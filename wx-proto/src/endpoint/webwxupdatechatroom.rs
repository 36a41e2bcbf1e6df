//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxupdatechatroom` and `…/webwxcreatechatroom`: rooms.
//!
//! ```text
//! {"BaseResponse":{"Ret":0,"ErrMsg":"Everything is OK"},"Topic":"","PYInitial":"","QuanPin":"",
//!  "MemberCount":2,"MemberList":[{"UserName":"@b07d…","NickName":"Anna",…}],
//!  "ChatRoomName":"@@0011…","BlackList":""}
//! ```
//!
//! - `ErrMsg` is filled on success.
//! - `Ret` 0 says nothing about the single member.
//! - A refusal has an empty list of members, and `Ret` 1 for lack of rights.

use crate::{
    endpoint::{BaseResponse, contact::MemberRecord},
    wire::{
        json::{self, Document},
        malformed::Malformed,
        utf8,
    },
};

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

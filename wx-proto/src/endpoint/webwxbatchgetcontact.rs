//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxbatchgetcontact`: full records of up to 50 people
//! or rooms, and of members of rooms.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxbatchgetcontact?type=ex&r=1672531209777&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Count":1,"List":[{"UserName":"@@c3d2…","ChatRoomId":""}]}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"Count":1,"ContactList":[{"UserName":"@@c3d2…","MemberList":[…],…}]}
//! ```
//!
//! - One bad entry can fail the whole batch.
//! - Records need not come in the order they were asked for, nor all of them.
//! - `EncryChatRoomId` is an id for rooms and `"0"` for people.
//! - A member's `NickName` may be the remark name that the account's owner gave.
//! - Stray members at the top level mean nothing.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT,
        Repeat, Row, bin,
        contact::{ContactRecord, Contacts},
    },
    wire::{form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxbatchgetcontact"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: JSON_LIMIT,
};

/// The most entries of one request; a larger one is refused.
pub(crate) const MAX_ENTRIES: usize = 50;

/// Whom to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Entry<'a> {
    /// A room with its members.
    #[serde(rename_all = "PascalCase")]
    Room {
        user_name: &'a str,
        /// Always empty.
        chat_room_id: &'static str,
    },
    /// A person, or a member of a room.
    #[serde(rename_all = "PascalCase")]
    Person {
        user_name: &'a str,
        /// Empty, or the id that the record of the room has under this name.
        encry_chat_room_id: &'a str,
    },
}

impl<'a> Entry<'a> {
    pub(crate) fn room(user_name: &'a str) -> Self {
        Self::Room {
            user_name,
            chat_room_id: "",
        }
    }

    pub(crate) fn person(user_name: &'a str) -> Self {
        Self::member(user_name, "")
    }

    pub(crate) fn member(user_name: &'a str, encry_chat_room_id: &'a str) -> Self {
        Self::Person {
            user_name,
            encry_chat_room_id,
        }
    }
}

/// At most [`MAX_ENTRIES`] entries.
pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, entries: &[Entry<'_>]) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        count: usize,
        list: &'a [Entry<'a>],
    }

    let query = Form::new()
        .pair("type", "ex")
        .pair("r", cx.unix_ms)
        .pair("lang", cx.lang);
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        count: entries.len(),
        list: entries,
    };
    Draft::json(Endpoint::BatchGetContact, query, credentials, &body)
}

/// The reply to `webwxbatchgetcontact`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether all else means anything.
    pub base: BaseResponse,
    /// What the service says it sent; not the length of `contacts`.
    pub count: i64,
    /// The records, to be matched by user name.
    pub contacts: Vec<ContactRecord>,
    /// How many of them could not be read or had no name.
    pub unreadable: usize,
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
    let found = Contacts::read(&reply, "ContactList");
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        count: reply.int("Count"),
        contacts: found.contacts,
        unreadable: found.unreadable,
    })
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsync`: fetches what is new.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsync?sid=Zx3K…&skey=%40crypt_…&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"SyncKey":{"Count":1,"List":[{"Key":1,"Val":704153081}]},"rr":-1788934357}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":1,"AddMsgList":[{"MsgId":"6812…",…}],
//!  "ModContactCount":0,"ModContactList":[],"DelContactCount":0,"DelContactList":[],
//!  "ModChatRoomMemberCount":0,"ModChatRoomMemberList":[],"Profile":{"BitFlag":0,…},
//!  "ContinueFlag":0,"SyncKey":{…},"SKey":"","SyncCheckKey":{…}}
//! ```
//!
//! - The number of keys changes, keys may go missing, `Count` may lie, `SyncCheckKey` was missing
//!   once. An empty list never replaces a key: with `Ret` 3 it comes so for hours.
//! - `SKey` is `""`.
//! - `MsgId` is a text, `NewMsgId` the same number; it fits no double.
//! - Messages have 26 to 28 members, records in `ModContactList` another set than elsewhere.
//! - There may be nothing new at all. Every reply renews the cookies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT,
        Repeat, Row, SyncKey, bin,
        contact::{ContactRecord, Contacts, picture},
        message::MessageRecord,
        webwxinit::skey,
    },
    secret::Secret,
    wire::{
        form::Form,
        json::{self, Document},
        malformed::Malformed,
        utf8,
    },
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsync"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Idempotent,
    limit: JSON_LIMIT,
};

/// `key` is the latest `SyncKey`, never a `SyncCheckKey`.
pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials, key: &SyncKey) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        sync_key: &'a SyncKey,
        #[serde(rename = "rr")]
        rr: i32,
    }

    let query = Form::new()
        .pair("sid", credentials.sid.expose())
        .pair("skey", credentials.skey.expose())
        .pair("lang", cx.lang);
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
        sync_key: key,
        rr: cx.inverted_ms(),
    };
    Draft::json(Endpoint::Sync, query, credentials, &body)
}

/// The reply to `webwxsync`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether all else means anything.
    pub base: BaseResponse,
    /// New messages, in the order of the service.
    pub messages: Vec<MessageItem>,
    /// New or changed people and rooms. Messages may refer to rooms that stand here.
    pub mod_contacts: Vec<ContactRecord>,
    /// How many of them could not be read or had no name.
    pub unreadable: usize,
    /// User names of removed friends and of rooms that were left.
    pub del_contacts: Vec<String>,
    /// What changed in the own profile.
    pub profile: Option<ProfileChange>,
    /// Other than 0: more is waiting, sync again at once.
    pub continue_flag: i64,
    /// Replaces the key, whole, unless `None`.
    pub sync_key: Option<SyncKey>,
    /// Replaces the key of `synccheck`, whole, unless `None`.
    pub sync_check_key: Option<SyncKey>,
    /// Replaces the session's key unless `None`.
    pub skey: Option<Secret>,
}

/// One item of the list of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageItem {
    /// A message.
    Record(Box<MessageRecord>),
    /// What stands in its place, as text, if it cannot be read or has no id.
    Unreadable(String),
}

/// A change of the own profile. `None` is no change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileChange {
    /// HTML and emoji spans.
    pub nick_name: Option<String>,
    /// Path below the session's main host; its `skey=` is left empty.
    pub head_img_url: Option<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`. A single bad message is kept as
/// [`MessageItem::Unreadable`], a single bad contact is counted.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let changed = Contacts::read(&reply, "ModContactList");
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        messages: reply.items("AddMsgList").map(MessageItem::read).collect(),
        mod_contacts: changed.contacts,
        unreadable: changed.unreadable,
        del_contacts: Contacts::read(&reply, "DelContactList")
            .contacts
            .into_iter()
            .map(|contact| contact.user_name)
            .collect(),
        profile: reply.record::<Profile>("Profile").change(),
        continue_flag: reply.int("ContinueFlag"),
        sync_key: SyncKey::read(reply.raw("SyncKey")),
        sync_check_key: SyncKey::read(reply.raw("SyncCheckKey")),
        skey: skey(&reply),
    })
}

impl MessageItem {
    fn read(raw: &str) -> Self {
        match json::read::<MessageRecord>(raw) {
            Ok(record) if record.id().is_some() => Self::Record(Box::new(record)),
            // Without an id there is no telling it from the next one.
            _ => Self::Unreadable(raw.to_owned()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Profile {
    #[serde(deserialize_with = "json::int")]
    bit_flag: i64,
    #[serde(deserialize_with = "json::record")]
    nick_name: Buff,
    #[serde(deserialize_with = "json::int")]
    head_img_update_flag: i64,
    #[serde(deserialize_with = "picture")]
    head_img_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Buff {
    #[serde(deserialize_with = "json::text")]
    buff: String,
}

impl Profile {
    fn change(self) -> Option<ProfileChange> {
        /// What `BitFlag` is when the profile changed; the meaning of the single bits is unknown.
        const CHANGED: i64 = 190;

        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        (self.bit_flag == CHANGED).then(|| ProfileChange {
            nick_name: filled(self.nick_name.buff),
            head_img_url: self
                .head_img_url
                .and_then(filled)
                .filter(|_| self.head_img_update_flag != 0),
        })
    }
}

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxinit`: opens the session: own profile, recent
//! chats, the first sync key. Also asks whether an old session still lives.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxinit?r=-1788927757&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{"Uin":2100045678,"Sid":"Zx3K…","Skey":"@crypt_…","DeviceID":"e318540297714663"}}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"Count":2,"ContactList":[{"UserName":"filehelper",…}],
//!  "SyncKey":{"Count":4,"List":[{"Key":1,"Val":704153081},…]},"User":{"Uin":2100045678,…},
//!  "ChatSet":"filehelper,@@c3d2…,weixin,","SKey":"@crypt_…","ClientVersion":654315571,
//!  "SystemTime":1672531206,"InviteStartCount":40,"MPSubscribeMsgList":[…],…}
//! ```
//!
//! - `Count` and `MemberCount` are not the lengths of their lists.
//! - `filehelper` may stand twice in `ContactList` and in `ChatSet`.
//! - `ChatSet` ends in a comma, or not, and mixes people, rooms and special accounts.
//! - Rooms come here with a part of their members, and those without names.
//! - A failure has the same shape with everything empty, or nothing but `BaseResponse`: an empty
//!   user name or key in it says nothing.
//! - `MPSubscribeMsgList` may be missing although its count is not 0.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    endpoint::{
        BaseRequest, BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT,
        Repeat, Row, SyncKey, Uin, bin,
        contact::{ContactRecord, Contacts, is_user_name, picture},
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
    path: bin!("webwxinit"),
    timeout: Duration::from_secs(30),
    repeat: Repeat::Idempotent,
    limit: JSON_LIMIT,
};

/// The most recent chats that are read; a phone tells of about a hundred.
const CHATS: usize = 10_000;

/// With an empty `skey` and no ticket, this resumes a session by its cookies.
pub(crate) fn request(cx: &Context<'_>, credentials: &Credentials) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
    }

    let query = Form::new()
        .pair("r", cx.inverted_ms())
        .pair("lang", cx.lang);
    let body = Body {
        base_request: BaseRequest::new(cx, credentials),
    };
    Draft::json(Endpoint::Init, query, credentials, &body)
}

/// The reply to `webwxinit`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether all else means anything.
    pub base: BaseResponse,
    /// What the service says it sent; not the length of `contacts`.
    pub count: i64,
    /// Recent chats. The same one may come twice.
    pub contacts: Vec<ContactRecord>,
    /// How many of the contacts could not be read or had no name.
    pub unreadable: usize,
    /// Where the sync starts; `None` on failures.
    pub sync_key: Option<SyncKey>,
    /// Who we are.
    pub user: User,
    /// User names of recent chats, most recent first; a name may come twice.
    pub chat_set: Vec<String>,
    /// Replaces the key that the login gave, if there is one.
    pub skey: Option<Secret>,
    /// The service's clock: Unix time in seconds.
    pub system_time: i64,
    /// Orders nothing: it goes up and down over the years.
    pub client_version: i64,
    /// From this many members on, a room is joined by invitation; 0 if the service does not say.
    pub invite_start_count: i64,
    /// Articles of official accounts.
    pub mp: Vec<MpMessage>,
}

/// The account itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct User {
    /// The account's number.
    #[serde(deserialize_with = "uin")]
    pub uin: Uin,
    /// The name on the wire; new with each login. Empty on failures.
    #[serde(deserialize_with = "json::text")]
    pub user_name: String,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub nick_name: String,
    /// Path below the session's main host; its `skey=` is left empty.
    #[serde(deserialize_with = "picture")]
    pub head_img_url: Option<String>,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub signature: String,
    /// 0 unknown, 1 male, 2 female.
    #[serde(deserialize_with = "json::int")]
    pub sex: i64,
}

/// New articles of one official account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct MpMessage {
    /// The account.
    #[serde(deserialize_with = "json::text")]
    pub user_name: String,
    /// Its name; HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub nick_name: String,
    /// Unix time in seconds.
    #[serde(deserialize_with = "json::int")]
    pub time: i64,
    /// The articles, as far as they were sent.
    #[serde(rename = "MPArticleList", deserialize_with = "json::list")]
    pub articles: Vec<MpArticle>,
}

impl MpMessage {
    /// Without articles that say nothing: a list of `{}` would take thirty times its size.
    fn trimmed(mut self) -> Self {
        let says = |article: &MpArticle| !(article.title.is_empty() && article.url.is_empty());
        self.articles.retain(says);
        self.articles.shrink_to_fit();
        self
    }
}

/// One article of an official account. All texts are HTML-escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct MpArticle {
    /// Headline.
    #[serde(deserialize_with = "json::text")]
    pub title: String,
    /// Summary.
    #[serde(deserialize_with = "json::text")]
    pub digest: String,
    /// URL of the picture; it may hold a raw `|`.
    #[serde(deserialize_with = "json::text")]
    pub cover: String,
    /// URL of the article.
    #[serde(deserialize_with = "json::text")]
    pub url: String,
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
        sync_key: SyncKey::read(reply.raw("SyncKey")),
        user: reply.record("User"),
        chat_set: reply
            .text("ChatSet")
            .split(',')
            .map(str::trim)
            .filter(|name| is_user_name(name))
            .take(CHATS)
            .map(str::to_owned)
            .collect(),
        skey: skey(&reply),
        system_time: reply.int("SystemTime"),
        client_version: reply.int("ClientVersion"),
        invite_start_count: reply.int("InviteStartCount"),
        mp: reply
            .items("MPSubscribeMsgList")
            .filter_map(|raw| json::read(raw).ok())
            .map(MpMessage::trimmed)
            .collect(),
    })
}

/// An empty key replaces nothing.
pub(super) fn skey(reply: &Document<'_>) -> Option<Secret> {
    reply
        .some_text("SKey")
        .filter(|skey| !skey.is_empty())
        .map(Secret::new)
}

fn uin<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Uin, D::Error> {
    Ok(Uin::of(json::uint(from)?).unwrap_or_default())
}

//! The record of one message as `webwxsync` delivers it: field by field, nothing decoded yet.

use std::fmt;

use serde::Deserialize;

use crate::{id::MsgId, secret::Secret, wire::json};

/// One item of `AddMsgList`. Every member may be missing; unknown ones are ignored; a member of an
/// unexpected type counts as missing.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct MessageRecord {
    /// Decimal digits.
    #[serde(deserialize_with = "json::text")]
    pub msg_id: String,
    /// The same value as a number; exact, although it does not fit a double.
    #[serde(deserialize_with = "json::uint")]
    pub new_msg_id: u64,
    /// User name of the sender, or of the room.
    #[serde(deserialize_with = "json::text")]
    pub from_user_name: String,
    /// User name of the receiver, or of the room.
    #[serde(deserialize_with = "json::text")]
    pub to_user_name: String,
    /// Which kind of message this is.
    #[serde(deserialize_with = "json::int")]
    pub msg_type: i64,
    /// Encoded text or XML, see [`Content`](crate::Content).
    #[serde(deserialize_with = "json::text")]
    pub content: String,
    /// 3 in general, 4 on notices and recalls.
    #[serde(deserialize_with = "json::int")]
    pub status: i64,
    /// 2 for what has a picture.
    #[serde(deserialize_with = "json::int")]
    pub img_status: i64,
    /// Unix time in seconds.
    #[serde(deserialize_with = "json::int")]
    pub create_time: i64,
    /// Voice: length in milliseconds.
    #[serde(deserialize_with = "json::int")]
    pub voice_length: i64,
    /// Video: length in seconds.
    #[serde(deserialize_with = "json::int")]
    pub play_length: i64,
    /// File name or title of an app message.
    #[serde(deserialize_with = "json::text")]
    pub file_name: String,
    /// Decimal bytes, or empty.
    #[serde(deserialize_with = "json::text")]
    pub file_size: String,
    /// Id for the download of a file.
    #[serde(deserialize_with = "json::text")]
    pub media_id: String,
    /// Link, HTML-escaped.
    #[serde(deserialize_with = "json::text")]
    pub url: String,
    /// Kind of an app message.
    #[serde(deserialize_with = "json::int")]
    pub app_msg_type: i64,
    /// What a status notification says.
    #[serde(deserialize_with = "json::int")]
    pub status_notify_code: i64,
    /// User names, joined by commas.
    #[serde(deserialize_with = "json::text")]
    pub status_notify_user_name: String,
    /// Who a card or a friend request is about.
    #[serde(deserialize_with = "json::record")]
    pub recommend_info: RecommendInfo,
    /// 1 for a sticker of the store.
    #[serde(deserialize_with = "json::int")]
    pub has_product_id: i64,
    /// Opaque.
    #[serde(deserialize_with = "json::secret")]
    pub ticket: Secret,
    /// Pixels.
    #[serde(deserialize_with = "json::int")]
    pub img_height: i64,
    /// Pixels.
    #[serde(deserialize_with = "json::int")]
    pub img_width: i64,
    /// 48 marks a location inside a text message.
    #[serde(deserialize_with = "json::int")]
    pub sub_msg_type: i64,
    /// XML of a location, not escaped.
    #[serde(deserialize_with = "json::text")]
    pub ori_content: String,
    /// The file name as the download wants it.
    #[serde(deserialize_with = "json::text")]
    pub encry_file_name: String,
}

/// The person a card or a friend request is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct RecommendInfo {
    /// Usable within this session.
    #[serde(deserialize_with = "json::text")]
    pub user_name: String,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub nick_name: String,
    /// Region.
    #[serde(deserialize_with = "json::text")]
    pub province: String,
    /// Region.
    #[serde(deserialize_with = "json::text")]
    pub city: String,
    /// The greeting of a friend request.
    #[serde(deserialize_with = "json::text")]
    pub content: String,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub signature: String,
    /// The id the person chose.
    #[serde(deserialize_with = "json::text")]
    pub alias: String,
    /// Where the request comes from.
    #[serde(deserialize_with = "json::int")]
    pub scene: i64,
    /// Bit field; 8 marks an official account.
    #[serde(deserialize_with = "json::int")]
    pub verify_flag: i64,
    /// 0 unknown, 1 male, 2 female.
    #[serde(deserialize_with = "json::int")]
    pub sex: i64,
    /// Opaque; accepting the request hands it back.
    #[serde(deserialize_with = "json::secret")]
    pub ticket: Secret,
    /// What kind of request it is.
    #[serde(deserialize_with = "json::int")]
    pub op_code: i64,
}

impl RecommendInfo {
    fn weight(&self) -> usize {
        let Self {
            user_name,
            nick_name,
            province,
            city,
            content,
            signature,
            alias,
            ticket,
            scene: _,
            verify_flag: _,
            sex: _,
            op_code: _,
        } = self;
        let texts = [
            user_name, nick_name, province, city, content, signature, alias,
        ];
        ticket.expose().len() + texts.into_iter().map(String::len).sum::<usize>()
    }
}

/// What was said is for the application to print, and a content may hold a ticket.
impl fmt::Debug for MessageRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageRecord")
            .field("msg_id", &self.msg_id)
            .field("msg_type", &self.msg_type)
            .field("from_user_name", &self.from_user_name)
            .field("to_user_name", &self.to_user_name)
            .field("content_len", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl MessageRecord {
    /// What it holds of what the service sent, in bytes. All members are named: one that is forgotten
    /// here could fill the memory.
    pub(crate) fn weight(&self) -> usize {
        let Self {
            msg_id,
            from_user_name,
            to_user_name,
            content,
            file_name,
            file_size,
            media_id,
            url,
            status_notify_user_name,
            recommend_info,
            ticket,
            ori_content,
            encry_file_name,
            new_msg_id: _,
            msg_type: _,
            status: _,
            img_status: _,
            create_time: _,
            voice_length: _,
            play_length: _,
            app_msg_type: _,
            status_notify_code: _,
            has_product_id: _,
            img_height: _,
            img_width: _,
            sub_msg_type: _,
        } = self;
        let texts = [
            msg_id,
            from_user_name,
            to_user_name,
            content,
            file_name,
            file_size,
            media_id,
            url,
            status_notify_user_name,
            ori_content,
            encry_file_name,
        ];
        let texts: usize = texts.into_iter().map(String::len).sum();
        size_of::<Self>() + texts + ticket.expose().len() + recommend_info.weight()
    }

    /// The id of the message: the text, or the number where the text is missing.
    pub(crate) fn id(&self) -> Option<MsgId> {
        let number = || MsgId::new(self.new_msg_id.to_string());
        MsgId::new(self.msg_id.as_str()).or_else(number)
    }
}

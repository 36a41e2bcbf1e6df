//! The record of a person, room or service account, as five endpoints deliver it.

use serde::{Deserialize, Deserializer};

use crate::wire::{
    json::{self, Document},
    utf8::cut,
};

/// One contact as it came. `None` is a member the reply did not have, which says nothing about the
/// stored value; an empty text is a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct ContactRecord {
    /// The name on the wire; valid for one login.
    #[serde(deserialize_with = "json::text")]
    pub user_name: String,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::some_text")]
    pub nick_name: Option<String>,
    /// The name the account's owner gave; HTML and emoji spans.
    #[serde(deserialize_with = "json::some_text")]
    pub remark_name: Option<String>,
    /// The id the person chose.
    #[serde(deserialize_with = "json::some_text")]
    pub alias: Option<String>,
    /// Path below the session's main host, without the session's key that the service may write
    /// into it: `…&skey=` is left empty.
    #[serde(deserialize_with = "picture")]
    pub head_img_url: Option<String>,
    /// HTML and emoji spans.
    #[serde(deserialize_with = "json::some_text")]
    pub signature: Option<String>,
    /// Region.
    #[serde(deserialize_with = "json::some_text")]
    pub province: Option<String>,
    /// Region.
    #[serde(deserialize_with = "json::some_text")]
    pub city: Option<String>,
    /// Bit field: 1 in the address book, 8 blocked, 64 starred, 512 muted, 2048 pinned.
    #[serde(deserialize_with = "json::some_int")]
    pub contact_flag: Option<i64>,
    /// Bit field: 8 marks an official account.
    #[serde(deserialize_with = "json::some_int")]
    pub verify_flag: Option<i64>,
    /// 0 unknown, 1 male, 2 female.
    #[serde(deserialize_with = "json::some_int")]
    pub sex: Option<i64>,
    /// 1 when starred.
    #[serde(deserialize_with = "json::some_int")]
    pub star_friend: Option<i64>,
    /// Rooms: 0 muted, 1 not (the service spells it so).
    #[serde(deserialize_with = "json::some_int")]
    pub statues: Option<i64>,
    /// Opaque; exceeds 31 bits.
    #[serde(deserialize_with = "json::some_int")]
    pub attr_status: Option<i64>,
    /// Rooms: what the service counts, which is not the length of `member_list`.
    #[serde(deserialize_with = "json::some_int")]
    pub member_count: Option<i64>,
    /// Rooms: the members, as far as they were sent.
    #[serde(deserialize_with = "json::some_list")]
    pub member_list: Option<Vec<MemberRecord>>,
    /// Rooms: the id for lookups of members; `0` for people.
    #[serde(deserialize_with = "json::some_text")]
    pub encry_chat_room_id: Option<String>,
    /// Rooms: user name of the owner.
    #[serde(deserialize_with = "json::some_text")]
    pub chat_room_owner: Option<String>,
    /// Rooms: 1 when the account owns it.
    #[serde(deserialize_with = "json::some_int")]
    pub is_owner: Option<i64>,
    /// First three characters of the real id.
    #[serde(deserialize_with = "json::some_text")]
    pub key_word: Option<String>,
}

/// One member of a room as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct MemberRecord {
    /// The name on the wire; valid for one login.
    #[serde(deserialize_with = "json::text")]
    pub user_name: String,
    /// HTML and emoji spans; may be the remark name the account's owner gave.
    #[serde(deserialize_with = "json::text")]
    pub nick_name: String,
    /// The name within the room; HTML and emoji spans.
    #[serde(deserialize_with = "json::text")]
    pub display_name: String,
    /// Opaque; exceeds 31 bits.
    #[serde(deserialize_with = "json::int")]
    pub attr_status: i64,
}

/// A picture's path. The key in it is that of the session, or an outdated one; a request has to use
/// the latest anyway, and here it would get into whatever a contact is printed or saved to.
pub(super) fn picture<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let without = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("skey") => format!("{name}="),
        _ => pair.to_owned(),
    };
    let path = json::some_text(from)?;
    Ok(path.map(|path| match path.split_once('?') {
        None => path,
        Some((base, query)) => {
            let query: Vec<_> = query.split('&').map(without).collect();
            format!("{base}?{}", query.join("&"))
        }
    }))
}

/// The contacts of a reply.
#[derive(Debug, Default)]
pub(crate) struct Contacts {
    pub(crate) contacts: Vec<ContactRecord>,
    pub(crate) unreadable: usize,
}

impl Contacts {
    /// Reads a list. What has no user name is no contact; it is counted with what cannot be read.
    /// What is longer than can be real is cut.
    pub(crate) fn read(reply: &Document<'_>, list: &str) -> Self {
        let mut read = Self::default();
        for raw in reply.items(list) {
            match json::read::<ContactRecord>(raw) {
                Ok(contact) if is_user_name(&contact.user_name) => {
                    read.contacts.push(contact.trimmed());
                }
                _ => read.unreadable += 1,
            }
        }
        read
    }
}

/// The longest one has 66 characters, and stands between commas in lists. One with a comma in it
/// would be two people there; a long one would come back with every request.
pub(crate) fn is_user_name(name: &str) -> bool {
    let is_part = |c: char| c != ',' && !c.is_control() && !c.is_whitespace();
    (1..=256).contains(&name.len()) && name.chars().all(is_part)
}

/// The longest text of a record that is kept, in bytes: a name has about thirty characters, each at
/// most a span of 40. Every message carries two names, so their length must not be for the service
/// to choose.
pub(crate) const TEXT: usize = 2048;

/// Twenty times the largest room.
const MEMBERS: usize = 10_000;

impl ContactRecord {
    /// Cut down to what can be real.
    fn trimmed(mut self) -> Self {
        let texts = [
            &mut self.nick_name,
            &mut self.remark_name,
            &mut self.alias,
            &mut self.head_img_url,
            &mut self.signature,
            &mut self.province,
            &mut self.city,
            &mut self.encry_chat_room_id,
            &mut self.chat_room_owner,
            &mut self.key_word,
        ];
        for text in texts.into_iter().flatten() {
            cut(text, TEXT);
        }
        if let Some(members) = &mut self.member_list {
            members.retain(|member| is_user_name(&member.user_name));
            members.truncate(MEMBERS);
            // What a list grew to for those that are gone.
            members.shrink_to_fit();
            for member in members {
                cut(&mut member.nick_name, TEXT);
                cut(&mut member.display_name, TEXT);
            }
        }
        self
    }

    /// What it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let texts = [
            &self.nick_name,
            &self.remark_name,
            &self.alias,
            &self.head_img_url,
            &self.signature,
            &self.province,
            &self.city,
            &self.encry_chat_room_id,
            &self.chat_room_owner,
            &self.key_word,
        ];
        let texts = texts.into_iter().flatten().map(String::len);
        let members = self.member_list.iter().flatten().map(|member| {
            let texts = [&member.user_name, &member.nick_name, &member.display_name];
            size_of::<MemberRecord>() + texts.into_iter().map(String::len).sum::<usize>()
        });
        size_of::<Self>() + self.user_name.len() + texts.sum::<usize>() + members.sum::<usize>()
    }
}

//! What a record says besides the name.

use std::borrow::Cow;

use super::{Contact, Member};
use crate::{kind::ContactKind, wire::html::clean};

/// Bits of the contact flag.
const BLOCKED: i64 = 0x8;
const STARRED: i64 = 0x40;
const MUTED: i64 = 0x200;
const PINNED: i64 = 0x800;

/// The sex that a person chose to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Sex {
    /// 1 on the wire.
    Male,
    /// 2 on the wire.
    Female,
}

impl Sex {
    /// Reads the number on the wire; `None` for 0, which is unknown, and for all others.
    pub fn of(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Male),
            2 => Some(Self::Female),
            _ => None,
        }
    }
}

/// What a record says besides the name. Each changes when the service sends the record again; what
/// a record never had is empty, `None` or `false`.
impl Contact {
    /// The id that the person chose, by which others find it. Unique, can be changed once a year,
    /// and often left out on the web.
    pub fn alias(&self) -> &str {
        self.record.alias.as_deref().unwrap_or_default()
    }

    /// The sex that the person chose to show; `None` if none.
    pub fn sex(&self) -> Option<Sex> {
        Sex::of(self.record.sex.unwrap_or(0))
    }

    /// The region that the person chose to show, decoded, in the language of the account.
    pub fn province(&self) -> Cow<'_, str> {
        clean(self.record.province.as_deref().unwrap_or_default())
    }

    /// The city that the person chose to show, decoded, in the language of the account.
    pub fn city(&self) -> Cow<'_, str> {
        clean(self.record.city.as_deref().unwrap_or_default())
    }

    /// The line under the name, decoded.
    pub fn signature(&self) -> Cow<'_, str> {
        clean(self.record.signature.as_deref().unwrap_or_default())
    }

    /// Where the picture is: a path below the session's main host. It wants the session's key and
    /// cookies.
    pub fn head_img_url(&self) -> &str {
        self.record.head_img_url.as_deref().unwrap_or_default()
    }

    /// The number of the picture, which is another one when the picture is. `None` if the path has
    /// none, or the 0 that the service writes where it does not say.
    pub fn head_img_seq(&self) -> Option<u64> {
        let (_, query) = self.head_img_url().split_once('?')?;
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix("seq="))
            .and_then(|seq| seq.parse().ok())
            .filter(|seq| *seq != 0)
    }

    /// Rooms: the id by which the service looks up members. `None` for people, and for a room that
    /// was not looked up itself yet.
    pub fn encry_chat_room_id(&self) -> Option<&str> {
        let id = self.record.encry_chat_room_id.as_deref()?;
        Some(id).filter(|id| self.is_room() && !id.is_empty() && *id != "0")
    }

    /// Rooms: the user name of the owner, where the service says so, which is seldom.
    pub fn owner(&self) -> Option<&str> {
        let owner = self.record.chat_room_owner.as_deref()?;
        Some(owner).filter(|owner| self.is_room() && !owner.is_empty())
    }

    /// Rooms: whether our account owns it. `None` if the record does not say.
    pub fn is_owned(&self) -> Option<bool> {
        let is_owner = self.record.is_owner.filter(|_| self.is_room())?;
        Some(is_owner != 0)
    }

    /// A number of unknown meaning that each account has. More than one has the same.
    pub fn attr_status(&self) -> Option<i64> {
        self.record.attr_status.filter(|status| *status != 0)
    }

    /// Whether this is a group chat.
    pub fn is_room(&self) -> bool {
        self.kind == ContactKind::Room
    }

    /// Whether this is an official account.
    pub fn is_official(&self) -> bool {
        self.kind == ContactKind::Official
    }

    /// Whether this is a person in the address book. A person who removed our account from theirs
    /// stays a friend here; the service says nothing until a message is refused.
    pub fn is_friend(&self) -> bool {
        self.kind == ContactKind::Person && self.is_in_address_book()
    }

    /// Whether our account blocked them.
    pub fn is_blocked(&self) -> bool {
        self.has(BLOCKED)
    }

    /// Whether our account starred them. Either of two members may say so.
    pub fn is_starred(&self) -> bool {
        self.record.star_friend == Some(1) || self.has(STARRED)
    }

    /// Whether the chat is pinned to the top.
    pub fn is_pinned(&self) -> bool {
        self.has(PINNED)
    }

    /// Whether the chat makes no sound. `None` if the record does not say; of a room, a record
    /// without members is not believed when it says so, because it says so of all.
    pub fn is_muted(&self) -> Option<bool> {
        if !self.is_room() {
            return Some(self.record.contact_flag? & MUTED != 0);
        }
        match self.record.statues? {
            0 => self.members().next().map(|_| true),
            _ => Some(false),
        }
    }

    fn has(&self, bit: i64) -> bool {
        self.record.contact_flag.unwrap_or(0) & bit != 0
    }
}

impl Member<'_> {
    /// A number of unknown meaning that each account has. More than one has the same. There is no
    /// picture of a member here: it takes a lookup of the person.
    pub fn attr_status(self) -> Option<i64> {
        Some(self.record.attr_status).filter(|status| *status != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{endpoint::ContactRecord, id::LoginId};

    fn contact(json: serde_json::Value) -> Contact {
        let record: ContactRecord = serde_json::from_value(json).unwrap();
        Contact::new(LoginId::of("@me"), record)
    }

    #[test]
    fn a_friend_with_high_bits_in_its_flag_is_read_bit_by_bit() {
        let anna = contact(serde_json::json!({
            "UserName": "@b07d61c2f9a84e35907c1d2e3f4a5b6c", "NickName": "Anna",
            "HeadImgUrl": "/cgi-bin/mmwebwx-bin/webwxgeticon?seq=686458815&username=@b07d&skey=",
            "ContactFlag": 0x8800 | 0x200 | 0x40 | 0x3, "Sex": 2, "Province": "北京",
            "City": "海淀", "Signature": "一 &lt;三", "Alias": "anna_01", "AttrStatus": 2_147_600_001_u32,
            "EncryChatRoomId": "0", "Statues": 0
        }));
        assert!(anna.is_friend() && anna.is_starred() && anna.is_pinned());
        assert!(!anna.is_blocked() && !anna.is_room() && !anna.is_official());
        assert_eq!(anna.is_muted(), Some(true));
        assert_eq!(anna.head_img_seq(), Some(686_458_815));
        assert_eq!(anna.sex(), Some(Sex::Female));
        assert_eq!((anna.alias(), &*anna.signature()), ("anna_01", "一 <三"));
        assert_eq!((&*anna.province(), &*anna.city()), ("北京", "海淀"));
        assert_eq!(anna.attr_status(), Some(2_147_600_001));
        assert_eq!(anna.encry_chat_room_id(), None);

        let blocked = contact(serde_json::json!({"UserName": "@0", "ContactFlag": 9}));
        assert!(blocked.is_blocked() && !blocked.is_pinned() && !blocked.is_starred());
        let stranger = contact(serde_json::json!({"UserName": "@1", "StarFriend": 1}));
        assert!(stranger.is_starred() && !stranger.is_friend());
        assert_eq!((stranger.is_muted(), stranger.head_img_seq()), (None, None));
    }

    #[test]
    fn a_room_is_called_muted_only_by_a_full_record() {
        let room = |statues, members| {
            contact(serde_json::json!({
                "UserName": "@@room", "ContactFlag": 2, "Statues": statues, "IsOwner": 1,
                "MemberList": members, "EncryChatRoomId": "@5fd8", "ChatRoomOwner": "@me"
            }))
        };
        let members = serde_json::json!([{"UserName": "@0", "AttrStatus": 7}]);
        let none = serde_json::json!([]);
        assert_eq!(room(0, members.clone()).is_muted(), Some(true));
        assert_eq!(room(0, none.clone()).is_muted(), None);
        assert_eq!(room(1, none).is_muted(), Some(false));
        let room = room(1, members);
        assert_eq!(room.encry_chat_room_id(), Some("@5fd8"));
        assert_eq!((room.owner(), room.is_owned()), (Some("@me"), Some(true)));
        assert_eq!(room.member("@0").unwrap().attr_status(), Some(7));
    }
}

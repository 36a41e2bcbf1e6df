//! Who is known: people, rooms with their members, and service accounts.

mod facts;
mod members;

pub use facts::Sex;

use std::{borrow::Cow, collections::BTreeMap};

pub(crate) use members::Members;

use crate::{
    endpoint::{ContactRecord, MemberRecord, contact::TEXT},
    id::{ChatId, LoginId},
    kind::ContactKind,
    wire::{html::clean, utf8::cut},
};

/// The address book and all rooms seen so far, for one login.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    contacts: BTreeMap<String, Contact>,
    /// What all records together take, in bytes.
    weight: usize,
    complete: bool,
}

/// Ten times what an account may have as friends.
const CONTACTS: usize = 100_000;

/// What all records together may take, in bytes: four times what an account has that knows five
/// thousand people and five hundred full rooms.
const BYTES: usize = 256 << 20;

impl Roster {
    /// How many contacts are known, rooms included.
    pub fn len(&self) -> usize {
        self.contacts.len()
    }

    /// Whether nobody is known yet.
    pub fn is_empty(&self) -> bool {
        self.contacts.is_empty()
    }

    /// Whether every page of the address book arrived.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The record under this user name: the one on the wire, `@…` and the like, not the one that
    /// people show. For that see [`named`](Self::named).
    pub fn find(&self, user_name: &str) -> Option<&Contact> {
        self.contacts.get(user_name)
    }

    /// The record of a chat, or of whoever said something. `None` also for the id of another login.
    pub fn get(&self, chat: &ChatId) -> Option<&Contact> {
        self.find(chat.user_name()).filter(|it| it.id == *chat)
    }

    /// All records, ordered by user name.
    pub fn iter(&self) -> impl Iterator<Item = &Contact> {
        self.contacts.values()
    }

    /// All records that show `name`: as remark or as nick name, decoded. More than one person may.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Contact> {
        self.iter()
            .filter(move |c| c.nick_name() == name || c.remark_name() == name)
    }

    /// Those in the address book, without rooms, official and built-in accounts.
    pub fn friends(&self) -> impl Iterator<Item = &Contact> {
        self.iter().filter(|contact| contact.is_friend())
    }

    /// All rooms seen so far. The service tells only of those that were saved, or that somebody
    /// speaks in.
    pub fn rooms(&self) -> impl Iterator<Item = &Contact> {
        self.iter().filter(|contact| contact.is_room())
    }

    /// Official accounts.
    pub fn official_accounts(&self) -> impl Iterator<Item = &Contact> {
        self.iter().filter(|contact| contact.is_official())
    }

    pub(crate) fn set_complete(&mut self, complete: bool) {
        self.complete = complete;
    }

    /// Takes a record over, merged with what is known. Beyond the bounds, which only a service that
    /// makes things up can reach, it is left out.
    pub(crate) fn upsert(&mut self, login: LoginId, mut record: ContactRecord) {
        let known = self.contacts.get(&record.user_name).map(Contact::weight);
        if known.is_none() && self.contacts.len() >= CONTACTS {
            return;
        }
        let others = self.weight.saturating_sub(known.unwrap_or(0));
        if others + record.weight() > BYTES {
            record.member_list = None;
        }
        if others + record.weight() > BYTES {
            return;
        }
        let name = record.user_name.clone();
        let weight = match self.contacts.get_mut(&name) {
            Some(known) => {
                known.merge(record);
                known.weight()
            }
            None => {
                let contact = Contact::new(login, record);
                let weight = contact.weight();
                self.contacts.insert(name, contact);
                weight
            }
        };
        self.weight = others + weight;
    }

    pub(crate) fn remove(&mut self, user_name: &str) -> Option<Contact> {
        let gone = self.contacts.remove(user_name)?;
        self.weight = self.weight.saturating_sub(gone.weight());
        Some(gone)
    }

    /// The best name for whoever is behind a user name; the user name itself if there is none.
    pub(crate) fn name_of(&self, user_name: &str) -> String {
        let name = self
            .find(user_name)
            .map(Contact::name)
            .filter(|name| !name.is_empty());
        name.map_or_else(|| user_name.to_owned(), Cow::into_owned)
    }

    /// What is behind a user name, as far as the name alone tells if there is no record.
    pub(crate) fn kind_of(&self, user_name: &str) -> ContactKind {
        self.find(user_name)
            .map_or_else(|| ContactKind::of(user_name, 0), |contact| contact.kind)
    }

    /// Whether a lookup would tell more: unknown, or a room whose members have no names.
    pub(crate) fn lacks(&self, user_name: &str) -> bool {
        match self.find(user_name) {
            None => true,
            Some(contact) => {
                contact.kind == ContactKind::Room
                    && !contact
                        .record
                        .member_list
                        .iter()
                        .flatten()
                        .any(|m| !m.nick_name.is_empty())
            }
        }
    }
}

/// A person, room or service account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// Where to write to.
    pub id: ChatId,
    /// What it is.
    pub kind: ContactKind,
    record: ContactRecord,
}

impl Contact {
    pub(crate) fn new(login: LoginId, record: ContactRecord) -> Self {
        let kind = ContactKind::of(&record.user_name, record.verify_flag.unwrap_or(0));
        Self {
            id: ChatId::new(login, record.user_name.clone()),
            kind,
            record,
        }
    }

    /// The name to show: the remark, else the nick name, else for a room its first members.
    pub fn name(&self) -> Cow<'_, str> {
        let remark = self.remark_name();
        if !remark.is_empty() {
            return remark;
        }
        let nick = self.nick_name();
        if !nick.is_empty() || self.kind != ContactKind::Room {
            return nick;
        }
        // Phones title an unnamed room by up to ten of its members.
        let names = self.members().map(Member::name);
        let names: Vec<_> = names.filter(|name| !name.is_empty()).take(10).collect();
        let mut name = names.join(", ");
        // Ten real ones are far below this, and every message of the room carries it.
        cut(&mut name, TEXT);
        Cow::Owned(name)
    }

    /// The name this account chose, decoded.
    pub fn nick_name(&self) -> Cow<'_, str> {
        clean(self.record.nick_name.as_deref().unwrap_or_default())
    }

    /// The name our account's owner gave, decoded.
    pub fn remark_name(&self) -> Cow<'_, str> {
        clean(self.record.remark_name.as_deref().unwrap_or_default())
    }

    /// Whether this is in the address book; for rooms, whether it was saved there.
    pub fn is_in_address_book(&self) -> bool {
        self.record.contact_flag.unwrap_or(0) & 1 != 0
    }

    /// The members of a room, as far as they are known.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        let login = self.id.login();
        let members = self.record.member_list.iter().flatten();
        members.map(move |record| Member { login, record })
    }

    /// One member of a room.
    pub fn member(&self, user_name: &str) -> Option<Member<'_>> {
        self.members()
            .find(|member| member.user_name() == user_name)
    }

    /// What it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.record.weight()
    }

    /// The record as it came, merged over time, nothing decoded.
    pub fn record(&self) -> &ContactRecord {
        &self.record
    }

    /// A member that an update lacks keeps its value. What an update clears is cleared, but for
    /// what it leaves empty in passing: names, pictures, members and ids. Flags and the remark
    /// count only in a full record, which is one that carries a nick name.
    fn merge(&mut self, update: ContactRecord) {
        let is_full = update
            .nick_name
            .as_ref()
            .is_some_and(|name| !name.is_empty());
        let known = &mut self.record;
        let text = |known: &mut Option<String>, update: Option<String>| {
            if update.is_some() {
                *known = update;
            }
        };
        let filled = |known: &mut Option<String>, update: Option<String>| {
            if update.as_ref().is_some_and(|text| !text.is_empty()) {
                *known = update;
            }
        };
        let number = |known: &mut Option<i64>, update: Option<i64>| {
            if update.is_some() {
                *known = update;
            }
        };
        filled(&mut known.nick_name, update.nick_name);
        filled(&mut known.head_img_url, update.head_img_url);
        filled(&mut known.encry_chat_room_id, update.encry_chat_room_id);
        filled(&mut known.key_word, update.key_word);
        text(&mut known.alias, update.alias);
        text(&mut known.signature, update.signature);
        text(&mut known.province, update.province);
        text(&mut known.city, update.city);
        text(&mut known.chat_room_owner, update.chat_room_owner);
        number(&mut known.verify_flag, update.verify_flag);
        number(&mut known.sex, update.sex);
        number(&mut known.attr_status, update.attr_status);
        number(&mut known.member_count, update.member_count);
        number(&mut known.is_owner, update.is_owner);
        if is_full {
            text(&mut known.remark_name, update.remark_name);
            number(&mut known.contact_flag, update.contact_flag);
            number(&mut known.statues, update.statues);
            number(&mut known.star_friend, update.star_friend);
        }
        if let Some(members) = update.member_list.filter(|members| !members.is_empty()) {
            known.member_list = Some(merge_members(known.member_list.take(), members));
        }
        self.kind = ContactKind::of(&known.user_name, known.verify_flag.unwrap_or(0));
    }
}

/// The new list decides who is a member. A member that comes without a name keeps the known one:
/// `webwxinit` lists members by user name alone.
fn merge_members(
    known: Option<Vec<MemberRecord>>,
    mut update: Vec<MemberRecord>,
) -> Vec<MemberRecord> {
    let known: BTreeMap<String, MemberRecord> = known
        .unwrap_or_default()
        .into_iter()
        .map(|member| (member.user_name.clone(), member))
        .collect();
    for member in &mut update {
        if let Some(before) = known.get(&member.user_name) {
            if member.nick_name.is_empty() {
                member.nick_name.clone_from(&before.nick_name);
                if member.display_name.is_empty() {
                    member.display_name.clone_from(&before.display_name);
                }
            }
        }
    }
    update
}

/// One member of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    login: LoginId,
    record: &'a MemberRecord,
}

impl<'a> Member<'a> {
    /// Whom to write to, remove from the room, or ask to be a friend.
    pub fn id(self) -> ChatId {
        ChatId::new(self.login, self.user_name())
    }

    /// The name on the wire.
    pub fn user_name(self) -> &'a str {
        &self.record.user_name
    }

    /// The name to show: that within the room, else the nick name.
    pub fn name(self) -> Cow<'a, str> {
        let in_room = self.display_name();
        if in_room.is_empty() {
            self.nick_name()
        } else {
            in_room
        }
    }

    /// The nick name, decoded. The service may put the remark of our account's owner here.
    pub fn nick_name(self) -> Cow<'a, str> {
        clean(&self.record.nick_name)
    }

    /// The name within the room, decoded; mostly empty.
    pub fn display_name(self) -> Cow<'a, str> {
        clean(&self.record.display_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::webwxsync;

    fn records(list: &str) -> Vec<ContactRecord> {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"ModContactList":[{list}]}}"#);
        webwxsync::parse(body.as_bytes()).unwrap().mod_contacts
    }

    fn take(roster: &mut Roster, list: &str) {
        for record in records(list) {
            roster.upsert(LoginId::of("@me"), record);
        }
        let weights = roster.iter().map(Contact::weight);
        assert_eq!(roster.weight, weights.sum::<usize>());
    }

    #[test]
    fn what_it_takes_is_known_whatever_comes_and_goes() {
        let mut roster = Roster::default();
        take(&mut roster, r#"{"UserName":"@a","NickName":"Anna"}"#);
        let member = |n| format!(r#"{{"UserName":"@{n}","NickName":"x"}}"#);
        let many: Vec<_> = (0..50).map(member).collect();
        let room = |members: &[String]| {
            format!(
                r#"{{"UserName":"@@r","MemberList":[{}]}}"#,
                members.join(",")
            )
        };
        take(&mut roster, &room(&many));
        let large = roster.weight;
        take(
            &mut roster,
            r#"{"UserName":"@a","NickName":"","Alias":"anna"}"#,
        );
        take(&mut roster, &room(&many[..3]));
        assert!(roster.weight < large);
        roster.remove("@@r");
        roster.remove("@@r");
        take(&mut roster, "");
        roster.remove("@a");
        assert_eq!(roster.weight, 0);
    }

    #[test]
    fn what_there_is_no_room_for_is_left_out() {
        let mut roster = Roster::default();
        take(&mut roster, r#"{"UserName":"@a","NickName":"Anna"}"#);
        let used = roster.weight;
        let room = format!(
            r#"{{"UserName":"@@r","NickName":"r","MemberList":[{}]}}"#,
            r#"{"UserName":"@m"},"#.repeat(100)
        );
        // Room for a record, but not for its members; and then for nothing more.
        for (left, known, members) in [(2000, true, 0), (10, false, 0), (100_000, true, 100)] {
            roster.remove("@@r");
            roster.weight = BYTES - left;
            for record in records(&room) {
                roster.upsert(LoginId::of("@me"), record);
            }
            let room = roster.find("@@r");
            assert_eq!(room.is_some(), known, "{left}");
            assert_eq!(room.map_or(0, |room| room.members().count()), members);
        }
        roster.remove("@@r");
        roster.weight = used;
        take(&mut roster, "");
    }
}

//! Who is known: people, rooms with their members, and service accounts.

mod facts;

pub use facts::Sex;

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    endpoint::{ContactRecord, MemberRecord},
    id::{ChatId, LoginId},
    kind::ContactKind,
    wire::html::clean,
};

/// The address book and all rooms seen so far, for one login.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    contacts: BTreeMap<String, Contact>,
    /// Members of all rooms together.
    members: usize,
    complete: bool,
}

/// Ten times what an account may have as friends.
const CONTACTS: usize = 100_000;

/// Twenty times the largest room; and what all rooms together may have.
const MEMBERS: usize = 10_000;
const ALL_MEMBERS: usize = 1_000_000;

/// A name has about thirty characters, each at most a span of 40 bytes. Every message carries two
/// of them, so their length must not be for the service to choose.
const NAME: usize = 2048;

/// Cuts a record down to what can be real.
fn trim(record: &mut ContactRecord) {
    let texts = [
        &mut record.nick_name,
        &mut record.remark_name,
        &mut record.signature,
    ];
    texts.into_iter().flatten().for_each(cut);
    if let Some(members) = &mut record.member_list {
        members.retain(|member| !member.user_name.is_empty());
        members.truncate(MEMBERS);
        for member in members {
            cut(&mut member.nick_name);
            cut(&mut member.display_name);
        }
    }
}

fn cut(text: &mut String) {
    if text.len() > NAME {
        let end = (0..=NAME).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
    }
}

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
        trim(&mut record);
        let known = self.contacts.get(&record.user_name).map(Contact::size);
        if known.is_none() && self.contacts.len() >= CONTACTS {
            return;
        }
        let others = self.members - known.unwrap_or(0).min(self.members);
        if others + record.member_list.as_ref().map_or(0, Vec::len) > ALL_MEMBERS {
            record.member_list = None;
        }
        let name = record.user_name.clone();
        let size = match self.contacts.get_mut(&name) {
            Some(known) => {
                known.merge(record);
                known.size()
            }
            None => {
                let contact = Contact::new(login, record);
                let size = contact.size();
                self.contacts.insert(name, contact);
                size
            }
        };
        self.members = others + size;
    }

    pub(crate) fn remove(&mut self, user_name: &str) -> Option<Contact> {
        let gone = self.contacts.remove(user_name)?;
        self.members -= gone.size().min(self.members);
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

    /// The name of a member within its room.
    pub(crate) fn name_in_room(&self, room: &str, user_name: &str) -> String {
        let in_room = self
            .find(room)
            .and_then(|room| room.member(user_name))
            .map(|member| member.name())
            .filter(|name| !name.is_empty());
        match in_room {
            // A remark is how the account's owner calls this person everywhere.
            Some(name) => match self.find(user_name).map(Contact::remark_name) {
                Some(remark) if !remark.is_empty() => remark.into_owned(),
                _ => name.into_owned(),
            },
            None => self.name_of(user_name),
        }
    }

    /// Whether somebody is no known member of a room that is known, and known from nowhere else.
    pub(crate) fn is_stranger(&self, room: &str, user_name: &str) -> bool {
        let known = self.find(room);
        known.is_some_and(|room| room.member(user_name).is_none()) && self.find(user_name).is_none()
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
        Cow::Owned(names.join(", "))
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

    fn size(&self) -> usize {
        self.record.member_list.as_ref().map_or(0, Vec::len)
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

//! Names of chats and of members of rooms, for a delivery in which many of them speak.

use std::collections::BTreeMap;

use super::{Contact, Member, Roster};

/// What each message of a delivery asks for. A room may have thousands of members, and so may have
/// the delivery messages: so the members of a room are put in order when it is first asked about, and
/// a name is put together once.
pub(crate) struct Members<'a> {
    roster: &'a Roster,
    rooms: BTreeMap<&'a str, BTreeMap<&'a str, Member<'a>>>,
    names: BTreeMap<&'a str, String>,
}

impl<'a> Members<'a> {
    pub(crate) fn of(roster: &'a Roster) -> Self {
        Self {
            roster,
            rooms: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// The best name for a chat; its user name if there is none.
    pub(crate) fn name_of_chat(&mut self, user_name: &str) -> String {
        let Some(chat) = self.roster.find(user_name) else {
            return user_name.to_owned();
        };
        let name = self.names.entry(chat.id.user_name());
        let name = name.or_insert_with(|| self.roster.name_of(user_name));
        name.clone()
    }

    fn find(&mut self, room: &str, user_name: &str) -> Option<Member<'a>> {
        let room = self.roster.find(room)?;
        let members = self.rooms.entry(room.id.user_name()).or_insert_with(|| {
            let mut members = BTreeMap::new();
            for member in room.members() {
                members.entry(member.user_name()).or_insert(member);
            }
            members
        });
        members.get(user_name).copied()
    }

    /// The name of a member within its room.
    pub(crate) fn name(&mut self, room: &str, user_name: &str) -> String {
        let in_room = self.find(room, user_name).map(Member::name);
        match in_room.filter(|name| !name.is_empty()) {
            // A remark is how the account's owner calls this person everywhere.
            Some(name) => match self.roster.find(user_name).map(Contact::remark_name) {
                Some(remark) if !remark.is_empty() => remark.into_owned(),
                _ => name.into_owned(),
            },
            None => self.roster.name_of(user_name),
        }
    }

    /// Whether somebody is no known member of a room that is known, and known from nowhere else.
    pub(crate) fn is_stranger(&mut self, room: &str, user_name: &str) -> bool {
        self.roster.find(room).is_some()
            && self.roster.find(user_name).is_none()
            && self.find(room, user_name).is_none()
    }
}

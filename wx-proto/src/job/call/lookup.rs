//! Records of people and rooms, lot by lot.

use crate::{
    command::Answer,
    cx::{Cx, Failure},
    endpoint::{
        ContactRecord,
        webwxbatchgetcontact::{Entry, MAX_ENTRIES},
    },
    error::ApiError,
    id::is_room,
    job::step::Outcome,
    lookups::Lookups,
    roster::Contact,
};

/// What is asked for, and what came of it so far.
pub(super) struct Lookup {
    /// What members of a room are asked for by; else empty.
    room: String,
    names: Lookups,
    found: Vec<ContactRecord>,
    refusal: Option<ApiError>,
}

impl Lookup {
    pub(super) fn new<'a>(room: String, wanted: impl Iterator<Item = &'a str>) -> Self {
        // The caller has them all already, and waits for each.
        let mut names = Lookups::new(MAX_ENTRIES, usize::MAX);
        wanted.for_each(|name| names.want(name));
        names.lot(|_| true);
        Self {
            room,
            names,
            found: Vec::new(),
            refusal: None,
        }
    }

    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        let entry = |name| match self.room.is_empty() && is_room(name) {
            true => Entry::room(name),
            false => Entry::member(name, &self.room),
        };
        let asked = self.names.asked().iter();
        asked.map(|name| entry(name.as_str())).collect()
    }

    pub(super) fn found(&mut self, records: Vec<ContactRecord>) {
        let others = self.found.len();
        for record in records {
            // Whom nobody asked for is not taken in, and of one person the latest counts.
            let mut lot = self.found.iter_mut().skip(others);
            match lot.find(|it| it.user_name == record.user_name) {
                Some(before) => *before = record,
                None if self.names.is_asked(&record.user_name) => self.found.push(record),
                None => {}
            }
        }
        let lot = self.found.iter().skip(others);
        let is_known = |name: &str| lot.clone().any(|record| record.user_name == name);
        self.names.answered(is_known);
    }

    pub(super) fn refused(&mut self, error: ApiError) {
        if self.names.asked().len() == 1 {
            self.refusal = Some(error);
        }
        self.names.refused();
    }

    /// The next lot, or all that came.
    pub(super) fn proceed(&mut self, cx: &Cx) -> Result<Outcome, Failure> {
        if !self.names.lot(|_| true).is_empty() {
            return Ok(Outcome::Next);
        }
        let found = std::mem::take(&mut self.found);
        match self.refusal.take() {
            Some(error) if found.is_empty() => return Err(Failure::Refused(error)),
            _ => {}
        }
        let login = cx.session.login();
        let contacts = found.iter().cloned();
        let contacts = contacts.map(|it| Contact::new(login, it)).collect();
        let answer = Answer::Contacts(contacts);
        Ok(match self.room.is_empty() {
            true => Outcome::Learned(answer, found),
            // Members of rooms are no contacts.
            false => Outcome::Done(answer),
        })
    }
}

//! People and rooms, as one account has them.

/// Somebody or some room of one account, whatever it is called in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    Person(usize),
    Room(usize),
}

/// Oneself, the first person of each account.
pub(super) const ME: usize = 0;

/// The file helper, the second one.
pub(super) const HELPER: usize = 1;

#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) plain: String,
    pub(super) nick: String,
    /// The id the person chose, if one was chosen.
    pub(super) alias: String,
    pub(super) remark: String,
    pub(super) signature: String,
    pub(super) province: String,
    pub(super) sex: u32,
    pub(super) contact_flag: u32,
    pub(super) verify_flag: u32,
    pub(super) sns_flag: u32,
    pub(super) attr_status: u32,
    pub(super) head_seq: u32,
    /// Shown under `plain` itself.
    pub(super) fixed: bool,
    /// The person dropped the user, whose texts do not arrive any more.
    pub(super) refuses: bool,
}

impl Person {
    /// In the address book, as far as the flag tells.
    pub(super) fn is_contact(&self) -> bool {
        self.contact_flag & 1 != 0
    }

    /// A record with nothing in it, for what a room does not have.
    pub(super) fn blank() -> Self {
        Self {
            plain: String::new(),
            nick: String::new(),
            alias: String::new(),
            remark: String::new(),
            signature: String::new(),
            province: String::new(),
            sex: 0,
            contact_flag: 0,
            verify_flag: 0,
            sns_flag: 0,
            attr_status: 0,
            head_seq: 0,
            fixed: false,
            refuses: false,
        }
    }

    /// Sets or clears a bit of the contact flag.
    pub(super) fn flag(&mut self, bit: u32, on: bool) {
        if on {
            self.contact_flag |= bit;
        } else {
            self.contact_flag &= !bit;
        }
    }

    pub(super) fn shown(&self) -> &str {
        if self.remark.is_empty() {
            &self.nick
        } else {
            &self.remark
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) person: usize,
    /// The name worn in the room.
    pub(super) card: String,
}

impl Member {
    /// Somebody who wears no name of the room's own.
    pub(super) fn plain(person: usize) -> Self {
        Self {
            person,
            card: String::new(),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Room {
    pub(super) plain: String,
    pub(super) topic: String,
    pub(super) members: Vec<Member>,
    pub(super) saved: bool,
    pub(super) recent: bool,
    pub(super) listed: bool,
    pub(super) owner_uin: u32,
    pub(super) head_seq: u32,
    pub(super) muted: bool,
    pub(super) pinned: bool,
}

impl Room {
    pub(super) fn owner(&self) -> Option<usize> {
        self.members.first().map(|member| member.person)
    }

    pub(super) fn has(&self, person: usize) -> bool {
        self.members.iter().any(|member| member.person == person)
    }

    /// The user is no member any more, and nothing lists the room.
    pub(super) fn leave(&mut self) {
        self.members.retain(|member| member.person != ME);
        (self.saved, self.recent, self.listed) = (false, false, false);
    }
}

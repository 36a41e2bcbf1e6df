//! Takes in what a login tells, and says who is who.

use std::{collections::BTreeMap, fmt};

use super::{
    BookError, Change, Identity, Resolution,
    book::{Book, Choice, ENTRIES, Person},
    matching::Matching,
    traits::Traits,
};
use crate::{
    Contact, Member, Profile,
    endpoint::{Uin, contact::is_user_name},
    id::{ChatId, LoginId, digest},
};

/// Says who is who in one login. See the [module](crate::identity).
pub struct Resolver {
    book: Book,
    login: LoginId,
    me: String,
    resolutions: BTreeMap<String, Resolution>,
    bearers: BTreeMap<Identity, String>,
}

impl Resolver {
    /// Opens the book for a login of the account `me`. If it is the login that the book was saved
    /// in, which is so for a session that was resumed, all that was observed and decided in it is
    /// there at once.
    ///
    /// # Errors
    ///
    /// [`BookError::ForeignAccount`].
    pub fn begin(mut book: Book, me: &Profile) -> Result<Self, BookError> {
        let owner = number(me.uin());
        if book.0.owner != 0 && book.0.owner != owner {
            return Err(BookError::ForeignAccount);
        }
        book.0.owner = owner;
        let login = me.id.login();
        if book.0.login != Some(login) {
            book.0.turn();
            book.0.login = Some(login);
            book.0.logins = book.0.logins.saturating_add(1);
        }
        let mut resolver = Self {
            book,
            login,
            me: me.id.user_name().to_owned(),
            resolutions: BTreeMap::new(),
            bearers: BTreeMap::new(),
        };
        resolver.observe_uin(&me.id, me.uin());
        resolver.settle();
        Ok(resolver)
    }

    /// Takes in a record of the address book, or a room. Again for each that changed. Records of
    /// another login are left out, and so are new ones beyond 20,000.
    pub fn observe(&mut self, contact: &Contact) {
        let traits = Traits::of(contact, &self.me);
        let Some(person) = self.person(&contact.id) else {
            return;
        };
        let Some(first) = &mut person.first else {
            person.first = Some(traits);
            return;
        };
        let mut last = person.last.take().unwrap_or_else(|| first.clone());
        last.renew(&traits);
        first.fill(&traits);
        person.last = Some(last).filter(|last| last != first);
    }

    /// Takes in a member of a room of this login, for one who has no record of their own: say, when
    /// they speak. Little is known of such people, so they are found again by their name alone.
    pub fn observe_member(&mut self, member: Member<'_>) {
        let traits = Traits::of_member(member);
        let id = ChatId::new(self.login, member.user_name());
        let Some(person) = self.person(&id) else {
            return;
        };
        // Rooms may name one person in two ways; which one was seen first must not matter.
        let known = person.as_member.take();
        person.as_member = known.into_iter().chain([traits]).max();
    }

    /// Takes in pairs of a user name of this login and the account name behind it, as
    /// [`StatusNotify`](crate::message::StatusNotify), [`Card`](crate::message::Card) and
    /// [`FriendRequest`](crate::message::FriendRequest) have them. Of the first:
    /// `status.users.iter().zip(&status.accounts)`. What is no account name is left out.
    pub fn observe_accounts<U: AsRef<str>, A: AsRef<str>>(
        &mut self,
        pairs: impl IntoIterator<Item = (U, A)>,
    ) {
        for (user_name, account) in pairs {
            let account = account.as_ref();
            if account.starts_with('@') || !is_user_name(account) {
                continue;
            }
            let id = ChatId::new(self.login, user_name.as_ref());
            if let Some(person) = self.person(&id) {
                // Two are a contradiction already.
                if person.accounts.len() < 2 {
                    person.accounts.insert(account.to_owned());
                }
            }
        }
    }

    /// Takes in the number of somebody's account. The service shows next to none but our own, which
    /// [`begin`](Self::begin) has taken in.
    pub fn observe_uin(&mut self, id: &ChatId, uin: Uin) {
        if let Some(person) = self.person(id).filter(|_| uin.expose() != 0) {
            person.uin = Some(number(uin));
        }
    }

    /// Decides who somebody is: one of an earlier login, or with `None` somebody new. It holds for
    /// this login, and for the next ones by what is observed now. Something certain wins over it.
    /// Whether it was taken; [`settle`](Self::settle) puts it into effect.
    ///
    /// Not taken: for somebody who was not observed, and for an identity that is in no earlier
    /// login, or of a room for a person.
    pub fn assign(&mut self, id: &ChatId, to: Option<Identity>) -> bool {
        if id.login() != self.login || !self.book.0.present.contains_key(id.user_name()) {
            return false;
        }
        let to = to.map(|to| self.book.0.current(to));
        if let Some(to) = to {
            let entry = self.book.0.past.get(&to);
            if entry.is_none_or(|entry| entry.traits.room != id.is_room()) {
                return false;
            }
            // One identity is one person: the latest decision counts.
            let choice = Some(Choice::Is(to));
            for person in self.book.0.present.values_mut() {
                person.choice.take_if(|it| Some(*it) == choice);
            }
        }
        if let Some(person) = self.book.0.present.get_mut(id.user_name()) {
            person.choice = Some(to.map_or(Choice::New, Choice::Is));
        }
        true
    }

    /// Weighs all that was observed, and tells what turned out to be otherwise than it was said
    /// before. To be called once the address book is complete, or much is told too soon; then after
    /// each change of it. Five thousand contacts take it some 50 ms.
    pub fn settle(&mut self) -> Vec<Change> {
        let matching = Matching::of(&self.book.0);
        let mut changes = Vec::new();
        for (name, before) in &self.resolutions {
            let chat = ChatId::new(self.login, name.clone());
            let after = matching
                .resolutions
                .get(name)
                .and_then(Resolution::identity);
            changes.extend(match (before.identity(), after) {
                (Some(from), Some(to)) if from == to => None,
                (Some(from), Some(into)) => {
                    let was_made = matches!(before, Resolution::New(_));
                    Some(match was_made || matching.merges.contains(&(from, into)) {
                        true => Change::Merged { chat, from, into },
                        false => Change::Split {
                            chat,
                            from,
                            to: into,
                        },
                    })
                }
                (Some(from), None) => Some(Change::Lost { chat, from }),
                (None, Some(identity)) => Some(Change::Found { chat, identity }),
                (None, None) => None,
            });
        }
        self.resolutions = matching.resolutions;
        let bearer = |(name, resolution): (&String, &Resolution)| {
            Some((resolution.identity()?, name.clone()))
        };
        self.bearers = self.resolutions.iter().filter_map(bearer).collect();
        for change in &changes {
            if let Change::Merged { from, into, .. } = change {
                self.book.0.merge(*from, *into);
            }
        }
        for (from, into) in matching.merges {
            let Some(name) = self.bearers.get(&into) else {
                continue;
            };
            let chat = ChatId::new(self.login, name.clone());
            let change = Change::Merged { chat, from, into };
            if self.book.0.merge(from, into) && !changes.contains(&change) {
                changes.push(change);
            }
        }
        // Whoever bears an identity again is not merged into another.
        let bearers = &self.bearers;
        self.book
            .0
            .merged
            .retain(|(from, _)| !bearers.contains_key(from));
        changes
    }

    /// Who somebody of this login is, as of the last [`settle`](Self::settle).
    pub fn resolve(&self, id: &ChatId) -> Resolution {
        let found = self.resolutions.get(id.user_name());
        found
            .filter(|_| id.login() == self.login)
            .cloned()
            .unwrap_or(Resolution::Unknown)
    }

    /// Whom to write to in this login, as of the last [`settle`](Self::settle). `None` if nobody is
    /// known to be this one; somebody ambiguous may be. What was merged is followed.
    pub fn find(&self, identity: Identity) -> Option<ChatId> {
        let name = self.bearers.get(&self.book.0.current(identity))?;
        Some(ChatId::new(self.login, name.clone()))
    }

    /// What to save, beside the snapshot. Best after a [`settle`](Self::settle): what was observed
    /// since is in it, but the changes that makes will not be told after a restart.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// Somebody of this login, to be told more about.
    fn person(&mut self, id: &ChatId) -> Option<&mut Person> {
        let name = id.user_name();
        if id.login() != self.login || !is_user_name(name) {
            return None;
        }
        let present = &mut self.book.0.present;
        if present.len() >= ENTRIES && !present.contains_key(name) {
            return None;
        }
        let person = present.entry(name.to_owned()).or_default();
        // Names without `@` are those of accounts, the same in every login; so are raw room ids.
        if !name.starts_with('@') && person.accounts.is_empty() {
            person.accounts.insert(name.to_owned());
        }
        Some(person)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver")
            .field("book", &self.book)
            .finish_non_exhaustive()
    }
}

/// The mark of an account: enough to know it again, and not to be read. It hides nothing from
/// whoever tries all numbers.
fn number(uin: Uin) -> u64 {
    digest(&uin.expose().to_string())
}

//! Who becomes a friend, who stops being one, and how that is told.

use super::account::Request;
use super::act::person;
use super::deed::DeedError;
use super::keys::Item;
use super::message::{Applicant, Content};
use super::notice::Notice;
use super::peer::{Peer, Person};
use super::stream::Stream;
use super::{AccountId, Server};

/// Where friend requests come from, whoever makes them.
const FMESSAGE: &str = "fmessage";

impl Server {
    /// Somebody asks the user to be a friend.
    pub(super) fn friend_request(
        &mut self,
        id: AccountId,
        plain: &str,
        nick: &str,
        words: String,
    ) -> Result<Option<u64>, DeedError> {
        let seed = self.setup.seed;
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let from = person(account, FMESSAGE)?;
        let at = account.meet(seed, plain, nick);
        if account.person(at).is_some_and(|person| person.is_contact()) {
            return Err(DeedError::Already(plain.to_owned()));
        }
        let pending = account.requests.iter().find(|it| it.person == at);
        let ticket = match pending {
            // Asked once more: the same request arrives again.
            Some(request) => request.ticket.clone(),
            None => {
                let number = u64::from(account.requests_made);
                account.requests_made = account.requests_made.saturating_add(1);
                let mut draw = Stream::new(seed, "request", u64::from(id.0) << 32 | number);
                let ticket = format!("v4_{}@stranger", draw.hex(64));
                let request = Request {
                    person: at,
                    ticket: ticket.clone(),
                };
                account.requests.push(request);
                ticket
            }
        };
        let who = account.person(at).cloned();
        self.learn(id);
        let applicant = Applicant {
            at,
            person: who.unwrap_or_else(Person::blank),
            ticket,
            words,
        };
        let content = Content::Applicant(Box::new(applicant));
        self.say(id, Peer::Person(from), from, content, 37)
    }

    /// Somebody the user asked says yes.
    pub(super) fn friend_accepts(
        &mut self,
        id: AccountId,
        who: &str,
    ) -> Result<Option<u64>, DeedError> {
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let at = person(account, who)?;
        if !account.asked.remove(&at) {
            return Err(DeedError::NotAsked(who.to_owned()));
        }
        let text = Notice::Accepted.text(self.setup.language);
        self.befriend(id, at, text)
    }

    /// Somebody becomes a friend, and the chat says so.
    pub(super) fn befriend(
        &mut self,
        id: AccountId,
        at: usize,
        text: String,
    ) -> Result<Option<u64>, DeedError> {
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        account.requests.retain(|request| request.person != at);
        account.asked.remove(&at);
        if let Some(person) = account.people.get_mut(at) {
            person.contact_flag |= 3;
            person.refuses = false;
        }
        self.learn(id);
        self.log(id, Item::Changed(Peer::Person(at)))?;
        self.announce(id, Peer::Person(at), 10_000, Content::Plain(text))
    }

    /// Somebody drops the user without a word; the user's next message tells.
    pub(super) fn unfriends(&mut self, id: AccountId, who: &str) -> Result<(), DeedError> {
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let at = person(account, who)?;
        if let Some(person) = account.people.get_mut(at) {
            person.refuses = true;
        }
        Ok(())
    }

    /// Tells of a message that did not reach whom it was for.
    pub(super) fn bounce(&mut self, id: AccountId, chat: Peer) {
        let Peer::Person(at) = chat else { return };
        let dropped = self
            .accounts
            .get(&id)
            .and_then(|account| account.person(at))
            .filter(|person| person.refuses);
        if let Some(person) = dropped {
            let text = Notice::NoFriend(person.shown()).text(self.setup.language);
            // Whoever sent something has a session.
            let _ = self.announce(id, chat, 10_000, Content::Plain(text));
        }
    }
}

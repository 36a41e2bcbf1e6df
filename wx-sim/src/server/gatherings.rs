//! Rooms as others change them: who comes, who goes, and what the chat says of it.

use super::account::Account;
use super::act::{person, speaker};
use super::deed::DeedError;
use super::keys::Item;
use super::message::Content;
use super::notice::Notice;
use super::peer::{ME, Member, Peer};
use super::rooms::names;
use super::{AccountId, Server};

impl Server {
    /// Somebody, perhaps the user, comes into a room because a member asked.
    pub(super) fn joins_invited(
        &mut self,
        id: AccountId,
        key: &str,
        who: &str,
        by: &str,
    ) -> Result<Option<u64>, DeedError> {
        let language = self.setup.language;
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let (at, by) = speaker(account, key, by)?;
        let who = newcomer(account, at, who)?;
        let others: Vec<usize> = account.room(at).map_or(Vec::new(), |room| {
            let people = room.members.iter().map(|member| member.person);
            people.filter(|person| *person != by).collect()
        });
        let name = |person| account.card(at, person);
        let notice = match (who, by) {
            (ME, _) => Notice::YouWereInvited {
                by: name(by),
                others: &names(account, at, &others),
            },
            (_, ME) => Notice::YouInvited(name(who)),
            _ => Notice::Invited {
                by: name(by),
                who: name(who),
            },
        };
        let text = notice.text(language);
        account.invited.remove(&(at, who));
        if let Some(room) = account.rooms.get_mut(at) {
            room.members.push(Member::plain(who));
        }
        self.room_changed(id, at, Some(text))
    }

    /// Somebody comes into a room by a code that a member showed.
    pub(super) fn joins_by_code(
        &mut self,
        id: AccountId,
        key: &str,
        who: &str,
        shown_by: &str,
    ) -> Result<Option<u64>, DeedError> {
        let language = self.setup.language;
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let (at, by) = speaker(account, key, shown_by)?;
        let who = newcomer(account, at, who)?;
        let notice = Notice::CameByCode {
            who: account.card(at, who),
            shown_by: (by != ME).then(|| account.card(at, by)),
        };
        let text = notice.text(language);
        if let Some(room) = account.rooms.get_mut(at) {
            room.members.push(Member::plain(who));
        }
        self.room_changed(id, at, Some(text))
    }

    /// The owner puts somebody, perhaps the user, out of a room. Only these two are told.
    pub(super) fn is_removed(
        &mut self,
        id: AccountId,
        key: &str,
        who: &str,
    ) -> Result<Option<u64>, DeedError> {
        let language = self.setup.language;
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let (at, who) = speaker(account, key, who)?;
        let owner = account.room(at).and_then(|room| room.owner());
        let owner = owner.filter(|owner| *owner != who);
        let owner = owner.ok_or_else(|| DeedError::NotThere(key.to_owned()))?;
        let text = match (who, owner) {
            (ME, _) => Some(Notice::YouWereRemoved(account.card(at, owner)).text(language)),
            (_, ME) => Some(Notice::YouRemoved(account.card(at, who)).text(language)),
            _ => None,
        };
        if let Some(room) = account.rooms.get_mut(at) {
            if who == ME {
                room.leave();
            } else {
                room.members.retain(|member| member.person != who);
            }
        }
        self.room_changed(id, at, text)
    }

    /// A member, perhaps the user, gives a room another name.
    pub(super) fn is_renamed(
        &mut self,
        id: AccountId,
        key: &str,
        by: &str,
        topic: String,
    ) -> Result<Option<u64>, DeedError> {
        let language = self.setup.language;
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let (at, by) = speaker(account, key, by)?;
        let notice = Notice::Renamed {
            by: (by != ME).then(|| account.card(at, by)),
            topic: &topic,
        };
        let text = notice.text(language);
        if let Some(room) = account.rooms.get_mut(at) {
            room.topic = topic;
        }
        self.room_changed(id, at, Some(text))
    }

    fn room_changed(
        &mut self,
        id: AccountId,
        at: usize,
        text: Option<String>,
    ) -> Result<Option<u64>, DeedError> {
        self.log(id, Item::Changed(Peer::Room(at)))?;
        match text {
            Some(text) => self.announce(id, Peer::Room(at), 10_000, Content::Plain(text)),
            None => Ok(None),
        }
    }
}

/// Somebody who is not in the room yet.
fn newcomer(account: &Account, at: usize, key: &str) -> Result<usize, DeedError> {
    let who = person(account, key)?;
    if account.room(at).is_some_and(|room| room.has(who)) {
        return Err(DeedError::Already(key.to_owned()));
    }
    Ok(who)
}

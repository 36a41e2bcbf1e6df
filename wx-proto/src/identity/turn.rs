//! From one login to the next.

use super::{
    Resolution,
    book::{ENTRIES, Entry, Pages},
    matching::Matching,
    traits::Traits,
};

impl Pages {
    /// The login is over: what it told becomes what is known.
    pub(super) fn turn(&mut self) {
        let matching = Matching::of(self);
        for (from, into) in &matching.merges {
            let Some(gone) = self.past.remove(from) else {
                continue;
            };
            if let Some(entry) = self.past.get_mut(into) {
                entry.account = entry.account.take().or(gone.account);
                entry.uin = entry.uin.or(gone.uin);
            }
        }
        for (name, person) in std::mem::take(&mut self.present) {
            let Some(resolution) = matching.resolutions.get(&name) else {
                continue;
            };
            let Some(identity) = resolution.identity() else {
                continue;
            };
            let is_new = matches!(resolution, Resolution::New(_));
            let latest = person.latest();
            let account = person.account().filter(|it| matching.is_account(it, &name));
            let is_certain = account.is_some() || person.uin.is_some();
            if is_new && !is_certain && !latest.is_some_and(Traits::is_telling) {
                continue;
            }
            let entry = self.past.entry(identity).or_insert_with(|| Entry {
                traits: Traits::of_name(&name),
                born: self.logins,
                ..Entry::default()
            });
            match (&person.first, latest) {
                (Some(_), Some(latest)) => entry.traits.renew(latest),
                // Among members there is no remark, so none was cleared.
                (None, Some(latest)) => {
                    let before = std::mem::replace(&mut entry.traits, latest.clone());
                    entry.traits.fill(&before);
                }
                (_, None) => {}
            }
            entry.account = account.map(str::to_owned).or(entry.account.take());
            entry.uin = person.uin.or(entry.uin);
            entry.seen = self.logins;
        }
        self.evict(ENTRIES);
    }
}

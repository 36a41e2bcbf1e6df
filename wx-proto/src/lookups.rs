//! Names to look up: each once, in lots that shrink while one bad name fails all of them.

use std::collections::{BTreeSet, VecDeque};

#[derive(Debug)]
pub(crate) struct Lookups {
    wanted: VecDeque<String>,
    asked: Vec<String>,
    /// All that are wanted or asked.
    queued: BTreeSet<String>,
    /// Names that failed alone, or that nothing more is known of. Not asked again.
    given_up: BTreeSet<String>,
    /// Names that may be queued.
    most: usize,
    largest: usize,
    lot: usize,
}

/// More names can only come from a service that makes them up.
pub(crate) const MADE_UP: usize = 10_000;
const GIVEN_UP: usize = 10_000;

impl Lookups {
    /// In lots of `largest`, and `most` names at a time; those beyond it are left out.
    pub(crate) fn new(largest: usize, most: usize) -> Self {
        Self {
            most,
            wanted: VecDeque::new(),
            asked: Vec::new(),
            queued: BTreeSet::new(),
            given_up: BTreeSet::new(),
            largest,
            lot: largest,
        }
    }

    pub(crate) fn want(&mut self, name: &str) {
        if self.queued.len() < self.most
            && !self.given_up.contains(name)
            && self.queued.insert(name.to_owned())
        {
            self.wanted.push_back(name.to_owned());
        }
    }

    /// Nothing is to be known of these any more, not even what a request on its way brings.
    pub(crate) fn forget(&mut self, names: &[String]) {
        let queued = self.queued.len();
        names.iter().for_each(|name| _ = self.queued.remove(name));
        if self.queued.len() < queued {
            self.wanted.retain(|name| self.queued.contains(name));
            self.asked.retain(|name| self.queued.contains(name));
        }
    }

    /// The lot to ask for now: that of a request which got no answer, or the next of those that
    /// are still worth it.
    pub(crate) fn lot(&mut self, is_worth_it: impl Fn(&str) -> bool) -> &[String] {
        while self.asked.len() < self.lot {
            let Some(name) = self.wanted.pop_front() else {
                break;
            };
            if is_worth_it(&name) {
                self.asked.push(name);
            } else {
                self.queued.remove(&name);
            }
        }
        &self.asked
    }

    /// The lot that was asked for.
    pub(crate) fn asked(&self) -> &[String] {
        &self.asked
    }

    pub(crate) fn is_asked(&self, name: &str) -> bool {
        self.asked.iter().any(|asked| asked == name)
    }

    /// The lot was answered. What is not known even so will not be by asking again.
    pub(crate) fn answered(&mut self, is_known: impl Fn(&str) -> bool) {
        self.lot = (self.lot * 2).min(self.largest);
        for name in std::mem::take(&mut self.asked) {
            self.queued.remove(&name);
            if !is_known(&name) {
                self.give_up(name);
            }
        }
    }

    /// The service refused the lot. One bad name does that to all: ask in smaller lots, down to
    /// one, to find it.
    pub(crate) fn refused(&mut self) {
        let lot = std::mem::take(&mut self.asked);
        self.lot = match lot.len() {
            11.. => 10,
            6..=10 => 5,
            _ => 1,
        };
        if lot.len() > 1 {
            for name in lot.into_iter().rev() {
                self.wanted.push_front(name);
            }
            return;
        }
        for name in lot {
            self.queued.remove(&name);
            self.give_up(name);
        }
    }

    fn give_up(&mut self, name: String) {
        if self.given_up.len() < GIVEN_UP {
            self.given_up.insert(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_name_among_many_is_found_and_all_others_are_answered() {
        let mut lookups = Lookups::new(50, usize::MAX);
        for n in 0..60 {
            lookups.want(&format!("@{n}"));
            lookups.want(&format!("@{n}"));
        }
        let mut known = BTreeSet::new();
        let mut requests = 0;
        loop {
            let lot = lookups.lot(|_| true).to_vec();
            if lot.is_empty() {
                break;
            }
            requests += 1;
            if lot.contains(&"@17".to_owned()) {
                lookups.refused();
            } else {
                known.extend(lot);
                lookups.answered(|name| known.contains(name));
            }
            assert!(requests < 60, "too many requests");
        }
        assert_eq!(known.len(), 59);
        lookups.want("@17");
        assert!(lookups.lot(|_| true).is_empty(), "not asked again");
    }

    #[test]
    fn who_is_forgotten_is_asked_for_no_more_unless_wanted_anew() {
        let mut lookups = Lookups::new(2, usize::MAX);
        for name in ["@a", "@b", "@c", "@d"] {
            lookups.want(name);
        }
        assert_eq!(lookups.lot(|_| true), ["@a", "@b"]);
        lookups.forget(&["@b".into(), "@c".into(), "@nobody".into()]);
        assert!(lookups.is_asked("@a") && !lookups.is_asked("@b"));
        lookups.want("@b");
        lookups.answered(|name| name == "@a");
        assert_eq!(lookups.lot(|_| true), ["@d", "@b"]);
    }
}

//! Those of this login against those of earlier ones, all at once.
//!
//! A function of the book alone: who came in which order makes no difference.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Confidence, Evidence, Identity, Resolution,
    book::{Choice, Entry, Pages, Person},
    traits::{MARGIN, SAMPLE, Traits, confidence},
};

/// Who is who.
pub(super) struct Matching {
    pub(super) resolutions: BTreeMap<String, Resolution>,
    /// Two entries that turned out to be one: which, into which.
    pub(super) merges: Vec<(Identity, Identity)>,
    /// Account names that one person alone claims.
    accounts: BTreeMap<String, String>,
}

impl Matching {
    pub(super) fn of(book: &Pages) -> Self {
        let mut table = Table::of(book);
        let accounts = table.certain();
        table.chosen(book);
        table.alike();
        let merges = std::mem::take(&mut table.merges);
        Self {
            resolutions: table.resolutions(book),
            merges,
            accounts,
        }
    }

    /// Whether this account name is that of `user_name`, and nobody else claims it.
    pub(super) fn is_account(&self, account: &str, user_name: &str) -> bool {
        self.accounts.get(account).is_some_and(|it| it == user_name)
    }
}

/// More than so many who share a sign are not told apart by it. Of members the bound is lower,
/// because a room has many.
const SHARED: usize = 32;
const SHARED_MEMBERS: usize = 16;

/// Candidates that are told; more are no help to decide.
const CANDIDATES: usize = 8;

/// Finding one may leave only one for another, and so on. Such chains are short; what a longer one
/// would find stays ambiguous.
const ROUNDS: usize = 16;

struct Table<'a> {
    people: Vec<Side<'a>>,
    entries: Vec<(Identity, &'a Entry, Option<usize>)>,
    edges: Vec<Edge>,
    merges: Vec<(Identity, Identity)>,
}

/// Somebody of this login.
struct Side<'a> {
    name: &'a str,
    person: &'a Person,
    account: Option<&'a str>,
    uin: Option<u64>,
    found: Option<Found>,
    is_new: bool,
}

#[derive(Clone, Copy)]
struct Found {
    entry: usize,
    confidence: Confidence,
    by: Evidence,
}

/// Two who may be one.
#[derive(Clone, Copy)]
struct Edge {
    person: usize,
    entry: usize,
    points: i32,
    by: Evidence,
}

impl<'a> Table<'a> {
    fn of(book: &'a Pages) -> Self {
        let side = |(name, person): (&'a String, &'a Person)| Side {
            name,
            person,
            account: person.account(),
            uin: person.uin,
            found: None,
            is_new: false,
        };
        Self {
            people: book.present.iter().map(side).collect(),
            entries: book.past.iter().map(|(id, it)| (*id, it, None)).collect(),
            edges: Vec::new(),
            merges: Vec::new(),
        }
    }

    /// By account names and numbers. What two people claim is nobody's.
    fn certain(&mut self) -> BTreeMap<String, String> {
        let mut accounts = BTreeMap::<&str, Vec<usize>>::new();
        let mut uins = BTreeMap::<u64, Vec<usize>>::new();
        for (at, side) in self.people.iter().enumerate() {
            if let Some(account) = side.account {
                accounts.entry(account).or_default().push(at);
            }
            if let Some(uin) = side.uin {
                uins.entry(uin).or_default().push(at);
            }
        }
        let mut claims = BTreeMap::<usize, Vec<(usize, Evidence)>>::new();
        for (at, (_, entry, _)) in self.entries.iter().enumerate() {
            let by_account = entry.account.as_deref().and_then(|it| accounts.get(it));
            let by_uin = entry.uin.and_then(|it| uins.get(&it));
            let claim = [(by_uin, Evidence::Uin), (by_account, Evidence::Account)];
            let mut claim = claim
                .into_iter()
                .filter_map(|(people, by)| match people?[..] {
                    [person] => Some((person, by)),
                    _ => None,
                });
            match (claim.next(), claim.next()) {
                (Some((person, by)), None) => claims.entry(person).or_default().push((at, by)),
                (Some((person, by)), Some((other, _))) if person == other => {
                    claims.entry(person).or_default().push((at, by));
                }
                _ => {}
            }
        }
        for (person, claimed) in claims {
            let is_room = self.is_room(person);
            let fits = |(at, _): &&(usize, Evidence)| {
                self.entry(*at).is_some_and(|it| it.traits.room == is_room)
            };
            let mut fitting: Vec<_> = claimed.iter().filter(fits).copied().collect();
            // The older one stays.
            fitting.sort_by_key(|(at, _)| self.entries.get(*at).map(|(id, it, _)| (it.born, *id)));
            let Some((keep, by)) = fitting.first().copied() else {
                continue;
            };
            self.find(person, keep, Confidence::Certain, by);
            for (also, _) in fitting.into_iter().skip(1) {
                let pair = self.entries.get(also).zip(self.entries.get(keep));
                self.merges
                    .extend(pair.map(|(from, into)| (from.0, into.0)));
                if let Some((_, _, bearer)) = self.entries.get_mut(also) {
                    *bearer = Some(person);
                }
            }
        }
        for (account, people) in &accounts {
            if people.len() > 1 {
                people
                    .iter()
                    .for_each(|at| self.forget_account(*at, account));
            }
        }
        let sole = accounts
            .into_iter()
            .filter_map(|(account, people)| match people[..] {
                [person] => Some((account.to_owned(), self.people.get(person)?.name.to_owned())),
                _ => None,
            });
        sole.collect()
    }

    /// By what the application said, unless something certain says otherwise.
    fn chosen(&mut self, book: &Pages) {
        for at in 0..self.people.len() {
            let Some(side) = self.people.get_mut(at).filter(|side| side.found.is_none()) else {
                continue;
            };
            match side.person.choice {
                None => {}
                Some(Choice::New) => side.is_new = true,
                Some(Choice::Is(identity)) => {
                    let identity = book.current(identity);
                    let found = self
                        .entries
                        .binary_search_by_key(&identity, |entry| entry.0);
                    let free = |entry: &usize| self.is_free(*entry) && self.may_be(at, *entry);
                    if let Some(entry) = found.ok().filter(free) {
                        self.find(at, entry, Confidence::Certain, Evidence::Application);
                    }
                }
            }
        }
    }

    /// By likeness: the best for each other, by a margin, the surest first.
    fn alike(&mut self) {
        self.edges = self.candidates();
        for level in [Confidence::Strong, Confidence::Probable, Confidence::Weak] {
            for _ in 0..ROUNDS {
                let best = self.best_for_each_other(level);
                if best.is_empty() {
                    break;
                }
                for (edge, confidence) in best {
                    self.find(edge.person, edge.entry, confidence, edge.by);
                }
            }
        }
    }

    /// All pairs that share a sign and have points enough.
    fn candidates(&self) -> Vec<Edge> {
        let mut shared = BTreeMap::<(u8, u64), (Vec<usize>, Vec<usize>)>::new();
        for (at, side) in self.people.iter().enumerate() {
            if side.found.is_some() || side.is_new {
                continue;
            }
            for sign in side.person.traits().into_iter().flat_map(signs) {
                shared.entry(sign).or_default().0.push(at);
            }
        }
        for (at, (_, entry, bearer)) in self.entries.iter().enumerate() {
            if bearer.is_some() {
                continue;
            }
            for sign in signs(&entry.traits) {
                if let Some((_, entries)) = shared.get_mut(&sign) {
                    entries.push(at);
                }
            }
        }
        let mut pairs = Vec::new();
        for ((kind, _), (people, entries)) in shared {
            let most = if kind == MEMBERS {
                SHARED_MEMBERS
            } else {
                SHARED
            };
            if people.len() > most || entries.len() > most {
                continue;
            }
            for person in people {
                pairs.extend(entries.iter().map(|entry| (person, *entry)));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let edge = |(person, entry): (usize, usize)| {
            let traits = self.people.get(person)?.person.traits()?;
            let (points, by) = traits.compare(&self.entry(entry)?.traits)?;
            let level = confidence(points)?;
            // Taking somebody with an account name for another would be for ever.
            let enough = level > Confidence::Weak || !self.has_key(person);
            (enough && self.may_be(person, entry)).then_some(Edge {
                person,
                entry,
                points,
                by,
            })
        };
        pairs.into_iter().filter_map(edge).collect()
    }

    fn best_for_each_other(&self, level: Confidence) -> Vec<(Edge, Confidence)> {
        let mut by_person = vec![Best::default(); self.people.len()];
        let mut by_entry = vec![Best::default(); self.entries.len()];
        for (at, edge) in self.edges.iter().enumerate() {
            // Whoever is surely somebody else is no rival. Others are, even if they found theirs.
            let is_settled =
                |found: Option<Found>| found.is_some_and(|it| it.confidence >= Confidence::Strong);
            let person = self.people.get(edge.person).and_then(|side| side.found);
            let bearer = self.entries.get(edge.entry).and_then(|entry| entry.2);
            let bearer = bearer.and_then(|at| self.people.get(at)?.found);
            if let Some(best) = by_person
                .get_mut(edge.person)
                .filter(|_| !is_settled(bearer))
            {
                best.see(at, edge.points);
            }
            if let Some(best) = by_entry.get_mut(edge.entry).filter(|_| !is_settled(person)) {
                best.see(at, edge.points);
            }
        }
        let mutual = |(at, edge): (usize, &Edge)| {
            let confidence = confidence(edge.points).filter(|it| *it >= level)?;
            let is_best = by_person.get(edge.person)?.is(at) && by_entry.get(edge.entry)?.is(at);
            let is_open = self.people.get(edge.person)?.found.is_none() && self.is_free(edge.entry);
            (is_best && is_open).then_some((*edge, confidence))
        };
        self.edges.iter().enumerate().filter_map(mutual).collect()
    }

    fn resolutions(self, book: &Pages) -> BTreeMap<String, Resolution> {
        let mut open = BTreeMap::<usize, Vec<&Edge>>::new();
        for edge in self.edges.iter().filter(|edge| self.is_free(edge.entry)) {
            open.entry(edge.person).or_default().push(edge);
        }
        let mut resolutions = BTreeMap::new();
        let mut made = BTreeSet::new();
        for (at, side) in self.people.iter().enumerate() {
            let found = side
                .found
                .and_then(|it| Some((self.entries.get(it.entry)?.0, it)));
            let candidates = open.remove(&at).filter(|_| !self.has_key(at));
            let resolution = match (found, candidates) {
                (Some((identity, found)), _) => Resolution::Known {
                    identity,
                    confidence: found.confidence,
                    by: found.by,
                },
                (None, Some(mut candidates)) => {
                    candidates.sort_by_key(|edge| (Reverse(edge.points), edge.entry));
                    let identity = |edge: &Edge| self.entries.get(edge.entry).map(|it| it.0);
                    let all = candidates.into_iter().filter_map(identity);
                    Resolution::Ambiguous(all.take(CANDIDATES).collect())
                }
                (None, None) => {
                    let mut identity = Identity::born(side.name);
                    // A chance of one in a thousand million, for a book that is full.
                    while book.past.contains_key(&identity) || made.contains(&identity) {
                        identity = identity.next();
                    }
                    made.insert(identity);
                    Resolution::New(identity)
                }
            };
            resolutions.insert(side.name.to_owned(), resolution);
        }
        resolutions
    }

    fn find(&mut self, person: usize, entry: usize, confidence: Confidence, by: Evidence) {
        if let Some(side) = self.people.get_mut(person) {
            side.found = Some(Found {
                entry,
                confidence,
                by,
            });
        }
        if let Some((_, _, bearer)) = self.entries.get_mut(entry) {
            *bearer = Some(person);
        }
    }

    fn forget_account(&mut self, person: usize, account: &str) {
        if let Some(side) = self.people.get_mut(person) {
            side.account.take_if(|it| *it == account);
        }
    }

    fn entry(&self, at: usize) -> Option<&'a Entry> {
        self.entries.get(at).map(|(_, entry, _)| *entry)
    }

    fn is_free(&self, entry: usize) -> bool {
        self.entries
            .get(entry)
            .is_some_and(|(_, _, bearer)| bearer.is_none())
    }

    fn has_key(&self, person: usize) -> bool {
        self.people
            .get(person)
            .is_some_and(|side| side.account.is_some() || side.uin.is_some())
    }

    fn is_room(&self, person: usize) -> bool {
        self.people
            .get(person)
            .is_some_and(|side| crate::id::is_room(side.name))
    }

    /// Nothing certain is against it.
    fn may_be(&self, person: usize, entry: usize) -> bool {
        let Some((side, entry)) = self.people.get(person).zip(self.entry(entry)) else {
            return false;
        };
        let accounts = side.account.zip(entry.account.as_deref());
        let uins = side.uin.zip(entry.uin);
        self.is_room(person) == entry.traits.room
            && accounts.is_none_or(|(mine, theirs)| mine == theirs)
            && uins.is_none_or(|(mine, theirs)| mine == theirs)
    }
}

/// The best of the pairs of somebody, and how good the next one is.
#[derive(Clone, Copy)]
struct Best {
    edge: Option<usize>,
    points: i32,
    next: i32,
}

impl Default for Best {
    fn default() -> Self {
        Self {
            edge: None,
            // Far below anything, and far from overflowing.
            points: i32::MIN / 2,
            next: i32::MIN / 2,
        }
    }
}

impl Best {
    fn see(&mut self, edge: usize, points: i32) {
        if points > self.points {
            self.next = self.points;
            self.points = points;
            self.edge = Some(edge);
        } else {
            self.next = self.next.max(points);
        }
    }

    fn is(&self, edge: usize) -> bool {
        self.edge == Some(edge) && self.points - self.next >= MARGIN
    }
}

const MEMBERS: u8 = 5;

/// What somebody may be found by at all, numbered by kind.
fn signs(traits: &Traits) -> impl Iterator<Item = (u8, u64)> {
    let single = [
        traits.alias,
        traits.remark,
        traits.picture,
        traits.name,
        traits.room_id,
    ];
    let single = (0..MEMBERS).zip(single).filter(|(_, sign)| *sign != 0);
    let members = traits.members.iter().take(SAMPLE);
    single.chain(members.map(|member| (MEMBERS, *member)))
}

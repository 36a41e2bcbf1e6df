//! Fills the roster: the pages of the address book, then lookups of rooms and people that were
//! only mentioned. No message waits for it.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal, accepted, read},
    driver::Reply,
    endpoint::{
        ContactRecord, Endpoint,
        webwxbatchgetcontact::{self, Entry, MAX_ENTRIES},
        webwxgetcontact,
    },
    event::{EventKind, RosterChange},
    id::is_room,
    ret::Ret,
    retry::Tries,
    roster::Roster,
    transport::TransportErrorKind,
};

pub(crate) struct Directory {
    pub(crate) roster: Roster,
    paging: Option<Paging>,
    /// The first load is over: from now on, changes are events.
    loaded: bool,
    /// Every page arrived.
    complete: bool,
    wanted: VecDeque<String>,
    asked: Vec<String>,
    /// Ids that failed alone, or that the service does not answer for. Not asked again.
    given_up: BTreeSet<String>,
    /// How many ids one lookup may carry; shrinks while lookups fail.
    batch: usize,
    too_often: u32,
}

struct Paging {
    seq: u64,
    pages: u32,
}

/// A burst of lookups right after the login is answered "too often".
const SPACING: Duration = Duration::from_secs(2);

/// The first pause after a "too often"; it doubles.
const TOO_OFTEN_PAUSE: Duration = Duration::from_secs(60);

/// The official page stops after 16 more pages; a page holds hundreds.
const PAGES: u32 = 64;

/// What is remembered as a dead end. Ids die with the login, so this is only a bound.
const GIVEN_UP: usize = 10_000;

/// Waiting lookups. More can only come from a service that makes names up.
const WANTED: usize = 10_000;

impl Directory {
    pub(crate) fn new() -> Self {
        Self {
            roster: Roster::default(),
            paging: None,
            loaded: false,
            complete: false,
            wanted: VecDeque::new(),
            asked: Vec::new(),
            given_up: BTreeSet::new(),
            batch: MAX_ENTRIES,
            too_often: 0,
        }
    }

    /// Starts the first load from what `webwxinit` told.
    pub(crate) fn start(&mut self, cx: &mut Cx, recent: Vec<ContactRecord>, chats: Vec<String>) {
        self.absorb(cx, recent);
        self.wanted
            .extend(chats.into_iter().filter(|name| is_room(name)));
        self.paging = Some(Paging { seq: 0, pages: 0 });
        self.issue(cx, Purpose::ContactPage);
    }

    /// Takes records over; tells the application, once the first load is over.
    pub(crate) fn absorb(&mut self, cx: &mut Cx, records: Vec<ContactRecord>) -> Vec<EventKind> {
        let login = cx.session.login();
        let mut changes = Vec::new();
        for record in records {
            let name = record.user_name.clone();
            let before = self.roster.upsert(login, record);
            if !self.loaded {
                continue;
            }
            let Some(after) = self.roster.find(&name).cloned() else {
                continue;
            };
            match before {
                None => changes.push(RosterChange::Added(Box::new(after))),
                Some(before) if before != after => changes.push(RosterChange::Changed {
                    before: Box::new(before),
                    after: Box::new(after),
                }),
                Some(_) => {}
            }
        }
        changes.into_iter().map(EventKind::Roster).collect()
    }

    pub(crate) fn remove(&mut self, names: &[String]) -> Vec<EventKind> {
        let gone = names.iter().filter_map(|name| self.roster.remove(name));
        let gone: Vec<_> = gone
            .map(|gone| RosterChange::Removed(Box::new(gone)))
            .collect();
        if !self.loaded {
            return Vec::new();
        }
        gone.into_iter().map(EventKind::Roster).collect()
    }

    /// Somebody is mentioned; looks them up if that tells more than is known.
    pub(crate) fn want(&mut self, cx: &mut Cx, names: Vec<String>) {
        for name in names {
            let worth_it = name.starts_with('@')
                && name != cx.session.my_name()
                && self.roster.lacks(&name)
                && !self.given_up.contains(&name)
                && !self.asked.contains(&name)
                && !self.wanted.contains(&name)
                && self.wanted.len() < WANTED;
            if worth_it {
                self.wanted.push_back(name);
            }
        }
        self.pump(cx);
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, purpose: Purpose) {
        match purpose {
            Purpose::ContactPage => {
                let Some(paging) = &self.paging else { return };
                let seq = paging.seq;
                cx.send(purpose, |c, s| {
                    webwxgetcontact::request(c, &s.credentials, seq)
                });
            }
            Purpose::Lookup => self.pump(cx),
            _ => {}
        }
    }

    pub(crate) fn handle(
        &mut self,
        cx: &mut Cx,
        purpose: Purpose,
        reply: Result<Reply, TransportErrorKind>,
    ) {
        match purpose {
            Purpose::ContactPage => {
                let page = read(Endpoint::GetContact, reply, webwxgetcontact::parse)
                    .and_then(|page| accepted(Endpoint::GetContact, &page.base).map(|()| page));
                self.page(cx, page);
            }
            Purpose::Lookup => {
                let found = read(
                    Endpoint::BatchGetContact,
                    reply,
                    webwxbatchgetcontact::parse,
                )
                .and_then(|found| {
                    accepted(Endpoint::BatchGetContact, &found.base).map(|()| found.contacts)
                });
                self.looked_up(cx, found);
            }
            _ => {}
        }
    }

    fn page(&mut self, cx: &mut Cx, page: Result<webwxgetcontact::Reply, Failure>) {
        let page = match page {
            Ok(page) => page,
            Err(failure) => {
                match failure.ret() {
                    Some(ret) if ret.is_logged_out() => logged_out(cx, Purpose::ContactPage, ret),
                    _ if cx.again(Purpose::ContactPage, &failure, Tries::AtMost(3)) => {}
                    // A very large address book may never come; what is mentioned is looked up.
                    _ => self.paged(cx, false),
                }
                return;
            }
        };
        cx.retries.forget(Purpose::ContactPage);
        cx.stats.unreadable += page.unreadable as u64;
        for change in self.absorb(cx, page.contacts) {
            cx.emit(change);
        }
        let Some(paging) = &mut self.paging else {
            return;
        };
        paging.pages += 1;
        if page.seq == 0 {
            self.paged(cx, true);
        } else if page.seq == paging.seq || paging.pages >= PAGES {
            self.paged(cx, false);
        } else {
            paging.seq = page.seq;
            self.issue(cx, Purpose::ContactPage);
        }
    }

    fn paged(&mut self, cx: &mut Cx, complete: bool) {
        self.paging = None;
        self.complete = complete;
        let known: Vec<_> = self
            .roster
            .iter()
            .map(|c| c.id.user_name().to_owned())
            .filter(|n| is_room(n))
            .collect();
        self.want(cx, known);
        if !cx.is_busy(Purpose::Lookup) {
            self.load_is_over(cx);
        }
    }

    fn load_is_over(&mut self, cx: &mut Cx) {
        if self.loaded || self.paging.is_some() {
            return;
        }
        self.loaded = true;
        self.roster.set_complete(self.complete);
        cx.raise(Signal::Loaded);
    }

    fn pump(&mut self, cx: &mut Cx) {
        let held_back = cx.timers.is_set(Alarm::Spacing(Purpose::Lookup));
        if self.paging.is_some() || held_back || cx.is_busy(Purpose::Lookup) {
            return;
        }
        if self.asked.is_empty() {
            while self.asked.len() < self.batch {
                let Some(name) = self.wanted.pop_front() else {
                    break;
                };
                if self.roster.lacks(&name) && !self.given_up.contains(&name) {
                    self.asked.push(name);
                }
            }
        }
        if self.asked.is_empty() {
            return;
        }
        let entries: Vec<_> = self
            .asked
            .iter()
            .map(|name| {
                if is_room(name) {
                    Entry::room(name)
                } else {
                    Entry::person(name)
                }
            })
            .collect();
        cx.send(Purpose::Lookup, |c, s| {
            webwxbatchgetcontact::request(c, &s.credentials, &entries)
        });
    }

    fn looked_up(&mut self, cx: &mut Cx, found: Result<Vec<ContactRecord>, Failure>) {
        let found = match found {
            Ok(found) => found,
            Err(failure) => {
                self.lookup_failed(cx, &failure);
                return;
            }
        };
        cx.retries.forget(Purpose::Lookup);
        self.too_often = 0;
        self.batch = (self.batch * 2).min(MAX_ENTRIES);
        let changes = self.absorb(cx, found);
        for name in std::mem::take(&mut self.asked) {
            // Answered without telling more: asking again would not either.
            if self.roster.lacks(&name) {
                self.give_up(name);
            }
        }
        for change in changes {
            cx.emit(change);
        }
        cx.arm(Alarm::Spacing(Purpose::Lookup), SPACING);
        self.load_is_over(cx);
    }

    fn lookup_failed(&mut self, cx: &mut Cx, failure: &Failure) {
        match failure.ret() {
            Some(ret) if ret.is_logged_out() => {
                logged_out(cx, Purpose::Lookup, ret);
                return;
            }
            Some(Ret::TOO_OFTEN) => {
                let pause = TOO_OFTEN_PAUSE * (1 << self.too_often.min(6));
                self.too_often += 1;
                cx.retry_in(Purpose::Lookup, pause);
                cx.trouble(Endpoint::BatchGetContact, self.too_often, pause, failure);
            }
            // One bad id fails all: ask in smaller lots, down to one, to find it.
            Some(_) if self.asked.len() > 1 => {
                self.batch = match self.asked.len() {
                    11.. => 10,
                    6..=10 => 5,
                    _ => 1,
                };
                for name in std::mem::take(&mut self.asked).into_iter().rev() {
                    self.wanted.push_front(name);
                }
                cx.arm(Alarm::Spacing(Purpose::Lookup), SPACING);
            }
            _ if failure.ret().is_none()
                && cx.again(Purpose::Lookup, failure, Tries::AtMost(3)) => {}
            _ => {
                for name in std::mem::take(&mut self.asked) {
                    self.give_up(name);
                }
                cx.arm(Alarm::Spacing(Purpose::Lookup), SPACING);
            }
        }
        self.load_is_over(cx);
    }

    fn give_up(&mut self, name: String) {
        if self.given_up.len() < GIVEN_UP {
            self.given_up.insert(name);
        }
    }
}

/// Whether the session is really gone is for others to find out. If it is not, the load goes on.
fn logged_out(cx: &mut Cx, purpose: Purpose, ret: Ret) {
    cx.raise(Signal::LoggedOut(ret));
    cx.retry_in(purpose, LOGGED_OUT_PAUSE);
}

/// Time enough for the check whether the session lives.
const LOGGED_OUT_PAUSE: Duration = Duration::from_secs(10);

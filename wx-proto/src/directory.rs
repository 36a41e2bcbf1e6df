//! Fills the roster: the pages of the address book, then lookups of rooms and people that were
//! only mentioned. No message waits for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    cx::{Alarm, Cx, Failure, Purpose, Signal, read_accepted},
    endpoint::{
        ContactRecord, Endpoint,
        contact::is_user_name,
        webwxbatchgetcontact::{self, Entry, MAX_ENTRIES},
        webwxgetcontact,
    },
    event::{EventKind, RosterChange},
    id::is_room,
    lookups::{Lookups, MADE_UP},
    output::Reply,
    ret::Ret,
    retry::{Setback, Tries},
    roster::Roster,
    transport::TransportError,
};

pub(crate) struct Directory {
    pub(crate) roster: Roster,
    paging: Option<Paging>,
    /// The first load is over: from now on, changes are events.
    loaded: bool,
    /// Every page arrived.
    complete: bool,
    lookups: Lookups,
    /// Rooms to look up again, because of somebody who is no known member.
    stale: BTreeSet<String>,
    /// Because of whom this was done already, and in which room: a lookup that does not help is not
    /// repeated.
    sought: BTreeSet<(String, String)>,
    /// Times in a row that the service said that the session is gone.
    doubted: u32,
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

/// More strangers can only come from a service that makes them up.
const SOUGHT: usize = 10_000;

/// Failures in a row after which the pages hold up nothing else.
const PATIENCE: u32 = 3;

impl Directory {
    pub(crate) fn new() -> Self {
        Self {
            roster: Roster::default(),
            paging: None,
            loaded: false,
            complete: false,
            lookups: Lookups::new(MAX_ENTRIES, MADE_UP),
            stale: BTreeSet::new(),
            sought: BTreeSet::new(),
            doubted: 0,
            too_often: 0,
        }
    }

    /// Starts the first load from what `webwxinit` told.
    pub(crate) fn start(&mut self, cx: &mut Cx, recent: Vec<ContactRecord>, chats: Vec<String>) {
        for room in chats.iter().filter(|name| is_room(name)) {
            self.look_up(cx, room);
        }
        self.absorb(cx, recent);
        if cx.session.family.is_file_helper() {
            // That page has no address book.
            self.complete = true;
            self.load_is_over(cx);
            return;
        }
        self.paging = Some(Paging { seq: 0, pages: 0 });
        self.issue(cx, Purpose::ContactPage);
    }

    /// Takes records over. What that changes, once the first load is over: one change for each
    /// name, however often the reply has it.
    pub(crate) fn absorb(&mut self, cx: &mut Cx, records: Vec<ContactRecord>) -> Vec<EventKind> {
        let login = cx.session.login();
        let mut touched = Vec::new();
        let mut before = BTreeMap::new();
        for record in records {
            let name = &record.user_name;
            if self.loaded && !before.contains_key(name) {
                touched.push(name.clone());
                before.insert(name.clone(), self.roster.find(name).cloned());
            }
            let room = is_room(name).then(|| name.clone());
            let known = self.roster.len();
            self.roster.upsert(login, record);
            let is_loading = !self.loaded || self.paging.is_some();
            if is_loading && self.roster.len() > known {
                room.iter().for_each(|room| self.look_up(cx, room));
            }
        }
        let change = |name: String| {
            let after = Box::new(self.roster.find(&name)?.clone());
            match before.remove(&name).flatten() {
                None => Some(RosterChange::Added(after)),
                Some(before) if before == *after => None,
                Some(before) => Some(RosterChange::Changed {
                    before: Box::new(before),
                    after,
                }),
            }
        };
        touched
            .into_iter()
            .filter_map(change)
            .map(EventKind::Roster)
            .collect()
    }

    pub(crate) fn remove(&mut self, names: &[String]) -> Vec<EventKind> {
        // Who is gone would come back.
        self.lookups.forget(names);
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
    pub(crate) fn want(&mut self, cx: &mut Cx, names: &[String]) {
        for name in names {
            let is_somebody = name.starts_with('@') && name != cx.session.my_name();
            if is_somebody && self.roster.lacks(name) {
                self.look_up(cx, name);
            }
        }
        self.pump(cx);
    }

    fn look_up(&mut self, cx: &Cx, name: &str) {
        // The page of the file helper knows nobody. What is no name would be remembered for nothing.
        if !cx.session.family.is_file_helper() && is_user_name(name) {
            self.lookups.want(name);
        }
    }

    /// Somebody speaks in a room whom its record lacks. The service does not tell of everybody who
    /// joins, but a lookup does.
    pub(crate) fn renew(&mut self, cx: &mut Cx, room: String, who: String) {
        let is_name = is_user_name(&room) && is_user_name(&who);
        let is_one = is_name && is_room(&room) && who.starts_with('@');
        let has_room = self.sought.len() < SOUGHT;
        if is_one && has_room && self.sought.insert((room.clone(), who)) {
            self.look_up(cx, &room);
            self.stale.insert(room);
            self.pump(cx);
        }
    }

    pub(crate) fn issue(&mut self, cx: &mut Cx, purpose: Purpose) {
        match purpose {
            Purpose::ContactPage => {
                let Some(paging) = &self.paging else { return };
                // What a late page changes is told, and one may change a hundred thousand records:
                // the pages wait for a reader, as messages do.
                if self.loaded && cx.is_crowded(cx.events.len()) {
                    cx.arm(Alarm::Spacing(purpose), UNREAD_PAUSE);
                    return;
                }
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
        reply: Result<Reply, TransportError>,
    ) {
        match purpose {
            Purpose::ContactPage => {
                let parse = webwxgetcontact::parse;
                let page = read_accepted(Endpoint::GetContact, reply, parse, |it| &it.base);
                self.page(cx, page);
            }
            Purpose::Lookup => {
                let parse = webwxbatchgetcontact::parse;
                let found = read_accepted(Endpoint::BatchGetContact, reply, parse, |it| &it.base);
                self.looked_up(cx, found.map(|found| found.contacts));
            }
            _ => {}
        }
    }

    fn page(&mut self, cx: &mut Cx, page: Result<webwxgetcontact::Reply, Failure>) {
        let page = match page {
            Ok(page) => page,
            Err(failure) => {
                if !self.again(cx, Purpose::ContactPage, &failure) {
                    // A very large address book may never come; what is mentioned is looked up.
                    self.paged(cx, false);
                } else if cx.retries.failed(Purpose::ContactPage) == PATIENCE {
                    self.go_on(cx);
                }
                return;
            }
        };
        self.doubted = 0;
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
        if self.loaded {
            self.roster.set_complete(complete);
        }
        self.go_on(cx);
    }

    fn go_on(&mut self, cx: &mut Cx) {
        self.pump(cx);
        if !cx.is_busy(Purpose::Lookup) {
            self.load_is_over(cx);
        }
    }

    /// Pages that fail again and again hold nothing else up.
    fn is_paging(&self, cx: &Cx) -> bool {
        self.paging.is_some() && cx.retries.failed(Purpose::ContactPage) < PATIENCE
    }

    fn load_is_over(&mut self, cx: &mut Cx) {
        if self.loaded || self.is_paging(cx) {
            return;
        }
        self.loaded = true;
        self.roster.set_complete(self.complete);
        cx.raise(Signal::Loaded);
    }

    fn pump(&mut self, cx: &mut Cx) {
        let held_back = cx.timers.is_set(Alarm::Spacing(Purpose::Lookup));
        if self.is_paging(cx) || held_back || cx.is_busy(Purpose::Lookup) {
            return;
        }
        let roster = &self.roster;
        let stale = &self.stale;
        let is_worth_it = |name: &str| roster.lacks(name) || stale.contains(name);
        let lot = self.lookups.lot(is_worth_it);
        if lot.is_empty() {
            return;
        }
        let entries: Vec<_> = lot
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
        match found {
            Ok(found) => {
                cx.retries.forget(Purpose::Lookup);
                self.too_often = 0;
                self.doubted = 0;
                // Whom nobody asked for is not taken in.
                let asked = |contact: &ContactRecord| self.lookups.is_asked(&contact.user_name);
                let found = found.into_iter().filter(asked).collect();
                for change in self.absorb(cx, found) {
                    cx.emit(change);
                }
                let asked = self.lookups.asked().iter();
                asked.for_each(|name| _ = self.stale.remove(name));
                let roster = &self.roster;
                self.lookups.answered(|name| !roster.lacks(name));
                cx.arm(Alarm::Spacing(Purpose::Lookup), SPACING);
            }
            Err(failure) => {
                if !self.again(cx, Purpose::Lookup, &failure) {
                    self.lookups.refused();
                    cx.arm(Alarm::Spacing(Purpose::Lookup), SPACING);
                }
            }
        }
        self.load_is_over(cx);
    }

    /// Whether the request goes out again, later. What did not get through is nobody's fault, and
    /// nothing waits for it, so it is tried for as long as the session lives.
    fn again(&mut self, cx: &mut Cx, purpose: Purpose, failure: &Failure) -> bool {
        match failure.ret() {
            // Whether the session is really gone is for others to find out. If it is not, and this
            // endpoint alone says so again and again, it is not believed.
            Some(ret) if ret.is_logged_out() && self.doubted < 2 => {
                self.doubted += 1;
                cx.raise(Signal::LoggedOutAside(ret));
                cx.retry_in(purpose, LOGGED_OUT_PAUSE);
                true
            }
            Some(Ret::TOO_OFTEN) => {
                let pause = TOO_OFTEN_PAUSE * (1 << self.too_often.min(6));
                self.too_often += 1;
                cx.retry_in(purpose, pause);
                cx.trouble(purpose.endpoint(), self.too_often, pause, failure);
                true
            }
            Some(Ret::SYSTEM_ERROR) => cx.again(purpose, failure, Tries::AtMost(4)),
            Some(_) => false,
            None => match failure.setback() {
                Setback::Garbled | Setback::Refused => cx.again(purpose, failure, Tries::AtMost(3)),
                _ => cx.again(purpose, failure, Tries::Unlimited),
            },
        }
    }
}

/// How often it is looked whether the application has read.
const UNREAD_PAUSE: Duration = Duration::from_secs(10);

/// Time enough for the check whether the session lives.
const LOGGED_OUT_PAUSE: Duration = Duration::from_secs(10);

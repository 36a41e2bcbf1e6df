//! What can be seen of the service from outside.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;

use super::account::Account;
use super::endpoint::Endpoint;
use super::judge::{Record, Tally};
use super::keys::Item;
use super::peer::{ME, Peer};
use super::received::Received;
use super::session::Session;
use super::setup::Setup;
use super::{AccountId, Server, SessionId};

/// How far a login has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginStage {
    /// The code is shown, nobody scanned it.
    Open,
    /// Scanned, waiting for the tap on the phone.
    Scanned,
    /// The user tapped "log in".
    Confirmed,
    /// The user tapped "cancel".
    Cancelled,
    /// Its life is over.
    Expired,
}

/// A QR code, or a login pushed to the phone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginView {
    /// Its id.
    pub uuid: String,
    /// Position among all logins, from 0.
    pub ordinal: u32,
    /// How far it has come.
    pub stage: LoginStage,
    /// Whose it is, once that is known.
    pub account: Option<AccountId>,
    /// It came to the phone without a code.
    pub pushed: bool,
    /// It was begun as the desktop shell begins it.
    pub desktop: bool,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountView {
    /// Its id.
    pub id: AccountId,
    /// Its number.
    pub uin: u32,
    /// The user's name, as typed.
    pub nick_name: String,
    /// When it came into being.
    pub born: Duration,
    /// Its newest session.
    pub session: Option<SessionId>,
    /// How often the client marked a chat as read, by the chat's plain id.
    pub read: BTreeMap<String, u32>,
    /// Who asked to be a friend and got no answer yet, by plain id.
    pub requests: Vec<String>,
    /// Whom the client asked to be a friend, by plain id, as long as there is no answer.
    pub asked: Vec<String>,
    /// Whom the client invited into a room without that anybody came yet: room and person, by plain
    /// id.
    pub invited: Vec<(String, String)>,
}

/// A web session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// The user's name in this session.
    pub user_name: String,
    /// The code it ended with. `None`: it is on.
    pub over: Option<i64>,
    /// A `synccheck` is held.
    pub polling: bool,
    /// Calls of `webwxinit` that were answered.
    pub inits: u32,
    /// Items that wait beyond the newest keys the client has shown.
    pub waiting: u64,
    /// When the session cookies end, if nothing renews them.
    pub cookies_until: Duration,
}

/// Somebody, or a room, as one session knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerView {
    /// The id that stays the same over logins.
    pub plain: String,
    /// The name in this session.
    pub user_name: String,
    /// The name the contact chose, or the topic of a room; as typed.
    pub nick_name: String,
    /// The name the user gave the contact; as typed.
    pub remark_name: String,
    /// The id the contact chose; empty if there is none.
    pub alias: String,
    /// `ContactFlag` of a person, 0 for rooms.
    pub contact_flag: u32,
    /// It is a room.
    pub room: bool,
    /// `webwxgetcontact` lists it.
    pub listed: bool,
}

/// A message that waits for a session, or was fetched by it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewsView {
    /// Its id.
    pub msg_id: u64,
    /// Its kind, as it is on the wire.
    pub msg_type: u32,
    /// When it was written.
    pub at: Duration,
    /// The client has shown keys from behind it, so it will not ask for it again by itself.
    pub covered: bool,
}

impl Server {
    /// The messages that the log of a session still holds, in their order.
    #[must_use]
    pub fn news(&self, session: SessionId) -> Vec<NewsView> {
        let Some(session) = self.sessions.get(&session) else {
            return Vec::new();
        };
        let shown = session.log.read(&session.last_keys);
        let shown = shown.map_or(0, |(_, position)| position);
        let first = session.log.first();
        let news = session.log.since(0).enumerate().filter_map(|(at, item)| {
            let Item::Message(message) = item else {
                return None;
            };
            Some(NewsView {
                msg_id: message.msg_id,
                msg_type: message.msg_type,
                at: message.at,
                covered: first + (at as u64) < shown,
            })
        });
        news.collect()
    }

    /// How the service was set up, with what deeds changed since.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The latest time the service was told.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.now
    }

    /// What is remembered of the requests, in their order: the newest accepted ones and the oldest
    /// faulty ones, as the limits say.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        self.book.records()
    }

    /// What clients asked for, to be compared with what another client asked for: the
    /// [canonical texts](Record::canonical) of the remembered requests, endpoint by endpoint, each
    /// of them in the order in which they came. A poll that says the same as the one before it is
    /// left out, because how often one is asked is a matter of time.
    #[must_use]
    pub fn transcript(&self) -> String {
        let mut chapters: BTreeMap<Endpoint, Vec<&str>> = BTreeMap::new();
        for record in self.records() {
            chapters
                .entry(record.endpoint)
                .or_default()
                .push(&record.canonical);
        }
        let mut text = String::new();
        for (endpoint, mut requests) in chapters {
            if matches!(endpoint, Endpoint::Login | Endpoint::SyncCheck) {
                requests.dedup();
            }
            let _ = writeln!(text, "# {endpoint}");
            for request in requests {
                let _ = writeln!(text, "{request}");
            }
        }
        text
    }

    /// The remembered requests that were refused or remarked.
    pub fn faults(&self) -> impl Iterator<Item = &Record> {
        self.records().iter().filter(|record| !record.is_accepted())
    }

    /// How many requests of each kind came in, ever.
    #[must_use]
    pub fn tallies(&self) -> &BTreeMap<Endpoint, Tally> {
        self.book.tallies()
    }

    /// The messages taken from clients, in their order; repeated ones once, and without those
    /// that were taken back.
    pub fn received(&self) -> impl ExactSizeIterator<Item = &Received> {
        self.received.iter()
    }

    /// The messages of clients that were taken back, in that order.
    pub fn revoked(&self) -> impl ExactSizeIterator<Item = &Received> {
        self.revoked.iter()
    }

    /// The bytes with that md5, of whatever clients uploaded and friends sent. `None`: there are
    /// none, or none any more.
    #[must_use]
    pub fn media(&self, md5: &str) -> Option<Bytes> {
        self.shelf.whole(&self.shelf.content(md5)?)
    }

    /// The logins, in their order.
    #[must_use]
    pub fn logins(&self) -> Vec<LoginView> {
        let view = |uuid: &String| {
            let login = self.logins.get(uuid)?;
            Some(LoginView {
                uuid: uuid.clone(),
                ordinal: login.ordinal,
                stage: login.stage,
                account: login.account,
                pushed: login.pushed,
                desktop: login.desktop,
            })
        };
        self.login_order.iter().filter_map(view).collect()
    }

    /// The accounts, in their order.
    #[must_use]
    pub fn accounts(&self) -> Vec<AccountView> {
        self.accounts.values().map(account_view).collect()
    }

    /// The sessions, in their order.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionView> {
        self.sessions.values().map(session_view).collect()
    }

    /// Everybody and every room of an account, named as in its newest session; oneself first.
    #[must_use]
    pub fn peers(&self, account: AccountId) -> Vec<PeerView> {
        let Some(account) = self.accounts.get(&account) else {
            return Vec::new();
        };
        let session = account.session.and_then(|id| self.sessions.get(&id));
        let name = |peer| {
            session
                .map(|session| session.name(peer))
                .unwrap_or_default()
        };
        let people = account
            .people
            .iter()
            .enumerate()
            .map(|(at, person)| PeerView {
                plain: person.plain.clone(),
                user_name: name(Peer::Person(at)),
                nick_name: person.nick.clone(),
                remark_name: person.remark.clone(),
                alias: person.alias.clone(),
                contact_flag: person.contact_flag,
                room: false,
                listed: person.is_contact(),
            });
        let rooms = account.rooms.iter().enumerate().map(|(at, room)| PeerView {
            plain: room.plain.clone(),
            user_name: name(Peer::Room(at)),
            nick_name: room.topic.clone(),
            remark_name: String::new(),
            alias: String::new(),
            contact_flag: 0,
            room: true,
            listed: room.saved,
        });
        people.chain(rooms).collect()
    }

    /// The account whose session is the newest, or else the newest account.
    pub(super) fn latest_account(&self) -> Option<AccountId> {
        let of_session = self
            .sessions
            .last_key_value()
            .map(|(_, session)| session.account);
        of_session.or_else(|| self.accounts.last_key_value().map(|(id, _)| *id))
    }
}

fn account_view(account: &Account) -> AccountView {
    let plain = |at: usize| account.plain(Peer::Person(at)).to_owned();
    let room = |at: usize| account.plain(Peer::Room(at)).to_owned();
    AccountView {
        id: account.id,
        uin: account.uin,
        nick_name: account
            .person(ME)
            .map(|me| me.nick.clone())
            .unwrap_or_default(),
        born: account.born,
        session: account.session,
        read: account.read.clone(),
        requests: account.requests.iter().map(|it| plain(it.person)).collect(),
        asked: account.asked.iter().map(|at| plain(*at)).collect(),
        invited: account
            .invited
            .iter()
            .map(|(at, who)| (room(*at), plain(*who)))
            .collect(),
    }
}

fn session_view(session: &Session) -> SessionView {
    let shown = session
        .log
        .read(&session.last_keys)
        .map_or(0, |(_, position)| position);
    SessionView {
        id: session.id,
        account: session.account,
        user_name: session.name(Peer::Person(ME)),
        over: session.over,
        polling: session.poll.is_some(),
        inits: session.inits,
        waiting: session.log.end().saturating_sub(shown),
        cookies_until: session.cookies_until,
    }
}

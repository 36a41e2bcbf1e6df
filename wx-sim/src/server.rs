//! The service itself, as a machine without sockets and without a clock.
//!
//! [`Server`] takes requests and the time, and gives replies now or later:
//!
//! ```text
//!   accept(now, id, request) ──▶ ┌────────┐ ──▶ poll_reply() → (id, response)
//!   act(now, deed) ────────────▶ │ Server │ ──▶ poll_timeout() → when to come back
//!   handle_timeout(now) ───────▶ └────────┘ ──▶ records(), accounts(), received(), …
//! ```
//!
//! ```
//! use std::time::Duration;
//! use wx_sim::server::{ExchangeId, Server, Setup};
//!
//! let mut server = Server::new(Setup { seed: 1, ..Setup::default() });
//! let url = "https://login.wx.qq.com/jslogin?appid=wx782c26e4c19acffb";
//! let request = http::Request::get(url).body(Default::default())?;
//! server.accept(Duration::from_secs(1_700_000_000), ExchangeId(0), request);
//!
//! let (id, reply) = server.poll_reply().ok_or("no reply")?;
//! assert_eq!(id, ExchangeId(0));
//! assert!(reply.body().starts_with(b"window.QRLogin.code = 200;"));
//! assert_eq!(server.faults().count(), 1, "a browser sends more headers than none");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! After each input drain [`Server::poll_reply`], then sleep until [`Server::poll_timeout`] at most.
//! The same setup and the same inputs give the same bytes.
//!
//! Every call of the protocol is answered: logins by a code or pushed to the phone, as the full page,
//! as the desktop shell or as the page of the file helper; news and messages; media in both
//! directions and messages taken back; people and rooms; what the page reports. [`Setup`] says who
//! is let in, who is in the address book and how often something may be asked; a [`Deed`] plays the
//! phone or a friend; a [`Store`] keeps the media.
//!
//! Every request is judged, see [`Record`]: a fault for which the real service would refuse it, and
//! whatever works but is unlike the official page. A good client leaves both empty.

mod account;
mod act;
mod agenda;
mod call;
mod canonical;
mod cast;
mod compose;
mod contact;
mod deed;
mod delivery;
mod desktop;
mod directory;
mod download;
mod endpoint;
mod enter;
mod failure;
mod friends;
mod gate;
mod gatherings;
mod head;
mod index;
mod judge;
mod keys;
mod leave;
mod login;
mod markup;
mod masks;
mod media;
mod members;
mod message;
mod multipart;
mod notice;
mod oplog;
mod pace;
mod params;
mod payload;
mod peer;
mod picture;
mod piece;
mod plant;
mod push;
mod rate;
mod received;
mod reply;
mod report;
mod revoke;
mod rooms;
mod sample;
mod script;
mod secrets;
mod send;
mod session;
mod setup;
mod start;
mod store;
mod stream;
mod sync;
mod text;
mod upload;
mod verify;
mod view;
mod xml;

pub use self::deed::{Act, Code, Deed, DeedError, Done, Mark, Whose};
pub use self::endpoint::Endpoint;
pub use self::judge::{Record, Refusal, Remark, Tally};
pub use self::notice::Language;
pub use self::piece::{Blob, Piece};
pub use self::rate::{Class, Rate};
pub use self::received::{MediaView, Received, Said};
pub use self::script::Script;
pub use self::secrets::{Secret, SecretKind};
pub use self::setup::{Cast, Door, Family, Limits, LoginRefusal, Phone, Setup, Wording};
pub use self::store::{MemoryStore, Store};
pub use self::text::encode_text;
pub use self::view::{AccountView, LoginStage, LoginView, NewsView, PeerView, SessionView};

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

use self::account::Account;
use self::agenda::{Agenda, Task};
use self::call::{Call, Fail};
use self::canonical::Poll;
use self::judge::Book;
use self::keys::Item;
use self::login::Login;
use self::masks::Masks;
use self::media::Shelf;
use self::plant::Plants;
use self::session::Session;
use self::stream::mix;

/// One request and its reply. The caller numbers them; a number is used once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExchangeId(pub u64);

/// An account of the service: one for each phone that scanned a QR code, in order from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(pub u32);

/// A web session: one for each `webwxnewloginpage` that let somebody in, in order from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(pub u32);

/// The simulated service.
pub struct Server {
    setup: Setup,
    now: Duration,
    logins: BTreeMap<String, Login>,
    login_order: VecDeque<String>,
    logins_made: u32,
    accounts: BTreeMap<AccountId, Account>,
    accounts_made: u32,
    sessions: BTreeMap<SessionId, Session>,
    sessions_made: u32,
    agenda: Agenda,
    held: BTreeMap<ExchangeId, Held>,
    replies: VecDeque<(ExchangeId, Response<Bytes>)>,
    plants: Plants,
    book: Book,
    masks: Masks,
    /// The newest of each kind.
    polls: BTreeMap<Endpoint, Poll>,
    received: VecDeque<Received>,
    revoked: VecDeque<Received>,
    shelf: Shelf,
    messages_made: u64,
}

impl fmt::Debug for Server {
    /// Sizes only: sessions hold keys, and a simulated key in a log teaches bad habits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("now", &self.now)
            .field("logins", &self.logins.len())
            .field("accounts", &self.accounts.len())
            .field("sessions", &self.sessions.len())
            .field("held", &self.held.len())
            .finish_non_exhaustive()
    }
}

/// A request whose reply waits for news.
#[derive(Clone, Debug)]
enum Held {
    Login(String),
    Poll(SessionId),
}

impl Server {
    /// A service nobody has called yet.
    #[must_use]
    pub fn new(mut setup: Setup) -> Self {
        setup.base = setup.base.map(|base| base.trim_end_matches('/').to_owned());
        Self {
            now: Duration::ZERO,
            logins: BTreeMap::new(),
            login_order: VecDeque::new(),
            logins_made: 0,
            accounts: BTreeMap::new(),
            accounts_made: 0,
            sessions: BTreeMap::new(),
            sessions_made: 0,
            agenda: Agenda::default(),
            held: BTreeMap::new(),
            replies: VecDeque::new(),
            plants: Plants::default(),
            book: Book::default(),
            masks: Masks::default(),
            polls: BTreeMap::new(),
            received: VecDeque::new(),
            revoked: VecDeque::new(),
            shelf: Shelf::new(setup.seed),
            messages_made: 0,
            setup,
        }
    }

    /// Keeps media in another place from now on; what is in memory so far is forgotten.
    pub fn keep_media_in(&mut self, store: Box<dyn Store>) {
        self.shelf.keep_in(store);
    }

    /// A request came in at `now` (Unix time; an earlier one than before counts as the latest).
    pub fn accept(&mut self, now: Duration, id: ExchangeId, request: Request<Bytes>) {
        self.advance(now);
        let ordinal = self.book.next();
        let mut call = Call::new(self.now, id, request);
        if let Some(reply) = self.plants.instead(&call) {
            self.excuse(&mut call);
            self.replies.push_back((id, reply));
            self.note(call, ordinal, 0, true);
            return;
        }
        let planted = self.plants.afterwards(&call);
        let outcome = self.handle(&mut call);
        if planted {
            self.excuse(&mut call);
        }
        let code = match outcome {
            Ok(Some(reply)) => {
                self.finish(id, reply);
                0
            }
            Ok(None) => 0,
            Err(Fail::Code(code)) => {
                self.finish(id, self.failure(&call, code));
                code
            }
            Err(Fail::Answer(code, reply)) => {
                self.finish(id, *reply);
                code
            }
            Err(Fail::Status(status)) => {
                self.finish(id, reply::bare(self.now, status));
                i64::from(status.as_u16())
            }
        };
        self.note(call, ordinal, code, planted);
    }

    fn note(&mut self, mut call: Call, ordinal: u64, code: i64, planted: bool) {
        // Where no accepted request is remembered, none need be written down.
        let canonical = match call.is_accepted() && self.setup.limits.accepted == 0 {
            true => String::new(),
            false => self.canonical(&mut call),
        };
        let record = call.into_record(ordinal, code, planted, canonical);
        self.book.add(record, &self.setup.limits);
    }

    /// The client of a request hung up, or its reply was lost on the way: a reply that still waits
    /// is dropped, and the client may ask again without a new reason.
    pub fn abandon(&mut self, now: Duration, id: ExchangeId) {
        self.advance(now);
        self.plants.forget(id);
        self.release(id);
        self.replies.retain(|(other, _)| *other != id);
        for session in self
            .sessions
            .values_mut()
            .filter(|s| s.answered == Some(id))
        {
            session.syncing = None;
            session.sync_due = true;
        }
        for login in self
            .logins
            .values_mut()
            .filter(|login| login.answered == Some(id))
        {
            login.take_back();
        }
    }

    /// The next reply that is ready.
    pub fn poll_reply(&mut self) -> Option<(ExchangeId, Response<Bytes>)> {
        let (id, reply) = self.replies.pop_front()?;
        for session in self.sessions.values_mut().filter(|s| s.syncing == Some(id)) {
            session.syncing = None;
        }
        Some((id, reply))
    }

    /// When the service wants [`Server::handle_timeout`], as Unix time.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.agenda.next()
    }

    /// The time is `now`: held requests end, phones and friends act. Early calls are harmless.
    pub fn handle_timeout(&mut self, now: Duration) {
        self.advance(now);
    }

    fn advance(&mut self, now: Duration) {
        let now = now.max(self.now);
        while let Some((due, task)) = self.agenda.pop(now) {
            self.now = due.max(self.now);
            self.run(task);
        }
        self.now = now;
    }

    fn run(&mut self, task: Task) {
        match task {
            Task::HoldEnds(id) => match self.held.get(&id) {
                Some(Held::Login(_)) => self.answer_login(Some(id), 408),
                Some(Held::Poll(_)) => self.answer_poll(Some(id), 0, 0),
                None => {}
            },
            Task::Scan(uuid) => self.scan(&uuid),
            Task::Confirm(uuid) => self.confirm(&uuid),
            Task::CodeEnds(uuid) => self.expire(&uuid),
            Task::ChatList(session) => self.send_chat_list(session),
            Task::Script { session, run, step } => self.play(session, run, step),
        }
    }

    fn handle(&mut self, call: &mut Call) -> Result<Option<Response<Bytes>>, Fail> {
        let row = call.judge_head(&self.setup)?;
        match row.endpoint {
            Endpoint::Index => Ok(Some(self.index(call))),
            Endpoint::Jslogin => self.jslogin(call, row).map(Some),
            Endpoint::Qrcode => self.qrcode(call, row).map(Some),
            Endpoint::Login => self.login(call, row),
            Endpoint::PushLogin => self.push_login(call, row).map(Some),
            Endpoint::NewLoginPage => self.new_login_page(call, row).map(Some),
            Endpoint::Init => self.init(call, row).map(Some),
            Endpoint::StatusNotify => self.status_notify(call, row).map(Some),
            Endpoint::GetContact => self.get_contact(call, row).map(Some),
            Endpoint::BatchGetContact => self.batch_get_contact(call, row).map(Some),
            Endpoint::SyncCheck => self.sync_check(call, row),
            Endpoint::Sync => self.sync(call, row).map(Some),
            Endpoint::SendMsg
            | Endpoint::SendMsgImg
            | Endpoint::SendVideoMsg
            | Endpoint::SendEmoticon
            | Endpoint::SendAppMsg => self.send(call, row).map(Some),
            Endpoint::RevokeMsg => self.revoke(call, row).map(Some),
            Endpoint::CheckUpload => self.check_upload(call, row).map(Some),
            Endpoint::UploadMedia => self.upload_media(call, row).map(Some),
            Endpoint::Preview => self.preview(call, row).map(Some),
            Endpoint::GetMsgImg => self.message_image(call, row).map(Some),
            Endpoint::GetVoice => self.message_voice(call, row).map(Some),
            Endpoint::GetVideo => self.message_video(call, row).map(Some),
            Endpoint::GetMedia => self.message_file(call, row).map(Some),
            Endpoint::GetIcon | Endpoint::GetHeadImg => self.head_picture(call, row).map(Some),
            Endpoint::GetPublicLinkImg => self.map_picture(call, row).map(Some),
            Endpoint::OpLog => self.op_log(call, row).map(Some),
            Endpoint::VerifyUser => self.verify_user(call, row).map(Some),
            Endpoint::CreateChatRoom => self.create_chat_room(call, row).map(Some),
            Endpoint::UpdateChatRoom => self.update_chat_room(call, row).map(Some),
            Endpoint::SearchContact => self.search_contact(call, row).map(Some),
            Endpoint::StatReport => self.stat_report(call, row).map(Some),
            Endpoint::CheckUrl => self.check_url(call, row).map(Some),
            Endpoint::SendFeedback => self.send_feedback(call, row).map(Some),
            Endpoint::Logout => self.logout(call, row).map(Some),
            // It has no row, so `judge_head` stopped it.
            Endpoint::Unknown => Err(Fail::Status(http::StatusCode::NOT_FOUND)),
        }
    }

    /// Queues a reply, or the one that was planted for this exchange.
    fn finish(&mut self, id: ExchangeId, reply: Response<Bytes>) {
        let reply = self.plants.swap(id).unwrap_or(reply);
        self.replies.push_back((id, reply));
    }

    /// Holds a request until there is news, or until the hold time is over.
    fn hold(&mut self, id: ExchangeId, held: Held, until: Duration) {
        self.held.insert(id, held);
        self.agenda.add(until, Task::HoldEnds(id));
    }

    /// Stops holding a request, if it is held.
    fn release(&mut self, id: ExchangeId) -> Option<Held> {
        let held = self.held.remove(&id)?;
        self.agenda.forget_hold(id);
        match &held {
            Held::Login(uuid) => {
                if let Some(login) = self.logins.get_mut(uuid) {
                    login.poll = None;
                }
            }
            Held::Poll(session) => {
                if let Some(session) = self.sessions.get_mut(session) {
                    session.poll = None;
                }
            }
        }
        Some(held)
    }

    /// A client whose request met a planted reply may come again with a `webwxsync` that nothing
    /// else calls for.
    fn excuse(&mut self, call: &mut Call) {
        let session = call
            .session
            .or_else(|| self.session_by_sid(call.cookie("wxsid")?));
        if let Some(session) = session.and_then(|id| self.sessions.get_mut(&id)) {
            session.sync_due = true;
            call.session = Some(session.id);
            call.account = Some(session.account);
        }
    }

    fn session_by_sid(&self, sid: &str) -> Option<SessionId> {
        self.sessions
            .values()
            .find(|session| session.sid == sid)
            .map(|session| session.id)
    }

    /// The session of an account, while it is on.
    fn session_on(&mut self, account: AccountId) -> Option<&mut Session> {
        let id = self.accounts.get(&account)?.session?;
        self.sessions
            .get_mut(&id)
            .filter(|session| session.over.is_none())
    }

    /// Gives names to people who came to an account after the session began.
    fn learn(&mut self, id: AccountId) {
        if let Some(account) = self.accounts.get(&id) {
            for session in self
                .sessions
                .values_mut()
                .filter(|session| session.account == id)
            {
                session.learn(account);
            }
        }
    }

    /// Puts an item into the log of the account's session and wakes its poll.
    fn log(&mut self, id: AccountId, item: Item) -> Result<(), DeedError> {
        let limit = self.setup.limits.sync_log;
        let known = self.accounts.get(&id).is_none_or(|account| {
            let chat = item.chat();
            chat.is_none_or(|chat| account.may_know(chat))
        });
        let session = self.session_on(id).ok_or(DeedError::NoSession)?;
        if !known {
            return Ok(());
        }
        let selector = item.selector();
        session.log.push(item, limit);
        let poll = session.poll;
        self.answer_poll(poll, 0, selector);
        Ok(())
    }

    /// Ids are 18 or 19 digits, below 2^63, and look unordered.
    fn next_msg_id(&mut self) -> u64 {
        self.messages_made = self.messages_made.saturating_add(1);
        let draw = mix(mix(self.setup.seed) ^ self.messages_made);
        100_000_000_000_000_000 + draw % 9_100_000_000_000_000_000
    }

    /// Whether a long reply to this call is packed.
    fn packs(&self, call: &Call) -> bool {
        self.setup.packs && call.takes_gzip()
    }

    /// `https://wx2.qq.com`, or the base everything is served under.
    fn origin(&self) -> String {
        match &self.setup.base {
            Some(base) => base.clone(),
            None => format!("https://{}", self.setup.family.main()),
        }
    }
}

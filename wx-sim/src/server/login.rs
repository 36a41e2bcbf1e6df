//! From the QR code to the tap on the phone: jslogin, qrcode, login.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::account::Account;
use super::agenda::Task;
use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::reply;
use super::setup::Phone;
use super::stream::Stream;
use super::view::LoginStage;
use super::{AccountId, ExchangeId, Held, Server};

/// A QR code, or a login that was pushed to the phone.
pub(super) struct Login {
    pub(super) ordinal: u32,
    pub(super) stage: LoginStage,
    pub(super) account: Option<AccountId>,
    pub(super) ticket: String,
    pub(super) scanned_at: Duration,
    /// It came to the phone without a code.
    pub(super) pushed: bool,
    /// It was begun as the desktop shell begins it.
    pub(super) desktop: bool,
    /// The door answered it with a page for people.
    pub(super) paged: bool,
    /// The counter `_` as it was last seen; the session goes on from there.
    pub(super) counter: u64,
    pub(super) poll: Option<ExchangeId>,
    phone: Phone,
    until: Duration,
    wants_icon: bool,
    /// Polls that came and replies that were given, and the newest of those.
    polls: u32,
    answers: u32,
    pub(super) answered: Option<ExchangeId>,
    /// The client was told of the scan.
    told: bool,
}

/// How a login begins.
pub(super) struct Opened {
    /// Whose phone it is pushed to. `None`: whoever scans the code.
    pub(super) account: Option<AccountId>,
    pub(super) desktop: bool,
    /// The counter `_` of the call.
    pub(super) counter: u64,
}

impl Login {
    /// The newest reply did not arrive.
    pub(super) fn take_back(&mut self) {
        self.answered = None;
        self.answers = self.answers.saturating_sub(1);
        self.told = false;
    }
}

impl Server {
    pub(super) fn jslogin(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        call.judge_params(row, &self.setup, None)?;
        if call.param("appid") != Some(self.setup.family.appid()) {
            return Err(call.refuse(Refusal::Appid, 400));
        }
        let back = call.param("redirect_uri").unwrap_or_default();
        let uuid = self.open_login(Opened {
            account: None,
            desktop: back.ends_with("?mod=desktop"),
            counter: counter(call),
        });
        let body = format!("window.QRLogin.code = 200; window.QRLogin.uuid = \"{uuid}\";");
        let mut reply = reply::script(self.now, body);
        // The real service sends two types here, of which the second is wrong.
        let second = HeaderValue::from_static("text/html; charset=gbk");
        reply.headers_mut().append(header::CONTENT_TYPE, second);
        Ok(reply)
    }

    pub(super) fn qrcode(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        call.judge_params(row, &self.setup, None)?;
        let raw = call.path.strip_prefix("/qrcode/").unwrap_or_default();
        let uuid = percent_encoding::percent_decode_str(raw).decode_utf8_lossy();
        if !self.logins.contains_key(uuid.as_ref()) {
            call.note(Refusal::UnknownUuid);
            return Err(Fail::Status(StatusCode::NOT_FOUND));
        }
        Ok(reply::plain(
            self.now,
            StatusCode::OK,
            "image/png",
            Bytes::from_static(PIXEL),
        ))
    }

    pub(super) fn login(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Option<Response<Bytes>>, Fail> {
        call.judge_params(row, &self.setup, None)?;
        let uuid = call.param("uuid").unwrap_or_default().to_owned();
        let tip = call.param("tip").unwrap_or("1") == "1";
        let counter = counter(call);
        let hold = self.setup.hold;
        let Some(login) = self.logins.get_mut(&uuid) else {
            return Err(call.refuse(Refusal::UnknownUuid, 400));
        };
        call.account = login.account;
        if counter != 0 && counter <= login.counter {
            call.remark(Remark::Counter);
        }
        login.counter = login.counter.max(counter);
        // The first poll says 1, and so may its repetitions until one was answered.
        let fits = if tip {
            login.answers == 0
        } else {
            login.polls > 0
        };
        if call.param("tip").is_some() && !fits {
            call.remark(Remark::Tip);
        }
        login.polls = login.polls.saturating_add(1);
        login.wants_icon = call.param("loginicon") == Some("true");
        let code = match login.stage {
            LoginStage::Cancelled => Some(202),
            LoginStage::Expired => Some(400),
            LoginStage::Confirmed => Some(200),
            LoginStage::Scanned if tip || !login.told => Some(201),
            LoginStage::Scanned | LoginStage::Open => None,
        };
        let (before, until) = (login.poll, login.until.min(self.now.saturating_add(hold)));
        if before.is_some() {
            call.remark(Remark::ConcurrentLoginPoll);
            self.answer_login(before, 408);
        }
        if let Some(login) = self.logins.get_mut(&uuid) {
            login.poll = Some(call.id);
        }
        match code {
            Some(code) => {
                self.held.insert(call.id, Held::Login(uuid));
                self.answer_login(Some(call.id), code);
            }
            None => self.hold(call.id, Held::Login(uuid), until),
        }
        Ok(None)
    }

    pub(super) fn open_login(&mut self, opened: Opened) -> String {
        let ordinal = self.logins_made;
        self.logins_made = self.logins_made.saturating_add(1);
        let mut draw = Stream::new(self.setup.seed, "uuid", u64::from(ordinal));
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let uuid = format!("{}==", draw.word(letters, 10));
        let until = self.now.saturating_add(self.setup.qr_life);
        let pushed = opened.account.is_some();
        let phone = match self.setup.push_phone {
            Some(phone) if pushed => phone,
            _ => self.setup.phone,
        };
        let login = Login {
            ordinal,
            stage: LoginStage::Open,
            account: opened.account,
            // The last character may be one that word boundaries stop at.
            ticket: format!("A{}-@qrticket_0", draw.word(letters, 22)),
            scanned_at: Duration::ZERO,
            pushed,
            desktop: opened.desktop,
            paged: false,
            counter: opened.counter,
            poll: None,
            phone,
            until,
            wants_icon: false,
            polls: 0,
            answers: 0,
            answered: None,
            told: false,
        };
        self.logins.insert(uuid.clone(), login);
        self.login_order.push_back(uuid.clone());
        while self.login_order.len() > self.setup.limits.memory.max(1) {
            if let Some(old) = self.login_order.pop_front() {
                self.expire(&old);
                self.logins.remove(&old);
            }
        }
        self.agenda.add(until, Task::CodeEnds(uuid.clone()));
        if let Phone::Auto { scan_after, .. } = phone {
            self.agenda.add(
                self.now.saturating_add(scan_after),
                Task::Scan(uuid.clone()),
            );
        }
        uuid
    }

    pub(super) fn latest_uuid(&self) -> Option<String> {
        self.login_order.back().cloned()
    }

    /// The login that was pushed to the phone of an account last.
    pub(super) fn latest_push(&self, account: AccountId) -> Option<String> {
        let pushed = |uuid: &&String| {
            let login = self.logins.get(*uuid);
            login.is_some_and(|login| login.pushed && login.account == Some(account))
        };
        self.login_order.iter().rev().find(pushed).cloned()
    }

    /// The phone of an account that exists scans a code nobody scanned yet.
    pub(super) fn scan_by(&mut self, uuid: &str, account: AccountId) {
        if let Some(login) = self.logins.get_mut(uuid).filter(|it| it.account.is_none()) {
            login.account = Some(account);
        }
        self.scan(uuid);
    }

    /// Whether the code can still be scanned or confirmed.
    pub(super) fn is_open(&self, uuid: &str) -> bool {
        self.logins
            .get(uuid)
            .is_some_and(|login| matches!(login.stage, LoginStage::Open | LoginStage::Scanned))
    }

    pub(super) fn account_of(&self, uuid: &str) -> Option<AccountId> {
        self.logins.get(uuid)?.account
    }

    pub(super) fn scan(&mut self, uuid: &str) {
        let now = self.now;
        let Some(login) = self
            .logins
            .get_mut(uuid)
            .filter(|l| l.stage == LoginStage::Open)
        else {
            return;
        };
        login.stage = LoginStage::Scanned;
        login.scanned_at = now;
        let (poll, phone) = (login.poll, login.phone);
        if login.account.is_none() {
            let id = self.whose_phone();
            if let Some(login) = self.logins.get_mut(uuid) {
                login.account = Some(id);
            }
        }
        self.answer_login(poll, 201);
        if let Phone::Auto { confirm_after, .. } = phone {
            let due = now.saturating_add(confirm_after);
            self.agenda.add(due, Task::Confirm(uuid.to_owned()));
        }
    }

    pub(super) fn confirm(&mut self, uuid: &str) {
        self.scan(uuid);
        self.settle(uuid, LoginStage::Confirmed, 200);
    }

    pub(super) fn cancel(&mut self, uuid: &str) {
        self.settle(uuid, LoginStage::Cancelled, 202);
    }

    pub(super) fn expire(&mut self, uuid: &str) {
        self.settle(uuid, LoginStage::Expired, 400);
    }

    /// Brings an open code to its last stage.
    fn settle(&mut self, uuid: &str, stage: LoginStage, code: i64) {
        if !self.is_open(uuid) {
            return;
        }
        self.agenda.forget_code(uuid);
        if let Some(login) = self.logins.get_mut(uuid) {
            login.stage = stage;
            let poll = login.poll;
            self.answer_login(poll, code);
        }
    }

    /// Answers a login poll that is held, if it still is.
    pub(super) fn answer_login(&mut self, poll: Option<ExchangeId>, code: i64) {
        let Some(id) = poll else { return };
        let Some(Held::Login(uuid)) = self.release(id) else {
            return;
        };
        let origin = self.origin();
        let avatar = self.setup.avatar;
        let Some(login) = self.logins.get_mut(&uuid) else {
            return;
        };
        login.answers = login.answers.saturating_add(1);
        login.answered = Some(id);
        login.told |= code == 201;
        let mut body = format!("window.code={code};");
        if code == 201 && login.wants_icon && avatar {
            body.push_str("window.userAvatar = 'data:img/jpg;base64,");
            body.push_str(AVATAR);
            body.push_str("';");
        }
        if code == 200 {
            let shell = if login.desktop { "&mod=desktop" } else { "" };
            // The language is the phone's, whatever was asked for.
            body.push_str(&format!(
                "\nwindow.redirect_uri=\"{origin}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket={}\
                 &uuid={uuid}&lang=zh_CN&scan={}{shell}\";",
                login.ticket,
                login.scanned_at.as_secs()
            ));
        }
        let reply = reply::script(self.now, body);
        self.finish(id, reply);
    }

    /// The account of the phone that scans a code.
    fn whose_phone(&mut self) -> AccountId {
        let before = self.accounts.keys().next().copied();
        match before.filter(|_| self.setup.one_account) {
            Some(account) => account,
            None => self.open_account(),
        }
    }

    fn open_account(&mut self) -> AccountId {
        let id = AccountId(self.accounts_made);
        self.accounts_made = self.accounts_made.saturating_add(1);
        self.accounts
            .insert(id, Account::new(&self.setup, id, self.now));
        while self.accounts.len() > self.setup.limits.memory.max(1) {
            // The oldest of those nobody uses; if all are in use, the oldest.
            let idle = self
                .accounts
                .keys()
                .copied()
                .find(|&old| old != id && !self.is_on(old));
            let Some(old) = idle.or_else(|| self.accounts.keys().next().copied()) else {
                break;
            };
            self.accounts.remove(&old);
            self.sessions.retain(|_, session| session.account != old);
        }
        id
    }

    fn is_on(&self, account: AccountId) -> bool {
        let session = self
            .accounts
            .get(&account)
            .and_then(|account| account.session);
        session
            .and_then(|id| self.sessions.get(&id))
            .is_some_and(|s| s.over.is_none())
    }
}

/// The counter `_` of a call, 0 if there is none.
pub(super) fn counter(call: &Call) -> u64 {
    call.param("_")
        .and_then(|value| value.parse().ok())
        .unwrap_or(0)
}

/// A picture of one grey pixel. The code's content is the address clients render themselves; what
/// the service draws is for browsers only.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b,
    0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x68, 0x00, 0x00, 0x00,
    0x82, 0x00, 0x81, 0xda, 0x45, 0x08, 0x3b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];

/// The same pixel as text. The service calls every picture `img/jpg`, whatever it is.
const AVATAR: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNoAAAAggCB2kUIOwAAAABJRU5E\
                      rkJggg==";

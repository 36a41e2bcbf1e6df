//! The door to a session: webwxnewloginpage and the cookies it sets.

use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::reply::{self, set_cookie};
use super::session::Session;
use super::setup::Door;
use super::view::LoginStage;
use super::{AccountId, Server, SessionId};

impl Server {
    pub(super) fn new_login_page(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        call.judge_params(row, &self.setup, None)?;
        let uuid = call.param("uuid").unwrap_or_default().to_owned();
        let ticket = call.param("ticket").unwrap_or_default().to_owned();
        let login = self
            .logins
            .get(&uuid)
            .filter(|login| login.stage == LoginStage::Confirmed && login.ticket == ticket);
        let Some(login) = login else {
            return Err(call.refuse(Refusal::Ticket, 1));
        };
        let (account, counter, begun) = (login.account, login.counter, login.desktop);
        // Whoever got a page asks once more with the address as it came, as the page does.
        for name in ["fun", "version"].into_iter().filter(|_| !login.paged) {
            if call.param(name).is_none() {
                call.remark(Remark::MissingParam(name));
            }
        }
        if self.now > login.scanned_at.saturating_add(self.setup.ticket_life) {
            return Err(Fail::Code(1));
        }
        call.account = account;
        let desktop = self.judge_account(call, begun)?;
        let scripted = is_scripted(call);
        if self.setup.door == Door::PageOnly || (self.setup.door == Door::Page && scripted) {
            if let Some(login) = self.logins.get_mut(&uuid) {
                login.paged = true;
            }
            let body = "<!DOCTYPE html>\n<html>\n<head>\n<title>微信网页版</title>\n</head>\n\
                        <body></body>\n</html>\n";
            return Ok(reply::html(self.now, StatusCode::OK, body.to_owned()));
        }
        let Some(id) = account.and_then(|account| self.open_session(account, counter)) else {
            return Err(Fail::Code(1));
        };
        call.session = Some(id);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.desktop = desktop;
        }
        let mut reply = self.welcome(id).ok_or(Fail::Code(1))?;
        self.move_on(call, &mut reply);
        Ok(reply)
    }

    /// Whether accounts are let in, and whether as the shell. `begun`: the login was begun as the
    /// shell's.
    fn judge_account(&self, call: &mut Call, begun: bool) -> Result<bool, Fail> {
        let refused = self.setup.refusal.code();
        let only = self.setup.desktop_only.then_some(refused);
        let desktop = call.judge_desktop(begun, only)?;
        if self.setup.barred || (self.setup.desktop_only && !desktop) {
            return Err(Fail::Code(refused));
        }
        Ok(desktop)
    }

    /// What a refused account is told.
    pub(super) fn turn_away(&self, call: &Call, code: i64) -> Response<Bytes> {
        let refusal = &self.setup.refusal;
        let (mut message, mut rest, mut lead) = ("", String::new(), "");
        if refusal.code() == code {
            message = &refusal.message;
            if let Some(url) = &refusal.redirect_url {
                let url = url.replace('&', "&amp;").replace('<', "&lt;");
                rest = format!("<redirecturl>{url}</redirecturl>");
            }
            if refusal.indented {
                lead = "  \n  ";
            }
        }
        let body =
            format!("{lead}<error><ret>{code}</ret><message>{message}</message>{rest}</error>");
        let mut reply = reply::plain(self.now, StatusCode::OK, "text/plain", Bytes::from(body));
        if matches!(self.setup.door, Door::Moved { .. }) {
            self.move_on(call, &mut reply);
        }
        reply
    }

    /// Without the marks of a page script the service means to lead a browser on, and forgets to
    /// say where to; body and cookies are the same.
    fn move_on(&self, call: &Call, reply: &mut Response<Bytes>) {
        let moved = matches!(self.setup.door, Door::Moved { .. }) || !is_scripted(call);
        if moved {
            *reply.status_mut() = StatusCode::MOVED_PERMANENTLY;
        }
        if self.setup.door == (Door::Moved { location: true }) {
            let home = reply::text(&format!("{}/", self.origin()));
            reply.headers_mut().insert(header::LOCATION, home);
        }
    }

    /// Opens a session and ends the one before it.
    fn open_session(&mut self, account: AccountId, counter: u64) -> Option<SessionId> {
        let id = SessionId(self.sessions_made);
        let (seed, life) = (self.setup.seed, self.setup.cookie_life);
        let account = self.accounts.get_mut(&account)?;
        let before = account.session.replace(id);
        let mut session = Session::new(seed, id, account, self.now, life);
        session.counter = counter;
        self.sessions_made = self.sessions_made.saturating_add(1);
        self.sessions.insert(id, session);
        if let Some(before) = before.and_then(|id| self.sessions.get_mut(&id)) {
            before.over.get_or_insert(1101);
            let poll = before.poll;
            self.answer_poll(poll, 1101, 0);
        }
        while self.sessions.len() > self.setup.limits.memory.max(1) {
            let Some((_, old)) = self.sessions.pop_first() else {
                break;
            };
            if let Some(poll) = old.poll {
                self.held.remove(&poll);
                self.agenda.forget_hold(poll);
            }
        }
        Some(id)
    }

    fn welcome(&self, id: SessionId) -> Option<Response<Bytes>> {
        let session = self.sessions.get(&id)?;
        let account = self.accounts.get(&session.account)?;
        // Both forms of success were seen.
        let message = if id.0 % 2 == 0 { "" } else { "OK" };
        let body = format!(
            "<error><ret>0</ret><message>{message}</message><skey>{}</skey><wxsid>{}</wxsid>\
             <wxuin>{}</wxuin><pass_ticket>{}</pass_ticket><isgrayscale>1</isgrayscale></error>",
            session.skey, session.sid, session.uin, session.pass_ticket
        );
        let mut reply = reply::plain(self.now, StatusCode::OK, "text/plain", Bytes::from(body));
        let (main, parent) = (self.setup.family.main(), self.setup.family.parent());
        let soon = self.now.saturating_add(self.setup.cookie_life);
        let years = self.now.saturating_add(TEN_YEARS);
        let uin = session.uin.to_string();
        let mut set = |name, value: &str, domain, expires| {
            set_cookie(&mut reply, &self.setup, name, value, domain, expires);
        };
        set("wxuin", &uin, main, soon);
        set("wxsid", &session.sid, main, soon);
        set(
            "wxloadtime",
            &session.born.as_secs().to_string(),
            main,
            soon,
        );
        set("mm_lang", "zh_CN", main, soon);
        if self.setup.base.is_none() {
            // The same name once more, on the parent domain.
            set("wxuin", &uin, parent, soon);
        }
        set("webwx_data_ticket", &session.data_ticket, parent, soon);
        set("webwxuvid", &account.uvid, main, years);
        set("webwx_auth_ticket", &account.auth_ticket, main, years);
        Some(reply)
    }

    /// The cookies every `webwxsync` sets anew.
    pub(super) fn renew_cookies(&self, session: &Session, reply: &mut Response<Bytes>) {
        let (main, parent) = (self.setup.family.main(), self.setup.family.parent());
        let soon = self.now.saturating_add(self.setup.cookie_life);
        let mut set = |name, value: &str, domain| {
            set_cookie(reply, &self.setup, name, value, domain, soon);
        };
        // From the first sync on this is no number any more.
        set(
            "wxloadtime",
            &format!("{}_expired", self.now.as_secs()),
            main,
        );
        set("wxpluginkey", &session.born.as_secs().to_string(), main);
        set("wxuin", &session.uin.to_string(), main);
        set("wxsid", &session.sid, main);
        set("webwx_data_ticket", &session.data_ticket, parent);
    }

    /// Cookies end by a date 30 seconds after the epoch.
    pub(super) fn clear_cookies(&self, reply: &mut Response<Bytes>) {
        let (main, parent) = (self.setup.family.main(), self.setup.family.parent());
        let past = Duration::from_secs(30);
        for name in ["wxuin", "wxsid", "wxloadtime", "wxpluginkey"] {
            set_cookie(reply, &self.setup, name, "", main, past);
        }
        set_cookie(reply, &self.setup, "webwx_data_ticket", "", parent, past);
    }
}

fn is_scripted(call: &Call) -> bool {
    call.param("fun").is_some() || call.param("version").is_some()
}

const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

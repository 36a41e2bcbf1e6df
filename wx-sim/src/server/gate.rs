//! Who is asking: the checks every call of a session goes through.

use std::time::Duration;

use serde_json::Value;

use super::account::Account;
use super::call::{Call, Fail, as_text};
use super::endpoint::{Body, Endpoint, Host, Row};
use super::judge::{Refusal, Remark};
use super::params::is_device_id;
use super::session::Session;
use super::{Server, SessionId};

/// So often a session may be told that it is over before going on is remarked: calls in flight, a
/// second look by `webwxinit` and a goodbye are all in order.
const PATIENCE: u32 = 8;

/// So often a `DeviceID` may come: once, and with three repetitions of the same body.
const DEVICE_USES: u32 = 4;

impl Server {
    /// Reads the body, finds the session and judges everything that needs it.
    pub(super) fn enter(&mut self, call: &mut Call, row: &Row) -> Result<SessionId, Fail> {
        let body = call.read_json(row);
        let id = self.find_session(call)?;
        self.judge_cookies(call, id)?;
        body?;
        if call.endpoint == Endpoint::Init {
            self.note_ticket(call, id);
        }
        if let Some(session) = self.sessions.get(&id) {
            call.judge_params(row, &self.setup, Some(session))?;
        }
        if matches!(row.body, Body::Json(_) | Body::Multipart(_)) {
            self.judge_base_request(call, id)?;
        }
        if let Some(device) = call.param("deviceid").map(str::to_owned) {
            self.judge_device(call, id, device);
        }
        Ok(id)
    }

    /// The session that was found, and the account it is one of.
    pub(super) fn inside(&self, id: SessionId) -> Result<(&Session, &Account), Fail> {
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let account = self.accounts.get(&session.account);
        Ok((session, account.ok_or(Fail::Code(1100))?))
    }

    /// A page that was loaded anew has its cookies and nothing else: it starts with an empty key,
    /// and has no ticket to send from there on.
    fn note_ticket(&mut self, call: &Call, id: SessionId) {
        let skey = call
            .json
            .get("BaseRequest")
            .and_then(|base| as_text(base.get("Skey")?));
        if let Some(session) = self.sessions.get_mut(&id) {
            let lost = call.param("pass_ticket").is_none();
            session.ticket_lost = lost && (session.ticket_lost || skey.as_deref() == Some(""));
        }
    }

    fn find_session(&mut self, call: &mut Call) -> Result<SessionId, Fail> {
        let named = call
            .json
            .get("BaseRequest")
            .and_then(|base| as_text(base.get("Sid")?));
        let sid = call
            .cookie("wxsid")
            .map(str::to_owned)
            .or(named)
            .or_else(|| call.param("sid").map(str::to_owned));
        let Some(sid) = sid else {
            let code = missing_cookie_code(call.endpoint);
            return Err(call.refuse(Refusal::MissingCookie("wxsid"), code));
        };
        let Some(id) = self.session_by_sid(&sid) else {
            return Err(call.refuse(Refusal::UnknownSession, 1100));
        };
        let Some(session) = self.sessions.get_mut(&id) else {
            return Err(call.refuse(Refusal::UnknownSession, 1100));
        };
        call.session = Some(id);
        call.account = Some(session.account);
        if let Some(code) = session.over {
            session.told = session.told.saturating_add(1);
            if session.told > PATIENCE {
                call.remark(Remark::AfterTheEnd);
            }
            return Err(Fail::Code(code));
        }
        Ok(id)
    }

    fn judge_cookies(&mut self, call: &mut Call, id: SessionId) -> Result<(), Fail> {
        let (now, life) = (self.now, self.setup.cookie_life);
        let Some(session) = self.sessions.get_mut(&id) else {
            return Ok(());
        };
        let uin = session.uin.to_string();
        // The page of the file helper borrows a file host that few of its cookies reach, and one of
        // those no sync renews.
        let at_files = call.row.is_some_and(|row| row.host == Host::File);
        let far = at_files && self.setup.family.is_file_helper();
        let needed = [
            ("wxuin", uin.as_str()),
            ("wxsid", session.sid.as_str()),
            ("webwx_data_ticket", session.data_ticket.as_str()),
        ];
        for (name, value) in needed {
            match call.cookie_is(name, value) {
                Some(true) => {}
                None if far && name != "webwx_data_ticket" => {}
                Some(false) => {
                    let code = wrong_cookie_code(call.endpoint);
                    return Err(call.refuse(Refusal::WrongCookie(name), code));
                }
                // Without it there are no files; the rest goes on.
                None if name == "webwx_data_ticket" && !at_files => {
                    call.remark(Remark::MissingCookie(name));
                }
                None => {
                    let code = missing_cookie_code(call.endpoint);
                    return Err(call.refuse(Refusal::MissingCookie(name), code));
                }
            }
        }
        // The second of the last renewal stands in a cookie. A client that ignores renewals shows
        // an old one; a client that drops this cookie is judged by the session's own life.
        let renewed = call.cookie("wxloadtime").and_then(|value| {
            value
                .strip_suffix("_expired")
                .unwrap_or(value)
                .parse()
                .ok()
                .map(Duration::from_secs)
        });
        let over = session.cookies_until <= now
            || renewed.is_some_and(|renewed| renewed.saturating_add(life) <= now);
        if over {
            return Err(call.refuse(Refusal::StaleCookies, 1102));
        }
        for name in ["wxloadtime", "webwxuvid", "webwx_auth_ticket"] {
            if !far && call.cookie(name).is_none() {
                call.remark(Remark::MissingCookie(name));
            }
        }
        Ok(())
    }

    fn judge_base_request(&mut self, call: &mut Call, id: SessionId) -> Result<(), Fail> {
        let Some(session) = self.sessions.get_mut(&id) else {
            return Ok(());
        };
        let base = call.json.get("BaseRequest").cloned().unwrap_or_default();
        let member = |name: &str| base.get(name).and_then(as_text);
        if member("Uin") != Some(session.uin.to_string()) {
            return Err(call.refuse(Refusal::Identity("Uin"), 1101));
        }
        let at_start = call.endpoint == Endpoint::Init;
        if !at_start && base.get("Uin").is_some_and(Value::is_string) {
            call.remark(Remark::MemberForm("Uin"));
        }
        if member("Sid").as_deref() != Some(session.sid.as_str()) {
            return Err(call.refuse(Refusal::Identity("Sid"), 1101));
        }
        match member("Skey") {
            Some(skey) if skey == session.skey => {}
            // A start from cookies alone has no key yet.
            Some(skey) if skey.is_empty() && at_start => {}
            // Nor does the newest one have to have arrived.
            Some(skey) if session.is_old_skey(&skey) && at_start => {}
            Some(skey) if session.is_old_skey(&skey) => call.remark(Remark::Outdated("Skey")),
            // Clients that never had one go through all of a session without: the cookies say who
            // they are. A wrong one is another thing.
            Some(skey) if skey.is_empty() => call.remark(Remark::MemberForm("Skey")),
            // The page leaves it out of its reports.
            None if call.endpoint == Endpoint::StatReport => {}
            None if call.endpoint == Endpoint::Sync => call.remark(Remark::MissingMember("Skey")),
            _ => return Err(call.refuse(Refusal::Identity("Skey"), 1101)),
        }
        match member("DeviceID") {
            None => call.remark(Remark::MissingMember("DeviceID")),
            Some(device) => {
                if !is_device_id(&device) {
                    call.remark(Remark::DeviceIdForm);
                }
                self.judge_device(call, id, device);
            }
        }
        Ok(())
    }

    fn judge_device(&mut self, call: &mut Call, id: SessionId, device: String) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if session.device == device {
            session.device_uses = session.device_uses.saturating_add(1);
            if session.device_uses > DEVICE_USES {
                call.remark(Remark::DeviceIdFixed);
            }
        } else {
            session.device = device;
            session.device_uses = 1;
        }
    }
}

/// Two calls answer a request without cookies as one they do not understand.
fn missing_cookie_code(endpoint: Endpoint) -> i64 {
    match endpoint {
        Endpoint::Init | Endpoint::Sync => 1,
        endpoint => wrong_cookie_code(endpoint),
    }
}

/// The host of uploads knows no session without its cookies.
fn wrong_cookie_code(endpoint: Endpoint) -> i64 {
    match endpoint {
        Endpoint::UploadMedia => 1100,
        _ => 1102,
    }
}

//! What the page asks and tells by the way: webwxsearchcontact, webwxstatreport, webwxcheckurl and
//! webwxsendfeedback.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::Value;

use super::Server;
use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::peer::Peer;
use super::reply::{self, Json, base};

impl Server {
    /// Searches the own address book; nobody else is found.
    pub(super) fn search_contact(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let word = call.json.get("KeyWord").and_then(Value::as_str);
        let word = word.map(str::to_lowercase).unwrap_or_default();
        if word.is_empty() {
            return Err(call.refuse(Refusal::Member("KeyWord"), 1));
        }
        let (session, account) = self.inside(id)?;
        let has = |text: &str| text.to_lowercase().contains(&word);
        let found = account.book().into_iter().filter(|peer| match peer {
            Peer::Person(at) => account.person(*at).is_some_and(|person| {
                has(&person.nick) || has(&person.remark) || has(&person.alias)
            }),
            Peer::Room(at) => account.room(*at).is_some_and(|room| has(&room.topic)),
        });
        let list =
            found.map(|peer| Json::Object(vec![("EncryUserName", session.name(peer).into())]));
        let body = Json::Object(vec![base(0), ("List", Json::List(list.collect()))]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// Takes what the page measured, and forgets it.
    pub(super) fn stat_report(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        self.enter(call, row)?;
        let base_request = call.json.get("BaseRequest");
        if base_request.is_some_and(|base| base.get("Skey").is_some()) {
            call.remark(Remark::UnknownMember("Skey".to_owned()));
        }
        let Some(list) = call.json.get("List").and_then(Value::as_array).cloned() else {
            return Err(call.refuse(Refusal::Member("List"), 1));
        };
        if call.member("Count") != Some(list.len().to_string()) {
            call.remark(Remark::MemberForm("Count"));
        }
        for entry in &list {
            if !matches!(entry.get("Type").and_then(Value::as_u64), Some(1 | 2 | 16)) {
                call.remark(Remark::MemberForm("Type"));
            }
            // JSON inside of a text.
            let text = entry.get("Text").and_then(Value::as_str);
            let inner = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
            let kind = inner.as_ref().and_then(|inner| inner.get("type"));
            if !kind.is_some_and(Value::is_string) {
                call.remark(Remark::MemberForm("Text"));
            }
        }
        let body = Json::Object(vec![base(0)]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// Leads a browser on to the address of a link; one that is no web address gets a warning.
    pub(super) fn check_url(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let me = session.name(Peer::Person(super::peer::ME));
        if call.param("username").is_some_and(|name| name != me) {
            call.remark(Remark::ParamForm("username"));
        }
        let url = call.param("requrl").unwrap_or_default();
        if url.starts_with("http://") || url.starts_with("https://") {
            let mut reply = reply::bare(self.now, StatusCode::FOUND);
            reply
                .headers_mut()
                .insert(header::LOCATION, reply::text(url));
            return Ok(reply);
        }
        let body = "<!DOCTYPE html>\n<html>\n<head>\n<title>已停止访问该网页</title>\n</head>\n\
                    <body></body>\n</html>\n";
        Ok(reply::html(self.now, StatusCode::OK, body.to_owned()))
    }

    pub(super) fn send_feedback(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        self.enter(call, row)?;
        if call.member("MachineType").is_some_and(|it| it != "webwx") {
            call.remark(Remark::MemberForm("MachineType"));
        }
        if !call.json.get("Content").is_some_and(Value::is_string) {
            return Err(call.refuse(Refusal::Member("Content"), 1));
        }
        let body = Json::Object(vec![base(0)]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }
}

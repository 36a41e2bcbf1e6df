//! The end of a session by the client: webwxlogout.

use bytes::Bytes;
use http::{Response, StatusCode, header};

use super::Server;
use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::Remark;
use super::reply;

impl Server {
    pub(super) fn logout(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get_mut(&id).ok_or(Fail::Code(1100))?;
        let form: Vec<(String, String)> = form_urlencoded::parse(&call.body).into_owned().collect();
        for (name, value) in [
            ("sid", session.sid.clone()),
            ("uin", session.uin.to_string()),
        ] {
            match form.iter().find(|(key, _)| key == name) {
                Some((_, given)) if *given == value => {}
                Some(_) => call.remark(Remark::MemberForm(name)),
                None => call.remark(Remark::MissingMember(name)),
            }
        }
        if !matches!(call.param("type"), Some("0" | "1") | None) {
            call.remark(Remark::ParamForm("type"));
        }
        session.over = Some(1100);
        let poll = session.poll;
        self.answer_poll(poll, 1100, 0);
        let mut reply = reply::bare(self.now, StatusCode::MOVED_PERMANENTLY);
        let home = reply::text(&format!("{}/", self.origin()));
        reply.headers_mut().insert(header::LOCATION, home);
        self.clear_cookies(&mut reply);
        Ok(reply)
    }
}

//! The main page, which says whether its reader is logged in.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::Server;
use super::call::Call;
use super::reply;

impl Server {
    pub(super) fn index(&self, call: &mut Call) -> Response<Bytes> {
        let session = call
            .cookie("wxsid")
            .and_then(|sid| self.session_by_sid(sid))
            .and_then(|id| self.sessions.get(&id));
        let session = session.filter(|session| {
            call.cookie_is("wxuin", &session.uin.to_string()) == Some(true)
                && session.over.is_none()
                && session.cookies_until > self.now
        });
        call.session = session.map(|session| session.id);
        call.account = session.map(|session| session.account);
        // A text that is true if it is not empty.
        let login = if session.is_some() { "1" } else { "" };
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
             <title>微信网页版</title>\n<script>window.MMCgi={{isLogin:!!\"{login}\"}};</script>\n\
             </head>\n<body></body>\n</html>\n"
        );
        reply::html(self.now, StatusCode::OK, body)
    }
}

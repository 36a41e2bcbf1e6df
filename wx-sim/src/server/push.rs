//! A login without a code: webwxpushloginurl asks the phone of somebody who was here before.

use bytes::Bytes;
use http::{Response, StatusCode};

use super::Server;
use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::Refusal;
use super::login::Opened;
use super::reply;

/// The cookies of ten years, by which the service knows a browser again.
const LONG_LIVED: [&str; 2] = ["webwxuvid", "webwx_auth_ticket"];

impl Server {
    pub(super) fn push_login(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        call.judge_params(row, &self.setup, None)?;
        for name in LONG_LIVED {
            if call.cookie(name).is_none() {
                return Err(call.refuse(Refusal::MissingCookie(name), 1));
            }
        }
        let uin = call.param("uin").unwrap_or_default();
        let known = self.accounts.values().find(|account| {
            account.uin.to_string() == uin
                && call.cookie_is("webwxuvid", &account.uvid) == Some(true)
                && call.cookie_is("webwx_auth_ticket", &account.auth_ticket) == Some(true)
        });
        let Some(id) = known.map(|account| account.id) else {
            return Err(call.refuse(Refusal::PushIdentity, 1));
        };
        call.account = Some(id);
        if !self.setup.push {
            return Err(Fail::Code(1));
        }
        let uuid = self.open_login(Opened {
            account: Some(id),
            desktop: call.param("mod") == Some("desktop"),
            counter: 0,
        });
        // Unlike all other JSON of the service: one line, small letters, the number as a text.
        let body = format!("{{\"ret\":\"0\",\"msg\":\"all ok\",\"uuid\":\"{uuid}\"}}");
        Ok(reply::plain(
            self.now,
            StatusCode::OK,
            "text/plain",
            Bytes::from(body),
        ))
    }
}

//! What the client takes back: webwxrevokemsg.

use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::peer::ME;
use super::rate::Class;
use super::reply::{self, Json};
use super::{AccountId, Server};

/// So long after it was said a message can be taken back.
const WINDOW: Duration = Duration::from_secs(2 * 60);

impl Server {
    pub(super) fn revoke(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        for name in ["SvrMsgId", "ToUserName", "ClientMsgId"] {
            match call.member(name) {
                Some(value) if !value.is_empty() => {}
                _ => return Err(call.refuse(Refusal::Member(name), 1)),
            }
            if !call
                .json
                .get(name)
                .is_some_and(serde_json::Value::is_string)
            {
                call.remark(Remark::MemberForm(name));
            }
        }
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let account_id = session.account;
        let chat = session.peer(&call.member("ToUserName").unwrap_or_default());
        let msg_id = call.member("SvrMsgId").and_then(|id| id.parse().ok());
        let msg_id: u64 = match msg_id {
            Some(0) | None => return Err(call.refuse(Refusal::UnknownMessage, 1)),
            Some(msg_id) => msg_id,
        };
        let account = self.accounts.get(&account_id).ok_or(Fail::Code(1100))?;
        let Some(heard) = account.message(msg_id) else {
            let is_done = self.revoked.iter().any(|sent| sent.msg_id == msg_id);
            return if is_done {
                // The same once more: the reply to the first was lost.
                Ok(self.revoked_reply(call, 0, ""))
            } else if account.gone.contains(&msg_id) {
                Err(self.too_late(call))
            } else {
                Err(call.refuse(Refusal::UnknownMessage, -1))
            };
        };
        if heard.from != ME {
            return Err(call.refuse(Refusal::ForeignMessage, -1));
        }
        if Some(heard.chat) != chat {
            return Err(call.refuse(Refusal::UnknownRecipient, -1));
        }
        let is_late = heard.at.saturating_add(WINDOW) < self.now;
        self.pace(id, Class::Recall)?;
        if is_late {
            return Err(self.too_late(call));
        }
        self.take_back(account_id, msg_id);
        Ok(self.revoked_reply(call, 0, ""))
    }

    /// A message is gone, for everybody who looks.
    pub(super) fn take_back(&mut self, account: AccountId, msg_id: u64) {
        if let Some(account) = self.accounts.get_mut(&account) {
            account.unsay(msg_id);
        }
        let at = self.received.iter().position(|sent| sent.msg_id == msg_id);
        self.revoked
            .extend(at.and_then(|at| self.received.remove(at)));
        while self.revoked.len() > self.setup.limits.texts.max(1) {
            self.revoked.pop_front();
        }
    }

    /// Time decides this, not the request.
    fn too_late(&self, call: &Call) -> Fail {
        Fail::Answer(-1, Box::new(self.revoked_reply(call, -1, LATE)))
    }

    fn revoked_reply(&self, call: &Call, ret: i64, message: &str) -> Response<Bytes> {
        let body = Json::Object(vec![
            (
                "BaseResponse",
                Json::Object(vec![("Ret", Json::Num(ret)), ("ErrMsg", message.into())]),
            ),
            ("Introduction", INTRODUCTION.into()),
            ("SysWording", "".into()),
        ]);
        reply::json(self.now, self.packs(call), &body)
    }
}

/// Stands in every reply, also where all went well.
const INTRODUCTION: &str = "你可以撤回2分钟内发送的消息（部分旧版本微信不支持这个功能）。";

/// Meant for the user's eyes.
const LATE: &str = "消息发送时间超过2分钟，不能撤回";

//! What the client says: webwxsendmsg.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::account::{Heard, ME, Peer};
use super::call::{Call, Fail, as_text, shown};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::pace::Class;
use super::reply::{self, Json, base};
use super::view::ReceivedText;
use super::{Server, SessionId};

impl Server {
    pub(super) fn send_msg(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let Some(msg) = call.json.get("Msg").filter(|msg| msg.is_object()).cloned() else {
            return Err(call.refuse(Refusal::Member("Msg"), 1200));
        };
        judge_members(call, &msg);
        let text = |name: &str| msg.get(name).and_then(as_text);
        let Some(content) = msg.get("Content").and_then(Value::as_str) else {
            return Err(call.refuse(Refusal::Member("Content"), 1200));
        };
        let Some(client_msg_id) = text("ClientMsgId").filter(|id| !id.is_empty()) else {
            return Err(call.refuse(Refusal::Member("ClientMsgId"), 1200));
        };
        if text("LocalID").as_ref() != Some(&client_msg_id) {
            return Err(call.refuse(Refusal::LocalId, 1));
        }
        if !matches!(text("Type").as_deref(), Some("1" | "42" | "48")) {
            return Err(call.refuse(Refusal::MessageType, 1));
        }
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        if text("FromUserName") != Some(session.name(Peer::Person(ME))) {
            return Err(call.refuse(Refusal::Sender, 1));
        }
        let to = text("ToUserName").unwrap_or_default();
        let Some(chat) = session.peer(&to) else {
            return Err(call.refuse(Refusal::UnknownRecipient, 1204));
        };
        let known = session.sent(&client_msg_id);
        let account_id = session.account;
        let msg_id = match known {
            // The same message once more: the same answer, and nobody reads it twice.
            Some(msg_id) => {
                self.repeat(id, &client_msg_id);
                msg_id
            }
            None => {
                let account = self.accounts.get(&account_id).ok_or(Fail::Code(1100))?;
                let allowed = match chat {
                    Peer::Person(ME) => false,
                    Peer::Person(at) => account.person(at).is_some_and(|p| p.contact_flag != 0),
                    Peer::Room(at) => account.room(at).is_some_and(|room| room.has(ME)),
                };
                if !allowed || !account.may_know(chat) {
                    return Err(call.refuse(Refusal::ForbiddenRecipient, 1204));
                }
                let plain = account.plain(chat).to_owned();
                let shown = account.shown(chat).to_owned();
                self.pace(id, Class::Text)?;
                let msg_id = self.next_msg_id();
                let limits = self.setup.limits.clone();
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.remember_send(&client_msg_id, msg_id, limits.sends);
                }
                if let Some(account) = self.accounts.get_mut(&account_id) {
                    account.hear(
                        Heard {
                            msg_id,
                            chat,
                            from: ME,
                        },
                        limits.texts,
                    );
                }
                self.received.push_back(ReceivedText {
                    at: self.now,
                    account: account_id,
                    session: id,
                    chat: plain,
                    chat_name: shown,
                    to_user_name: to,
                    text: content.to_owned(),
                    local_id: client_msg_id.clone(),
                    msg_id,
                    repeats: 0,
                });
                if self.received.len() > limits.texts.max(1) {
                    self.received.pop_front();
                }
                self.bounce(account_id, chat);
                msg_id
            }
        };
        let body = Json::Object(vec![
            base(0),
            ("MsgID", msg_id.to_string().into()),
            ("LocalID", client_msg_id.into()),
        ]);
        Ok(reply::json(self.now, call.takes_gzip(), &body))
    }

    fn repeat(&mut self, id: SessionId, local_id: &str) {
        let sent = self
            .received
            .iter_mut()
            .rev()
            .find(|sent| sent.session == id && sent.local_id == local_id);
        if let Some(sent) = sent {
            sent.repeats = sent.repeats.saturating_add(1);
        }
    }
}

/// What the page puts into `Msg`; the last one goes with a mention.
const MEMBERS: &[&str] = &[
    "Type",
    "Content",
    "FromUserName",
    "ToUserName",
    "LocalID",
    "ClientMsgId",
    "MsgSource",
];

fn judge_members(call: &mut Call, msg: &Value) {
    for name in ["LocalID", "ClientMsgId"] {
        let form = msg
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|id| id.len() == 17 && id.bytes().all(|digit| digit.is_ascii_digit()));
        if !form {
            call.remark(Remark::MemberForm(name));
        }
    }
    for name in msg
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys())
    {
        if !MEMBERS.contains(&name.as_str()) {
            call.remark(Remark::UnknownMember(shown(name)));
        }
    }
    if !msg.get("Type").is_some_and(Value::is_number) {
        call.remark(Remark::MemberForm("Type"));
    }
}

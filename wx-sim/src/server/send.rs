//! What the client says: the envelope that all five sends have in common.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::account::Heard;
use super::call::{Call, Fail, as_text};
use super::endpoint::{Endpoint, Row};
use super::judge::{Refusal, Remark};
use super::payload::Payload;
use super::peer::{ME, Peer};
use super::rate::Class;
use super::received::Received;
use super::reply::{self, Json, base};
use super::{AccountId, Server, SessionId};

impl Server {
    pub(super) fn send(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let Some(msg) = call.json.get("Msg").filter(|msg| msg.is_object()).cloned() else {
            return Err(call.refuse(Refusal::Member("Msg"), 1200));
        };
        let kind = Kind::of(call.endpoint);
        judge_envelope(call, &msg, &kind);
        let text = |name: &str| msg.get(name).and_then(as_text);
        for name in kind.vital {
            if !msg.get(name).is_some_and(Value::is_string) {
                return Err(call.refuse(Refusal::Member(name), 1200));
            }
        }
        let Some(local_id) = text("ClientMsgId").filter(|id| !id.is_empty()) else {
            return Err(call.refuse(Refusal::Member("ClientMsgId"), 1200));
        };
        if text("LocalID").as_ref() != Some(&local_id) {
            return Err(call.refuse(Refusal::LocalId, 1));
        }
        let msg_type = text("Type").and_then(|number| number.parse().ok());
        let Some(msg_type) = msg_type.filter(|number| (kind.takes)(*number)) else {
            return Err(call.refuse(Refusal::MessageType, 1));
        };
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        if text("FromUserName") != Some(session.name(Peer::Person(ME))) {
            return Err(call.refuse(Refusal::Sender, 1));
        }
        let to = text("ToUserName").unwrap_or_default();
        let Some(chat) = session.peer(&to) else {
            return Err(call.refuse(Refusal::UnknownRecipient, 1204));
        };
        let account = session.account;
        let msg_id = match session.sent(&local_id) {
            // The same message once more: the same answer, and nobody reads it twice.
            Some(msg_id) => {
                self.repeat(id, &local_id);
                msg_id
            }
            None => {
                if !self.may_write_to(account, chat) {
                    return Err(call.refuse(Refusal::ForbiddenRecipient, 1204));
                }
                let payload = self.payload(call, id, chat, msg_type, &msg)?;
                self.pace(id, kind.class)?;
                let letter = Letter {
                    session: id,
                    account,
                    chat,
                    to,
                    local_id: local_id.clone(),
                };
                let msg_id = self.take(letter, payload);
                self.bounce(account, chat);
                msg_id
            }
        };
        let body = Json::Object(vec![
            base(0),
            ("MsgID", msg_id.to_string().into()),
            ("LocalID", local_id.into()),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// Not oneself, no stranger, no room one is not in, and nobody the page does not show.
    fn may_write_to(&self, account: AccountId, chat: Peer) -> bool {
        let Some(account) = self.accounts.get(&account) else {
            return false;
        };
        let allowed = match chat {
            Peer::Person(ME) => false,
            Peer::Person(at) => account.person(at).is_some_and(|p| p.contact_flag != 0),
            Peer::Room(at) => account.room(at).is_some_and(|room| room.has(ME)),
        };
        allowed && account.may_know(chat)
    }

    /// Takes a message that has nothing wrong with it, and gives it an id.
    fn take(&mut self, letter: Letter, payload: Payload) -> u64 {
        let msg_id = self.next_msg_id();
        let (sends, texts) = (self.setup.limits.sends, self.setup.limits.texts.max(1));
        if let Some(session) = self.sessions.get_mut(&letter.session) {
            session.remember_send(&letter.local_id, msg_id, sends);
            session.apart |= payload.what.media().is_some();
        }
        let (mut plain, mut shown) = Default::default();
        if let Some(account) = self.accounts.get_mut(&letter.account) {
            account.plain(letter.chat).clone_into(&mut plain);
            account.shown(letter.chat).clone_into(&mut shown);
            let heard = Heard {
                msg_id,
                at: self.now,
                chat: letter.chat,
                from: ME,
                attachment: payload.attachment,
            };
            account.hear(heard, texts);
        }
        self.received.push_back(Received {
            at: self.now,
            account: letter.account,
            session: letter.session,
            chat: plain,
            chat_name: shown,
            to_user_name: letter.to,
            text: payload.text,
            what: payload.what,
            mentions: payload.mentions,
            local_id: letter.local_id,
            msg_id,
            repeats: 0,
        });
        if self.received.len() > texts {
            self.received.pop_front();
        }
        msg_id
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

/// Where a message comes from and goes to.
struct Letter {
    session: SessionId,
    account: AccountId,
    chat: Peer,
    to: String,
    local_id: String,
}

/// How one of the sends differs from the others.
struct Kind {
    class: Class,
    /// Which values of `Type` it takes.
    takes: fn(u32) -> bool,
    /// Members that have to be texts.
    vital: &'static [&'static str],
    /// Members the page always puts into `Msg`, beyond those of every send.
    own: &'static [&'static str],
    /// Members it puts there at times.
    also: &'static [&'static str],
}

impl Kind {
    fn of(endpoint: Endpoint) -> Self {
        let media = Self {
            class: Class::Media,
            takes: |kind| kind == 3,
            vital: &[],
            own: &[],
            also: &["Content", "MediaId"],
        };
        match endpoint {
            Endpoint::SendMsgImg => media,
            Endpoint::SendVideoMsg => Self {
                takes: |kind| matches!(kind, 43 | 62),
                ..media
            },
            Endpoint::SendEmoticon => Self {
                takes: |kind| kind == 47,
                own: &["EmojiFlag"],
                also: &["Content", "MediaId", "EMoticonMd5"],
                ..media
            },
            Endpoint::SendAppMsg => Self {
                // The type of the app message, not the one of the message that arrives.
                takes: |kind| (1..=100_001).contains(&kind),
                vital: &["Content"],
                own: &["Content"],
                also: &["MediaId", "Signature"],
                ..media
            },
            _ => Self {
                class: Class::Text,
                takes: |kind| matches!(kind, 1 | 42 | 48),
                vital: &["Content"],
                own: &["Content"],
                // Goes with a mention.
                also: &["MsgSource"],
            },
        }
    }
}

fn judge_envelope(call: &mut Call, msg: &Value, kind: &Kind) {
    for name in ["LocalID", "ClientMsgId"] {
        let form = msg
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|id| id.len() == 17 && id.bytes().all(|digit| digit.is_ascii_digit()));
        if !form {
            call.remark(Remark::MemberForm(name));
        }
    }
    let common = [
        "Type",
        "FromUserName",
        "ToUserName",
        "LocalID",
        "ClientMsgId",
    ];
    let expected = [&common[..], kind.own].concat();
    call.judge_members(msg, &expected, kind.also);
    if !msg.get("Type").is_some_and(Value::is_number) {
        call.remark(Remark::MemberForm("Type"));
    }
}

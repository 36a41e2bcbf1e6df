//! Remarks and pinned chats: webwxoplog, and the same on the phone.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::account::Account;
use super::act::peer;
use super::call::{Call, Fail};
use super::deed::{DeedError, Mark};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::keys::Item;
use super::peer::{ME, Peer};
use super::rate::Class;
use super::reply::{self, Json, base};
use super::text::encode_name;
use super::{AccountId, Server};

impl Server {
    pub(super) fn op_log(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.pace(id, Class::Remark)?;
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let account_id = session.account;
        let name = call.member("UserName").unwrap_or_default();
        let Some(chat) = session.peer(&name).filter(|chat| *chat != Peer::Person(ME)) else {
            return Err(call.refuse(Refusal::UnknownUser, 1));
        };
        let remark = call.json.get("RemarkName").and_then(Value::as_str);
        let remark = remark.map(str::to_owned);
        let works = self.setup.remarks_work;
        let account = self.accounts.get_mut(&account_id).ok_or(Fail::Code(1100))?;
        match call.member("CmdId").as_deref() {
            Some("2") => {
                let Some(remark) = remark else {
                    return Err(call.refuse(Refusal::Member("RemarkName"), 1));
                };
                if call.json.get("OP").is_some() {
                    call.remark(Remark::UnknownMember("OP".to_owned()));
                }
                if works {
                    set_remark(account, chat, remark);
                }
            }
            Some("3") => {
                let on = match call.member("OP").as_deref() {
                    Some("1") => true,
                    Some("0") => false,
                    _ => return Err(call.refuse(Refusal::Member("OP"), 1)),
                };
                // What is not sent is empty, and what is empty is stored.
                let current = current_remark(account, chat);
                match &remark {
                    None => call.remark(Remark::MissingMember("RemarkName")),
                    Some(remark) if *remark != current && *remark != encode_name(&current) => {
                        call.remark(Remark::MemberForm("RemarkName"));
                    }
                    Some(_) => {}
                }
                if works && remark.as_deref() != Some(&encode_name(&current)) {
                    set_remark(account, chat, remark.unwrap_or_default());
                }
                mark(account, chat, Mark::Pin, on);
            }
            _ => return Err(call.refuse(Refusal::Member("CmdId"), 1)),
        }
        // Nothing but a session that is on comes here, so that this cannot fail.
        let _ = self.log(account_id, Item::Changed(chat));
        let body = Json::Object(vec![base(0)]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// The user mutes, stars, pins or blocks a chat on the phone, or ends that.
    pub(super) fn marked(
        &mut self,
        id: AccountId,
        who: &str,
        what: Mark,
        on: bool,
    ) -> Result<(), DeedError> {
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        let chat = peer(account, who)?;
        mark(account, chat, what, on);
        self.log(id, Item::Changed(chat))
    }
}

fn current_remark(account: &Account, chat: Peer) -> String {
    match chat {
        Peer::Person(at) => account.person(at).map(|person| person.remark.clone()),
        Peer::Room(_) => None,
    }
    .unwrap_or_default()
}

/// Rooms take a remark and forget it.
fn set_remark(account: &mut Account, chat: Peer, remark: String) {
    if let Peer::Person(at) = chat {
        if let Some(person) = account.people.get_mut(at) {
            person.remark = remark;
        }
    }
}

fn mark(account: &mut Account, chat: Peer, mark: Mark, on: bool) {
    match chat {
        Peer::Person(at) => {
            if let Some(person) = account.people.get_mut(at) {
                person.flag(mark.bit(), on);
            }
        }
        Peer::Room(at) => {
            if let Some(room) = account.rooms.get_mut(at) {
                match mark {
                    Mark::Mute => room.muted = on,
                    Mark::Pin => room.pinned = on,
                    // Rooms have neither.
                    Mark::Star | Mark::Block => {}
                }
            }
        }
    }
}

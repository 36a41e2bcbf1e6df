//! Friend requests of the client, and its answers to those of others: webwxverifyuser.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::call::{Call, Fail, as_text};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::keys::Item;
use super::notice::Notice;
use super::peer::{ME, Peer};
use super::rate::Class;
use super::reply::{self, Json, base};
use super::{AccountId, Server, SessionId};

impl Server {
    pub(super) fn verify_user(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.pace(id, Class::Friend)?;
        let Some(list) = call
            .json
            .get("VerifyUserList")
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty())
            .cloned()
        else {
            return Err(call.refuse(Refusal::Member("VerifyUserList"), 1));
        };
        self.judge_verify(call, id, list.len());
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let account = session.account;
        let mut whom = Vec::new();
        for entry in &list {
            let text = |name: &str| entry.get(name).and_then(as_text).unwrap_or_default();
            match session.peer(&text("Value")) {
                Some(Peer::Person(at)) if at != ME => whom.push((at, text("VerifyUserTicket"))),
                _ => return Err(call.refuse(Refusal::UnknownUser, 1)),
            }
        }
        let opcode = call.member("Opcode");
        for (at, ticket) in whom {
            match opcode.as_deref() {
                Some("1") => self.follow(account, at),
                Some("2") => self.ask_friend(account, at)?,
                Some("3") => {
                    self.use_ticket(call, account, at, &ticket)?;
                    let shown = self
                        .accounts
                        .get(&account)
                        .map(|it| it.shown(Peer::Person(at)));
                    let text = Notice::YouAdded(shown.unwrap_or_default());
                    let text = text.text(self.setup.language);
                    // The session is on, so that this cannot fail.
                    let _ = self.befriend(account, at, text);
                }
                Some("4") => self.use_ticket(call, account, at, &ticket)?,
                _ => return Err(call.refuse(Refusal::Member("Opcode"), 1)),
            }
        }
        let body = Json::Object(vec![base(0)]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// What the page always sends alike.
    fn judge_verify(&self, call: &mut Call, id: SessionId, size: usize) {
        // From the web page.
        let scenes = Value::from(vec![33]);
        if call
            .json
            .get("SceneList")
            .is_some_and(|list| *list != scenes)
        {
            call.remark(Remark::MemberForm("SceneList"));
        }
        if call.member("SceneListCount").is_some_and(|it| it != "1") {
            call.remark(Remark::MemberForm("SceneListCount"));
        }
        let size = size.to_string();
        if call
            .member("VerifyUserListSize")
            .is_some_and(|it| it != size)
        {
            call.remark(Remark::MemberForm("VerifyUserListSize"));
        }
        let skey = self.sessions.get(&id).map(|session| session.skey.clone());
        if call.member("skey").is_some_and(|it| Some(it) != skey) {
            call.remark(Remark::MemberForm("skey"));
        }
    }

    /// Spends the ticket of a friend request.
    fn use_ticket(
        &mut self,
        call: &mut Call,
        id: AccountId,
        at: usize,
        ticket: &str,
    ) -> Result<(), Fail> {
        let account = self.accounts.get_mut(&id).ok_or(Fail::Code(1100))?;
        let request = account
            .requests
            .iter()
            .position(|request| request.person == at && request.ticket == ticket);
        let Some(request) = request else {
            return Err(call.refuse(Refusal::VerifyTicket, -2));
        };
        account.requests.remove(request);
        Ok(())
    }

    /// Official accounts are followed at once. Others are asked first, whatever the client says.
    fn follow(&mut self, id: AccountId, at: usize) {
        let Some(account) = self.accounts.get_mut(&id) else {
            return;
        };
        match account.people.get_mut(at) {
            Some(person) if person.verify_flag & 8 != 0 => {
                person.contact_flag |= 3;
                let _ = self.log(id, Item::Changed(Peer::Person(at)));
            }
            _ => {
                account.asked.insert(at);
            }
        }
    }

    fn ask_friend(&mut self, id: AccountId, at: usize) -> Result<(), Fail> {
        let account = self.accounts.get_mut(&id).ok_or(Fail::Code(1100))?;
        let friend = account
            .person(at)
            .is_some_and(|person| person.is_contact() && !person.refuses);
        if friend {
            // Understood, and pointless.
            return Err(Fail::Code(-2));
        }
        account.asked.insert(at);
        Ok(())
    }
}

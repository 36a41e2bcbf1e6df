//! Who is who: webwxgetcontact and webwxbatchgetcontact.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::Server;
use super::call::{Call, Fail, as_text};
use super::contact::{Place, contact};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::peer::Peer;
use super::rate::Class;
use super::reply::{self, Json, base};
use super::setup::Cast;

/// Entries of one batch lookup.
const BATCH: usize = 50;

/// Cursors are counters of the account; they start far from 0, which means "complete".
const CURSOR: usize = 660_000_000;

impl Server {
    pub(super) fn get_contact(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let (session, account) = self.inside(id)?;
        let odd = account.cast == Cast::Odd;
        let mut book = account.book();
        if odd {
            // One entry stands twice.
            book.extend(book.first().copied());
        }
        let page = self.setup.limits.contact_page.max(1);
        let start = match call.param("seq").unwrap_or("0") {
            "0" => 0,
            seq => match seq
                .parse::<usize>()
                .ok()
                .and_then(|seq| seq.checked_sub(CURSOR))
            {
                Some(start) if start > 0 && start < book.len() => start,
                _ => return Err(call.refuse(Refusal::Cursor, 1)),
            },
        };
        let members: Vec<Json> = book
            .iter()
            .skip(start)
            .take(page)
            .map(|peer| contact(account, session, *peer, Place::Book))
            .collect();
        let next = start.saturating_add(members.len());
        let seq = if next < book.len() { CURSOR + next } else { 0 };
        let body = Json::Object(if odd {
            vec![
                base(0),
                ("MemberCount", book.len().into()),
                ("Seq", seq.into()),
                ("MemberList", Json::List(members)),
                ("Stray", "".into()),
            ]
        } else {
            vec![
                base(0),
                ("MemberCount", members.len().into()),
                ("MemberList", Json::List(members)),
                ("Seq", seq.into()),
            ]
        });
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    pub(super) fn batch_get_contact(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.pace(id, Class::Lookup)?;
        let Some(list) = call.json.get("List").and_then(Value::as_array).cloned() else {
            return Err(call.refuse(Refusal::Member("List"), 1));
        };
        if list.len() > BATCH {
            return Err(call.refuse(Refusal::BatchSize(list.len()), 1));
        }
        if call.member("Count") != Some(list.len().to_string()) {
            call.remark(Remark::MemberForm("Count"));
        }
        let (session, account) = self.inside(id)?;
        let mut contacts = Vec::new();
        for entry in &list {
            let text = |name: &str| entry.get(name).and_then(as_text).unwrap_or_default();
            let room = text("EncryChatRoomId");
            let peer = session.peer(&text("UserName"));
            let known = match peer {
                // A member is asked for with the room's id or with the room's name.
                Some(Peer::Person(_)) => room.is_empty() || session.is_room_id(&room),
                Some(Peer::Room(_)) => true,
                None => false,
            };
            // One bad entry fails them all.
            let Some(peer) = peer.filter(|_| known) else {
                return Err(call.refuse(Refusal::UnknownUser, 1));
            };
            let form = match peer {
                Peer::Room(_) => entry.get("ChatRoomId").is_some(),
                Peer::Person(_) => entry.get("EncryChatRoomId").is_some(),
            };
            if !form {
                call.remark(Remark::MemberForm("List"));
            }
            contacts.push(contact(account, session, peer, Place::Batch));
        }
        let body = Json::Object(vec![
            base(0),
            ("Count", contacts.len().into()),
            ("ContactList", Json::List(contacts)),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }
}

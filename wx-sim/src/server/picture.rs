//! Pictures of people, rooms and places, which the service draws by itself.

use bytes::Bytes;
use http::Response;

use super::account::Sort;
use super::call::{Call, Fail};
use super::endpoint::{Endpoint, Row};
use super::judge::{Refusal, Remark};
use super::peer::Peer;
use super::sample::{Format, sample};
use super::{Server, SessionId};

impl Server {
    pub(super) fn head_picture(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        // The key of an address that a record brought may be empty.
        let is_right = match call.param("skey") {
            None | Some("") => true,
            Some(skey) => skey == session.skey || session.is_old_skey(skey),
        };
        if !is_right {
            call.remark(Remark::ParamForm("skey"));
        }
        let room_id = call.param("chatroomid").unwrap_or_default().to_owned();
        if !room_id.is_empty() && !session.is_room_id(&room_id) {
            call.remark(Remark::ParamForm("chatroomid"));
        }
        let Some(name) = call.param_in_any_spelling("username") else {
            return Err(call.refuse(Refusal::Param("username"), 0));
        };
        let Some(peer) = session.peer(name) else {
            return Err(call.refuse(Refusal::UnknownUser, 0));
        };
        let is_place = matches!(peer, Peer::Room(_)) == (call.endpoint == Endpoint::GetHeadImg);
        if !is_place {
            return Err(call.refuse(Refusal::UnknownUser, 0));
        }
        let size = if call.param("type") == Some("big") {
            BIG
        } else {
            SMALL
        };
        Ok(self.drawn(self.head(id, peer, size)))
    }

    /// The same for the same person in every session, until the picture changes.
    fn head(&self, id: SessionId, peer: Peer, size: usize) -> Bytes {
        let session = self.sessions.get(&id);
        let account = session.and_then(|session| self.accounts.get(&session.account));
        let seq = account.and_then(|account| match peer {
            Peer::Person(at) => Some(account.person(at)?.head_seq),
            Peer::Room(at) => Some(account.room(at)?.head_seq),
        });
        let plain = account.map_or("", |account| account.plain(peer));
        let number = u64::from(seq.unwrap_or(0));
        sample(Format::Jpeg, size, self.setup.seed, plain, number)
    }

    pub(super) fn map_picture(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let heard = self.asked_for(call, id, "msgid")?;
        match heard.attachment {
            Some(attachment) if attachment.sort == Sort::Location => {
                let bytes = sample(Format::Jpeg, BIG, self.setup.seed, "map", heard.msg_id);
                Ok(self.drawn(bytes))
            }
            _ => Err(call.refuse(Refusal::UnknownMessage, 0)),
        }
    }
}

/// The picture of a message as a list shows it.
pub(super) fn small(seed: u64, msg_id: u64) -> Bytes {
    sample(Format::Jpeg, SMALL, seed, "small", msg_id)
}

/// Bytes of a picture as a list shows it, and of one for the whole screen. Real ones have about
/// two and some dozen thousand.
const SMALL: usize = 2_000;
const BIG: usize = 24_000;

//! Rooms as the client makes and changes them: webwxcreatechatroom and webwxupdatechatroom.

use bytes::Bytes;
use http::Response;
use serde_json::Value;

use super::account::Account;
use super::call::{Call, Fail, as_text};
use super::contact::newcomer;
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::keys::Item;
use super::message::Content;
use super::notice::Notice;
use super::peer::{ME, Member, Peer, Room};
use super::rate::Class;
use super::reply::{self, Json, base};
use super::session::Session;
use super::stream::Stream;
use super::{AccountId, Server, SessionId};

/// Rooms one account can have, so that a client that makes rooms for ever fills no memory.
const ROOMS: usize = 1024;

/// So many members a room has from which on people are invited and come by themselves.
pub(super) const INVITE_START: usize = 40;

impl Server {
    pub(super) fn create_chat_room(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.pace(id, Class::NewRoom)?;
        let list = call.json.get("MemberList").and_then(Value::as_array);
        let names: Option<Vec<String>> = list.map(|list| {
            let name = |entry: &Value| entry.get("UserName").and_then(as_text);
            list.iter()
                .map(|entry| name(entry).unwrap_or_default())
                .collect()
        });
        let Some(names) = names.filter(|names| !names.is_empty()) else {
            return Err(call.refuse(Refusal::Member("MemberList"), 1));
        };
        if call.member("MemberCount") != Some(names.len().to_string()) {
            call.remark(Remark::MemberForm("MemberCount"));
        }
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let mut people = people_of(call, session, &names)?;
        if people.contains(&ME) {
            call.remark(Remark::MemberForm("MemberList"));
            people.retain(|person| *person != ME);
        }
        let account_id = session.account;
        let account = self.accounts.get(&account_id).ok_or(Fail::Code(1100))?;
        let (willing, others): (Vec<_>, Vec<_>) = people
            .into_iter()
            .partition(|person| is_willing(account, *person));
        if willing.is_empty() || account.rooms.len() >= ROOMS {
            return Err(Fail::Code(-2));
        }
        let black = others.iter().map(|at| session.name(Peer::Person(*at)));
        let black = black.collect::<Vec<_>>().join(",");
        let topic = call.member("Topic").unwrap_or_default();
        let at = self
            .new_room(account_id, &topic, &willing)
            .ok_or(Fail::Code(1100))?;
        self.take_in(account_id, at, &willing);

        let (session, account) = self.inside(id)?;
        let members = willing.iter().map(|at| newcomer(account, session, *at));
        // The one success of the service that has words, and an error that is none.
        let base = if self.setup.odd_room_ret {
            base(-2013)
        } else {
            let words = ("ErrMsg", "Everything is OK".into());
            (
                "BaseResponse",
                Json::Object(vec![("Ret", Json::Num(0)), words]),
            )
        };
        let body = Json::Object(vec![
            base,
            ("Topic", topic.into()),
            ("PYInitial", "".into()),
            ("QuanPin", "".into()),
            ("MemberCount", willing.len().into()),
            ("MemberList", Json::List(members.collect())),
            ("ChatRoomName", session.name(Peer::Room(at)).into()),
            ("BlackList", black.into()),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// Makes a room of the user's own; its place.
    fn new_room(&mut self, id: AccountId, topic: &str, people: &[usize]) -> Option<usize> {
        let seed = self.setup.seed;
        let account = self.accounts.get_mut(&id)?;
        let at = account.rooms.len();
        let mut draw = Stream::new(seed, "new room", u64::from(id.0) << 32 | at as u64);
        let members = std::iter::once(ME).chain(people.iter().copied());
        account.rooms.push(Room {
            // Eleven digits; those of the cast have eight.
            plain: format!("{}@chatroom", 10_000_000_000 + draw.below(80_000_000_000)),
            topic: topic.to_owned(),
            members: members.map(Member::plain).collect(),
            saved: false,
            recent: true,
            listed: false,
            owner_uin: account.uin,
            head_seq: 0,
            muted: false,
            pinned: false,
        });
        self.learn(id);
        Some(at)
    }

    /// Tells of people the user took into a room.
    fn take_in(&mut self, id: AccountId, room: usize, people: &[usize]) {
        let Some(account) = self.accounts.get(&id) else {
            return;
        };
        let text = Notice::YouInvited(&names(account, room, people)).text(self.setup.language);
        self.tell(id, room, Some(text));
    }

    /// A room changed, and perhaps its chat says so. Whoever calls has a session that is on.
    fn tell(&mut self, id: AccountId, room: usize, text: Option<String>) {
        let _ = self.log(id, Item::Changed(Peer::Room(room)));
        if let Some(text) = text {
            let _ = self.announce(id, Peer::Room(room), 10_000, Content::Plain(text));
        }
    }

    pub(super) fn update_chat_room(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.pace(id, Class::Room)?;
        let (session, account) = self.inside(id)?;
        let account_id = account.id;
        let name = call.member("ChatRoomName").unwrap_or_default();
        let inside = |at: usize| account.room(at).is_some_and(|room| room.has(ME));
        let at = match session.peer(&name) {
            Some(Peer::Room(at)) if inside(at) => at,
            _ => return Err(call.refuse(Refusal::NotInRoom, 1)),
        };
        let touched = match call.param("fun").unwrap_or_default() {
            "addmember" => self.add_members(call, id, at)?,
            "invitemember" => self.invite_members(call, id, at)?,
            "delmember" => self.remove_members(call, id, at)?,
            "modtopic" => {
                let topic = call.json.get("NewTopic").and_then(Value::as_str);
                let Some(topic) = topic.map(str::to_owned) else {
                    return Err(call.refuse(Refusal::Member("NewTopic"), 1));
                };
                let by = None;
                let notice = Notice::Renamed { by, topic: &topic };
                let text = notice.text(self.setup.language);
                self.with_room(account_id, at, |room| room.topic = topic.clone());
                self.tell(account_id, at, Some(text));
                Vec::new()
            }
            "quitchatroom" => {
                self.with_room(account_id, at, Room::leave);
                let _ = self.log(account_id, Item::Deleted(Peer::Room(at)));
                Vec::new()
            }
            _ => return Err(call.refuse(Refusal::Fun, 1)),
        };
        let (session, account) = self.inside(id)?;
        let members = touched.iter().map(|at| newcomer(account, session, *at));
        let body = Json::Object(vec![
            base(0),
            ("MemberCount", touched.len().into()),
            ("MemberList", Json::List(members.collect())),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    /// Friends come at once. Others do not, and the answer does not say so.
    fn add_members(
        &mut self,
        call: &mut Call,
        id: SessionId,
        at: usize,
    ) -> Result<Vec<usize>, Fail> {
        let (account_id, mut people) = self.listed(call, id, "AddMemberList")?;
        let account = self.accounts.get(&account_id).ok_or(Fail::Code(1100))?;
        let room = account.room(at).ok_or(Fail::Code(1))?;
        if room.members.len().saturating_add(people.len()) >= INVITE_START {
            call.remark(Remark::NotInvited);
        }
        if room.members.len() >= INVITE_START {
            return Err(Fail::Code(1));
        }
        people.retain(|person| is_willing(account, *person) && !room.has(*person));
        if !people.is_empty() {
            let new = people.iter().copied().map(Member::plain);
            self.with_room(account_id, at, |room| room.members.extend(new));
            self.take_in(account_id, at, &people);
        }
        Ok(people)
    }

    /// Nobody comes before the invitation is taken up, which is a deed.
    fn invite_members(
        &mut self,
        call: &mut Call,
        id: SessionId,
        at: usize,
    ) -> Result<Vec<usize>, Fail> {
        let (account_id, mut people) = self.listed(call, id, "InviteMemberList")?;
        let account = self.accounts.get_mut(&account_id).ok_or(Fail::Code(1100))?;
        people.retain(|person| is_willing(account, *person));
        account
            .invited
            .extend(people.iter().map(|person| (at, *person)));
        Ok(Vec::new())
    }

    fn remove_members(
        &mut self,
        call: &mut Call,
        id: SessionId,
        at: usize,
    ) -> Result<Vec<usize>, Fail> {
        let (account_id, mut people) = self.listed(call, id, "DelMemberList")?;
        let account = self.accounts.get(&account_id).ok_or(Fail::Code(1100))?;
        let room = account.room(at).ok_or(Fail::Code(1))?;
        if room.owner() != Some(ME) {
            return Err(call.refuse(Refusal::NotOwner, 1));
        }
        people.retain(|person| *person != ME && room.has(*person));
        if !people.is_empty() {
            let gone = names(account, at, &people);
            let text = Notice::YouRemoved(&gone).text(self.setup.language);
            self.with_room(account_id, at, |room| {
                room.members
                    .retain(|member| !people.contains(&member.person));
            });
            self.tell(account_id, at, Some(text));
        }
        Ok(people)
    }

    /// The people a member of the body lists, by commas.
    fn listed(
        &self,
        call: &mut Call,
        id: SessionId,
        member: &'static str,
    ) -> Result<(AccountId, Vec<usize>), Fail> {
        let list = call
            .json
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default();
        let names: Vec<String> = list.split(',').map(str::to_owned).collect();
        if list.is_empty() {
            return Err(call.refuse(Refusal::Member(member), 1));
        }
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        Ok((session.account, people_of(call, session, &names)?))
    }

    fn with_room(&mut self, id: AccountId, at: usize, change: impl FnOnce(&mut Room)) {
        let account = self.accounts.get_mut(&id);
        if let Some(room) = account.and_then(|account| account.rooms.get_mut(at)) {
            change(room);
        }
    }
}

/// The answer to a room that could not be made.
pub(super) fn no_room(code: i64) -> Vec<(&'static str, Json)> {
    vec![
        base(code),
        ("Topic", "".into()),
        ("PYInitial", "".into()),
        ("QuanPin", "".into()),
        ("MemberCount", Json::Num(0)),
        ("MemberList", Json::List(Vec::new())),
        ("ChatRoomName", "".into()),
        ("BlackList", "".into()),
    ]
}

/// Names worn in a room, as its notices string them together.
pub(super) fn names(account: &Account, room: usize, people: &[usize]) -> String {
    let names: Vec<&str> = people.iter().map(|at| account.card(room, *at)).collect();
    names.join("、")
}

/// Each of them once; all must be people this session knows.
fn people_of(call: &mut Call, session: &Session, names: &[String]) -> Result<Vec<usize>, Fail> {
    let mut people = Vec::new();
    for name in names {
        match session.peer(name) {
            Some(Peer::Person(at)) if people.contains(&at) => {}
            Some(Peer::Person(at)) => people.push(at),
            _ => return Err(call.refuse(Refusal::UnknownUser, 1)),
        }
    }
    Ok(people)
}

/// Comes into a room when the user asks: a friend who still is one.
fn is_willing(account: &Account, at: usize) -> bool {
    let person = account.person(at).filter(|_| at != ME);
    person.is_some_and(|person| person.is_contact() && !person.fixed && !person.refuses)
}

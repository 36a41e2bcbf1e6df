//! Accounts: the people and rooms around a person, and what its phone knows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::cast::{ALIASES, FEW_ROLES, FEW_ROOMS, ROLES, ROOMS, odd};
use super::media::Content;
use super::peer::{HELPER, ME, Member, Peer, Person, Room};
use super::setup::{Cast, Setup};
use super::stream::Stream;
use super::{AccountId, SessionId};

/// A message the phone knows of, so that it can be recalled and its media can be had.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub(super) msg_id: u64,
    pub(super) at: Duration,
    pub(super) chat: Peer,
    pub(super) from: usize,
    pub(super) attachment: Option<Attachment>,
}

/// What can be downloaded by the id of a message.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    pub(super) sort: Sort,
    /// `None`: a picture is drawn for it, and that is all there is.
    pub(super) content: Option<Content>,
}

impl Attachment {
    pub(super) fn new(sort: Sort, content: Content) -> Self {
        Self {
            sort,
            content: Some(content),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Image,
    Sticker,
    Voice,
    Video,
    File,
    /// A link or the like, which has a small picture.
    App,
    Location,
}

/// Somebody who wants to be a friend.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) person: usize,
    pub(super) ticket: String,
}

pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) uin: u32,
    pub(super) people: Vec<Person>,
    pub(super) rooms: Vec<Room>,
    pub(super) heard: VecDeque<Heard>,
    /// Messages that were taken back, or are too old to be remembered.
    pub(super) gone: VecDeque<u64>,
    /// The session that is on, or the last one that was.
    pub(super) session: Option<SessionId>,
    /// The two cookies of ten years.
    pub(super) uvid: String,
    pub(super) auth_ticket: String,
    pub(super) born: Duration,
    /// How often the client marked a chat as read.
    pub(super) read: BTreeMap<String, u32>,
    /// Friend requests the user did not answer yet.
    pub(super) requests: Vec<Request>,
    pub(super) requests_made: u32,
    /// Whom the user asked to be a friend.
    pub(super) asked: BTreeSet<usize>,
    /// Whom the user invited into which room, and who did not come yet.
    pub(super) invited: BTreeSet<(usize, usize)>,
    pub(super) cast: Cast,
    /// All the web client may know of is the file helper.
    pub(super) helper_only: bool,
}

impl Account {
    pub(super) fn new(setup: &Setup, id: AccountId, now: Duration) -> Self {
        let mut draw = Stream::new(setup.seed, "account", u64::from(id.0));
        // Unsigned 32 bit, and every other one beyond the signed range.
        let uin = 100_000_000 + draw.below(900_000_000);
        let uin = if id.0 % 2 == 1 {
            uin + 2_500_000_000
        } else {
            uin
        };
        let mut people = vec![Person {
            plain: format!(
                "wxid_{}",
                draw.word("0123456789abcdefghijklmnopqrstuvwxyz", 14)
            ),
            nick: format!("机器人\u{1f604}{}", id.0),
            alias: String::new(),
            remark: String::new(),
            signature: "种树 & 看云\u{1f33b}".to_owned(),
            province: String::new(),
            sex: 1,
            contact_flag: 0,
            verify_flag: 0,
            sns_flag: 17,
            attr_status: draw.number(40_000_000),
            head_seq: draw.number(2_000_000_000),
            fixed: false,
            refuses: false,
        }];
        let (roles, cells) = match setup.cast {
            Cast::Few => (FEW_ROLES, FEW_ROOMS),
            _ => (ROLES, ROOMS),
        };
        for (at, role) in roles.iter().enumerate() {
            people.push(Person {
                plain: role.plain.to_owned(),
                nick: role.nick.to_owned(),
                alias: ALIASES
                    .iter()
                    .find(|(plain, _)| *plain == role.plain)
                    .map_or(String::new(), |(_, alias)| (*alias).to_owned()),
                remark: role.remark.to_owned(),
                signature: if at % 5 == 0 {
                    "一天 <一> 句\u{1f48b}".to_owned()
                } else {
                    String::new()
                },
                province: if at % 3 == 0 {
                    "北京".to_owned()
                } else {
                    String::new()
                },
                sex: role.sex,
                contact_flag: role.contact_flag,
                verify_flag: role.verify_flag,
                sns_flag: [0, 1, 17, 49].get(at % 4).copied().unwrap_or(0),
                // Up to the whole unsigned range: some exceed 2^31.
                attr_status: draw.number(3_000_000_000),
                head_seq: draw.number(800_000_000),
                fixed: role.fixed,
                refuses: false,
            });
        }
        let mut rooms: Vec<Room> = cells
            .iter()
            .map(|cell| Room {
                plain: cell.plain.to_owned(),
                topic: cell.topic.to_owned(),
                members: cell
                    .members
                    .iter()
                    .filter_map(|(plain, card)| {
                        let person = if plain.is_empty() {
                            ME
                        } else {
                            people.iter().position(|person| person.plain == *plain)?
                        };
                        Some(Member {
                            person,
                            card: (*card).to_owned(),
                        })
                    })
                    .collect(),
                saved: cell.saved,
                recent: cell.recent,
                listed: cell.listed,
                owner_uin: if cell.shows_owner {
                    draw.number(4_000_000_000)
                } else {
                    0
                },
                head_seq: draw.number(800_000_000),
                muted: false,
                pinned: false,
            })
            .collect();
        if setup.cast == Cast::Odd {
            odd::extend(&mut people, &mut rooms, &mut draw);
        }
        Self {
            id,
            uin: u32::try_from(uin).unwrap_or(u32::MAX),
            people,
            rooms,
            heard: VecDeque::new(),
            gone: VecDeque::new(),
            session: None,
            uvid: draw.hex(32),
            auth_ticket: format!("{}==", draw.base64(86)),
            born: now,
            read: BTreeMap::new(),
            requests: Vec::new(),
            requests_made: 0,
            asked: BTreeSet::new(),
            invited: BTreeSet::new(),
            cast: setup.cast,
            helper_only: setup.family.is_file_helper(),
        }
    }

    pub(super) fn person(&self, at: usize) -> Option<&Person> {
        self.people.get(at)
    }

    pub(super) fn room(&self, at: usize) -> Option<&Room> {
        self.rooms.get(at)
    }

    /// Finds somebody by plain id, remark, nick name or topic, in that order: ids are unique, names
    /// are not, and the first of a name wins. Oneself is `""` or `"me"`.
    pub(super) fn find(&self, key: &str) -> Option<Peer> {
        if key.is_empty() || key == "me" {
            return Some(Peer::Person(ME));
        }
        let person =
            |is: &dyn Fn(&Person) -> bool| self.people.iter().position(is).map(Peer::Person);
        person(&|person| person.plain == key)
            .or_else(|| {
                self.rooms
                    .iter()
                    .position(|room| room.plain == key)
                    .map(Peer::Room)
            })
            .or_else(|| person(&|person| person.remark == key))
            .or_else(|| person(&|person| person.nick == key))
            .or_else(|| {
                self.rooms
                    .iter()
                    .position(|room| room.topic == key)
                    .map(Peer::Room)
            })
    }

    /// The id of a peer that stays the same over logins.
    pub(super) fn plain(&self, peer: Peer) -> &str {
        match peer {
            Peer::Person(at) => self.person(at).map_or("", |person| &person.plain),
            Peer::Room(at) => self.room(at).map_or("", |room| &room.plain),
        }
    }

    /// What the phone shows for a peer.
    pub(super) fn shown(&self, peer: Peer) -> &str {
        match peer {
            Peer::Person(at) => self.person(at).map_or("", Person::shown),
            Peer::Room(at) => self.room(at).map_or("", |room| &room.topic),
        }
    }

    /// The name somebody wears in a room: the card there, else the nick name.
    pub(super) fn card(&self, room: usize, person: usize) -> &str {
        let card = self
            .room(room)
            .and_then(|room| room.members.iter().find(|member| member.person == person))
            .map_or("", |member| member.card.as_str());
        if card.is_empty() {
            self.person(person).map_or("", |person| &person.nick)
        } else {
            card
        }
    }

    /// The conversations at the top of the phone's list: those `webwxinit` names.
    pub(super) fn recent(&self) -> Vec<Peer> {
        let mut recent = vec![Peer::Person(1), Peer::Person(2), Peer::Person(4)];
        let rooms = self.rooms.iter().enumerate();
        recent.extend(
            rooms
                .filter(|(_, room)| room.recent)
                .map(|(at, _)| Peer::Room(at)),
        );
        recent.extend([Peer::Person(6), Peer::Person(10)]);
        recent.retain(|peer| match peer {
            Peer::Person(at) => self
                .person(*at)
                .is_some_and(|person| person.contact_flag != 0),
            Peer::Room(_) => true,
        });
        recent.retain(|peer| self.may_know(*peer));
        recent
    }

    /// The address book in the order of `webwxgetcontact`.
    pub(super) fn book(&self) -> Vec<Peer> {
        let people = self.people.iter().enumerate().skip(1);
        let friends = people.filter(|(_, person)| person.is_contact());
        let rooms = self.rooms.iter().enumerate().filter(|(_, room)| room.saved);
        friends
            .map(|(at, _)| Peer::Person(at))
            .chain(rooms.map(|(at, _)| Peer::Room(at)))
            .filter(|peer| self.may_know(*peer))
            .collect()
    }

    /// Whether the web client hears of this chat at all.
    pub(super) fn may_know(&self, chat: Peer) -> bool {
        !self.helper_only || chat == Peer::Person(HELPER)
    }

    /// Takes in somebody nobody around the account knew; the place of somebody known.
    pub(super) fn meet(&mut self, seed: u64, plain: &str, nick: &str) -> usize {
        let known = self.people.iter().position(|person| person.plain == plain);
        known.unwrap_or_else(|| {
            let at = self.people.len();
            let mut draw = Stream::new(seed, "newcomer", at as u64);
            self.people.push(Person {
                plain: plain.to_owned(),
                nick: nick.to_owned(),
                sns_flag: 1,
                head_seq: draw.number(800_000_000),
                ..Person::blank()
            });
            at
        })
    }

    /// Remembers a message so that it can be recalled.
    pub(super) fn hear(&mut self, heard: Heard, limit: usize) {
        self.heard.push_back(heard);
        while self.heard.len() > limit.max(1) {
            let old = self.heard.pop_front();
            self.gone.extend(old.map(|old| old.msg_id));
        }
        while self.gone.len() > limit.max(1) {
            self.gone.pop_front();
        }
    }

    pub(super) fn message(&self, msg_id: u64) -> Option<&Heard> {
        self.heard.iter().find(|heard| heard.msg_id == msg_id)
    }

    /// A message is taken back.
    pub(super) fn unsay(&mut self, msg_id: u64) {
        self.heard.retain(|heard| heard.msg_id != msg_id);
        self.gone.push_back(msg_id);
    }
}

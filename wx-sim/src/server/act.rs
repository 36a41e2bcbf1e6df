//! How deeds are done.

use std::time::Duration;

use super::account::{Account, Heard};
use super::deed::{Act, Code, Deed, DeedError, Done, Whose};
use super::keys::Item;
use super::message::{Content, Extra, Message, Notify, operation, recall};
use super::notice::Notice;
use super::peer::{ME, Member, Peer};
use super::{AccountId, Server};

impl Server {
    /// Does something on the other side of the service: on a phone, as a friend, as an operator.
    ///
    /// # Errors
    ///
    /// If the deed names something that is not there. Nothing has changed then.
    pub fn act(&mut self, now: Duration, deed: Deed) -> Result<Done, DeedError> {
        self.advance(now);
        match deed {
            Deed::Scan(code) => self.on_code(&code, Server::scan),
            Deed::ScanBy(code, account) => {
                if !self.accounts.contains_key(&account) {
                    return Err(DeedError::NoAccount);
                }
                self.on_code(&code, |server, uuid| server.scan_by(uuid, account))
            }
            Deed::Confirm(code) => self.on_code(&code, Server::confirm),
            Deed::Cancel(code) => self.on_code(&code, Server::cancel),
            Deed::Expire(code) => self.on_code(&code, Server::expire),
            Deed::In(whose, act) => {
                let account = match whose {
                    Whose::Account(id) => id,
                    Whose::Latest => self.latest_account().ok_or(DeedError::NoAccount)?,
                };
                let msg_id = self.act_in(account, act)?;
                Ok(Done {
                    msg_id,
                    account: Some(account),
                })
            }
            Deed::Rate(rate) => {
                self.setup.rate = rate;
                Ok(Done::default())
            }
            Deed::RateOf(class, rate) => {
                match rate {
                    Some(rate) => self.setup.rates.insert(class, rate),
                    None => self.setup.rates.remove(&class),
                };
                Ok(Done::default())
            }
            Deed::Bar(barred) => {
                self.setup.barred = barred;
                Ok(Done::default())
            }
            Deed::DesktopOnly(only) => {
                self.setup.desktop_only = only;
                Ok(Done::default())
            }
            Deed::Push(allowed) => {
                self.setup.push = allowed;
                Ok(Done::default())
            }
        }
    }

    fn on_code(
        &mut self,
        code: &Code,
        deed: impl FnOnce(&mut Self, &str),
    ) -> Result<Done, DeedError> {
        let uuid = match code {
            Code::Latest => self.latest_uuid(),
            Code::Uuid(uuid) => Some(uuid.clone()),
            Code::Pushed(account) => self.latest_push(*account),
        };
        let uuid = uuid
            .filter(|uuid| self.is_open(uuid))
            .ok_or(DeedError::NoCode)?;
        deed(self, &uuid);
        Ok(Done {
            msg_id: None,
            account: self.account_of(&uuid),
        })
    }

    /// Carries out one act; the id of the message it wrote, if any.
    pub(super) fn act_in(&mut self, id: AccountId, act: Act) -> Result<Option<u64>, DeedError> {
        let account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
        match act {
            Act::Text { from, text } => {
                let from = person(account, &from)?;
                self.say(id, Peer::Person(from), from, Content::Plain(text), 1)
            }
            Act::RoomText {
                room,
                from,
                text,
                mention,
            } => {
                let (at, from) = speaker(account, &room, &from)?;
                let text = if mention {
                    // Current clients put a four-per-em space after the name.
                    format!("@{}\u{2005}{text}", account.card(at, ME))
                } else {
                    text
                };
                self.say(id, Peer::Room(at), from, Content::Plain(text), 1)
            }
            Act::OwnText { to, text } => {
                let to = peer(account, &to)?;
                self.say(id, to, ME, Content::Plain(text), 1)
            }
            Act::Send {
                chat,
                from,
                piece,
                veiled,
            } => {
                let (chat, from) = sender(account, &chat, from.as_deref())?;
                self.send_piece(id, chat, from, piece, veiled)
            }
            Act::Notice { chat, text } => {
                let chat = peer(account, &chat)?;
                self.announce(id, chat, 10_000, Content::Plain(text))
            }
            Act::Raw {
                chat,
                from,
                msg_type,
                content,
            } => {
                let chat = peer(account, &chat)?;
                let content = Content::Wire(content);
                match (chat, from) {
                    (Peer::Room(_), None) => self.announce(id, chat, msg_type, content),
                    (_, Some(from)) => {
                        let from = person(account, &from)?;
                        self.say(id, chat, from, content, msg_type)
                    }
                    (Peer::Person(from), None) => self.say(id, chat, from, content, msg_type),
                }
            }
            Act::Recall { msg_id } => self.recall(id, msg_id),
            Act::Notify { code, chat } => {
                let chat = chat.map(|chat| peer(account, &chat)).transpose()?;
                let peers = match chat {
                    Some(chat) => vec![chat],
                    None if code == 4 => account.recent(),
                    None => Vec::new(),
                };
                self.notify(id, code, chat.unwrap_or(Peer::Person(ME)), peers)
            }
            Act::FriendRequest { plain, nick, words } => {
                self.friend_request(id, &plain, &nick, words)
            }
            Act::FriendAccepts { who } => self.friend_accepts(id, &who),
            Act::Unfriends { who } => self.unfriends(id, &who).map(|()| None),
            Act::Marked { who, mark, on } => self.marked(id, &who, mark, on).map(|()| None),
            Act::JoinsInvited { room, who, by } => self.joins_invited(id, &room, &who, &by),
            Act::JoinsByCode {
                room,
                who,
                shown_by,
            } => self.joins_by_code(id, &room, &who, &shown_by),
            Act::Removed { room, who } => self.is_removed(id, &room, &who),
            Act::Renamed { room, by, topic } => self.is_renamed(id, &room, &by, topic),
            Act::FalseAlarm { selector } => self.log(id, Item::Nothing { selector }).map(|()| None),
            Act::Kick { code } => self.end(id, code),
            // Clients and reports disagree on which code this is; most saw 1101.
            Act::LogOut => self.end(id, 1101),
            Act::CookiesExpire => self.end(id, 1102),
            change => self.change(id, change),
        }
    }

    /// The acts that change people and rooms.
    fn change(&mut self, id: AccountId, act: Act) -> Result<Option<u64>, DeedError> {
        let (seed, language) = (self.setup.seed, self.setup.language);
        let account = self.accounts.get_mut(&id).ok_or(DeedError::NoAccount)?;
        match act {
            Act::Profile { nick, picture } => {
                if let Some(me) = account.people.get_mut(ME) {
                    me.nick = nick.unwrap_or_else(|| me.nick.clone());
                    me.head_seq = me.head_seq.wrapping_add(u32::from(picture));
                }
                self.log(id, Item::Profile { picture }).map(|()| None)
            }
            Act::ContactChanged {
                who,
                nick,
                remark,
                contact_flag,
            } => {
                let at = person(account, &who)?;
                if let Some(person) = account.people.get_mut(at) {
                    person.nick = nick.unwrap_or_else(|| person.nick.clone());
                    person.remark = remark.unwrap_or_else(|| person.remark.clone());
                    person.contact_flag = contact_flag.unwrap_or(person.contact_flag);
                }
                self.log(id, Item::Changed(Peer::Person(at))).map(|()| None)
            }
            Act::ContactAdded { plain, nick } => {
                let at = account.meet(seed, &plain, &nick);
                if let Some(person) = account.people.get_mut(at) {
                    person.nick = nick.clone();
                }
                self.befriend(id, at, Notice::YouAdded(&nick).text(language))
            }
            Act::ContactDeleted { who } => {
                let peer = peer(account, &who)?;
                match peer {
                    Peer::Person(at) => {
                        if let Some(person) = account.people.get_mut(at) {
                            person.contact_flag = 0;
                        }
                    }
                    Peer::Room(at) => {
                        if let Some(room) = account.rooms.get_mut(at) {
                            room.leave();
                        }
                    }
                }
                self.log(id, Item::Deleted(peer)).map(|()| None)
            }
            Act::RoomChanged {
                room,
                topic,
                join,
                leave,
            } => {
                let Peer::Room(at) = peer(account, &room)? else {
                    return Err(DeedError::NotThere(room));
                };
                let who = |keys: Vec<String>| {
                    keys.iter()
                        .map(|key| person(account, key))
                        .collect::<Result<Vec<_>, _>>()
                };
                let (join, leave) = (who(join)?, who(leave)?);
                if let Some(room) = account.rooms.get_mut(at) {
                    room.topic = topic.unwrap_or_else(|| room.topic.clone());
                    room.members
                        .retain(|member| !leave.contains(&member.person));
                    for person in join {
                        if !room.has(person) {
                            room.members.push(Member::plain(person));
                        }
                    }
                }
                self.log(id, Item::Changed(Peer::Room(at))).map(|()| None)
            }
            _ => Ok(None),
        }
    }

    /// A message of a person in a chat.
    pub(super) fn say(
        &mut self,
        id: AccountId,
        chat: Peer,
        from: usize,
        content: Content,
        msg_type: u32,
    ) -> Result<Option<u64>, DeedError> {
        let (msg_id, at) = (self.next_msg_id(), self.now);
        let mut message = Message::in_chat(msg_id, at, chat, from, content);
        message.msg_type = msg_type;
        self.log(id, Item::Message(Box::new(message)))?;
        let limit = self.setup.limits.texts;
        if let Some(account) = self.accounts.get_mut(&id) {
            let heard = Heard {
                msg_id,
                at,
                chat,
                from,
                attachment: None,
            };
            account.hear(heard, limit);
        }
        Ok(Some(msg_id))
    }

    /// A message nobody said: from the chat itself, without a prefix.
    pub(super) fn announce(
        &mut self,
        id: AccountId,
        chat: Peer,
        msg_type: u32,
        content: Content,
    ) -> Result<Option<u64>, DeedError> {
        let msg_id = self.next_msg_id();
        let message = Message {
            msg_id,
            at: self.now,
            from: chat,
            to: Peer::Person(ME),
            speaker: None,
            msg_type,
            status: 4,
            content,
            notify: None,
            extra: Extra::default(),
        };
        self.log(id, Item::Message(Box::new(message)))?;
        Ok(Some(msg_id))
    }

    fn recall(&mut self, id: AccountId, msg_id: u64) -> Result<Option<u64>, DeedError> {
        let account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
        let heard = account
            .message(msg_id)
            .ok_or(DeedError::NoMessage(msg_id))?
            .clone();
        let content = Content::Wire(recall(account, &heard, self.setup.language));
        let recall_id = self.next_msg_id();
        let mut message = Message::in_chat(recall_id, self.now, heard.chat, heard.from, content);
        if heard.from == ME {
            // One's own comes from the chat itself, and without a prefix.
            (message.from, message.to) = (heard.chat, Peer::Person(ME));
        }
        message.msg_type = 10_002;
        message.status = 4;
        self.log(id, Item::Message(Box::new(message)))?;
        self.take_back(id, msg_id);
        Ok(Some(recall_id))
    }

    /// A status notification of the phone.
    pub(super) fn notify(
        &mut self,
        id: AccountId,
        code: u32,
        to: Peer,
        peers: Vec<Peer>,
    ) -> Result<Option<u64>, DeedError> {
        let account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
        let content = if self.setup.plain_ids {
            operation(account, code, &peers, self.now)
        } else {
            String::new()
        };
        let msg_id = self.next_msg_id();
        let message = Message {
            msg_id,
            at: self.now,
            from: Peer::Person(ME),
            to,
            speaker: None,
            msg_type: 51,
            status: 3,
            content: Content::Wire(content),
            notify: Some(Notify { code, peers }),
            extra: Extra::default(),
        };
        self.log(id, Item::Message(Box::new(message)))?;
        // A chat that was read.
        if let Some(session) = self.session_on(id).filter(|_| code == 1) {
            session.apart = true;
        }
        Ok(Some(msg_id))
    }

    /// Ends the session of an account and tells a held poll.
    fn end(&mut self, id: AccountId, code: i64) -> Result<Option<u64>, DeedError> {
        let session = self.session_on(id).ok_or(DeedError::NoSession)?;
        session.over = Some(code);
        let poll = session.poll;
        self.answer_poll(poll, code, 0);
        Ok(None)
    }
}

pub(super) fn peer(account: &Account, key: &str) -> Result<Peer, DeedError> {
    account
        .find(key)
        .ok_or_else(|| DeedError::Nobody(key.to_owned()))
}

pub(super) fn person(account: &Account, key: &str) -> Result<usize, DeedError> {
    match peer(account, key)? {
        Peer::Person(at) => Ok(at),
        Peer::Room(_) => Err(DeedError::NotThere(key.to_owned())),
    }
}

pub(super) fn speaker(
    account: &Account,
    room: &str,
    from: &str,
) -> Result<(usize, usize), DeedError> {
    let Peer::Room(at) = peer(account, room)? else {
        return Err(DeedError::NotThere(room.to_owned()));
    };
    let from = person(account, from)?;
    if account.room(at).is_some_and(|room| room.has(from)) {
        Ok((at, from))
    } else {
        Err(DeedError::NotThere(room.to_owned()))
    }
}

/// The chat and the speaker of a message, who is the user, a member, or the chat itself.
fn sender(account: &Account, chat: &str, from: Option<&str>) -> Result<(Peer, usize), DeedError> {
    let at = peer(account, chat)?;
    match (at, from) {
        (_, Some("me")) => Ok((at, ME)),
        (Peer::Person(person), None) => Ok((at, person)),
        (Peer::Room(_), Some(from)) => Ok((at, speaker(account, chat, from)?.1)),
        (Peer::Person(person), Some(from)) if self::person(account, from)? == person => {
            Ok((at, person))
        }
        _ => Err(DeedError::NotThere(chat.to_owned())),
    }
}

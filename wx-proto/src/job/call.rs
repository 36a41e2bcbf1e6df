//! A request or two, and a short reply: people, rooms, recalls, and whatever else is no message and
//! no file.

mod ask;
mod lookup;

use ask::Ask;
use lookup::Lookup;

use super::{check, step::Outcome};
use crate::{
    command::{
        Added, Answer, CallOrder, CreatedRoom, FetchContacts, Misuse, RawReply, Recall,
        RecallNotice,
    },
    cx::{Cx, Failure, accepted, read, read_accepted},
    endpoint::{
        Context, Draft, Endpoint, MemberRecord, contact::is_user_name, index, webwxbatchgetcontact,
        webwxoplog, webwxrevokemsg, webwxsearchcontact, webwxupdatechatroom,
    },
    error::ProtocolErrorKind,
    id::{ChatId, CommandId},
    kind::ContactKind,
    output::Reply,
    pacer::PaceClass,
    ret::Ret,
    roster::Roster,
    session::Session,
    transport::TransportError,
    wire::html::clean,
};

pub(crate) struct Call {
    name: &'static str,
    class: PaceClass,
    ask: Ask,
}

/// From so many members on, people are invited, if `webwxinit` did not name another number.
const INVITE_FROM: usize = 40;

impl Call {
    pub(super) fn new(
        cx: &mut Cx,
        roster: &Roster,
        id: CommandId,
        order: CallOrder,
    ) -> Result<Self, Misuse> {
        use PaceClass::{Call, Contact, Room};
        let name = |chat: &ChatId| chat.user_name().to_owned();
        let names = |chats: &[ChatId]| chats.iter().map(name).collect::<Vec<_>>();
        let call = |name, class, ask| Ok(Self { name, class, ask });
        match order {
            CallOrder::Recall(it) => call("Recall", Call, recall(cx, id, it)?),
            CallOrder::MarkRead(it) => {
                check::is_ours(cx, &it.chat)?;
                let (chat, id) = (name(&it.chat), cx.now.unix_ms());
                call("MarkRead", Call, Ask::MarkRead { chat, id })
            }
            CallOrder::FetchContacts(it) => call("FetchContacts", Call, contacts(cx, roster, it)?),
            CallOrder::SetRemark(it) => {
                check::is_ours(cx, &it.who)?;
                let (who, remark) = (name(&it.who), it.remark);
                call("SetRemark", Call, Ask::Remark { who, remark })
            }
            CallOrder::Pin(it) => call("Pin", Call, pin(cx, roster, &it.chat, true)?),
            CallOrder::Unpin(it) => call("Unpin", Call, pin(cx, roster, &it.chat, false)?),
            CallOrder::AcceptFriend(it) => {
                let (Some(who), Some(ticket)) = (it.who, it.ticket) else {
                    return Err(Misuse::NoTicket);
                };
                check::is_ours(cx, &who)?;
                let who = name(&who);
                call("AcceptFriend", Contact, Ask::Accept { who, ticket })
            }
            CallOrder::AddFriend(it) => {
                let who = it.who.ok_or(Misuse::NoChat)?;
                check::is_ours(cx, &who)?;
                let known = roster.find(who.user_name());
                let is_official = known.is_some_and(|it| it.kind == ContactKind::Official);
                let ask = Ask::Add {
                    who: name(&who),
                    greeting: it.greeting,
                    official: it.official || is_official,
                };
                call("AddFriend", Contact, ask)
            }
            CallOrder::SearchContact(it) if it.keyword.is_empty() => Err(Misuse::EmptyText),
            CallOrder::SearchContact(it) => call("SearchContact", Call, Ask::Search(it.keyword)),
            CallOrder::CreateRoom(it) => {
                check::are_ours(cx, &it.members)?;
                let (members, topic) = (names(&it.members), it.topic);
                call("CreateRoom", Room, Ask::Create { members, topic })
            }
            CallOrder::AddMembers(it) => {
                check::is_room(cx, &it.room)?;
                check::are_ours(cx, &it.members)?;
                let known = roster.find(it.room.user_name());
                let has = known.map_or(0, |room| room.members().count());
                let from = cx.session.invite_from.unwrap_or(INVITE_FROM);
                let ask = Ask::Fill {
                    room: name(&it.room),
                    members: names(&it.members),
                    invite: has + it.members.len() >= from,
                };
                call("AddMembers", Room, ask)
            }
            CallOrder::InviteMembers(it) => {
                check::is_room(cx, &it.room)?;
                check::are_ours(cx, &it.members)?;
                let ask = Ask::Fill {
                    room: name(&it.room),
                    members: names(&it.members),
                    invite: true,
                };
                call("InviteMembers", Room, ask)
            }
            CallOrder::RemoveMember(it) => {
                check::is_room(cx, &it.room)?;
                check::is_ours(cx, &it.member)?;
                let (room, member) = (name(&it.room), name(&it.member));
                call("RemoveMember", Room, Ask::Remove { room, member })
            }
            CallOrder::RenameRoom(it) => {
                check::is_room(cx, &it.room)?;
                if it.topic.is_empty() {
                    return Err(Misuse::EmptyText);
                }
                let (room, topic) = (name(&it.room), it.topic);
                call("RenameRoom", Room, Ask::Rename { room, topic })
            }
            CallOrder::LeaveRoom(it) => {
                check::is_room(cx, &it.room)?;
                call("LeaveRoom", Room, Ask::Leave(name(&it.room)))
            }
            CallOrder::StatReport(it) => call("StatReport", Call, Ask::Report(it.reports)),
            CallOrder::CheckLogin(_) => call("CheckLogin", Call, Ask::Index),
            CallOrder::Raw(it) => {
                ask::check_raw(cx, &it)?;
                call("Raw", Call, Ask::Raw(Box::new(it)))
            }
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn class(&self) -> PaceClass {
        self.class
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        self.ask.endpoint()
    }

    /// Whether the service might have changed something.
    pub(super) fn is_deed(&self) -> bool {
        !matches!(self.ask, Ask::Search(_) | Ask::Contacts(_) | Ask::Index)
    }

    /// Whether it is asked once, whatever comes of it.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.ask, Ask::Raw(_))
    }

    pub(super) fn draft(&self, cx: &Context<'_>, session: &Session) -> Option<Draft> {
        self.ask.draft(cx, session)
    }

    pub(super) fn answered(
        &mut self,
        cx: &Cx,
        reply: Result<Reply, TransportError>,
    ) -> Result<Outcome, Failure> {
        let endpoint = self.endpoint();
        match &mut self.ask {
            Ask::Recall { .. } => {
                let reply = read_accepted(endpoint, reply, webwxrevokemsg::parse, |it| &it.base)?;
                Ok(Outcome::Done(Answer::Recalled(RecallNotice {
                    introduction: clean(&reply.introduction).into_owned(),
                    wording: clean(&reply.sys_wording).into_owned(),
                })))
            }
            Ask::Contacts(lookup) => {
                let found = read(endpoint, reply, webwxbatchgetcontact::parse)?;
                match accepted(endpoint, &found.base) {
                    Ok(()) => lookup.found(found.contacts),
                    // One bad name does that to all: ask in smaller lots, down to one, to find it.
                    Err(Failure::Refused(error)) if is_about_names(error.ret) => {
                        lookup.refused(error);
                    }
                    Err(failure) => return Err(failure),
                }
                lookup.proceed(cx)
            }
            Ask::Search(_) => {
                let found =
                    read_accepted(endpoint, reply, webwxsearchcontact::parse, |it| &it.base)?;
                let chats = found.user_names.into_iter();
                let chats = chats.map(|name| cx.session.chat(name)).collect();
                Ok(Outcome::Done(Answer::Chats(chats)))
            }
            Ask::Create { .. } => {
                let room = read(endpoint, reply, webwxupdatechatroom::parse)?;
                let is_there = room.base.ret == Ret::ROOM_MADE && !room.chat_room_name.is_empty();
                if !is_there {
                    accepted(endpoint, &room.base)?;
                }
                if !is_user_name(&room.chat_room_name) {
                    let kind = ProtocolErrorKind::Missing("ChatRoomName");
                    return Err(Failure::bare(endpoint, kind));
                }
                Ok(Outcome::Done(Answer::Created(CreatedRoom {
                    chat: cx.session.chat(room.chat_room_name),
                    members: members(cx, room.members),
                    black_list: room.black_list,
                })))
            }
            Ask::Fill { invite, .. } => {
                let reply = read(endpoint, reply, webwxupdatechatroom::parse)?;
                // So the service says that a room is too large to be added to.
                if reply.base.ret == Ret::PARAMETER_ERROR && !*invite {
                    *invite = true;
                    return Ok(Outcome::Next);
                }
                accepted(endpoint, &reply.base)?;
                Ok(Outcome::Done(Answer::Added(Added {
                    invited: *invite,
                    members: members(cx, reply.members),
                })))
            }
            Ask::Index => {
                let is_on = read(endpoint, reply, index::parse)?;
                Ok(Outcome::Done(Answer::Flag(is_on)))
            }
            Ask::Report(_) => {
                // Whatever it says: nobody knows what it should.
                reply?;
                Ok(Outcome::Done(Answer::Done))
            }
            Ask::Raw(_) => {
                let reply = reply?;
                Ok(Outcome::Done(Answer::Raw(RawReply {
                    status: reply.status.as_u16(),
                    body: reply.body,
                })))
            }
            _ => {
                // One form for all that say nothing but whether it was done.
                read_accepted(endpoint, reply, webwxoplog::parse, |it| &it.base)?;
                Ok(Outcome::Done(Answer::Done))
            }
        }
    }
}

fn recall(cx: &mut Cx, id: CommandId, order: Recall) -> Result<Ask, Misuse> {
    check::is_ours(cx, &order.chat)?;
    let message = order.message.ok_or(Misuse::NotOwn)?;
    let age = |accepted| cx.now.unix.saturating_sub(accepted);
    if order
        .accepted
        .map(age)
        .is_some_and(|age| age > Recall::WINDOW)
    {
        return Err(Misuse::TooLate);
    }
    let id = order.id.unwrap_or_else(|| cx.next_client_msg_id(id));
    Ok(Ask::Recall {
        chat: order.chat.user_name().to_owned(),
        message,
        id,
    })
}

fn pin(cx: &Cx, roster: &Roster, chat: &ChatId, on: bool) -> Result<Ask, Misuse> {
    check::is_ours(cx, chat)?;
    let known = roster.find(chat.user_name());
    Ok(Ask::Pin {
        chat: chat.user_name().to_owned(),
        on,
        remark: known.map_or(String::new(), |it| it.remark_name().into_owned()),
    })
}

fn contacts(cx: &Cx, roster: &Roster, order: FetchContacts) -> Result<Ask, Misuse> {
    check::are_ours(cx, &order.who)?;
    let room = match &order.room {
        None => String::new(),
        Some(room) => {
            check::is_room(cx, room)?;
            check::room_id(roster, room.user_name())
        }
    };
    let names = order.who.iter().map(ChatId::user_name);
    Ok(Ask::Contacts(Box::new(Lookup::new(room, names))))
}

/// Members as a reply lists them.
fn members(cx: &Cx, members: Vec<MemberRecord>) -> Vec<ChatId> {
    let names = members.into_iter().map(|member| member.user_name);
    let names = names.filter(|name| is_user_name(name));
    names.map(|name| cx.session.chat(name)).collect()
}

/// Whether a refusal may be due to one of the names, rather than to the session or the hour.
fn is_about_names(ret: Ret) -> bool {
    !ret.is_logged_out() && !matches!(ret, Ret::SYSTEM_ERROR | Ret::TICKET_ERROR | Ret::TOO_OFTEN)
}

//! From records to events: each message once, in the order of the service, and covered by a
//! snapshot only after the application is done with it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    config::{CatchUp, Limits},
    cx::{Cx, Signal},
    endpoint::{MessageItem, MessageRecord},
    event::{Arrival, ContactRequest, EventKind, Message, Origin, Recalled, Sender},
    id::{EventId, MsgId},
    kind::ContactKind,
    message::{Body, Content, FriendRequest, MsgType, Notice, NoticeEvent, NotifyCode, Unreadable},
    roster::{Members, Roster},
    seen::{Fingerprint, Seen},
    session::Keys,
    snapshot::Snapshot,
};

pub(crate) struct Inbox {
    seen: Seen,
    /// One entry per sync of which events are open, the oldest first.
    batches: VecDeque<Batch>,
    /// Of so many messages that will come, some may be ones that came before, so that the window is
    /// to keep them all.
    again: usize,
}

/// What one sync was good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// All of it had come before, if there was anything.
    Nothing,
    /// It will not come again, and is nothing for the application.
    Untold,
    /// The application is told.
    Told,
}

struct Batch {
    /// The keys that bring the same messages again.
    before: Keys,
    open: BTreeMap<EventId, Option<Fingerprint>>,
}

/// What the messages of one sync are made with.
pub(crate) struct Delivery<'a> {
    pub(crate) roster: &'a Roster,
    /// Whether a message is one that this client sent.
    pub(crate) is_ours: &'a mut dyn FnMut(&Message) -> bool,
    pub(crate) catching_up: bool,
}

impl Inbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            seen: Seen::new(limit),
            batches: VecDeque::new(),
            again: 0,
        }
    }

    pub(crate) fn restore(limits: &Limits, window: Vec<Fingerprint>) -> Self {
        // First come those that were open, which are the backlog and what one sync had on top of it,
        // and then what is in the window.
        let open = limits.backlog.saturating_mul(4);
        Self {
            again: window.len().saturating_add(open),
            seen: Seen::restore(limits.seen_messages, window),
            batches: VecDeque::new(),
        }
    }

    /// Nothing waits at the service, so nothing will come again.
    pub(crate) fn caught_up(&mut self) {
        self.again = 0;
    }

    /// Events that the application has not acknowledged.
    pub(crate) fn open(&self) -> usize {
        self.batches.iter().map(|batch| batch.open.len()).sum()
    }

    /// Messages that are remembered.
    pub(crate) fn seen(&self) -> usize {
        self.seen.len()
    }

    /// Turns what one sync brought into events.
    pub(crate) fn deliver(
        &mut self,
        cx: &mut Cx,
        before: Keys,
        changes: Vec<EventKind>,
        items: Vec<MessageItem>,
        with: &mut Delivery<'_>,
    ) -> News {
        self.again = match before.sync == cx.session.sync_key {
            false => self.again.saturating_sub(items.len()),
            // The same key brings the same once more.
            true => self.again.max(2 * items.len()),
        };
        let mut members = Members::of(with.roster);
        let mut news = News::Nothing;
        let mut open = BTreeMap::new();
        for change in changes {
            open.insert(cx.emit(change), None);
        }
        let mut unknown = Names::default();
        for item in items {
            let record = match item {
                MessageItem::Record(record) => *record,
                MessageItem::Unreadable(raw) => {
                    let print = Fingerprint::of_bytes(raw.as_bytes());
                    if !self.seen.insert(print.clone()) {
                        cx.stats.duplicates += 1;
                        continue;
                    }
                    cx.stats.unreadable += 1;
                    let message = unreadable(cx, raw, with);
                    open.insert(cx.emit(EventKind::Message(message)), Some(print));
                    continue;
                }
            };
            let content = Content::read(&record);
            let print = fingerprint(&record, &content.body);
            if !self.seen.insert(print.clone()) {
                cx.stats.duplicates += 1;
                continue;
            }
            news = News::Untold;
            mentioned(&record, &content, &mut unknown);
            if let (Some(room), Some(who)) = (&content.room, &content.sender) {
                if who != cx.session.my_name() && members.is_stranger(room, who) {
                    let (room, who) = (room.clone(), who.clone());
                    cx.raise(Signal::Stranger { room, who });
                }
            }
            let skipped = with.catching_up && cx.config.catch_up == CatchUp::Skip;
            let event = if skipped {
                None
            } else {
                event(cx, record, content, with, &mut members)
            };
            match event {
                Some(kind) => {
                    if matches!(kind, EventKind::Message(_)) {
                        cx.stats.messages += 1;
                    }
                    open.insert(cx.emit(kind), Some(print));
                }
                None => self.seen.acknowledge(&print),
            }
        }
        if !open.is_empty() {
            news = News::Told;
            self.batches.push_back(Batch { before, open });
        }
        self.trim();
        cx.raise(Signal::Unknown(unknown.names));
        cx.emit(EventKind::SnapshotStale);
        news
    }

    /// The application is done with an event. `true` if that changes what a snapshot covers.
    pub(crate) fn acknowledge(&mut self, id: EventId) -> bool {
        let Some(print) = self
            .batches
            .iter_mut()
            .find_map(|batch| batch.open.remove(&id))
        else {
            return false;
        };
        if let Some(print) = print {
            self.seen.acknowledge(&print);
        }
        // Only the oldest batch with something open counts. The others could be asked for again
        // only together with it, and the window knows what was acknowledged of them.
        self.batches.retain(|batch| !batch.open.is_empty());
        self.trim();
        true
    }

    fn trim(&mut self) {
        self.seen.trim(self.batches.is_empty() && self.again == 0);
    }

    /// What may be saved now.
    pub(crate) fn snapshot(&self, cx: &Cx) -> Option<Snapshot> {
        let oldest = self.batches.front().map(|batch| batch.before.clone());
        let keys = oldest.unwrap_or_else(|| cx.session.keys());
        Snapshot::of(
            &cx.session,
            keys,
            cx.cookie_clock(),
            self.seen.acknowledged(),
        )
    }
}

/// The same friend request comes under several ids; its ticket stays.
fn fingerprint(record: &MessageRecord, body: &Body) -> Fingerprint {
    match body {
        Body::FriendRequest(FriendRequest {
            user_name: Some(user_name),
            ticket: Some(ticket),
            ..
        }) => Fingerprint::of_ticket(user_name, ticket.expose()),
        _ => {
            let id = record.id();
            let id = id.as_ref().map_or("", MsgId::as_str);
            Fingerprint::new(id, &record.from_user_name, record.create_time)
        }
    }
}

/// Each once, in the order in which they came. That of the names themselves would have a session go
/// another way when only names are other ones.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    known: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        if !self.known.contains(name) {
            self.known.insert(name.to_owned());
            self.names.push(name.to_owned());
        }
    }
}

/// Who should be looked up, if unknown.
fn mentioned(record: &MessageRecord, content: &Content, names: &mut Names) {
    if let Body::StatusNotify(status) = &content.body {
        status.users.iter().for_each(|name| names.add(name));
        return;
    }
    for name in [&record.from_user_name, &record.to_user_name] {
        names.add(name);
    }
}

/// `None` for what is not for the application.
fn event(
    cx: &mut Cx,
    record: MessageRecord,
    content: Content,
    with: &mut Delivery<'_>,
    members: &mut Members<'_>,
) -> Option<EventKind> {
    let me = cx.session.my_name();
    let own = record.from_user_name == me || record.from_user_name.is_empty();
    let chat = cx.session.chat(if own {
        &record.to_user_name
    } else {
        &record.from_user_name
    });
    match content.body {
        Body::StatusNotify(status) => {
            let seen = matches!(status.code, NotifyCode::READ | NotifyCode::ENTERED);
            (seen && own && chat.user_name() != me).then_some(EventKind::ChatSeen(chat))
        }
        Body::Recalled(recalled) => Some(EventKind::Recalled(Recalled {
            chat,
            message: recalled.msg_id.or(recalled.new_msg_id),
            by: recalled.by,
            notice: recalled.replace_msg,
        })),
        Body::FriendRequest(request) => {
            let from = request.user_name.clone();
            (from.as_deref() != Some(me)).then(|| {
                EventKind::ContactRequest(ContactRequest {
                    from: from.map(|name| cx.session.chat(name)),
                    request,
                })
            })
        }
        body => {
            let sender = content.sender.map(|name| Sender {
                name: match &content.room {
                    Some(room) => members.name(room, &name),
                    None if name == me => cx
                        .session
                        .me
                        .as_ref()
                        .map(|me| me.nick_name.clone())
                        .unwrap_or_default(),
                    None => with.roster.name_of(&name),
                },
                id: cx.session.chat(name),
            });
            let mut message = Message {
                id: record.id(),
                chat_name: members.name_of_chat(chat.user_name()),
                chat_kind: with.roster.kind_of(chat.user_name()),
                chat,
                sender,
                origin: if own {
                    Origin::OwnElsewhere
                } else {
                    Origin::Other
                },
                created: record.create_time,
                msg_type: MsgType(record.msg_type),
                body,
                arrival: if with.catching_up {
                    Arrival::CatchUp
                } else {
                    Arrival::Live
                },
                record: Box::new(record),
            };
            if let Body::Notice(Notice {
                event: Some(NoticeEvent::TooOften),
                text,
                ..
            }) = &message.body
            {
                let is_live = message.arrival == Arrival::Live;
                if is_live {
                    cx.raise(Signal::TooOften(text.clone()));
                }
            }
            if own && (with.is_ours)(&message) {
                message.origin = Origin::OwnHere;
            }
            Some(EventKind::Message(message))
        }
    }
}

fn unreadable(cx: &Cx, raw: String, with: &Delivery<'_>) -> Message {
    Message {
        id: None,
        chat: cx.session.chat(""),
        chat_name: String::new(),
        chat_kind: ContactKind::of("", 0),
        sender: None,
        origin: Origin::Other,
        created: i64::try_from(cx.now.unix.as_secs()).unwrap_or(i64::MAX),
        msg_type: MsgType::default(),
        body: Body::Unreadable(Unreadable::new(raw)),
        arrival: if with.catching_up {
            Arrival::CatchUp
        } else {
            Arrival::Live
        },
        record: Box::default(),
    }
}

//! People: looking them up, naming, pinning, and befriending them.

use std::fmt;

use crate::{
    command::{Answer, command},
    event::{ContactRequest, Message},
    id::{ChatId, LoginId},
    message::Body,
    roster::Contact,
    secret::Secret,
};

/// Fetches the full records of people, rooms with their members, or members of a room.
///
/// They are asked for in lots of 50; one bad name fails a lot, so lots shrink until it is found.
/// Whom the service does not know is not in the reply. Friends and rooms enter the
/// [`Roster`](crate::Roster) as well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct FetchContacts {
    pub(crate) who: Vec<ChatId>,
    pub(crate) room: Option<ChatId>,
}

command!(call FetchContacts -> Vec<Contact>, Answer::Contacts(contacts) => contacts);

impl FetchContacts {
    /// People and rooms.
    pub fn new(who: impl IntoIterator<Item = ChatId>) -> Self {
        Self {
            who: who.into_iter().collect(),
            room: None,
        }
    }

    /// Members of a room, who need not be friends: the only way to their pictures, regions and full
    /// names.
    pub fn members(room: ChatId, who: impl IntoIterator<Item = ChatId>) -> Self {
        Self {
            who: who.into_iter().collect(),
            room: Some(room),
        }
    }
}

/// Names a contact for the account's owner alone; an empty name takes the remark away.
///
/// The change comes back as [`RosterChange::Changed`](crate::RosterChange::Changed) if it had an
/// effect: on some accounts the service accepts it and does nothing.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct SetRemark {
    pub(crate) who: ChatId,
    pub(crate) remark: String,
}

command!(call SetRemark -> (), Answer::Done => ());

impl SetRemark {
    /// The page allows some 18 characters.
    pub fn new(who: ChatId, remark: impl Into<String>) -> Self {
        Self {
            who,
            remark: remark.into(),
        }
    }
}

impl fmt::Debug for SetRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetRemark")
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// Keeps a chat at the top of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Pin {
    pub(crate) chat: ChatId,
}

command!(call Pin -> (), Answer::Done => ());

impl Pin {
    /// The remark of the chat goes with the request, because the service takes it away otherwise.
    pub fn new(chat: ChatId) -> Self {
        Self { chat }
    }
}

/// Lets a chat go from the top of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Unpin {
    pub(crate) chat: ChatId,
}

command!(call Unpin -> (), Answer::Done => ());

impl Unpin {
    /// See [`Pin::new`].
    pub fn new(chat: ChatId) -> Self {
        Self { chat }
    }
}

/// Accepts a request to be a friend. The new friend comes as
/// [`RosterChange::Added`](crate::RosterChange::Added).
///
/// ```
/// use wx_proto::{AcceptFriend, Event, EventKind};
///
/// /// Whoever knows the word is let in.
/// fn let_in(event: &Event) -> Option<AcceptFriend> {
///     match &event.kind {
///         EventKind::ContactRequest(it) if it.request.content.contains("open sesame") => {
///             Some(AcceptFriend::new(it))
///         }
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct AcceptFriend {
    pub(crate) who: Option<ChatId>,
    pub(crate) ticket: Option<Secret>,
}

command!(call AcceptFriend -> (), Answer::Done => ());

impl AcceptFriend {
    /// [`Misuse::NoTicket`](crate::Misuse::NoTicket) if the request does not hold what accepting
    /// needs.
    pub fn new(request: &ContactRequest) -> Self {
        Self {
            who: request.from.clone(),
            ticket: request.request.ticket.clone(),
        }
    }
}

/// Asks somebody to be a friend, or follows an official account. Never repeated by itself: whoever
/// does this often is blocked from it (1205), or from the service.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct AddFriend {
    pub(crate) login: LoginId,
    pub(crate) who: Option<ChatId>,
    pub(crate) greeting: String,
    pub(crate) official: bool,
}

command!(call AddFriend -> (), Answer::Done => ());

impl AddFriend {
    /// A member of a room, or whoever else has a name in this login.
    pub fn new(who: ChatId, greeting: impl Into<String>) -> Self {
        Self {
            login: who.login(),
            who: Some(who),
            greeting: greeting.into(),
            official: false,
        }
    }

    /// Whoever is recommended by a card. [`Misuse::NoChat`](crate::Misuse::NoChat) if the message is
    /// none.
    pub fn card(message: &Message, greeting: impl Into<String>) -> Self {
        let login = message.chat.login();
        let (who, official) = match &message.body {
            Body::Card(card) => (
                card.user_name.clone().map(|name| ChatId::new(login, name)),
                card.verify_flag & 8 != 0,
            ),
            _ => (None, false),
        };
        Self {
            login,
            who,
            greeting: greeting.into(),
            official,
        }
    }
}

impl fmt::Debug for AddFriend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddFriend")
            .field("who", &self.who)
            .finish_non_exhaustive()
    }
}

/// Searches the own address book at the service. It finds no strangers.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct SearchContact {
    pub(crate) keyword: String,
}

command!(call SearchContact -> Vec<ChatId>, Answer::Chats(chats) => chats);

impl SearchContact {
    /// Part of a name.
    pub fn new(keyword: impl Into<String>) -> Self {
        Self {
            keyword: keyword.into(),
        }
    }
}

impl fmt::Debug for SearchContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SearchContact")
    }
}

//! Rooms: making, filling, naming and leaving them. The service often refuses, and tells nothing of
//! single members.

use std::fmt;

use crate::{
    command::{Answer, command},
    id::ChatId,
};

/// Makes a room. Never repeated by itself: a second request would make a second room.
///
/// ```
/// use wx_proto::{Client, CreateRoom};
///
/// /// With all friends whose remark says that they hike.
/// fn hikers(client: &Client) -> CreateRoom {
///     let friends = client.roster().friends();
///     let hikers = friends.filter(|friend| friend.remark_name().ends_with("(hike)"));
///     CreateRoom::new(hikers.map(|friend| friend.id.clone())).topic("Sunday's hike")
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct CreateRoom {
    pub(crate) members: Vec<ChatId>,
    pub(crate) topic: String,
}

command!(call CreateRoom -> CreatedRoom, Answer::Created(room) => room);

impl CreateRoom {
    /// With these friends, not counting the own account. Two are known to do.
    pub fn new(members: impl IntoIterator<Item = ChatId>) -> Self {
        Self {
            members: members.into_iter().collect(),
            topic: String::new(),
        }
    }

    /// Names it. The page does so later, by [`RenameRoom`].
    #[must_use]
    pub fn topic(mut self, topic: impl Into<String>) -> Self {
        self.topic = topic.into();
        self
    }
}

impl fmt::Debug for CreateRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateRoom")
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

/// A room that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedRoom {
    /// Where to write to.
    pub chat: ChatId,
    /// Its members as the service lists them, without the own account.
    pub members: Vec<ChatId>,
    /// Those who do not want to be added, in the service's own words; mostly empty.
    pub black_list: String,
}

/// Adds friends to a room. Where a room is so large that people have to be asked first, they are
/// invited instead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct AddMembers {
    pub(crate) room: ChatId,
    pub(crate) members: Vec<ChatId>,
}

command!(call AddMembers -> Added, Answer::Added(added) => added);

impl AddMembers {
    /// Adds to `room`.
    pub fn new(room: ChatId, members: impl IntoIterator<Item = ChatId>) -> Self {
        Self {
            room,
            members: members.into_iter().collect(),
        }
    }
}

/// What became of those who were to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// They were sent an invitation, and may say no.
    pub invited: bool,
    /// Those whom the service names; it may name nobody.
    pub members: Vec<ChatId>,
}

/// Invites friends to a room; each has to accept.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct InviteMembers {
    pub(crate) room: ChatId,
    pub(crate) members: Vec<ChatId>,
}

command!(call InviteMembers -> Added, Answer::Added(added) => added);

impl InviteMembers {
    /// Invites to `room`.
    pub fn new(room: ChatId, members: impl IntoIterator<Item = ChatId>) -> Self {
        Self {
            room,
            members: members.into_iter().collect(),
        }
    }
}

/// Removes somebody from a room that the account owns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct RemoveMember {
    pub(crate) room: ChatId,
    pub(crate) member: ChatId,
}

command!(call RemoveMember -> (), Answer::Done => ());

impl RemoveMember {
    /// Removes `member` from `room`.
    pub fn new(room: ChatId, member: ChatId) -> Self {
        Self { room, member }
    }
}

/// Gives a room another topic. What became of a room shows in its record: the
/// [`Roster`](crate::Roster) has the new topic a little later, with a
/// [`RosterChange`](crate::RosterChange).
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct RenameRoom {
    pub(crate) room: ChatId,
    pub(crate) topic: String,
}

command!(call RenameRoom -> (), Answer::Done => ());

impl RenameRoom {
    /// At most 32 bytes were seen to be accepted. Nothing here enforces that.
    pub fn new(room: ChatId, topic: impl Into<String>) -> Self {
        Self {
            room,
            topic: topic.into(),
        }
    }
}

impl fmt::Debug for RenameRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenameRoom")
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

/// Leaves a room.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct LeaveRoom {
    pub(crate) room: ChatId,
}

command!(call LeaveRoom -> (), Answer::Done => ());

impl LeaveRoom {
    /// Leaves `room`.
    pub fn new(room: ChatId) -> Self {
        Self { room }
    }
}

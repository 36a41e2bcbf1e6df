//! What a caller may ask for, and about whom.

use crate::{
    command::Misuse,
    cx::Cx,
    endpoint::contact::is_user_name,
    id::{ChatId, LoginId},
    roster::{Contact, Roster},
};

/// A name of this login, and one at all: two between a comma would be two people where lists are
/// written.
pub(super) fn is_ours(cx: &Cx, chat: &ChatId) -> Result<(), Misuse> {
    if !is_user_name(chat.user_name()) {
        return Err(Misuse::NoChat);
    }
    is_this_login(cx, chat.login())
}

pub(super) fn is_this_login(cx: &Cx, login: LoginId) -> Result<(), Misuse> {
    if login == cx.session.login() {
        Ok(())
    } else {
        Err(Misuse::ForeignChat)
    }
}

pub(super) fn is_room(cx: &Cx, room: &ChatId) -> Result<(), Misuse> {
    is_ours(cx, room)?;
    if room.is_room() {
        Ok(())
    } else {
        Err(Misuse::NotARoom)
    }
}

/// At least one, and all of this login.
pub(super) fn are_ours(cx: &Cx, who: &[ChatId]) -> Result<(), Misuse> {
    if who.is_empty() {
        return Err(Misuse::Nobody);
    }
    who.iter().try_for_each(|who| is_ours(cx, who))
}

/// What a request for a member names its room by.
pub(super) fn room_id(roster: &Roster, room: &str) -> String {
    let known = roster.find(room);
    let id = known.and_then(Contact::encry_chat_room_id);
    // The official page takes the room's name.
    id.unwrap_or(room).to_owned()
}

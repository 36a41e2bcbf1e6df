//! Sentences of the service, and what they tell.

mod sentences;
mod template;

use self::{sentences::SENTENCES, template::Links};
use super::some;
use crate::wire::{
    html::{clean, untagged},
    xml::Element,
};

/// A sentence of the service in the chat: who joined, that money is waiting on the phone, that a
/// message did not arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notice {
    /// In the language of the account, as the phone shows it: blanks at its end included, links as
    /// `<a href=…>`. A nudge has account names in it, as `${account}`, where the phone has names.
    pub text: String,
    /// What the sentence tells. `None` for a sentence that is not known; nothing is guessed.
    ///
    /// Best effort: the service words its sentences anew now and then, and marks names by quotes
    /// and commas that names may hold too. Who is in a room is told for sure by the changes of the
    /// roster.
    pub event: Option<NoticeEvent>,
}

/// What a sentence of the service tells, in Chinese of either script or in English.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoticeEvent {
    /// Something was done too often, and is refused for a while.
    TooOften,
    /// The last text did not arrive: the other one does not have this account as a friend.
    #[non_exhaustive]
    NotAFriend {
        /// The name of the other one.
        name: String,
    },
    /// The last text did not arrive: the other one has blocked this account.
    Blocked,
    /// Somebody became a friend.
    #[non_exhaustive]
    FriendAdded {
        /// Their name; `None` where they say so themselves, it is who the message is from then.
        name: Option<String>,
    },
    /// Somebody came into the room.
    #[non_exhaustive]
    Joined {
        /// Who invited them, or showed the code; `None` where the sentence does not say.
        inviter: Option<Who>,
        /// Who came.
        members: Vec<Who>,
        /// The list of `members` as it was written. In a sentence, names stand between the mark
        /// `、`, and a name may hold it too; it comes in two pieces then, and is whole only here.
        listed: String,
        /// Who was there before, told only to who came.
        present: Vec<Who>,
        /// In which way they came.
        how: JoinedBy,
    },
    /// Somebody was removed from the room.
    #[non_exhaustive]
    Removed {
        /// Who did it.
        by: Who,
        /// Who is gone.
        who: Who,
    },
    /// The room has another name.
    #[non_exhaustive]
    Renamed {
        /// Who named it so.
        by: Who,
        /// The name, as it was written.
        topic: String,
    },
    /// A red packet. Only the phone can show it.
    RedPacket(Direction),
    /// Money for one person. Only the phone can show it.
    Transfer(Direction),
    /// Somebody wants to share a bill. Only the phone can show it.
    SplitBill,
    /// A call that only the phone can take.
    Call,
    /// Nobody shares a location any longer.
    LiveLocationEnded,
    /// A message was taken back.
    #[non_exhaustive]
    Recalled {
        /// Who did it.
        by: Who,
    },
    /// Somebody was nudged.
    #[non_exhaustive]
    Tickle {
        /// Who did it.
        from: Who,
        /// Who was nudged.
        to: Who,
        /// What they let the phone add to it: “的肩膀”.
        addition: Option<String>,
    },
}

/// Somebody in a sentence of the service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Who {
    /// This account: the sentence says “你” or “You”.
    You,
    /// Somebody by name. Names are not unique, and may be the remark of this account.
    Named(String),
    /// Somebody by account name, the same in every login, where the service gives no other.
    Account(String),
}

/// In which way somebody came into a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinedBy {
    /// Somebody invited them.
    Invitation,
    /// They scanned a code.
    QrCode,
    /// The sentence does not say.
    Unsaid,
}

/// Which way money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// From this account, on its phone.
    Sent,
    /// To this account.
    Received,
}

impl Notice {
    /// A sentence that came as a text of the service.
    pub(super) fn read(said: &str) -> Self {
        Self {
            text: clean(said).into_owned(),
            event: event(&clean(&untagged(said)), &Links::default()),
        }
    }

    /// A sentence whose names come beside it; `None` if there is no sentence.
    pub(super) fn of_template(xml: &Element) -> Option<Self> {
        let content = xml.descendant("content_template")?;
        let links = Links::read(content.child("link_list"));
        let template = content.child("template").map(|found| found.text.as_str());
        let Some(template) = template.and_then(some) else {
            let plain = some(&content.child("plain")?.text)?;
            return Some(Self {
                event: event(&untagged(&plain), &Links::default()),
                text: plain,
            });
        };
        Some(Self {
            text: links.fill(&template),
            event: event(&untagged(&template), &links),
        })
    }

    /// Somebody nudged somebody.
    pub(super) fn of_nudge(xml: &Element) -> Option<Self> {
        let nudge = xml.descendant("pat")?;
        let text = |name| some(nudge.child(name)?.text.trim());
        let template = some(&nudge.child("template")?.text)?;
        let account = |name| text(name).map(Who::Account);
        // The sentence says the same with accounts in place of names.
        let event = account("fromusername")
            .zip(account("pattedusername"))
            .map(|(from, to)| NoticeEvent::Tickle {
                from,
                to,
                addition: None,
            });
        Some(Self {
            text: template,
            event,
        })
    }

    /// A tip for a room.
    pub(super) fn of_tip(xml: &Element) -> Option<Self> {
        let tip = xml.descendant("roomtips").unwrap_or(xml);
        let text = some(tip.first_text()?)?;
        Some(Self {
            event: event(&untagged(&text), &Links::default()),
            text,
        })
    }
}

/// All sentences that are known, with their holes.
#[cfg(all(test, feature = "record"))]
pub(crate) fn templates() -> impl Iterator<Item = &'static str> {
    let known = SENTENCES.iter().map(|(template, _)| *template);
    known.chain(sentences::INVITATIONS.iter().copied())
}

/// Who took a message back, by the sentence for it.
pub(super) fn recalled_by(sentence: &str) -> Option<Who> {
    match event(sentence, &Links::default())? {
        NoticeEvent::Recalled { by } => Some(by),
        _ => None,
    }
}

/// Who invites and where to, by the sentence of an invitation card.
pub(super) fn invitation(sentence: &str) -> Option<(Who, String)> {
    sentences::INVITATIONS
        .iter()
        .find_map(|template| template::fit(template, sentence)?.pair())
}

/// What a sentence tells, by the first template that fits it.
fn event(sentence: &str, links: &Links) -> Option<NoticeEvent> {
    // With the marks of names still in it, so that no name can look like words.
    let sentence = links.skeleton(sentence);
    SENTENCES
        .iter()
        .find_map(|(template, meaning)| template::fit(template, &sentence)?.event(*meaning, links))
}

//! What tells one account from another, and how well.

use serde::{Deserialize, Serialize};

use super::{Confidence, Evidence};
use crate::{
    Contact, Member, Sex,
    id::{digest, is_room},
};

/// What tells an account from others, as digests: to compare is all they are for. 0 is unknown.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Traits {
    #[serde(skip_serializing_if = "is_default")]
    pub(super) room: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) alias: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) remark: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) picture: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) name: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) room_id: u64,
    #[serde(skip_serializing_if = "is_default")]
    signature: u64,
    #[serde(skip_serializing_if = "is_default")]
    province: u64,
    #[serde(skip_serializing_if = "is_default")]
    city: u64,
    #[serde(skip_serializing_if = "is_default")]
    sex: u8,
    #[serde(skip_serializing_if = "is_default")]
    attr: u64,
    /// The smallest digests of the members' names, ascending.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) members: Vec<u64>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Of a larger room, a sample: what two of this size share is off by a tenth, rarely by more.
pub(super) const SAMPLE: usize = 32;

/// What agrees, in points. The id a person chose is unique; a remark and the number of a picture
/// are nearly so; a name is shared by some; the rest by many, and only adds to the others.
const ALIAS: i32 = 60;
const REMARK: i32 = 40;
const PICTURE: i32 = 40;
const ROOM_ID: i32 = 40;
const NAME: i32 = 30;
const SIGNATURE: i32 = 20;
const CITY: i32 = 6;
const ATTR: i32 = 6;
const PROVINCE: i32 = 3;
const SEX: i32 = 3;

/// What contradicts. Both change seldom.
const OTHER_ALIAS: i32 = -30;
const OTHER_SEX: i32 = -20;

/// From so many points on.
const STRONG: i32 = 60;
const PROBABLE: i32 = 40;
const WEAK: i32 = 30;

/// Two that are nearer to each other than so are about as likely: less than what a line under the
/// name is worth, more than a city and a number.
pub(super) const MARGIN: i32 = 15;

pub(super) fn confidence(points: i32) -> Option<Confidence> {
    match points {
        STRONG.. => Some(Confidence::Strong),
        PROBABLE.. => Some(Confidence::Probable),
        WEAK.. => Some(Confidence::Weak),
        _ => None,
    }
}

impl Traits {
    /// `me` is in all rooms, and tells none from another.
    pub(super) fn of(contact: &Contact, me: &str) -> Self {
        let names = contact.members().filter(|member| member.user_name() != me);
        Self {
            room: contact.is_room(),
            alias: mark(contact.alias()),
            remark: mark(&contact.remark_name()),
            picture: contact.head_img_seq().unwrap_or(0),
            name: mark(&contact.nick_name()),
            room_id: mark(contact.encry_chat_room_id().unwrap_or_default()),
            signature: mark(&contact.signature()),
            province: mark(&contact.province()),
            city: mark(&contact.city()),
            sex: match contact.sex() {
                Some(Sex::Male) => 1,
                Some(Sex::Female) => 2,
                None => 0,
            },
            attr: number(contact.attr_status()),
            members: sample(names.map(|member| mark(&member.nick_name())).collect()),
        }
    }

    pub(super) fn of_member(member: Member<'_>) -> Self {
        Self {
            name: mark(&member.nick_name()),
            attr: number(member.attr_status()),
            ..Self::default()
        }
    }

    /// Nothing is known but the name on the wire.
    pub(super) fn of_name(user_name: &str) -> Self {
        Self {
            room: is_room(user_name),
            ..Self::default()
        }
    }

    /// What was read from a file is brought into the form that this writes.
    pub(super) fn normalize(&mut self) {
        self.members = sample(std::mem::take(&mut self.members));
    }

    /// Whether they could be found again by this.
    pub(super) fn is_telling(&self) -> bool {
        let signs = [
            self.alias,
            self.remark,
            self.picture,
            self.name,
            self.room_id,
        ];
        signs.iter().any(|sign| *sign != 0) || self.members.len() > 1
    }

    /// What was not known before; a record that comes first may be a poor one.
    pub(super) fn fill(&mut self, with: &Self) {
        for (mine, theirs) in self.marks().into_iter().zip(with.clone().marks()) {
            if *mine == 0 {
                *mine = *theirs;
            }
        }
        if self.sex == 0 {
            self.sex = with.sex;
        }
        // Members come and go, and a list may have been a part: the later one is the better one.
        if !with.members.is_empty() {
            self.members.clone_from(&with.members);
        }
    }

    /// What is known now. A remark and the line under the name are cleared by their owners; all else
    /// that is empty was left out.
    pub(super) fn renew(&mut self, with: &Self) {
        let mut new = with.clone();
        let (remark, signature) = (new.remark, new.signature);
        new.fill(self);
        if !with.members.is_empty() {
            new.members.clone_from(&with.members);
        }
        *self = new;
        self.remark = remark;
        self.signature = signature;
    }

    fn marks(&mut self) -> [&mut u64; 9] {
        [
            &mut self.alias,
            &mut self.remark,
            &mut self.picture,
            &mut self.name,
            &mut self.room_id,
            &mut self.signature,
            &mut self.province,
            &mut self.city,
            &mut self.attr,
        ]
    }

    /// How much speaks for both being one, and what does so most; `None` if they cannot be.
    pub(super) fn compare(&self, other: &Self) -> Option<(i32, Evidence)> {
        if self.room != other.room {
            return None;
        }
        let agrees = |mine: u64, theirs: u64, worth| match mine == theirs && mine != 0 {
            true => worth,
            false => 0,
        };
        let differs = |mine: u64, theirs: u64, worth| match mine != theirs && mine != 0 {
            true if theirs != 0 => worth,
            _ => 0,
        };
        let signs = [
            (agrees(self.alias, other.alias, ALIAS), Evidence::Alias),
            (agrees(self.remark, other.remark, REMARK), Evidence::Remark),
            (
                agrees(self.picture, other.picture, PICTURE),
                Evidence::Picture,
            ),
            (
                agrees(self.room_id, other.room_id, ROOM_ID),
                Evidence::RoomId,
            ),
            (members(&self.members, &other.members), Evidence::Members),
            (agrees(self.name, other.name, NAME), Evidence::Name),
        ];
        let (mine, theirs) = (u64::from(self.sex), u64::from(other.sex));
        let points = signs.iter().map(|(points, _)| points).sum::<i32>()
            + agrees(self.signature, other.signature, SIGNATURE)
            + agrees(self.province, other.province, PROVINCE)
            + agrees(self.city, other.city, CITY)
            + agrees(self.attr, other.attr, ATTR)
            + agrees(mine, theirs, SEX)
            + differs(mine, theirs, OTHER_SEX)
            + differs(self.alias, other.alias, OTHER_ALIAS);
        let most = signs.iter().map(|(points, _)| *points).max()?;
        let by = signs.iter().find(|(points, _)| *points == most)?.1;
        Some((points, by))
    }
}

/// Who is in a room changes little between logins; rooms of the same few friends differ in one.
fn members(mine: &[u64], theirs: &[u64]) -> i32 {
    // One other member is no group of people.
    if mine.len() < 2 || theirs.len() < 2 {
        return 0;
    }
    let all = sample([mine, theirs].concat());
    let is_in = |list: &[u64], member: &u64| list.binary_search(member).is_ok();
    let shared = all
        .iter()
        .filter(|member| is_in(mine, member) && is_in(theirs, member))
        .count();
    match (shared * 100).checked_div(all.len()).unwrap_or(0) {
        75.. => 40,
        50.. => 25,
        25.. => 10,
        _ => 0,
    }
}

/// The smallest digests of a set are a fair sample of it, and the samples of two sets meet where the
/// sets do.
fn sample(mut marks: Vec<u64>) -> Vec<u64> {
    marks.retain(|mark| *mark != 0);
    marks.sort_unstable();
    marks.dedup();
    marks.truncate(SAMPLE);
    marks
}

fn mark(text: &str) -> u64 {
    match text.trim() {
        "" => 0,
        text => digest(text),
    }
}

fn number(status: Option<i64>) -> u64 {
    status
        .and_then(|status| status.try_into().ok())
        .unwrap_or(0)
}

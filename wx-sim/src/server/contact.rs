//! Contact records in the shapes the various replies give them.

use super::account::Account;
use super::peer::{ME, Member, Peer, Person, Room};
use super::reply::Json;
use super::session::Session;
use super::setup::Cast;
use super::text::encode_name;

/// Which reply a record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// `webwxinit`: rooms count all members and show some of them, none with a name.
    Init,
    /// `webwxgetcontact`: rooms show no members at all.
    Book,
    /// `webwxbatchgetcontact`: everything.
    Batch,
}

/// A record with the 32 members of `ContactList` and `MemberList`.
pub(super) fn contact(account: &Account, session: &Session, peer: Peer, place: Place) -> Json {
    let name = session.name(peer);
    let blank = Person::blank();
    let (person, room) = either(account, peer, &blank);
    let nick = room.map_or(person.nick.as_str(), |(_, room)| room.topic.as_str());
    let contact_flag = match room {
        Some((_, room)) => room_flag(room),
        None => person.contact_flag,
    };
    let (count, inside) = match (room, place) {
        (None, _) | (Some(_), Place::Book) => (0, Vec::new()),
        (Some((_, room)), _) if !room.has(ME) => (0, Vec::new()),
        (Some((_, room)), Place::Init) => (
            room.members.len(),
            room.members
                .iter()
                .take(2)
                .map(|m| nameless(session, m))
                .collect(),
        ),
        (Some((at, room)), Place::Batch) => {
            let list = members(account, session, at, room);
            let more = usize::from(account.cast == Cast::Odd);
            (list.len() + more, list)
        }
    };
    let encry = match (room, place) {
        (Some((at, _)), Place::Batch) => session.encry_id(at),
        (None, Place::Batch) if person.is_contact() => "0".to_owned(),
        _ => String::new(),
    };
    let (head, seq) = match room {
        Some((_, room)) => ("webwxgetheadimg", room.head_seq),
        None => ("webwxgeticon", person.head_seq),
    };
    // The address book hands the session's own key along, single lookups leave it empty.
    let skey = if place == Place::Batch {
        ""
    } else {
        session.skey.as_str()
    };
    // Pinyin of a remark is known in the address book only: the later answer is not always richer.
    let (remark_initial, remark_full) = if place == Place::Book {
        pinyin(&person.remark)
    } else {
        Default::default()
    };
    let (initial, full) = if room.is_some() {
        Default::default()
    } else {
        pinyin(nick)
    };
    let owned = room.is_some_and(|(_, room)| room.owner() == Some(ME));
    let mut members = vec![
        ("Uin", Json::Num(0)),
        ("UserName", name.clone().into()),
        ("NickName", encode_name(nick).into()),
        (
            "HeadImgUrl",
            format!("/cgi-bin/mmwebwx-bin/{head}?seq={seq}&username={name}&skey={skey}").into(),
        ),
        ("ContactFlag", contact_flag.into()),
        ("MemberCount", count.into()),
        ("MemberList", Json::List(inside)),
        ("RemarkName", encode_name(&person.remark).into()),
        ("HideInputBarFlag", Json::Num(0)),
        ("Sex", person.sex.into()),
        ("Signature", encode_name(&person.signature).into()),
        ("VerifyFlag", person.verify_flag.into()),
        (
            "OwnerUin",
            room.map_or(0, |(_, room)| room.owner_uin).into(),
        ),
        ("PYInitial", initial.into()),
        ("PYQuanPin", full.into()),
        ("RemarkPYInitial", remark_initial.into()),
        ("RemarkPYQuanPin", remark_full.into()),
        (
            "StarFriend",
            Json::Num(i64::from(person.contact_flag & 0x40 != 0)),
        ),
        ("AppAccountFlag", Json::Num(0)),
        (
            "Statues",
            Json::Num(i64::from(
                place == Place::Batch && room.is_some_and(|(_, room)| !room.muted),
            )),
        ),
        ("AttrStatus", person.attr_status.into()),
        ("Province", person.province.as_str().into()),
        ("City", "".into()),
        ("Alias", person.alias.as_str().into()),
        ("SnsFlag", person.sns_flag.into()),
        ("UniFriend", Json::Num(0)),
        ("DisplayName", "".into()),
        ("ChatRoomId", Json::Num(0)),
        (
            "KeyWord",
            person.plain.chars().take(3).collect::<String>().into(),
        ),
        ("EncryChatRoomId", encry.into()),
        ("IsOwner", Json::Num(i64::from(owned))),
    ];
    if account.cast == Cast::Odd && place == Place::Book {
        // Older answers did not have it.
        members.pop();
    }
    Json::Object(members)
}

/// The person, or else the room with its place; a room has what a record of nobody has of a person.
fn either<'a>(
    account: &'a Account,
    peer: Peer,
    blank: &'a Person,
) -> (&'a Person, Option<(usize, &'a Room)>) {
    match peer {
        Peer::Person(at) => (account.person(at).unwrap_or(blank), None),
        Peer::Room(at) => (blank, account.room(at).map(|room| (at, room))),
    }
}

/// A record of `ModContactList`, which has another set of members.
pub(super) fn changed(account: &Account, session: &Session, peer: Peer) -> Json {
    let name = session.name(peer);
    let blank = Person::blank();
    let (person, room) = either(account, peer, &blank);
    let nick = room.map_or(person.nick.as_str(), |(_, room)| room.topic.as_str());
    let (head, seq) = match room {
        Some((_, room)) => ("webwxgetheadimg", room.head_seq),
        None => ("webwxgeticon", person.head_seq),
    };
    let inside = room.is_some_and(|(_, room)| room.has(ME));
    let flag = room.map_or(person.contact_flag, |(_, room)| room_flag(room));
    let list = match room {
        Some((at, room)) if inside => members(account, session, at, room),
        _ => Vec::new(),
    };
    let owner = room
        .and_then(|(_, room)| room.owner())
        .map_or(String::new(), |owner| session.name(Peer::Person(owner)));
    Json::Object(vec![
        ("UserName", name.clone().into()),
        ("NickName", encode_name(nick).into()),
        ("Sex", person.sex.into()),
        ("HeadImgUpdateFlag", Json::Num(1)),
        ("ContactType", Json::Num(0)),
        ("Alias", person.alias.as_str().into()),
        ("ChatRoomOwner", owner.into()),
        (
            "HeadImgUrl",
            format!("/cgi-bin/mmwebwx-bin/{head}?seq={seq}&username={name}&skey=").into(),
        ),
        ("ContactFlag", flag.into()),
        ("MemberCount", list.len().into()),
        ("MemberList", Json::List(list)),
        ("HideInputBarFlag", Json::Num(0)),
        ("Signature", encode_name(&person.signature).into()),
        ("VerifyFlag", person.verify_flag.into()),
        ("RemarkName", encode_name(&person.remark).into()),
        (
            "Statues",
            Json::Num(i64::from(
                inside && room.is_some_and(|(_, room)| !room.muted),
            )),
        ),
        ("AttrStatus", person.attr_status.into()),
        ("Province", person.province.as_str().into()),
        ("City", "".into()),
        ("SnsFlag", person.sns_flag.into()),
        (
            "KeyWord",
            person.plain.chars().take(3).collect::<String>().into(),
        ),
    ])
}

/// A record of `DelContactList`.
pub(super) fn deleted(session: &Session, peer: Peer) -> Json {
    Json::Object(vec![
        ("UserName", session.name(peer).into()),
        ("ContactFlag", Json::Num(0)),
    ])
}

/// The `User` of `webwxinit`.
pub(super) fn user(account: &Account, session: &Session) -> Json {
    let blank = Person::blank();
    let me = account.person(ME).unwrap_or(&blank);
    let name = session.name(Peer::Person(ME));
    let head = format!(
        "/cgi-bin/mmwebwx-bin/webwxgeticon?seq={}&username={name}&skey={}",
        me.head_seq, session.skey
    );
    user_json(account.uin, &name, &encode_name(&me.nick), &head, me)
}

/// The `User` of a refused `webwxinit`.
pub(super) fn no_user() -> Json {
    user_json(0, "", "", "", &Person::blank())
}

fn user_json(uin: u32, name: &str, nick: &str, head: &str, me: &Person) -> Json {
    Json::Object(vec![
        ("Uin", uin.into()),
        ("UserName", name.into()),
        ("NickName", nick.into()),
        ("HeadImgUrl", head.into()),
        ("RemarkName", "".into()),
        ("PYInitial", "".into()),
        ("PYQuanPin", "".into()),
        ("RemarkPYInitial", "".into()),
        ("RemarkPYQuanPin", "".into()),
        ("HideInputBarFlag", Json::Num(0)),
        ("StarFriend", Json::Num(0)),
        ("Sex", me.sex.into()),
        ("Signature", encode_name(&me.signature).into()),
        ("AppAccountFlag", Json::Num(0)),
        ("VerifyFlag", Json::Num(0)),
        ("ContactFlag", Json::Num(0)),
        ("WebWxPluginSwitch", Json::Num(0)),
        ("HeadImgFlag", Json::Num(i64::from(uin != 0))),
        ("SnsFlag", me.sns_flag.into()),
    ])
}

/// The own profile, unchanged.
pub(super) fn profile() -> Json {
    profile_json(0, "", 0, String::new(), false)
}

/// The own profile after a change; the picture is told of if it is another one.
pub(super) fn own_profile(account: &Account, session: &Session, picture: bool) -> Json {
    let blank = Person::blank();
    let me = account.person(ME).unwrap_or(&blank);
    let name = session.name(Peer::Person(ME));
    let head = if picture {
        format!(
            "/cgi-bin/mmwebwx-bin/webwxgeticon?seq={}&username={name}&skey=",
            me.head_seq
        )
    } else {
        String::new()
    };
    // Nothing but this number makes the page look at the rest.
    profile_json(190, &encode_name(&me.nick), me.sex, head, picture)
}

fn profile_json(bits: i64, nick: &str, sex: u32, head: String, picture: bool) -> Json {
    let buff = |text: &str| Json::Object(vec![("Buff", text.into())]);
    Json::Object(vec![
        ("BitFlag", Json::Num(bits)),
        ("UserName", buff("")),
        ("NickName", buff(nick)),
        ("BindUin", Json::Num(0)),
        ("BindEmail", buff("")),
        ("BindMobile", buff("")),
        ("Status", Json::Num(0)),
        ("Sex", sex.into()),
        ("PersonalCard", Json::Num(0)),
        ("Alias", "".into()),
        ("HeadImgUpdateFlag", Json::Num(i64::from(picture))),
        ("HeadImgUrl", head.into()),
        ("Signature", "".into()),
    ])
}

/// Flag 3 for a saved room, 2 for one that is only talked in; neither has the bit the page's own
/// script calls "room". A room one has left has no flag at all.
fn room_flag(room: &Room) -> u32 {
    let pinned = if room.pinned { 0x800 } else { 0 };
    match (room.has(ME), room.saved) {
        (false, _) => 0,
        (true, true) => 3 | pinned,
        (true, false) => 2 | pinned,
    }
}

/// All members. In one room out of two a friend appears under the viewer's remark, not under the
/// own nick name; both occur.
fn members(account: &Account, session: &Session, at: usize, room: &Room) -> Vec<Json> {
    room.members
        .iter()
        .filter_map(|member| {
            let person = account.person(member.person)?;
            let nick = if at % 2 == 0 {
                person.shown()
            } else {
                &person.nick
            };
            let uin = match room.owner() {
                Some(owner) if owner == member.person => room.owner_uin,
                _ => 0,
            };
            Some(member_json(
                session,
                member,
                uin,
                encode_name(nick),
                person.attr_status,
                encode_name(&member.card),
            ))
        })
        .collect()
}

fn nameless(session: &Session, member: &Member) -> Json {
    member_json(session, member, 0, String::new(), 0, String::new())
}

/// A member as the maker of a room is told of it.
pub(super) fn newcomer(account: &Account, session: &Session, person: usize) -> Json {
    let blank = Person::blank();
    let who = account.person(person).unwrap_or(&blank);
    let member = Member::plain(person);
    let nick = encode_name(&who.nick);
    member_json(session, &member, 0, nick, who.attr_status, String::new())
}

fn member_json(
    session: &Session,
    member: &Member,
    uin: u32,
    nick: String,
    attr_status: u32,
    card: String,
) -> Json {
    Json::Object(vec![
        ("Uin", uin.into()),
        ("UserName", session.name(Peer::Person(member.person)).into()),
        ("NickName", nick.into()),
        ("AttrStatus", attr_status.into()),
        ("PYInitial", "".into()),
        ("PYQuanPin", "".into()),
        ("RemarkPYInitial", "".into()),
        ("RemarkPYQuanPin", "".into()),
        ("MemberStatus", Json::Num(0)),
        ("DisplayName", card.into()),
        ("KeyWord", "".into()),
    ])
}

/// The pinyin members spell out the markup of an emoji, and write `?` for what they do not know.
/// Real pinyin of Chinese characters is not tried.
fn pinyin(name: &str) -> (String, String) {
    let letters = |c: char| match c {
        _ if c.is_ascii_alphanumeric() => Some(c),
        _ if c.is_ascii() => None,
        _ => Some('?'),
    };
    let full: String = encode_name(name).chars().filter_map(letters).collect();
    (full.to_ascii_uppercase(), full)
}

//! People and rooms that were seen only now and then.

use super::super::peer::{ME, Member, Person, Room};
use super::super::stream::Stream;
use super::{CastPerson, friend, role, special};

/// Special accounts, flags and names the everyday cast has none of.
static ROLES: &[CastPerson] = &[
    special("newsapp", "腾讯新闻", 1, 0),
    special("floatbottle", "漂流瓶", 1, 0),
    special("gh_22b87fa7cb3c", "微信读书", 1, 24),
    special("3046071@qqim", "QQ \u{1f427}", 1, 0),
    role("wxid_odd136a1b2", "老牌公众号", "", 0, 3, 136),
    role("wxid_oddblock3c", "Blocked", "", 1, 11, 0),
    role("wxid_oddmuted4d", "Muted", "", 2, 515, 0),
    role("wxid_oddhidden5", "Hidden", "", 0, 35, 0),
    role("wxid_oddstar6e7", "Starred", "", 2, 65603, 0),
    friend("wxid_oddempty8f", "", "nobody knows", 0),
    friend("wxid_odddir9g0h", "\u{202e}txet\u{202c}", "", 0),
    friend("wxid_oddctrl1i2", "\u{1b}[31mred\u{1b}[0m", "", 0),
    friend(
        "wxid_oddent3j4k",
        "&lt;b&gt; &amp;amp; \u{1f450}\u{1f450}",
        "",
        0,
    ),
    friend("wxid_oddflag5l6", "\u{1f1e8}\u{1f1f3} 6\u{20e3}", "", 0),
    // Only the number of the picture tells these two apart.
    friend("wxid_oddmax7m8n", "Max", "", 1),
    friend("wxid_oddmax9o0p", "Max", "", 1),
];

/// Size of the largest room; the service allows 500.
const CROWD: usize = 480;

/// Id, topic, size, whether the user owns it, whether it is in the address book, and whether it is
/// among the conversations of the start.
static ROOMS: &[(&str, &str, usize, bool, bool, bool)] = &[
    (
        "60006000@chatroom",
        "五百人大群\u{1f389}",
        CROWD,
        false,
        true,
        false,
    ),
    // From 40 on, people are invited and not added.
    ("61006100@chatroom", "三十九人", 39, true, true, false),
    ("62006200@chatroom", "四十人", 40, true, true, false),
    ("63006300@chatroom", "", 12, false, false, true),
    ("64006400@chatroom", "", 2, false, true, true),
];

pub(in crate::server) fn extend(
    people: &mut Vec<Person>,
    rooms: &mut Vec<Room>,
    draw: &mut Stream,
) {
    for role in ROLES {
        people.push(Person {
            plain: role.plain.to_owned(),
            nick: role.nick.to_owned(),
            remark: role.remark.to_owned(),
            sex: role.sex,
            contact_flag: role.contact_flag,
            verify_flag: role.verify_flag,
            head_seq: draw.number(800_000_000),
            fixed: role.fixed,
            ..Person::blank()
        });
    }
    let first = people.len();
    for at in 0..CROWD {
        people.push(Person {
            plain: format!("wxid_crowd{at:04}"),
            nick: format!("群友\u{1f338}{at}"),
            attr_status: draw.number(3_000_000_000),
            ..Person::blank()
        });
    }
    for (plain, topic, size, own, saved, recent) in ROOMS {
        let crowd = (first..people.len()).take(size.saturating_sub(1));
        let mut members: Vec<Member> = crowd
            .map(|person| Member {
                person,
                card: if person % 7 == 0 {
                    format!("<名片> {person}")
                } else {
                    String::new()
                },
            })
            .collect();
        members.insert(if *own { 0 } else { members.len() }, Member::plain(ME));
        rooms.push(Room {
            plain: (*plain).to_owned(),
            topic: (*topic).to_owned(),
            members,
            saved: *saved,
            recent: *recent,
            listed: *recent,
            owner_uin: 0,
            // 0 stands in many addresses of pictures.
            head_seq: 0,
            muted: false,
            pinned: false,
        });
    }
}

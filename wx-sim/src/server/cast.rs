//! Who is in the address book of a simulated account.
//!
//! The people are the same for every account; ids and profile numbers differ. They are chosen for
//! what clients stumble over: names with emoji of both kinds, with markup, with quotes, without a
//! remark, official accounts with and without an id of their own, rooms without a name.

pub(super) mod odd;

/// One line of the address book.
pub(super) struct CastPerson {
    /// The id that never changes, where the service has one: `wxid_…`, `gh_…`, `weixin`.
    pub(super) plain: &'static str,
    pub(super) nick: &'static str,
    pub(super) remark: &'static str,
    pub(super) sex: u32,
    pub(super) contact_flag: u32,
    pub(super) verify_flag: u32,
    /// Shown under `plain` itself instead of a name of the session.
    pub(super) fixed: bool,
}

const fn role(
    plain: &'static str,
    nick: &'static str,
    remark: &'static str,
    sex: u32,
    contact_flag: u32,
    verify_flag: u32,
) -> CastPerson {
    CastPerson {
        plain,
        nick,
        remark,
        sex,
        contact_flag,
        verify_flag,
        fixed: false,
    }
}

const fn friend(
    plain: &'static str,
    nick: &'static str,
    remark: &'static str,
    sex: u32,
) -> CastPerson {
    role(plain, nick, remark, sex, 3, 0)
}

const fn special(
    plain: &'static str,
    nick: &'static str,
    flag: u32,
    verify_flag: u32,
) -> CastPerson {
    CastPerson {
        fixed: true,
        ..role(plain, nick, "", 0, flag, verify_flag)
    }
}

/// Everybody but oneself. The first three are in every account of the real service.
pub(super) static ROLES: &[CastPerson] = &[
    special("filehelper", "文件传输助手", 5, 0),
    special("weixin", "微信团队", 1, 56),
    special("fmessage", "朋友推荐消息", 1, 0),
    friend("wxid_anna7c20x1", "Anna", "安娜", 2),
    friend("wxid_boris9d4k2", "Boris", "", 1),
    friend("wxid_chen5h3m8q", "晨光\u{1f33b}", "", 2),
    friend("wxid_dora2v7n1z", "Dora & Co <store>", "", 2),
    friend("wxid_emil8b6w3r", "Emil \"E\" O'Dell", "", 1),
    friend("wxid_feng4t9y5u", "风\u{1f450}", "小风", 1),
    friend("wxid_gina1p2s6d", "Gina\u{1f355}\u{1f37a}", "", 2),
    role("wxid_hugo3f8g7h", "Hugo", "雨果 \u{1f4da}", 1, 259, 0),
    role("wxid_iris6j5k4l", "Iris", "", 2, 67, 0),
    role("wxid_jiang0z9x8c", "江边的猫", "", 0, 2051, 0),
    role("wxid_kira7v6b5n", "Kira", "老板", 2, 34819, 0),
    role("wxid_lars4m3q2w", "Lars", "", 1, 65539, 0),
    friend("wxid_mia1e2r3t4", "米娅\u{1f602}", "", 2),
    friend("wxid_nils5y6u7i", "Nils", "Nils (work)", 1),
    friend("wxid_olga8o9p0a", "Olga", "", 2),
    friend("wxid_ping1s2d3f", "平平", "", 2),
    friend("wxid_quin4g5h6j", "Quin", "", 1),
    friend("wxid_rosa7k8l9z", "Rosa", "罗莎\u{1f339}", 2),
    friend("wxid_sven0x9c8v", "Sven", "", 1),
    friend("wxid_tara7b6n5m", "&amp; Tara", "", 2),
    friend("wxid_ulla4q3w2e", "Ulla", "", 2),
    friend("wxid_vera1r2t3y", "Vera", "", 2),
    friend("wxid_wang4u5i6o", "王子与海", "", 1),
    friend("wxid_xena7p8a9s", "Xena", "", 2),
    friend("wxid_yuki0d9f8g", "Yuki\u{1f338}", "", 2),
    friend("wxid_zoe7h6j5k4", "Zoe", "", 2),
    friend("wxid_anna1l2z3x", "Anna", "", 2),
    role("gh_a1b2c3d4e5f6", "山间早报", "", 0, 3, 8),
    role("gh_0f9e8d7c6b5a", "城市公交", "", 0, 3, 24),
    CastPerson {
        fixed: true,
        ..role("gh_5566aabbccdd", "旧书摊", "", 0, 3, 24)
    },
    // Known from rooms only.
    role("wxid_stra1c4v5b", "路人甲\u{1f604}", "", 1, 0, 0),
    role("wxid_strb6n7m8q", "Passer-by", "", 2, 0, 0),
    role("wxid_strc9w0e1r", "\u{1f356}烤肉", "", 0, 0, 0),
    role("wxid_strd2t3y4u", "读书人", "", 2, 0, 0),
];

/// The first of them, up to the second friend.
pub(super) static FEW_ROLES: &[CastPerson] = ROLES.split_at(5).0;

/// The ids some of them chose for themselves. Most contacts of the real service show none.
pub(super) static ALIASES: &[(&str, &str)] = &[
    ("wxid_anna7c20x1", "anna-and-co"),
    ("wxid_boris9d4k2", "boris_1984"),
    ("wxid_anna1l2z3x", "anna_the_other"),
    ("gh_a1b2c3d4e5f6", "shanjianzaobao"),
];

/// One room.
pub(super) struct CastRoom {
    pub(super) plain: &'static str,
    pub(super) topic: &'static str,
    /// Members by plain id, each with the name it wears in the room. Oneself is `""` and always
    /// the last to stand here, because the service lists the owner first and others as they came.
    pub(super) members: &'static [(&'static str, &'static str)],
    /// In the address book: `webwxgetcontact` lists it.
    pub(super) saved: bool,
    /// Among the conversations `webwxinit` names.
    pub(super) recent: bool,
    /// Among the contacts `webwxinit` lists, there with nameless members.
    pub(super) listed: bool,
    /// The owner shows an `OwnerUin`; elsewhere it is 0 even for an owned room.
    pub(super) shows_owner: bool,
}

/// The room that has both friends in it.
pub(super) static FEW_ROOMS: &[CastRoom] = ROOMS.split_at(1).0;

/// The rooms. The last one is named by no reply of the start; only the phone's list of
/// conversations, which arrives later, has it.
pub(super) static ROOMS: &[CastRoom] = &[
    CastRoom {
        plain: "10241024@chatroom",
        topic: "周末徒步\u{1f37a}",
        members: &[
            ("wxid_boris9d4k2", "领队"),
            ("wxid_anna7c20x1", ""),
            ("wxid_stra1c4v5b", ""),
            ("", ""),
        ],
        saved: true,
        recent: true,
        listed: true,
        shows_owner: true,
    },
    CastRoom {
        plain: "20482048@chatroom",
        topic: "Rust 读书会 \u{1f355}",
        members: &[
            ("wxid_strd2t3y4u", "主持 <今天>"),
            ("wxid_strb6n7m8q", ""),
            ("wxid_chen5h3m8q", "晨光"),
            ("wxid_strc9w0e1r", ""),
            ("", ""),
        ],
        saved: false,
        recent: true,
        listed: false,
        shows_owner: false,
    },
    CastRoom {
        plain: "30723072@chatroom",
        topic: "",
        members: &[("wxid_mia1e2r3t4", ""), ("wxid_stra1c4v5b", ""), ("", "")],
        saved: false,
        recent: true,
        listed: true,
        shows_owner: false,
    },
    CastRoom {
        plain: "40964096@chatroom",
        topic: "内部 <讨论> & 其他",
        members: &[
            ("", "机器人助手"),
            ("wxid_kira7v6b5n", ""),
            ("wxid_lars4m3q2w", ""),
        ],
        saved: true,
        recent: false,
        listed: false,
        shows_owner: true,
    },
    CastRoom {
        plain: "51205120@chatroom",
        topic: "老同学",
        members: &[
            ("wxid_olga8o9p0a", ""),
            ("wxid_strb6n7m8q", "班长"),
            ("", ""),
        ],
        saved: false,
        recent: false,
        listed: false,
        shows_owner: false,
    },
];

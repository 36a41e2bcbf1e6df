//! What a user name belongs to.

/// The kinds of accounts, as far as a single record tells them apart. Whether a person is a friend
/// is another question: bit 1 of the contact flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ContactKind {
    /// Somebody: a friend, a member of a room, or a stranger who was recommended.
    Person,
    /// A group chat.
    Room,
    /// An official account: a paper, a shop, a service.
    Official,
    /// A built-in account such as `filehelper`, or an account of another network.
    Special,
}

impl ContactKind {
    /// Classifies a user name. `verify_flag` is 0 where it is not known, which makes an official
    /// account look like a person.
    ///
    /// The order matters. Special accounts carry the official bit too, and an official account may
    /// stand under its plain `gh_…` name, which looks like a special one.
    pub fn of(user_name: &str, verify_flag: i64) -> Self {
        if crate::id::is_room(user_name) {
            Self::Room
        } else if is_listed(user_name) {
            Self::Special
        } else if verify_flag & OFFICIAL != 0 {
            Self::Official
        } else if !user_name.starts_with('@') || user_name.ends_with("@qqim") {
            Self::Special
        } else {
            Self::Person
        }
    }
}

/// The bit of the verify flag that all official accounts have; 8, 24, 56 and 136 occur.
const OFFICIAL: i64 = 8;

fn is_listed(user_name: &str) -> bool {
    SPECIAL.binary_search(&user_name).is_ok()
        || ["@lbsroom", "@talkroom"]
            .iter()
            .any(|suffix| user_name.ends_with(suffix))
}

/// The accounts the official page treats apart; sorted.
const SPECIAL: [&str; 31] = [
    "blogapp",
    "blogappweixin",
    "brandsessionholder",
    "facebookapp",
    "feedsapp",
    "filehelper",
    "floatbottle",
    "fmessage",
    "gh_22b87fa7cb3c",
    "lbsapp",
    "masssendapp",
    "medianote",
    "meishiapp",
    "newsapp",
    "notification_messages",
    "notifymessage",
    "officialaccounts",
    "qmessage",
    "qqfriend",
    "qqmail",
    "qqsync",
    "readerapp",
    "shakeapp",
    "tmessage",
    "userexperience_alarm",
    "voip",
    "weibo",
    "weixin",
    "weixinreminder",
    "wxid_novlwrv3lqwv11",
    "wxitil",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classifies() {
        for (user_name, verify_flag, kind) in [
            ("@0a1b2c3d4e5f60718293a4b5c6d7e8f9", 0, ContactKind::Person),
            (
                "@0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                24,
                ContactKind::Official,
            ),
            (
                "@0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                136,
                ContactKind::Official,
            ),
            ("@0a1b2c3d4e5f60718293a4b5c6d7e8f9", 16, ContactKind::Person),
            ("@@0a1b2c3d4e5f60718293a4b5c6d7e8f9", 8, ContactKind::Room),
            ("1234567@chatroom", 0, ContactKind::Room),
            ("gh_0123456789ab", 8, ContactKind::Official),
            ("gh_22b87fa7cb3c", 8, ContactKind::Special),
            ("filehelper", 0, ContactKind::Special),
            ("weixin", 56, ContactKind::Special),
            ("somebody", 0, ContactKind::Special),
            ("10001@qqim", 0, ContactKind::Special),
            ("@0a1b@talkroom", 0, ContactKind::Special),
            ("", 0, ContactKind::Special),
        ] {
            assert_eq!(ContactKind::of(user_name, verify_flag), kind, "{user_name}");
        }
    }

    #[test]
    fn every_listed_name_is_found() {
        for name in SPECIAL {
            assert!(is_listed(name), "{name} is out of order");
        }
    }
}

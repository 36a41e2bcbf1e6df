//! The selectors of `synccheck`.

use crate::language::{Language, Words};

/// The number with which `synccheck` says that there is news, see
/// [`endpoint::synccheck`](crate::endpoint::synccheck).
///
/// Any but 0 is a reason to sync, or the next check returns at once, for ever. What they are said
/// to mean is good for a log alone: sources disagree, and 3 and 6 have no good explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector(pub i32);

impl Selector {
    /// Nothing new.
    pub const NOTHING: Self = Self(0);

    /// All numbers that somebody has seen or listed, upwards.
    pub fn named() -> impl Iterator<Item = Self> {
        (0..=7).map(Self)
    }

    /// Whether a sync would bring something, or has to be made all the same.
    pub const fn has_news(self) -> bool {
        self.0 != 0
    }

    /// What the number is said to mean.
    pub fn meaning(self, language: Language) -> &'static str {
        let words = match self.0 {
            0 => Words::new("nothing new", "没有新内容"),
            2 => Words::new("a message", "有新消息"),
            3 => Words::new(
                "unexplained; comes for ever if the wrong key is sent",
                "含义不明；若发送了错误的同步键则会不断出现",
            ),
            4 => Words::new("a contact or a room changed", "联系人或群聊有变更"),
            6 => Words::new(
                "a contact came or went, or a friend request; sources disagree",
                "联系人增减或好友请求；各资料说法不一",
            ),
            7 => Words::new(
                "something happened on the phone, such as a chat that was opened",
                "手机上有操作，例如打开了聊天",
            ),
            1 | 5 => Words::new("unexplained", "含义不明"),
            _ => Words::new("a number that is in no list", "没有任何资料列出的代码"),
        };
        words.say(language)
    }
}

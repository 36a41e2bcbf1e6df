//! What the core does about a refusal.

use crate::language::{Language, Words};

/// What the core does by itself when the service refuses a call of an open session.
///
/// It is what happens to one call. The loop that asks for news never stops over any of them: it
/// waits, asks for the state of the session, and goes on or ends with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reaction {
    /// Nothing: it is no refusal.
    None,
    /// The same is asked again after 1, 3 and 9 s, then it fails. What would happen twice is never
    /// asked again.
    Retry,
    /// All calls of the kind stop, for one minute first, for up to half an hour later. What would
    /// have to wait for longer than [`Pace::wait`](crate::Pace::wait) fails.
    SlowDown,
    /// The keys stay as they are, and the next poll is 2 s later, then up to 30 s. From a call that
    /// does not poll it is [`GiveUp`](Self::GiveUp).
    Wait,
    /// One `webwxinit` tells whether the session lives, and renews its key. If it does, the call is
    /// made again, once or twice; if not, the session ends.
    CheckSession,
    /// The reply counts as done if it has in it what was asked for, else as
    /// [`GiveUp`](Self::GiveUp).
    LookInside,
    /// The call fails at once.
    GiveUp,
}

impl Reaction {
    /// All of them, in the order of the enum.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Retry,
        Self::SlowDown,
        Self::Wait,
        Self::CheckSession,
        Self::LookInside,
        Self::GiveUp,
    ];

    /// The same in a sentence.
    pub fn describe(self, language: Language) -> &'static str {
        let words = match self {
            Self::None => Words::new("nothing", "不处理"),
            Self::Retry => Words::new(
                "asks again after 1, 3 and 9 s if that cannot do harm",
                "若重复无害，则在 1、3、9 秒后重试",
            ),
            Self::SlowDown => Words::new(
                "stops calls of this kind for a minute, later for up to half an hour",
                "暂停此类调用一分钟，之后最长半小时",
            ),
            Self::Wait => Words::new(
                "keeps its keys and polls more slowly, every 2 to 30 s",
                "保留同步键，放慢轮询，间隔 2 至 30 秒",
            ),
            Self::CheckSession => Words::new(
                "asks once whether the session lives, then calls again or ends",
                "查询一次会话是否有效，然后重新调用或结束",
            ),
            Self::LookInside => Words::new(
                "takes what the reply holds, if it holds what was asked for",
                "若回复中有所求内容则采用",
            ),
            Self::GiveUp => Words::new("gives the call up", "放弃该调用"),
        };
        words.say(language)
    }
}

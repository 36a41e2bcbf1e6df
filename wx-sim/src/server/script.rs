//! What friends say by themselves.

use std::time::Duration;

use super::deed::Act;

/// Deeds with the delays after which they happen. A script starts anew with each `webwxinit`, as
/// soon as the client is ready: at its `webwxstatusnotify` or its first poll, whichever comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    steps: Vec<(Duration, Act)>,
}

impl Script {
    /// Nobody says anything.
    #[must_use]
    pub const fn none() -> Self {
        Self { steps: Vec::new() }
    }

    /// Six texts within three seconds: two friends, one of them with emoji and one over several
    /// lines; two rooms with different people, one of them a room that no list of contacts names;
    /// a mention; and one with markup characters and a terminal escape sequence.
    #[must_use]
    pub fn demo() -> Self {
        let text = |from: &str, text: &str| Act::Text {
            from: from.to_owned(),
            text: text.to_owned(),
        };
        let room = |room: &str, from: &str, text: &str, mention| Act::RoomText {
            room: room.to_owned(),
            from: from.to_owned(),
            text: text.to_owned(),
            mention,
        };
        Self::none()
            .then(
                400,
                text("wxid_anna7c20x1", "你好\u{1f604}\u{1f355} 在吗? [微笑]"),
            )
            .then(
                500,
                text(
                    "wxid_boris9d4k2",
                    "three lines:\n  1. 6 < 7\n\n  3. the end",
                ),
            )
            .then(
                500,
                room(
                    "10241024@chatroom",
                    "wxid_boris9d4k2",
                    "七点\u{1f37a}集合",
                    false,
                ),
            )
            .then(
                500,
                room(
                    "20482048@chatroom",
                    "wxid_strd2t3y4u",
                    "今天读第三章",
                    false,
                ),
            )
            .then(
                500,
                room(
                    "10241024@chatroom",
                    "wxid_stra1c4v5b",
                    "明天几点? 6\u{20e3}",
                    true,
                ),
            )
            .then(
                500,
                text(
                    "wxid_dora2v7n1z",
                    "<b>&amp; \"quoted\" 'single' \\ / \u{1b}[31mred\u{1b}[0m",
                ),
            )
    }

    /// Adds a deed `millis` after the one before.
    #[must_use]
    pub fn then(mut self, millis: u64, act: Act) -> Self {
        let before = self.steps.last().map_or(Duration::ZERO, |(at, _)| *at);
        self.steps
            .push((before.saturating_add(Duration::from_millis(millis)), act));
        self
    }

    /// The deeds, each with its delay from the start.
    #[must_use]
    pub fn steps(&self) -> &[(Duration, Act)] {
        &self.steps
    }
}

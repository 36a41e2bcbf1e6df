//! How often something may be done.

use std::time::Duration;

/// So many calls in any window of that length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Texts, or calls of another class, accepted in a window.
    pub texts: u32,
    /// Length of the window.
    pub window: Duration,
}

/// Calls that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Class {
    /// Texts, cards and locations.
    Text,
    /// Pictures, videos, stickers, files.
    Media,
    /// Chunks of uploads. Those beyond the rate are answered with a media id of something else.
    Upload,
    /// Messages taken back.
    Recall,
    /// `webwxbatchgetcontact`. Few of them in a short window refuse the burst after a login.
    Lookup,
    /// `webwxoplog`
    Remark,
    /// `webwxverifyuser`
    Friend,
    /// `webwxcreatechatroom`
    NewRoom,
    /// `webwxupdatechatroom`
    Room,
}

impl Rate {
    /// What one rate means for all classes: media are stopped sooner than texts. The chunks of their
    /// uploads are not stopped, nor are calls that say nothing.
    pub(super) fn of(self, class: Class) -> Self {
        let texts = match class {
            Class::Text | Class::Recall => self.texts,
            Class::Media => self.texts.div_ceil(2),
            Class::Upload
            | Class::Lookup
            | Class::Remark
            | Class::Friend
            | Class::NewRoom
            | Class::Room => u32::MAX,
        };
        Self { texts, ..self }
    }
}

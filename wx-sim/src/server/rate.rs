//! How often is too often.

use std::collections::VecDeque;
use std::time::Duration;

use super::call::Fail;
use super::setup::Rate;
use super::{Server, SessionId};

/// What the service counts apart, beside texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Class {
    /// `webwxbatchgetcontact`
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

impl Server {
    /// Counts a call of a class; too many in the window are refused with 1205, and not counted.
    pub(super) fn pace_of(&mut self, id: SessionId, class: Class) -> Result<(), Fail> {
        let Some(rate) = self.setup.rates.get(&class).copied() else {
            return Ok(());
        };
        let Some(session) = self.sessions.get_mut(&id) else {
            return Ok(());
        };
        let window = session.paced.entry(class).or_default();
        if admit(window, rate, self.now) {
            Ok(())
        } else {
            Err(Fail::Code(1205))
        }
    }
}

/// Whether one more fits into the window that ends now; if so it is counted.
pub(super) fn admit(window: &mut VecDeque<Duration>, rate: Rate, now: Duration) -> bool {
    while window
        .front()
        .is_some_and(|first| first.saturating_add(rate.window) <= now)
    {
        window.pop_front();
    }
    let fits = (window.len() as u64) < u64::from(rate.texts);
    if fits {
        window.push_back(now);
    }
    fits
}

//! Which of the family's two hosts for polls knows the session.

use std::time::Duration;

use crate::{
    cx::Cx,
    endpoint::Endpoint,
    event::{EventKind, Trouble, TroubleCause},
    hosts::Hosts,
    ret::Ret,
};

/// Whether the host that the poll goes to is known to be the right one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PollHost {
    /// No poll was answered yet.
    Untried,
    /// The first one was refused with this code; the family's other host is being asked.
    Other(Ret),
    /// It answered, or there is no other. From now on a refusal is one.
    Settled,
}

impl PollHost {
    /// Whether the family's other host is being asked.
    pub(super) fn is_other(self) -> bool {
        matches!(self, Self::Other(_))
    }

    /// A poll was told that the session is over. `true`: the other host is to be asked.
    ///
    /// A host that does not know the session says what one says that knows it to be over, so the
    /// very first poll of a session proves nothing: the family has one other host that may know
    /// better. No host beyond it is ever asked, because the poll carries the credentials. A host
    /// that held the poll for a while did know the session.
    pub(super) fn turn(&mut self, cx: &mut Cx, code: Ret, was_held: bool) -> bool {
        let family = cx.session.family;
        // One place that stands in for all hosts has no other.
        let has_other = family.push != family.main && cx.config.hosts == Hosts::Real;
        if *self == Self::Settled || !has_other || was_held {
            *self = Self::Settled;
            return false;
        }
        cx.emit(EventKind::Trouble(Trouble {
            endpoint: Endpoint::SyncCheck,
            attempt: 1,
            next_try: Duration::ZERO,
            cause: TroubleCause::FirstPoll(code),
            detail: String::new(),
        }));
        *self = Self::Other(code);
        cx.session.polls_main = !cx.session.polls_main;
        true
    }

    /// The other host could not be asked, and the code of the first counts. If the session turns out to
    /// live, nothing is known of either host.
    pub(super) fn turn_back(&mut self, cx: &mut Cx) {
        *self = Self::Untried;
        cx.session.polls_main = !cx.session.polls_main;
    }
}

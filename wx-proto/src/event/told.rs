//! What of an event an operator may see: of what a person says, or is called, only that it was told.
//!
//! Empty without the feature `tracing`. See [`trace`](crate::trace) for everything else that is told.

#![cfg(feature = "tracing")]

use std::time::Duration;

use tracing::{debug, info, trace};

use crate::{
    event::{EventKind, Trouble, TroubleCause},
    id::EventId,
};

pub(super) fn tell(id: EventId, kind: &EventKind) {
    match kind {
        EventKind::Ended(ended) => info!(
            target: "wx_proto::session",
            cause = %ended.cause,
            recoverable = ended.recoverable,
            "ended"
        ),
        EventKind::SnapshotStale => debug!(target: "wx_proto::session", "snapshot stale"),
        EventKind::Paced(paced) => info!(
            target: "wx_proto::trouble",
            class = %paced.class,
            ret = %paced.ret,
            pause_ms = millis(paced.pause),
            waiting = paced.waiting,
            "paced"
        ),
        EventKind::Gap(gap) => info!(
            target: "wx_proto::trouble",
            error = %gap.error,
            times = gap.times,
            "gap"
        ),
        EventKind::Trouble(trouble) => debug!(
            target: "wx_proto::trouble",
            endpoint = trouble.endpoint.name(),
            attempt = trouble.attempt,
            next_try_ms = millis(trouble.next_try),
            cause = %trouble.cause,
            detail = detail(trouble),
            "trouble"
        ),
        kind => trace!(target: "wx_proto::event", id = id.ordinal(), kind = name(kind), "told"),
    }
}

/// What opening a connection failed at. After that a request is on its way, and a library that fails
/// may have it in its words.
fn detail(trouble: &Trouble) -> Option<&str> {
    let is_before = matches!(&trouble.cause, TroubleCause::Transport(kind) if kind.nothing_sent());
    (is_before && !trouble.detail.is_empty()).then_some(&trouble.detail)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Qr(_) => "qr",
        EventKind::PushSent => "push sent",
        EventKind::Scanned(_) => "scanned",
        EventKind::Confirmed => "confirmed",
        EventKind::Declined => "declined",
        EventKind::Online(_) => "online",
        EventKind::Roster(_) => "roster",
        EventKind::Message(_) => "message",
        EventKind::Recalled(_) => "recalled",
        EventKind::ChatSeen(_) => "chat seen",
        EventKind::ContactRequest(_) => "contact request",
        EventKind::Trouble(_) => "trouble",
        EventKind::Paced(_) => "paced",
        EventKind::Gap(_) => "gap",
        EventKind::SnapshotStale => "snapshot stale",
        EventKind::Ended(_) => "ended",
    }
}

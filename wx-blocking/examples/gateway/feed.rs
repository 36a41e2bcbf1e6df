//! What happened lately, for programs that ask again and again.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use wx_blocking::wx_proto::EventKind;
use wx_sim::demo;

/// So many events are kept for whoever was away, of so many bytes of JSON together.
const KEPT: usize = 1000;
const BYTES: usize = 4 << 20;

/// So many come with one reply.
const AT_ONCE: usize = 100;

#[derive(Default)]
pub(crate) struct Feed {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Default)]
struct State {
    /// With their lengths.
    kept: VecDeque<(usize, Value)>,
    bytes: usize,
    /// The number of the latest; they count up from 1 without gaps.
    last: u64,
    over: bool,
}

impl Feed {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, kind: &EventKind) {
        let event = match kind {
            EventKind::Online(me) => Some(json!({ "event": "online", "name": me.nick_name })),
            kind => demo::describe(kind),
        };
        let Some(mut event) = event else { return };
        let mut state = self.state();
        state.last += 1;
        if let Some(members) = event.as_object_mut() {
            members.insert("id".into(), state.last.into());
        }
        let len = event.to_string().len();
        state.bytes += len;
        state.kept.push_back((len, event));
        while state.kept.len() > KEPT || state.bytes > BYTES {
            let gone = state.kept.pop_front();
            state.bytes -= gone.map_or(0, |(len, _)| len);
        }
        self.news.notify_all();
    }

    /// There will be no more.
    pub(crate) fn end(&self) {
        self.state().over = true;
        self.news.notify_all();
    }

    /// What came after the event with this number, once there is something or the time is over.
    /// `None`: there is no such event yet.
    pub(crate) fn after(&self, after: u64, time: Duration) -> Option<Value> {
        let state = self.state();
        if after > state.last {
            return None;
        }
        let is_quiet = |state: &mut State| state.last == after && !state.over;
        let waited = self.news.wait_timeout_while(state, time, is_quiet);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        // All that was counted and is not kept was dropped.
        let dropped = state.last - state.kept.len() as u64;
        let skipped = after.saturating_sub(dropped) as usize;
        let events = state.kept.iter().skip(skipped).take(AT_ONCE);
        let events: Vec<_> = events.map(|(_, event)| event).collect();
        let next = after.max(dropped) + events.len() as u64;
        Some(json!({
            "events": events,
            "next": next,
            "dropped": dropped.saturating_sub(after),
            "over": state.over && next == state.last,
        }))
    }
}

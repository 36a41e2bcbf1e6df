//! What is told of a run, in whatever form.

use std::{collections::BTreeMap, time::Duration};

use wx_proto::{EventKind, Message, Profile, Receipt};

/// One form of telling what happens.
pub(super) trait Report {
    /// The session is open, and so many contacts are known.
    fn online(&mut self, me: &Profile, contacts: usize);

    /// Anything else happened.
    fn event(&mut self, kind: &EventKind);

    /// A text was said back, and the service took it.
    fn sent(&mut self, to: &Message, text: &str, receipt: &Receipt);

    /// The end.
    fn summary(&mut self, summary: &Summary);
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// The session was open at some time.
    pub(super) online: bool,
    /// Messages of others, by kind.
    pub(super) received: BTreeMap<&'static str, u64>,
    /// Texts said back that the service took.
    pub(super) echoed: u64,
    /// Texts said back that it did not take.
    pub(super) failed: u64,
    /// Requests that were not as they should be; `None` where nobody tells.
    pub(super) malformed: Option<u64>,
    pub(super) requests: u64,
    pub(super) retries: u64,
    pub(super) time: Duration,
}

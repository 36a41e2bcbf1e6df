//! Requests that were given out and not answered.

use std::collections::BTreeMap;

use crate::id::RequestId;

/// The table of requests in flight, each with what it is for. Ids count up and are never reused.
#[derive(Debug)]
pub(crate) struct Flights<P> {
    last: u64,
    open: BTreeMap<RequestId, Flight<P>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Flight<P> {
    pub(crate) purpose: P,
    pub(crate) host: &'static str,
}

impl<P: Copy + PartialEq> Flights<P> {
    pub(crate) fn new() -> Self {
        Self {
            last: 0,
            open: BTreeMap::new(),
        }
    }

    pub(crate) fn open(&mut self, flight: Flight<P>) -> RequestId {
        self.last += 1;
        let id = RequestId::new(self.last);
        self.open.insert(id, flight);
        id
    }

    /// The ordinal that the next request will get.
    pub(crate) fn next_ordinal(&self) -> u64 {
        self.last + 1
    }

    /// `None` for ids that were answered, aborted or never given out.
    pub(crate) fn close(&mut self, id: RequestId) -> Option<Flight<P>> {
        self.open.remove(&id)
    }

    pub(crate) fn find(&self, purpose: P) -> Option<RequestId> {
        self.open
            .iter()
            .find(|(_, flight)| flight.purpose == purpose)
            .map(|(id, _)| *id)
    }

    pub(crate) fn ids(&self, which: impl Fn(P) -> bool) -> impl Iterator<Item = RequestId> {
        let chosen =
            move |(id, flight): (&RequestId, &Flight<P>)| which(flight.purpose).then_some(*id);
        self.open.iter().filter_map(chosen)
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

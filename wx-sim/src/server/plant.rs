//! Replies a test puts into the service's mouth.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Response;

use super::call::Call;
use super::{ExchangeId, Server};

impl Server {
    /// The next `times` requests to `endpoint` get exactly this reply, and the service does not
    /// know of them. The endpoint is named by the last part of its path (`webwxsync`) or by its
    /// number (`E15`); what was planted first is used up first.
    pub fn plant(&mut self, endpoint: &str, times: u32, reply: Response<Bytes>) {
        self.plants.add(endpoint, times, reply, false);
    }

    /// The next `times` requests to `endpoint` are carried out, and get this reply instead of the
    /// true one: a reply that was lost or garbled after its effect.
    pub fn plant_after(&mut self, endpoint: &str, times: u32, reply: Response<Bytes>) {
        self.plants.add(endpoint, times, reply, true);
    }

    /// Forgets what was planted and not used; those replies, and how many times each.
    pub fn unplant(&mut self) -> Vec<(Response<Bytes>, u32)> {
        let unused = std::mem::take(&mut self.plants.waiting).into_iter();
        unused.map(|plant| (plant.reply, plant.times)).collect()
    }

    /// How many planted replies were not used yet.
    #[must_use]
    pub fn planted(&self) -> u32 {
        self.plants.waiting.iter().map(|plant| plant.times).sum()
    }
}

#[derive(Default)]
pub(super) struct Plants {
    waiting: Vec<Plant>,
    swaps: BTreeMap<ExchangeId, Response<Bytes>>,
}

struct Plant {
    endpoint: String,
    times: u32,
    reply: Response<Bytes>,
    after: bool,
}

impl Plants {
    fn add(&mut self, endpoint: &str, times: u32, reply: Response<Bytes>, after: bool) {
        if times > 0 {
            self.waiting.push(Plant {
                endpoint: endpoint.to_owned(),
                times,
                reply,
                after,
            });
        }
    }

    /// The reply planted in place of this call, if that is the next one for it.
    pub(super) fn instead(&mut self, call: &Call) -> Option<Response<Bytes>> {
        self.take(call, false)
    }

    /// Whether the call's reply is to be swapped after it was carried out.
    pub(super) fn afterwards(&mut self, call: &Call) -> bool {
        match self.take(call, true) {
            Some(reply) => {
                self.swaps.insert(call.id, reply);
                true
            }
            None => false,
        }
    }

    pub(super) fn swap(&mut self, id: ExchangeId) -> Option<Response<Bytes>> {
        self.swaps.remove(&id)
    }

    pub(super) fn forget(&mut self, id: ExchangeId) {
        self.swaps.remove(&id);
    }

    fn take(&mut self, call: &Call, after: bool) -> Option<Response<Bytes>> {
        let last = call.path.rsplit('/').next().unwrap_or_default();
        let named = |plant: &Plant| {
            plant.endpoint == last
                || plant.endpoint == call.endpoint.id()
                || plant.endpoint == call.endpoint.name()
        };
        let at = self.waiting.iter().position(named)?;
        let plant = self
            .waiting
            .get_mut(at)
            .filter(|plant| plant.after == after)?;
        plant.times = plant.times.saturating_sub(1);
        let reply = plant.reply.clone();
        if plant.times == 0 {
            self.waiting.remove(at);
        }
        Some(reply)
    }
}

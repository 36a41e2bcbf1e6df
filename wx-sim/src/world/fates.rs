//! What becomes of the exchanges of a world.

use bytes::Bytes;
use http::Request;

use super::World;
use crate::{
    net::{Fate, Weather},
    server::ExchangeId,
};

/// An exchange that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Doomed {
    /// Its number, from 1, over all clients of a world.
    pub exchange: u64,
    /// The last part of its path.
    pub endpoint: String,
    /// What became of it.
    pub fate: Fate,
}

impl World {
    /// The network, from now on.
    pub fn set_weather(&mut self, weather: Weather) {
        self.net.weather = weather;
    }

    /// From now on these exchanges, counted from 1 over all clients, have these fates, and all others
    /// arrive: what [`fates`](Self::fates) told of another world happens again.
    pub fn follow(&mut self, fates: &[Doomed]) {
        let script = fates.iter().map(|doomed| (doomed.exchange, doomed.fate));
        self.net.follow(script.collect());
    }

    /// How many exchanges there were, of all clients.
    #[must_use]
    pub fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// The exchanges that did not simply arrive, in their order.
    #[must_use]
    pub fn fates(&self) -> &[Doomed] {
        &self.fates
    }

    /// What becomes of the next `times` exchanges whose path ends in `endpoint`, whatever the
    /// weather. 0 takes back what was decided for it.
    pub fn doom(&mut self, endpoint: &str, times: u32, fate: Fate) {
        self.transit.doom(endpoint, times, fate);
    }

    /// Takes back all that was decided by [`doom`](Self::doom).
    pub fn pardon(&mut self) {
        self.transit.pardon();
    }

    /// A request leaves.
    pub(super) fn send(&mut self, exchange: ExchangeId, request: Request<Bytes>) {
        let path = request.uri().path();
        let endpoint = path.rsplit('/').next().unwrap_or_default().to_owned();
        let fate = self.transit.send(&self.net, self.now, exchange, request);
        if fate != Fate::Arrives {
            self.fates.push(Doomed {
                exchange: exchange.0,
                endpoint,
                fate,
            });
        }
    }
}

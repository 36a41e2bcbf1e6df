//! What is on its way between clients and the service.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use wx_proto::TransportErrorKind;

use crate::{
    net::{Fate, Net},
    server::ExchangeId,
};

pub(super) enum Parcel {
    Request(Request<Bytes>),
    Reply(Response<Bytes>),
    /// A reply that ends after so many thousandths of its body.
    Cut(Response<Bytes>, u32),
    Failure(TransportErrorKind),
}

pub(super) struct Transit {
    last: u64,
    /// By time of arrival; what arrives together in order of sending.
    parcels: BTreeMap<(Duration, u64), (ExchangeId, Parcel)>,
    /// What will become of the replies to the exchanges that the service is working on.
    fates: BTreeMap<ExchangeId, Fate>,
    /// What a test wants to become of the next exchanges with an endpoint.
    dooms: Vec<Doom>,
}

/// A request that came twice is another exchange for the service, whose reply nobody waits for.
const COPY: u64 = 1 << 63;

struct Doom {
    endpoint: String,
    times: u32,
    fate: Fate,
}

impl Transit {
    pub(super) fn new() -> Self {
        Self {
            last: 0,
            parcels: BTreeMap::new(),
            fates: BTreeMap::new(),
            dooms: Vec::new(),
        }
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.parcels.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn pop(&mut self, now: Duration) -> Option<(ExchangeId, Parcel)> {
        let entry = self
            .parcels
            .first_entry()
            .filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// A client sends a request.
    pub(super) fn send(
        &mut self,
        net: &Net,
        now: Duration,
        id: ExchangeId,
        request: Request<Bytes>,
    ) -> Fate {
        let fate = self
            .doomed(request.uri().path())
            .unwrap_or_else(|| net.fate(id.0));
        let at = now + net.way_there(id.0);
        match fate {
            Fate::Fails(kind) => self.post(at, id, Parcel::Failure(kind)),
            Fate::Unavailable => {
                let mut reply = Response::new(Bytes::new());
                *reply.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
                self.post(at, id, Parcel::Reply(reply));
            }
            _ => {
                self.fates.insert(id, fate);
                if fate == Fate::Doubled {
                    let copy = ExchangeId(id.0 + COPY);
                    self.post(
                        at + net.way_back(id.0),
                        copy,
                        Parcel::Request(request.clone()),
                    );
                }
                self.post(at, id, Parcel::Request(request));
            }
        }
        fate
    }

    /// `times` 0 takes back what was decided for this endpoint.
    pub(super) fn doom(&mut self, endpoint: &str, times: u32, fate: Fate) {
        if times == 0 {
            let named = format!("/{endpoint}");
            self.dooms.retain(|doom| doom.endpoint != named);
            return;
        }
        self.dooms.push(Doom {
            endpoint: format!("/{endpoint}"),
            times,
            fate,
        });
    }

    pub(super) fn pardon(&mut self) {
        self.dooms.clear();
    }

    fn doomed(&mut self, path: &str) -> Option<Fate> {
        let doom = self
            .dooms
            .iter_mut()
            .find(|d| d.times > 0 && path.ends_with(&d.endpoint))?;
        doom.times -= 1;
        Some(doom.fate)
    }

    /// The service answers. Whether the client will hear it all.
    pub(super) fn answer(
        &mut self,
        net: &Net,
        now: Duration,
        id: ExchangeId,
        reply: Response<Bytes>,
    ) -> bool {
        let Some(fate) = self.fates.remove(&id) else {
            return true;
        };
        let at = now + net.way_back(id.0);
        match fate {
            Fate::Unheard(kind) => self.post(at, id, Parcel::Failure(kind)),
            Fate::Truncated(keep) => self.post(at, id, Parcel::Cut(reply, keep)),
            Fate::Stalls => {}
            _ => self.post(at, id, Parcel::Reply(reply)),
        }
        matches!(fate, Fate::Arrives | Fate::Doubled)
    }

    /// The client hung up.
    pub(super) fn drop_exchange(&mut self, id: ExchangeId) {
        self.fates.remove(&id);
        // A request that is on its way still arrives: its bytes have left.
        self.parcels
            .retain(|_, (other, parcel)| *other != id || matches!(parcel, Parcel::Request(_)));
    }

    pub(super) fn post(&mut self, at: Duration, id: ExchangeId, parcel: Parcel) {
        self.last += 1;
        self.parcels.insert((at, self.last), (id, parcel));
    }
}

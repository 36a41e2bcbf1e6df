//! A network made of a seed: latency, and everything that goes wrong between a client and the
//! service, under virtual time.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use wx_proto::TransportErrorKind;

/// How the network behaves. All rates are per 1,000 exchanges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weather {
    /// One way, one exchange.
    pub latency: Range<Duration>,
    /// No connection: nothing is sent.
    pub unreachable: u32,
    /// The request is lost on its way; the connection resets.
    pub lost_before: u32,
    /// The service acts, but its reply is lost; the connection resets.
    pub lost_after: u32,
    /// The service acts, and its reply never arrives.
    pub stalled: u32,
    /// The reply ends in the middle.
    pub truncated: u32,
    /// What comes back is not HTTP.
    pub garbled: u32,
    /// Something answers 503 in place of the service.
    pub unavailable: u32,
    /// The request reaches the service twice: something on the way sent it again.
    pub doubled: u32,
}

impl Weather {
    /// Nothing goes wrong; every way takes 20 ms.
    pub const FAIR: Self = Self {
        latency: Duration::from_millis(20)..Duration::from_millis(21),
        unreachable: 0,
        lost_before: 0,
        lost_after: 0,
        stalled: 0,
        truncated: 0,
        garbled: 0,
        unavailable: 0,
        doubled: 0,
    };

    /// Every kind of fault, each at `rate` per 1,000.
    #[must_use]
    pub fn foul(rate: u32) -> Self {
        Self {
            latency: Duration::from_millis(5)..Duration::from_millis(900),
            unreachable: rate,
            lost_before: rate,
            lost_after: rate,
            stalled: rate,
            truncated: rate,
            garbled: rate,
            unavailable: rate,
            doubled: rate,
        }
    }
}

/// What becomes of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes through.
    Arrives,
    /// It fails before the service hears of it.
    Fails(TransportErrorKind),
    /// The service acts, and the client learns nothing.
    Unheard(TransportErrorKind),
    /// The service acts, and the client waits for ever.
    Stalls,
    /// The reply ends after so many thousandths of its body.
    Truncated(u32),
    /// Somebody else answers 503; the service hears nothing.
    Unavailable,
    /// The service gets the request twice. The client hears the first reply.
    Doubled,
}

/// The network: a fate and two latencies for each exchange. They follow from the seed and the number
/// of the exchange alone, so that a fault that is taken away moves no other.
#[derive(Clone, Debug)]
pub struct Net {
    /// How it behaves from now on.
    pub weather: Weather,
    seed: u64,
    script: Option<BTreeMap<u64, Fate>>,
}

impl Net {
    /// A network whose whole future follows from `seed`.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self {
            weather,
            seed,
            script: None,
        }
    }

    /// These exchanges have these fates, whatever the weather, and all others arrive.
    pub fn follow(&mut self, script: BTreeMap<u64, Fate>) {
        self.script = Some(script);
    }

    /// What becomes of the exchange with this number.
    #[must_use]
    pub fn fate(&self, exchange: u64) -> Fate {
        if let Some(script) = &self.script {
            return script.get(&exchange).copied().unwrap_or(Fate::Arrives);
        }
        let weather = &self.weather;
        let fates = [
            (
                weather.unreachable,
                Fate::Fails(TransportErrorKind::Connect),
            ),
            (weather.lost_before, Fate::Fails(TransportErrorKind::Reset)),
            (weather.lost_after, Fate::Unheard(TransportErrorKind::Reset)),
            (weather.stalled, Fate::Stalls),
            (weather.truncated, Fate::Truncated(0)),
            (weather.garbled, Fate::Unheard(TransportErrorKind::NotHttp)),
            (weather.unavailable, Fate::Unavailable),
            (weather.doubled, Fate::Doubled),
        ];
        let mut draw = self.draw(exchange, 0) % 1000;
        for (rate, fate) in fates {
            if draw < u64::from(rate) {
                return match fate {
                    Fate::Truncated(_) => {
                        let keep = self.draw(exchange, 1) % 1000;
                        Fate::Truncated(u32::try_from(keep).unwrap_or(0))
                    }
                    fate => fate,
                };
            }
            draw -= u64::from(rate);
        }
        Fate::Arrives
    }

    /// How long the request of an exchange is on its way.
    #[must_use]
    pub fn way_there(&self, exchange: u64) -> Duration {
        self.latency(exchange, 2)
    }

    /// How long its reply is.
    #[must_use]
    pub fn way_back(&self, exchange: u64) -> Duration {
        self.latency(exchange, 3)
    }

    fn latency(&self, exchange: u64, purpose: u64) -> Duration {
        let Range { start, end } = self.weather.latency.clone();
        let span = u64::try_from(end.saturating_sub(start).as_micros()).unwrap_or(u64::MAX);
        start + Duration::from_micros(self.draw(exchange, purpose) % span.max(1))
    }

    fn draw(&self, exchange: u64, purpose: u64) -> u64 {
        mix(self.seed ^ mix(exchange.wrapping_mul(4).wrapping_add(purpose)))
    }
}

/// The output function of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

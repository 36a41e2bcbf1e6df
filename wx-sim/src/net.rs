//! A network made of a seed: latency, and everything that goes wrong between a client and the
//! service, under virtual time.

use std::{ops::Range, time::Duration};

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
}

/// The network: draws a fate and two latencies for each exchange, from a seed.
#[derive(Clone, Debug)]
pub struct Net {
    /// How it behaves from now on.
    pub weather: Weather,
    state: u64,
}

impl Net {
    /// A network whose whole future follows from `seed`, as long as the same exchanges are made.
    #[must_use]
    pub fn new(seed: u64, weather: Weather) -> Self {
        Self {
            weather,
            state: seed,
        }
    }

    /// What becomes of the next exchange.
    pub fn fate(&mut self) -> Fate {
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
        ];
        let mut draw = self.below(1000);
        for (rate, fate) in fates {
            if draw < u64::from(rate) {
                return match fate {
                    Fate::Truncated(_) => {
                        Fate::Truncated(u32::try_from(self.below(1000)).unwrap_or(0))
                    }
                    fate => fate,
                };
            }
            draw -= u64::from(rate);
        }
        Fate::Arrives
    }

    /// How long the next message is on its way.
    pub fn latency(&mut self) -> Duration {
        let Range { start, end } = self.weather.latency.clone();
        let span = u64::try_from(end.saturating_sub(start).as_micros()).unwrap_or(u64::MAX);
        start + Duration::from_micros(self.below(span.max(1)))
    }

    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

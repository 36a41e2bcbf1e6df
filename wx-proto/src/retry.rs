//! Whether and when to ask again.

use std::{collections::BTreeMap, time::Duration};

/// What repeating a request does on the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Repeat {
    /// Asking again changes nothing.
    Idempotent,
    /// The other side recognises the second copy by an id it carries.
    Deduplicated,
    /// A second copy would happen twice.
    AtMostOnce,
}

/// How a request failed, as far as asking again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setback {
    /// Nothing left the machine.
    NotSent,
    /// No reply; the request may have been acted upon.
    Lost,
    /// The other side asks for patience (5xx, 429), perhaps for how long.
    Busy(Option<Duration>),
    /// The other side failed inside and says so.
    Internal,
    /// The reply could not be understood.
    Garbled,
    /// A clear no.
    Refused,
}

/// How many requests one call is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tries {
    AtMost(u32),
    /// For polls, which go on whatever comes back: the caller watches over progress itself.
    Unlimited,
}

/// The failures in a row of each call.
#[derive(Debug)]
pub(crate) struct Retries<P> {
    failed: BTreeMap<P, Failed>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failed {
    times: u32,
    /// Because the reply could not be read.
    garbled: u32,
}

impl<P: Ord + Copy> Retries<P> {
    pub(crate) fn new() -> Self {
        Self {
            failed: BTreeMap::new(),
        }
    }

    /// Success, or the end of the call: the count starts over.
    pub(crate) fn forget(&mut self, call: P) {
        self.failed.remove(&call);
    }

    pub(crate) fn retain(&mut self, keep: impl Fn(P) -> bool) {
        self.failed.retain(|call, _| keep(*call));
    }

    pub(crate) fn len(&self) -> usize {
        self.failed.len()
    }

    pub(crate) fn failed(&self, call: P) -> u32 {
        self.failed.get(&call).map_or(0, |failed| failed.times)
    }

    /// Counts a failure. `Some(pause)`: ask again after it. `None`: it is over.
    pub(crate) fn again(
        &mut self,
        call: P,
        setback: Setback,
        repeat: Repeat,
        tries: Tries,
        jitter: u64,
    ) -> Option<Duration> {
        let count = self.failed.entry(call).or_default();
        count.times = count.times.saturating_add(1);
        if setback == Setback::Garbled {
            count.garbled = count.garbled.saturating_add(1);
        }
        let Failed {
            times: failed,
            garbled,
        } = *count;
        if let Tries::AtMost(most) = tries {
            if failed >= most || !may_repeat(setback, repeat, garbled) {
                return None;
            }
        }
        Some(match setback {
            Setback::Busy(Some(wish)) => wish.max(pause(failed)).min(PATIENCE),
            Setback::Internal => internal_pause(failed),
            _ => spread(pause(failed), jitter),
        })
    }
}

/// A wish of the other side beyond this is a fault of the other side.
const PATIENCE: Duration = Duration::from_secs(600);

fn may_repeat(setback: Setback, repeat: Repeat, garbled: u32) -> bool {
    match (setback, repeat) {
        (Setback::Refused, _) => false,
        (Setback::NotSent, _) => true,
        (_, Repeat::AtMostOnce) => false,
        // What cannot be understood once may be a glitch; twice is an answer.
        (Setback::Garbled, Repeat::Deduplicated) => false,
        (Setback::Garbled, Repeat::Idempotent) => garbled < 2,
        (Setback::Lost | Setback::Busy(_) | Setback::Internal, _) => true,
    }
}

/// The first pause is short: most failures are one stale connection. Then 1 s, doubling to 60 s.
fn pause(failed: u32) -> Duration {
    match failed {
        0 | 1 => Duration::from_millis(200),
        _ => Duration::from_secs(1 << (failed - 2).min(6)).min(Duration::from_secs(60)),
    }
}

/// 1, 3, 9 s: what clients of this kind of service wait when it reports a failure of its own.
fn internal_pause(failed: u32) -> Duration {
    Duration::from_secs(3_u64.pow(failed.saturating_sub(1).min(3)))
}

/// ±20 %, so that many clients do not come back together.
fn spread(pause: Duration, jitter: u64) -> Duration {
    let per_mille = 800 + u32::try_from(jitter % 401).unwrap_or(200);
    pause * per_mille / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(setback: Setback, repeat: Repeat, tries: Tries) -> Vec<Option<u64>> {
        let mut retries = Retries::new();
        (0..9)
            .map(|_| {
                let pause = retries.again((), setback, repeat, tries, 200);
                pause.map(|pause| u64::try_from(pause.as_millis()).unwrap())
            })
            .collect()
    }

    #[test]
    fn a_lost_poll_comes_back_for_ever_ever_slower() {
        assert_eq!(
            pauses(Setback::Lost, Repeat::Idempotent, Tries::Unlimited),
            [200, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000].map(Some)
        );
    }

    #[test]
    fn what_may_have_happened_is_not_repeated_unless_the_service_can_tell() {
        let three = Tries::AtMost(3);
        assert_eq!(pauses(Setback::Lost, Repeat::AtMostOnce, three)[0], None);
        assert_eq!(
            pauses(Setback::NotSent, Repeat::AtMostOnce, three)[0],
            Some(200)
        );
        assert_eq!(
            pauses(Setback::Lost, Repeat::Deduplicated, three)[..3],
            [Some(200), Some(1000), None]
        );
    }

    #[test]
    fn the_service_names_the_pause() {
        let busy = Setback::Busy(Some(Duration::from_secs(17)));
        assert_eq!(
            pauses(busy, Repeat::Deduplicated, Tries::AtMost(3))[0],
            Some(17_000)
        );
        let absurd = Setback::Busy(Some(Duration::from_secs(1 << 40)));
        assert_eq!(
            pauses(absurd, Repeat::Deduplicated, Tries::AtMost(3))[0],
            Some(600_000)
        );
    }

    #[test]
    fn what_cannot_be_read_once_may_be_a_glitch_and_twice_is_an_answer() {
        let mut retries = Retries::new();
        let mut again = |setback| {
            let (repeat, tries) = (Repeat::Idempotent, Tries::AtMost(4));
            retries.again((), setback, repeat, tries, 200).is_some()
        };
        // That another try was lost before says nothing about this one.
        assert!(again(Setback::Lost));
        assert!(again(Setback::Garbled));
        assert!(!again(Setback::Garbled));
    }

    #[test]
    fn an_internal_failure_gets_three_more_tries() {
        assert_eq!(
            pauses(Setback::Internal, Repeat::Idempotent, Tries::AtMost(4))[..4],
            [Some(1000), Some(3000), Some(9000), None]
        );
    }
}

//! Randomness as a pure function of the seed.
//!
//! Every value is drawn from a stream of its own, keyed by what it is for and by an ordinal. The
//! id of a message therefore depends on nothing but the seed and its command, and a recorded
//! session replays byte for byte.

use std::fmt;

/// What all random values of one [`Client`](crate::Client) are derived from.
///
/// Take it from the operating system once per client; a fixed one makes a session repeatable.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl From<[u8; 32]> for Seed {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

#[cfg(feature = "record")]
impl Seed {
    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// What a random value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    DeviceId,
    ClientMsgId,
    Jitter,
    Pace,
    Boundary,
}

#[derive(Clone, Debug)]
pub(crate) struct Rng {
    words: [u64; 4],
}

impl Rng {
    pub(crate) fn new(seed: &Seed) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(seed.0.chunks_exact(8)) {
            *word = bytes
                .iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        Self { words }
    }

    /// The `ordinal`-th value of the stream for `purpose`.
    pub(crate) fn draw(&self, purpose: Purpose, ordinal: u64) -> u64 {
        let start = mix((purpose as u64 + 1).wrapping_mul(GOLDEN)).wrapping_add(ordinal);
        self.words.iter().fold(
            start,
            |state, word| mix((state ^ word).wrapping_add(GOLDEN)),
        )
    }
}

/// 2⁶⁴ divided by the golden ratio: the increment of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64: twelve own lines, because its output must stay the same for ever
/// (recorded sessions depend on it).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_do_not_depend_on_each_other_and_the_seed_matters() {
        let one = Rng::new(&Seed::from([1; 32]));
        let two = Rng::new(&Seed::from([2; 32]));
        let a = one.draw(Purpose::DeviceId, 7);
        assert_eq!(a, one.draw(Purpose::DeviceId, 7));
        assert_ne!(a, one.draw(Purpose::DeviceId, 8));
        assert_ne!(a, one.draw(Purpose::ClientMsgId, 7));
        assert_ne!(a, two.draw(Purpose::DeviceId, 7));
    }

    #[test]
    fn output_is_fixed_for_recorded_sessions() {
        let rng = Rng::new(&Seed::from([7; 32]));
        assert_eq!(rng.draw(Purpose::Jitter, 0), 0x0468_7579_30ae_8e9f);
    }
}

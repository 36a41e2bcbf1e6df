//! Seeded numbers.
//!
//! Every use draws from a stream of its own, keyed by the seed, a purpose and an ordinal, so that
//! one more draw in one place never changes what another place gets.

/// A stream of numbers (splitmix64: one add and one mix per draw, and no state to seed badly).
#[derive(Clone, Debug)]
pub(super) struct Stream(u64);

impl Stream {
    pub(super) fn new(seed: u64, purpose: &str, ordinal: u64) -> Self {
        // FNV-1a over the purpose, then one mix per further part: nearby seeds and ordinals
        // start far apart.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(mix(mix(hash ^ seed) ^ ordinal))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `bound` (0 for a bound of 0). The bias is far below anything a test sees.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next().checked_rem(bound).unwrap_or(0)
    }

    /// The same, of 32 bits.
    pub(super) fn number(&mut self, bound: u32) -> u32 {
        u32::try_from(self.below(u64::from(bound))).unwrap_or(0)
    }

    /// `digits` characters drawn from `alphabet`.
    pub(super) fn word(&mut self, alphabet: &str, digits: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..digits)
            .filter_map(|_| {
                let at = self.below(letters.len() as u64);
                letters.get(usize::try_from(at).unwrap_or(0)).copied()
            })
            .collect()
    }

    pub(super) fn hex(&mut self, digits: usize) -> String {
        self.word("0123456789abcdef", digits)
    }

    pub(super) fn base64(&mut self, digits: usize) -> String {
        self.word(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            digits,
        )
    }
}

/// The finalizer of splitmix64: a bijection on 64 bits in which each input bit reaches each output bit.
pub(super) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

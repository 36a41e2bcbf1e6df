//! What chance has in store for one life.

use std::time::Duration;

/// SplitMix64: the same seed, the same trial, as far as the machine goes along.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn time(&mut self, limit: Duration) -> Duration {
        let micros = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros))
    }
}

/// When a life ends.
pub(crate) enum Kill {
    /// So long after its begin.
    At(Duration),
    /// So long after the save of that number has begun.
    InSave(u32, Duration),
}

pub(crate) struct Plan {
    /// When friends speak, and how much.
    pub(crate) bursts: Vec<(Duration, u32)>,
    pub(crate) kill: Kill,
    /// What the application needs for a message.
    pub(crate) work: Duration,
    /// What they say before the next life, and how long that is.
    pub(crate) meanwhile: u32,
    pub(crate) pause: Duration,
}

/// A client needs a tenth of a second to be there, and saves half a second after it has something.
pub(crate) const LONGEST: Duration = Duration::from_millis(2500);

/// Then what one sync brings lasts for several saves.
const SLOWEST: Duration = Duration::from_millis(10);

/// About what a save takes.
const SAVE: Duration = Duration::from_millis(6);

impl Plan {
    /// Of so many messages that are left, for so many lives that are left.
    pub(crate) fn new(random: &mut Random, messages: u32, lives: u32) -> Self {
        let mean = messages / lives.max(1);
        let share = random.below(u64::from(mean) * 2 + 1) as u32;
        let meanwhile = random.below(u64::from(share) / 2 + 1) as u32;
        let length = random.time(LONGEST);
        let count = 1 + random.below(4) as u32;
        let mut left = share - meanwhile;
        let mut bursts = Vec::new();
        for nth in (1..=count).rev() {
            let size = match nth {
                1 => left,
                _ => random.below(u64::from(left) + 1) as u32,
            };
            left -= size;
            bursts.push((random.time(length), size));
        }
        bursts.sort_by_key(|(at, _)| *at);
        let kill = match random.below(2) {
            0 => Kill::At(length),
            _ => Kill::InSave(1 + random.below(3) as u32, random.time(SAVE)),
        };
        Self {
            bursts,
            kill,
            work: random.time(SLOWEST),
            meanwhile,
            pause: random.time(Duration::from_millis(200)),
        }
    }
}

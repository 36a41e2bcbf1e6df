//! Which messages were delivered already. The service sends a message again when a reply was lost,
//! and after a restart from an older key.

use std::collections::{BTreeMap, VecDeque};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// What makes a message the same message: id, sender and time. The id alone is not enough where
/// the service gives none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Fingerprint {
    pub(crate) id: String,
    pub(crate) from: String,
    pub(crate) created: i64,
}

impl Fingerprint {
    /// Of a friend request, which comes under several ids while its ticket stays. The ticket is a
    /// secret, and no window need hold it: its digest stands for it.
    pub(crate) fn of_ticket(from: String, ticket: &str) -> Self {
        Self {
            id: digest(ticket),
            from,
            created: 0,
        }
    }

    /// The earliest windows hold tickets as they are.
    pub(crate) fn hide_ticket(&mut self) {
        let is_number = self.id.bytes().all(|digit| digit.is_ascii_digit());
        if self.created == 0 && !self.from.is_empty() && !is_number {
            self.id = digest(&self.id);
        }
    }

    /// Of what cannot be read: a digest (FNV-1a, 64 bit) stands for it.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self {
            id: format!("{digest:016x}"),
            from: String::new(),
            created: 0,
        }
    }
}

/// 32 hexadecimal digits.
fn digest(text: &str) -> String {
    let bytes: [u8; 16] = Md5::digest(text).into();
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// A window over the latest messages. It grows while there is something in it that was not
/// acknowledged, because a snapshot then leads back to that message and to all that came after it.
#[derive(Debug)]
pub(crate) struct Seen {
    limit: usize,
    order: VecDeque<Fingerprint>,
    acknowledged: BTreeMap<Fingerprint, bool>,
}

/// What an application forgets to acknowledge must not make the window grow without end. So many
/// windows' worth of messages later, a crash may bring acknowledged ones again.
const GROWTH: usize = 64;

impl Seen {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    /// The window of a snapshot, all of it acknowledged.
    pub(crate) fn restore(limit: usize, window: Vec<Fingerprint>) -> Self {
        let mut seen = Self::new(limit);
        for message in window {
            if seen.insert(message.clone()) {
                seen.acknowledge(&message);
            }
        }
        seen
    }

    /// `false` if it was there.
    pub(crate) fn insert(&mut self, message: Fingerprint) -> bool {
        if self.acknowledged.contains_key(&message) {
            return false;
        }
        self.acknowledged.insert(message.clone(), false);
        self.order.push_back(message);
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Forgets the oldest beyond the limit. `all_done`: no snapshot leads back behind any of them.
    pub(crate) fn trim(&mut self, all_done: bool) {
        let limit = self.limit.saturating_mul(if all_done { 1 } else { GROWTH });
        while self.order.len() > limit {
            let done = |message: &Fingerprint| self.acknowledged.get(message) == Some(&true);
            let Some(oldest) = self.order.iter().position(done) else {
                break;
            };
            if let Some(oldest) = self.order.remove(oldest) {
                self.acknowledged.remove(&oldest);
            }
        }
    }

    pub(crate) fn acknowledge(&mut self, message: &Fingerprint) {
        if let Some(done) = self.acknowledged.get_mut(message) {
            *done = true;
        }
    }

    /// What a snapshot may claim: the messages that the application is done with.
    pub(crate) fn acknowledged(&self) -> Vec<Fingerprint> {
        self.order
            .iter()
            .filter(|m| self.acknowledged.get(m) == Some(&true))
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u32) -> Fingerprint {
        Fingerprint {
            id: id.to_string(),
            from: "@a".into(),
            created: 1,
        }
    }

    #[test]
    fn the_window_forgets_the_oldest_once_nothing_leads_back_to_it() {
        let mut seen = Seen::new(2);
        for id in 1..=4 {
            assert!(seen.insert(message(id)));
            seen.acknowledge(&message(id));
        }
        seen.trim(false);
        assert!(
            !seen.insert(message(1)),
            "an older one is open, so this may come again"
        );
        seen.trim(true);
        assert!(!seen.insert(message(4)));
        assert!(seen.insert(message(1)));
    }

    #[test]
    fn what_is_never_acknowledged_does_not_make_the_window_grow_for_ever() {
        let mut seen = Seen::new(2);
        assert!(seen.insert(message(0)));
        for id in 1..10_000 {
            assert!(seen.insert(message(id)));
            seen.acknowledge(&message(id));
            seen.trim(false);
        }
        assert!(!seen.insert(message(0)), "still there");
        assert!(seen.order.len() <= 2 * GROWTH, "{}", seen.order.len());
        assert_eq!(seen.order.len(), seen.acknowledged.len());
    }

    #[test]
    fn a_window_that_had_grown_comes_back_whole() {
        let window: Vec<_> = (0..50).map(message).collect();
        let mut seen = Seen::restore(2, window);
        seen.trim(false);
        assert!((0..50).all(|id| !seen.insert(message(id))));
    }

    #[test]
    fn a_snapshot_covers_only_what_was_acknowledged() {
        let mut seen = Seen::new(10);
        seen.insert(message(1));
        seen.insert(message(2));
        seen.acknowledge(&message(2));
        assert_eq!(seen.acknowledged(), [message(2)]);
        let mut restored = Seen::restore(10, seen.acknowledged());
        assert!(restored.insert(message(1)));
        assert!(!restored.insert(message(2)));
    }
}

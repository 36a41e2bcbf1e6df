//! Which messages were delivered already. The service sends a message again when a reply was lost,
//! and after a restart from an older key.

use std::collections::BTreeMap;

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

/// Longer words are those of a service that makes them up, and there may be thousands of these.
/// Names of rooms have 66 bytes.
const LONGEST: usize = 128;

impl Fingerprint {
    /// Of a friend request, which comes under several ids while its ticket stays. The ticket is a
    /// secret, and no window need hold it: its digest stands for it.
    pub(crate) fn of_ticket(from: &str, ticket: &str) -> Self {
        Self::new(&ticket_digest(ticket), from, 0)
    }

    /// The earliest windows hold tickets as they are.
    pub(crate) fn hide_ticket(&mut self) {
        let is_number = self.id.bytes().all(|digit| digit.is_ascii_digit());
        if self.created == 0 && !self.from.is_empty() && !is_number {
            self.id = ticket_digest(&self.id);
        }
    }

    pub(crate) fn new(id: &str, from: &str, created: i64) -> Self {
        Self {
            id: short(id),
            from: short(from),
            created,
        }
    }

    /// Of what cannot be read: a digest stands for it.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self {
            id: digest(bytes),
            from: String::new(),
            created: 0,
        }
    }
}

/// 32 hexadecimal digits.
fn ticket_digest(text: &str) -> String {
    let bytes: [u8; 16] = Md5::digest(text).into();
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// A text as it is, or a digest in its place.
fn short(text: &str) -> String {
    // Those take six bytes each where they are saved.
    match text.len() > LONGEST || text.contains(char::is_control) {
        true => digest(text.as_bytes()),
        false => text.to_owned(),
    }
}

/// FNV-1a, 64 bit.
fn digest(bytes: &[u8]) -> String {
    let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{digest:016x}")
}

/// A window over the latest messages. It grows while there is something in it that was not
/// acknowledged, because a snapshot then leads back to that message and to all that came after it.
#[derive(Debug)]
pub(crate) struct Seen {
    limit: usize,
    /// Numbers the messages in the order in which they came.
    last: u64,
    numbers: BTreeMap<Fingerprint, u64>,
    /// Those that the application is done with, and those that it is not.
    done: BTreeMap<u64, Fingerprint>,
    open: BTreeMap<u64, Fingerprint>,
}

/// What an application forgets to acknowledge must not make the window grow without end. So many
/// windows' worth of messages later, a crash may bring acknowledged ones again.
const GROWTH: usize = 64;

impl Seen {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            last: 0,
            numbers: BTreeMap::new(),
            done: BTreeMap::new(),
            open: BTreeMap::new(),
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
        if self.numbers.contains_key(&message) {
            return false;
        }
        self.last += 1;
        self.numbers.insert(message.clone(), self.last);
        self.open.insert(self.last, message);
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Forgets the oldest beyond the limit. `all_done`: no snapshot leads back behind any of them.
    pub(crate) fn trim(&mut self, all_done: bool) {
        let limit = self.limit.saturating_mul(if all_done { 1 } else { GROWTH });
        while self.numbers.len() > limit {
            let Some((_, oldest)) = self.done.pop_first() else {
                break;
            };
            self.numbers.remove(&oldest);
        }
    }

    pub(crate) fn acknowledge(&mut self, message: &Fingerprint) {
        if let Some(number) = self.numbers.get(message) {
            let taken = self.open.remove(number);
            self.done.extend(taken.map(|message| (*number, message)));
        }
    }

    /// What a snapshot may claim: the messages that the application is done with.
    pub(crate) fn acknowledged(&self) -> Vec<Fingerprint> {
        self.done.values().cloned().collect()
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
        assert!(seen.numbers.len() <= 2 * GROWTH, "{}", seen.numbers.len());
        assert_eq!(seen.numbers.len(), seen.done.len() + seen.open.len());
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

    /// A look at all of them for each that is acknowledged would take hours here.
    #[test]
    fn a_hundred_thousand_that_came_at_once_are_acknowledged_in_any_order() {
        for backwards in [false, true] {
            let mut seen = Seen::new(2);
            let mut ids: Vec<u32> = (0..100_000).collect();
            for id in &ids {
                assert!(seen.insert(message(*id)));
            }
            if backwards {
                ids.reverse();
            }
            for id in ids {
                seen.acknowledge(&message(id));
                seen.trim(false);
            }
            seen.trim(true);
            assert_eq!(seen.acknowledged().len(), 2);
        }
    }

    #[test]
    fn no_name_that_a_service_makes_up_is_remembered_in_full() {
        let long = |end| format!("{}{end}", "x".repeat(1 << 20));
        let mut seen = Seen::new(9);
        for (id, from) in [
            ("1", long("a")),
            ("1", long("b")),
            (&*long("c"), "@a".into()),
        ] {
            assert!(seen.insert(Fingerprint::new(id, &from, 0)));
            assert!(!seen.insert(Fingerprint::new(id, &from, 0)));
        }
        for message in seen.open.values() {
            assert!(message.id.len() + message.from.len() < 100, "{message:?}");
        }
    }
}

//! Looks for secrets in what a careless program would have logged: for all that the service knows to open
//! an account, a device, a login or a file, in whatever form it may be written.

use std::collections::{BTreeMap, BTreeSet};

use wx_sim::{
    leaks::Leaks,
    server::{Secret, SecretKind, Server},
};

/// What is logged is searched so many bytes at a time: to ask the service for what it knows takes
/// longer than to look for it.
const LOT: usize = 1 << 20;

/// The bytes that a needle is first known by.
const START: usize = 4;

/// Shorter needles would be found by chance.
const SHORTEST: usize = 6;

pub(crate) struct Search {
    counts: fn(SecretKind) -> bool,
    log: String,
    /// Secrets that are looked for; also those that the service has forgotten since.
    known: BTreeSet<Secret>,
    needles: BTreeMap<[u8; START], Vec<(String, SecretKind)>>,
    /// Whether a needle may begin so, for each hash of its start. Most places need no further look.
    starts: Vec<bool>,
    /// Bytes that were searched.
    pub(crate) searched: u64,
    found: BTreeSet<String>,
}

impl Search {
    /// For secrets of the kinds that count.
    pub(crate) fn of(counts: fn(SecretKind) -> bool) -> Self {
        Self {
            counts,
            log: String::new(),
            known: BTreeSet::new(),
            needles: BTreeMap::new(),
            starts: vec![false; 1 << 16],
            searched: 0,
            found: BTreeSet::new(),
        }
    }

    pub(crate) fn add(&mut self, log: &str, server: &Server) {
        self.log.push_str(log);
        if self.log.len() >= LOT {
            self.search(server);
        }
    }

    /// Searches what was not searched yet.
    pub(crate) fn search(&mut self, server: &Server) {
        self.learn(server);
        let log = std::mem::take(&mut self.log);
        self.searched += log.len() as u64;
        let bytes = log.as_bytes();
        for (at, window) in bytes.windows(START).enumerate() {
            if self.starts.get(hash(window)) != Some(&true) {
                continue;
            }
            let needles = self.needles.get(window).map_or(&[][..], Vec::as_slice);
            for (needle, kind) in needles {
                if bytes[at..].starts_with(needle.as_bytes()) {
                    let line = log[..at].rsplit('\n').next().unwrap_or_default();
                    let line: String = line.chars().take(60).collect();
                    self.found.insert(format!("{kind:?} behind {line:?}"));
                }
            }
        }
    }

    /// What was found so far.
    pub(crate) fn take(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.found)
    }

    fn learn(&mut self, server: &Server) {
        for secret in server.confidential() {
            if !(self.counts)(secret.kind) || !self.known.insert(secret.clone()) {
                continue;
            }
            let kind = secret.kind;
            let patterns = Leaks::of([secret]).patterns();
            for needle in patterns.lines().filter(|it| it.len() >= SHORTEST) {
                let Some(start) = needle.as_bytes().first_chunk() else {
                    continue;
                };
                self.starts[hash(start)] = true;
                let of_start = self.needles.entry(*start).or_default();
                of_start.push((needle.to_owned(), kind));
            }
        }
    }
}

fn hash(window: &[u8]) -> usize {
    let word = window
        .iter()
        .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    (word.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

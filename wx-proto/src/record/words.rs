//! The protocol's own words: names of members and elements, of hosts and cookies, of accounts that
//! everybody has, and the sentences by which notices are known.

use std::collections::BTreeSet;

/// ASCII words, then after a blank line the others, separated by blanks.
const WORDS: &str = include_str!("words.txt");

pub(super) struct Vocabulary {
    words: BTreeSet<&'static str>,
    /// The longest first: one may be a part of another.
    phrases: Vec<&'static str>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let (words, phrases) = WORDS.split_once("\n\n").unwrap_or((WORDS, ""));
        let mut phrases: Vec<_> = phrases.split_whitespace().collect();
        phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        Self {
            words: words.split_whitespace().collect(),
            phrases,
        }
    }

    pub(super) fn has(&self, word: &str) -> bool {
        // Characters outside the first plane stand as `emoji1f604`.
        let picture = word.strip_prefix("emoji");
        let is_code = |code: &str| code.bytes().all(|byte| byte.is_ascii_hexdigit());
        picture.is_some_and(is_code) || self.words.contains(word)
    }

    /// The first known phrase in a run of letters, and where it stands.
    pub(super) fn phrase(&self, run: &str) -> Option<(usize, usize)> {
        self.phrases
            .iter()
            .find_map(|phrase| Some((run.find(phrase)?, phrase.len())))
    }
}

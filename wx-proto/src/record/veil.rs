//! Other words in place of those that say who somebody is, or open an account.

mod escape;
mod number;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    escape::{Escape, in_bytes, in_percent, of_bytes, of_percent, of_units, other_number},
    number::{GROUP, Number, is_of_protocol},
};
use super::words::Vocabulary;

/// Replaces words, one for one, by others of the same length and kind. What stands for a word follows
/// from the order in which words came, and not from the word: nothing leads back.
///
/// A word that comes as it is, and once more in an escape, may be two different ones.
pub(super) struct Veil {
    vocabulary: Vocabulary,
    /// Words, and what stands for them.
    words: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// Numbers of accounts, which go wherever they stand.
    accounts: BTreeSet<String>,
    /// The host that takes the place of the service's, and what stands for it.
    host: Option<(String, String)>,
    /// What remembering them takes, in bytes, and what it may take.
    size: usize,
    room: usize,
    drawn: u64,
}

/// Longer than any name or key: data, of which it does not matter whether it is the same.
const DATA: usize = 512;

/// So much is remembered, in bytes. A session of days has some ten thousand words, a hundredth of it. What
/// comes after that is replaced as well, each time by something else.
const ROOM: usize = 64 << 20;

/// What a word takes beside its letters, three times: as what it was, as what it is, and as what is taken.
const BESIDE: usize = 48;

/// What a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What the service says: numbers of the protocol stay.
    Reply,
    /// Anything else.
    Text,
    /// Nothing of the protocol's: not even single digits and letters stay.
    Private,
}

/// In place of a byte that is no text.
const NO_TEXT: u8 = 0xff;

impl Veil {
    pub(super) fn new() -> Self {
        Self {
            vocabulary: Vocabulary::new(),
            words: BTreeMap::new(),
            taken: BTreeSet::new(),
            accounts: BTreeSet::new(),
            host: None,
            size: 0,
            room: ROOM,
            drawn: 0,
        }
    }

    /// A body of the service.
    pub(super) fn reply(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.bytes(bytes, Kind::Reply)
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        self.scan(text, Kind::Text)
    }

    /// What its user chose: every digit is replaced.
    pub(super) fn private(&mut self, text: &str) -> String {
        self.scan(text, Kind::Private)
    }

    /// The same of a host, which is called so by replies as well. A name of this machine says nothing, and
    /// stays.
    pub(super) fn host(&mut self, host: &str, is_here: bool) -> String {
        let other = match is_here {
            true => host.to_owned(),
            false => self.private(host),
        };
        self.host = Some((host.to_owned(), other.clone()));
        other
    }

    /// The number of an account.
    pub(super) fn account(&mut self, number: &str) -> String {
        match number.len() {
            1 => number.to_owned(),
            _ => {
                self.accounts.insert(number.to_owned());
                self.replaced(number)
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], kind: Kind) -> Vec<u8> {
        let mut veiled = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            veiled.extend_from_slice(self.scan(chunk.valid(), kind).as_bytes());
            // It may be text in another encoding.
            veiled.resize(veiled.len() + chunk.invalid().len(), NO_TEXT);
        }
        veiled
    }

    fn scan(&mut self, text: &str, kind: Kind) -> String {
        let mut veiled = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = "";
        while let Some(first) = rest.chars().next() {
            let (head, _) = text.split_at(text.len() - rest.len());
            let is_ascii = first.is_ascii();
            let escape = Escape::at_start_of(rest, head);
            let known = match first.is_ascii_alphanumeric() {
                true => self.vocabulary.sentence(rest),
                false => None,
            };
            let host = self.is_host(rest);
            let ends = |c: char| !c.is_alphanumeric() || c.is_ascii() != is_ascii;
            let len = match (escape, known.or(host)) {
                (Some(escape), _) => escape.len(),
                (None, Some(len)) => len,
                _ => rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8()),
            };
            let (word, tail) = rest.split_at(len);
            rest = tail;
            if let Some(escape) = escape {
                self.escaped(escape, word, &mut veiled);
            } else if known.is_some() {
                veiled.push_str(word);
            } else if host.is_some() {
                veiled.extend(self.host.iter().map(|(_, other)| other.as_str()));
            } else if !first.is_alphanumeric() {
                veiled.push_str(word);
            } else if is_ascii && is_number(word) {
                let (_, from) = text.split_at(head.len());
                let number = self.number(from, before, head, kind, &mut veiled);
                (_, rest) = from.split_at(number);
                before = word;
            } else if is_ascii {
                let is_single = word.len() == 1 && kind != Kind::Private;
                match is_single || self.vocabulary.knows(word, head, tail) {
                    true => veiled.push_str(word),
                    false => veiled.push_str(&self.replaced(word)),
                }
                before = word;
            } else {
                self.foreign(word, &mut veiled);
            }
        }
        veiled
    }

    fn is_host(&self, text: &str) -> Option<usize> {
        let (host, _) = self.host.as_ref()?;
        let tail = text.strip_prefix(host.as_str())?;
        let goes_on = tail.starts_with(|c: char| c.is_ascii_alphanumeric());
        (!goes_on).then_some(host.len())
    }

    /// A number that a text begins with. How long it is.
    fn number(
        &mut self,
        text: &str,
        before: &str,
        head: &str,
        kind: Kind,
        veiled: &mut String,
    ) -> usize {
        let number = Number::at_start_of(text);
        let end = number.groups.first().map_or(0, |(_, end)| *end);
        let (word, tail) = text.split_at(end);
        if ["wxuin", "Uin", "uin"].contains(&before) {
            veiled.push_str(&self.account(word));
            return end;
        }
        let is_account = self.accounts.contains(word);
        if !is_account && is_of_protocol(word, head, tail, kind == Kind::Reply) {
            veiled.push_str(word);
            return end;
        }
        if kind == Kind::Private || number.is_large() {
            let digits = self.replaced(&number.digits());
            veiled.push_str(&number.with(&digits));
            return number.text.len();
        }
        // The account's number stays what it is told by once, wherever it comes.
        match is_account {
            true => veiled.push_str(&self.replaced(word)),
            false => veiled.push_str(word),
        }
        end
    }

    /// A run of letters that are not ASCII: known phrases stay.
    fn foreign(&mut self, run: &str, veiled: &mut String) {
        // What was not yet dealt with, and from where on it was not yet looked at.
        let mut rest = run;
        let mut from = 0;
        while let Some(next) = rest.get(from..).and_then(|tail| tail.chars().next()) {
            let (head, tail) = rest.split_at(from);
            match self.vocabulary.phrase(tail) {
                Some(len) => {
                    let (phrase, tail) = tail.split_at(len);
                    self.stranger(head, veiled);
                    veiled.push_str(phrase);
                    rest = tail;
                    from = 0;
                }
                None => from += next.len_utf8(),
            }
        }
        self.stranger(rest, veiled);
    }

    /// A run without known phrases.
    fn stranger(&mut self, run: &str, veiled: &mut String) {
        if run.is_empty() || self.vocabulary.is_link(run) {
            veiled.push_str(run);
        } else {
            veiled.push_str(&self.replaced(run));
        }
    }

    fn escaped(&mut self, escape: Escape, code: &str, veiled: &mut String) {
        match escape {
            Escape::Mark(_) => veiled.push_str(code),
            // Nothing of the protocol's is written so but its marks.
            Escape::Percent(_) => {
                let bytes = self.bytes(&of_percent(code), Kind::Private);
                veiled.push_str(&in_percent(code, &bytes));
            }
            Escape::Bytes(_) => {
                let bytes = self.bytes(&of_bytes(code), Kind::Private);
                veiled.push_str(&in_bytes(code, &bytes));
            }
            Escape::Units(_) => {
                let is_large = code.bytes().any(|digit| matches!(digit, b'A'..=b'F'));
                for unit in self.scan(&of_units(code), Kind::Private).encode_utf16() {
                    veiled.push_str(&match is_large {
                        true => format!("\\u{unit:04X}"),
                        false => format!("\\u{unit:04x}"),
                    });
                }
            }
            Escape::Number(number) if number.letter.is_alphanumeric() => {
                let other = self.other(code, |draw| other_number(code, number, draw));
                veiled.push_str(&other);
            }
            Escape::Number(_) => veiled.push_str(code),
        }
    }

    fn replaced(&mut self, word: &str) -> String {
        match word.len() > DATA {
            true => word.chars().map(|c| like(c, 1)).collect(),
            false => self.other(word, |draw| drawn(word, draw)),
        }
    }

    /// What stands for a word, or what is drawn for it now.
    fn other(&mut self, word: &str, make: impl Fn(u64) -> String) -> String {
        if let Some(other) = self.words.get(word) {
            return other.clone();
        }
        let size = 3 * (word.len() + BESIDE);
        let is_room = self.size + size <= self.room;
        let mut other = String::new();
        // Of short words there may be no other left. Nor is it worth the time where it is forgotten.
        for _ in 0..if is_room { 100 } else { 3 } {
            self.drawn += 1;
            other = make(mix(self.drawn));
            if other != word && !self.taken.contains(&other) && !self.vocabulary.has(&other) {
                break;
            }
        }
        if is_room {
            self.size += size;
            self.words.insert(word.to_owned(), other.clone());
            self.taken.insert(other.clone());
        }
        other
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn drawn(word: &str, draw: u64) -> String {
    let is_number = is_number(word);
    let is_hex = !is_number
        && word.len() >= 16
        && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut draw = draw;
    let letters = word.chars().enumerate().map(|(at, c)| {
        draw = mix(draw);
        match c {
            // Not larger than it was: it may be told in 32 bits, or in the 16 of a port.
            '1'..='9' if is_number && at == 0 && word.len() > GROUP => '1',
            // No zero where there was none: it may be the first digit of something.
            '1'..='9' if is_number => char::from_digit(1 + (draw % 9) as u32, 10).unwrap_or(c),
            _ if is_hex => char::from_digit((draw % 16) as u32, 16).unwrap_or('0'),
            c => like(c, draw),
        }
    });
    letters.collect()
}

/// Another character of that kind, and of as many bytes.
fn like(c: char, draw: u64) -> char {
    let within = |first: u32, count: u32| {
        let offset = u32::try_from(draw % u64::from(count)).unwrap_or(0);
        char::from_u32(first + offset).unwrap_or(c)
    };
    match c {
        '0'..='9' => within('0' as u32, 10),
        'a'..='z' => within('a' as u32, 26),
        'A'..='Z' => within('A' as u32, 26),
        c => match c.len_utf8() {
            2 => within(0x0430, 32),
            3 => within(0x4e00, 5000),
            4 => within(0x2_0000, 5000),
            _ => c,
        },
    }
}

/// The finaliser of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

//! The protocol's own words: names of members and elements, of hosts and cookies, of accounts that
//! everybody has, and the sentences by which notices are known.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Parts with an empty line between them, in the order of [`Vocabulary`].
///
/// They are what the parsers of this library look for and what its requests hold, and nothing else: what
/// stands here is in the clear in every file.
const WORDS: &str = include_str!("words.txt");

pub(super) struct Vocabulary {
    /// Of members, elements, attributes and parameters. Many are words of the language as well, and
    /// names of people: they stay only where a name stands.
    names: BTreeSet<&'static str>,
    /// They stay wherever they are.
    values: BTreeSet<&'static str>,
    /// Months and days of the week: they stay before a number.
    dates: BTreeSet<&'static str>,
    /// Of several words or with marks in them, in whatever case; one in a line.
    sentences: ByFirst,
    /// What is not ASCII, and known wherever it stands in a run of letters.
    phrases: ByFirst,
    /// What stands between names in notices, known where it is a run of its own.
    links: BTreeSet<&'static str>,
}

/// By their first letters, of which there are many. The longest first: one may begin as another does.
type ByFirst = BTreeMap<char, Vec<&'static str>>;

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut parts = WORDS.split("\n\n");
        let mut part = || parts.next().unwrap_or_default();
        let words = |part: &'static str| part.split_whitespace();
        let by_first = |list: &mut dyn Iterator<Item = &'static str>| {
            let mut found = ByFirst::new();
            for phrase in list {
                let first = phrase.chars().next().map(|c| c.to_ascii_lowercase());
                found
                    .entry(first.unwrap_or_default())
                    .or_default()
                    .push(phrase);
            }
            for list in found.values_mut() {
                list.sort_by_key(|phrase| Reverse(phrase.len()));
            }
            found
        };
        Self {
            names: words(part()).collect(),
            values: words(part()).collect(),
            dates: words(part()).collect(),
            sentences: by_first(&mut part().lines()),
            phrases: by_first(&mut words(part())),
            links: words(part()).collect(),
        }
    }

    /// Whether a word stays between `head` and `tail`.
    pub(super) fn knows(&self, word: &str, head: &str, tail: &str) -> bool {
        // Characters outside the first plane stand as `emoji1f604`.
        let picture = word.strip_prefix("emoji");
        let is_code = |code: &str| code.len() >= 4 && code.bytes().all(|b| b.is_ascii_hexdigit());
        picture.is_some_and(is_code)
            || self.values.contains(word)
            || (self.names.contains(word) && (is_opened(head) || is_assigned(tail)))
            || (self.dates.contains(word) && is_before_number(tail))
    }

    /// Whether it stays anywhere.
    pub(super) fn has(&self, word: &str) -> bool {
        let lists = [&self.names, &self.values, &self.dates, &self.links];
        lists.iter().any(|list| list.contains(word))
            || self.sentence(word).is_some()
            || word.char_indices().any(|(at, _)| {
                let (_, tail) = word.split_at(at);
                self.phrase(tail).is_some()
            })
    }

    /// How long the known sentence is that a text begins with.
    pub(super) fn sentence(&self, text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let begins = |sentence: &&&str| {
            let len = sentence.len();
            let start = bytes.get(..len);
            start.is_some_and(|start| start.eq_ignore_ascii_case(sentence.as_bytes()))
                && !(is_letter(sentence.as_bytes().last()) && is_letter(bytes.get(len)))
        };
        let first = text.chars().next()?.to_ascii_lowercase();
        let found = self.sentences.get(&first)?.iter().find(begins)?;
        Some(found.len())
    }

    /// How long the known phrase is that a run of letters begins with.
    pub(super) fn phrase(&self, run: &str) -> Option<usize> {
        let known = self.phrases.get(&run.chars().next()?)?;
        let found = known.iter().find(|phrase| run.starts_with(**phrase))?;
        Some(found.len())
    }

    /// Whether a run of letters stays as it is.
    pub(super) fn is_link(&self, run: &str) -> bool {
        self.links.contains(run)
    }
}

/// `<title`, `</title`, however it is escaped, and `@all`.
fn is_opened(head: &str) -> bool {
    let head = head.strip_suffix('/').unwrap_or(head);
    let head = head.strip_suffix('\\').unwrap_or(head);
    let marks = ["<", "lt;", "\\u003c", "\\u003C", "%3C", "%3c", "@"];
    marks.iter().any(|mark| head.ends_with(mark))
}

/// `"Title":`, `title=`, however it is escaped.
fn is_assigned(tail: &str) -> bool {
    let tail = tail.trim_start_matches(['\\', '"', '\'']);
    let tail = tail.strip_prefix("&quot;").unwrap_or(tail);
    let tail = tail.trim_start();
    [":", "=", "%3D", "%3d"]
        .iter()
        .any(|mark| tail.starts_with(mark))
}

/// `Jan 02`, `02-Jan-2026`, `Fri, 02`.
fn is_before_number(tail: &str) -> bool {
    let tail = tail.trim_start_matches([' ', ',', '-']);
    tail.starts_with(|c: char| c.is_ascii_digit())
}

//! Other words in place of those that say who somebody is, or open an account.

use std::collections::{BTreeMap, BTreeSet};

use super::words::Vocabulary;

/// Replaces words, one for one, by others of the same length and kind. What stands for a word follows
/// from the order in which words came, and not from the word: nothing leads back.
pub(super) struct Veil {
    vocabulary: Vocabulary,
    /// Words, and what stands for them.
    words: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    drawn: u64,
}

/// Longer than any name or key: data, of which it does not matter whether it is the same.
const DATA: usize = 512;

/// So many words are told apart. A session of days has some ten thousand.
const MOST: usize = 1_000_000;

/// Smaller numbers are codes, counts and lengths.
const LEAST_DIGITS: usize = 8;

impl Veil {
    pub(super) fn new() -> Self {
        Self {
            vocabulary: Vocabulary::new(),
            words: BTreeMap::new(),
            taken: BTreeSet::new(),
            drawn: 0,
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut veiled = Vec::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            veiled.extend_from_slice(self.text(chunk.valid()).as_bytes());
            veiled.extend_from_slice(chunk.invalid());
        }
        veiled
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        let mut veiled = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = "";
        while let Some(first) = rest.chars().next() {
            let len = match first {
                '%' | '\\' | '&' => escape(rest),
                _ => 0,
            };
            if len > 0 {
                let (code, more) = rest.split_at(len);
                veiled.push_str(&self.escaped(code));
                rest = more;
                continue;
            }
            let is_ascii = first.is_ascii();
            let ends = |c: char| !c.is_alphanumeric() || c.is_ascii() != is_ascii;
            let len = rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8());
            let (word, more) = rest.split_at(len);
            rest = more;
            if !first.is_alphanumeric() {
                veiled.push_str(word);
            } else if is_ascii {
                let is_account = ["wxuin", "Uin", "uin"].contains(&before);
                veiled.push_str(&self.ascii(word, is_account));
                before = word;
            } else {
                self.foreign(word, &mut veiled);
            }
        }
        veiled
    }

    /// The number of an account.
    pub(super) fn account(&mut self, number: &str) -> String {
        self.ascii(number, true)
    }

    fn ascii(&mut self, word: &str, is_account: bool) -> String {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let stays = match is_number {
            true => (word.len() < LEAST_DIGITS && !is_account) || word.len() == 1,
            false => word.len() == 1 || self.vocabulary.has(word),
        };
        // The account's number stays what it is told by once, wherever it comes.
        if stays && !self.words.contains_key(word) {
            return word.to_owned();
        }
        self.replaced(word)
    }

    /// A run of letters that are not ASCII: known phrases stay.
    fn foreign(&mut self, run: &str, veiled: &mut String) {
        match self.vocabulary.phrase(run) {
            Some((at, len)) => {
                let (head, tail) = run.split_at(at);
                let (phrase, tail) = tail.split_at(len);
                self.foreign(head, veiled);
                veiled.push_str(phrase);
                self.foreign(tail, veiled);
            }
            None if run.is_empty() => {}
            None => veiled.push_str(&self.replaced(run)),
        }
    }

    /// `%41`, `\n`, `\u4f60`, `&amp;`.
    fn escaped(&mut self, code: &str) -> String {
        let letter = code
            .strip_prefix("\\u")
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32)
            .filter(|c| !c.is_ascii() && c.is_alphanumeric());
        match letter {
            None => code.to_owned(),
            Some(letter) => {
                let other = self.replaced(&letter.to_string());
                let units = other.encode_utf16();
                units.map(|unit| format!("\\u{unit:04x}")).collect()
            }
        }
    }

    fn replaced(&mut self, word: &str) -> String {
        if word.len() > DATA {
            return word.chars().map(|c| like(c, 0)).collect();
        }
        if let Some(other) = self.words.get(word) {
            return other.clone();
        }
        let mut other = self.draw(word);
        // Of short words there may be no other left.
        for _ in 0..100 {
            if other != word && !self.taken.contains(&other) {
                break;
            }
            other = self.draw(word);
        }
        if self.words.len() < MOST {
            self.words.insert(word.to_owned(), other.clone());
            self.taken.insert(other.clone());
        }
        other
    }

    fn draw(&mut self, word: &str) -> String {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let is_hex = !is_number
            && word.len() >= 16
            && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let letters = word.chars().enumerate().map(|(at, c)| {
            self.drawn += 1;
            let draw = mix(self.drawn);
            match c {
                // Not larger than it was: it may be told in 32 bits.
                '1'..='9' if is_number && at == 0 => '1',
                _ if is_hex => char::from_digit((draw % 16) as u32, 16).unwrap_or('0'),
                c => like(c, draw),
            }
        });
        letters.collect()
    }
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

/// How long the escape is that a text begins with; 0 if it begins with none.
fn escape(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_hex = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    match bytes {
        [b'%', ..] if is_hex(1..3) => 3,
        [b'\\', b'u', ..] if is_hex(2..6) => 6,
        [b'\\', next, ..] if next.is_ascii() => 2,
        [b'&', ..] => {
            let end = bytes.iter().take(8).position(|byte| *byte == b';');
            let known = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&nbsp;"];
            let code = end.and_then(|end| text.get(..=end)).unwrap_or_default();
            match known.contains(&code) || code.starts_with("&#") {
                true => code.len(),
                false => 0,
            }
        }
        _ => 0,
    }
}

/// The finaliser of SplitMix64.
fn mix(state: u64) -> u64 {
    let mut z = state.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_replaced_one_for_one_and_the_protocol_stays() {
        let mut veil = Veil::new();
        let one =
            veil.text(r#"{"NickName":"Olga","UserName":"@a73e98d7536da9d4673de6877f9e454c"}"#);
        assert!(
            one.starts_with(r#"{"NickName":""#) && one.contains(r#""UserName":"@"#),
            "{one}"
        );
        assert!(!one.contains("Olga") && !one.contains("a73e98d7"));
        let again = veil.text("Olga says @a73e98d7536da9d4673de6877f9e454c");
        let name = one.split('"').nth(3).unwrap();
        assert!(again.starts_with(name), "{again} {one}");
        assert!(
            again.ends_with(one.rsplit('"').nth(1).unwrap()),
            "{again} {one}"
        );
        assert_eq!(name.len(), 4);
        assert_ne!(veil.text("Olha"), name);
    }

    #[test]
    fn the_number_of_an_account_goes_whatever_its_length_and_other_small_numbers_stay() {
        let mut veil = Veil::new();
        let text = veil.text(r#"{"Ret":1205,"Uin":12345,"Val":704153081,"Count":12345}"#);
        assert!(
            text.contains(r#""Ret":1205"#) && !text.contains("12345"),
            "{text}"
        );
        assert!(!text.contains("704153081"), "{text}");
        assert_eq!(veil.text("1_704153081|2_5").len(), "1_704153081|2_5".len());
    }

    #[test]
    fn escapes_and_phrases_stay_what_they_are() {
        let mut veil = Veil::new();
        assert_eq!(veil.text("%2B\\n&lt;&amp;&#39;"), "%2B\\n&lt;&amp;&#39;");
        let notice = veil.text("\"张三\" 撤回了一条消息");
        assert!(
            notice.ends_with("撤回了一条消息") && !notice.contains('张'),
            "{notice}"
        );
        let escaped = veil.text("\\u5f20");
        assert!(escaped.starts_with("\\u") && escaped.len() == 6 && escaped != "\\u5f20");
        let broken = veil.bytes(b"Olga\xff\xfeOlga");
        assert_eq!(broken.len(), 10);
        assert_eq!(broken[4..6], [0xff, 0xfe]);
        assert_eq!(broken[..4], broken[6..]);
    }
}

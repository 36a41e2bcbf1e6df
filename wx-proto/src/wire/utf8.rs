//! Bytes to text, losing no more than what is really broken.

use std::borrow::Cow;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Replies are UTF-8, whatever their headers say. A byte order mark goes, invalid bytes become
/// U+FFFD, and a pair of surrogates that was encoded one by one becomes the character it means:
/// names were cut by bytes on the way, and a single one of them must not cost a whole address book.
pub(crate) fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(BOM).unwrap_or(body);
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(lossy(body)),
    }
}

fn lossy(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        let (valid, broken) = match std::str::from_utf8(rest) {
            Ok(all) => (all, &[][..]),
            Err(error) => {
                let (valid, broken) = rest.split_at(error.valid_up_to());
                (std::str::from_utf8(valid).unwrap_or_default(), broken)
            }
        };
        text.push_str(valid);
        if broken.is_empty() {
            break;
        }
        let (read, len) = match (surrogate(broken), surrogate(broken.get(3..).unwrap_or(&[]))) {
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => (
                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)),
                6,
            ),
            (Some(_), _) => (None, 3),
            (None, _) => (None, invalid_len(broken)),
        };
        text.push(read.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = broken.get(len..).unwrap_or(&[]);
    }
    text
}

/// Cuts a text down to so many bytes, between two characters, and gives back what it took.
pub(crate) fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.shrink_to_fit();
    }
}

/// The surrogate whose three-byte form the bytes start with.
fn surrogate(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, ..] => {
            Some(0xD000 | u32::from(second & 0x3F) << 6 | u32::from(third & 0x3F))
        }
        _ => None,
    }
}

/// How many bytes stand for one mistake; at least one, so that decoding always ends.
fn invalid_len(broken: &[u8]) -> usize {
    match std::str::from_utf8(broken) {
        Ok(_) => broken.len(),
        Err(error) => error.error_len().unwrap_or(broken.len()).max(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_broken_is_replaced() {
        assert!(matches!(decode("安娜".as_bytes()), Cow::Borrowed("安娜")));
        assert_eq!(decode(b"\xEF\xBB\xBF{}"), "{}");
        // A name cut in the middle of a character.
        assert_eq!(decode(b"\"\xE5\xAE\x89\xE5\xA8\""), "\"安\u{FFFD}\"");
        // The end of the text cuts it.
        assert_eq!(decode(b"a\xE5\xA8"), "a\u{FFFD}");
        assert_eq!(decode(b"\xFFa\xFE"), "\u{FFFD}a\u{FFFD}");
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        for (most, left) in [(9, "a安娜"), (7, "a安娜"), (6, "a安"), (3, "a"), (0, "")] {
            let mut text = "a安娜".to_owned();
            cut(&mut text, most);
            assert_eq!(text, left, "{most}");
            assert!(text.capacity() <= 9);
        }
    }

    #[test]
    fn surrogates_encoded_one_by_one_are_joined() {
        assert_eq!(decode(b"x\xED\xA0\xBD\xED\xB8\x84y"), "x\u{1F604}y");
        assert_eq!(decode(b"\xED\xAF\xBF\xED\xBF\xBF"), "\u{10FFFF}");
        // Half of one is one mistake, not three.
        assert_eq!(decode(b"x\xED\xA0\xBDy"), "x\u{FFFD}y");
        assert_eq!(decode(b"\xED\xB8\x84\xED\xA0\xBD"), "\u{FFFD}\u{FFFD}");
        assert_eq!(decode(b"\xED\xA0"), "\u{FFFD}\u{FFFD}");
    }

    proptest! {
        #[test]
        fn text_is_left_alone_and_valid_parts_survive(head in any::<String>(), junk in any::<Vec<u8>>(), tail in "[a-z]{0,8}") {
            prop_assume!(!head.starts_with('\u{FEFF}'));
            prop_assert_eq!(decode(head.as_bytes()), head.as_str());
            let mixed = [head.as_bytes(), &junk, tail.as_bytes()].concat();
            let decoded = decode(&mixed);
            prop_assert!(decoded.starts_with(&head));
            prop_assert!(decoded.ends_with(&tail));
        }
    }
}

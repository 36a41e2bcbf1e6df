//! Who is meant by an `@` in a text.
//!
//! The service does not say: a mention is text like any other, `@`, a name and mostly a blank of
//! its own kind, U+2005. So this is a comparison of texts, and a false alarm is possible.

/// The blank that phones put behind the name.
const MARK: char = '\u{2005}';

/// The names that mean everybody in a room.
const ALL: [&str; 4] = ["所有人", "all", "All", "ALL"];

/// Whether a text mentions this account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mention {
    /// By one of its names.
    Yes,
    /// Together with everybody in the room, and not by name.
    All,
    /// Not at all.
    No,
    /// Somebody is mentioned, by a name that may be the one this account has in the room: that
    /// name is not known.
    Unknown,
}

/// Whether a text mentions this account by its nick name or by the name it has in the room.
///
/// `in_room` is `None` where the name in the room is not known, and empty where there is none. The
/// text and both names are those that people see: decoded, once. Compared are whole names, up to a
/// blank, a punctuation mark or the end. Of a text that [quotes](super::Text::quoted), look at the
/// answer alone.
pub fn mentions(text: &str, nick_name: &str, in_room: Option<&str>) -> Mention {
    let own = [nick_name, in_room.unwrap_or_default()];
    let mut answer = Mention::No;
    for (at, _) in text.match_indices('@') {
        let (before, behind) = text.split_at(at);
        let behind = behind.strip_prefix('@').unwrap_or(behind);
        let is = |name: &&str| !name.is_empty() && ends_name(before, behind.strip_prefix(*name));
        if own.iter().any(is) {
            return Mention::Yes;
        }
        if ALL.iter().any(is) {
            answer = Mention::All;
        } else if in_room.is_none() && answer == Mention::No && is_somebody(before, behind) {
            answer = Mention::Unknown;
        }
    }
    answer
}

/// Writes a text that mentions people the way a phone does: `@Name` and U+2005 for each, then the
/// rest. The phones of those in the room show it as a mention; whether they ring is for the
/// service to decide. Ends of lines and marks of mentions in a name become blanks, and its `@` a wide one.
pub fn mention_text(names: &[&str], rest: &str) -> String {
    let mut text = String::new();
    for name in names {
        text.push('@');
        // The name is for its owner to choose: it must neither begin a mention of somebody else nor
        // a line of ours.
        let ends = |c: char| c == MARK || c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        text.extend(name.chars().map(|c| match c {
            '@' => '＠',
            c if ends(c) => ' ',
            c => c,
        }));
        text.push(MARK);
    }
    text.push_str(rest);
    text
}

/// Whether a name that was found ends where it should, and its `@` is one of a mention.
fn ends_name(before: &str, after: Option<&str>) -> bool {
    let Some(after) = after else {
        return false;
    };
    if after.starts_with(MARK) {
        return true;
    }
    if is_address(before) {
        return false;
    }
    let mut rest = after.chars();
    match rest.next() {
        None => true,
        Some(c) if c.is_whitespace() => {
            // A longer name that has a blank in it, and ends where the phone says.
            let longer = after.find(['@', '\n', MARK]);
            !longer.is_some_and(|at| after.split_at(at).1.starts_with(MARK))
        }
        Some('，' | '。' | '！' | '？' | '：' | '；' | '、' | '…' | '~' | '～') => true,
        // In names and addresses they stand before letters.
        Some(',' | '.' | '!' | '?' | ':' | ';') => rest.next().is_none_or(char::is_whitespace),
        Some(_) => false,
    }
}

/// Whether an `@` has a name behind it at all.
fn is_somebody(before: &str, behind: &str) -> bool {
    let mut behind = behind.chars();
    let first = behind.next();
    // A face: `@_@`.
    let is_face = first.is_some_and(|c| c.is_ascii_punctuation()) && behind.next() == Some('@');
    let is_name = first.is_some_and(|c| !c.is_whitespace() && c != '@');
    is_name && !is_face && !is_address(before)
}

/// Whether what stands before an `@` makes it the one of a mail address.
fn is_address(before: &str) -> bool {
    before
        .chars()
        .next_back()
        .is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-'))
}

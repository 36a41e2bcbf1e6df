//! Numbers: those of people, and those of the protocol.

use super::escape::Escape;

/// A number as people write it, `138-1234-5678`: groups of digits, and what joins them.
pub(super) struct Number<'a> {
    pub(super) text: &'a str,
    /// Where the groups begin and end.
    pub(super) groups: Vec<(usize, usize)>,
}

/// So many digits, in however many groups, may be the number of a phone, a card, a place, or a code.
const WHOLE: usize = 6;

/// A group of so many is half of one, or one of a few digits.
pub(super) const GROUP: usize = 4;

/// So many are a whole number by themselves, and the same one wherever they stand.
const ALONE: usize = 8;

/// Numbers of the protocol itself have no more digits, and sizes none more than this.
const PROTOCOL: usize = 7;
const SIZE: usize = 9;

impl<'a> Number<'a> {
    /// `text` begins with a digit.
    pub(super) fn at_start_of(text: &'a str) -> Self {
        let mut groups = Vec::new();
        let mut at = 0;
        let mut end = 0;
        while let Some(len) = text.get(at..).and_then(group) {
            if len >= ALONE && !groups.is_empty() {
                break;
            }
            end = at + len;
            groups.push((at, end));
            let (head, tail) = text.split_at(end);
            match joint(tail, head) {
                Some(joint) if len < ALONE => at = end + joint,
                _ => break,
            }
        }
        let (text, _) = text.split_at(end);
        Self { text, groups }
    }

    pub(super) fn digits(&self) -> String {
        let groups = self.groups.iter();
        groups
            .filter_map(|(start, end)| self.text.get(*start..*end))
            .collect()
    }

    /// Whether it is larger than what says nothing about anybody.
    pub(super) fn is_large(&self) -> bool {
        let lengths = || self.groups.iter().map(|(start, end)| end - start);
        lengths().sum::<usize>() >= WHOLE || lengths().any(|len| len >= GROUP)
    }

    /// The same groups of other digits.
    pub(super) fn with(&self, digits: &str) -> String {
        let mut text = String::with_capacity(self.text.len());
        let mut digits = digits.chars();
        let mut last = 0;
        for (start, end) in &self.groups {
            text.push_str(self.text.get(last..*start).unwrap_or_default());
            text.extend(digits.by_ref().take(end - start));
            last = *end;
        }
        text
    }
}

/// How many digits a text begins with, if no letter follows.
fn group(text: &str) -> Option<usize> {
    let len = text.bytes().take_while(u8::is_ascii_digit).count();
    let next = text.as_bytes().get(len);
    (len > 0 && !next.is_some_and(u8::is_ascii_alphanumeric)).then_some(len)
}

/// How long that is which joins one group of digits to the next, as in `138 1234`, `(138) 1234`,
/// `31.23`, `138%201234`. A comma and a blank join nothing.
fn joint(text: &str, head: &str) -> Option<usize> {
    /// As many as there are in a row.
    const LOOSE: &str = "-+() \u{a0}\u{2009}\u{202f}\u{3000}‐‑‒–—−－＋（）";
    const TIGHT: &str = ".,/·．，／";
    const MOST: usize = 3;
    let mut len = 0;
    let mut marks = 0;
    let mut is_tight = false;
    while marks <= MOST {
        let Some(rest) = text.get(len..) else {
            break;
        };
        let next = rest.chars().next()?;
        if next.is_ascii_digit() {
            return (marks == 1 || (marks > 1 && !is_tight)).then_some(len);
        }
        let (mark, width) = mark(rest, if len == 0 { head } else { "" })
            .unwrap_or_else(|| (next.to_string(), next.len_utf8()));
        for mark in mark.chars() {
            is_tight |= TIGHT.contains(mark);
            if !TIGHT.contains(mark) && !LOOSE.contains(mark) {
                return None;
            }
            marks += 1;
        }
        len += width;
    }
    None
}

/// The marks that an escape stands for, and how long it is.
fn mark(text: &str, head: &str) -> Option<(String, usize)> {
    let sign = ["&amp;", "&"].iter().find(|sign| text.starts_with(**sign));
    let sign = sign.copied().unwrap_or_default();
    let by_number = text.strip_prefix(sign).and_then(|rest| {
        let escape = Escape::at_start_of(rest, sign)?;
        matches!(escape, Escape::Number(_)).then(|| {
            let marks = escape.letters(rest);
            (marks, sign.len() + escape.len())
        })
    });
    by_number.or_else(|| {
        let escape = Escape::at_start_of(text, head)?;
        let (code, _) = text.split_at(escape.len());
        match escape {
            Escape::Mark(_) if code == "&nbsp;" => Some((" ".to_owned(), code.len())),
            Escape::Mark(_) => None,
            _ => Some((escape.letters(code), code.len())),
        }
    })
}

/// Members of JSON that are numbers of the protocol: what kind something is, what came of a request, how
/// much there is of it.
const MEMBERS: &[&str] = &[
    "AppMsgType",
    "ContactFlag",
    "Count",
    "ImgHeight",
    "ImgWidth",
    "MemberCount",
    "MsgType",
    "OpCode",
    "PlayLength",
    "Ret",
    "Scene",
    "StatusNotifyCode",
    "SubMsgType",
    "VerifyFlag",
    "VoiceLength",
    "retcode",
];

/// The same of XML.
const ELEMENTS: &[&str] = &[
    "cdnthumbheight",
    "cdnthumbwidth",
    "datatype",
    "height",
    "opcode",
    "paysubtype",
    "playlength",
    "ret",
    "scene",
    "type",
    "voicelength",
    "width",
];

const SIZES: &[&str] = &["FileSize", "length", "totallen"];

/// Whether a number between `head` and `tail` is one of the protocol's. `is_reply`: the text is one of the
/// service's, in which JSON and script are its own. What somebody wrote stands there too, in strings: there
/// is a backslash before each of its quotes, and a name without quotes may be anybody's, but for the one
/// that the service writes so.
pub(super) fn is_of_protocol(number: &str, head: &str, tail: &str, is_reply: bool) -> bool {
    let head = head.strip_suffix('-').unwrap_or(head);
    let is = |known: &[&str], name: &str| {
        (known.contains(&name) && number.len() <= PROTOCOL)
            || (SIZES.contains(&name) && number.len() <= SIZE)
    };
    number.len() <= SIZE
        && ((is_reply && member(head).is_some_and(|name| is(MEMBERS, name)))
            || element(head, tail).is_some_and(|name| is(ELEMENTS, name))
            || attribute(head, tail).is_some_and(|name| is(ELEMENTS, name))
            || is_date(number, head, tail))
}

/// The member of a script. The other one, `selector`, has a single digit, and such stay anyway.
const SCRIPT: &str = "retcode";

/// `"Ret":`, `"FileSize":"`, `retcode:"`.
fn member(head: &str) -> Option<&str> {
    let head = head.strip_suffix(['"', '\'']).unwrap_or(head).trim_end();
    let head = head.strip_suffix(':')?.trim_end();
    let (name, is_json) = match head.strip_suffix('"') {
        Some(head) => (head, true),
        None => (head, false),
    };
    let (head, name) = last_word(name)?;
    let opens = match is_json {
        true => head.ends_with('"') && !head.ends_with("\\\""),
        false => name == SCRIPT && head.ends_with(['{', ',', ' ']),
    };
    opens.then_some(name)
}

/// `<type>` before `</type>`.
fn element<'a>(head: &'a str, tail: &str) -> Option<&'a str> {
    const SHUT: [&str; 3] = [">", "&gt;", "\\u003e"];
    const OPEN: [&str; 3] = ["<", "&lt;", "\\u003c"];
    let head = SHUT.iter().find_map(|mark| head.strip_suffix(mark))?;
    let tail = OPEN.iter().find_map(|mark| tail.strip_prefix(mark))?;
    let (head, name) = last_word(head)?;
    // The mark may be of letters itself.
    let escaped = name.strip_prefix("u003c").filter(|_| head.ends_with('\\'));
    let is_open = escaped.is_some() || head.ends_with('<') || head.ends_with("&lt;");
    let name = escaped.unwrap_or(name);
    let tail = tail.trim_start_matches('\\').strip_prefix('/')?;
    (is_open && tail.starts_with(name)).then_some(name)
}

/// `length="` before `"`.
fn attribute<'a>(head: &'a str, tail: &str) -> Option<&'a str> {
    const QUOTES: [&str; 4] = ["\\\"", "\"", "&quot;", "'"];
    let quote = QUOTES.iter().find(|quote| head.ends_with(*quote))?;
    let head = head.strip_suffix(quote)?.trim_end();
    let (head, name) = last_word(head.strip_suffix('=')?.trim_end())?;
    // At the start of a line, which may be an escape, or an element in a content.
    let name = match head.ends_with('\\') {
        true => name.strip_prefix(['n', 't'])?,
        false => name,
    };
    let begins = |c: char| c.is_whitespace() || ['\\', '>', ';'].contains(&c);
    (head.ends_with(begins) && tail.starts_with(quote)).then_some(name)
}

/// The year in `Thu, 01-Jan-2026 00:00:00 GMT`, and how long a cookie lives.
fn is_date(number: &str, head: &str, tail: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let age = head.len().checked_sub(8).and_then(|at| head.get(at..));
    let is_age = age.is_some_and(|age| age.eq_ignore_ascii_case("max-age="));
    let month = head.strip_suffix(['-', ' ']).unwrap_or(head);
    let is_time = matches!(
        tail.as_bytes(),
        [
            b' ',
            b'0'..=b'2',
            b'0'..=b'9',
            b':',
            b'0'..=b'5',
            b'0'..=b'9',
            b':',
            ..
        ]
    );
    let is_year = number.len() == 4 && is_time && MONTHS.iter().any(|it| month.ends_with(it));
    is_age || is_year
}

/// The ASCII letters and digits that a text ends with, and what stands before them.
fn last_word(text: &str) -> Option<(&str, &str)> {
    /// No name that is looked for is longer.
    const LONGEST: usize = 32;
    let bytes = text.bytes().rev().take(LONGEST);
    let len = bytes.take_while(u8::is_ascii_alphanumeric).count();
    (len > 0).then(|| text.split_at_checked(text.len() - len))?
}

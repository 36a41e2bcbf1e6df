//! Characters that are written as something else.

/// What a text begins with, as long as it is in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// `%E5%BC%A0`, as many as there are in a row; or, escaped again, `%25E5%25BC%25A0`.
    Percent(usize),
    /// `\u5f20\u4e09`, as many as there are in a row.
    Units(usize),
    /// `\xe5\xbc\xa0` or `\345\274\240`, as many as there are in a row.
    Bytes(usize),
    /// `#24352;` or `#x5f20;`: a character by its number, without the mark before it. Both marks may be
    /// escaped themselves.
    Number(Number),
    /// `\n`, `&amp;`: it names no letter.
    Mark(usize),
}

/// A character by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    len: usize,
    /// Where its digits begin and end.
    digits: (usize, usize),
    is_hex: bool,
    is_large: bool,
    pub(super) letter: char,
}

impl Escape {
    /// `head` is what stands before the text.
    pub(super) fn at_start_of(text: &str, head: &str) -> Option<Self> {
        match text.as_bytes() {
            [b'%' | b'#', ..] => match number(text, head) {
                Some(number) => Some(Self::Number(number)),
                None => Some(Self::Percent(percent(text)?)),
            },
            [b'\\', b'u', ..] => match number(text, head) {
                Some(number) => Some(Self::Number(number)),
                None if unit(text).is_some() => Some(units(text)),
                None => Some(Self::Mark(2)),
            },
            [b'\\', ..] if byte(text).is_some() => Some(Self::Bytes(bytes(text))),
            [b'\\', next, ..] if next.is_ascii() => Some(Self::Mark(2)),
            [b'&', ..] => {
                const KNOWN: [&str; 6] = ["&lt;", "&gt;", "&amp;", "&quot;", "&apos;", "&nbsp;"];
                let known = KNOWN.iter().find(|known| text.starts_with(**known))?;
                Some(Self::Mark(known.len()))
            }
            _ => None,
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Percent(len) | Self::Units(len) | Self::Bytes(len) | Self::Mark(len) => len,
            Self::Number(number) => number.len,
        }
    }

    /// The text that a run of escapes stands for.
    pub(super) fn letters(self, run: &str) -> String {
        match self {
            Self::Percent(_) => String::from_utf8_lossy(&of_percent(run)).into_owned(),
            Self::Bytes(_) => String::from_utf8_lossy(&of_bytes(run)).into_owned(),
            Self::Units(_) => of_units(run),
            Self::Number(number) => number.letter.to_string(),
            Self::Mark(_) => String::new(),
        }
    }
}

/// The byte that a text begins with, `%5F`, `%255F` and so on, and how long it is.
fn percent_byte(text: &str) -> Option<(u8, usize)> {
    let digits = text.strip_prefix('%')?;
    let hex = |at: usize| {
        let digits = digits.get(at..at + 2)?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
    };
    let mut found = (hex(0)?, 3);
    // A sign that is escaped itself.
    while found.0 == b'%' {
        match hex(found.1 - 1) {
            Some(byte) => found = (byte, found.1 + 2),
            None => break,
        }
    }
    Some(found)
}

fn percent(text: &str) -> Option<usize> {
    let (_, width) = percent_byte(text)?;
    let mut len = width;
    while let Some((byte, next)) = text.get(len..).and_then(percent_byte) {
        let (head, tail) = text.split_at(len);
        // A character by its number is a word of its own.
        if next != width || (byte == b'#' && number(tail, head).is_some()) {
            break;
        }
        len += next;
    }
    Some(len)
}

/// The bytes that `%E5%BC%A0` stands for.
pub(super) fn of_percent(run: &str) -> Vec<u8> {
    let width = percent_byte(run).map_or(3, |(_, width)| width);
    let groups = run.as_bytes().chunks(width);
    let byte = |group| percent_byte(std::str::from_utf8(group).ok()?);
    groups.filter_map(|group| Some(byte(group)?.0)).collect()
}

/// Other bytes, as they stand in a run.
pub(super) fn in_percent(run: &str, bytes: &[u8]) -> String {
    let width = percent_byte(run).map_or(3, |(_, width)| width);
    let sign = run.get(..width - 2).unwrap_or_default();
    let is_small = run.bytes().any(|digit| matches!(digit, b'a'..=b'f'));
    let groups = bytes.iter().map(|byte| match is_small {
        true => format!("{sign}{byte:02x}"),
        false => format!("{sign}{byte:02X}"),
    });
    groups.collect()
}

/// A byte that a text begins with, `\x5f` or `\137`, or the same in a text where a backslash stands twice.
#[derive(Clone, Copy)]
struct Byte {
    value: u8,
    slashes: usize,
    is_hex: bool,
}

impl Byte {
    fn len(self) -> usize {
        self.slashes + 3
    }
}

fn byte(text: &str) -> Option<Byte> {
    let slashes = text.bytes().take(3).take_while(|it| *it == b'\\').count();
    let digits = text.get(slashes..)?;
    let hex = digits.strip_prefix('x');
    let (digits, radix, width) = match hex {
        Some(digits) => (digits, 16, 2),
        None => (digits, 8, 3),
    };
    let digits = digits.get(..width)?;
    let is_number = digits
        .bytes()
        .all(|digit| char::from(digit).is_digit(radix));
    let value = is_number.then(|| u8::from_str_radix(digits, radix).ok())??;
    (1..=2).contains(&slashes).then_some(Byte {
        value,
        slashes,
        is_hex: hex.is_some(),
    })
}

fn bytes(text: &str) -> usize {
    let Some(first) = byte(text) else {
        return 0;
    };
    let mut len = first.len();
    let next = |len: usize| byte(text.get(len..)?);
    while next(len).is_some_and(|it| (it.slashes, it.is_hex) == (first.slashes, first.is_hex)) {
        len += first.len();
    }
    len
}

/// The bytes that `\xe5\xbc\xa0` stands for.
pub(super) fn of_bytes(run: &str) -> Vec<u8> {
    let width = byte(run).map_or(4, Byte::len);
    let groups = run.as_bytes().chunks(width);
    let byte = |group| byte(std::str::from_utf8(group).ok()?);
    groups
        .filter_map(|group| Some(byte(group)?.value))
        .collect()
}

/// Other bytes, as they stand in a run.
pub(super) fn in_bytes(run: &str, bytes: &[u8]) -> String {
    let Some(Byte {
        slashes, is_hex, ..
    }) = byte(run)
    else {
        return run.to_owned();
    };
    let is_large = run.bytes().any(|digit| matches!(digit, b'A'..=b'F'));
    let slashes = "\\".repeat(slashes);
    let groups = bytes.iter().map(|byte| match (is_hex, is_large) {
        (true, true) => format!("{slashes}x{byte:02X}"),
        (true, false) => format!("{slashes}x{byte:02x}"),
        (false, _) => format!("{slashes}{byte:03o}"),
    });
    groups.collect()
}

/// The unit that a text begins with, `\u5f20`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

fn units(text: &str) -> Escape {
    let starts = std::iter::successors(Some(text), |text| text.get(6..));
    // A character by its number is a word of its own.
    let starts = starts.enumerate().take_while(|(at, rest)| {
        let (head, _) = text.split_at(at * 6);
        number(rest, head).is_none()
    });
    let run = char::decode_utf16(starts.map_while(|(_, rest)| unit(rest)));
    // Half a character is none.
    let whole = run.map_while(Result::ok).map(char::len_utf16);
    match whole.sum::<usize>() {
        0 => Escape::Mark(6),
        count => Escape::Units(count * 6),
    }
}

/// The characters that `\u5f20\u4e09` stands for.
pub(super) fn of_units(run: &str) -> String {
    let digits = run.split("\\u").skip(1);
    let units = digits.filter_map(|digits| u16::from_str_radix(digits, 16).ok());
    char::decode_utf16(units).filter_map(Result::ok).collect()
}

/// How long the mark is that a text begins with, as it is or escaped.
fn mark(text: &str, mark: u8) -> Option<usize> {
    match text.as_bytes() {
        [first, ..] if *first == mark => Some(1),
        [b'%', ..] => percent_byte(text).and_then(|(byte, len)| (byte == mark).then_some(len)),
        [b'\\', ..] => unit(text).and_then(|unit| (unit == u16::from(mark)).then_some(6)),
        _ => None,
    }
}

fn number(text: &str, head: &str) -> Option<Number> {
    /// No character has more digits, but for zeros in front of them.
    const MOST: usize = 10;
    let (start, end) = match text.strip_prefix("\\u{") {
        Some(_) => (3, b'}'),
        None => (mark(text, b'#')?, b';'),
    };
    let inside = text.get(start..)?;
    let hex = inside.strip_prefix(['x', 'X']);
    let is_large = inside.starts_with('X');
    let is_hex = hex.is_some() || end == b'}';
    let (start, digits) = match hex {
        Some(digits) => (start + 1, digits),
        None => (start, inside),
    };
    let radix = if is_hex { 16 } else { 10 };
    let is_digit = |c: &u8| char::from(*c).is_digit(radix);
    let len = digits.bytes().take(MOST + 1).take_while(is_digit).count();
    let (digits, tail) = digits.split_at_checked(len)?;
    let close = match mark(tail, end) {
        Some(len) => len,
        // It may be missing behind `&#24352`, but not in a text that has a number in it, `#1`.
        None if end == b';' && is_opened(head) => 0,
        None => return None,
    };
    let code = u32::from_str_radix(digits, radix).ok()?;
    Some(Number {
        len: start + len + close,
        digits: (start, start + len),
        is_hex,
        is_large,
        letter: char::from_u32(code)?,
    })
}

/// Whether the mark of a character by its number ends a text.
fn is_opened(head: &str) -> bool {
    let marks = ["&", "&amp;", "%26", "2526", "\\u0026"];
    marks.iter().any(|mark| head.ends_with(mark))
}

/// Another letter, as a number in as many digits as `#24352;` or `#x5f20;` has.
pub(super) fn other_number(like: &str, number: Number, draw: u64) -> String {
    let (start, end) = number.digits;
    let width = end - start;
    let (first, count) = match (number.is_hex, width) {
        (_, 0..=2) => (u32::from('A'), 26),
        (false, 3) => (0xe0, 23),
        (false, 4) | (true, 3) => (0x430, 32),
        (false, 5) | (true, 4) => (0x4e00, 5000),
        _ => (0x2_0000, 5000),
    };
    let code = first + u32::try_from(draw % count).unwrap_or_default();
    let digits = match (number.is_hex, number.is_large) {
        (false, _) => format!("{code:0width$}"),
        (true, true) => format!("{code:0width$X}"),
        (true, false) => format!("{code:0width$x}"),
    };
    let part = |range| like.get(range).unwrap_or_default();
    [part(0..start), &digits, part(end..like.len())].concat()
}

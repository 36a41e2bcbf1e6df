//! Characters that are written as something else.

/// What a text begins with, as long as it is in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// `%E5%BC%A0`, as many as there are in a row.
    Percent(usize),
    /// `\u5f20\u4e09`, as many as there are in a row.
    Units(usize),
    /// `#24352;` or `#x5f20;`: a character by its number, without the mark before it, which may be
    /// escaped itself.
    Number(usize, char),
    /// `\n`, `&amp;`: it names no letter.
    Mark(usize),
}

impl Escape {
    pub(super) fn at_start_of(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [b'%', ..] => Some(Self::Percent(percent(text)?)),
            [b'\\', b'u', ..] if unit(text).is_some() => Some(units(text)),
            [b'\\', next, ..] if next.is_ascii() => Some(Self::Mark(2)),
            [b'#', ..] => number(text),
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
            Self::Percent(len) | Self::Units(len) | Self::Number(len, _) | Self::Mark(len) => len,
        }
    }
}

fn percent(text: &str) -> Option<usize> {
    let groups = text.as_bytes().chunks_exact(3);
    let is_escape = |group: &&[u8]| match group {
        [b'%', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    };
    let count = groups.take_while(is_escape).count();
    (count > 0).then_some(count * 3)
}

/// The bytes that `%E5%BC%A0` stands for.
pub(super) fn of_percent(run: &str) -> Vec<u8> {
    let digits = run.split('%').skip(1);
    let byte = |digits| u8::from_str_radix(digits, 16).unwrap_or_default();
    digits.map(byte).collect()
}

/// The unit that a text begins with, `\u5f20`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

fn units(text: &str) -> Escape {
    let run =
        char::decode_utf16(std::iter::successors(Some(text), |text| text.get(6..)).map_while(unit));
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

fn number(text: &str) -> Option<Escape> {
    /// No character has more digits, but for zeros in front of them.
    const MOST: usize = 10;
    let end = text.bytes().take(MOST + 2).position(|byte| byte == b';')?;
    let inside = text.get(1..end)?;
    let (digits, radix) = match inside.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (inside, 10),
    };
    let is_number = digits.bytes().all(|digit| digit.is_ascii_alphanumeric());
    let code = is_number.then(|| u32::from_str_radix(digits, radix).ok())??;
    let letter = char::from_u32(code)?;
    Some(Escape::Number(inside.len() + 2, letter))
}

/// Another letter, as a number in as many digits as `#24352;` or `#x5f20;` has.
pub(super) fn other_number(like: &str, draw: u64) -> String {
    let inside = like.trim_matches(['#', ';']);
    let (mark, digits) = match inside.strip_prefix(['x', 'X']) {
        Some(digits) => (inside.strip_suffix(digits).unwrap_or_default(), digits),
        None => ("", inside),
    };
    let width = digits.len();
    let (first, count) = match (mark.is_empty(), width) {
        (_, 2) => (u32::from('A'), 26),
        (true, 3) => (0xe0, 23),
        (true, 4) | (false, 3) => (0x430, 32),
        (true, 5) | (false, 4) => (0x4e00, 5000),
        _ => (0x2_0000, 5000),
    };
    let code = first + u32::try_from(draw % count).unwrap_or_default();
    match mark {
        "" => format!("#{code:0width$};"),
        "X" => format!("#X{code:0width$X};"),
        _ => format!("#x{code:0width$x};"),
    }
}

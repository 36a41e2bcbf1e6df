//! Making JSON of what is nearly JSON.

use std::collections::BTreeMap;

use super::slice::Cursor;

/// The same value in strict JSON; `None` if its brackets, names and commas are not where they
/// belong.
///
/// Control characters are escaped, escapes that mean nothing are kept literally, halves of a
/// surrogate pair become U+FFFD, the last of several members of one name wins, a comma too many
/// goes, and what is no number becomes null.
pub(super) fn rewrite(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut from = Cursor::new(raw);
    value(&mut from, &mut out, 0)?;
    from.peek().is_none().then_some(out)
}

/// The levels that are repaired; a record of the service has four. Each is read once more for every
/// level around it, so this bounds the time as well as the recursion.
const MAX_DEPTH: usize = 8;

fn value(from: &mut Cursor<'_>, out: &mut String, depth: usize) -> Option<()> {
    let first = from.peek()?;
    let raw = from.value().ok()?;
    match first {
        b'{' | b'[' if depth == MAX_DEPTH => None,
        b'{' => object(raw, out, depth + 1),
        b'[' => list(raw, out, depth + 1),
        b'"' => string(raw.strip_prefix('"')?.strip_suffix('"')?, out),
        _ => bare(raw, out),
    }
}

fn object(raw: &str, out: &mut String, depth: usize) -> Option<()> {
    let mut from = Cursor::new(raw);
    from.eat(b'{');
    let mut members = BTreeMap::new();
    while let Some(name) = from.name(members.is_empty()).ok()? {
        members.insert(name, from.value().ok()?);
    }
    out.push('{');
    for (index, (name, raw)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        string(name, out)?;
        out.push(':');
        let start = out.len();
        if value(&mut Cursor::new(raw), out, depth).is_none() {
            out.truncate(start);
            out.push_str("null");
        }
    }
    out.push('}');
    Some(())
}

fn list(raw: &str, out: &mut String, depth: usize) -> Option<()> {
    let mut from = Cursor::new(raw);
    from.eat(b'[');
    out.push('[');
    let start = out.len();
    while !from.eat(b']') {
        let item = from.value().ok()?;
        let end = out.len();
        if end > start {
            out.push(',');
        }
        if value(&mut Cursor::new(item), out, depth).is_none() {
            out.truncate(end);
        }
        if !from.eat(b',') && from.peek() != Some(b']') {
            return None;
        }
    }
    out.push(']');
    Some(())
}

fn string(inner: &str, out: &mut String) -> Option<()> {
    out.push('"');
    let mut rest = inner;
    while let Some(stop) = rest.find(|c: char| c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at(stop);
        out.push_str(plain);
        let mut chars = special.chars();
        rest = match chars.next() {
            Some('\\') => escape(chars.as_str(), out),
            Some(control) => {
                push_unit(u32::from(control), out);
                chars.as_str()
            }
            None => break,
        };
    }
    out.push_str(rest);
    out.push('"');
    Some(())
}

/// Writes the escape that `rest` goes on with after its backslash, and returns what follows.
fn escape<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let mut chars = rest.chars();
    match chars.next() {
        Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
            out.push('\\');
            out.push(known);
            chars.as_str()
        }
        Some('u') => match unit(chars.as_str()) {
            Some((0xD800..=0xDFFF, after)) => match pair(rest) {
                Some((character, after)) => {
                    out.push(character);
                    after
                }
                None => {
                    out.push(char::REPLACEMENT_CHARACTER);
                    after
                }
            },
            Some((unit, after)) => {
                push_unit(unit, out);
                after
            }
            None => {
                out.push_str("\\\\u");
                chars.as_str()
            }
        },
        // What follows is plain text, or again something special.
        _ => {
            out.push_str("\\\\");
            rest
        }
    }
}

/// Writes an escape of 16 bits. There may be millions, and `format!` takes long for each.
fn push_unit(unit: u32, out: &mut String) {
    out.push_str("\\u");
    for place in [12, 8, 4, 0] {
        out.extend(char::from_digit(unit >> place & 15, 16));
    }
}

/// Four hexadecimal digits.
fn unit(rest: &str) -> Option<(u32, &str)> {
    let (digits, after) = rest.split_at_checked(4)?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then_some((u32::from_str_radix(digits, 16).ok()?, after))
}

/// `uXXXX\\uXXXX`, both halves of one character.
fn pair(rest: &str) -> Option<(char, &str)> {
    let (high, after) = unit(rest.strip_prefix('u')?)?;
    let (low, after) = unit(after.strip_prefix("\\u")?)?;
    let both = char::decode_utf16([u16::try_from(high).ok()?, u16::try_from(low).ok()?]);
    match both.collect::<Result<String, _>>().ok()?.chars().next()? {
        character if u32::from(character) > 0xFFFF => Some((character, after)),
        _ => None,
    }
}

fn bare(raw: &str, out: &mut String) -> Option<()> {
    let known = matches!(raw, "true" | "false") || serde_json::from_str::<f64>(raw).is_ok();
    out.push_str(if known { raw } else { "null" });
    Some(())
}

//! Cutting JSON into raw pieces by brackets and quotes, without looking inside.

use crate::wire::malformed::{Defect, Malformed};

/// No real reply has more than six levels. The bound is also the width of the set of open brackets.
const MAX_DEPTH: u32 = 64;

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn set(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn error(&self, defect: Defect) -> Malformed {
        Malformed::new(defect, self.at)
    }

    /// `Truncated` at the end of the text, `Syntax` before it.
    pub(super) fn unexpected(&self) -> Malformed {
        self.error(if self.at < self.text.len() {
            Defect::Syntax
        } else {
            Defect::Truncated
        })
    }

    /// The byte after white space, which is passed over.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    /// Passes over white space and over `byte`, if it follows.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The text from `start` up to here. Both are places this cursor stopped at, which are never
    /// inside a character.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// The name of the next member, without its quotes but with its escapes, and the colon after it;
    /// `None` at the closing brace, which is passed over. One comma too many before it is allowed.
    pub(super) fn name(&mut self, first: bool) -> Result<Option<&'a str>, Malformed> {
        let more = first || self.eat(b',');
        if self.eat(b'}') {
            return Ok(None);
        }
        if !more || !self.eat(b'"') {
            return Err(self.unexpected());
        }
        let start = self.at;
        self.string()?;
        let name = self.since(start);
        if !self.eat(b':') {
            return Err(self.unexpected());
        }
        Ok(name.strip_suffix('"'))
    }

    /// The next value of whatever type, raw.
    pub(super) fn value(&mut self) -> Result<&'a str, Malformed> {
        self.skim(false)
    }

    /// The next value, refused if one of its strings is followed by something that cannot follow a
    /// string: then a stray quote has turned inside and outside around.
    pub(super) fn untorn_value(&mut self) -> Result<&'a str, Malformed> {
        self.skim(true)
    }

    fn skim(&mut self, untorn: bool) -> Result<&'a str, Malformed> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'"') => {
                self.at += 1;
                self.string()?;
            }
            Some(b'{' | b'[') => self.nested(untorn)?,
            _ => self.bare(),
        }
        Ok(self.since(start))
    }

    /// Passes over the rest of a string and its closing quote.
    fn string(&mut self) -> Result<(), Malformed> {
        let bytes = self.text.as_bytes();
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            match rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
                None => {
                    self.at = bytes.len();
                    return Err(self.error(Defect::Truncated));
                }
                Some(len) if rest.get(len) == Some(&b'"') => {
                    self.at += len + 1;
                    return Ok(());
                }
                // The escaped character may be of several bytes; its first one is no quote then,
                // and passing over that alone is enough.
                Some(len) => self.at = (self.at + len + 2).min(bytes.len()),
            }
        }
    }

    /// Passes over an object or a list, from its opening bracket to the closing one.
    fn nested(&mut self, untorn: bool) -> Result<(), Malformed> {
        let bytes = self.text.as_bytes();
        // One bit for each open bracket, set for braces.
        let mut open = 0_u64;
        let mut depth = 0;
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
            let Some(len) = rest.iter().position(mark) else {
                self.at = bytes.len();
                return Err(self.error(Defect::Truncated));
            };
            let byte = rest.get(len).copied().unwrap_or_default();
            self.at += len + 1;
            match byte {
                b'"' => {
                    self.string()?;
                    if untorn && !matches!(self.peek(), Some(b':' | b',' | b'}' | b']')) {
                        return Err(self.unexpected());
                    }
                }
                b'{' | b'[' if depth == MAX_DEPTH => return Err(self.error(Defect::TooDeep)),
                b'{' | b'[' => {
                    open = open << 1 | u64::from(byte == b'{');
                    depth += 1;
                }
                _ => {
                    if (open & 1 == 1) != (byte == b'}') {
                        return Err(self.error(Defect::Syntax));
                    }
                    open >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Passes over a number or a word, up to what ends one. What does not belong into a value ends
    /// it too, and is then unexpected.
    fn bare(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        self.at += rest.iter().take_while(|byte| part(byte)).count();
    }
}

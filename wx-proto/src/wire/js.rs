//! Replies written as fragments of a script: `window.code=200;`. They are matched, never evaluated.
//!
//! ```text
//! reply     = *( WSP / ";" / statement )
//! statement = [ "window." ] path "=" ( number / string / object )
//! object    = "{" pair *( "," pair ) "}"        pair = ( name / string ) ":" ( number / string )
//! ```
//!
//! White space may stand anywhere between the parts. Strings have no escapes: they end at the next
//! quote of their own kind. A statement of another form is skipped.

use crate::wire::malformed::{Defect, Malformed};

/// The most statements and pairs that are kept; real replies have two.
const MAX_PARTS: usize = 64;

/// The assignments of a reply, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Script<'a> {
    pub(crate) assignments: Vec<(&'a str, Value<'a>)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A number or a string, without quotes.
    Scalar(&'a str),
    Object(Vec<(&'a str, &'a str)>),
}

impl<'a> Script<'a> {
    /// A reply without any assignment is [`Malformed`], and so is one that ends within a string.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Malformed> {
        // Its scripts may say anything.
        if text.trim_start().starts_with('<') {
            return Err(Malformed::new(Defect::Html, 0));
        }
        let mut from = Scanner { text, at: 0 };
        let mut assignments = Vec::new();
        loop {
            from.skip(|c| c == ';' || is_blank(c));
            if from.rest().is_empty() {
                break;
            }
            let start = from.at;
            match from.assignment() {
                Some(assignment) if assignments.len() < MAX_PARTS => assignments.push(assignment),
                Some(_) => return Err(Malformed::new(Defect::Syntax, start)),
                None => {
                    from.at = start;
                    from.foreign_statement()?;
                }
            }
        }
        if assignments.is_empty() {
            return Err(Malformed::in_text(text, Defect::Syntax, 0));
        }
        Ok(Self { assignments })
    }

    /// The number or string that was assigned last to `path`, which is given without `window.`.
    pub(crate) fn scalar(&self, path: &str) -> Option<&'a str> {
        self.assigned(path).and_then(|value| match value {
            Value::Scalar(text) => Some(*text),
            Value::Object(_) => None,
        })
    }

    /// One value of the object that was assigned last to `path`.
    pub(crate) fn member(&self, path: &str, name: &str) -> Option<&'a str> {
        self.assigned(path).and_then(|value| match value {
            Value::Scalar(_) => None,
            Value::Object(pairs) => {
                let mut found = pairs.iter().rev().filter(|(key, _)| *key == name);
                found.next().map(|(_, value)| *value)
            }
        })
    }

    fn assigned(&self, path: &str) -> Option<&Value<'a>> {
        let mut found = self.assignments.iter().rev().filter(|(at, _)| *at == path);
        found.next().map(|(_, value)| value)
    }
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes over what `part` accepts and returns it.
    fn skip(&mut self, part: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = rest.trim_start_matches(part);
        let (skipped, _) = rest.split_at(rest.len() - taken.len());
        self.at += skipped.len();
        skipped
    }

    fn eat(&mut self, token: char) -> bool {
        self.skip(is_blank);
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    fn assignment(&mut self) -> Option<(&'a str, Value<'a>)> {
        let path = self.skip(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        let path = ["window.", "Window."]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix))
            .unwrap_or(path);
        if path.is_empty() || !self.eat('=') {
            return None;
        }
        let value = match self.eat('{') {
            true => Value::Object(self.pairs()?),
            false => Value::Scalar(self.scalar()?),
        };
        // A line end may stand for the semicolon, but no second value may follow on the same line.
        self.skip(|c| c == ' ' || c == '\t');
        let ended = self.rest().is_empty() || self.rest().starts_with([';', '\r', '\n']);
        ended.then_some((path, value))
    }

    fn pairs(&mut self) -> Option<Vec<(&'a str, &'a str)>> {
        let mut pairs = Vec::new();
        while !self.eat('}') {
            if pairs.len() == MAX_PARTS || !pairs.is_empty() && !self.eat(',') {
                return None;
            }
            if !pairs.is_empty() && self.eat('}') {
                break;
            }
            let name = self.string().or_else(|| self.word())?;
            if !self.eat(':') {
                return None;
            }
            pairs.push((name, self.scalar()?));
        }
        Some(pairs)
    }

    fn scalar(&mut self) -> Option<&'a str> {
        self.string().or_else(|| self.number())
    }

    fn string(&mut self) -> Option<&'a str> {
        self.skip(is_blank);
        let quote = self.rest().chars().next().filter(is_quote)?;
        let rest = self.rest().strip_prefix(quote)?;
        let (inner, _) = rest.split_once(quote)?;
        if inner.contains(['\r', '\n']) {
            return None;
        }
        self.at += inner.len() + 2;
        Some(inner)
    }

    fn number(&mut self) -> Option<&'a str> {
        self.skip(is_blank);
        let start = self.at;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let digits = self.skip(|c| c.is_ascii_digit());
        let number = self.text.get(start..self.at)?;
        (!digits.is_empty()).then_some(number)
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip(is_blank);
        let word = self.skip(|c| c.is_ascii_alphanumeric() || c == '_');
        (!word.is_empty()).then_some(word)
    }

    /// Passes over a statement that is none of ours, to the semicolon or line end outside of quotes.
    fn foreign_statement(&mut self) -> Result<(), Malformed> {
        let mut open = None;
        for (offset, c) in self.rest().char_indices() {
            match open {
                None if is_quote(&c) => open = Some((c, offset)),
                None if matches!(c, ';' | '\n') => {
                    self.at += offset + 1;
                    return Ok(());
                }
                Some((quote, _)) if c == quote => open = None,
                _ => {}
            }
        }
        match open {
            Some((_, offset)) => Err(Malformed::new(Defect::Truncated, self.at + offset)),
            None => {
                self.at = self.text.len();
                Ok(())
            }
        }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_quote(c: &char) -> bool {
    matches!(c, '"' | '\'')
}

#[cfg(test)]
mod tests;

//! A whole reply: the members of its object, and the items of the lists right below.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::{read, repair, scalar, slice::Cursor};
use crate::wire::malformed::{Defect, Malformed};

/// The largest replies are pages of the address book with some thousand items. The bounds, for all
/// lists of a reply together, keep a hostile body of 32 MB from growing to a table of a gigabyte.
const MAX_ITEMS: usize = 100_000;
const MAX_MEMBERS: usize = 1_000;

/// How many bytes the search for the ends of torn items may read, all in all: 16 times the text, or
/// 8 MB, which is enough for fifty torn messages in one reply. Each search takes one or two rounds
/// unless somebody builds a text against it.
const SEARCH_ROUNDS: usize = 16;
const SEARCH_LEAST: usize = 8 << 20;

#[derive(Debug)]
pub(crate) struct Document<'a> {
    members: Vec<Member<'a>>,
}

#[derive(Debug)]
struct Member<'a> {
    name: &'a str,
    raw: &'a str,
    /// `None` unless the value is a list.
    items: Option<Vec<&'a str>>,
}

impl<'a> Document<'a> {
    /// Cuts a reply into pieces.
    ///
    /// A torn item, one with a stray quote that turns the text behind it inside out, costs only
    /// itself as long as the rest of the reply proves where it ends: at the first brace from which on
    /// everything up to the very end of the text falls into place.
    ///
    /// Nothing is taken for a record that is none. Read from another level, the rest has another
    /// number of closing brackets. Read from within a string, it either ends in an open quote or
    /// turns right again at an escaped one; and what is cut out of the part between is no object,
    /// since the quotes inside of strings have a backslash before them. What cannot be proven so is
    /// [`Malformed`].
    pub(crate) fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut budget = (SEARCH_ROUNDS * text.len()).max(SEARCH_LEAST);
        scan(text, None)
            .or_else(|error| match error.defect {
                Defect::Syntax | Defect::Truncated => scan(text, Some(&mut budget)),
                _ => Err(error),
            })
            .map_err(|error| Malformed::in_text(text, error.defect, error.at))
    }

    /// The raw value of a member; of several the last one.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.member(name).map(|member| member.raw)
    }

    /// The raw items of a list; nothing if there is none.
    pub(crate) fn items(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.member(name)
            .and_then(|member| member.items.as_deref())
            .unwrap_or_default()
            .iter()
            .copied()
    }

    /// An object below; its default if it is missing or broken.
    pub(crate) fn record<T: DeserializeOwned + Default>(&self, name: &str) -> T {
        self.raw(name)
            .and_then(|raw| read(raw).ok())
            .unwrap_or_default()
    }

    pub(crate) fn some_text(&self, name: &str) -> Option<String> {
        scalar(self.raw(name)?).into_text()
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.some_text(name).unwrap_or_default()
    }

    pub(crate) fn some_int(&self, name: &str) -> Option<i64> {
        scalar(self.raw(name)?).as_int()
    }

    pub(crate) fn int(&self, name: &str) -> i64 {
        self.some_int(name).unwrap_or_default()
    }

    pub(crate) fn uint(&self, name: &str) -> u64 {
        self.raw(name)
            .and_then(|raw| scalar(raw).as_uint())
            .unwrap_or_default()
    }

    fn member(&self, name: &str) -> Option<&Member<'a>> {
        self.members.iter().rev().find(|member| member.name == name)
    }
}

/// One pass over the text. With a budget, each item is also checked for itself, and the end of a
/// torn one is searched for.
fn scan<'a>(text: &'a str, mut budget: Option<&mut usize>) -> Result<Document<'a>, Malformed> {
    let mut from = Cursor::new(text);
    if !from.eat(b'{') {
        return Err(from.unexpected());
    }
    let mut members = Vec::new();
    let mut room = MAX_ITEMS;
    while let Some(name) = from.name(members.is_empty())? {
        if members.len() == MAX_MEMBERS {
            return Err(from.error(Defect::Syntax));
        }
        let list = from.peek() == Some(b'[');
        let start = from.at();
        let items = match list {
            true => {
                let items = items(text, &mut from, room, budget.as_deref_mut())?;
                room -= items.len();
                Some(items)
            }
            false => {
                from.value()?;
                None
            }
        };
        members.push(Member {
            name,
            raw: from.since(start),
            items,
        });
    }
    end(&mut from)?;
    Ok(Document { members })
}

fn items<'a>(
    text: &'a str,
    from: &mut Cursor<'a>,
    most: usize,
    mut budget: Option<&mut usize>,
) -> Result<Vec<&'a str>, Malformed> {
    let mut items = Vec::new();
    from.eat(b'[');
    while !from.eat(b']') {
        from.peek();
        let start = from.at();
        let value = from.untorn_value();
        if let Some(budget) = budget.as_deref_mut() {
            let sound = value.is_ok_and(is_sound);
            match from.peek() {
                Some(b',' | b']') if sound => {}
                _ if is_cut(text, start) => {
                    return Err(Malformed::new(Defect::Truncated, text.len()));
                }
                _ => {
                    let error = value.err().unwrap_or(from.error(Defect::Syntax));
                    from.set(end_of_torn(text, start, budget).ok_or(error)?);
                }
            }
        } else {
            value?;
        }
        if items.len() == most {
            return Err(from.error(Defect::Syntax));
        }
        items.extend(Some(from.since(start).trim_ascii_end()).filter(|raw| !raw.is_empty()));
        if !from.eat(b',') && from.peek() != Some(b']') {
            return Err(from.unexpected());
        }
    }
    Ok(items)
}

/// Nothing may follow: whatever does is the rest of something torn. Zeros are padding.
fn end(from: &mut Cursor<'_>) -> Result<(), Malformed> {
    while from.eat(0) {}
    match from.peek() {
        None => Ok(()),
        Some(_) => Err(from.error(Defect::Syntax)),
    }
}

/// Whether a strict parser gets from `start` to the very end: nothing is torn then, there just is no
/// more of it. What is left of a record may look like the end of a reply, with a list in it.
fn is_cut(text: &str, start: usize) -> bool {
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.trim_end_matches(['\0', ' ', '\t', '\r', '\n']);
    match serde_json::from_str::<IgnoredAny>(rest) {
        Ok(_) => true,
        Err(error) => error.is_eof(),
    }
}

fn is_sound(raw: &str) -> bool {
    raw.is_empty()
        || serde_json::from_str::<IgnoredAny>(raw).is_ok()
        || repair::rewrite(raw).is_some()
}

/// Where the torn item that starts at `start` ends.
fn end_of_torn(text: &str, start: usize, budget: &mut usize) -> Option<usize> {
    let mut next = start;
    loop {
        let rest = text.as_bytes().get(next..)?;
        next += rest.iter().position(|byte| *byte == b'}')? + 1;
        match rest_falls_into_place(text, next, budget) {
            Ok(()) => return Some(next),
            Err(seen) => next = next.max(seen),
        }
    }
}

/// Whether the text from `at` on is the rest of a reply in which an item of a list ended there. If
/// not, how far sound items follow: starting behind any of them would fail the same way.
fn rest_falls_into_place(text: &str, at: usize, budget: &mut usize) -> Result<(), usize> {
    let mut from = Cursor::new(text);
    from.set(at);
    let mut seen = at;
    let whole = (|| {
        let mut sound = true;
        while !from.eat(b']') {
            if !from.eat(b',') {
                return Err(from.unexpected());
            }
            if from.peek() != Some(b']') {
                // Behind one that is not, there is nothing to be learned from the others.
                let raw = from.value()?;
                sound = sound && is_sound(raw);
                if sound {
                    seen = from.at();
                }
            }
        }
        while from.name(false)?.is_some() {
            from.value()?;
        }
        end(&mut from)
    })();
    let cost = from.at().saturating_sub(at) + 1;
    match budget.checked_sub(cost) {
        // Out of budget: no more candidates.
        None => Err(text.len()),
        Some(left) => {
            *budget = left;
            whole.map_err(|_| seen)
        }
    }
}

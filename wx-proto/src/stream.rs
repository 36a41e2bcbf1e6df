//! What belongs into a caller's sink, and what only looks as if it did.

use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE},
};

use crate::id::CommandId;

/// How the body of a reply gets to the sink of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) command: CommandId,
    /// The most that the sink gets, in bytes.
    pub(crate) most: u64,
    /// The first byte that was asked for.
    pub(crate) from: u64,
    /// What is asked for may be a text, which elsewhere can only be a page.
    pub(crate) takes_text: bool,
}

/// What the head of a reply says about its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is for the sink, but for so many bytes at its start.
    Sink { skip: u64 },
    /// Its first bytes will tell.
    Look { skip: u64 },
    /// It is for the core.
    Core,
    /// It is neither: another part than was asked for.
    Misplaced,
}

/// So many bytes tell a page; mostly the first one does.
const LOOK: usize = 64;

impl Stream {
    #[cfg(test)]
    pub(crate) const fn of(command: CommandId) -> Self {
        Self {
            command,
            most: u64::MAX,
            from: 0,
            takes_text: false,
        }
    }

    /// A JSON or HTML page in place of media is for the core, never for the caller's file.
    pub(crate) fn verdict(&self, status: StatusCode, headers: &HeaderMap) -> Verdict {
        if !status.is_success() {
            return Verdict::Core;
        }
        let skip = match status {
            StatusCode::PARTIAL_CONTENT if self.is_rest(headers) => 0,
            StatusCode::PARTIAL_CONTENT => return Verdict::Misplaced,
            _ => self.from,
        };
        let is_offered = headers.contains_key(CONTENT_DISPOSITION);
        match kind_of(headers) {
            Kind::Parts => Verdict::Misplaced,
            Kind::Media => Verdict::Sink { skip },
            Kind::None => Verdict::Look { skip },
            Kind::Page if self.takes_text && is_offered => Verdict::Look { skip },
            Kind::Text if self.takes_text => Verdict::Look { skip },
            Kind::Text | Kind::Page => Verdict::Core,
        }
    }

    /// Whether a part is all that was asked for: from there to the end, as far as that is known.
    fn is_rest(&self, headers: &HeaderMap) -> bool {
        if headers.contains_key(CONTENT_RANGE) {
            return part_of(headers).is_some_and(|part| part.first == self.from && part.is_last);
        }
        // Whoever says nothing about it sends what was asked for.
        self.from == 0
    }
}

enum Kind {
    Media,
    /// Several parts of a file in one body. Nobody asks for them.
    Parts,
    /// It does not say. Refusals have been seen without a type.
    None,
    Text,
    Page,
}

fn kind_of(headers: &HeaderMap) -> Kind {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Kind::None;
    };
    let kind = value.as_bytes().split(|byte| *byte == b';').next();
    let kind = kind.unwrap_or_default().trim_ascii();
    let is = |name: &[u8]| kind.eq_ignore_ascii_case(name);
    if kind.is_empty() {
        Kind::None
    } else if is(b"text/plain") {
        Kind::Text
    } else if is(b"text/html") || is(b"application/json") {
        Kind::Page
    } else if is(b"multipart/byteranges") {
        Kind::Parts
    } else {
        Kind::Media
    }
}

/// What a part says of itself.
struct Part {
    first: u64,
    len: u64,
    /// Nothing follows it, as far as it says.
    is_last: bool,
}

/// `bytes 0-9/10`, or `bytes 0-9/*` where the length of the whole is not known. Whoever says two
/// things says nothing.
fn part_of(headers: &HeaderMap) -> Option<Part> {
    let mut said = headers.get_all(CONTENT_RANGE).iter();
    let (said, None) = (said.next()?.to_str().ok()?, said.next()) else {
        return None;
    };
    let (unit, range) = said.trim().split_once(' ')?;
    let (range, total) = range.trim_start().split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let is_last = match total {
        "*" => true,
        total => number(total)? == last.checked_add(1)?,
    };
    unit.eq_ignore_ascii_case("bytes").then_some(Part {
        first,
        len: last.checked_sub(first)?.checked_add(1)?,
        is_last,
    })
}

/// Digits and nothing else; `parse` alone takes a sign.
fn number(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// How many bytes a part says it has.
pub(crate) fn len_of_part(status: StatusCode, headers: &HeaderMap) -> Option<u64> {
    let is_part = status == StatusCode::PARTIAL_CONTENT;
    is_part.then(|| part_of(headers)).flatten().map(|it| it.len)
}

/// Whether a body begins as a refusal or a page does. `None`: more of it has to be seen.
pub(crate) fn is_page(body: &[u8], is_all: bool) -> Option<bool> {
    let whole = is_all || body.len() >= LOOK;
    let body = body.trim_ascii_start();
    match body.first() {
        None | Some(b'{' | b'<') if !whole => return None,
        None | Some(b'{' | b'<') => {}
        Some(_) => return Some(false),
    }
    let starts = |with: &str| {
        let start = body.get(..with.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
    };
    let is_refusal = || {
        let inside = body.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        inside.is_some_and(|inside| inside.starts_with(b"\"BaseResponse\""))
    };
    Some(starts("<html") || starts("<!doctype html") || is_refusal())
}

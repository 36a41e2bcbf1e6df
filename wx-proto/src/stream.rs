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

/// So far a page is looked for behind blanks and comments; mostly the first byte tells. What goes
/// on with them for longer is somebody's file.
pub(crate) const FAR: usize = 1024;

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
    const PAGES: [&str; 4] = [
        "text/html",
        "application/xhtml+xml",
        "application/json",
        "text/json",
    ];
    const TEXTS: [&str; 3] = [
        "application/javascript",
        "application/x-javascript",
        "application/xml",
    ];
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Kind::None;
    };
    let kind = value.as_bytes().split(|byte| *byte == b';').next();
    let kind = kind.unwrap_or_default().trim_ascii();
    let is = |names: &[&str]| {
        let mut names = names.iter();
        names.any(|name| kind.eq_ignore_ascii_case(name.as_bytes()))
    };
    let is_text = starts(kind, "text/") == Some(true);
    if kind.is_empty() {
        Kind::None
    } else if is(&PAGES) || kind.to_ascii_lowercase().ends_with(b"+json") {
        Kind::Page
    } else if is_text || is(&TEXTS) || kind.to_ascii_lowercase().ends_with(b"+xml") {
        Kind::Text
    } else if is(&["multipart/byteranges"]) {
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
    let is_all = is_all || body.len() >= FAR;
    // However it came in blocks, no more than this is looked at.
    let body = body.get(..FAR).unwrap_or(body);
    begins_as_page(body, is_all).or(is_all.then_some(false))
}

fn begins_as_page(body: &[u8], is_all: bool) -> Option<bool> {
    let body = behind_prologue(body)?;
    if let Some(inside) = body.strip_prefix(b"{") {
        let inside = inside.trim_ascii_start();
        return starts(inside, "\"BaseResponse\"");
    }
    for tag in ["<!doctype html", "<html", "<head", "<body"] {
        if starts(body, tag)? {
            // `<header>` is another tag.
            let next = body.get(tag.len());
            return match next {
                None if !is_all => None,
                next => Some(next.is_none_or(|next| !next.is_ascii_alphanumeric())),
            };
        }
    }
    Some(false)
}

/// What comes after blanks, the mark of the encoding, comments and the line that says it is XML.
/// `None` if they do not end here.
fn behind_prologue(mut body: &[u8]) -> Option<&[u8]> {
    const PROLOGUE: [(&str, &str); 3] = [("\u{feff}", ""), ("<!--", "-->"), ("<?xml", "?>")];
    'prologue: loop {
        body = body.trim_ascii_start();
        for (open, close) in PROLOGUE {
            if starts(body, open)? {
                let inside = body.get(open.len()..)?;
                let end = find(inside, close.as_bytes())?;
                body = inside.get(end + close.len()..)?;
                continue 'prologue;
            }
        }
        return Some(body);
    }
}

/// Where something that is not long begins.
fn find(body: &[u8], what: &[u8]) -> Option<usize> {
    (0..body.len() + 1).find(|at| body.get(*at..).is_some_and(|rest| rest.starts_with(what)))
}

/// `None`: as far as there is something, it does.
fn starts(body: &[u8], with: &str) -> Option<bool> {
    let both = body.iter().zip(with.as_bytes());
    let mut differ = both.map(|(a, b)| !a.eq_ignore_ascii_case(b));
    match differ.any(|differs| differs) {
        true => Some(false),
        false => (body.len() >= with.len()).then_some(true),
    }
}

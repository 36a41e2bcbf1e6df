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
            StatusCode::PARTIAL_CONTENT if start_of(headers) == Some(self.from) => 0,
            // Whoever says nothing about it sends what was asked for.
            StatusCode::PARTIAL_CONTENT if start_of(headers).is_none() && self.from == 0 => 0,
            StatusCode::PARTIAL_CONTENT => return Verdict::Misplaced,
            _ => self.from,
        };
        let is_offered = headers.contains_key(CONTENT_DISPOSITION);
        match kind_of(headers) {
            Kind::Media => Verdict::Sink { skip },
            Kind::None => Verdict::Look { skip },
            Kind::Page if self.takes_text && is_offered => Verdict::Look { skip },
            Kind::Text if self.takes_text => Verdict::Look { skip },
            Kind::Text | Kind::Page => Verdict::Core,
        }
    }
}

enum Kind {
    Media,
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
    } else {
        Kind::Media
    }
}

/// The first byte of a part.
fn start_of(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let range = range.trim().strip_prefix("bytes")?.trim_start();
    range.split_once('-')?.0.trim().parse().ok()
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

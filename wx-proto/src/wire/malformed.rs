//! A reply that no parser understands.

/// A reply that cannot be understood as a whole.
///
/// It says what was wrong and where, and holds no byte of the reply: those may be secrets. A single
/// bad record inside a list is never the cause; it is left out and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{defect} (at byte {at})")]
#[non_exhaustive]
pub struct Malformed {
    /// What was wrong.
    pub defect: Defect,
    /// Where, in bytes from the start of the decoded text; 0 if it concerns the whole.
    pub at: usize,
}

impl Malformed {
    pub(crate) const fn new(defect: Defect, at: usize) -> Self {
        Self { defect, at }
    }

    pub(crate) const fn missing(what: &'static str) -> Self {
        Self::new(Defect::Missing(what), 0)
    }

    /// A defect of a text, unless its first character tells that it is no reply at all: nothing, or
    /// a page for people.
    pub(crate) fn in_text(text: &str, defect: Defect, at: usize) -> Self {
        match text.trim_start().as_bytes().first() {
            None => Self::new(Defect::Empty, 0),
            Some(b'<') => Self::new(Defect::Html, 0),
            Some(_) => Self::new(defect, at),
        }
    }
}

/// What makes a reply [`Malformed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Defect {
    /// Nothing but white space.
    #[error("empty body")]
    Empty,
    /// A page for people: a proxy, a portal, or the service refusing the scripted form of a call.
    #[error("an HTML page instead of the reply")]
    Html,
    /// The grammar of the reply is violated outside of any list item.
    #[error("broken syntax")]
    Syntax,
    /// It stops before its end.
    #[error("cut short")]
    Truncated,
    /// More levels than any real reply has.
    #[error("nested too deeply")]
    TooDeep,
    /// Well formed, but without what the reply is for.
    #[error("no {0}")]
    Missing(&'static str),
}

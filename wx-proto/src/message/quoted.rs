//! Quotes in plain text: what was quoted, a row of dashes, the answer.

/// A text that quotes another one, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotedText<'a> {
    /// Who said what is quoted, as the phone of the one who answers calls them.
    pub name: &'a str,
    /// What is quoted, on one line or more; `[图片]` and the like for what is no text.
    pub text: &'a str,
    /// The answer.
    pub answer: &'a str,
}

/// The quotes that phones have put round a quoted text, with what ends the name in it.
const QUOTES: [(char, char, &str); 3] = [('「', '」', "："), ('「', '」', ": "), ('"', '"', ": ")];

pub(super) fn split(text: &str) -> Option<QuotedText<'_>> {
    let opens = |open: &char| text.starts_with(*open);
    QUOTES
        .iter()
        .filter(|(open, _, _)| opens(open))
        .find_map(|(open, close, colon)| {
            let (quote, answer) = rows(text)
                .filter_map(|(head, answer)| {
                    let inside = head.trim_end().strip_prefix(*open)?.strip_suffix(*close)?;
                    Some((inside, answer))
                })
                // A quote may quote: its own row of dashes comes while a quotation mark is open.
                .find(|(inside, _)| open == close || is_balanced(inside, *open, *close))?;
            let (name, text) = quote.split_once(colon)?;
            (!name.is_empty()).then_some(QuotedText { name, text, answer })
        })
}

/// What stands before and behind each line that is a row of dashes.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    /// What nobody types by chance; phones write fifteen.
    const DASHES: usize = 5;
    /// Quotes of quotes; the head of each is looked through, so there has to be an end.
    const ROWS: usize = 16;
    let found = text.match_indices('\n').filter_map(|(at, _)| {
        let (head, tail) = text.split_at(at);
        let tail = tail.strip_prefix('\n')?;
        let (row, answer) = tail.split_once('\n')?;
        let dashes = row.chars().filter(|c| *c == '-').count();
        let is_row = dashes >= DASHES && row.chars().all(|c| matches!(c, '-' | ' '));
        is_row.then_some((head, answer))
    });
    found.take(ROWS)
}

fn is_balanced(text: &str, open: char, close: char) -> bool {
    let mut depth = 0_usize;
    for c in text.chars() {
        if c == open {
            depth += 1;
        } else if c == close {
            let Some(less) = depth.checked_sub(1) else {
                return false;
            };
            depth = less;
        }
    }
    depth == 0
}

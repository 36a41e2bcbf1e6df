//! What others wrote, made harmless for a terminal.

use std::fmt::{self, Write};

/// A text of remote origin on one line: whatever could move the cursor, change colours, ring or
/// turn the direction of writing is written out instead.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if is_harmful(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Whether a terminal could do more with this character than show it: controls of both blocks,
/// line and paragraph separators, and the marks, overrides and isolates of writing direction,
/// behind which a text can look like another.
pub(super) fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_but_characters() {
        for (text, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            (
                "bell\u{7} del\u{7f} nul\0",
                "bell\\u{7} del\\u{7f} nul\\u{0}",
            ),
            // The one-character forms of escape sequences.
            (
                "\u{9b}2J \u{9d}0;title\u{9c}",
                "\\u{9b}2J \\u{9d}0;title\\u{9c}",
            ),
            ("gpj.\u{202e}exe\u{202c}", "gpj.\\u{202e}exe\\u{202c}"),
            (
                "\u{2066}a\u{2069}\u{200f}\u{61c}",
                "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}",
            ),
            ("one\r\ntwo\tthree\u{2028}", "one\\r\\ntwo\\tthree\\u{2028}"),
        ] {
            assert_eq!(Escaped(text).to_string(), shown);
        }
    }

    #[test]
    fn what_people_write_stays() {
        // Joined emoji and the space after a mention are no controls.
        let text = "你好 \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} @Anna\u{2005}<b>&amp; ñ ไทย";
        assert_eq!(Escaped(text).to_string(), text);
    }
}

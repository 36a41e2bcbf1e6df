//! How the service writes a text or a name into its replies.

/// Writes `text` as the service does inside `Content` and names: HTML-escaped once, a line feed as
/// `<br/>`, an emoji of the old carrier sets as a `span`, every other character as it is.
///
/// Nine emoji leave under the code of another one (the phone sends U+1F602, the web client gets
/// `emoji1f639`); readers undo that with a fixed table. The nine codes used that way therefore
/// never leave as a span of their own: they go out raw, so that every text can be read back.
#[must_use]
pub fn encode_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br/>"),
            _ => match rest.peek() {
                Some(&next) if is_pair(c, next) => {
                    rest.next();
                    span(
                        &mut out,
                        &format!("{:x}{:x}", u32::from(c), u32::from(next)),
                    );
                }
                _ if is_legacy(c) => span(&mut out, &format!("{:x}", swapped(c))),
                _ => out.push(c),
            },
        }
    }
    out
}

/// A nickname in a contact record: like a text, but one emoji (U+1F450) loses the last `>` of its
/// span there.
pub(super) fn encode_name(name: &str) -> String {
    encode_text(name).replace("emoji1f450\"></span>", "emoji1f450\"></span")
}

fn span(out: &mut String, code: &str) {
    out.push_str("<span class=\"emoji emoji");
    out.push_str(code);
    out.push_str("\"></span>");
}

/// Two code points that leave as one span: a keycap (`3620e3`) or a flag (`1f1e81f1f3`).
fn is_pair(first: char, second: char) -> bool {
    let keycap = matches!(first, '0'..='9' | '#') && second == '\u{20e3}';
    keycap || FLAGS.contains(&(first, second))
}

fn is_legacy(c: char) -> bool {
    let code = u32::from(c);
    // Nearly all text lies below the first of them.
    let first = LEGACY.first().map_or(0, |(first, _)| *first);
    code >= first
        && LEGACY
            .iter()
            .any(|&(first, last)| (first..=last).contains(&code))
}

fn swapped(c: char) -> u32 {
    match u32::from(c) {
        0x1f601 => 0x1f63c,
        0x1f602 => 0x1f639,
        0x1f603 => 0x1f63a,
        0x1f616 => 0x1f4ab,
        0x1f614 => 0x1f64d,
        0x1f60d => 0x1f63b,
        0x1f618 => 0x1f63d,
        0x1f621 => 0x1f64e,
        0x1f622 => 0x1f63f,
        code => code,
    }
}

/// The flags of the old sets, as pairs of regional letters: CN DE ES FR GB IT JP KR RU US.
const FLAGS: &[(char, char)] = &[
    ('\u{1f1e8}', '\u{1f1f3}'),
    ('\u{1f1e9}', '\u{1f1ea}'),
    ('\u{1f1ea}', '\u{1f1f8}'),
    ('\u{1f1eb}', '\u{1f1f7}'),
    ('\u{1f1ec}', '\u{1f1e7}'),
    ('\u{1f1ee}', '\u{1f1f9}'),
    ('\u{1f1ef}', '\u{1f1f5}'),
    ('\u{1f1f0}', '\u{1f1f7}'),
    ('\u{1f1f7}', '\u{1f1fa}'),
    ('\u{1f1fa}', '\u{1f1f8}'),
];

/// Emoji that leave as a span, as ranges of code points. They are those of the Japanese carrier
/// sets of before 2010; newer ones (U+1F355, U+1F356) leave raw. Age alone does not tell, hence a
/// table. The nine codes that `swapped` gives away are not in it.
const LEGACY: &[(u32, u32)] = &[
    (0x2600, 0x2601),
    (0x260e, 0x260e),
    (0x2614, 0x2615),
    (0x261d, 0x261d),
    (0x263a, 0x263a),
    (0x2648, 0x2653),
    (0x2660, 0x2660),
    (0x2663, 0x2663),
    (0x2665, 0x2666),
    (0x2668, 0x2668),
    (0x267f, 0x267f),
    (0x26a0, 0x26a1),
    (0x26bd, 0x26be),
    (0x26c4, 0x26c4),
    (0x26ea, 0x26ea),
    (0x26f2, 0x26f3),
    (0x26f5, 0x26f5),
    (0x26fa, 0x26fa),
    (0x26fd, 0x26fd),
    (0x2702, 0x2702),
    (0x2708, 0x2708),
    (0x270a, 0x270c),
    (0x2728, 0x2728),
    (0x2733, 0x2734),
    (0x2753, 0x2755),
    (0x2757, 0x2757),
    (0x2764, 0x2764),
    (0x1f300, 0x1f300),
    (0x1f302, 0x1f308),
    (0x1f30a, 0x1f30a),
    (0x1f319, 0x1f319),
    (0x1f31f, 0x1f31f),
    (0x1f334, 0x1f335),
    (0x1f337, 0x1f33b),
    (0x1f33e, 0x1f33e),
    (0x1f340, 0x1f343),
    (0x1f345, 0x1f346),
    (0x1f349, 0x1f34a),
    (0x1f34e, 0x1f34f),
    (0x1f353, 0x1f354),
    (0x1f358, 0x1f35f),
    (0x1f361, 0x1f363),
    (0x1f366, 0x1f367),
    (0x1f370, 0x1f376),
    (0x1f378, 0x1f378),
    (0x1f37a, 0x1f37b),
    (0x1f380, 0x1f389),
    (0x1f38c, 0x1f38d),
    (0x1f3a4, 0x1f3a5),
    (0x1f3b5, 0x1f3b8),
    (0x1f3c0, 0x1f3c1),
    (0x1f3c6, 0x1f3c6),
    (0x1f3e0, 0x1f3e0),
    (0x1f427, 0x1f42f),
    (0x1f430, 0x1f43b),
    (0x1f440, 0x1f440),
    (0x1f442, 0x1f444),
    (0x1f446, 0x1f451),
    (0x1f455, 0x1f455),
    (0x1f45f, 0x1f460),
    (0x1f466, 0x1f469),
    (0x1f46b, 0x1f46b),
    (0x1f46e, 0x1f46f),
    (0x1f47b, 0x1f480),
    (0x1f489, 0x1f489),
    (0x1f48b, 0x1f48f),
    (0x1f491, 0x1f491),
    (0x1f493, 0x1f49d),
    (0x1f4a1, 0x1f4a4),
    (0x1f4a6, 0x1f4a6),
    (0x1f4a8, 0x1f4aa),
    (0x1f4b0, 0x1f4b0),
    (0x1f4bb, 0x1f4bc),
    (0x1f4d6, 0x1f4d6),
    (0x1f4e0, 0x1f4e2),
    (0x1f4f1, 0x1f4f2),
    (0x1f4f7, 0x1f4f7),
    (0x1f50a, 0x1f50a),
    (0x1f525, 0x1f525),
    (0x1f601, 0x1f604),
    (0x1f609, 0x1f60a),
    (0x1f60c, 0x1f60d),
    (0x1f60f, 0x1f60f),
    (0x1f612, 0x1f614),
    (0x1f616, 0x1f616),
    (0x1f618, 0x1f618),
    (0x1f61a, 0x1f61a),
    (0x1f61c, 0x1f61e),
    (0x1f620, 0x1f623),
    (0x1f625, 0x1f625),
    (0x1f628, 0x1f628),
    (0x1f62a, 0x1f62a),
    (0x1f62d, 0x1f62d),
    (0x1f630, 0x1f633),
    (0x1f637, 0x1f637),
    (0x1f645, 0x1f647),
    (0x1f64c, 0x1f64c),
    (0x1f64f, 0x1f64f),
    (0x1f680, 0x1f680),
    (0x1f697, 0x1f697),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_once_and_breaks_lines() {
        assert_eq!(
            encode_text("a<b> & \"c\" 'd'\n&lt;"),
            "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;<br/>&amp;lt;"
        );
    }

    #[test]
    fn mixes_spans_and_raw_emoji() {
        assert_eq!(
            encode_text("\u{1f37a}\u{1f355}6\u{20e3}\u{1f1e8}\u{1f1f3}"),
            "<span class=\"emoji emoji1f37a\"></span>\u{1f355}\
             <span class=\"emoji emoji3620e3\"></span><span class=\"emoji emoji1f1e81f1f3\"></span>"
        );
    }

    #[test]
    fn swaps_nine_codes_and_keeps_their_targets_raw() {
        assert_eq!(
            encode_text("\u{1f602}\u{1f639}"),
            "<span class=\"emoji emoji1f639\"></span>\u{1f639}"
        );
        let targets = LEGACY
            .iter()
            .flat_map(|&(first, last)| first..=last)
            .filter(|&code| {
                [
                    0x1f63c, 0x1f639, 0x1f63a, 0x1f4ab, 0x1f64d, 0x1f63b, 0x1f63d, 0x1f64e, 0x1f63f,
                ]
                .contains(&code)
            })
            .count();
        assert_eq!(targets, 0);
    }

    #[test]
    fn a_name_loses_one_bracket() {
        assert_eq!(
            encode_name("\u{1f450}x"),
            "<span class=\"emoji emoji1f450\"></spanx"
        );
    }
}

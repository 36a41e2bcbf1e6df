//! The encoding of texts and names: HTML with the service's own emoji markup.
//!
//! Whatever a person typed arrives escaped once, with `<br/>` for its line ends and with a part of
//! its emoji as `<span class="emoji emoji1f604"></span>`. One scan from left to right undoes that.
//! What the scan has produced is never looked at again, so `&amp;lt;` ends as `&lt;`, and markup
//! that somebody typed stays what they typed.

use std::borrow::Cow;

/// Turns a text or a name of the service into what the phone shows: `<br/>` becomes a line feed,
/// emoji markup becomes characters, one layer of HTML escapes comes off. The names of the older
/// stickers (`[微笑]`) are text and stay.
///
/// Every text has a result. Markup that is not the service's own (`<a href=…>` in notices, unknown
/// entities, emoji numbers that are no character) stays as it is. Apply it once: a second time
/// takes off escapes that belong to the text.
pub fn clean(text: &str) -> Cow<'_, str> {
    replace(text, |tail| {
        line_break(tail)
            .or_else(|| emoji(tail))
            .or_else(|| entity(tail))
    })
}

/// Takes the layer round an XML payload off, so that an XML reader can have it.
///
/// Emoji markup becomes characters even where it was escaped together with the XML: it stands in
/// attribute values with double quotes of its own, which end the value early otherwise.
pub(crate) fn payload(text: &str) -> Cow<'_, str> {
    match clean(text) {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => match replace(&text, emoji) {
            Cow::Borrowed(_) => text.into(),
            Cow::Owned(text) => text.into(),
        },
    }
}

/// One layer of escapes, and nothing else: what is left to do inside XML.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    replace(text, entity)
}

/// Takes the tags of links and pictures out of an encoded text, and leaves what stands between
/// them. What somebody typed is escaped and stays.
pub(crate) fn untagged(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    let mut unseen = text;
    while let Some(at) = unseen.find('<') {
        let (_, tail) = unseen.split_at(at);
        let Some(inside) = tag(tail) else {
            unseen = tail.strip_prefix('<').unwrap_or_default();
            continue;
        };
        let Some((_, after)) = inside.split_once('>') else {
            break;
        };
        // `tail` is the end of `rest`, so the difference is a boundary within it.
        out.push_str(rest.split_at(rest.len() - tail.len()).0);
        rest = after;
        unseen = after;
    }
    if rest.len() == text.len() {
        return text.into();
    }
    out.push_str(rest);
    out.into()
}

/// What stands behind the `<` or `</` of such a tag.
fn tag(tail: &str) -> Option<&str> {
    const NAMES: [&str; 3] = ["a", "img", "_wc_custom_link_"];
    let inside = tail.strip_prefix('<')?;
    let inside = inside.strip_prefix('/').unwrap_or(inside);
    let mut behind = NAMES.iter().filter_map(|name| inside.strip_prefix(name));
    behind
        .any(|behind| behind.starts_with([' ', '/', '>']))
        .then_some(inside)
}

/// What one piece of markup stands for, and the text behind it.
type Found<'a> = (char, Option<char>, &'a str);

/// Replaces what `markup` recognises at a `<` or `&`. Copies only from the first hit on.
fn replace(text: &str, markup: impl Fn(&str) -> Option<Found<'_>>) -> Cow<'_, str> {
    let mut out = String::new();
    let mut uncopied = text;
    let mut unseen = text;
    while let Some(at) = unseen.find(['<', '&']) {
        let (_, tail) = unseen.split_at(at);
        let Some((first, second, after)) = markup(tail) else {
            unseen = tail.strip_prefix(['<', '&']).unwrap_or_default();
            continue;
        };
        // `tail` is the end of `uncopied`, so the difference is a boundary within it.
        let (literal, _) = uncopied.split_at(uncopied.len() - tail.len());
        if out.is_empty() {
            // A replacement is never longer than its markup.
            out.reserve(text.len());
        }
        out.push_str(literal);
        out.push(first);
        out.extend(second);
        uncopied = after;
        unseen = after;
    }
    if out.is_empty() {
        return text.into();
    }
    out.push_str(uncopied);
    out.into()
}

/// `<br/>`, `<br />`, `<br>`.
fn line_break(tail: &str) -> Option<Found<'_>> {
    let inside = tail.strip_prefix("<br")?.trim_start_matches(' ');
    let after = inside.strip_prefix('/').unwrap_or(inside);
    Some(('\n', None, after.strip_prefix('>')?))
}

/// `<span class="emoji emoji1f604"></span>`; the last `>` is missing now and then.
fn emoji(tail: &str) -> Option<Found<'_>> {
    let number = tail.strip_prefix("<span class=\"emoji emoji")?;
    let end = number.find(|c: char| !c.is_ascii_hexdigit())?;
    let (number, after) = number.split_at(end);
    let after = after.strip_prefix("\"></span")?;
    let after = after.strip_prefix('>').unwrap_or(after);
    // One character, or two glued together; the length tells where the seam is.
    let (first, second) = match number.len() {
        4 | 5 => (unswapped(drawn(number)?), None),
        // Keycaps: `0`–`9`, `#` or `*` before the combining box.
        6 => {
            let (base, mark) = number.split_at(2);
            (keycap(base)?, Some(drawn(mark)?))
        }
        8 => {
            let (first, second) = number.split_at(4);
            (drawn(first)?, Some(drawn(second)?))
        }
        10 => {
            let (first, second) = number.split_at(5);
            (drawn(first)?, Some(drawn(second)?))
        }
        _ => return None,
    };
    Some((first, second, after))
}

fn character(hex: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(hex, 16).ok()?)
}

/// No ASCII and no control characters: `emoji003c` must not put a `<` into an XML payload.
fn drawn(hex: &str) -> Option<char> {
    character(hex).filter(|c| !c.is_ascii() && !c.is_control())
}

fn keycap(hex: &str) -> Option<char> {
    character(hex).filter(|c| c.is_ascii_digit() || matches!(c, '#' | '*'))
}

/// The service writes the number of another face for nine of them: a phone's U+1F602 arrives as
/// `emoji1f639`. The other way round is not known, so the nine it writes can not be told from
/// themselves; they are rare enough to give way.
fn unswapped(c: char) -> char {
    match c {
        '\u{1f63c}' => '\u{1f601}',
        '\u{1f639}' => '\u{1f602}',
        '\u{1f63a}' => '\u{1f603}',
        '\u{1f4ab}' => '\u{1f616}',
        '\u{1f64d}' => '\u{1f614}',
        '\u{1f63b}' => '\u{1f60d}',
        '\u{1f63d}' => '\u{1f618}',
        '\u{1f64e}' => '\u{1f621}',
        '\u{1f63f}' => '\u{1f622}',
        other => other,
    }
}

/// The five escapes of XML, and characters by number.
fn entity(tail: &str) -> Option<Found<'_>> {
    const NAMED: [(&str, char); 5] = [
        ("lt;", '<'),
        ("gt;", '>'),
        ("amp;", '&'),
        ("quot;", '"'),
        ("apos;", '\''),
    ];
    let body = tail.strip_prefix('&')?;
    if let Some(number) = body.strip_prefix('#') {
        return numeric(number);
    }
    NAMED
        .iter()
        .find_map(|(name, c)| Some((*c, None, body.strip_prefix(name)?)))
}

fn numeric(number: &str) -> Option<Found<'_>> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign, so the digits are cut out first.
    let end = digits.find(|c: char| !c.is_digit(radix))?;
    let (digits, after) = digits.split_at(end);
    let code = u32::from_str_radix(digits, radix).ok()?;
    let c = char::from_u32(code).filter(|c| *c != '\0')?;
    Some((c, None, after.strip_prefix(';')?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn undoes_each_kind_of_markup() {
        for (raw, text) in [
            ("[微笑]收到", "[微笑]收到"),
            ("一<br/>二<br>三<br />", "一\n二\n三\n"),
            (
                "&lt;b&gt; &quot;x&quot; &#39;y&apos; &amp;",
                "<b> \"x\" 'y' &",
            ),
            ("&#x4f60;&#22909;&#X21;", "你好!"),
            ("好<span class=\"emoji emoji1f44d\"></span>", "好👍"),
            ("<span class=\"emoji emoji2764\"></span>", "\u{2764}"),
            ("<span class=\"emoji emoji3620e3\"></span>", "6\u{20e3}"),
            ("<span class=\"emoji emoji2320E3\"></span>", "#\u{20e3}"),
            (
                "<span class=\"emoji emoji263afe0f\"></span>",
                "\u{263a}\u{fe0f}",
            ),
            ("<span class=\"emoji emoji1f1e81f1f3\"></span>", "🇨🇳"),
            ("<span class=\"emoji emoji1f450\"></span雨", "👐雨"),
            ("<span class=\"emoji emoji1f450\"></span", "👐"),
            ("🍖<span class=\"emoji emoji1f37a\"></span>🍕", "🍖🍺🍕"),
        ] {
            assert_eq!(clean(raw), text, "{raw}");
        }
    }

    #[test]
    fn the_nine_faces_get_their_own_number_back() {
        let raw: String = SWAPPED
            .iter()
            .map(|(_, written)| format!("<span class=\"emoji emoji{written:x}\"></span>"))
            .collect();
        assert_eq!(clean(&raw), "😁😂😃😖😔😍😘😡😢");
    }

    #[test]
    fn takes_off_one_layer_only() {
        assert_eq!(clean("&amp;lt;br/&amp;gt;"), "&lt;br/&gt;");
        assert_eq!(clean("&amp;amp;"), "&amp;");
        assert_eq!(clean("&lt;br/&gt;"), "<br/>");
        assert_eq!(
            clean("&lt;span class=&quot;emoji emoji1f604&quot;&gt;&lt;/span&gt;"),
            "<span class=\"emoji emoji1f604\"></span>"
        );
    }

    #[test]
    fn keeps_what_it_does_not_know() {
        for raw in [
            "a & b &c; &nbsp;&copy &amp",
            "&#0; &#xd800; &#x110000; &#99999999999; &#+65; &#; &#x;",
            "<a href=\"weixin://x\">y</a> <br <brx> < >",
            "<span class=\"emoji emoji1f60\"",
            "<span class=\"emoji emoji\"></span>",
            "<span class=\"emoji emoji1f6\"></span>",
            "<span class=\"emoji emoji1f604aa\"></span>",
            "<span class=\"emoji emojid83dde04\"></span>",
            "<span class=\"emoji emoji003c\"></span>",
            "<span class=\"emoji emoji3c20e3\"></span>",
            "<span class=\"emoji emoji1f6041f6041f604\"></span>",
        ] {
            assert!(
                matches!(clean(raw), Cow::Borrowed(text) if text == raw),
                "{raw}"
            );
        }
    }

    #[test]
    fn a_payload_comes_out_as_xml() {
        let raw = "&lt;msg nick=\"春&lt;span class=\"emoji emoji1f37a\"&gt;&lt;/span&gt;\"<br/>\
                   sign=\"<span class=\"emoji emoji1f37a\"></span>&amp;quot;\"/&gt;<br/>";
        assert_eq!(payload(raw), "<msg nick=\"春🍺\"\nsign=\"🍺&quot;\"/>\n");
        assert!(matches!(payload("<msg/>"), Cow::Borrowed("<msg/>")));
    }

    /// What a phone has, and what the service writes for it.
    const SWAPPED: [(char, u32); 9] = [
        ('😁', 0x1f63c),
        ('😂', 0x1f639),
        ('😃', 0x1f63a),
        ('😖', 0x1f4ab),
        ('😔', 0x1f64d),
        ('😍', 0x1f63b),
        ('😘', 0x1f63d),
        ('😡', 0x1f64e),
        ('😢', 0x1f63f),
    ];

    /// A model of the service: escapes once, marks line ends, and writes an emoji as markup or
    /// leaves it raw, as `spans` says for each (both occur in one reply). The nine numbers that
    /// stand for another face are only ever written for that one; their owners stay raw, since
    /// there would be no way back.
    fn server_encode(text: &str, spans: &mut impl Iterator<Item = bool>) -> String {
        let mut out = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            let code = u32::from(c);
            let span = |code: &str| format!("<span class=\"emoji emoji{code}\"></span>");
            match c {
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '&' => out.push_str("&amp;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                '\n' => out.push_str("<br/>"),
                '0'..='9' | '#' | '*' if rest.peek() == Some(&'\u{20e3}') => {
                    rest.next();
                    out.push_str(&span(&format!("{code:02x}20e3")));
                }
                '\u{1f1e6}'..='\u{1f1ff}' if spans.next().unwrap_or(true) => {
                    match rest.next_if(|c| ('\u{1f1e6}'..='\u{1f1ff}').contains(c)) {
                        Some(second) => {
                            out.push_str(&span(&format!("{code:x}{:x}", u32::from(second))));
                        }
                        None => out.push(c),
                    }
                }
                '\u{2190}'..='\u{2bff}' | '\u{1f300}'..='\u{1faff}'
                    if !SWAPPED.iter().any(|(_, written)| *written == code)
                        && spans.next().unwrap_or(true) =>
                {
                    let code = SWAPPED
                        .iter()
                        .find(|(own, _)| *own == c)
                        .map_or(code, |s| s.1);
                    out.push_str(&span(&format!("{code:x}")));
                }
                _ => out.push(c),
            }
        }
        out
    }

    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            prop::sample::select(vec![
                "<",
                ">",
                "&",
                "\"",
                "'",
                "\n",
                "&lt;",
                "&amp;",
                "&#39;",
                "<br/>",
                "[微笑]",
                "6\u{20e3}",
                "😂",
                "😹",
                "🍺",
                "🇨🇳",
                "☺\u{fe0f}",
                "<span class=\"emoji emoji1f604\"></span>",
                "<span class=\"emoji emoji",
                "\"></span>",
                "1f604",
            ])
            .prop_map(String::from),
            prop::char::range('\u{1f300}', '\u{1f64f}').prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn clean_is_the_inverse_of_the_service(
            text in texts(),
            spans in prop::collection::vec(any::<bool>(), 0..40),
        ) {
            let raw = server_encode(&text, &mut spans.into_iter());
            prop_assert_eq!(clean(&raw), text);
        }

        #[test]
        fn every_text_has_a_result(text in texts()) {
            let cleaned = clean(&text);
            prop_assert!(cleaned.len() <= text.len());
            payload(&text);
            unescape(&text);
            // What holds no markup any more is left alone.
            if !cleaned.contains(['<', '&']) {
                prop_assert_eq!(clean(&cleaned), cleaned.as_ref());
            }
        }

        #[test]
        fn ordinary_text_is_not_copied(text in "[^<&]*") {
            prop_assert!(matches!(clean(&text), Cow::Borrowed(_)));
        }
    }
}

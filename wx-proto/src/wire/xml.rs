//! A small tree over the XML that stands inside messages.
//!
//! That XML is written by many programs and often torn, so this reader takes what is there: loose
//! attributes, bare `&`, end tags that match nothing. It never takes half a value for a whole one:
//! a text counts when its own end tag came, an attribute when its start tag did. What is missing at
//! the end costs what was cut, not what stood before it.
//!
//! Nothing is expanded but the five escapes and characters by number; a document type is refused,
//! so there are no entities to define. Size, depth and number of elements are limited.

use quick_xml::{Reader, events::Event};

use crate::wire::html;

/// The largest payload, in bytes. The largest seen, a digest of eight articles, has 30,000.
const MAX_SIZE: usize = 256 * 1024;

/// How deep elements may stand in each other. Chat histories, the deepest kind, need about ten.
const MAX_DEPTH: usize = 32;

/// How many elements one payload may have. A hundred unread chats take 300.
const MAX_ELEMENTS: usize = 4096;

/// One element with all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// In document order; a name that comes twice counts the first time.
    pub(crate) attrs: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    /// The character data directly inside, unescaped. Where some of it is CDATA, blanks and line
    /// ends round that are layout and left out.
    pub(crate) text: String,
    has_cdata: bool,
}

impl Element {
    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Goes down by the first child of each name.
    pub(crate) fn path(&self, names: &[&str]) -> Option<&Self> {
        names
            .iter()
            .try_fold(self, |element, name| element.child(name))
    }

    /// The value of an attribute, unescaped.
    pub(crate) fn attr(&self, name: &str) -> Option<&str> {
        self.attrs
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The first text that is more than blanks, in this element or anywhere below it.
    pub(crate) fn first_text(&self) -> Option<&str> {
        if !is_layout(&self.text) {
            return Some(&self.text);
        }
        // Recursion is bounded by `MAX_DEPTH`.
        self.children.iter().find_map(Self::first_text)
    }

    /// This element or the first one of that name anywhere below it, in document order.
    pub(crate) fn descendant(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        // Recursion is bounded by `MAX_DEPTH`.
        self.children
            .iter()
            .find_map(|child| child.descendant(name))
    }
}

/// Reads one root element; what follows it is not looked at.
///
/// `None` when there is no root element, one beyond the limits, or a document type. Which of them
/// does not matter to anyone: a message then says what its record says.
pub(crate) fn parse(text: &str) -> Option<Element> {
    if text.len() > MAX_SIZE {
        return None;
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.allow_dangling_amp = true;
    config.allow_unmatched_ends = true;
    config.check_end_names = false;

    let mut tree = Tree::default();
    loop {
        // The reader is asked where a token ends, and for nothing else: the token itself is cut
        // out of the text, so that nothing depends on how strict the reader is inside it.
        let start = position(&reader);
        let Ok(event) = reader.read_event() else {
            // Torn in the middle of a tag, or too broken to find the end of one.
            return tree.finish();
        };
        let event = Token::of(&event);
        let end = position(&reader);
        let source = text.get(start..end).unwrap_or_default();
        let done = match event {
            Token::Start => tree.start(source)?,
            Token::Empty => {
                tree.start(source)?;
                tree.end(None)
            }
            Token::End => tree.end(Some(tag_name(source))),
            Token::Text => tree.text(source)?,
            Token::Cdata => tree.cdata(source),
            Token::DocType => return None,
            Token::Skip => false,
            Token::Eof => return tree.finish(),
        };
        if done {
            return tree.finish();
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    // A position within a text that is in memory.
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

enum Token {
    Start,
    Empty,
    End,
    Text,
    Cdata,
    DocType,
    Skip,
    Eof,
}

impl Token {
    fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Start(_) => Self::Start,
            Event::Empty(_) => Self::Empty,
            Event::End(_) => Self::End,
            Event::Text(_) | Event::GeneralRef(_) => Self::Text,
            Event::CData(_) => Self::Cdata,
            Event::DocType(_) => Self::DocType,
            Event::Eof => Self::Eof,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Self::Skip,
        }
    }
}

/// What has been read so far: the root once it is closed, before that the open elements.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Tree {
    /// The methods tell whether the root is complete.
    fn start(&mut self, source: &str) -> Option<bool> {
        self.elements += 1;
        if self.open.len() >= MAX_DEPTH {
            return None;
        }
        if self.elements > MAX_ELEMENTS {
            return None;
        }
        let inside = source.trim_start_matches('<');
        let inside = inside.strip_suffix('>').unwrap_or(inside);
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let (name, rest) = split_name(inside);
        self.open.push(Element {
            name: name.to_owned(),
            attrs: attributes(rest),
            ..Element::default()
        });
        Some(false)
    }

    /// Closes the innermost element of that name, and what stands open inside it; `None` closes the
    /// innermost one. An end tag for nothing is passed over.
    fn end(&mut self, name: Option<&str>) -> bool {
        let level = match name {
            Some(name) => self.open.iter().rposition(|element| element.name == name),
            None => self.open.len().checked_sub(1),
        };
        let Some(level) = level else {
            return false;
        };
        while self.open.len() > level + 1 {
            self.close(false);
        }
        self.close(true);
        self.open.is_empty()
    }

    fn text(&mut self, source: &str) -> Option<bool> {
        match self.open.last_mut() {
            Some(element) if element.has_cdata && is_layout(source) => {}
            Some(element) => element.text.push_str(&html::unescape(source)),
            None if is_layout(source) => {}
            None => return None,
        }
        Some(false)
    }

    fn cdata(&mut self, source: &str) -> bool {
        let inside = source.strip_prefix("<![CDATA[").unwrap_or(source);
        let inside = inside.strip_suffix("]]>").unwrap_or(inside);
        if let Some(element) = self.open.last_mut() {
            if !element.has_cdata && is_layout(&element.text) {
                element.text.clear();
            }
            element.has_cdata = true;
            element.text.push_str(inside);
        }
        false
    }

    fn close(&mut self, whole: bool) {
        let Some(mut element) = self.open.pop() else {
            return;
        };
        if !whole {
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
    }

    fn finish(mut self) -> Option<Element> {
        while !self.open.is_empty() {
            self.close(false);
        }
        self.root
    }
}

fn is_layout(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

fn tag_name(source: &str) -> &str {
    let inside = source.trim_start_matches(['<', '/']);
    split_name(inside).0
}

fn split_name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    text.split_at(end)
}

fn is_name(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '=' | '"' | '\'' | '<' | '>' | '/')
}

/// Reads `a="x"`, `a = 'x'`, `a="x"b="y"`.
fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attrs = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c| !is_name(c));
        if rest.is_empty() {
            return attrs;
        }
        let (name, after) = split_name(rest);
        rest = after;
        let Some(value) = after.trim_start().strip_prefix('=') else {
            continue;
        };
        let value = value.trim_start();
        let Some((value, after)) = ['"', '\'']
            .into_iter()
            .find_map(|quote| quoted(value.strip_prefix(quote)?, quote))
        else {
            continue;
        };
        rest = after;
        attrs.push((name.to_owned(), html::unescape(value).into_owned()));
    }
}

/// How many quotes a value may hold, over and above the one that ends it. Names hold two or four;
/// without a limit, tags made for it take time by the square of their length.
const MAX_QUOTES: usize = 8;

/// Splits at the quote that ends a value: the first one with the next attribute or the end of the
/// tag behind it, for values hold bare quotes now and then. If none is like that, the first one.
fn quoted(text: &str, quote: char) -> Option<(&str, &str)> {
    let ends = |(at, _): &(usize, &str)| {
        let (_, behind) = text.split_at(*at);
        let behind = behind.strip_prefix(quote).unwrap_or(behind).trim_start();
        let (name, equals) = split_name(behind);
        behind.is_empty() || !name.is_empty() && equals.trim_start().starts_with('=')
    };
    let mut quotes = text.match_indices(quote).take(1 + MAX_QUOTES);
    let first = quotes.clone().next();
    let (at, _) = quotes.find(ends).or(first)?;
    let (value, after) = text.split_at(at);
    Some((value, after.strip_prefix(quote).unwrap_or(after)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_elements_attributes_and_text() {
        let root = parse(
            "\r\n <?xml version=\"1.0\"?>\n<msg a=\"1\"><!-- - -->\n\t<t>x &lt; y &amp;amp; z</t>\
             <e /><e k=\"second\"></e><in><t>deep</t></in></msg>",
        )
        .unwrap();
        assert_eq!(root.name, "msg");
        assert_eq!(root.attr("a"), Some("1"));
        assert_eq!(root.attr("b"), None);
        assert_eq!(root.child("t").unwrap().text, "x < y &amp; z");
        assert_eq!(root.child("e").unwrap().attr("k"), None);
        assert_eq!(root.path(&["in", "t"]).unwrap().text, "deep");
        assert_eq!(root.path(&["in", "x"]), None);
        assert_eq!(root.descendant("in").unwrap().children.len(), 1);
        assert_eq!(root.descendant("t").unwrap().text, "x < y &amp; z");
    }

    #[test]
    fn attributes_are_written_in_every_way() {
        for (tag, expected) in [
            (r#"<a b="1" c = "2" d= "3"  e ="4"/>"#, "b1 c2 d3 e4"),
            (r#"<a b='1' c='2"'/>"#, "b1 c2\""),
            (r#"<a b="1"c="2"d='3'/>"#, "b1 c2 d3"),
            ("<a\tb=\"1\"\nc=\n\"2\"></a>", "b1 c2"),
            (r#"<a b="1" b="2"/>"#, "b1 b2"),
            (r#"<a b="x>y" c="</a>"/>"#, "bx>y c</a>"),
            (r#"<a b="&amp;amp;&quot;&x;&" c=""/>"#, "b&amp;\"&x;& c"),
            (r#"<a b="says "hi" twice" c="2"/>"#, "bsays \"hi\" twice c2"),
            (r#"<a b=1 c="2" d/>"#, "c2"),
            ("<a/>", ""),
        ] {
            let root = parse(tag).unwrap();
            let got: Vec<String> = root.attrs.iter().map(|(k, v)| format!("{k}{v}")).collect();
            assert_eq!(got.join(" "), expected, "{tag}");
        }
        assert_eq!(parse(r#"<a b="1" b="2"/>"#).unwrap().attr("b"), Some("1"));
    }

    #[test]
    fn cdata_is_text_as_it_stands() {
        let text = |xml: &str| parse(xml).unwrap().text;
        assert_eq!(text("<a><![CDATA[x &amp; <b/>]]></a>"), "x &amp; <b/>");
        assert_eq!(text("<a>\n <![CDATA[ x ]]>\n</a>"), " x ");
        assert_eq!(text("<a><![CDATA[x]]> and <![CDATA[y]]></a>"), "x and y");
        assert_eq!(text("<a><![CDATA[]]></a>"), "");
        assert_eq!(text("<a> x </a>"), " x ");
    }

    #[test]
    fn unknown_entities_and_bare_ampersands_stay() {
        let text = |xml: &str| parse(xml).unwrap().text;
        assert_eq!(
            text("<a>x & y &nbsp; &lol;&#0;&#20320;</a>"),
            "x & y &nbsp; &lol;&#0;你"
        );
        assert_eq!(text("<a>?a=1&b=2&amp;c=3&</a>"), "?a=1&b=2&c=3&");
    }

    #[test]
    fn what_follows_the_root_is_ignored() {
        let root = parse("<a>x</a><br/>\n<a>y</a> & <").unwrap();
        assert_eq!(root.text, "x");
    }

    #[test]
    fn end_tags_that_match_nothing_do_no_harm() {
        let root = parse("<a><b>x</c></b><d>y</a>").unwrap();
        assert_eq!(root.child("b").unwrap().text, "x");
        assert_eq!(root.child("d").unwrap().text, "");
        let root = parse("</x><a>y</a>").unwrap();
        assert_eq!(root.text, "y");
    }

    #[test]
    fn a_torn_document_keeps_what_was_whole() {
        let xml = "<m><id>42</id><url k=\"v\">http://example.com/long</url></m>";
        for end in 0..xml.len() {
            let Some(root) = parse(&xml[..end]) else {
                assert!(end < "<m>".len(), "cut at {end}");
                continue;
            };
            assert_eq!(root.name, "m");
            let id = root.child("id").map_or("", |id| id.text.as_str());
            assert_eq!(
                id,
                if end < "<m><id>42</id>".len() {
                    ""
                } else {
                    "42"
                }
            );
            if let Some(url) = root.child("url") {
                assert_eq!(url.attr("k"), Some("v"));
                let whole = end >= xml.len() - "</m>".len();
                assert_eq!(url.text, if whole { "http://example.com/long" } else { "" });
            }
        }
    }

    #[test]
    fn refuses_what_is_no_xml() {
        for text in [
            "",
            " \n",
            "hello",
            "hello <b>x</b>",
            "<",
            "&lt;msg/&gt;",
            "<!-- -->",
            "<?x?>",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn refuses_document_types() {
        let bomb = "<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><m>&b;</m>";
        assert!(parse(bomb).is_none());
        assert!(parse("<m><!DOCTYPE m SYSTEM \"file:///etc/passwd\"></m>").is_none());
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "what is tested is the time it takes"
    )]
    fn hostile_sizes_end_at_once() {
        let begin = std::time::Instant::now();
        assert!(parse(&"<a>".repeat(1_000_000)).is_none());
        assert!(parse(&"<a>".repeat(80_000)).is_none());
        assert!(parse(&format!("<m>{}</m>", "<a/>".repeat(60_000))).is_none());
        assert!(parse(&format!("<m>{}</m>", "x".repeat(MAX_SIZE))).is_none());
        let many = (0..30_000).map(|n| format!(" a{n}=''")).collect::<String>();
        let _ = parse(&format!("<m{}/>", &many[..MAX_SIZE - 10]));
        let _ = parse(&format!("<m a=\"{}\"/>", "\"b".repeat(120_000)));
        let _ = parse(&format!("<m a=\"{}\"/>", "\" ".repeat(120_000)));
        let _ = parse(&format!("<m a={}/>", "'\"".repeat(120_000)));
        let _ = parse(&format!("<m{}/>", " a=\"x\"!".repeat(32_000)));
        let _ = parse(&format!("<m>{}</m>", "&a".repeat(120_000)));
        let _ = parse(&format!("<m>{}", "<!--".repeat(60_000)));
        let _ = parse(&format!("<m>{}", "<![CDATA[".repeat(28_000)));
        let _ = parse(&format!("<m>{}", "<?x ".repeat(60_000)));
        let _ = parse(&format!("<m>{}</m>", "&".repeat(250_000)));
        let _ = parse(&format!("<m>{}</m>", "</x>".repeat(60_000)));
        let _ = parse(&format!("<m>{}</m>", "<![CDATA[x]]>".repeat(19_000)));
        // On an idle machine this takes one second; anything quadratic takes minutes.
        let taken = begin.elapsed();
        assert!(taken < Duration::from_secs(60), "{taken:?}");
    }

    #[test]
    fn the_limits_leave_room_for_what_is_real() {
        let deep = format!("{}x{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH));
        assert!(parse(&deep).is_some());
        assert!(parse(&format!("<a>{deep}</a>")).is_none());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "[<>/a-c=\"' &;!\\[\\]CDAT?-]{0,80}") {
            let _ = parse(&text);
            let _ = parse(&format!("<m>{text}</m>"));
        }

        #[test]
        fn what_was_escaped_comes_back(value in any::<String>()) {
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            let root = parse(&format!("<m a=\"{escaped}\">{escaped}</m>")).unwrap();
            prop_assert_eq!(root.attr("a"), Some(value.as_str()));
            prop_assert_eq!(root.text, value);
        }
    }
}

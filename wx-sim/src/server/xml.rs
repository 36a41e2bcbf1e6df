//! The little XML that stands in what clients send, read strictly: what is no XML here was not
//! escaped by its sender.

/// One element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// All text directly inside, decoded.
    pub(super) text: String,
}

impl Element {
    /// The text at the end of a path of children, the first of each name. `""`: there is none.
    pub(super) fn text_at(&self, path: &[&str]) -> &str {
        self.at(path).map_or("", |element| element.text.trim())
    }

    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == *name)
        })
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let pair = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(pair.1.as_str())
    }
}

/// The one element of a text, which may begin with an XML declaration.
pub(super) fn parse(text: &str) -> Option<Element> {
    let mut text = text.trim();
    if let Some(rest) = text.strip_prefix("<?xml") {
        text = rest.split_once("?>")?.1.trim_start();
    }
    let (element, rest) = element(text, 0)?;
    rest.trim().is_empty().then_some(element)
}

/// The messages of the protocol stay below ten levels.
const DEPTH: usize = 32;

fn element(text: &str, depth: usize) -> Option<(Element, &str)> {
    if depth > DEPTH {
        return None;
    }
    let mut found = Element::default();
    let (name, mut rest) = name(text.strip_prefix('<')?)?;
    name.clone_into(&mut found.name);
    loop {
        let trimmed = rest.trim_start();
        if let Some(rest) = trimmed.strip_prefix("/>") {
            return Some((found, rest));
        }
        if let Some(inside) = trimmed.strip_prefix('>') {
            rest = inside;
            break;
        }
        let (key, after) = self::name(trimmed)?;
        let after = after.trim_start().strip_prefix('=')?.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        found.attributes.push((key.to_owned(), decode(value)?));
        rest = after;
    }
    loop {
        let (before, at) = rest.split_at(rest.find('<')?);
        found.text.push_str(&decode(before)?);
        if let Some(cdata) = at.strip_prefix("<![CDATA[") {
            let (inside, after) = cdata.split_once("]]>")?;
            found.text.push_str(inside);
            rest = after;
        } else if let Some(end) = at.strip_prefix("</") {
            let (name, after) = self::name(end)?;
            let after = after.trim_start().strip_prefix('>')?;
            return (name == found.name).then_some((found, after));
        } else {
            let (child, after) = element(at, depth + 1)?;
            found.children.push(child);
            rest = after;
        }
    }
}

fn name(text: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty()).then_some((name, rest))
}

fn decode(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after.split_once(';')?;
        out.push(match entity {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let digits = entity.strip_prefix('#')?;
                let code = match digits.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => digits.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = after;
    }
    if text.contains('<') {
        return None;
    }
    out.push_str(rest);
    Some(out)
}

/// A text as it stands in an element or between the quotes of an attribute.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_and_text() {
        let root = parse(
            "<?xml version=\"1.0\"?>\n<msg a='1' b = \"&lt;\"><c/><d><e>x &amp; y</e></d>\
             <![CDATA[<z>]]></msg>\n",
        )
        .unwrap();
        assert_eq!(root.attribute("b"), Some("<"));
        assert_eq!(root.text_at(&["d", "e"]), "x & y");
        assert_eq!((root.text.as_str(), root.children.len()), ("<z>", 2));
    }

    #[test]
    fn what_was_not_escaped_is_no_xml() {
        for text in [
            "",
            "a",
            "<a>",
            "<a></b>",
            "<a>x & y</a>",
            "<a>1 < 2</a>",
            "<a b=1/>",
            "<a b='<'/>",
            "<a/><b/>",
            "<a>&copy;</a>",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"<a>".repeat(100_000)), None);
        let text = "<>&\"'";
        let escaped = format!("<a b='{0}'>{0}</a>", escape(text));
        assert_eq!(parse(&escaped).unwrap().text, text);
    }
}

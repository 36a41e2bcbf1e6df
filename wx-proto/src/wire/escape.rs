//! Texts inside the XML that this client writes.

/// A text as it stands in an element. Characters that no XML can hold are left out.
pub(crate) fn xml_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A text as it stands in the value of an attribute, between quotes of either kind.
pub(crate) fn xml_attribute(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in xml_text(text).chars() {
        match character {
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::xml;

    #[test]
    fn a_text_does_not_end_its_element() {
        assert_eq!(
            xml_text("R&D </title><a b=\"c\">'\0\u{1}\u{ffff}\t安\u{1F604}"),
            "R&amp;D &lt;/title&gt;&lt;a b=\"c\"&gt;'\t安\u{1F604}"
        );
    }

    #[test]
    fn a_text_does_not_end_its_attribute() {
        assert_eq!(
            xml_attribute("O'Dell' a=\"<b>\"\n&"),
            "O&#39;Dell&#39; a=&quot;&lt;b&gt;&quot;&#10;&amp;"
        );
    }

    proptest! {
        #[test]
        fn what_was_escaped_for_an_attribute_is_read_back(text in "[^\\p{Cc}\u{fffe}\u{ffff}]*", quote in "[\"']") {
            let element = format!("<a b={quote}{}{quote} c='1'/>", xml_attribute(&text));
            let element = xml::parse(&element).unwrap();
            prop_assert_eq!(element.attr("b"), Some(&*text));
            prop_assert_eq!(element.attrs.len(), 2);
        }

        #[test]
        fn what_was_escaped_is_read_back(text in "[^\\p{Cc}\u{fffe}\u{ffff}]*") {
            let element = xml::parse(&format!("<a><b>{}</b></a>", xml_text(&text))).unwrap();
            prop_assert_eq!(&element.child("b").unwrap().text, &text);
        }
    }
}

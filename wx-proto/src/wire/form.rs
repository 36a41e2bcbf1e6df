//! Names and values of queries and forms.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What `encodeURIComponent` escapes: all but letters, digits and these marks.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Pairs in the order they were added, joined by `&`.
#[derive(Debug, Default)]
pub(crate) struct Form {
    text: String,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a pair; name and value are escaped here.
    pub(crate) fn pair(mut self, name: &str, value: impl Display) -> Self {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        self.text.extend(encode(name));
        self.text.push('=');
        self.text.extend(encode(&value.to_string()));
        self
    }

    /// Adds a pair unless the value is empty.
    pub(crate) fn pair_unless_empty(self, name: &str, value: &str) -> Self {
        match value {
            "" => self,
            _ => self.pair(name, value),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The pairs as the query of `path`.
    pub(crate) fn query_of(self, path: &str) -> String {
        format!("{path}?{}", self.text)
    }

    /// The pairs as a body.
    pub(crate) fn into_body(self) -> String {
        self.text
    }
}

fn encode(value: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(value, COMPONENT)
}

/// One layer of percent encoding off. `+` stays, as in `decodeURIComponent`; what is no escape
/// stays too, and bytes that are no text become U+FFFD.
pub(crate) fn decode(value: &str) -> String {
    percent_decode_str(value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_escaped_the_way_browsers_do() {
        let query = Form::new()
            .pair("skey", "@crypt_1a")
            .pair("sid", "a+b/c=")
            .pair("r", -17)
            .pair_unless_empty("pass_ticket", "")
            .pair("name", "安 a~!*'()-_.|");
        assert_eq!(
            query.query_of("/x"),
            "/x?skey=%40crypt_1a&sid=a%2Bb%2Fc%3D&r=-17&name=%E5%AE%89%20a~!*'()-_.%7C"
        );
    }

    #[test]
    fn a_name_does_not_end_its_pair() {
        let query = Form::new().pair("a=1&b", 2).query_of("/x");
        assert_eq!(query, "/x?a%3D1%26b=2");
    }

    #[test]
    fn a_ticket_is_decoded_by_one_layer() {
        assert_eq!(decode("a%2Bb%252F+%3D%zz%"), "a+b%2F+=%zz%");
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded_and_splits_at_ampersands(values in prop::collection::vec(any::<String>(), 1..5)) {
            let form = values.iter().fold(Form::new(), |form, value| form.pair("k", value));
            let body = form.into_body();
            prop_assert!(body.is_ascii());
            let target = format!("/x?{body}");
            prop_assert!(target.parse::<http::uri::PathAndQuery>().is_ok());
            let decoded: Vec<_> = body
                .split('&')
                .map(|pair| decode(pair.strip_prefix("k=").unwrap()))
                .collect();
            prop_assert_eq!(decoded, values);
        }
    }
}

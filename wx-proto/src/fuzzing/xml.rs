//! The XML inside messages.

use super::cuts;
use crate::wire::{
    utf8,
    xml::{self, Element},
};

/// Reads a payload, reads it again from what it is made of, and reads all it is when it is torn.
pub fn xml(data: &[u8]) -> bool {
    let text = utf8::decode(data);
    let Some(root) = xml::parse(&text) else {
        return false;
    };
    let (elements, bytes) = size(&root);
    // Nothing is defined in the payload, so nothing in it grows.
    assert!(elements <= text.len() && bytes <= text.len());
    for cut in cuts(&text, 12) {
        if let Some(cut) = xml::parse(cut) {
            assert!(is_part(&cut, &root), "{cut:?} of {root:?}");
        }
    }
    let mut written = String::new();
    // Escapes make it longer, and there is a largest size.
    if write(&root, &mut written).is_some() && written.len() < 200_000 {
        let again = xml::parse(&written);
        assert!(
            again.is_some_and(|again| is_same(&again, &root)),
            "{written}"
        );
    }
    true
}

fn size(element: &Element) -> (usize, usize) {
    let attrs = element
        .attrs
        .iter()
        .map(|(name, value)| name.len() + value.len());
    let own = element.name.len() + element.text.len() + attrs.sum::<usize>();
    let below = element.children.iter().map(size);
    below.fold((1, own), |sum, it| (sum.0 + it.0, sum.1 + it.1))
}

/// Whether all that a torn payload says is what the whole one says.
fn is_part(cut: &Element, whole: &Element) -> bool {
    cut.name == whole.name
        && cut.attrs == whole.attrs
        && (cut.text.is_empty() || cut.text == whole.text)
        && cut.children.len() <= whole.children.len()
        && cut
            .children
            .iter()
            .zip(&whole.children)
            .all(|(cut, whole)| is_part(cut, whole))
}

fn is_same(one: &Element, other: &Element) -> bool {
    is_part(one, other) && one.text == other.text && one.children.len() == other.children.len()
}

/// The same tree, in one form; `None` if a name in it is no name but what a reader makes of garbage.
fn write(element: &Element, out: &mut String) -> Option<()> {
    let name = name(&element.name)?;
    *out += &format!("<{name}");
    for (key, value) in &element.attrs {
        *out += &format!(" {}=\"{}\"", self::name(key)?, escaped(value));
    }
    *out += &format!(">{}", escaped(&element.text));
    for child in &element.children {
        write(child, out)?;
    }
    *out += &format!("</{name}>");
    Some(())
}

fn name(name: &str) -> Option<&str> {
    let is_sane = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ':' | '.');
    let starts = name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    (starts && name.chars().all(is_sane)).then_some(name)
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

//! The forms in which a text may be written.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::server::encode_text;

/// What JavaScript's `encodeURIComponent` leaves alone, and what forms do.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A text in all its forms, each with the name of how it was made; the same one once.
pub(super) fn of(text: &str) -> Vec<(&'static str, String)> {
    let mut forms = vec![("plain", text.to_owned())];
    for percent in percent(text) {
        forms.extend(self::percent(&percent).map(|twice| ("percent twice", twice)));
        forms.push(("percent", percent));
    }
    let debug = format!("{text:?}");
    let debug_bytes = format!("{:?}", Bytes::copy_from_slice(text.as_bytes()));
    let json = serde_json::to_string(text).unwrap_or_default();
    forms.extend([
        ("json", ascii_only(inside(&json))),
        ("json", inside(&json).to_owned()),
        ("debug", inside(&debug).to_owned()),
        (
            "debug",
            inside(debug_bytes.trim_start_matches('b')).to_owned(),
        ),
        ("html", encode_text(text)),
        ("hex", hex(text)),
        ("hex", hex(text).to_uppercase()),
        ("numbers", numbers(text)),
    ]);
    for before in 0..3 {
        forms.extend(base64(text, before).map(|form| ("base64", form)));
    }
    // What needs no escaping looks the same in most of them: the first name counts.
    let mut named = BTreeMap::new();
    for (name, form) in forms {
        named.entry(form).or_insert(name);
    }
    named.into_iter().map(|(form, name)| (name, form)).collect()
}

/// Everything that may be encoded, and only what must be; with large digits and with small ones.
fn percent(text: &str) -> [String; 5] {
    let all = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let component = utf8_percent_encode(text, COMPONENT).to_string();
    let form = component.replace("%20", "+");
    [
        small_digits(&all),
        small_digits(&component),
        all,
        form,
        component,
    ]
}

fn small_digits(encoded: &str) -> String {
    let mut digits = 0;
    let small = |c: char| {
        let is_digit = digits > 0;
        digits = if c == '%' {
            2
        } else {
            digits - i32::from(is_digit)
        };
        if is_digit { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(small).collect()
}

/// Without the quotes around it.
fn inside(quoted: &str) -> &str {
    let behind = quoted.strip_prefix('"').unwrap_or(quoted);
    behind.strip_suffix('"').unwrap_or(behind)
}

/// JSON with nothing but ASCII in it.
fn ascii_only(json: &str) -> String {
    let mut out = String::new();
    for c in json.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}

fn hex(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// A list of bytes, as `Debug` writes it.
fn numbers(text: &str) -> String {
    let bytes: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
    bytes.join(", ")
}

/// What stays of Base64 whatever stands before the text, if that is so many bytes beyond a group of
/// three, and whatever behind.
fn base64(text: &str, before: usize) -> [String; 2] {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(text.as_bytes());
    // Characters that hold bits of the text alone: six each, of eight in a byte.
    let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    [
        BASE64_STANDARD_NO_PAD.encode(&bytes),
        BASE64_URL_SAFE_NO_PAD.encode(&bytes),
    ]
    .map(|all| all.get(first..last).unwrap_or_default().to_owned())
}

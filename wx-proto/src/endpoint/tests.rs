//! The requests byte for byte, and the replies in the shapes the service has been seen to send.

mod contacts;
mod login;
mod people;
mod requests;
mod sends;
mod sync;

use std::fmt::Debug;

use crate::wire::malformed::{Defect, Malformed};

type Parse<T> = fn(&[u8]) -> Result<T, Malformed>;

/// What holds for every parser of a reply that has a definite end: a reply that was cut is never
/// taken for a whole one, nor for another one; white space and a byte order mark change nothing;
/// other bytes behind the end are noticed.
fn has_a_definite_end<T: Debug + PartialEq>(body: &[u8], parse: Parse<T>) {
    let body = body.trim_ascii();
    let whole = parse(body).unwrap();
    for end in 0..body.len() {
        let cut = parse(&body[..end]);
        assert!(cut.is_err(), "cut at {end}: {cut:?}");
    }
    assert_eq!(parse(&[body, b"\r\n \t"].concat()).as_ref(), Ok(&whole));
    assert_eq!(
        parse(&[b"\xEF\xBB\xBF\n  ", body].concat()).as_ref(),
        Ok(&whole)
    );
    assert!(parse(&[body, b"}"].concat()).is_err());
    assert!(parse(&[body, body].concat()).is_err());
}

/// What comes instead of a reply, now and then.
fn refuses_what_is_no_reply<T: Debug>(parse: Parse<T>) {
    let defect = |body: &[u8]| parse(body).unwrap_err().defect;
    assert_eq!(defect(b""), Defect::Empty);
    assert_eq!(defect(b"\r\n"), Defect::Empty);
    for page in [
        "<html><head></head></html>",
        "\n<!DOCTYPE html><p>502</p>",
        "<h1>error</h1>",
    ] {
        assert_eq!(defect(page.as_bytes()), Defect::Html, "{page}");
    }
    for junk in [
        "{}",
        "[]",
        "null",
        "0",
        "ok",
        "{\"a\":1}",
        "\0\0\0",
        "\u{FFFD}",
        "%PDF-1.4",
        "{",
    ] {
        assert!(parse(junk.as_bytes()).is_err(), "{junk}");
    }
}

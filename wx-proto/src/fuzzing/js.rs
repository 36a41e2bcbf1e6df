//! Fragments of a script.

use super::cuts;
use crate::wire::{
    js::{Script, Value},
    utf8,
};

/// Reads a fragment of a script, and holds it against what it is made of.
pub fn js(data: &[u8]) -> bool {
    let text = utf8::decode(data);
    let whole = Script::parse(&text).ok();
    for cut in cuts(&text, 24) {
        let (Ok(cut), Some(whole)) = (Script::parse(cut), &whole) else {
            continue;
        };
        // What comes last may be half a number, or would have turned out to be no assignment.
        let all_but_last = cut.assignments.split_last().map(|(_, before)| before);
        assert!(
            whole.assignments.starts_with(all_but_last.unwrap_or(&[])),
            "{cut:?} of {whole:?}"
        );
    }
    let Some(script) = whole else {
        return false;
    };
    let written = write(&script);
    assert_eq!(Script::parse(&written).as_ref(), Ok(&script), "{written}");
    // Of several values of one path the last one counts.
    if let Some((path, value)) = script.assignments.last() {
        match value {
            Value::Scalar(text) => assert_eq!(script.scalar(path), Some(*text)),
            Value::Object(pairs) => {
                assert_eq!(script.scalar(path), None);
                if let Some((name, text)) = pairs.last() {
                    assert_eq!(script.member(path, name), Some(*text));
                }
            }
        }
    }
    true
}

/// The same assignments, in one form.
fn write(script: &Script<'_>) -> String {
    let mut out = String::new();
    for (path, value) in &script.assignments {
        let value = match value {
            Value::Scalar(text) => quoted(text),
            Value::Object(pairs) => {
                let pair =
                    |(name, text): &(&str, &str)| format!("{}:{}", quoted(name), quoted(text));
                let pairs: Vec<String> = pairs.iter().map(pair).collect();
                format!("{{{}}}", pairs.join(","))
            }
        };
        out += &format!("window.{path}={value};");
    }
    out
}

/// With the quote that is not in it: what was read from between quotes has one kind at most.
fn quoted(text: &str) -> String {
    let quote = if text.contains('"') { '\'' } else { '"' };
    format!("{quote}{text}{quote}")
}

//! What the pages of the repository claim, and the tests that show it.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) fn read(path: &str) -> String {
    let read = fs::read_to_string(root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backticks.
pub(crate) fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Whether `path/to/file.rs::name`, or with modules before the name, is a test, or a case of the suite
/// that every driver is held to.
pub(crate) fn is_test(name: &str) -> bool {
    let mut parts = name.split("::");
    let file = parts.next().unwrap_or_default();
    let mut parts: Vec<_> = parts.collect();
    let (Some(test), true) = (parts.pop(), file.ends_with(".rs")) else {
        return false;
    };
    let Ok(source) = fs::read_to_string(root().join(file)) else {
        return false;
    };
    if file.starts_with("wx-sim/src/conformance/cases/") {
        let listed = read("wx-sim/src/conformance/suite.rs");
        let is_listed = listed
            .lines()
            .any(|line| line.trim_matches([' ', ';']) == test);
        return is_listed && source.contains(&format!("pub fn {test}<"));
    }
    let mut rest = source.as_str();
    for module in parts {
        // Written out, or a case from which a macro makes one.
        let (written, case) = (format!("mod {module} {{"), format!("\n    {module}: ["));
        if let Some(at) = rest.find(&written) {
            rest = &rest[at..];
        } else if !rest.contains(&case) {
            return false;
        }
    }
    let function = format!("fn {test}(");
    let before = rest.split_once(&function).map(|(before, _)| before);
    before.is_some_and(|before| {
        // Attributes, of which one may have several lines, and comments.
        let lines = before.lines().rev().map(str::trim);
        let mut attributes = lines
            .skip_while(|line| line.is_empty() || *line == "async")
            .take_while(|line| !line.is_empty() && !line.ends_with(['{', '}', ';']));
        attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

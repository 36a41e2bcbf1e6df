//! The page `docs/capabilities.md` claims nothing that no test shows, and the README repeats it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

const PAGE: &str = "docs/capabilities.md";
const README: &str = "README.md";
const ROWS: usize = 109;
const IMPOSSIBLE: &str = "not possible on the web: ";
const REFUSED: &str = "server may refuse: ";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    let read = fs::read_to_string(root().join(path));
    read.unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Number, capability, what does it, and what shows that it does.
struct Row {
    number: usize,
    capability: String,
    here: String,
    shown_by: String,
}

fn rows() -> Vec<Row> {
    let page = read(PAGE);
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| ")?.split(" | ").collect();
        let number = cells[0].parse().ok()?;
        let [_, capability, here, shown_by] = cells[..] else {
            panic!("not four cells: {line}");
        };
        Some(Row {
            number,
            capability: capability.to_owned(),
            here: here.to_owned(),
            shown_by: shown_by.strip_suffix(" |").unwrap().trim().to_owned(),
        })
    });
    rows.collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_number_is_there_once_and_in_order() {
    let numbers: Vec<_> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
}

#[test]
fn every_row_names_tests_that_exist_or_says_why_there_can_be_none() {
    for row in rows() {
        let place = format!("row {}", row.number);
        if let Some(reason) = row.shown_by.strip_prefix(IMPOSSIBLE) {
            assert!(!reason.trim().is_empty(), "{place}: no reason");
            continue;
        }
        let tests = row.shown_by.strip_prefix(REFUSED).unwrap_or(&row.shown_by);
        let named: Vec<_> = quoted(tests).collect();
        // Nothing but tests, so that no other words pass for one.
        let list: Vec<_> = named.iter().map(|name| format!("`{name}`")).collect();
        assert!(!named.is_empty(), "{place}: nothing shows it");
        assert_eq!(list.join(", "), tests, "{place}");
        for name in named {
            assert!(is_test(name), "{place}: there is no test {name}");
        }
    }
}

/// Whether `path/to/file.rs::name`, or with modules before the name, is a test.
fn is_test(name: &str) -> bool {
    let mut parts = name.split("::");
    let file = parts.next().unwrap_or_default();
    let mut parts: Vec<_> = parts.collect();
    let (Some(test), true) = (parts.pop(), file.ends_with(".rs")) else {
        return false;
    };
    let Ok(source) = fs::read_to_string(root().join(file)) else {
        return false;
    };
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
        let lines = before.lines().rev().map(str::trim);
        let mut attributes = lines
            .skip_while(|line| line.is_empty() || *line == "async")
            .take_while(|line| line.starts_with('#'));
        attributes.any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
    })
}

#[test]
fn what_does_it_exists() {
    let mut sources = String::new();
    let mut folders = vec![
        root().join("wx-proto/src"),
        root().join(".ci"),
        root().join("wx-tokio/examples"),
        root().join("wx-proto/examples"),
        root().join("wx-blocking/examples"),
    ];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            sources.push_str(&format!("{} ", path.display()));
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    for row in rows() {
        assert!(!row.here.is_empty(), "row {}", row.number);
        for name in quoted(&row.here).flat_map(|name| name.split("::")) {
            assert!(sources.contains(name), "row {}: no {name}", row.number);
        }
    }
}

#[test]
fn the_readme_has_the_same_table() {
    let mut table = String::from("| # | capability | shown by |\n| --- | --- | --- |\n");
    for row in rows() {
        table += &format!(
            "| {} | {} | {} |\n",
            row.number, row.capability, row.shown_by
        );
    }
    let readme = read(README);
    let (start, end) = ("<!-- capabilities -->\n\n", "\n<!-- end -->");
    let (before, rest) = readme.split_once(start).unwrap();
    let (committed, behind) = rest.split_once(end).unwrap();
    if env::var_os("UPDATE_PAGES").is_some() {
        let written = [before, start, &table, end, behind].concat();
        fs::write(root().join(README), written).unwrap();
        return;
    }
    assert!(
        committed == table,
        "the table of README.md is out of date; write it anew with\n\
         UPDATE_PAGES=1 cargo test -p wx-proto --test capabilities"
    );
}

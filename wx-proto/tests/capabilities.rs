//! The page `docs/capabilities.md` claims nothing that no test shows, and the README repeats it.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "common/evidence.rs"]
mod evidence;

use std::{env, fs};

use evidence::{is_test, quoted, read, root};

const PAGE: &str = "docs/capabilities.md";
const README: &str = "README.md";
const ROWS: usize = 109;
const IMPOSSIBLE: &str = "not possible on the web: ";
const REFUSED: &str = "server may refuse: ";

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

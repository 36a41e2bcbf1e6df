//! The page `SECURITY.md` claims nothing that no test shows, and code comes from where it says.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "common/evidence.rs"]
mod evidence;

use std::{collections::BTreeSet, fs};

use evidence::{is_test, quoted, read, root};

const PAGE: &str = "SECURITY.md";

/// Threat, what is done, and what shows it.
fn rows() -> Vec<[String; 3]> {
    let page = read(PAGE);
    let lines = page.lines().filter_map(|line| line.strip_prefix("| "));
    let rows = lines.filter(|line| !line.starts_with("---") && !line.starts_with("threat |"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
        let [threat, done, shown_by] = cells[..] else {
            panic!("not three cells: {line}");
        };
        [threat, done, shown_by].map(str::to_owned)
    })
    .collect()
}

#[test]
fn every_threat_names_what_is_done_and_tests_that_exist() {
    let rows = rows();
    assert!(rows.len() > 35, "{}", rows.len());
    for [threat, done, shown_by] in rows {
        assert!(!threat.trim().is_empty() && !done.trim().is_empty());
        let named: Vec<_> = quoted(&shown_by).collect();
        // Nothing but tests, so that no other words pass for one.
        let list: Vec<_> = named.iter().map(|name| format!("`{name}`")).collect();
        assert!(!named.is_empty(), "nothing shows it: {threat}");
        assert_eq!(list.join(", "), shown_by, "{threat}");
        for name in named {
            assert!(is_test(name), "{threat}: there is no test {name}");
        }
    }
}

#[test]
fn what_the_page_links_to_is_there() {
    let page = read(PAGE);
    let links = page.split("](").skip(1).map(|rest| rest.split(')').next());
    let links: Vec<_> = links.flatten().filter(|it| !it.starts_with('#')).collect();
    assert!(!links.is_empty());
    for link in links {
        assert!(root().join(link).exists(), "{link}");
    }
}

/// The values of a key of the lock file, package by package.
fn packages() -> Vec<Vec<(String, String)>> {
    let lock = read("Cargo.lock");
    let packages = lock.split("[[package]]").skip(1).map(|package| {
        let lines = package.lines().filter_map(|line| line.split_once(" = "));
        let pairs = lines.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned()));
        pairs.collect()
    });
    packages.collect()
}

#[test]
fn the_manual_names_every_target_of_the_logs_and_no_other() {
    let sources = ["wx-proto/src/trace.rs", "wx-proto/src/event/told.rs"]
        .map(read)
        .concat();
    let told = sources.split("target: \"").skip(1);
    let told: BTreeSet<_> = told.filter_map(|rest| rest.split('"').next()).collect();
    let manual = read("wx-proto/src/lib.rs");
    let rows = manual
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `wx_proto::"));
    let rows = rows.filter_map(|rest| rest.split('`').next());
    let named: Vec<_> = rows.map(|name| format!("wx_proto::{name}")).collect();
    assert!(
        told.iter()
            .eq(BTreeSet::from_iter(named.iter().map(String::as_str)).iter())
    );
    assert_eq!(named.len(), told.len());
}

fn members() -> Vec<String> {
    let workspace = read("Cargo.toml");
    let (_, list) = workspace.split_once("members = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_package_is_of_this_repository_or_of_one_registry_with_a_checksum() {
    let mut registries = BTreeSet::new();
    let mut own = 0;
    for package in packages() {
        let value = |key: &str| {
            let pair = package.iter().find(|(name, _)| name == key);
            pair.map(|(_, value)| value.as_str())
        };
        let name = value("name").unwrap();
        match value("source") {
            Some(source) => {
                assert!(source.starts_with("registry+https://"), "{name}: {source}");
                registries.insert(source.to_owned());
                let checksum = value("checksum").unwrap_or_default();
                assert_eq!(checksum.len(), 64, "{name} has no checksum");
            }
            None => {
                own += 1;
                let manifest = root().join(name).join("Cargo.toml");
                assert!(manifest.exists(), "{name} is none of ours");
            }
        }
    }
    assert_eq!(registries.len(), 1);
    assert_eq!(own, members().len());
}

#[test]
fn what_is_denied_stays_denied() {
    let deny = read("deny.toml");
    for line in [
        "unknown-git = \"deny\"",
        "unknown-registry = \"deny\"",
        "allow-git = []",
        "wildcards = \"deny\"",
        "yanked = \"deny\"",
        "all-features = true",
    ] {
        assert!(deny.lines().any(|it| it == line), "{line}");
    }
    // One TLS stack, and none in C beside it.
    for package in ["aws-lc-sys", "native-tls", "openssl"] {
        let denied = format!("{{ crate = \"{package}\" }}");
        assert!(deny.contains(&denied), "{package}");
        let is_it = |(key, value): &(String, String)| key == "name" && value == package;
        assert!(!packages().iter().flatten().any(is_it), "{package}");
    }
    assert!(read(".ci/run").contains("cargo deny --locked check bans licenses sources"));
}

#[test]
fn none_of_our_code_may_be_unsafe() {
    let workspace = read("Cargo.toml");
    assert!(workspace.contains("unsafe_code = \"forbid\""));
    for member in members() {
        let manifest = read(&format!("{member}/Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{member}");
        let script = root().join(&member).join("build.rs");
        assert!(fs::metadata(script).is_err(), "{member} has a build script");
    }
}

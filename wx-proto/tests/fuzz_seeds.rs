//! Every input that the fuzzer starts from, and every one that once led to a bug, through the same
//! functions as there.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::{
    collections::BTreeSet,
    fs,
    panic::catch_unwind,
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use wx_proto::fuzzing::{Feed, Step, client_ops, cookie, js, json_reply, message, snapshot, xml};
use wx_sim::fuzzing::client_vs_server;

/// A target, how many of its seeds get to the heart of the matter at least, and what they meet.
type Target = (&'static str, usize, fn(&[u8]) -> bool);

const TARGETS: [Target; 8] = [
    ("client_ops", 20, client_ops),
    ("client_vs_server", 20, client_vs_server),
    ("cookie", 8, cookie),
    ("js", 8, js),
    ("json_reply", 30, json_reply),
    ("message", 40, message),
    ("snapshot", 5, snapshot),
    ("xml", 30, xml),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fuzz")
        .join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let files = fs::read_dir(folder).unwrap();
    files.map(|entry| name(entry.unwrap().path())).collect()
}

/// All seeds of a target.
fn replay(target: &str) {
    let (name, least, run) = TARGETS.iter().find(|(name, ..)| *name == target).unwrap();
    let mut far = 0;
    for entry in fs::read_dir(folder("seeds").join(name)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        match catch_unwind(|| run(&bytes)) {
            Ok(gets_far) => far += usize::from(gets_far),
            Err(_) => panic!("{} fails", path.display()),
        }
    }
    assert!(far >= *least, "only {far} seeds of {name} get far");
}

macro_rules! replay {
    ($($target:ident)*) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })*

        #[test]
        fn every_target_has_seeds_and_is_replayed() {
            let replayed: BTreeSet<_> = [$(stringify!($target).to_owned()),*].into();
            assert_eq!(names(&folder("fuzz_targets")), replayed);
            assert_eq!(names(&folder("seeds")), replayed);
        }
    };
}

mod every_seed_holds {
    use super::*;

    replay! { client_ops client_vs_server cookie js json_reply message snapshot xml }
}

proptest! {
    #[test]
    fn a_sequence_that_was_written_is_read_back(bytes in any::<Vec<u8>>()) {
        let all = |bytes: &[u8]| -> Vec<_> {
            let mut feed = Feed::new(bytes);
            std::iter::from_fn(|| wx_sim::fuzzing::Step::read(&mut feed)).collect()
        };
        let steps = all(&bytes);
        let mut written = Vec::new();
        steps.iter().for_each(|step| step.write(&mut written));
        prop_assert_eq!(all(&written), steps);

        let mut feed = Feed::new(&bytes);
        let steps: Vec<_> = std::iter::from_fn(|| Step::read(&mut feed)).collect();
        let mut written = Vec::new();
        steps.iter().for_each(|step| step.write(&mut written));
        let mut feed = Feed::new(&written);
        let again: Vec<_> = std::iter::from_fn(|| Step::read(&mut feed)).collect();
        prop_assert_eq!(again, steps);
    }
}

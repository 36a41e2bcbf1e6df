//! Runs that leave their session in a file, and those that find it there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::*;

/// A folder of a test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("wx-sim-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("session")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Friends who say nothing by themselves.
fn quiet() -> Listener {
    service(Setup {
        phone: quick(),
        script: Script::none(),
        ..Setup::default()
    })
}

fn run_kept(service: &Listener, file: &Path, more: &[&str]) -> Ran {
    let url = service.url();
    let file = file.to_str().unwrap();
    let args = ["--json", "--for", "30", "--server", &url, "--session", file];
    run(&[&args[..], more].concat())
}

/// The same, and a friend says this as soon as somebody is there to hear it.
fn run_hearing(service: &Listener, file: &Path, texts: &[&str], more: &[&str]) -> Ran {
    std::thread::scope(|scope| {
        let ran = scope.spawn(|| run_kept(service, file, more));
        let polls = |server: &crate::server::Server| server.sessions().iter().any(|s| s.polling);
        assert!(service.wait_until(Duration::from_secs(10), polls));
        say(service, texts);
        ran.join().unwrap()
    })
}

fn say(service: &Listener, texts: &[&str]) {
    for text in texts {
        let act = Act::Text {
            from: "Boris".into(),
            text: (*text).into(),
        };
        service.act(Deed::In(Whose::Latest, act)).unwrap();
    }
}

fn heard(service: &Listener) -> Vec<String> {
    service.with(|server| server.received().map(|text| text.text.clone()).collect())
}

fn is_logged_out(service: &Listener) -> bool {
    service.with(|server| server.sessions().pop().unwrap().over.is_some())
}

#[test]
fn the_next_run_needs_no_scan_and_answers_what_came_meanwhile() {
    let (service, folder) = (quiet(), Folder::new("next-run"));
    let file = folder.file();
    let ran = run_hearing(
        &service,
        &file,
        &["one", "two", "three"],
        &["--messages", "2"],
    );
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert_eq!(ran.named("qr").len(), 1);
    assert_eq!(ran.named("ended")[0]["cause"], "detached");
    assert!(!is_logged_out(&service));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // The third was not answered, whether it was shown at the end or not.
    say(&service, &["four"]);
    let ran = run_kept(&service, &file, &["--messages", "2"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert_eq!((ran.named("qr").len(), ran.named("online").len()), (0, 1));
    assert_eq!(heard(&service), ["one", "two", "three", "four"]);

    say(&service, &["five"]);
    let ran = run_kept(&service, &file, &["--messages", "1", "--logout"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert_eq!(ran.named("ended")[0]["cause"], "logged_out");
    assert_eq!(heard(&service)[4..], ["five"]);
    assert!(is_logged_out(&service));
    assert!(!file.exists(), "it opens nothing any more");
    let faults = |server: &mut crate::server::Server| {
        server.faults().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(service.with(faults), [""; 0]);
}

#[test]
fn what_was_said_back_before_a_crash_is_not_said_back_again() {
    let (service, folder) = (quiet(), Folder::new("crash"));
    let file = folder.file();
    let ran = run_hearing(&service, &file, &["one"], &["--messages", "1"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let before = fs::read(&file).unwrap();
    say(&service, &["two", "three"]);
    let ran = run_kept(&service, &file, &["--messages", "2"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    // As if it had been killed before it saved anything.
    fs::write(&file, before).unwrap();
    let ran = run_kept(&service, &file, &["--messages", "2"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    assert_eq!(ran.named("message").len(), 2, "they come again");
    assert_eq!(heard(&service), ["one", "two", "three"]);
    let repeats = |server: &mut crate::server::Server| {
        server
            .received()
            .map(|text| text.repeats)
            .collect::<Vec<_>>()
    };
    assert_eq!(service.with(repeats), [0, 1, 1]);
}

#[test]
fn what_is_written_down_can_be_done_again_and_names_nobody() {
    let (service, folder) = (quiet(), Folder::new("recorded"));
    let file = folder.file();
    for text in ["Zwetschgenknödel", "Palatschinken"] {
        let record = folder.0.join(text);
        let recorded = ["--messages", "1", "--record", record.to_str().unwrap()];
        // The second goes on where the first one stopped.
        let ran = run_hearing(&service, &file, &[text], &recorded);
        assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
        let written = fs::read_to_string(&record).unwrap();
        for word in [text, "Boris"] {
            assert!(ran.out.contains(word) && !written.contains(word), "{word}");
        }
        let again = wx_proto::record::replay(&written).unwrap();
        assert!(again.is_exact(), "{:?}", again.differences.first());
        assert!(again.inputs > 10 && again.outputs > 10, "{again:?}");
    }
    let ran = run_kept(&service, &file, &["--record", folder.0.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(
        ran.log.starts_with("the recording cannot be written: "),
        "{}",
        ran.log
    );
}

#[test]
fn a_recording_takes_the_place_of_nothing() {
    let (service, folder) = (quiet(), Folder::new("same-file"));
    let file = folder.file();
    let refused = |record: &Path| {
        let ran = run_kept(&service, &file, &["--record", record.to_str().unwrap()]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        let words = ran.log.strip_prefix("the recording cannot be written: ");
        words.unwrap_or_else(|| panic!("{}", ran.log)).to_owned()
    };
    // Not of the session, where there is none yet either.
    for same in [&file, &folder.0.join(".").join("session")] {
        assert_eq!(refused(same), "the session is to be kept in that file\n");
        assert!(!file.exists());
    }
    let earlier = folder.0.join("earlier");
    fs::write(&earlier, "what shows the bug").unwrap();
    assert!(refused(&earlier).contains("exists"));
    assert_eq!(fs::read_to_string(&earlier).unwrap(), "what shows the bug");
    assert_eq!(service.with(|server| server.sessions().len()), 0);

    // What was never begun does not stand in the way of the next try.
    fs::write(&file, "no session").unwrap();
    let record = folder.0.join("record");
    let ran = run_kept(&service, &file, &["--record", record.to_str().unwrap()]);
    assert!(
        ran.log.starts_with("the client cannot start: "),
        "{}",
        ran.log
    );
    assert!(!record.exists());
}

#[cfg(unix)]
#[test]
fn a_recording_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (service, folder) = (quiet(), Folder::new("recording-mode"));
    let record = folder.0.join("record");
    let recorded = ["--messages", "1", "--record", record.to_str().unwrap()];
    let ran = run_hearing(&service, &folder.file(), &["one"], &recorded);
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
    let mode = fs::metadata(&record).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_is_no_session_is_told_and_left_alone() {
    let (service, folder) = (quiet(), Folder::new("foreign"));
    let file = folder.file();
    for (content, why) in [
        ("#!/bin/sh\n", "not a snapshot, or a damaged one"),
        (
            "{\"version\":1000}",
            "snapshot version 1000 is not supported",
        ),
    ] {
        fs::write(&file, content).unwrap();
        let ran = run_kept(&service, &file, &["--messages", "1"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""));
        let what = "stored session cannot be used (to scan again, remove it)";
        assert_eq!(ran.log, format!("the client cannot start: {what}: {why}\n"));
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    let gone = folder.0.join("gone").join("session");
    let ran = run_kept(&service, &gone, &["--messages", "1"]);
    assert_eq!(ran.code, 1);
    let why = "stored session cannot be read: session file is in a folder that is not there: ";
    assert!(ran.log.contains(why), "{}", ran.log);
    assert_eq!(service.with(|server| server.sessions().len()), 0);
}

#[test]
fn a_session_of_another_service_leads_to_a_new_login() {
    let folder = Folder::new("another");
    let file = folder.file();
    for service in [quiet(), quiet()] {
        let ran = run_hearing(&service, &file, &["hello"], &["--messages", "1"]);
        assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.log);
        assert_eq!(ran.named("qr").len(), 1);
        assert_eq!(heard(&service), ["hello"]);
    }
}

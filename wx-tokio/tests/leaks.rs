//! What this driver and all below it log, judged by what the service knows. A program of its own,
//! because there is one log in each.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod subject;

use std::{
    fs::{self, File},
    path::Path,
};

use subject::TokioSubject;
use tracing::Level;
use tracing_subscriber::{
    Layer as _, filter::Targets, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use wx_sim::{conformance::eventful_session, leaks::Leaks, server::SecretKind};

/// The log stays in `target/tmp`, and beside it a list of what it may not hold, for `grep`.
#[test]
fn a_log_holds_no_secret_and_no_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (log, secrets) = (folder.join("wx-tokio.log"), folder.join("wx-tokio.secrets"));
    // Of this driver everything, of what it is built from what is meant for logs.
    let levels = Targets::new()
        .with_default(Level::DEBUG)
        .with_target("wx_proto", Level::TRACE);
    let file = File::create(&log).unwrap();
    let to_file = fmt::layer().with_ansi(false).with_writer(file);
    tracing_subscriber::registry()
        .with(to_file.with_filter(levels))
        .init();

    let leaks = Leaks::of(eventful_session::<TokioSubject>());
    fs::write(&secrets, leaks.patterns()).unwrap();
    let logged = fs::read_to_string(&log).unwrap();
    for told in [
        "phase",
        "sent",
        "came",
        "did not come",
        "trouble",
        "gap",
        "paced",
        "ended",
    ] {
        assert!(logged.contains(told), "nothing tells {told:?}");
    }
    for kind in SecretKind::ALL {
        assert!(leaks.count(*kind) >= 1, "no {kind:?} to look for");
    }
    assert!(leaks.len() > 150, "{leaks:?}");
    let found = leaks.find(&logged);
    assert!(found.is_empty(), "{found:#?}");

    // It would be found, by whichever way it comes.
    for line in leaks.patterns().lines().take(2) {
        tracing::trace!(target: "wx_proto::canary", value = line);
        log::debug!("value={line}");
    }
    let logged = fs::read_to_string(&log).unwrap();
    assert_eq!(leaks.find(&logged).len(), 2);
    // Not what is left behind.
    let lines = logged.lines().filter(|line| !line.contains("value="));
    fs::write(
        &log,
        lines.flat_map(|line| [line, "\n"]).collect::<String>(),
    )
    .unwrap();
}

//! Sessions in a file, by the one call that there is for them.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::{runtime::Runtime, time::timeout};
use wx_sim::{
    listen::Listener,
    server::{Act, Deed, Phone, Setup, Whose},
};
use wx_tokio::{
    Events, Session, SessionFile, Transport,
    wx_proto::{
        Close, Config, EventKind, Hosts, Phase, SnapshotError,
        driver::{Roots, StoreError, TransportConfig},
    },
};

const PATIENCE: Duration = Duration::from_secs(60);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("wx-tokio-{name}-{}", std::process::id()));
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

fn service() -> Listener {
    let setup = Setup {
        phone: Phone::Auto {
            scan_after: Duration::ZERO,
            confirm_after: Duration::ZERO,
        },
        ..Setup::default()
    };
    Listener::bind("127.0.0.1:0", setup).unwrap()
}

fn hear(service: &Listener, text: &str) {
    let (from, text) = ("wxid_anna7c20x1".to_owned(), text.to_owned());
    let deed = Deed::In(Whose::Latest, Act::Text { from, text });
    service.act(deed).unwrap();
}

async fn keep(service: &Listener, file: &Path) -> Result<(Session, Events), StoreError> {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    let mut network = TransportConfig::default();
    network.roots = Roots::ExtraOnly;
    let transport = Transport::with_config(&network).unwrap();
    let failed = |unsaved| panic!("{unsaved}");
    Session::keep(config, &transport, SessionFile::new(file), failed).await
}

/// The next text; and before it, whether there was a code to scan.
async fn text(events: &mut Events) -> (String, bool) {
    let mut scans = false;
    loop {
        let event = timeout(PATIENCE, events.next()).await.unwrap();
        match event.unwrap().kind {
            EventKind::Qr(_) => scans = true,
            EventKind::Message(message) if message.text().is_some() => {
                return (message.text().unwrap().to_owned(), scans);
            }
            _ => {}
        }
    }
}

async fn online(events: &mut Events) {
    loop {
        let event = timeout(PATIENCE, events.next()).await.unwrap();
        if matches!(event.unwrap().kind, EventKind::Online(_)) {
            return;
        }
    }
}

#[tokio::test]
async fn what_one_run_leaves_in_a_file_the_next_one_goes_on_with() {
    let (service, folder) = (service(), Folder::new("goes-on"));
    let (session, mut events) = keep(&service, &folder.file()).await.unwrap();
    online(&mut events).await;
    session.close(Close::default()).await;
    drop(events);
    hear(&service, "meanwhile");
    let (session, mut events) = keep(&service, &folder.file()).await.unwrap();
    assert_eq!(text(&mut events).await, ("meanwhile".to_owned(), false));
    let mut watch = session.watch();
    assert_eq!(watch.next().await, Some(Phase::Online));
    let how = Close {
        logout: true,
        ..Close::default()
    };
    session.close(how).await;
    assert!(!folder.file().exists());
    assert_eq!(watch.next().await, Some(Phase::Closed));
    assert_eq!(watch.next().await, None);
}

#[tokio::test]
async fn what_is_no_session_is_neither_used_nor_overwritten() {
    let (service, folder) = (service(), Folder::new("no-session"));
    fs::write(folder.file(), "mine").unwrap();
    match keep(&service, &folder.file()).await {
        Err(StoreError::Unusable(why)) => assert_eq!(why, SnapshotError::Malformed),
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(folder.file()).unwrap(), b"mine");
}

/// As at the end of `main`.
#[test]
fn a_runtime_that_ends_saves_what_is_left() {
    let (service, folder) = (service(), Folder::new("runtime"));
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let (session, mut events) = keep(&service, &folder.file()).await.unwrap();
        online(&mut events).await;
        hear(&service, "one");
        assert_eq!(text(&mut events).await.0, "one");
        session.acknowledge(timeout(PATIENCE, events.next()).await.unwrap().unwrap().id);
    });
    drop(runtime);
    hear(&service, "two");
    Runtime::new().unwrap().block_on(async {
        let (_session, mut events) = keep(&service, &folder.file()).await.unwrap();
        assert_eq!(text(&mut events).await, ("two".to_owned(), false));
    });
}

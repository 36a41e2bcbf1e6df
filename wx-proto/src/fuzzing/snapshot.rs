//! Sessions that were saved.

use std::time::Duration;

use serde_json::Value;

use crate::{
    client::{Client, Close},
    config::Config,
    endpoint::SyncKey,
    hosts::Family,
    output::Output,
    phase::Phase,
    rng::Seed,
    snapshot::Snapshot,
    time::{Now, Stamp},
    transport::TransportErrorKind,
};

/// Reads a snapshot, and resumes a session from it.
pub fn snapshot(data: &[u8]) -> bool {
    let Ok(snapshot) = Snapshot::decode(data) else {
        return false;
    };
    let bytes = snapshot.encode();
    let again = Snapshot::decode(&bytes).map(|again| again.encode());
    assert_eq!(again.as_ref(), Ok(&bytes));
    let printed = live(&snapshot);
    let other = Snapshot::decode(&with_other_secrets(&bytes));
    let other = other.map(|other| live(&other));
    assert!(other.as_ref() == Ok(&printed), "{printed} or {other:?}");
    true
}

/// Resumes a session that nobody answers, and ends it. What is printed of it.
fn live(snapshot: &Snapshot) -> String {
    let Some((session, window)) = snapshot.restore() else {
        panic!("what was decoded can be restored");
    };
    let mut config = Config::default();
    if session.family.is_file_helper() {
        config.entry = Family::FILE_HELPER;
    }
    let resume = |from: Snapshot| Client::resume(config.clone(), Seed::from([7; 32]), from);
    let mut client = resume(snapshot.clone());
    if let Some(me) = &session.me {
        assert_eq!(client.me(), Some(me));
        let saved = client.snapshot().map(|saved| saved.encode());
        let again = client.snapshot().and_then(|saved| resume(saved).snapshot());
        assert_eq!(again.map(|again| again.encode()), saved);
        let saved = client.snapshot().and_then(|saved| saved.restore());
        let (same, same_window) = saved.unzip();
        let key = same.and_then(|same| same.sync_key);
        assert!(key.is_some() && key == session.sync_key);
        let same_window = same_window.unwrap_or_default();
        assert!(window.iter().all(|message| same_window.contains(message)));
        assert_eq!(
            key.as_ref()
                .map(SyncKey::to_string)
                .and_then(|key| SyncKey::parse(&key)),
            key
        );
    }
    let mut printed = format!("{snapshot:?}");
    let mut at = Duration::ZERO;
    let now = |at| Now::new(Stamp::new(at), Duration::from_secs(1_700_000_000) + at);
    client.start(now(at));
    assert!(drain(&mut client, now(at), &mut printed) || client.phase() == Phase::Closed);
    for _ in 0..4 {
        if let Some(due) = client.poll_timeout() {
            at = at.max(due.since_origin());
            client.handle_timeout(now(at));
            drain(&mut client, now(at), &mut printed);
        }
    }
    client.close(now(at), Close::default());
    drain(&mut client, now(at), &mut printed);
    assert!(client.is_drained());
    printed
}

/// Prints and refuses everything. Whether anything was asked.
fn drain(client: &mut Client, now: Now, printed: &mut String) -> bool {
    let mut has_asked = false;
    while let Some(output) = client.poll_output() {
        *printed += &format!("{output:?}\n");
        if let Output::Request(request) = output {
            has_asked = true;
            let host = request.http.uri().host().unwrap_or_default();
            let is_known = Family::ALL.iter().any(|family| family.contains(host));
            assert!(is_known && request.http.uri().scheme_str() == Some("https"));
            client.handle_reply(now, request.id, Err(TransportErrorKind::Connect.into()));
        }
    }
    while let Some(event) = client.poll_event() {
        *printed += &format!("{event:?}\n");
    }
    has_asked
}

/// The same snapshot of another account's session.
fn with_other_secrets(bytes: &[u8]) -> Vec<u8> {
    let mut record: Value = serde_json::from_slice(bytes).unwrap_or_default();
    for name in ["sid", "skey", "pass_ticket"] {
        change(record.get_mut(name));
    }
    let cookies = record.get_mut("cookies").and_then(Value::as_array_mut);
    for cookie in cookies.into_iter().flatten() {
        change(cookie.get_mut("value"));
    }
    serde_json::to_vec(&record).unwrap_or_default()
}

fn change(value: Option<&mut Value>) {
    if let Some(Value::String(text)) = value {
        let other = |c: char| match c {
            'a' => 'b',
            c if c.is_ascii_alphanumeric() => 'a',
            c => c,
        };
        *text = text.chars().map(other).collect();
    }
}

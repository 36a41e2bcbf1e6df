//! Where media are kept, and for how long.

use std::path::PathBuf;

use wx_sim::folder::FolderStore;
use wx_sim::server::{Blob, Limits, MemoryStore, Piece, Setup, Store};

use crate::client::{Client, json, ret};
use crate::media::{CHUNK, bytes};
use crate::walk::{assert_faultless, setup};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wx-sim-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn both_stores_do_the_same() {
    let folder = Folder::new("same");
    let stores: [Box<dyn Store>; 2] = [
        Box::new(MemoryStore::default()),
        Box::new(FolderStore::open(&folder.0).unwrap()),
    ];
    for mut store in stores {
        assert_eq!((store.size("a"), store.read("a", 0, 1)), (None, None));
        assert!(store.rename("a", "b").is_err());
        store.append("a", b"hello ").unwrap();
        store.append("a", b"world").unwrap();
        assert_eq!(store.read("a", 6, 3).unwrap(), "wor");
        store.append("b", b"old").unwrap();
        store.rename("a", "b").unwrap();
        assert_eq!((store.size("a"), store.size("b")), (None, Some(11)));
        assert_eq!(store.read("b", 0, u64::MAX).unwrap(), "hello world");
        assert_eq!(store.read("b", 9, 9).unwrap(), "ld");
        assert_eq!(store.read("b", 99, 9).unwrap(), "");
        store.remove("b");
        store.remove("b");
        assert_eq!(store.size("b"), None);
    }
}

#[test]
fn uploads_go_to_a_folder_chunk_by_chunk() {
    let folder = Folder::new("chunks");
    let mut client = Client::online(setup());
    let store = FolderStore::open(&folder.0).unwrap();
    client.server.keep_media_in(Box::new(store));
    let file = client.file("a.bin", "application/octet-stream", bytes(2 * CHUNK + 1));
    for nth in 0..2 {
        let form = client.chunk(&file, nth);
        client.ask(form);
        let part = folder.0.join(&folder.files()[0]);
        let size = std::fs::metadata(part).unwrap().len();
        assert_eq!(size, ((nth + 1) * CHUNK) as u64);
    }
    client.upload_rest(&file, 2);
    assert_eq!(folder.files(), [file.md5()]);
    let kept = std::fs::read(folder.0.join(file.md5())).unwrap();
    assert_eq!(kept, file.bytes);
    assert_faultless(&client);

    // What a client calls an md5 leads nowhere else.
    let what = "\"EMoticonMd5\":\"../../../../etc/passwd\"";
    let raw = client.sticker_request("filehelper", what);
    assert_eq!(client.answer(raw), -1);

    // Another run knows what is there, and drops what was not finished.
    std::fs::write(folder.0.join("part-9"), b"half").unwrap();
    let mut client = Client::online(setup());
    let store = FolderStore::open(&folder.0).unwrap();
    client.server.keep_media_in(Box::new(store));
    assert_eq!(folder.files(), [file.md5()]);
    let raw = client.check_upload_request(&file);
    let reply = json(&client.ask(raw));
    assert_eq!(ret(&reply), 0);
    assert_ne!(reply["MediaId"], "");
}

#[test]
fn the_oldest_media_go_first() {
    let limits = Limits {
        media: 10_000,
        ..Limits::default()
    };
    let mut client = Client::online(Setup { limits, ..setup() });
    let mut ids = Vec::new();
    for nth in 0..5_u8 {
        let data = Blob::Given(vec![nth; 3000].into());
        let message = client.receive("Anna", None, Piece::Image { data });
        ids.push(message["MsgId"].as_str().unwrap().to_owned());
    }
    let sizes: Vec<usize> = ids
        .iter()
        .map(|id| client.picture(id, "").body().len())
        .collect();
    assert_eq!(sizes, [0, 0, 3000, 3000, 3000]);
    // One that is larger than all of them is kept alone.
    let data = Blob::Made(20_000);
    let message = client.receive("Anna", None, Piece::Image { data });
    let id = message["MsgId"].as_str().unwrap().to_owned();
    assert_eq!(client.picture(&id, "").body().len(), 20_000);
    assert_eq!(client.picture(&ids[4], "").body().len(), 0);
    assert_faultless(&client);
}

#[test]
fn uploads_that_are_never_finished_are_forgotten() {
    let folder = Folder::new("unfinished");
    let limits = Limits {
        uploads: 2,
        ..Limits::default()
    };
    let mut client = Client::online(Setup { limits, ..setup() });
    let store = FolderStore::open(&folder.0).unwrap();
    client.server.keep_media_in(Box::new(store));
    for _ in 0..5 {
        let file = client.file("a.bin", "application/octet-stream", bytes(CHUNK + 1));
        let form = client.chunk(&file, 0);
        assert_eq!(client.answer(form), 0);
    }
    assert_eq!(folder.files().len(), 2);
}

/// A store that is full.
struct Full;

impl Store for Full {
    fn append(&mut self, _: &str, _: &[u8]) -> std::io::Result<()> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn rename(&mut self, _: &str, _: &str) -> std::io::Result<()> {
        Err(std::io::ErrorKind::NotFound.into())
    }

    fn remove(&mut self, _: &str) {}

    fn size(&self, _: &str) -> Option<u64> {
        None
    }

    fn read(&self, _: &str, _: u64, _: u64) -> Option<bytes::Bytes> {
        None
    }
}

#[test]
fn a_full_store_refuses_uploads_without_a_fault_of_theirs() {
    let mut client = Client::online(setup());
    client.server.keep_media_in(Box::new(Full));
    let file = client.file("a.bin", "application/octet-stream", bytes(10));
    let form = client.chunk(&file, 0);
    assert_eq!(client.answer(form), -1);
    assert_faultless(&client);
}

#[test]
fn unfinished_uploads_do_not_grow_beyond_the_limit() {
    let limits = Limits {
        media: 2 * CHUNK as u64,
        ..Limits::default()
    };
    let mut client = Client::online(Setup { limits, ..setup() });
    let data = Blob::Made(1000);
    let message = client.receive("Anna", None, Piece::Image { data });
    let id = message["MsgId"].as_str().unwrap().to_owned();
    let mut rets = Vec::new();
    for _ in 0..3 {
        let file = client.file("a.bin", "application/octet-stream", bytes(CHUNK + 1));
        let form = client.chunk(&file, 0);
        rets.push(client.answer(form));
    }
    assert_eq!(rets, [0, 0, -1]);
    assert!(client.picture(&id, "").body().is_empty(), "it made room");
    assert_faultless(&client);
}

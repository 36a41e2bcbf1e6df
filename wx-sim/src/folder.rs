//! A media store on disk.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;

use crate::server::Store;

/// Keeps media as files of one folder. A chunk that comes in is written to the end of its file, so
/// that no upload is ever in memory as a whole.
///
/// ```no_run
/// use wx_sim::{folder::FolderStore, listen::Listener, server::Setup};
///
/// # fn main() -> std::io::Result<()> {
/// let service = Listener::bind("127.0.0.1:0", Setup::default())?;
/// let store = FolderStore::open("media")?;
/// service.with(|server| server.keep_media_in(Box::new(store)));
/// # Ok(())
/// # }
/// ```
///
/// What an earlier run left in the folder is still known by its md5, so that a client can send it
/// again without uploading it; uploads that run did not finish are dropped.
#[derive(Debug)]
pub struct FolderStore {
    folder: PathBuf,
}

impl FolderStore {
    /// Uses a folder, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// If it cannot be made or read.
    pub fn open(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref().to_owned();
        fs::create_dir_all(&folder)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(PART) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder })
    }

    /// The service's names hold nothing that leads out of the folder.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// How the names of unfinished files begin.
const PART: &str = "part-";

impl Store for FolderStore {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(name);
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(bytes)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn remove(&mut self, name: &str) {
        // A file that cannot be removed is a file nobody asks for.
        let _ = fs::remove_file(self.path(name));
    }

    fn size(&self, name: &str) -> Option<u64> {
        let found = fs::metadata(self.path(name)).ok()?;
        found.is_file().then_some(found.len())
    }

    fn read(&self, name: &str, start: u64, length: u64) -> Option<Bytes> {
        let mut file = File::open(self.path(name)).ok()?;
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes).ok()?;
        Some(bytes.into())
    }
}

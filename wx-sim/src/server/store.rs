//! Where the bytes of media are kept.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;

/// A place for the bytes of media: what clients upload and what friends send.
///
/// The service names its files itself, in lower-case letters, digits and dashes: finished ones by
/// the md5 of what is in them. A file grows until it is renamed, and never changes after that.
pub trait Store: Send {
    /// Adds bytes to the end of a file. The first ones make it.
    ///
    /// # Errors
    ///
    /// If the bytes cannot be kept. The service answers the upload with `Ret` -1 then.
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Gives a file another name, in place of a file that has it.
    ///
    /// # Errors
    ///
    /// If there is no such file, or its name cannot be changed.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Forgets a file, if there is one of that name.
    fn remove(&mut self, name: &str);

    /// Bytes of a file. `None`: there is no such file.
    fn size(&self, name: &str) -> Option<u64>;

    /// `length` bytes of a file from `start` on; fewer if it ends before. `None`: there is no such
    /// file, or it cannot be read.
    fn read(&self, name: &str, start: u64, length: u64) -> Option<Bytes>;
}

/// Keeps everything in memory. What a long run can hold is bounded by
/// [`Limits::media`](super::Limits::media).
#[derive(Debug, Default)]
pub struct MemoryStore {
    files: BTreeMap<String, File>,
}

#[derive(Debug)]
enum File {
    Growing(Vec<u8>),
    /// Shared with the replies that are made of it.
    Whole(Bytes),
}

impl Store for MemoryStore {
    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let file = self
            .files
            .entry(name.to_owned())
            .or_insert_with(|| File::Growing(Vec::new()));
        match file {
            File::Growing(have) => have.extend_from_slice(bytes),
            File::Whole(have) => {
                let mut all = have.to_vec();
                all.extend_from_slice(bytes);
                *file = File::Growing(all);
            }
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let file = match self.files.remove(from) {
            Some(File::Growing(bytes)) => File::Whole(bytes.into()),
            Some(whole) => whole,
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        self.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&mut self, name: &str) {
        self.files.remove(name);
    }

    fn size(&self, name: &str) -> Option<u64> {
        Some(match self.files.get(name)? {
            File::Growing(bytes) => bytes.len() as u64,
            File::Whole(bytes) => bytes.len() as u64,
        })
    }

    fn read(&self, name: &str, start: u64, length: u64) -> Option<Bytes> {
        let size = self.size(name)?;
        let (start, end) = (start.min(size), start.saturating_add(length).min(size));
        let range = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        match self.files.get(name)? {
            File::Growing(bytes) => bytes.get(range).map(Bytes::copy_from_slice),
            File::Whole(bytes) => Some(bytes.slice(range)),
        }
    }
}

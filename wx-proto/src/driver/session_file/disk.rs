//! What a session file asks of a file system. The tests have one that crashes.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
};

pub(super) trait Disk {
    type File;

    /// The size of what stands there, which is neither a link nor anything but a file. `None`:
    /// nothing does.
    fn plain_size(&self, path: &Path) -> io::Result<Option<u64>>;

    /// Its beginning, of so many bytes at most.
    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>>;

    /// A new file for its owner alone. An error, if there is anything of that name.
    fn create(&self, path: &Path) -> io::Result<Self::File>;

    fn write(&self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;

    /// Waits until what was written is on the disk.
    fn sync(&self, file: &mut Self::File) -> io::Result<()>;

    /// In place of what was at `to`, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Waits until the names of a folder are on the disk, where that can be waited for.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    fn remove(&self, path: &Path) -> io::Result<()>;

    /// The names in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
}

/// What is said where a folder cannot be waited for. All else is a failure of the disk.
const CANNOT_WAIT: [io::ErrorKind; 3] = [
    io::ErrorKind::InvalidInput,
    io::ErrorKind::PermissionDenied,
    io::ErrorKind::Unsupported,
];

/// The real one.
pub(super) struct Std;

impl Disk for Std {
    type File = File;

    fn plain_size(&self, path: &Path) -> io::Result<Option<u64>> {
        match fs::symlink_metadata(path) {
            Ok(about) if about.is_file() => Ok(Some(about.len())),
            Ok(_) => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        let mut options = OpenOptions::new();
        // Whatever stands there already, be it a link to nowhere, is in the way.
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &mut File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened like a file.
        if !cfg!(unix) {
            return Ok(());
        }
        match File::open(folder).and_then(|folder| folder.sync_all()) {
            // There are file systems that know no such thing, and folders that may be written to but not
            // read. The file is whole and in its place all the same; where the names cannot be waited for,
            // they come to the disk when the system likes.
            Err(error) if CANNOT_WAIT.contains(&error.kind()) => Ok(()),
            synced => synced,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let entries = fs::read_dir(folder)?;
        entries.map(|entry| Ok(entry?.file_name())).collect()
    }
}

//! A session in a file, of which a crash leaves the old one or the new one.

mod disk;

use std::{
    error::Error,
    ffi::{OsStr, OsString},
    io,
    path::{Path, PathBuf},
    process,
};

use thiserror::Error;

use self::disk::{Disk, Std};
use super::Store;

/// A file with one session, for one program at a time. Nobody but its owner can read it, from its
/// first byte on (where files have such rights; elsewhere, choose a folder that has).
///
/// A save writes a new file beside the old one, waits until it is on the disk, and puts it in place
/// of the old one in one step: whatever happens meanwhile, one of the two is there, whole. A path that
/// leads to a link, a folder or anything but a file is an error of [`load`](Store::load), and so is a
/// file that is no session, so that [`Kept::open`](super::Kept::open) leaves what is not its own. In a
/// folder that others can write to, nothing of this holds. Should a program be killed in mid save,
/// the next one that loads the session removes what is left beside it.
///
/// In a folder that may be written to and not read, nobody can look for what is left, nor wait until
/// the new file has its place on the disk: soon after a save, a crash of the machine may bring the old
/// one back.
#[derive(Clone, Debug)]
pub struct SessionFile {
    path: PathBuf,
}

/// More than any session has, and little enough to be read before it is looked at.
const LARGEST: u64 = 64 << 20;

/// How many others may be writing beside us. Nobody should be.
const ATTEMPTS: u32 = 16;

impl SessionFile {
    /// The session at `path`, in a folder that is there. Nothing is looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn place(&self) -> Result<Place<'_>, Failure> {
        let name = self.path.file_name();
        let name = name.ok_or_else(|| failed("has no name")(io::ErrorKind::InvalidInput.into()))?;
        let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        Ok(Place {
            path: &self.path,
            folder: folder.unwrap_or(Path::new(".")),
            name,
        })
    }
}

impl Store for SessionFile {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        Ok(self.place()?.load(&Std)?)
    }

    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.place()?.save(&Std, session)?)
    }

    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(self.place()?.clear(&Std)?)
    }
}

/// What went wrong with it.
#[derive(Debug, Error)]
#[error("session file {what}")]
struct Failure {
    what: &'static str,
    source: io::Error,
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> Failure {
    move |source| Failure { what, source }
}

fn too_large() -> Failure {
    failed("is too large to be one")(io::ErrorKind::InvalidData.into())
}

/// Where the file is, or is to be.
struct Place<'a> {
    path: &'a Path,
    folder: &'a Path,
    name: &'a OsStr,
}

impl Place<'_> {
    fn load(&self, disk: &impl Disk) -> Result<Option<Vec<u8>>, Failure> {
        self.sweep(disk).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed("is in a folder that is not there")(error),
            _ => failed("is in a folder that cannot be read")(error),
        })?;
        let cannot = failed("cannot be read");
        let Some(size) = disk.plain_size(self.path).map_err(&cannot)? else {
            return Ok(None);
        };
        if size > LARGEST {
            return Err(too_large());
        }
        disk.read(self.path, LARGEST).map(Some).map_err(cannot)
    }

    fn save(&self, disk: &impl Disk, session: &[u8]) -> Result<(), Failure> {
        if session.len() as u64 > LARGEST {
            return Err(too_large());
        }
        let (beside, mut file) = self.create(disk)?;
        let written = disk
            .write(&mut file, session)
            .and_then(|()| disk.sync(&mut file))
            .map_err(failed("cannot be written"))
            .and_then(|()| {
                let put = disk.rename(&beside, self.path);
                put.map_err(failed("cannot be replaced"))
            });
        if written.is_err() {
            let _ = disk.remove(&beside);
        }
        written?;
        let synced = disk.sync_folder(self.folder);
        synced.map_err(failed("is in a folder that cannot be written"))
    }

    /// A new file beside the session, which nobody else has a hand in.
    fn create<D: Disk>(&self, disk: &D) -> Result<(PathBuf, D::File), Failure> {
        let mut nth = 0;
        loop {
            let beside = self.beside(nth);
            match disk.create(&beside) {
                Ok(file) => return Ok((beside, file)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && nth < ATTEMPTS => {
                    nth += 1;
                }
                Err(error) => return Err(failed("cannot be created")(error)),
            }
        }
    }

    fn clear(&self, disk: &impl Disk) -> Result<(), Failure> {
        match disk.remove(self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            removed => removed.map_err(failed("cannot be removed"))?,
        }
        let synced = disk.sync_folder(self.folder);
        synced.map_err(failed("is in a folder that cannot be written"))
    }

    fn beside(&self, nth: u32) -> PathBuf {
        let mut name = self.prefix();
        name.push(format!("{}-{nth}{ENDING}", process::id()));
        self.folder.join(name)
    }

    fn prefix(&self) -> OsString {
        let mut prefix = OsString::from(".");
        prefix.push(self.name);
        prefix.push(".");
        prefix
    }

    /// Removes what killed programs have left. It holds sessions.
    fn sweep(&self, disk: &impl Disk) -> io::Result<()> {
        let prefix = self.prefix();
        let is_left = |name: &OsString| {
            let name = name.as_encoded_bytes();
            let rest = name.strip_prefix(prefix.as_encoded_bytes());
            let rest = rest.and_then(|rest| rest.strip_suffix(ENDING.as_bytes()));
            rest.is_some_and(|rest| rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-')))
        };
        let names = match disk.list(self.folder) {
            // It may still be one that can be written to.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Vec::new(),
            names => names?,
        };
        for name in names.into_iter().filter(is_left) {
            let _ = disk.remove(&self.folder.join(name));
        }
        Ok(())
    }
}

/// Of what is not yet in its place.
const ENDING: &str = ".tmp";

#[cfg(test)]
mod tests;

//! A file for a bug report.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use wx_proto::{
    Client, Config, Seed,
    driver::{Kept, SessionFile, StoreError},
};

use super::note_unsaved;

/// Where a session is [written down](wx_proto::record).
#[derive(Debug)]
pub struct Recording(File);

impl Recording {
    /// Takes the place of nothing: an earlier recording may be what somebody is about to report.
    pub(super) fn create(path: &Path, session: Option<&Path>) -> io::Result<Self> {
        if session.is_some_and(|session| place(path) == place(session)) {
            return Err(io::Error::other("the session is to be kept in that file"));
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Whoever gives it away reads it before, and nobody else until then.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(Self)
    }

    /// A client that is written down, and is kept in the file of a session if there is one.
    ///
    /// # Errors
    ///
    /// Those of [`Kept::open`].
    pub fn client(
        self,
        config: Config,
        seed: Seed,
        session: Option<SessionFile>,
    ) -> Result<Kept, StoreError> {
        let Self(file) = self;
        let to = until_it_fails(file);
        match session {
            None => Ok(Client::recorded(config, seed, None, to).into()),
            Some(session) => Kept::recorded(config, seed, session, note_unsaved, to),
        }
    }
}

/// Writes each line at once: what ends a program early is what such a file is for. Without room for it
/// the bot goes on, and no line follows half a line.
fn until_it_fails(file: impl Write) -> impl FnMut(&str) {
    let mut open = Some(file);
    move |line| {
        let written = open.as_mut().map(|file| file.write_all(line.as_bytes()));
        if let Some(Err(_)) = written {
            open = None;
        }
    }
}

/// Where a path leads to, which need not be there yet.
fn place(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes, then no more for once.
    struct Full(Vec<u8>, usize);

    impl Write for &mut Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let Full(taken, room) = &mut **self;
            match bytes.len().min(*room) {
                0 => {
                    *room = usize::MAX;
                    Err(io::ErrorKind::StorageFull.into())
                }
                len => {
                    *room -= len;
                    taken.extend(bytes.iter().take(len));
                    Ok(len)
                }
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_follows_half_a_line() {
        let mut full = Full(Vec::new(), 6);
        let mut write = until_it_fails(&mut full);
        for line in ["one\n", "two\n", "three\n"] {
            write(line);
        }
        drop(write);
        assert_eq!(full.0, b"one\ntw");
    }
}

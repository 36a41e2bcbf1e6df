//! A file for a bug report.

use std::{
    fs::File,
    io::{self, Write as _},
    path::Path,
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
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        File::create(path).map(Self)
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
        let Self(mut file) = self;
        // Each line at once: what ends a program early is what such a file is for. Without room for
        // it the bot goes on.
        let to = move |line: &str| drop(file.write_all(line.as_bytes()));
        match session {
            None => Ok(Client::recorded(config, seed, None, to).into()),
            Some(session) => Kept::recorded(config, seed, session, note_unsaved, to),
        }
    }
}

//! A machine that crashes at each point of a save, and keeps of what was not synced whatever it
//! likes.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use super::*;

type Inode = usize;
type Names = BTreeMap<PathBuf, Inode>;

/// What one call has changed in a folder, from then on in one step.
type Change = Vec<(PathBuf, Option<Inode>)>;

#[derive(Clone, Default)]
struct Content {
    written: Vec<u8>,
    synced: Option<Vec<u8>>,
}

#[derive(Default)]
struct Machine {
    contents: RefCell<Vec<Content>>,
    /// As programs see it.
    names: RefCell<Names>,
    /// As it is on the disk, and what has happened since.
    synced: RefCell<Names>,
    since: RefCell<Vec<Change>>,
    /// So many calls are carried out; the next one is the last, and fails.
    calls_left: Cell<usize>,
    /// It fails and all is over, or it alone fails.
    crashes: bool,
}

impl Machine {
    /// One that has had a good rest.
    fn with(session: Option<&[u8]>, calls_left: usize, crashes: bool) -> Self {
        let machine = Self {
            crashes,
            ..Self::default()
        };
        if let Some(session) = session {
            machine.calls_left.set(usize::MAX);
            place().save(&machine, session).unwrap();
        }
        machine.calls_left.set(calls_left);
        machine
    }

    /// Whether the call is carried out in full.
    fn call(&self) -> io::Result<()> {
        match self.calls_left.get() {
            0 => {
                if !self.crashes {
                    self.calls_left.set(usize::MAX);
                }
                Err(io::ErrorKind::Other.into())
            }
            left => {
                self.calls_left.set(left - 1);
                Ok(())
            }
        }
    }

    fn change(&self, change: Change) {
        for (path, inode) in &change {
            match inode {
                Some(inode) => self.names.borrow_mut().insert(path.clone(), *inode),
                None => self.names.borrow_mut().remove(path),
            };
        }
        self.since.borrow_mut().push(change);
    }

    fn found(&self, path: &Path) -> io::Result<Inode> {
        let names = self.names.borrow();
        names
            .get(path)
            .copied()
            .ok_or(io::ErrorKind::NotFound.into())
    }

    /// All that may be there when the machine is up again.
    fn after_the_crash(&self) -> Vec<Self> {
        let since = self.since.borrow();
        let mut machines = Vec::new();
        for kept in 0..1_u32 << since.len() {
            let mut names = self.synced.borrow().clone();
            for (nth, change) in since.iter().enumerate() {
                for (path, inode) in change.iter().filter(|_| kept & 1 << nth != 0) {
                    match inode {
                        Some(inode) => names.insert(path.clone(), *inode),
                        None => names.remove(path),
                    };
                }
            }
            for damage in 0..4 {
                let contents = self.contents.borrow();
                let left = contents.iter().map(|content| {
                    let written = &content.written;
                    let left = match damage {
                        0 => Vec::new(),
                        1 => vec![0; written.len()],
                        2 => written[..written.len() / 2].to_vec(),
                        _ => written.clone(),
                    };
                    let written = content.synced.clone().unwrap_or(left);
                    Content {
                        synced: Some(written.clone()),
                        written,
                    }
                });
                machines.push(Self {
                    contents: RefCell::new(left.collect()),
                    names: RefCell::new(names.clone()),
                    synced: RefCell::new(names.clone()),
                    calls_left: Cell::new(usize::MAX),
                    ..Self::default()
                });
            }
        }
        machines
    }
}

impl Disk for Machine {
    type File = Inode;

    fn plain_size(&self, path: &Path) -> io::Result<Option<u64>> {
        let inode = self.found(path).ok();
        Ok(inode.map(|inode| self.contents.borrow()[inode].written.len() as u64))
    }

    fn read(&self, path: &Path, _: u64) -> io::Result<Vec<u8>> {
        let inode = self.found(path)?;
        Ok(self.contents.borrow()[inode].written.clone())
    }

    fn create(&self, path: &Path) -> io::Result<Inode> {
        self.call()?;
        if self.found(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.contents.borrow_mut().push(Content::default());
        let inode = self.contents.borrow().len() - 1;
        self.change(vec![(path.to_owned(), Some(inode))]);
        Ok(inode)
    }

    fn write(&self, file: &mut Inode, bytes: &[u8]) -> io::Result<()> {
        let content = &mut self.contents.borrow_mut()[*file];
        content.written.extend(&bytes[..bytes.len() / 2]);
        self.call()?;
        content.written.extend(&bytes[bytes.len() / 2..]);
        Ok(())
    }

    fn sync(&self, file: &mut Inode) -> io::Result<()> {
        self.call()?;
        let content = &mut self.contents.borrow_mut()[*file];
        content.synced = Some(content.written.clone());
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        let inode = self.found(from)?;
        self.change(vec![(to.to_owned(), Some(inode)), (from.to_owned(), None)]);
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.call()?;
        self.since.borrow_mut().clear();
        *self.synced.borrow_mut() = self.names.borrow().clone();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        self.found(path)?;
        self.change(vec![(path.to_owned(), None)]);
        Ok(())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<OsString>> {
        let names = self.names.borrow();
        let names = names.keys().filter_map(|path| path.file_name());
        Ok(names.map(ToOwned::to_owned).collect())
    }
}

fn place() -> Place<'static> {
    Place {
        path: Path::new("folder/session"),
        folder: Path::new("folder"),
        name: OsStr::new("session"),
    }
}

const OLD: &[u8] = b"what was saved before";
const NEW: &[u8] = b"what is being saved, which is somewhat longer";

#[test]
fn a_crash_at_any_point_of_a_save_leaves_the_old_one_or_the_new_one() {
    for old in [None, Some(OLD)] {
        let mut outcomes = 0;
        for calls in 0.. {
            let machine = Machine::with(old, calls, true);
            let saved = place().save(&machine, NEW);
            for machine in machine.after_the_crash() {
                let found = place().load(&machine).unwrap();
                let is_new = found.as_deref() == Some(NEW);
                assert!(
                    is_new || found.as_deref() == old,
                    "after {calls} calls: {found:?}"
                );
                assert!(is_new || saved.is_err(), "it was said to be saved");
                // What was left beside it went with the load.
                assert!(machine.names.borrow().len() <= 1);
                place().save(&machine, NEW).unwrap();
                outcomes += 1;
            }
            if saved.is_ok() {
                assert!(calls >= 5, "{calls}");
                break;
            }
        }
        assert!(outcomes >= 40, "{outcomes}");
    }
}

#[test]
fn a_crash_at_any_point_of_a_clearance_leaves_the_old_one_or_none() {
    for calls in 0..=2 {
        let machine = Machine::with(Some(OLD), calls, true);
        let cleared = place().clear(&machine);
        assert_eq!(cleared.is_ok(), calls == 2);
        for machine in machine.after_the_crash() {
            match place().load(&machine).unwrap() {
                Some(found) => assert!(found == OLD && cleared.is_err()),
                None => assert!(calls > 0),
            }
        }
    }
}

#[test]
fn a_save_that_fails_leaves_the_old_one_and_nothing_beside_it() {
    for calls in 0..5 {
        let machine = Machine::with(Some(OLD), calls, false);
        let failure = place().save(&machine, NEW).unwrap_err();
        assert_eq!(machine.names.borrow().len(), 1, "{failure}");
        // If the folder alone was not synced, it may be the new one, but nobody relies on that.
        let expected = if calls < 4 { OLD } else { NEW };
        assert_eq!(
            place().load(&machine).unwrap().unwrap(),
            expected,
            "{failure}"
        );
        place().save(&machine, NEW).unwrap();
        assert_eq!(place().load(&machine).unwrap().unwrap(), NEW);
    }
}

#[test]
fn a_name_that_is_taken_again_and_again_is_no_endless_loop() {
    let machine = Machine::with(None, usize::MAX, false);
    for nth in 0..ATTEMPTS {
        machine.create(&place().beside(nth)).unwrap();
    }
    place().save(&machine, NEW).unwrap();
    machine.create(&place().beside(ATTEMPTS)).unwrap();
    assert!(place().save(&machine, NEW).is_err());
}

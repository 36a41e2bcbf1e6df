mod crashing;

use std::fs;

use tempfile::TempDir;

use super::*;

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn session(&self) -> SessionFile {
        SessionFile::new(self.path("session"))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

/// The whole chain.
fn why(error: Box<dyn Error + Send + Sync>) -> String {
    let source = error.source().map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
}

#[test]
fn what_was_saved_last_is_loaded_until_it_is_cleared() {
    let folder = Folder::new();
    let mut file = folder.session();
    assert_eq!(file.load().unwrap(), None);
    for session in [&b"one"[..], b"two", b""] {
        file.save(session).unwrap();
        assert_eq!(file.load().unwrap().as_deref(), Some(session));
        assert_eq!(folder.session().load().unwrap().as_deref(), Some(session));
        assert_eq!(folder.names(), ["session"], "nothing stays beside it");
    }
    for _ in 0..2 {
        file.clear().unwrap();
        assert_eq!(file.load().unwrap(), None);
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[test]
fn a_bare_name_is_in_the_current_folder() {
    let file = SessionFile::new("session");
    assert_eq!(file.place().unwrap().folder, Path::new("."));
    for nameless in ["", "/", "..", "a/.."] {
        let error = SessionFile::new(nameless).load().unwrap_err();
        assert!(why(error).starts_with("session file has no name: "));
    }
}

#[test]
fn a_folder_that_is_not_there_is_told_before_anybody_scans() {
    let folder = Folder::new();
    let mut file = SessionFile::new(folder.path("gone").join("session"));
    let error = why(file.load().unwrap_err());
    assert!(
        error.starts_with("session file is in a folder that is not there: "),
        "{error}"
    );
    assert!(file.save(b"one").is_err());
}

#[test]
fn what_a_killed_program_has_left_is_removed_and_nothing_else() {
    let folder = Folder::new();
    let left = [".session.4711-0.tmp", ".session.1-16.tmp"];
    let others = [
        ".session.notes.tmp",
        ".session.tmp.swp",
        ".session2.4711-0.tmp",
        "session.4711-0.tmp",
        "session.bak",
    ];
    for name in left.iter().chain(&others) {
        fs::write(folder.path(name), "kept").unwrap();
    }
    assert_eq!(folder.session().load().unwrap(), None);
    assert_eq!(folder.names(), others);
}

#[test]
fn two_that_save_at_once_do_not_mix() {
    let folder = Folder::new();
    let long = |digit: u8| vec![digit; 200_000];
    std::thread::scope(|scope| {
        for digit in *b"12" {
            let mut file = folder.session();
            scope.spawn(move || {
                for _ in 0..20 {
                    file.save(&long(digit)).unwrap();
                }
            });
        }
    });
    let saved = folder.session().load().unwrap().unwrap();
    assert!(saved == long(b'1') || saved == long(b'2'));
    assert_eq!(folder.names(), ["session"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn nobody_else_can_read_it_from_its_first_byte_on() {
        let folder = Folder::new();
        let file = folder.session();
        let place = file.place().unwrap();
        let (beside, _empty) = place.create(&Std).unwrap();
        assert_eq!(fs::metadata(&beside).unwrap().len(), 0);
        assert_eq!(mode(&beside), 0o600);

        // Somebody has copied it here, for all to read.
        fs::write(&file.path, "old").unwrap();
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o644)).unwrap();
        folder.session().save(b"new").unwrap();
        assert_eq!(mode(&file.path), 0o600);
    }

    /// No rights keep root from anything, so that as root this shows only that such a folder is no
    /// error; anybody else may not open it, not even to wait for its names.
    #[test]
    fn a_folder_may_be_one_that_is_written_to_and_not_read() {
        let folder = Folder::new();
        let set = |mode| fs::set_permissions(folder.0.path(), fs::Permissions::from_mode(mode));
        set(0o300).unwrap();
        let mut file = folder.session();
        assert_eq!(file.load().unwrap(), None);
        for session in [&b"one"[..], b"two"] {
            file.save(session).unwrap();
            assert_eq!(file.load().unwrap().as_deref(), Some(session));
        }
        file.clear().unwrap();
        assert_eq!(file.load().unwrap(), None);
        // One that may not be written to is told, to whom it may not.
        file.save(b"three").unwrap();
        set(0o500).unwrap();
        let saved = file.save(b"four");
        let loaded = file.load().unwrap().unwrap();
        assert_eq!(
            loaded,
            if saved.is_ok() {
                b"four".to_vec()
            } else {
                b"three".to_vec()
            }
        );
        set(0o700).unwrap();
    }

    #[test]
    fn a_planted_link_is_never_followed() {
        let folder = Folder::new();
        let victim = folder.path("victim");
        fs::write(&victim, "precious").unwrap();
        let mut file = folder.session();

        // In the place of what is written first, whether it leads somewhere or not.
        let planted: Vec<_> = [0, 1].map(|nth| file.place().unwrap().beside(nth)).into();
        symlink(&victim, &planted[0]).unwrap();
        symlink(folder.path("not there"), &planted[1]).unwrap();
        file.save(b"one").unwrap();
        assert_eq!(fs::read(&file.path).unwrap(), b"one");
        assert_eq!(file.load().unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(folder.names(), ["session", "victim"], "they are swept");

        // In the place of the session.
        fs::remove_file(&file.path).unwrap();
        symlink(&victim, &file.path).unwrap();
        let error = why(file.load().unwrap_err());
        assert_eq!(error, "session file cannot be read: not a regular file");
        file.save(b"two").unwrap();
        assert!(fs::symlink_metadata(&file.path).unwrap().is_file());
        file.clear().unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(folder.names(), ["victim"]);
    }

    #[test]
    fn what_is_no_file_is_neither_read_nor_waited_for() {
        let mut device = SessionFile::new("/dev/zero");
        let error = why(device.load().unwrap_err());
        assert_eq!(error, "session file cannot be read: not a regular file");

        let folder = Folder::new();
        fs::create_dir(folder.path("session")).unwrap();
        assert!(folder.session().load().is_err());
        assert!(folder.session().save(b"one").is_err());
        assert!(folder.session().clear().is_err());
        assert_eq!(folder.names(), ["session"]);

        let large = Folder::new();
        let file = fs::File::create(large.path("session")).unwrap();
        file.set_len(LARGEST + 1).unwrap();
        let error = why(large.session().load().unwrap_err());
        assert!(
            error.starts_with("session file is too large to be one"),
            "{error}"
        );
    }
}

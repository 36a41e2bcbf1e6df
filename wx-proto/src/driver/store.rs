//! Where a session is kept between two runs of a program, and who does it.

use std::{error::Error, fmt, time::Duration};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    client::Client, config::Config, error::SnapshotError, hosts::Family, rng::Seed,
    snapshot::Snapshot,
};

/// Keeps one session: in a file, as [`SessionFile`](super::SessionFile) does, in a row of a database,
/// under a key of one's own.
///
/// What it is given **opens the account**. It may take its time: no call is made on the loop of a
/// driver, and none before the one before has returned. It is free to block, also on a future.
///
/// ```
/// use std::error::Error;
/// use wx_proto::driver::{SessionFile, Store};
///
/// # fn encrypt(bytes: &[u8]) -> Vec<u8> { bytes.to_vec() }
/// # fn decrypt(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> { Ok(bytes.to_vec()) }
/// /// Around any other: what is saved there is good for nothing without the key.
/// struct Encrypted<S>(S);
///
/// impl<S: Store> Store for Encrypted<S> {
///     fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
///         self.0.load()?.map(|bytes| decrypt(&bytes)).transpose()
///     }
///
///     fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
///         self.0.save(&encrypt(session))
///     }
///
///     fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
///         self.0.clear()
///     }
/// }
/// # let _ = Encrypted(SessionFile::new("session"));
/// ```
pub trait Store: Send + 'static {
    /// What was saved last. `None`: nothing, or it was cleared since.
    ///
    /// # Errors
    ///
    /// It could not be found out. Then no session is started, and nothing is saved over it.
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>>;

    /// Takes the place of what was saved before, as a whole. Once this has returned, a crash of the
    /// program or of the machine may not bring the old one back: what it had yet to deal with would
    /// come again.
    ///
    /// # Errors
    ///
    /// It is not saved. What was saved before should still be there. It will be tried again.
    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>>;

    /// Forgets what was saved: a logout has made it worthless.
    ///
    /// # Errors
    ///
    /// It may still be there. It will be tried again.
    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>>;
}

impl<S: Store + ?Sized> Store for Box<S> {
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn Error + Send + Sync>> {
        (**self).load()
    }

    fn save(&mut self, session: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        (**self).save(session)
    }

    fn clear(&mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        (**self).clear()
    }
}

/// A stored session that cannot be gone on with. What is stored was left as it is: to scan again,
/// remove it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store failed.
    #[error("stored session cannot be read")]
    Load(#[source] Box<dyn Error + Send + Sync>),
    /// What it holds is damaged, something else, or of a newer version of this library, which can go on
    /// with it.
    #[error("stored session cannot be used (to scan again, remove it)")]
    Unusable(#[source] SnapshotError),
    /// It is one of the page for the file helper alone, and the full one is to be entered, or the
    /// other way round: see [`Config::entry`]. On its own page it is good.
    #[error("stored session is one of another page (enter that one, or remove it to scan again)")]
    OtherPage,
}

/// The store has not taken the session as it is now. What it holds is older: if the program stops
/// here, some events come again.
#[derive(Debug, Error)]
#[error("session is not saved, {}", after(.next_try))]
#[non_exhaustive]
pub struct Unsaved {
    /// What the store said.
    #[source]
    pub error: Box<dyn Error + Send + Sync>,
    /// When it is tried again, from now. `None`: the session is over, and it was tried often enough.
    pub next_try: Option<Duration>,
}

fn after(next_try: &Option<Duration>) -> String {
    match next_try {
        Some(pause) => format!("next try in {} s", pause.as_secs_f32()),
        None => "no try is left".to_owned(),
    }
}

/// A client whose session is kept in a store; or one whose session is not, made from a [`Client`].
///
/// The [`Engine`](super::Engine) saves it at most a second after it changed, so at most twice a
/// second. Only the latest state counts, and only what was [acknowledged](Client::acknowledge) is
/// covered by it. The end of the session is saved before [`Handle::closed`](super::Handle::closed)
/// is through; after a logout the store is cleared, unless there is [something
/// left](crate::Relogin::after_logout). A session that ended and is still being read is saved as
/// it is read.
#[derive(Debug)]
pub struct Kept {
    client: Client,
    keeper: Option<Keeper>,
}

impl Kept {
    /// A client that goes on with the session in `store`, or a new one if there is none. Blocks for
    /// as long as the store does.
    ///
    /// Whenever the store fails later on, `on_error` hears of it, in the thread that saves. With a
    /// handle of the session in it, that session ends only by being closed. A store is for one
    /// session at a time.
    ///
    /// # Errors
    ///
    /// There is something in the store, and it is of no use.
    pub fn open(
        config: Config,
        seed: Seed,
        mut store: impl Store,
        on_error: impl FnMut(Unsaved) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let client = match load(&mut store, config.entry)? {
            None => Client::new(config, seed),
            Some(snapshot) => Client::resume(config, seed, snapshot),
        };
        Ok(Self::of(client, store, on_error))
    }

    /// The same of a client that is [written down](Client::recorded) to `to`, which is called while nothing
    /// else happens to the session. It must be short, and must not use any end of the same session, which
    /// would wait for ever; a slow disk holds the session up, and a channel to a thread of your own does
    /// not. Each line comes with its end.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open).
    #[cfg(feature = "record")]
    pub fn recorded(
        config: Config,
        seed: Seed,
        mut store: impl Store,
        on_error: impl FnMut(Unsaved) + Send + 'static,
        to: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let from = load(&mut store, config.entry)?;
        let client = Client::recorded(config, seed, from, to);
        Ok(Self::of(client, store, on_error))
    }

    fn of(
        client: Client,
        store: impl Store,
        on_error: impl FnMut(Unsaved) + Send + 'static,
    ) -> Self {
        let keeper = Some(Keeper {
            store: Box::new(store),
            on_error: Box::new(on_error),
        });
        Self { client, keeper }
    }

    /// For drivers that do without an [`Engine`](super::Engine): the client, and who saves it whenever
    /// its [revision](Client::snapshot_revision) moves.
    pub fn into_parts(self) -> (Client, Option<Keeper>) {
        (self.client, self.keeper)
    }
}

fn load(store: &mut impl Store, entry: &'static Family) -> Result<Option<Snapshot>, StoreError> {
    let Some(bytes) = store.load().map_err(StoreError::Load)?.map(Zeroizing::new) else {
        return Ok(None);
    };
    let snapshot = Snapshot::decode(&bytes).map_err(StoreError::Unusable)?;
    match snapshot.is_for(entry) {
        true => Ok(Some(snapshot)),
        false => Err(StoreError::OtherPage),
    }
}

impl From<Client> for Kept {
    fn from(client: Client) -> Self {
        let keeper = None;
        Self { client, keeper }
    }
}

/// A store, and who hears of its failures.
pub struct Keeper {
    store: Box<dyn Store>,
    on_error: Box<dyn FnMut(Unsaved) + Send>,
}

impl Keeper {
    /// Saves this, and blocks until that is done. `false`: it failed, and so much was told, together
    /// with the time after which the driver is going to try again.
    pub fn save(&mut self, what: &ToSave, next_try: Option<Duration>) -> bool {
        let saved = self.attempt(what);
        saved.map_err(|error| self.tell(error, next_try)).is_ok()
    }

    /// The same, if nobody knows yet when it would be tried again: whoever calls this
    /// [tells](Self::tell) of a failure.
    pub(super) fn attempt(&mut self, what: &ToSave) -> Result<(), Box<dyn Error + Send + Sync>> {
        match &what.0 {
            What::Session(snapshot) => self.store.save(&Zeroizing::new(snapshot.encode())),
            What::NoSession => self.store.clear(),
            What::TheSame => Ok(()),
        }
    }

    pub(super) fn tell(&mut self, error: Box<dyn Error + Send + Sync>, next_try: Option<Duration>) {
        (self.on_error)(Unsaved { error, next_try });
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keeper")
    }
}

/// What a store is to hold.
#[derive(Clone, Debug)]
pub struct ToSave(What);

#[derive(Clone, Debug)]
enum What {
    Session(Snapshot),
    /// It was ended on purpose.
    NoSession,
    /// There is no more to it than was saved before.
    TheSame,
}

impl ToSave {
    /// The session of this client as it is now.
    pub fn of(client: &Client) -> Self {
        Self(match client.snapshot() {
            Some(snapshot) => What::Session(snapshot),
            None if client.is_logged_out() => What::NoSession,
            None => What::TheSame,
        })
    }
}

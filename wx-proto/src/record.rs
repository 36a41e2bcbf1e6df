//! A session, written down: what to attach to a bug report.
//!
//! [`Client::recorded`](crate::Client::recorded) makes a client that writes down whatever it is told —
//! the replies of the service, the commands, the deadlines — and what it does about it, as lines of
//! JSON. [`replay`] does it again from the file, and says whether the outputs are the same, byte for
//! byte.
//!
//! # What is in the file, and what is not
//!
//! Nothing is written as it came. Every word that is not one of the protocol's own — keys, tickets,
//! cookies, names, texts — is replaced by another one of the same length and kind, one for one: what
//! was the same stays the same, what was different stays different, and nothing leads back. So are
//! numbers of eight digits and more, and the number of the account whatever its length. What is sent
//! as bytes is written as zeros.
//!
//! What stays: the words of the protocol (also where a text happens to hold one), smaller numbers,
//! punctuation, and how long everything is. Read a file before you give it away.
//!
//! The outputs in the file are those of a second client, which is told the replaced inputs side by side
//! with the real one. Where the replacement makes it go another way, a line says so (`unlike`), and the
//! rest of the file is of less use. (One case is known: a request to be a friend that came before the
//! snapshot of a resumed client counts as new, because a snapshot holds no more than a digest of it.)
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use wx_proto::{Client, Config, Now, Seed, Stamp, record::replay};
//!
//! let file = Arc::new(Mutex::new(String::new()));
//! let to = Arc::clone(&file);
//! let write = move |line: &str| to.lock().unwrap().push_str(line);
//! let mut client = Client::recorded(Config::default(), Seed::from([7; 32]), None, write);
//! client.start(Now::new(Stamp::ZERO, std::time::Duration::from_secs(1_700_000_000)));
//!
//! let again = replay(&file.lock().unwrap()).unwrap();
//! assert_eq!((again.inputs, again.outputs), (1, 1));
//! assert!(again.is_exact());
//! ```

pub(crate) mod blank;
mod head;
mod input;
mod player;
mod veil;
mod words;

pub(crate) use input::Input;
pub use player::{Difference, Replay, ReplayError, replay};

use std::fmt;

use self::{
    head::Head,
    player::{Line, perform},
    veil::Veil,
};
use crate::{
    client::Client, config::Config, id::LoginId, rng::Seed, snapshot::Snapshot, stats::Stats,
    time::Now, trace,
};

/// Writes a session down, see the [module](self).
pub(crate) struct Recorder {
    /// Is told the replaced inputs.
    shadow: Client,
    veil: Veil,
    to: Box<dyn FnMut(&str) + Send>,
    unlike: bool,
}

impl Recorder {
    pub(crate) fn new(
        config: Config,
        seed: Seed,
        from: Option<&Snapshot>,
        mut to: Box<dyn FnMut(&str) + Send>,
    ) -> Self {
        let mut veil = Veil::new();
        let head = Head::new(&config, &seed, from, &mut veil);
        to(&Line::Head(Box::new(head.clone())).text());
        // A head of ours can be read.
        let shadow = head.client().unwrap_or_else(|_| Client::new(config, seed));
        Self {
            shadow,
            veil,
            to,
            unlike: false,
        }
    }

    /// What the real client is told next. `before` is where it stands.
    pub(crate) fn write(&mut self, before: (Stats, &str), now: Option<Now>, mut input: Input) {
        let (stats, my_name) = before;
        if !self.unlike && stats != self.shadow.stats() {
            self.unlike = true;
            (self.to)(&Line::Unlike.text());
        }
        let login = LoginId::of(my_name);
        let other = LoginId::of(&self.veil.text(my_name));
        input.veil(&mut self.veil, &|id| if id == login { other } else { id });
        // First of all: an input that ends the program is the one to know.
        (self.to)(&Line::of_input(now, &input));
        let outputs = trace::silently(|| perform(&mut self.shadow, now, &input));
        for output in outputs {
            (self.to)(&Line::Output(output).text());
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

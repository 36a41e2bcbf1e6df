//! A session, written down: what to attach to a bug report.
//!
//! [`Client::recorded`](crate::Client::recorded) makes a client that writes down whatever it is told —
//! the replies of the service, the commands, the deadlines — and what it does about it, as lines of
//! JSON. [`replay`] does it again from the file, and says whether the outputs are the same, byte for
//! byte.
//!
//! # What is in the file, and what is not
//!
//! Nothing that was said or heard is written as it came. Every word that is not one of the protocol's
//! own — keys, tickets, cookies, names, texts — is replaced by another one of the same length and kind,
//! one for one: what was the same stays the same, what was different stays different, and nothing leads
//! back. That goes for letters in escapes too (`%E5%BC%A0`, `&#24352;`, `\u5f20`, `\xe5`), where the other
//! word need not be the one for the same word in the clear; for numbers of four digits and more, and
//! smaller ones that make six digits or more with those that a hyphen, a blank, a point or the like joins
//! to them (`482-913`, `31.2304`); and for the number of the account whatever its length. Bytes that are no
//! UTF-8 become one and the same byte, and what is sent as bytes becomes zeros, or something else that
//! tells no more than which blocks were the same. Of the head of a reply only those headers are written
//! that somebody reads.
//!
//! What stays: the words of the protocol; other numbers, which are of up to three digits; larger ones of up
//! to seven digits where the protocol tells by them what came of a request, what kind something is or how
//! long it plays, and of up to nine where it tells a size (`"Ret":1205`, `<type>2000</type>`,
//! `length="123456"`, which somebody may have written, too); the years of dates in headers; punctuation and
//! emoji, single letters, and how long everything is. The names of members and elements stay where they
//! name something, and some short words and whole sentences by which notices are known stay even where a
//! person said them. What is written in yet other ways is replaced where it looks like a word or a number as
//! above, and stays where it does not.
//!
//! And there are the settings and the seed, as they are: which host family, limits, paces, languages, the
//! names of headers of the login. Replaced, with every digit, are the values of those headers, a user agent
//! of one's own, and the host that takes the place of the service's, unless that is this machine. Whoever
//! knows the seed knows the ids of all that a client sends; take a fresh one for each session.
//!
//! Read a file before you give it away.
//!
//! The outputs in the file are those of a second client, which is told the replaced inputs side by side
//! with the real one. Where the replacement makes it go another way, a line says so (`unlike`), and the
//! rest of the file is of less use. (Two cases are known: a request to be a friend that came before the
//! snapshot of a resumed client counts as new, because a snapshot holds no more than a digest of it; and
//! bytes of more than 256 MiB, which only a client with larger limits sends, become a source that is read.)
//!
//! Whoever writes the lines may fail, or panic: nothing more is written after a panic, and the session goes
//! on if its program does.
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
    input::Fills,
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
    fills: Fills,
    /// `None` once it has panicked, or something else has while it was needed.
    to: Option<To>,
    unlike: bool,
}

type To = Box<dyn FnMut(&str) + Send>;

impl Recorder {
    pub(crate) fn new(config: Config, seed: Seed, from: Option<&Snapshot>, mut to: To) -> Self {
        let mut veil = Veil::new();
        let head = Head::new(&config, &seed, from, &mut veil);
        to(&Line::Head(Box::new(head.clone())).text());
        // A head of ours can be read.
        let shadow = head.client().unwrap_or_else(|_| Client::new(config, seed));
        Self {
            shadow,
            veil,
            fills: Fills::default(),
            to: Some(to),
            unlike: false,
        }
    }

    /// What the real client is told next. `before` is where it stands.
    pub(crate) fn write(&mut self, before: (Stats, &str), now: Option<Now>, input: Input) {
        // A panic takes it away for good: a session that ends because of it tells its end as well, and
        // must not panic once more.
        if let Some(mut to) = self.to.take() {
            self.write_to(&mut to, before, now, input);
            self.to = Some(to);
        }
    }

    fn write_to(&mut self, to: &mut To, before: (Stats, &str), now: Option<Now>, mut input: Input) {
        let (stats, my_name) = before;
        if !self.unlike && stats != self.shadow.stats() {
            self.unlike = true;
            to(&Line::Unlike.text());
        }
        let login = LoginId::of(my_name);
        let other = LoginId::of(&self.veil.text(my_name));
        let login = |id| if id == login { other } else { id };
        input.veil(&mut self.veil, &mut self.fills, &login);
        // First of all: an input that ends the program is the one to know.
        to(&Line::of_input(now, &input));
        let outputs = trace::silently(|| perform(&mut self.shadow, now, &input));
        for output in outputs {
            to(&Line::Output(output).text());
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::{Arc, Mutex, PoisonError},
        time::Duration,
    };

    use http::{HeaderName, HeaderValue};
    use serde_json::Value;

    use super::*;
    use crate::{ChatId, ClientMsgId, Hosts, Recall, SendText, Stamp, Submission};

    fn now(seconds: u64) -> Now {
        let time = Duration::from_secs(seconds);
        Now::new(Stamp::new(time), time)
    }

    /// A program that ends its session whatever happens, as drivers do.
    struct Driver(Client);

    impl Drop for Driver {
        fn drop(&mut self) {
            self.0.stop(now(3));
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_any_more_ends_a_program_in_good_order() {
        let lines = Arc::new(Mutex::new(0));
        let count = Arc::clone(&lines);
        let write = move |_: &str| {
            let mut lines = count.lock().unwrap_or_else(PoisonError::into_inner);
            *lines += 1;
            assert!(*lines < 3, "no space is left");
        };
        let client = Client::recorded(Config::default(), Seed::from([7; 32]), None, write);
        // A second panic while the first one unwinds would end this very test.
        let driver = AssertUnwindSafe(Driver(client));
        let ended = catch_unwind(move || {
            let mut driver = driver;
            driver.0.0.start(now(1));
        });
        assert!(ended.is_err());
        assert_eq!(*lines.lock().unwrap_or_else(PoisonError::into_inner), 3);
    }

    #[test]
    fn a_session_goes_on_when_nobody_writes_it_down_any_more() {
        let write = |line: &str| assert!(!line.contains("\"start\""), "no space is left");
        let mut client = Client::recorded(Config::default(), Seed::from([7; 32]), None, write);
        assert!(catch_unwind(AssertUnwindSafe(|| client.start(now(1)))).is_err());
        client.start(now(1));
        assert!(client.poll_output().is_some());
    }

    #[test]
    fn what_takes_a_message_back_names_the_message_of_the_replay() {
        let mut veil = Veil::new();
        let mut fills = Fills::default();
        let mut veiled = |order: Submission| {
            let mut input = Input::submit(&order);
            input.veil(&mut veil, &mut fills, &|login| login);
            match input {
                Input::Submit(order) => order,
                _ => Value::Null,
            }
        };
        let chat = ChatId::new(LoginId::of("@a"), "filehelper");
        let (named, _) = Submission::new(SendText::new(chat.clone(), "hello").key("k-1"));
        let named = veiled(named);
        let mut recall = Recall {
            chat,
            message: None,
            id: Some(ClientMsgId::of_key(b"k-1")),
            accepted: None,
        };
        let (taken, _) = Submission::new(recall.clone());
        let key = named.pointer("/Job/SendText/key").and_then(Value::as_str);
        let taken = veiled(taken);
        let id = taken.pointer("/Job/Call/Recall/id").and_then(Value::as_u64);
        let of_key = ClientMsgId::of_key(key.unwrap().as_bytes());
        assert_eq!(id, Some(of_key.0), "{named} {taken}");
        assert_ne!(id, recall.id.map(|id| id.0));

        // Of the clock: the same in a replay.
        recall.id = Some(ClientMsgId(17_000_000_000_001_234));
        let taken = veiled(Submission::new(recall.clone()).0);
        let id = taken.pointer("/Job/Call/Recall/id").and_then(Value::as_u64);
        assert_eq!(id, recall.id.map(|id| id.0));
    }

    #[test]
    fn a_look_at_the_clock_is_in_the_file() {
        let file = Arc::new(Mutex::new(String::new()));
        let to = Arc::clone(&file);
        let write = move |line: &str| to.lock().unwrap().push_str(line);
        let mut client = Client::recorded(Config::default(), Seed::from([7; 32]), None, write);
        // Somebody who looks is told the time after somebody else has asked for it.
        client.tell_time(now(30));
        client.start(now(10));
        let due = client.poll_timeout().unwrap();
        let before = due.since(Stamp::ZERO).as_secs() - 15;
        client.handle_timeout(now(before));
        client.handle_timeout(now(before));
        while client.poll_output().is_some() {}
        let again = replay(&file.lock().unwrap()).unwrap();
        assert!(again.is_exact() && again.unlike.is_none(), "{again:?}");
    }

    #[test]
    fn what_its_user_chose_is_in_no_file() {
        for base in [
            "https://203.0.113.7:8443",
            "https://10.0.0.9",
            "https://relay-7.philomena.example:8443",
            "https://[fe80::1]:8443",
            "http://localhost:80",
        ] {
            let mut config = Config::default();
            config.browser.user_agent = HeaderValue::from_static("Zebulon/1.0");
            let name = HeaderName::from_static("x-relay");
            let value = HeaderValue::from_static("Bearer Wilhelmina 4929-77");
            config.browser.login_headers = vec![(name, value)];
            config.hosts = Hosts::mapped(base).unwrap();
            let file = Arc::new(Mutex::new(String::new()));
            let to = Arc::clone(&file);
            let write = move |line: &str| to.lock().unwrap().push_str(line);
            let mut client = Client::recorded(config, Seed::from([7; 32]), None, write);
            client.start(now(0));
            let file = file.lock().unwrap();
            for word in [
                "Zebulon",
                "Wilhelmina",
                "philomena",
                "fe80",
                "203",
                "113",
                "10.0",
                "relay-7",
                "4929",
                "-77",
                "/1.0",
            ] {
                assert!(!file.contains(word), "{file}");
            }
            let again = replay(&file).unwrap();
            assert!(again.is_exact() && again.unlike.is_none());
            assert_eq!(again.outputs, 1);
        }
    }
}

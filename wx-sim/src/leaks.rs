//! Looks for secrets where none may be: in a log, in an error, in what a program prints.
//!
//! ```
//! use wx_sim::{leaks::Leaks, server::{Secret, SecretKind}};
//!
//! let leaks = Leaks::of([Secret::new(SecretKind::Key, "@crypt_4f_77")]);
//! assert!(leaks.find("GET /cgi-bin/webwxinit 200").is_empty());
//! // In whatever form.
//! assert_eq!(leaks.find("GET /?skey=%40crypt_4f_77 200").len(), 1);
//! ```
//!
//! What the service knows is [`Server::confidential`](crate::server::Server::confidential): whether a client
//! keeps silent is then judged by what the other side knows, and not by what the client takes for a
//! secret.

mod forms;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::server::{Secret, SecretKind};

/// Secrets, in all forms in which they may be written.
pub struct Leaks {
    /// By what is looked for.
    needles: BTreeMap<String, Needle>,
    secrets: BTreeMap<SecretKind, usize>,
}

#[derive(Clone, Copy)]
struct Needle {
    kind: SecretKind,
    form: &'static str,
}

/// Shorter ones, in bytes, stand in texts that have nothing to do with them.
const SHORTEST: usize = 4;

/// Of longer ones, in bytes, the beginning is looked for: a log may cut the rest off.
const LONGEST: usize = 48;

impl Leaks {
    /// What to look for. Secrets of less than four bytes are left out.
    pub fn of(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut leaks = Self {
            needles: BTreeMap::new(),
            secrets: BTreeMap::new(),
        };
        for secret in secrets {
            leaks.add(secret.kind, beginning(&secret.text));
        }
        leaks
    }

    fn add(&mut self, kind: SecretKind, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        *self.secrets.entry(kind).or_default() += 1;
        for (form, text) in forms::of(text) {
            if text.len() >= SHORTEST {
                self.needles.entry(text).or_insert(Needle { kind, form });
            }
        }
    }

    /// How many secrets of a kind are looked for.
    #[must_use]
    pub fn count(&self, kind: SecretKind) -> usize {
        self.secrets.get(&kind).copied().unwrap_or(0)
    }

    /// How many secrets are looked for, of all kinds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.secrets.values().sum()
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// Everything that is looked for, a line each, as `grep -F -f` takes it. What is several lines
    /// is left out.
    #[must_use]
    pub fn patterns(&self) -> String {
        let lines = self.needles.keys().filter(|text| !text.contains('\n'));
        lines.flat_map(|text| [text.as_str(), "\n"]).collect()
    }

    /// What of it stands in a text.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Leak> {
        // A needle whose first bytes stand nowhere does not, either.
        let starts: BTreeSet<_> = text.as_bytes().windows(SHORTEST).collect();
        let may_be = |needle: &str| {
            let start = needle.as_bytes().get(..SHORTEST);
            start.is_some_and(|start| starts.contains(start))
        };
        let needles = self.needles.iter().filter(|(needle, _)| may_be(needle));
        let found = needles.filter_map(|(needle, what)| {
            let at = text.find(needle.as_str())?;
            let (before, behind) = text.split_at(at);
            let before = before.rsplit('\n').next().unwrap_or_default();
            let behind = behind.split('\n').next().unwrap_or_default();
            Some(Leak {
                kind: what.kind,
                form: what.form,
                line: format!("{before}{behind}"),
            })
        });
        found.collect()
    }
}

impl fmt::Debug for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaks")
            .field("secrets", &self.secrets)
            .field("needles", &self.needles.len())
            .finish()
    }
}

/// A secret that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leak {
    /// What kind of secret it is.
    pub kind: SecretKind,
    /// How it was written.
    pub form: &'static str,
    /// The line in which it stands first.
    pub line: String,
}

/// As many whole characters as are looked for.
fn beginning(text: &str) -> &str {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|end| *end <= LONGEST).last();
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(secret: &str, log: &str) -> Vec<&'static str> {
        let leaks = Leaks::of([Secret::new(SecretKind::Name, secret)]);
        let found = leaks.find(log);
        found.into_iter().map(|leak| leak.form).collect()
    }

    #[test]
    fn a_secret_is_found_in_whatever_form_it_is_written() {
        let secret = "ab+/\u{1f604}\"<\u{1b}c";
        for (form, log) in [
            ("plain", "said ab+/\u{1f604}\"<\u{1b}c!"),
            ("percent", "?q=ab%2B%2F%F0%9F%98%84%22%3C%1Bc&"),
            ("percent", "?q=ab%2b%2f%f0%9f%98%84%22%3c%1bc&"),
            (
                "percent twice",
                "?q=ab%252B%252F%25F0%259F%2598%2584%2522%253C%251Bc&",
            ),
            ("json", "{\"x\":\"ab+/\u{1f604}\\\"<\\u001bc\"}"),
            ("json", "{\"x\":\"ab+/\\ud83d\\ude04\\\"<\\u001bc\"}"),
            ("debug", "Some(\"ab+/\u{1f604}\\\"<\\u{1b}c\")"),
            ("debug", "b\"ab+/\\xf0\\x9f\\x98\\x84\\\"<\\x1bc\""),
            (
                "html",
                "ab+/<span class=\"emoji emoji1f604\"></span>&quot;&lt;\u{1b}c",
            ),
            ("hex", "61622b2ff09f9884223c1b63"),
            ("hex", "61622B2FF09F9884223C1B63"),
            (
                "numbers",
                "[97, 98, 43, 47, 240, 159, 152, 132, 34, 60, 27, 99]",
            ),
        ] {
            assert_eq!(forms(secret, log), [form], "{log}");
        }
        assert_eq!(forms(secret, "ab+/\u{1f604}\"<\u{1b}d"), Vec::<&str>::new());
    }

    #[test]
    fn a_secret_is_found_in_the_middle_of_base64() {
        use base64::{
            Engine as _,
            prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
        };
        for before in ["", "1", "12", "123", "1234"] {
            let whole = format!("{before}Zx3K?>~9f behind");
            for log in [
                BASE64_STANDARD.encode(&whole),
                BASE64_URL_SAFE_NO_PAD.encode(&whole),
            ] {
                assert_eq!(forms("Zx3K?>~9f", &log), ["base64"], "{log}");
            }
        }
    }

    #[test]
    fn where_it_stands_is_told_and_what_is_cut_off_is_found() {
        let long = "0123456789".repeat(20);
        let leaks = Leaks::of([Secret::new(SecretKind::Media, &long)]);
        let log = format!("first\nid={}\u{2026}\nlast", &long[..60]);
        let [leak] = &leaks.find(&log)[..] else {
            panic!("not found");
        };
        assert_eq!(leak.kind, SecretKind::Media);
        assert!(leak.line.starts_with("id=0123") && !leak.line.contains('\n'));
        assert!(leaks.patterns().lines().any(|line| log.contains(line)));
        // Nothing that `grep` would find everywhere.
        assert!(leaks.patterns().lines().all(|line| line.len() >= SHORTEST));
        assert_eq!(Leaks::of([Secret::new(SecretKind::Name, "Al")]).len(), 0);
    }
}

//! What stands in a canonical text in place of values that differ from run to run.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Stands for a value that is not shown.
pub(super) const HIDDEN: &str = "…";

/// Characters of one value; texts of tests are shorter.
const VALUE: usize = 256;

/// Values of one kind that are told apart. A session names some hundred people; beyond this bound
/// a value is shown by its kind alone.
const VALUES: usize = 4096;

/// What a value means, where it is not the value itself that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A clock, or a counter that starts at one.
    Time,
    /// Fresh in each request.
    Device,
    Uuid,
    Ticket,
    Uin,
    Sid,
    Skey,
    PassTicket,
    /// The name of a person or a room in one session, or several with commas.
    User,
    /// The id of a message, the client's or the service's.
    Message,
    /// What leads to a file.
    Media,
    /// The id a client gives an upload.
    Upload,
    AesKey,
    Signature,
    DataTicket,
    /// The cursor of the address book.
    Cursor,
    /// A number of a key list.
    SyncKey,
    /// A whole key list as it stands in a query: `1_654321|2_654322|1000_1672531200`.
    SyncKeys,
    /// What the page measured, as a text.
    Report,
}

impl Kind {
    /// `None`: all values look the same.
    const fn numbered(self) -> Option<&'static str> {
        match self {
            Self::Time | Self::Device | Self::SyncKeys | Self::Report => None,
            Self::Uuid => Some("uuid"),
            Self::Ticket => Some("ticket"),
            Self::Uin => Some("uin"),
            Self::Sid => Some("sid"),
            Self::Skey => Some("skey"),
            Self::PassTicket => Some("pass_ticket"),
            Self::User => Some("user"),
            Self::Message => Some("message"),
            Self::Media => Some("media"),
            Self::Upload => Some("upload"),
            Self::AesKey => Some("aes_key"),
            Self::Signature => Some("signature"),
            Self::DataTicket => Some("data_ticket"),
            Self::Cursor => Some("cursor"),
            Self::SyncKey => Some("key"),
        }
    }

    /// The kind of a value in a key list, by its key. Keys from 201 on hold seconds, and 3 a check
    /// value over the whole list, which changes with those. Without a key nothing is known.
    pub(super) const fn of_key(key: Option<u64>) -> Self {
        match key {
            Some(1 | 2 | 4..=200) => Self::SyncKey,
            _ => Self::Time,
        }
    }

    /// Values of this kind that are the same in every run and so are shown.
    fn is_constant(self, value: &str) -> bool {
        match self {
            Self::User => !value.starts_with('@'),
            Self::Cursor | Self::SyncKey => value == "0",
            _ => value.is_empty(),
        }
    }
}

/// The values that were seen, by kind, numbered from 1 in the order in which they came.
#[derive(Default)]
pub(super) struct Masks(BTreeMap<Kind, BTreeMap<String, usize>>);

impl Masks {
    /// What is shown in place of `value`.
    pub(super) fn mask(&mut self, kind: Kind, value: &str) -> String {
        match kind {
            Kind::User => {
                let names: Vec<String> =
                    value.split(',').map(|name| self.one(kind, name)).collect();
                names.join(",")
            }
            Kind::SyncKeys => {
                let entries: Vec<String> =
                    value.split('|').map(|entry| self.entry(entry)).collect();
                entries.join("|")
            }
            _ => self.one(kind, value),
        }
    }

    /// A text with the ids masked that stand in it: all of them begin with `@`.
    pub(super) fn inside(&mut self, kind: Kind, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            let (before, id) = rest.split_at(at);
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '_');
            let end = id.find(|c| !is_part(c)).unwrap_or(id.len());
            let (id, after) = id.split_at(end);
            out.push_str(before);
            // No id is as short as the names people mention.
            if id.len() > 20 {
                out.push_str(&self.one(kind, id));
            } else {
                out.push_str(id);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// One entry of a key list: `1_654321`.
    fn entry(&mut self, entry: &str) -> String {
        let parts = entry.split_once('_');
        match parts.and_then(|(key, value)| Some((key.parse::<u64>().ok()?, value))) {
            Some((key, value)) => format!("{key}_{}", self.one(Kind::of_key(Some(key)), value)),
            None => HIDDEN.to_owned(),
        }
    }

    fn one(&mut self, kind: Kind, value: &str) -> String {
        if value.is_empty() || kind.is_constant(value) {
            return plain(value);
        }
        let Some(name) = kind.numbered() else {
            return match kind {
                Kind::Device => "<device>".to_owned(),
                Kind::Report => "<report>".to_owned(),
                _ => "<time>".to_owned(),
            };
        };
        let seen = self.0.entry(kind).or_default();
        let known = seen.len();
        let number = match seen.get(value) {
            Some(number) => *number,
            None if known < VALUES => {
                seen.insert(value.to_owned(), known + 1);
                known + 1
            }
            None => return format!("<{name}>"),
        };
        format!("<{name}-{number}>")
    }
}

/// A value on one line, without blanks.
pub(super) fn plain(value: &str) -> String {
    limited(value).replace(' ', "\\u{20}")
}

/// A value on one line, cut to what is worth reading.
pub(super) fn limited(value: &str) -> String {
    let mut text = String::new();
    for (at, c) in value.chars().enumerate() {
        if at == VALUE {
            let _ = write!(text, "{HIDDEN} ({} bytes)", value.len());
            break;
        }
        if c.is_control() || c == '\\' {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

//! What the service knows of its people and their sessions that no log may hold.

use std::fmt;

use super::Server;
use super::account::Account;
use super::keys::Item;
use super::login::Login;
use super::message::{Content, Message};
use super::received::{Received, Said};
use super::session::Session;

/// Something that no log may hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Secret {
    /// What it is.
    pub kind: SecretKind,
    /// It, in no encoding.
    pub text: String,
}

impl Secret {
    /// A secret that the service does not know of.
    pub fn new(kind: SecretKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
        }
    }
}

/// Its kind and length alone: a simulated key in a log teaches bad habits.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} of {} bytes", self.kind, self.text.len())
    }
}

/// What a [`Secret`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SecretKind {
    /// The number of an account.
    Uin,
    /// What opens a session: its keys, and what stands in its cookies.
    Key,
    /// What recognises a device, and lets it ask for a login without a scan.
    Device,
    /// What a login goes by until it is over: its uuid, and the ticket of its address.
    Login,
    /// What a request to be a friend is accepted with.
    Ticket,
    /// What leads to a file, or opens it.
    Media,
    /// What somebody or some room goes by, in a session or always.
    UserName,
    /// What somebody or some room is called.
    Name,
    /// What somebody said, or says of themselves.
    Text,
    /// Something of the transport: the password of a proxy.
    Transport,
}

impl SecretKind {
    /// All that there are.
    pub const ALL: &[Self] = &[
        Self::Uin,
        Self::Key,
        Self::Device,
        Self::Login,
        Self::Ticket,
        Self::Media,
        Self::UserName,
        Self::Name,
        Self::Text,
        Self::Transport,
    ];

    /// Whether it opens something: an account, a session, a login, a file. The others tell who
    /// somebody is, or what they say.
    #[must_use]
    pub const fn opens_something(self) -> bool {
        match self {
            Self::Uin
            | Self::Key
            | Self::Device
            | Self::Login
            | Self::Ticket
            | Self::Media
            | Self::Transport => true,
            Self::UserName | Self::Name | Self::Text => false,
        }
    }
}

impl Server {
    /// All that this service knows and no log may hold: of every account, session and login that it
    /// remembers, and of all that was said. Public accounts are no persons and are left out.
    #[must_use]
    pub fn confidential(&self) -> Vec<Secret> {
        let mut found = Found(Vec::new());
        for (uuid, login) in &self.logins {
            found.login(uuid, login);
        }
        for account in self.accounts.values() {
            found.account(account);
        }
        for session in self.sessions.values() {
            found.session(session);
        }
        for received in self.received.iter().chain(&self.revoked) {
            found.received(received);
        }
        for text in self.shelf.secrets() {
            found.add(SecretKind::Media, text);
        }
        let Found(mut secrets) = found;
        secrets.sort();
        secrets.dedup();
        secrets
    }
}

struct Found(Vec<Secret>);

impl Found {
    fn add(&mut self, kind: SecretKind, text: &str) {
        if !text.is_empty() {
            self.0.push(Secret::new(kind, text));
        }
    }

    fn login(&mut self, uuid: &str, login: &Login) {
        self.add(SecretKind::Login, uuid);
        self.add(SecretKind::Login, &login.ticket);
    }

    fn account(&mut self, account: &Account) {
        self.add(SecretKind::Uin, &account.uin.to_string());
        self.add(SecretKind::Device, &account.uvid);
        self.add(SecretKind::Device, &account.auth_ticket);
        for request in &account.requests {
            self.add(SecretKind::Ticket, &request.ticket);
        }
        for person in account.people.iter().filter(|person| !person.fixed) {
            self.add(SecretKind::UserName, &person.plain);
            self.add(SecretKind::UserName, &person.alias);
            self.add(SecretKind::Name, &person.nick);
            self.add(SecretKind::Name, &person.remark);
            self.add(SecretKind::Text, &person.signature);
        }
        for room in &account.rooms {
            self.add(SecretKind::UserName, &room.plain);
            self.add(SecretKind::Name, &room.topic);
            for member in &room.members {
                self.add(SecretKind::Name, &member.card);
            }
        }
    }

    fn session(&mut self, session: &Session) {
        for key in session.secrets() {
            self.add(SecretKind::Key, &key);
        }
        // Those of public accounts have no `@`.
        for name in session.names().filter(|name| name.starts_with('@')) {
            self.add(SecretKind::UserName, name);
        }
        for item in session.log.since(0) {
            if let Item::Message(message) = item {
                self.message(message);
            }
        }
    }

    fn message(&mut self, message: &Message) {
        match &message.content {
            Content::Plain(text) => self.text(text),
            Content::Wire(text) => self.text(text),
            Content::Applicant(it) => {
                self.add(SecretKind::Ticket, &it.ticket);
                self.add(SecretKind::Name, &it.person.nick);
                self.text(&it.words);
            }
        }
        let extra = &message.extra;
        self.add(SecretKind::Text, &extra.file_name);
        self.add(SecretKind::Text, &extra.url);
        self.add(SecretKind::Media, &extra.media_id);
    }

    fn received(&mut self, received: &Received) {
        self.text(&received.text);
        match &received.what {
            Said::File { name, .. } => self.add(SecretKind::Text, name),
            Said::App { title, .. } => self.add(SecretKind::Text, title),
            _ => {}
        }
    }

    /// What was said, and each line of it.
    fn text(&mut self, text: &str) {
        self.add(SecretKind::Text, text);
        for line in text.lines() {
            self.add(SecretKind::Text, line.trim());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SecretKind::{self, *};

    #[test]
    fn all_kinds_are_listed() {
        let listed: Vec<_> = SecretKind::ALL.iter().map(|kind| *kind as usize).collect();
        // With another kind this is not built: then the last one may be another as well.
        let last = match Transport {
            Uin | Key | Device | Login | Ticket | Media | UserName | Name | Text | Transport => {
                Transport as usize
            }
        };
        assert_eq!(listed, (0..=last).collect::<Vec<_>>());
    }
}

//! Host families: which hosts belong together, and which URLs of the service are trusted.

/// The hosts one account lives on. Everything after the login stays within one family.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Pages and most calls.
    pub main: &'static str,
    /// `jslogin` and the login poll.
    pub login: &'static str,
    /// Uploads and file downloads.
    pub file: &'static str,
    /// `synccheck`.
    pub push: &'static str,
}

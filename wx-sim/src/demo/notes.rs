//! What a person should know before and after.

use std::fmt;

use wx_proto::Explanation;

use super::escape::Escaped;

/// Printed before anything goes to the real service.
pub(super) const RISK: &str = "\
--live talks to the real service with a real account.

  - The service does not want automated clients. Accounts that were used with one have
    been logged out, limited for days, or blocked for good.
  - Many accounts, above all those made after 2017, are refused at the web login
    (code 1203). Nothing in this program can change that.
  - Bursts of messages right after the login, the same text to many people and friend
    requests are what accounts lose their login for.

Use an account you can afford to lose. This program answers in the chat filehelper
alone, or in the chats named by --chat, and sends one text a second at most.
";

/// Why a login was refused, and what to do about it.
pub(super) struct Refused(pub(super) Explanation);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Explanation {
            code,
            text,
            because,
            next_step,
            ..
        }) = self;
        writeln!(f, "the service refused the login: code {code}")?;
        if !text.is_empty() {
            writeln!(f, "  it says: {}", Escaped(text))?;
        }
        writeln!(f, "  probable cause: {because}")?;
        write!(f, "  next step: {next_step}")
    }
}

//! What a person should know before and after.

use std::fmt;

use wx_proto::{ApiError, Ret};

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
pub(super) struct Refused<'a>(pub(super) &'a ApiError);

impl fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ApiError { ret, text, .. }) = self;
        writeln!(f, "the service refused the login: code {ret}")?;
        if !text.is_empty() {
            writeln!(f, "  it says: {}", Escaped(text))?;
        }
        let (cause, step) = match *ret {
            Ret::LOGIN_REFUSED => (
                "this account may not use the web login; that is so for most accounts made \
                 after 2017, for those without a verified name, and after unusual use",
                "log in at wx.qq.com with a browser; if that is refused as well, take another \
                 account, for no client can change it",
            ),
            Ret::TOO_OFTEN => (
                "too many logins in a short time",
                "wait for a day before the next try; further tries make it worse",
            ),
            _ => (
                "unknown; the service may have changed, or watch this account",
                "log in at wx.qq.com with a browser and see what it says",
            ),
        };
        writeln!(f, "  probable cause: {cause}")?;
        write!(f, "  next step: {step}")
    }
}

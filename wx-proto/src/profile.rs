//! The own account.

use std::fmt;

use crate::{endpoint::Uin, id::ChatId};

/// The own account.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The own name on the wire, for this login.
    pub id: ChatId,
    /// Decoded.
    pub nick_name: String,
    pub(crate) uin: Uin,
}

impl Profile {
    /// The account's number: the one identifier that never changes. Treat it as personal data.
    pub fn uin(&self) -> Uin {
        self.uin
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("id", &self.id)
            .field("nick_name", &self.nick_name)
            .finish_non_exhaustive()
    }
}

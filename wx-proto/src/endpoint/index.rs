//! `GET https://{main}/`: the page itself, which says whether its cookies are a live session.
//!
//! ```text
//! <!DOCTYPE html><html>…<script>window.MMCgi={isLogin:!!"1"}</script>…
//! ```
//!
//! - `!!""` says that they are not.

use std::time::Duration;

use crate::{
    endpoint::{Context, Draft, Endpoint, HostRole, PAGE_LIMIT, Repeat, Row},
    wire::{
        malformed::{Defect, Malformed},
        utf8,
    },
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: "/",
    timeout: Duration::from_secs(10),
    repeat: Repeat::Idempotent,
    limit: PAGE_LIMIT,
};

pub(crate) fn request(_: &Context<'_>) -> Draft {
    Draft::page(Endpoint::Index, ROW.path.to_owned())
}

/// Whether the page was made for a session that is logged in.
///
/// # Errors
///
/// [`Malformed`] if it does not say: it is another page then, and says nothing about the session.
pub fn parse(body: &[u8]) -> Result<bool, Malformed> {
    let text = utf8::decode(body);
    text.match_indices("isLogin")
        .find_map(|(at, name)| text.get(at + name.len()..).and_then(flag))
        .ok_or_else(|| match text.trim().is_empty() {
            true => Malformed::new(Defect::Empty, 0),
            false => Malformed::missing("isLogin"),
        })
}

/// Reads `: !!"1"`.
fn flag(rest: &str) -> Option<bool> {
    let rest = rest.trim_start().strip_prefix(':')?;
    let rest = rest.trim_start().strip_prefix("!!\"")?;
    let (flag, _) = rest.split_once('"')?;
    flag.bytes()
        .all(|byte| byte == b'1')
        .then_some(!flag.is_empty())
}

//! Any call, for what this crate has no endpoint of its own for: the path, query and body are the
//! caller's, the identity is the session's.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendfeedback?pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"MachineType":"webwx","Content":"…","ReportType":0}
//! ```
//!
//! - What comes back is for the caller to read.

use std::{fmt, time::Duration};

use http::Method;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};

use crate::{
    endpoint::{
        BaseRequest, Context, Credentials, Draft, Endpoint, HostRole, JSON_LIMIT, Repeat, Row, bin,
        json_text,
    },
    wire::form::{self, Form},
};

/// The host is only a default, and the path stands for all of them.
pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("*"),
    // As much as the slowest call that is no transfer takes.
    timeout: Duration::from_secs(60),
    // Nobody knows what a second one would do.
    repeat: Repeat::AtMostOnce,
    limit: JSON_LIMIT,
};

/// What to ask. No `Debug`: whatever the caller put in may be a secret.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    /// `GET` or `POST`.
    pub(crate) method: Method,
    pub(crate) host: HostRole,
    /// Below the folder of nearly all calls, or, with a slash before it, from the top. In letters,
    /// digits, and what else a path may hold as it is.
    pub(crate) path: &'a str,
    /// Names and values, as they are meant; they are escaped here. A JSON call gets a `pass_ticket`
    /// unless it has one.
    pub(crate) query: &'a [(String, String)],
    /// A JSON object, for `POST` alone. It gets a `BaseRequest` unless it has one, and stays as it is
    /// written otherwise; the service reads neither `\uXXXX` nor `\/`.
    pub(crate) json: Option<&'a str>,
}

/// Why a call cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Invalid {
    /// Neither `GET` nor `POST`.
    Method,
    /// It could lead elsewhere: empty, with `.` or `..` or an empty name in it, or with a character
    /// that has no place in a path.
    Path,
    /// With its query it is longer than [`MAX_TARGET`].
    TooLong,
    /// The body is not one JSON object, or this is no `POST`.
    Body,
}

/// The longest path with its query, in bytes: what web servers commonly take.
pub(crate) const MAX_TARGET: usize = 8 << 10;

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    call: &Call<'_>,
) -> Result<Draft, Invalid> {
    if !matches!(call.method, Method::GET | Method::POST) {
        return Err(Invalid::Method);
    }
    let path = match call.path {
        "" => return Err(Invalid::Path),
        path if path.len() > MAX_TARGET => return Err(Invalid::TooLong),
        path if path.starts_with('/') => path.to_owned(),
        name => format!("{}{name}", bin!("")),
    };
    if !is_path(&path) {
        return Err(Invalid::Path);
    }
    let body = match call.json {
        Some(_) if call.method != Method::POST => return Err(Invalid::Body),
        Some(json) => Some(with_base_request(cx, credentials, json).ok_or(Invalid::Body)?),
        None => None,
    };
    let mut query = Form::new();
    for (name, value) in call.query {
        query = query.pair(name, value);
    }
    let has_ticket = call.query.iter().any(|(name, _)| name == "pass_ticket");
    if body.is_some() && !has_ticket {
        query = query.pair_unless_empty("pass_ticket", credentials.pass_ticket.expose());
    }
    let target = match query.is_empty() {
        true => path,
        false => query.query_of(&path),
    };
    if target.len() > MAX_TARGET {
        return Err(Invalid::TooLong);
    }
    let mut draft = match body {
        Some(body) => Draft::json_text(Endpoint::Raw, target, body),
        None => Draft::ajax(Endpoint::Raw, target),
    };
    draft.method = call.method.clone();
    draft.host = call.host;
    Ok(draft)
}

/// Whether this names a place on whatever host it is asked of, and nothing besides, also for a
/// server that undoes the percent signs before it looks for slashes and dots.
fn is_path(path: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:@%/".contains(&byte);
    let mut names = path.split('/').skip(1).map(form::decode).peekable();
    let mut sound = path.bytes().all(known);
    while let Some(name) = names.next() {
        let is_last = names.peek().is_none();
        let hides = name.contains(['/', '\\']) || name.contains(char::is_control);
        let is_name = !matches!(name.as_str(), "." | "..") && (is_last || !name.is_empty());
        sound &= is_name && !hides;
    }
    sound
}

/// The object with a `BaseRequest` as its first member, unless it has one. The rest stays as it was
/// written. `None` if it is no object.
fn with_base_request(cx: &Context<'_>, credentials: &Credentials, json: &str) -> Option<String> {
    let Object { members, has_base } = serde_json::from_str(json).ok()?;
    if has_base {
        return Some(json.to_owned());
    }
    let rest = json.trim_start().strip_prefix('{')?;
    let base = json_text(&BaseRequest::new(cx, credentials));
    let comma = if members == 0 { "" } else { "," };
    Some(format!("{{\"BaseRequest\":{base}{comma}{rest}"))
}

/// What is to be known of a JSON object.
struct Object {
    members: usize,
    has_base: bool,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Look;

        impl<'de> Visitor<'de> for Look {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut seen = Object {
                    members: 0,
                    has_base: false,
                };
                while let Some((name, IgnoredAny)) = map.next_entry::<String, _>()? {
                    seen.members += 1;
                    seen.has_base |= name == "BaseRequest";
                }
                Ok(seen)
            }
        }

        from.deserialize_map(Look)
    }
}

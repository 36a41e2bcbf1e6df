//! A cookie jar whose clock, order and scope are the caller's.

mod date;

use std::{fmt, time::Duration};

use http::{
    HeaderMap, HeaderValue,
    header::{DATE, SET_COOKIE},
};
use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// What browsers allow for name and value together, in bytes.
const MAX_SIZE: usize = 4096;

/// A session has about ten. What comes when the jar is full is refused: the cookies that matter
/// come first.
const MAX_COOKIES: usize = 64;

/// All of them together go with every request, and into every snapshot. Eight real ones have less
/// than one KiB.
const MAX_TOTAL: usize = 16 << 10;

/// The cookies of one session, oldest first. There is one for each name, domain and path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Jar {
    cookies: Vec<Cookie>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cookie {
    name: String,
    value: Secret,
    /// In lower case, without a leading dot.
    domain: String,
    /// Whether it is for that very host alone.
    host_only: bool,
    path: String,
    secure: bool,
    /// By our own clock: time since the Unix epoch. `None` lasts as long as the session.
    expires: Option<Duration>,
}

/// Who sets cookies, and for whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The host that answered.
    pub(crate) host: &'a str,
    /// The path that was asked for, without its query.
    pub(crate) path: &'a str,
    /// The domains a cookie may be set for, the widest last. Other ones are refused, above all those
    /// that anybody can register under.
    pub(crate) domains: &'a [&'a str],
    /// Whether a cookie that names no domain is for the widest one, instead of for the host alone:
    /// one server that stands in for many hosts cannot name them.
    pub(crate) spread: bool,
}

impl Jar {
    /// Takes over what a reply sets and deletes. A header that makes no sense, or too much of it,
    /// is skipped.
    ///
    /// `now` is the time since the Unix epoch by our own clock. How long a cookie lives is measured
    /// from the reply's own `Date`, so that a wrong clock drops none.
    pub(crate) fn store(&mut self, scope: &Scope<'_>, headers: &HeaderMap, now: Duration) {
        let sent = headers
            .get(DATE)
            .and_then(|date| date::parse(date.as_bytes()))
            .unwrap_or_else(|| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        self.cookies.retain(|cookie| cookie.is_alive(now));
        for header in headers.get_all(SET_COOKIE) {
            if let Some(set) = SetCookie::parse(header.as_bytes()) {
                self.apply(set, scope, sent, now);
            }
        }
    }

    /// The header that goes with a request, if any cookie does: those of longer paths first, then
    /// the older ones.
    pub(crate) fn header_for(
        &self,
        host: &str,
        path: &str,
        secure: bool,
        now: Duration,
    ) -> Option<HeaderValue> {
        let mut due: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.is_alive(now) && (secure || !cookie.secure))
            .filter(|cookie| cookie.is_for(host) && is_below(path, &cookie.path))
            // A jar may come from a file that somebody edited.
            .filter(|cookie| is_name(&cookie.name) && is_value(cookie.value.expose()))
            .collect();
        due.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<String> = due
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value.expose()))
            .collect();
        let mut header = HeaderValue::from_bytes(pairs.join("; ").as_bytes())
            .ok()
            .filter(|header| !header.is_empty())?;
        header.set_sensitive(true);
        Some(header)
    }

    pub(crate) fn len(&self) -> usize {
        self.cookies.len()
    }

    /// The value that `host` would be sent under a name; of several that of the narrowest domain.
    pub(crate) fn value(&self, host: &str, name: &str, now: Duration) -> Option<&Secret> {
        self.cookies
            .iter()
            .filter(|cookie| cookie.name == name && cookie.is_alive(now) && cookie.is_for(host))
            .max_by_key(|cookie| cookie.domain.len())
            .map(|cookie| &cookie.value)
    }

    /// Drops what does not outlive `now` by more than `life`, and what has no end: with a life of a
    /// day, a session goes and what recognises the device stays.
    pub(crate) fn retain_long_lived(&mut self, now: Duration, life: Duration) {
        let until = now.saturating_add(life);
        self.cookies
            .retain(|cookie| cookie.expires.is_some_and(|expires| expires > until));
    }

    fn apply(&mut self, set: SetCookie, scope: &Scope<'_>, sent: i64, now: Duration) {
        let Some((domain, host_only)) = set.domain(scope) else {
            return;
        };
        let path = set.path.unwrap_or_else(|| default_path(scope.path));
        let lifetime = match (set.max_age, set.expires) {
            (Some(seconds), _) => Some(seconds),
            (None, Some(expires)) => Some(expires.saturating_sub(sent)),
            (None, None) => None,
        };
        let place = self.cookies.iter().position(|cookie| {
            cookie.name == set.name && cookie.domain == domain && cookie.path == path
        });
        let expires = match lifetime {
            None => None,
            Some(seconds) => match u64::try_from(seconds) {
                Ok(seconds @ 1..) => Some(now.saturating_add(Duration::from_secs(seconds))),
                // Any time that has passed means: delete.
                _ => {
                    place.map(|place| self.cookies.remove(place));
                    return;
                }
            },
        };
        let cookie = Cookie {
            name: set.name,
            value: set.value,
            domain,
            host_only,
            path,
            secure: set.secure,
            expires,
        };
        let size = |cookie: &Cookie| cookie.name.len() + cookie.value.expose().len();
        let others = self.cookies.iter().enumerate();
        let others = others.filter(|(at, _)| Some(*at) != place);
        let taken: usize = others.map(|(_, cookie)| size(cookie)).sum();
        let full = self.cookies.len() >= MAX_COOKIES;
        match place {
            _ if taken + size(&cookie) > MAX_TOTAL => {}
            Some(place) => self.cookies.splice(place..=place, [cookie]).for_each(drop),
            None if full => {}
            None => self.cookies.push(cookie),
        }
    }
}

impl Cookie {
    fn is_alive(&self, now: Duration) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    fn is_for(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        match self.host_only {
            true => host == self.domain,
            false => is_within(&host, &self.domain),
        }
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.host_only { "" } else { "." };
        write!(f, "{} for {dot}{}{}", self.name, self.domain, self.path)
    }
}

/// A `Set-Cookie` header, read.
struct SetCookie {
    name: String,
    value: Secret,
    domain: Option<String>,
    path: Option<String>,
    secure: bool,
    /// Seconds.
    max_age: Option<i64>,
    /// Seconds since the Unix epoch.
    expires: Option<i64>,
}

impl SetCookie {
    /// Bytes, not text: a foreign character in one header must not cost the others.
    fn parse(header: &[u8]) -> Option<Self> {
        let mut parts = header.split(|byte| *byte == b';');
        let (name, value) = pair(parts.next()?);
        let name = text(name).filter(|name| is_name(name))?;
        let value = text(value?).filter(|value| is_value(value))?;
        if name.len() + value.len() > MAX_SIZE {
            return None;
        }
        let mut set = Self {
            name,
            value: Secret::new(value),
            domain: None,
            path: None,
            secure: false,
            max_age: None,
            expires: None,
        };
        // Of an attribute that comes twice the last one counts, unless it makes no sense.
        for part in parts {
            let (attribute, value) = pair(part);
            let value = value.unwrap_or_default();
            match attribute.to_ascii_lowercase().as_slice() {
                b"domain" => {
                    let domain = value.strip_prefix(b".").unwrap_or(value);
                    let domain = String::from_utf8_lossy(domain).to_ascii_lowercase();
                    set.domain = Some(domain).filter(|domain| !domain.is_empty());
                }
                b"path" => {
                    let path = text(value).filter(|path| path.len() <= MAX_SIZE);
                    set.path = path.filter(|path| path.starts_with('/'));
                }
                b"secure" => set.secure = true,
                b"max-age" => set.max_age = seconds(value).or(set.max_age),
                b"expires" => set.expires = date::parse(value).or(set.expires),
                _ => {}
            }
        }
        Some(set)
    }

    /// The domain it goes to, and whether to that host alone; `None` if it must not go there.
    fn domain(&self, scope: &Scope<'_>) -> Option<(String, bool)> {
        let host = scope.host.to_ascii_lowercase();
        match self.domain.as_deref() {
            Some(domain) => {
                let allowed = scope.domains.contains(&domain) && is_within(&host, domain);
                allowed.then(|| (domain.to_owned(), false))
            }
            None => match scope.domains.last().filter(|_| scope.spread) {
                Some(widest) => Some(((*widest).to_owned(), false)),
                None => Some((host, true)),
            },
        }
    }
}

/// Name and value, without the white space around them.
fn pair(part: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = part.splitn(2, |byte| *byte == b'=');
    let name = halves.next().unwrap_or_default().trim_ascii();
    (name, halves.next().map(<[u8]>::trim_ascii))
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"=;,\"".contains(&byte))
}

/// Quotes, `/`, `+` and `=` are parts of values and stay.
fn is_value(value: &str) -> bool {
    !value
        .bytes()
        .any(|byte| byte.is_ascii_control() || byte == b';')
}

/// A number beyond all bounds is a long life, or a very past one.
fn seconds(value: &[u8]) -> Option<i64> {
    let value = std::str::from_utf8(value).ok()?;
    let (sign, digits) = match value.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, value),
    };
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| sign * digits.parse().unwrap_or(i64::MAX))
}

fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/'))
}

/// The directory of a path.
fn default_path(path: &str) -> String {
    match path.rfind('/') {
        Some(slash @ 1..) if path.starts_with('/') => path.split_at(slash).0.to_owned(),
        _ => "/".to_owned(),
    }
}

#[cfg(test)]
mod tests;

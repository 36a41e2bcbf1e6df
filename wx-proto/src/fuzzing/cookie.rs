//! Cookies that hosts of a family set, and who gets them.

use std::{collections::BTreeSet, time::Duration};

use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, Serialize};

use super::Feed;
use crate::{
    cookies::{Jar, Scope},
    hosts::{Family, HostRole},
};

const ROLES: [HostRole; 4] = [
    HostRole::Main,
    HostRole::Login,
    HostRole::File,
    HostRole::Push,
];

const PATHS: [&str; 4] = [
    "/cgi-bin/mmwebwx-bin/webwxnewloginpage",
    "/jslogin",
    "/",
    "/cgi-bin",
];

/// Nobody of the service.
const STRANGERS: [&str; 8] = [
    "",
    "com",
    "evil.example",
    "evilqq.com",
    "qq.com.evil.example",
    "wx2.qq.com.",
    "127.0.0.1",
    "xn--qq-wechat.com",
];

/// Lets hosts of one family set cookies, and looks who would be sent which.
///
/// The first byte names the family. Then there are lines: one is a `Set-Cookie` header, unless its
/// first byte says that it is about who answers (1), how time passes (2), or the `Date` of what
/// follows (3).
pub fn cookie(data: &[u8]) -> bool {
    let mut feed = Feed::new(data);
    let first = feed.byte();
    let Some(family) = Family::ALL.get(usize::from(first & 0x7f) % Family::ALL.len()) else {
        return false;
    };
    let domains = family.cookie_domains();
    let mut scope = Scope {
        host: family.main,
        path: PATHS[0],
        domains: &domains,
        spread: first & 0x80 != 0,
    };
    let mut jar = Jar::default();
    let mut now = Duration::from_secs(1_700_000_000);
    let mut date = None;
    let mut most = 0;
    for line in feed.rest().split(|byte| *byte == b'\n') {
        let mut about = Feed::new(line);
        match about.byte() {
            1 => {
                let role = about.pick(&ROLES).unwrap_or(HostRole::Main);
                scope.host = family.host(role);
                scope.path = about.pick(&PATHS).unwrap_or_default();
            }
            2 => {
                most = most.max(check(&jar, family, now));
                now += Duration::from_secs(u64::from(about.word()) * 60);
            }
            3 => date = HeaderValue::from_bytes(about.rest()).ok(),
            _ => {
                let Ok(value) = HeaderValue::from_bytes(line) else {
                    continue;
                };
                let mut headers = HeaderMap::new();
                headers.insert(header::SET_COOKIE, value);
                headers.extend(date.clone().map(|date| (header::DATE, date)));
                jar.store(&scope, &headers, now);
            }
        }
    }
    most.max(check(&jar, family, now)) > 0
}

/// A cookie as it is written to a snapshot.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    expires: Option<Duration>,
}

/// Holds the jar against what is written of it. How many cookies there are.
fn check(jar: &Jar, family: &Family, now: Duration) -> usize {
    let written = serde_json::to_string(jar).unwrap_or_default();
    let again: Option<Jar> = serde_json::from_str(&written).ok();
    assert_eq!(again.as_ref(), Some(jar));
    let mut kept: Vec<Kept> = serde_json::from_str(&written).unwrap_or_default();
    let mut size = 0;
    let mut places = BTreeSet::new();
    for cookie in &kept {
        size += cookie.name.len() + cookie.value.len();
        let domains = family.cookie_domains();
        assert!(domains.contains(&cookie.domain.as_str()), "{cookie:?}");
        let is_new = places.insert((&cookie.name, &cookie.domain, &cookie.path));
        assert!(is_new, "{cookie:?} twice");
    }
    assert!(kept.len() <= 64 && size <= 16 << 10);
    for host in STRANGERS {
        assert!(
            jar.header_for(host, PATHS[0], true, now).is_none(),
            "{host}"
        );
    }
    // What is printed does not depend on the values.
    let values: Vec<_> = kept
        .iter_mut()
        .map(|it| std::mem::take(&mut it.value))
        .collect();
    let bare = serde_json::to_string(&kept).unwrap_or_default();
    let bare: Option<Jar> = serde_json::from_str(&bare).ok();
    assert_eq!(bare.map(|jar| format!("{jar:?}")), Some(format!("{jar:?}")));
    for (cookie, value) in kept.iter_mut().zip(values) {
        cookie.value = value;
    }
    // Its own hosts, and those of a family with the same parent and of one with another.
    for host in [
        family.main,
        family.file,
        Family::WX8.main,
        Family::WEB2.push,
    ] {
        for secure in [true, false] {
            let header = jar.header_for(host, PATHS[0], secure, now);
            let due = kept
                .iter()
                .filter(|it| it.is_for(host, PATHS[0], secure, now));
            let due: Vec<String> = due.map(|it| format!("{}={}", it.name, it.value)).collect();
            assert_eq!(pairs(header), sorted(due), "{host}");
        }
    }
    kept.len()
}

impl Kept {
    fn is_for(&self, host: &str, path: &str, secure: bool, now: Duration) -> bool {
        let below = format!(".{}", self.domain);
        let slash = if self.path.ends_with('/') { "" } else { "/" };
        let folder = format!("{}{slash}", self.path);
        (host == self.domain || !self.host_only && host.ends_with(&below))
            && (path == self.path || path.starts_with(&folder))
            && (secure || !self.secure)
            && self.expires.is_none_or(|expires| now < expires)
    }
}

fn pairs(header: Option<HeaderValue>) -> Vec<String> {
    let Some(header) = header else {
        return Vec::new();
    };
    assert!(header.is_sensitive());
    let text = String::from_utf8_lossy(header.as_bytes());
    sorted(text.split("; ").map(str::to_owned).collect())
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

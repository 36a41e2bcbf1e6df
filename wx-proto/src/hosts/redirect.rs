//! The one URL of the service that decides where credentials come from and go to.

use http::uri::{Authority, PathAndQuery};

use super::{Base, Family, Hosts, is_loopback};
use crate::secret::Secret;

const PATH: &str = "/cgi-bin/mmwebwx-bin/webwxnewloginpage";

/// Real ones have about 170 bytes.
const MAX_LEN: usize = 2048;

/// The `redirect_uri` of a confirmed login, after its check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Redirect {
    /// `None` if it names the base that all hosts are mapped to: the account stays where it is.
    family: Option<&'static Family>,
    /// Ticket and all.
    query: Secret,
}

impl Redirect {
    /// Lets through nothing but `https://MAIN/cgi-bin/mmwebwx-bin/webwxnewloginpage?…` with the main
    /// host of a family, and the mapped base in its place.
    pub(crate) fn check(uri: &str, hosts: &Hosts) -> Result<Self, RedirectRefusal> {
        if uri.len() > MAX_LEN {
            return Err(RedirectRefusal::TooLong);
        }
        let printable = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#');
        if !uri.bytes().all(printable) {
            return Err(RedirectRefusal::Characters);
        }
        let (scheme, rest) = uri.split_once("://").ok_or(RedirectRefusal::Scheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let family = match hosts {
            Hosts::Mapped(base) if base.is(scheme, authority) => None,
            _ => Some(family(scheme, authority)?),
        };
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if path != PATH {
            return Err(RedirectRefusal::Path);
        }
        if query.is_empty() {
            return Err(RedirectRefusal::Query);
        }
        if PathAndQuery::try_from(target).is_err() {
            return Err(RedirectRefusal::Characters);
        }
        Ok(Self {
            family,
            query: Secret::new(query),
        })
    }

    /// Lets through only what leads to the kind of page the login was begun on: the page for the
    /// file helper alone is entered on request only, and left in no other way.
    pub(crate) fn on_the_page_of(self, entry: &Family) -> Result<Self, RedirectRefusal> {
        match self.family {
            Some(family) if family.is_file_helper() != entry.is_file_helper() => {
                Err(RedirectRefusal::OtherPage)
            }
            _ => Ok(self),
        }
    }

    /// Whether the query has this pair, as it stands.
    pub(crate) fn has(&self, pair: &str) -> bool {
        self.query.expose().split('&').any(|other| other == pair)
    }

    /// The family the account lives on; `None` if it stays where it is.
    pub(crate) fn family(&self) -> Option<&'static Family> {
        self.family
    }

    /// Path and query, the query as it came and then `append`.
    pub(crate) fn target(&self, append: &str) -> String {
        let query = self.query.expose();
        match append {
            "" => format!("{PATH}?{query}"),
            _ => format!("{PATH}?{query}&{append}"),
        }
    }
}

fn family(scheme: &str, authority: &str) -> Result<&'static Family, RedirectRefusal> {
    if !scheme.eq_ignore_ascii_case("https") {
        return Err(RedirectRefusal::Scheme);
    }
    if authority.contains('@') {
        return Err(RedirectRefusal::UserInfo);
    }
    let host = match authority.split_once(':') {
        None => authority,
        Some((host, "443")) => host,
        Some(_) => return Err(RedirectRefusal::Port),
    };
    Family::of_main(host).ok_or(RedirectRefusal::Host)
}

impl Base {
    /// Whether a URL names this base. This machine has several names, and whatever it is called,
    /// requests go to the base.
    fn is(&self, scheme: &str, authority: &str) -> bool {
        let default_port = match self.scheme.as_str() {
            "https" => "443",
            _ => "80",
        };
        let place = |authority: &str| {
            let authority: Authority = authority.parse().ok()?;
            let host = authority.host().to_ascii_lowercase();
            let host = if is_loopback(&host) {
                "localhost".to_owned()
            } else {
                host
            };
            let port = authority
                .port()
                .map_or(default_port.to_owned(), |port| port.to_string());
            (!authority.as_str().contains('@')).then_some((host, port))
        };
        let own = place(self.authority.as_str());
        self.scheme.as_str().eq_ignore_ascii_case(scheme)
            && own.is_some()
            && own == place(authority)
    }
}

/// Why the URL that a login led to was not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectRefusal {
    /// Over 2,048 bytes.
    #[error("the URL is too long")]
    TooLong,
    /// Something that does not belong into a URL, or a fragment.
    #[error("characters that have no place in the URL")]
    Characters,
    /// Not https.
    #[error("the scheme is not https")]
    Scheme,
    /// A user name or password in it.
    #[error("user name or password in the URL")]
    UserInfo,
    /// A port other than 443.
    #[error("a port other than that of https")]
    Port,
    /// Not the main host of any family.
    #[error("a foreign host")]
    Host,
    /// The page for the file helper alone although the full one was asked for, or the other way
    /// round: see [`Config::entry`](crate::Config::entry).
    #[error("another page than the login was begun on")]
    OtherPage,
    /// Not the path of `webwxnewloginpage`.
    #[error("a foreign path")]
    Path,
    /// No query, hence no ticket.
    #[error("no query")]
    Query,
}

//! Host families: which hosts belong together, and which URLs of the service are trusted.

mod redirect;

use std::net::{Ipv4Addr, Ipv6Addr};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

pub(crate) use redirect::Redirect;
pub use redirect::RedirectRefusal;

/// The hosts one account lives on. Everything after the login stays within one family.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Family {
    /// Pages and most calls.
    pub main: &'static str,
    /// `jslogin` and the login poll.
    pub login: &'static str,
    /// Uploads and file downloads.
    pub file: &'static str,
    /// `synccheck`.
    pub push: &'static str,
    /// What all of them are part of, and some cookies are set for.
    parent: &'static str,
}

macro_rules! family {
    ($main:literal, $parent:literal) => {
        Family {
            main: $main,
            login: concat!("login.", $main),
            file: concat!("file.", $main),
            push: concat!("webpush.", $main),
            parent: $parent,
        }
    };
}

/// The reduced page borrows the login and file hosts of another family and has no push host.
macro_rules! file_helper {
    ($main:literal, $other:literal) => {
        Family {
            main: $main,
            login: concat!("login.", $other),
            file: concat!("file.", $other),
            push: $main,
            parent: "qq.com",
        }
    };
}

impl Family {
    /// `wx.qq.com`: where a login starts if nothing else is known.
    pub const WX: &'static Self = &family!("wx.qq.com", "qq.com");

    /// `wx2.qq.com`.
    pub const WX2: &'static Self = &family!("wx2.qq.com", "qq.com");

    /// `wx8.qq.com`.
    pub const WX8: &'static Self = &family!("wx8.qq.com", "qq.com");

    /// `web.wechat.com`, for accounts from abroad.
    pub const WEB: &'static Self = &family!("web.wechat.com", "wechat.com");

    /// `web2.wechat.com`, for accounts from abroad.
    pub const WEB2: &'static Self = &family!("web2.wechat.com", "wechat.com");

    /// `filehelper.weixin.qq.com`: the page that talks to `filehelper` alone, on the login and file
    /// hosts of [`Family::WX`]. Its projects present it as open to accounts that the full page
    /// refuses. Known from three clients of others, not from the page itself.
    pub const FILE_HELPER: &'static Self = &file_helper!("filehelper.weixin.qq.com", "wx.qq.com");

    /// `szfilehelper.weixin.qq.com`: the same page on the hosts of [`Family::WX2`].
    pub const SZ_FILE_HELPER: &'static Self =
        &file_helper!("szfilehelper.weixin.qq.com", "wx2.qq.com");

    /// `cmfilehelper.weixin.qq.com`: the same page on the hosts of [`Family::WX8`].
    pub const CM_FILE_HELPER: &'static Self =
        &file_helper!("cmfilehelper.weixin.qq.com", "wx8.qq.com");

    /// All families, those of the page that talks to `filehelper` alone at the end.
    pub const ALL: &'static [&'static Self] = &[
        Self::WX,
        Self::WX2,
        Self::WX8,
        Self::WEB,
        Self::WEB2,
        Self::FILE_HELPER,
        Self::SZ_FILE_HELPER,
        Self::CM_FILE_HELPER,
    ];

    /// The family with this main host; upper and lower case are the same.
    pub fn of_main(host: &str) -> Option<&'static Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|family| family.main.eq_ignore_ascii_case(host))
    }

    /// Whether this is one of the family's own hosts. Parts of a name do not count.
    pub fn contains(&self, host: &str) -> bool {
        [self.main, self.login, self.file, self.push]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Whether this is a family of the reduced page, which talks to `filehelper` alone. That page has
    /// no push host; all others have one.
    pub(crate) fn is_file_helper(&self) -> bool {
        self.push == self.main
    }

    pub(crate) fn host(&self, role: HostRole) -> &'static str {
        match role {
            HostRole::Main => self.main,
            HostRole::Login => self.login,
            HostRole::File => self.file,
            HostRole::Push => self.push,
        }
    }

    /// What a cookie of this family may be set for, the widest last.
    pub(crate) fn cookie_domains(&self) -> [&'static str; 5] {
        [self.main, self.login, self.file, self.push, self.parent]
    }
}

/// Which host of the family an endpoint lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostRole {
    Main,
    Login,
    File,
    Push,
}

/// Where requests go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hosts {
    /// To the hosts of the service.
    #[default]
    Real,
    /// All of them to one place instead: a simulator, or a gateway. Whatever is decided by host —
    /// families, cookies, which URLs are trusted — is still decided by the hosts of the service.
    Mapped(Base),
}

/// Scheme, host and port that stand in for all hosts of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    scheme: Scheme,
    authority: Authority,
}

impl Hosts {
    /// Maps all hosts to `url`, such as `http://127.0.0.1:8088`.
    ///
    /// # Errors
    ///
    /// [`InvalidBase`]: see its variants for the rules. Requests carry credentials, so plain http
    /// leads nowhere but to this machine.
    pub fn mapped(url: &str) -> Result<Self, InvalidBase> {
        // The URL type drops a fragment without a word.
        if url.contains('#') {
            return Err(InvalidBase::MoreThanBase);
        }
        let parts = url
            .parse::<Uri>()
            .map_err(|_| InvalidBase::NoUrl)?
            .into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(InvalidBase::NoUrl);
        };
        if authority.as_str().contains('@') {
            return Err(InvalidBase::UserInfo);
        }
        if parts.path_and_query.is_some_and(|path| path != "/") {
            return Err(InvalidBase::MoreThanBase);
        }
        let port = authority.as_str().strip_prefix(authority.host());
        let valid_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port != 0);
        match port {
            Some("") => {}
            Some(port) if port.strip_prefix(':').is_some_and(valid_port) => {}
            _ => return Err(InvalidBase::Port),
        }
        match scheme.as_str() {
            "https" => {}
            "http" if is_loopback(authority.host()) => {}
            "http" => return Err(InvalidBase::PlainHttp),
            _ => return Err(InvalidBase::Scheme),
        }
        Ok(Self::Mapped(Base { scheme, authority }))
    }

    /// The URI of `target`, a path with its query, on a host of the service.
    ///
    /// # Errors
    ///
    /// If `host` and `target` do not make a URI: over 64 KB, or with characters that have no place
    /// in one.
    pub(crate) fn rewrite(&self, host: &str, target: &str) -> Result<Uri, http::Error> {
        let uri = Uri::builder();
        let uri = match self {
            Self::Real => uri.scheme(Scheme::HTTPS).authority(host),
            Self::Mapped(base) => uri
                .scheme(base.scheme.clone())
                .authority(base.authority.clone()),
        };
        uri.path_and_query(PathAndQuery::try_from(target)?).build()
    }

    /// Scheme and host of what lives on a host of the service.
    pub(crate) fn origin(&self, host: &str) -> String {
        match self {
            Self::Real => format!("https://{host}"),
            Self::Mapped(base) => base.to_string(),
        }
    }
}

impl std::fmt::Display for Base {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

/// Why a URL cannot stand in for the hosts of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidBase {
    /// It is none.
    #[error("not an absolute URL such as http://127.0.0.1:8088")]
    NoUrl,
    /// Neither http nor https.
    #[error("the scheme is neither http nor https")]
    Scheme,
    /// Plain http to a host other than `localhost`, `127.…` and `[::1]`.
    #[error("plain http to another machine")]
    PlainHttp,
    /// A user name or password in it.
    #[error("user name or password in the URL")]
    UserInfo,
    /// No port that can be connected to.
    #[error("not a port")]
    Port,
    /// A path other than `/`, a query or a fragment.
    #[error("more than scheme, host and port")]
    MoreThanBase,
}

fn is_loopback(host: &str) -> bool {
    let v6 = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse().is_ok_and(|v6: Ipv6Addr| v6.is_loopback()),
        None => {
            host.eq_ignore_ascii_case("localhost")
                || host.parse().is_ok_and(|v4: Ipv4Addr| v4.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests;

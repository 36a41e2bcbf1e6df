//! Which hosts belong together.

/// How the page of the file helper names itself, in parameters and in a header.
pub(in crate::server) const FILE_HELPER: &str = "wx_webfilehelper";

/// One of the groups of hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `wx.qq.com`
    Wx,
    /// `wx2.qq.com`
    Wx2,
    /// `wx8.qq.com`
    Wx8,
    /// `web.wechat.com`
    Web,
    /// `web2.wechat.com`
    Web2,
    /// `filehelper.weixin.qq.com`, the page that talks to `filehelper` alone. This and the next two
    /// borrow the login and file hosts of another family and poll at the main host.
    FileHelper,
    /// `szfilehelper.weixin.qq.com`, the same.
    SzFileHelper,
    /// `cmfilehelper.weixin.qq.com`, the same.
    CmFileHelper,
}

impl Family {
    /// The five of the web client.
    pub const ALL: [Self; 5] = [Self::Wx, Self::Wx2, Self::Wx8, Self::Web, Self::Web2];

    /// The three of the page that talks to `filehelper` alone.
    pub const FILE_HELPERS: [Self; 3] = [Self::FileHelper, Self::SzFileHelper, Self::CmFileHelper];

    /// All eight.
    pub(in crate::server) fn each() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().chain(Self::FILE_HELPERS)
    }

    /// Whether its page talks to `filehelper` alone.
    #[must_use]
    pub const fn is_file_helper(self) -> bool {
        matches!(
            self,
            Self::FileHelper | Self::SzFileHelper | Self::CmFileHelper
        )
    }

    /// The only `appid` its page logs in with.
    pub(in crate::server) const fn appid(self) -> &'static str {
        if self.is_file_helper() {
            FILE_HELPER
        } else {
            "wx782c26e4c19acffb"
        }
    }

    /// The host of the pages and of most calls.
    #[must_use]
    pub const fn main(self) -> &'static str {
        match self {
            Self::Wx => "wx.qq.com",
            Self::Wx2 => "wx2.qq.com",
            Self::Wx8 => "wx8.qq.com",
            Self::Web => "web.wechat.com",
            Self::Web2 => "web2.wechat.com",
            Self::FileHelper => "filehelper.weixin.qq.com",
            Self::SzFileHelper => "szfilehelper.weixin.qq.com",
            Self::CmFileHelper => "cmfilehelper.weixin.qq.com",
        }
    }

    /// The host of the login calls.
    #[must_use]
    pub const fn login(self) -> &'static str {
        match self {
            Self::Wx | Self::FileHelper => "login.wx.qq.com",
            Self::Wx2 | Self::SzFileHelper => "login.wx2.qq.com",
            Self::Wx8 | Self::CmFileHelper => "login.wx8.qq.com",
            Self::Web => "login.web.wechat.com",
            Self::Web2 => "login.web2.wechat.com",
        }
    }

    /// The host of uploads and attachments.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Wx | Self::FileHelper => "file.wx.qq.com",
            Self::Wx2 | Self::SzFileHelper => "file.wx2.qq.com",
            Self::Wx8 | Self::CmFileHelper => "file.wx8.qq.com",
            Self::Web => "file.web.wechat.com",
            Self::Web2 => "file.web2.wechat.com",
        }
    }

    /// The host of the long poll.
    #[must_use]
    pub const fn push(self) -> &'static str {
        match self {
            Self::Wx => "webpush.wx.qq.com",
            Self::Wx2 => "webpush.wx2.qq.com",
            Self::Wx8 => "webpush.wx8.qq.com",
            Self::Web => "webpush.web.wechat.com",
            Self::Web2 => "webpush.web2.wechat.com",
            Self::FileHelper | Self::SzFileHelper | Self::CmFileHelper => self.main(),
        }
    }

    /// The parent domain two of the cookies are set on.
    pub(in crate::server) const fn parent(self) -> &'static str {
        match self {
            Self::Web | Self::Web2 => ".wechat.com",
            _ => ".qq.com",
        }
    }
}

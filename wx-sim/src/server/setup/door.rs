//! How the door of the service answers.

/// In what form `webwxnewloginpage` answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Door {
    /// XML under 200; under 301 without `Location` if the client does not ask as the page's script
    /// does.
    #[default]
    Usual,
    /// XML under 301, however the client asks.
    Moved {
        /// With `Location`, which leads to the main page.
        location: bool,
    },
    /// A page for people, if the client asks as a script does. The address as it came answers as
    /// usual.
    Page,
    /// A page for people, however the client asks. Nobody gets in.
    PageOnly,
}

/// What a refused account is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRefusal {
    /// `ret`. 0 stands for 1, because it would mean success.
    pub ret: i64,
    /// `message`, as it stands in the XML.
    pub message: String,
    /// `redirecturl`, where the service wants a browser to go instead; escaped by the service.
    pub redirect_url: Option<String>,
    /// Blanks and a line feed stand before the XML.
    pub indented: bool,
}

impl LoginRefusal {
    /// The account may not use the web client: ret 1203.
    #[must_use]
    pub fn barred(wording: Wording) -> Self {
        Self {
            ret: 1203,
            message: wording.text().to_owned(),
            redirect_url: None,
            indented: wording == Wording::English,
        }
    }

    /// `ret` as it is sent.
    pub(in crate::server) const fn code(&self) -> i64 {
        if self.ret == 0 { 1 } else { self.ret }
    }
}

/// The words of ret 1203. Only the number is reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wording {
    /// Short, and without a way out.
    Plain,
    /// Names programs to use instead, with two blanks in a row.
    Programs,
    /// Speaks of the environment instead of the account.
    Environment,
    /// Says that the account is not allowed any more.
    NoLonger,
    /// To a phone that speaks English; indented.
    English,
}

impl Wording {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Plain,
        Self::Programs,
        Self::Environment,
        Self::NoLonger,
        Self::English,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Plain => "为了你的帐号安全，此微信号不能登录网页微信。",
            Self::Programs => {
                "为了你的帐号安全，此微信号不能登录网页微信。你可以使用Windows微信或Mac微信在电脑端\
                 登录。Windows微信下载地址：https://pc.weixin.qq.com  Mac微信下载地址：https://mac.\
                 weixin.qq.com"
            }
            Self::Environment => {
                "当前登录环境异常。为了你的帐号安全，暂时不能登录web微信。你可以通过手机客户端或者\
                 windows微信登录。"
            }
            Self::NoLonger => {
                "为了你的帐号安全，此微信号已不允许登录网页微信。你可以使用Windows微信或Mac微信在\
                 电脑端登录。"
            }
            Self::English => {
                "For account security, newly registered WeChat accounts are unable to log in to Web \
                 WeChat. To use WeChat on a computer, use Windows WeChat or Mac WeChat at \
                 http://wechat.com"
            }
        }
    }
}

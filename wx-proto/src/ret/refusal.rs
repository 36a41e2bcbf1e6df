//! Why a login was refused.

use super::Ret;
use crate::{
    endpoint::Endpoint,
    error::ApiError,
    event::{EndCause, Ended},
    language::{Language, Words},
    wire::html::clean,
};

/// Why the service probably refused, and what to do next.
///
/// The service tells apart little: nearly all refusals carry the number 1203. Its words, which come
/// in half a dozen wordings and two languages, refine the guess, and no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The number: the one thing that is certain.
    pub code: Ret,
    /// What the service says, decoded, in a language of its choice; may be empty.
    pub text: String,
    /// What is probably behind it.
    pub cause: ProbableCause,
    /// The same in a clause.
    pub because: &'static str,
    /// What the user or the operator should do next.
    pub next_step: &'static str,
}

/// What is probably behind a refused login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProbableCause {
    /// The account may not use the web login at all, as most of those registered after the middle
    /// of 2017. Also what is most likely when the words are unknown.
    WebBlocked,
    /// The place, the network or the client looks unusual to the service. Passes, perhaps.
    Environment,
    /// The account has no verified name, or its payment is not set up.
    NotVerified,
    /// Something in the account's profile was objected to: its picture, its name.
    Profile,
    /// The account, or the place it logs in from, is of a region that is not served.
    Region,
    /// Too many logins in a short time.
    TooOften,
    /// The service failed, which says nothing about the account.
    Service,
    /// Nothing is known about this number.
    Unknown,
}

impl ProbableCause {
    /// All of them, in the order of the enum.
    pub const ALL: [Self; 8] = [
        Self::WebBlocked,
        Self::Environment,
        Self::NotVerified,
        Self::Profile,
        Self::Region,
        Self::TooOften,
        Self::Service,
        Self::Unknown,
    ];

    /// What the number says by itself.
    fn of_number(code: Ret) -> Option<Self> {
        match code {
            Ret::TOO_OFTEN => Some(Self::TooOften),
            Ret::SYSTEM_ERROR => Some(Self::Service),
            _ => None,
        }
    }

    /// The number decides where it says something of its own; else the words may.
    fn of(code: Ret, text: &str) -> Self {
        if let Some(cause) = Self::of_number(code) {
            return cause;
        }
        // One of the known wordings has two blanks where others have one.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.to_lowercase();
        let says = |(phrases, _): &&(&[&str], Self)| phrases.iter().any(|p| text.contains(p));
        match SIGNS.iter().find(says) {
            Some((_, cause)) => *cause,
            None if code == Ret::LOGIN_REFUSED => Self::WebBlocked,
            None => Self::Unknown,
        }
    }

    /// The cause in a clause.
    pub fn describe(self, language: Language) -> &'static str {
        let words = match self {
            Self::WebBlocked => Words::new(
                "this account may not use the web login; that is so for most accounts made after \
                 the middle of 2017, and for some after unusual use",
                "该帐号不允许登录网页微信；2017 年年中以后注册的帐号大多如此，异常使用后也可能如此",
            ),
            Self::Environment => Words::new(
                "the service finds the network, the place or the client unusual for this account",
                "服务器认为该帐号的登录环境（网络、地点或客户端）异常",
            ),
            Self::NotVerified => Words::new(
                "the account has no verified name, or payment is not enabled in it",
                "该帐号未实名认证，或未开通支付",
            ),
            Self::Profile => Words::new(
                "something in the profile of the account is objected to, its picture or its name",
                "该帐号的资料（头像、昵称等）未获通过",
            ),
            Self::Region => Words::new(
                "the account, or the place it logs in from, belongs to a region that is not served",
                "该帐号或登录地点所在的地区不提供此服务",
            ),
            Self::TooOften => Words::new("too many logins in a short time", "短时间内登录次数过多"),
            Self::Service => Words::new(
                "a failure inside the service; it says nothing about the account",
                "服务器内部错误，与帐号无关",
            ),
            Self::Unknown => Words::new(
                "unknown; the service may have changed, or watch this account",
                "原因不明；服务器可能有变更，或该帐号受到关注",
            ),
        };
        words.say(language)
    }

    /// What to do about it.
    pub fn next_step(self, language: Language) -> &'static str {
        let words = match self {
            Self::WebBlocked => Words::new(
                "log in at wx.qq.com with a browser; if that is refused as well, try once as the \
                 desktop client, else take another account, for nothing more can be done here",
                "请先用浏览器登录 wx.qq.com；若同样被拒绝，可尝试一次桌面版身份，否则请更换帐号，\
                 客户端无法改变此限制",
            ),
            Self::Environment => Words::new(
                "wait for a day, then log in from the network that the phone uses; do not repeat \
                 the login before",
                "请等待一天，再使用手机所在的网络登录；在此之前不要反复尝试",
            ),
            Self::NotVerified => Words::new(
                "verify the name and set up payment on the phone, then log in once more",
                "请在手机上完成实名认证并开通支付，然后再次登录",
            ),
            Self::Profile => Words::new(
                "change what is objected to on the phone, wait for a day, then log in once more",
                "请在手机上修改相应资料，等待一天后再次登录",
            ),
            Self::Region => Words::new(
                "log in from the region where the account is registered; if that is refused as \
                 well, no client can change it",
                "请在帐号注册所在的地区登录；若仍被拒绝，客户端无法改变此限制",
            ),
            Self::TooOften => Words::new(
                "wait for a day before the next try; further tries make it worse",
                "请等待一天再登录；继续尝试会加重限制",
            ),
            Self::Service => Words::new(
                "wait for some minutes, then log in once more",
                "请等待数分钟后再次登录",
            ),
            Self::Unknown => Words::new(
                "log in at wx.qq.com with a browser and see what it says",
                "请用浏览器登录 wx.qq.com，查看其提示",
            ),
        };
        words.say(language)
    }
}

/// What the words give away, the more special first. The sentences name other clients to use and
/// the safety of the account in any case, so neither is a sign.
const SIGNS: [(&[&str], ProbableCause); 5] = [
    (
        &[
            "实名",
            "實名",
            "支付",
            "real-name",
            "real name",
            "verify your identity",
            "wechat pay",
        ],
        ProbableCause::NotVerified,
    ),
    (
        &["环境异常", "環境異常", "环境有异常", "environment"],
        ProbableCause::Environment,
    ),
    (
        &["头像", "頭像", "昵称", "暱稱", "资料", "資料", "profile"],
        ProbableCause::Profile,
    ),
    (
        &["地区", "地區", "国家", "國家", "region", "country"],
        ProbableCause::Region,
    ),
    (
        &[
            "登录网页微信",
            "登录web微信",
            "登入網頁微信",
            "登入網頁版微信",
            "log in to web wechat",
            "newly registered",
        ],
        ProbableCause::WebBlocked,
    ),
];

impl ApiError {
    /// What a user or an operator should do next. The number alone decides, and the place where it
    /// means something of its own; for a refused login, the words of the service as well.
    pub fn hint(&self, language: Language) -> &'static str {
        match self.endpoint {
            Endpoint::NewLoginPage => {
                ProbableCause::of(self.ret, &self.plain_text()).next_step(language)
            }
            endpoint => super::hint_at(endpoint.name(), self.ret, language),
        }
    }

    /// What the service says, as it is meant to be read.
    fn plain_text(&self) -> String {
        clean(&self.text).trim().to_owned()
    }
}

impl EndCause {
    /// Why the service ended it, and what to do next; `None` if it was not the service that
    /// refused.
    pub fn explanation(&self, language: Language) -> Option<Explanation> {
        let Self::Refused(error) = self else {
            return None;
        };
        let text = error.plain_text();
        if error.endpoint == Endpoint::NewLoginPage {
            let cause = ProbableCause::of(error.ret, &text);
            return Some(Explanation {
                code: error.ret,
                text,
                cause,
                because: cause.describe(language),
                next_step: cause.next_step(language),
            });
        }
        // A session that was open was not refused a login, whatever the words.
        Some(Explanation {
            code: error.ret,
            text,
            cause: ProbableCause::of_number(error.ret).unwrap_or(ProbableCause::Unknown),
            because: error.ret.meaning(language),
            next_step: error.hint(language),
        })
    }
}

impl Ended {
    /// Why the service ended it, and what to do next; `None` if it was not the service that
    /// refused. See [`EndCause::explanation`].
    pub fn explanation(&self, language: Language) -> Option<Explanation> {
        self.cause.explanation(language)
    }
}

use super::*;
use crate::{
    endpoint::Endpoint,
    error::ApiError,
    event::{EndCause, Ended},
};

const BOTH: [Language; 2] = [Language::En, Language::Zh];

fn refused(endpoint: Endpoint, ret: Ret, text: &str) -> ApiError {
    ApiError {
        endpoint,
        ret,
        text: text.to_owned(),
    }
}

fn cause(ret: Ret, text: &str) -> ProbableCause {
    let ended = Ended {
        cause: EndCause::Refused(refused(Endpoint::NewLoginPage, ret, text)),
        recoverable: false,
        again: None,
    };
    ended.explanation(Language::En).unwrap().cause
}

#[test]
fn every_number_is_told_apart_and_explained_in_both_languages() {
    let named: Vec<_> = Ret::named().collect();
    for ret in &named {
        assert_eq!(
            named.iter().filter(|other| *other == ret).count(),
            1,
            "{ret}"
        );
        assert!(ret.name().is_some());
        let [en, zh] = BOTH.map(|language| [ret.meaning(language), ret.hint(language)]);
        assert!(en.iter().all(|words| words.is_ascii()), "{en:?}");
        assert!(zh.iter().all(|words| !words.is_ascii()), "{zh:?}");
    }
    let unknown = Ret(4242);
    assert_eq!((unknown.name(), unknown.to_string()), (None, "4242".into()));
    assert_eq!(unknown.reaction(), Reaction::GiveUp);
    assert!(unknown.hint(Language::Zh).contains("报告"));
}

#[test]
fn a_place_that_knows_better_is_asked_first() {
    let hint = |endpoint, ret| hint_at(endpoint, ret, Language::En);
    for (endpoint, ret, part) in [
        ("webwxupdatechatroom", Ret::PARAMETER_ERROR, "invite"),
        (
            "webwxsendmsgimg",
            Ret::SYSTEM_ERROR,
            "upload the file again",
        ),
        (
            "webwxsendappmsg",
            Ret::SYSTEM_ERROR,
            "upload the file again",
        ),
        (
            "webwxuploadmedia",
            Ret::SESSION_UNKNOWN,
            "webwx_data_ticket",
        ),
        ("webwxuploadmedia", Ret::TOO_OFTEN, "never use a media id"),
        ("webwxverifyuser", Ret::TOO_OFTEN, "friend requests"),
        ("webwxsendmsg", Ret::RECEIVER_REFUSED, "filehelper"),
    ] {
        assert!(hint(endpoint, ret).contains(part), "{endpoint} {ret}");
        assert_ne!(hint(endpoint, ret), ret.hint(Language::En));
    }
    let general = Ret::SESSION_UNKNOWN.hint(Language::En);
    assert_eq!(hint("webwxsendmsg", Ret::SESSION_UNKNOWN), general);
}

#[test]
fn an_error_has_a_hint_besides_its_one_clause() {
    let error = refused(Endpoint::SendMsg, Ret::TOO_OFTEN, "slow down");
    assert_eq!(
        error.to_string(),
        "webwxsendmsg refused with 1205 (too often)"
    );
    assert!(error.hint(Language::En).contains("between messages"));
    assert!(error.hint(Language::Zh).contains("间隔"));
    let error = refused(Endpoint::NewLoginPage, Ret::LOGIN_REFUSED, "环境异常");
    let step = ProbableCause::Environment.next_step(Language::Zh);
    assert_eq!(error.hint(Language::Zh), step);
}

#[test]
fn oddity_22_the_number_of_a_refused_login_decides_and_its_words_refine() {
    let refused = |text| cause(Ret::LOGIN_REFUSED, text);
    for (text, probable) in [
        ("", ProbableCause::WebBlocked),
        ("words nobody has seen before", ProbableCause::WebBlocked),
        (
            "为了你的帐号安全，此微信号已不允许登录网页微信。你可以使用Windows微信或Mac微信登录。",
            ProbableCause::WebBlocked,
        ),
        (
            "For account security, newly  registered WeChat accounts are unable to log in to Web \
             WeChat.",
            ProbableCause::WebBlocked,
        ),
        (
            "当前登录环境异常。为了你的帐号安全，暂时不能登录web微信。",
            ProbableCause::Environment,
        ),
        (
            "The login&nbsp;environment is  abnormal.",
            ProbableCause::Environment,
        ),
        (
            "该帐号尚未实名认证，请绑定银行卡。",
            ProbableCause::NotVerified,
        ),
        ("Enable  WeChat Pay first.", ProbableCause::NotVerified),
        ("你的头像不符合规范。", ProbableCause::Profile),
        ("Not available in your country.", ProbableCause::Region),
    ] {
        assert_eq!(refused(text), probable, "{text}");
    }
    // Where the number speaks for itself, the words say nothing against it.
    assert_eq!(
        cause(Ret::TOO_OFTEN, "登录环境异常"),
        ProbableCause::TooOften
    );
    assert_eq!(cause(Ret::SYSTEM_ERROR, ""), ProbableCause::Service);
    assert_eq!(cause(Ret(4242), ""), ProbableCause::Unknown);
}

#[test]
fn only_what_the_service_refused_is_explained() {
    let explain = |cause: EndCause| cause.explanation(Language::En);
    assert_eq!(explain(EndCause::LoggedOut), None);
    assert_eq!(explain(EndCause::Replaced), None);
    // An open session that was refused its calls was not refused a login.
    let error = refused(Endpoint::Init, Ret::LOGIN_REFUSED, "登录环境异常");
    let explanation = explain(EndCause::Refused(error)).unwrap();
    assert_eq!(explanation.cause, ProbableCause::Unknown);
    assert_eq!(explanation.text, "登录环境异常");
    assert_eq!(explanation.next_step, Ret::LOGIN_REFUSED.hint(Language::En));
}

#[test]
fn codes_of_the_login_poll_and_selectors_have_words() {
    assert_eq!(LoginCode::DECLINED.to_string(), "202 (declined)");
    assert_eq!(LoginCode(777).to_string(), "777");
    for language in BOTH {
        for code in LoginCode::named().chain([LoginCode(777)]) {
            assert!(!code.hint(language).is_empty() && !code.meaning(language).is_empty());
        }
        for selector in Selector::named().chain([Selector(99)]) {
            assert_eq!(selector.has_news(), selector != Selector::NOTHING);
            assert!(!selector.meaning(language).is_empty());
        }
    }
}

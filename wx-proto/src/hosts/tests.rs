use proptest::prelude::*;

use super::*;

const TARGET: &str = "/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_b-@qrticket_0&uuid=Qb==&lang=zh_CN&scan=1672531150";

fn mapped(url: &str) -> Hosts {
    Hosts::mapped(url).unwrap()
}

#[test]
fn families_are_found_by_their_whole_main_host() {
    let main = |host: &str| Family::of_main(host).map(|family| family.main);
    for family in Family::ALL {
        assert_eq!(main(family.main), Some(family.main));
        assert_eq!(main(&family.main.to_uppercase()), Some(family.main));
        for host in [family.main, family.login, family.file, family.push] {
            assert!(
                family.contains(host) && is_below(host, family.parent),
                "{host}"
            );
        }
        for near in [
            format!("{}.", family.main),
            format!("{}.evil.example", family.main),
            format!("evil{}", family.main),
            format!(" {}", family.main),
            format!("{}:443", family.main),
            format!("x.{}", family.main),
        ] {
            assert!(main(&near).is_none() && !family.contains(&near), "{near}");
        }
    }
    for host in [
        "",
        "qq.com",
        "login.wx.qq.com",
        "wx3.qq.com",
        "wx.qq.com\0",
        "wx．qq.com",
        "wх.qq.com",
        "wechat.com",
    ] {
        assert_eq!(main(host), None, "{host}");
    }
    assert!(!Family::WX.contains("wx2.qq.com") && !Family::WX.contains("qq.com"));
    let wechat = Family::of_main("web2.wechat.com").unwrap();
    assert_eq!(wechat.host(HostRole::Push), "webpush.web2.wechat.com");
    let helper = Family::of_main("szfilehelper.weixin.qq.com").unwrap();
    assert_eq!(helper.host(HostRole::Push), helper.main);
    assert_eq!(helper.host(HostRole::File), "file.wx2.qq.com");
}

fn is_below(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent)
        .is_some_and(|rest| rest.ends_with('.'))
}

#[test]
fn a_redirect_within_the_families_is_followed_as_it_came() {
    for (uri, main) in [
        (format!("https://wx2.qq.com{TARGET}"), "wx2.qq.com"),
        (format!("https://web.wechat.com{TARGET}"), "web.wechat.com"),
        (format!("HTTPS://WX8.qq.COM:443{TARGET}"), "wx8.qq.com"),
    ] {
        let redirect = Redirect::check(&uri, &Hosts::Real).unwrap();
        assert_eq!(redirect.family().unwrap().main, main);
        assert_eq!(redirect.target(""), TARGET);
        assert_eq!(
            redirect.target("fun=new&version=v2"),
            format!("{TARGET}&fun=new&version=v2")
        );
        assert!(!format!("{redirect:?}").contains("qrticket"));
    }
}

#[test]
fn any_other_redirect_is_refused() {
    use RedirectRefusal as No;
    let path = "/cgi-bin/mmwebwx-bin/webwxnewloginpage";
    let long = format!("https://wx.qq.com{TARGET}{}", "a".repeat(2048));
    for (uri, refusal) in [
        ("", No::Scheme),
        ("wx.qq.com", No::Scheme),
        (
            "//wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1",
            No::Scheme,
        ),
        ("https:/wx.qq.com/", No::Scheme),
        ("javascript://wx.qq.com/", No::Scheme),
        (
            "http://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1",
            No::Scheme,
        ),
        (
            "httpss://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1",
            No::Scheme,
        ),
        ("https://", No::Host),
        ("https:///wx.qq.com/", No::Host),
        ("https://?wx.qq.com", No::Host),
        ("https://wx.qq.com.evil.example/", No::Host),
        ("https://evil.example/wx.qq.com/", No::Host),
        ("https://evilwx.qq.com/", No::Host),
        ("https://login.wx.qq.com/", No::Host),
        ("https://wx.qq.com./", No::Host),
        ("https://.wx.qq.com/", No::Host),
        ("https://wx%2Eqq.com/", No::Host),
        ("https://wx.qq.com%00.evil.example/", No::Host),
        ("https://wx.qq.com%2F@evil.example/", No::UserInfo),
        ("https://wx.qq.com@evil.example/", No::UserInfo),
        ("https://a:b@wx.qq.com/", No::UserInfo),
        ("https://@wx.qq.com/", No::UserInfo),
        ("https://wx.qq.com:444/", No::Port),
        ("https://wx.qq.com:/", No::Port),
        ("https://wx.qq.com:80/", No::Port),
        ("https://wx.qq.com:443:443/", No::Port),
        ("https://wx.qq.com:0443/", No::Port),
        ("https://[::1]/", No::Port),
        ("https://1.2.3.4/", No::Host),
        ("https://wx.qq.com\\.evil.example/", No::Characters),
        ("https://evil.example\\@wx.qq.com/", No::Characters),
        ("https://wx.qq.com#@evil.example/", No::Characters),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1#b",
            No::Characters,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1 b",
            No::Characters,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1\r\nX: y",
            No::Characters,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?a=<b>",
            No::Characters,
        ),
        ("https://wx\t.qq.com/", No::Characters),
        (" https://wx.qq.com/", No::Characters),
        ("https://wх.qq.com/", No::Characters),
        ("https://wx.qq。com/", No::Characters),
        ("https://wx.qq.com", No::Path),
        ("https://wx.qq.com?a=1", No::Path),
        ("https://wx.qq.com/", No::Path),
        (
            "https://wx.qq.com//cgi-bin/mmwebwx-bin/webwxnewloginpage?a=1",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/../mmwebwx-bin/webwxnewloginpage?a=1",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage/?a=1",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage;x?a=1",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpag%65?a=1",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckurl?requrl=x",
            No::Path,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage",
            No::Query,
        ),
        (
            "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?",
            No::Query,
        ),
        (&long, No::TooLong),
    ] {
        // Where the host is what is wrong, the rest is in order.
        let uri = match refusal {
            No::Host | No::UserInfo | No::Port => {
                format!(
                    "{}{path}?a=1",
                    uri.strip_suffix('/')
                        .filter(|uri| uri.len() > 8)
                        .unwrap_or(uri)
                )
            }
            _ => uri.to_owned(),
        };
        assert_eq!(Redirect::check(&uri, &Hosts::Real), Err(refusal), "{uri}");
    }
}

#[test]
fn a_mapped_redirect_may_name_the_base() {
    let hosts = mapped("http://127.0.0.1:8088");
    let check = |uri: &str| Redirect::check(&format!("{uri}{TARGET}"), &hosts);
    assert_eq!(check("http://127.0.0.1:8088").unwrap().family(), None);
    assert_eq!(
        check("https://wx2.qq.com").unwrap().family().unwrap().main,
        "wx2.qq.com"
    );
    // This machine by its other names.
    for uri in [
        "http://localhost:8088",
        "http://LocalHost:8088",
        "http://[::1]:8088",
    ] {
        assert_eq!(check(uri).unwrap().family(), None, "{uri}");
    }
    for uri in [
        "http://127.0.0.1:8089",
        "https://127.0.0.1:8088",
        "http://127.0.0.1",
        "http://localhost:8089",
        "http://a@127.0.0.1:8088",
        "http://localhost.evil.example:8088",
        "http://127.0.0.1.evil.example:8088",
        "http://wx2.qq.com",
    ] {
        assert!(check(uri).is_err(), "{uri}");
    }
    assert!(Redirect::check(&format!("http://127.0.0.1:8088{TARGET}"), &Hosts::Real).is_err());
    // The port that goes without saying.
    let hosts = mapped("https://Gate.example:443/");
    assert_eq!(
        Redirect::check(&format!("https://gate.example{TARGET}"), &hosts)
            .unwrap()
            .family(),
        None
    );
}

#[test]
fn plain_http_stays_on_this_machine() {
    for url in [
        "http://127.0.0.1:8088",
        "http://127.8.9.10/",
        "http://localhost:1",
        "http://LOCALHOST",
        "http://[::1]:8088/",
        "https://gate.example",
        "https://10.0.0.1:8443/",
    ] {
        assert!(Hosts::mapped(url).is_ok(), "{url}");
    }
    for (url, error) in [
        ("", InvalidBase::NoUrl),
        ("127.0.0.1:8088", InvalidBase::NoUrl),
        ("/x", InvalidBase::NoUrl),
        ("http://", InvalidBase::NoUrl),
        ("http:// 127.0.0.1", InvalidBase::NoUrl),
        ("ftp://127.0.0.1", InvalidBase::Scheme),
        ("http://gate.example", InvalidBase::PlainHttp),
        ("http://127.0.0.1.evil.example", InvalidBase::PlainHttp),
        ("http://localhost.evil.example", InvalidBase::PlainHttp),
        ("http://127.1", InvalidBase::PlainHttp),
        ("http://2130706433", InvalidBase::PlainHttp),
        ("http://0.0.0.0", InvalidBase::PlainHttp),
        ("http://[::]", InvalidBase::PlainHttp),
        ("http://[::ffff:127.0.0.1]", InvalidBase::PlainHttp),
        ("http://user@127.0.0.1", InvalidBase::UserInfo),
        ("http://127.0.0.1@evil.example", InvalidBase::UserInfo),
        ("http://a:b@localhost:1", InvalidBase::UserInfo),
        ("http://127.0.0.1:0", InvalidBase::Port),
        ("http://127.0.0.1:99999", InvalidBase::Port),
        ("http://127.0.0.1/x", InvalidBase::MoreThanBase),
        ("http://127.0.0.1//", InvalidBase::MoreThanBase),
        ("http://127.0.0.1/?a", InvalidBase::MoreThanBase),
        ("http://127.0.0.1?a", InvalidBase::MoreThanBase),
        ("http://127.0.0.1/#a", InvalidBase::MoreThanBase),
    ] {
        assert_eq!(Hosts::mapped(url), Err(error), "{url}");
    }
}

#[test]
fn the_authority_is_put_in_last() {
    let uri = |hosts: &Hosts| {
        hosts
            .rewrite("file.wx2.qq.com", "/a?b=%2F&c")
            .unwrap()
            .to_string()
    };
    assert_eq!(uri(&Hosts::Real), "https://file.wx2.qq.com/a?b=%2F&c");
    assert_eq!(
        uri(&mapped("http://127.0.0.1:8088/")),
        "http://127.0.0.1:8088/a?b=%2F&c"
    );
    assert_eq!(
        uri(&mapped("http://[::1]:8088")),
        "http://[::1]:8088/a?b=%2F&c"
    );
    assert_eq!(
        uri(&mapped("https://gate.example")),
        "https://gate.example/a?b=%2F&c"
    );
    for target in ["/a b", "/a\nb", &"/".repeat(70_000)] {
        assert!(Hosts::Real.rewrite("wx.qq.com", target).is_err());
    }
}

proptest! {
    #[test]
    fn whatever_passes_goes_to_a_known_host(
        scheme in prop_oneof![Just("https://"), Just("http://"), Just("https:"), Just("//")],
        before in "[a-z@./\\\\:#?%]{0,4}",
        host in prop_oneof![Just("wx.qq.com"), Just("web2.wechat.com"), Just("evil.example")],
        after in "[a-z@./\\\\:#?%0-9]{0,6}",
        path in prop_oneof![Just(TARGET), Just("/"), Just("?a=1")],
        tail in any::<String>(),
    ) {
        let uri = format!("{scheme}{before}{host}{after}{path}{tail}");
        if let Ok(redirect) = Redirect::check(&uri, &Hosts::Real) {
            // An independent reading of the same text must come to the same host, path and query.
            let parsed: Uri = uri.parse().unwrap();
            prop_assert_eq!(parsed.scheme_str(), Some("https"));
            prop_assert_eq!(parsed.host().and_then(Family::of_main), redirect.family());
            prop_assert!(matches!(parsed.port_u16(), None | Some(443)));
            prop_assert_eq!(parsed.path_and_query().unwrap().as_str(), redirect.target(""));
            prop_assert!(Hosts::Real.rewrite(redirect.family().unwrap().main, &redirect.target("fun=new")).is_ok());
        }
        let _ = Redirect::check(&tail, &Hosts::Real);
        let _ = Hosts::mapped(&uri);
        let _ = Hosts::mapped(&tail);
    }
}

use proptest::prelude::*;

use super::{
    super::{Uin, jslogin, login, synccheck, webwxnewloginpage, webwxpushloginurl},
    has_a_definite_end, refuses_what_is_no_reply,
};
use crate::{
    ret::Ret,
    secret::Secret,
    wire::malformed::{Defect, Malformed},
};

#[test]
fn jslogin_replies() {
    let reply =
        jslogin::parse(br#"window.QRLogin.code = 200; window.QRLogin.uuid = "QbX_mple-Q==";"#);
    let reply = reply.unwrap();
    assert_eq!(
        (reply.code, reply.uuid.as_deref()),
        (200, Some("QbX_mple-Q=="))
    );
    // A refusal.
    let refusal =
        jslogin::parse(b"window.QRLogin.code = 400; window.QRLogin.error = \"\";\n").unwrap();
    assert_eq!((refusal.code, refusal.uuid), (400, None));
    // What would go into a URL and onto a screen must look like a uuid.
    for uuid in ["", "a b", "\u{1b}[31m", "a/../b?c", "安", &"a".repeat(65)] {
        let body = format!("window.QRLogin.code=200;window.QRLogin.uuid='{uuid}';");
        assert_eq!(
            jslogin::parse(body.as_bytes()),
            Err(Malformed::missing("QRLogin.uuid")),
            "{uuid}"
        );
    }
    refuses_what_is_no_reply(jslogin::parse);
}

#[test]
fn login_replies() {
    let parse = |body: &str| login::parse(body.as_bytes()).unwrap();
    assert_eq!(parse("window.code=408;").code, 408);
    assert_eq!(parse("window.code=201;").user_avatar, None);
    let scanned = parse("window.code=201;window.userAvatar = 'data:img/jpg;base64,/9j/4AAQ+A==';");
    assert_eq!(
        (scanned.code, scanned.user_avatar.as_deref()),
        (201, Some("data:img/jpg;base64,/9j/4AAQ+A=="))
    );
    assert_eq!(
        parse("window.code=201;window.userAvatar = 'data:img/jpg;base64,';")
            .user_avatar
            .unwrap()
            .len(),
        20
    );
    let uri = "https://web.wechat.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A_b-c_@qrticket_0&uuid=Qb==&lang=en_US&scan=1672531150";
    for between in [";\n", ";", ";\r\n", " ;\n\t"] {
        let confirmed = parse(&format!(
            "window.code=200{between}window.redirect_uri=\"{uri}\";"
        ));
        assert_eq!(confirmed.code, 200);
        assert_eq!(confirmed.redirect_uri.unwrap().expose(), uri);
    }
    // The code decides, not the URL.
    assert_eq!(
        parse(&format!("window.code=201;window.redirect_uri=\"{uri}\";")).code,
        201
    );
    assert_eq!(
        login::parse(b"window.code=200;"),
        Err(Malformed::missing("redirect_uri"))
    );
    assert_eq!(
        login::parse(b"window.redirect_uri=\"https://wx.qq.com\";"),
        Err(Malformed::missing("code"))
    );
    let debug = format!(
        "{:?}",
        parse(&format!("window.code=200;window.redirect_uri=\"{uri}\";"))
    );
    assert!(!debug.contains("ticket"), "{debug}");
    // A cut reply never gives another address.
    let whole = format!("window.code=200;\nwindow.redirect_uri=\"{uri}\"");
    for end in 0..whole.len() {
        if let Ok(reply) = login::parse(&whole.as_bytes()[..end]) {
            assert_eq!(reply.redirect_uri, None, "cut at {end}");
        }
    }
    refuses_what_is_no_reply(login::parse);
}

#[test]
fn pushlogin_replies() {
    let body = br#"{"ret":"0","msg":"all ok","uuid":"A_1_ExPush0=="}"#;
    let reply = webwxpushloginurl::parse(body).unwrap();
    assert_eq!(
        (reply.ret, reply.msg.as_str(), reply.uuid.as_deref()),
        (Ret::OK, "all ok", Some("A_1_ExPush0=="))
    );
    assert_eq!(
        webwxpushloginurl::parse(br#"{"ret":0,"uuid":"A=="}"#)
            .unwrap()
            .ret,
        Ret::OK
    );
    assert_eq!(
        webwxpushloginurl::parse(br#"{"ret":"1","msg":""}"#)
            .unwrap()
            .ret,
        Ret(1)
    );
    assert_eq!(
        webwxpushloginurl::parse(br#"{"ret":"0","uuid":""}"#),
        Err(Malformed::missing("uuid"))
    );
    has_a_definite_end(body, webwxpushloginurl::parse);
    refuses_what_is_no_reply(webwxpushloginurl::parse);
}

const GRANTED: &str = "<error><ret>0</ret><message>OK</message><skey>@crypt_5a3c10f2_0d9e</skey><wxsid>Zx3K/T8b+nE1Yv0r</wxsid><wxuin>4100045678</wxuin><pass_ticket>Qx7%2Bm2Lk%3D</pass_ticket><isgrayscale>1</isgrayscale></error>";

fn page(body: &str) -> webwxnewloginpage::Reply {
    webwxnewloginpage::parse(body.as_bytes()).unwrap()
}

#[test]
fn newloginpage_grants_credentials() {
    let granted = page(GRANTED);
    assert_eq!((granted.ret, granted.message.as_str()), (Ret::OK, "OK"));
    assert_eq!(granted.skey, Some(Secret::new("@crypt_5a3c10f2_0d9e")));
    assert_eq!(granted.wxsid, Some(Secret::new("Zx3K/T8b+nE1Yv0r")));
    assert_eq!(granted.wxuin, Some(Uin::new(4_100_045_678)));
    assert_eq!(granted.pass_ticket, Some(Secret::new("Qx7%2Bm2Lk%3D")));
    assert_eq!(
        (granted.isgrayscale, granted.redirect_url.is_none()),
        (Some(1), true)
    );
    let debug = format!("{granted:?}");
    for secret in ["crypt", "Zx3K", "4100", "Qx7"] {
        assert!(!debug.contains(secret), "{debug}");
    }
    // Indented, behind blanks, in CDATA, with an XML declaration, comments and unknown elements.
    let indented = GRANTED.replace("><", ">\n  <");
    let wrapped = GRANTED
        .replace("<skey>", "<skey><![CDATA[")
        .replace("</skey>", "]]></skey>");
    for same in [
        format!(" \n\t{indented}\n"),
        wrapped,
        format!("<?xml version=\"1.0\"?><!-- x -->{GRANTED}<!-- y -->"),
        GRANTED.replace("<ret>", "<new a='<'><ret>7</ret></new><empty/><ret>"),
        GRANTED.replace("</error>", "<skey>other</skey></error>"),
        GRANTED.replace("<ret>0</ret>", ""),
    ] {
        assert_eq!(page(&same), granted, "{same}");
    }
    has_a_definite_end_as_xml();
    refuses_what_is_no_reply(webwxnewloginpage::parse);
}

fn has_a_definite_end_as_xml() {
    for end in 0..GRANTED.len() {
        assert!(
            webwxnewloginpage::parse(&GRANTED.as_bytes()[..end]).is_err(),
            "cut at {end}"
        );
    }
    assert_eq!(
        webwxnewloginpage::parse(&GRANTED.as_bytes()[.."<error><ret>0</ret>".len()])
            .unwrap_err()
            .defect,
        Defect::Truncated
    );
}

#[test]
fn newloginpage_refuses_with_words() {
    let refused = page(
        "<error><ret>1203</ret><message>当前登录环境异常。 See http://a.example/?b=1&c=2  now &amp; then &#20320;&lt;&bad;</message></error>",
    );
    assert_eq!(refused.ret, Ret::LOGIN_REFUSED);
    assert_eq!(
        refused.message,
        "当前登录环境异常。 See http://a.example/?b=1&c=2  now & then 你<&bad;"
    );
    assert_eq!(
        (
            refused.skey,
            refused.wxsid,
            refused.wxuin,
            refused.pass_ticket
        ),
        (None, None, None, None)
    );
    // It may want a browser; nothing is followed.
    let page_first = page(
        "<error><ret>1</ret><message/><redirecturl>https://wx.qq.com/x?a=1&amp;b=2</redirecturl></error>",
    );
    assert_eq!(
        page_first.redirect_url.unwrap().expose(),
        "https://wx.qq.com/x?a=1&b=2"
    );
    // Without `ret`, only credentials that are all there count as success.
    let missing = Err(Malformed::missing("ret"));
    let parse = |body: &str| webwxnewloginpage::parse(body.as_bytes());
    assert_eq!(
        parse("<error><skey>a</skey><wxsid>b</wxsid></error>"),
        missing
    );
    assert_eq!(
        parse("<error><skey>a</skey><wxsid>b</wxsid><wxuin>0</wxuin></error>"),
        missing
    );
    assert_eq!(parse("<error></error>"), missing);
    assert_eq!(parse("<error><ret>x</ret></error>"), missing);
    // Ret 0 without credentials is handed on: the cookies may know them.
    assert_eq!(page("<error><ret>0</ret></error>").skey, None);
    // No document type is read, and no entity expanded.
    let lol = "<!DOCTYPE error [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><error><ret>1</ret><message>&b;&b;</message></error>";
    assert_eq!(page(lol).message, "&b;&b;");
}

#[test]
fn newloginpage_survives_hostile_xml() {
    for body in [
        "<error>".repeat(9_000),
        format!("<error>{}", "<a>".repeat(20_000)),
        format!("<error><ret>0</ret>{}</error>", "<a>1</a>".repeat(8_000)),
        format!("<error {}><ret>0</ret></error>", "a='1' ".repeat(10_000)),
        "</error>".repeat(8_000),
        "<error><ret>0</ret></error><error>".to_owned(),
    ] {
        let _ = webwxnewloginpage::parse(body.as_bytes());
    }
}

#[test]
fn synccheck_replies() {
    let parse = |body: &str| synccheck::parse(body.as_bytes());
    let check = |retcode: i32, selector: &str| {
        let body = format!("window.synccheck={{retcode:\"{retcode}\",selector:\"{selector}\"}}");
        let reply = parse(&body).unwrap();
        assert_eq!(
            (reply.retcode, reply.selector.as_str()),
            (Ret(retcode), selector)
        );
        reply
    };
    assert!(!check(0, "0").has_news());
    // Two of these are in no description; each means that there is something.
    for selector in ["1", "2", "3", "4", "5", "6", "7", "42", "x"] {
        assert!(check(0, selector).has_news());
    }
    for retcode in [1100, 1101, 1102] {
        let reply = check(retcode, "0");
        assert!(reply.retcode.is_logged_out() && !reply.has_news());
    }
    assert!(!check(1101, "2").has_news());
    assert_eq!(
        parse("window.synccheck={selector:2,retcode:0};")
            .unwrap()
            .selector,
        "2"
    );
    assert_eq!(
        parse("window.synccheck={retcode:\"1101\"}")
            .unwrap()
            .retcode,
        Ret(1101)
    );
    for body in [
        "window.synccheck={retcode:\"0\"}",
        "window.synccheck={selector:\"2\"}",
        "window.synccheck={retcode:\"\",selector:\"0\"}",
        "window.synccheck={retcode:\"9999999999\",selector:\"0\"}",
        "window.synccheck=\"0\"",
        "window.code=200;",
    ] {
        assert!(parse(body).is_err(), "{body}");
    }
    let whole = b"window.synccheck={retcode:\"0\",selector:\"2\"}";
    for end in 0..whole.len() {
        assert!(synccheck::parse(&whole[..end]).is_err(), "cut at {end}");
    }
    refuses_what_is_no_reply(synccheck::parse);
}

proptest! {
    #[test]
    fn no_body_makes_them_panic(body in any::<Vec<u8>>(), inner in any::<String>(), xml in "[<>/a-e!\\[\\]CDAT&;#x0-9 =\"'?-]{0,60}") {
        let bodies = [
            body,
            format!("<error>{inner}</error>").into_bytes(),
            format!("<error><ret>{xml}</ret></error>").into_bytes(),
            format!("<error>{xml}").into_bytes(),
            format!("window.synccheck={{{inner}}}").into_bytes(),
            format!("window.code={inner}").into_bytes(),
            format!("{{\"ret\":{inner}}}").into_bytes(),
        ];
        for body in &bodies {
            let _ = (jslogin::parse(body), login::parse(body), synccheck::parse(body));
            let _ = (webwxpushloginurl::parse(body), webwxnewloginpage::parse(body));
        }
    }
}

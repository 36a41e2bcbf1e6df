//! Which page a client pretends to be, and on which hosts: the full page, the desktop client, the
//! page for the file helper alone.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use bytes::Bytes;
use common::{
    bench::{Bench, ME},
    *,
};
use http::{HeaderName, HeaderValue};
use wx_proto::{
    Browser, Config, EndCause, Family, Phase, ProtocolErrorKind, RedirectRefusal, Ret, SendText,
};
use wx_sim::{
    server::{Act, Script, Setup},
    world::{Sent, World},
};

const HELPERS: [&Family; 3] = [
    Family::FILE_HELPER,
    Family::SZ_FILE_HELPER,
    Family::CM_FILE_HELPER,
];

fn with(browser: Browser) -> Config {
    let mut config = config();
    config.browser = browser;
    config
}

fn entering(family: &'static Family) -> Config {
    let mut config = config();
    config.entry = family;
    config
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// A login, a day of nothing, a text, a push login after a kick, a logout: all requests of it.
fn life(browser: Browser) -> Vec<(String, String)> {
    let mut world = World::new(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let bot = world.join(with(browser.clone()), [3; 32]);
    assert!(world.to_online(bot));
    world.run_for(HOUR);
    let chat = world.client(bot).chat("filehelper").unwrap();
    world.submit(bot, SendText::new(chat, "hello"));
    world.run_for(5 * SECOND);
    let snapshot = world.client(bot).snapshot().unwrap();
    world.crash(bot);
    world.happen(Act::Kick { code: 1101 }).unwrap();
    let again = world.rejoin(with(browser), [4; 32], snapshot);
    assert!(world.to_online(again));
    world.run_for(60 * SECOND);
    log_out(&mut world, again);
    assert_clean(&world);
    let text = |sent: &Sent| {
        let name = sent.path.rsplit('/').next().unwrap().to_owned();
        (name, String::from_utf8_lossy(&sent.bytes).into_owned())
    };
    [bot, again]
        .iter()
        .flat_map(|bot| world.sent(*bot).iter().map(text))
        .collect()
}

#[test]
fn the_desktop_client_shows_its_headers_where_the_credentials_are_fetched_and_nowhere_else() {
    let mut pages = 0;
    let mut said = Vec::new();
    for (name, head) in life(Browser::desktop()) {
        let (version, extspam) = (header(&head, "client-version"), header(&head, "extspam"));
        let referer = header(&head, "referer").unwrap();
        let line = head.lines().next().unwrap();
        if name == "webwxnewloginpage" {
            pages += 1;
            assert_eq!(version, Some("2.0.0"));
            let extspam = extspam.unwrap();
            assert_eq!(extspam.len(), 880);
            assert!(extspam.starts_with("Go8FCIkFEokF") && extspam.ends_with("IGKAUwAA=="));
            assert_eq!(referer, "https://wx.qq.com/?&lang=zh_CN&target=t");
        } else {
            assert_eq!((version, extspam), (None, None), "{name}");
            assert!(referer.ends_with(".qq.com/"), "{name}: {referer}");
        }
        let mode = match name.as_str() {
            "jslogin" => line.contains("webwxnewloginpage%3Fmod%3Ddesktop&"),
            _ => line.contains("&mod=desktop"),
        };
        if mode {
            said.push(name);
        }
    }
    assert_eq!(pages, 2);
    assert_eq!(
        said,
        [
            "jslogin",
            "webwxnewloginpage",
            "webwxpushloginurl",
            "webwxnewloginpage"
        ]
    );
}

#[test]
fn the_plain_page_shows_none_of_them() {
    for (name, head) in life(Browser::web()) {
        assert!(!head.contains("desktop"), "{name}");
        for header_name in ["client-version", "extspam"] {
            assert_eq!(header(&head, header_name), None, "{name}");
        }
    }
    assert_eq!(Browser::default(), Browser::web());
}

#[test]
fn what_a_client_says_it_is_can_be_changed_piece_by_piece() {
    let mut browser = Browser::desktop();
    browser.user_agent = HeaderValue::from_static("Example/1.0");
    browser.lang = "en_US".into();
    let version = HeaderName::from_static("client-version");
    browser.login_headers.retain(|(name, _)| *name != version);
    let newer = HeaderValue::from_static("3.1.4");
    browser.login_headers.push((version, newer));
    let own = (
        HeaderName::from_static("x-own"),
        HeaderValue::from_static("1"),
    );
    browser.login_headers.push(own);
    // Cookies are not for a setting to replace.
    let cookie = HeaderValue::from_static("forged=1");
    browser.login_headers.push((http::header::COOKIE, cookie));
    let mut bench = Bench::new(with(browser));
    let line = bench.request("jslogin").http.uri().to_string();
    assert!(line.contains("lang=en_US"), "{line}");
    bench.confirm("wx2.qq.com");
    for (name, value) in [
        ("user-agent", "Example/1.0"),
        ("client-version", "3.1.4"),
        ("x-own", "1"),
    ] {
        assert_eq!(bench.header("webwxnewloginpage", name), Some(value));
    }
    bench.let_in("wx2.qq.com", "qq.com");
    assert_eq!(bench.header("webwxinit", "x-own"), None);
    let cookies = bench.header("webwxinit", "cookie").unwrap();
    assert!(cookies.contains("wxsid=") && !cookies.contains("forged"));
}

#[test]
fn an_address_that_says_desktop_already_is_not_told_twice() {
    let mut bench = Bench::new(with(Browser::desktop()));
    bench.say(
        "jslogin",
        "window.QRLogin.code = 200; window.QRLogin.uuid = \"QbXample7Q==\";",
    );
    let target = "/cgi-bin/mmwebwx-bin/webwxnewloginpage?mod=desktop&ticket=A@qrticket_0&uuid=Qb==";
    bench.say(
        "login",
        format!("window.code=200;\nwindow.redirect_uri=\"https://wx2.qq.com{target}\";"),
    );
    let uri = bench.request("webwxnewloginpage").http.uri().to_string();
    assert_eq!(
        uri,
        format!("https://wx2.qq.com{target}&fun=new&version=v2")
    );
    // As it came, if that was answered with a page for people; the headers stay.
    bench.say("webwxnewloginpage", "<html></html>");
    bench.run_for(SECOND);
    let uri = bench.request("webwxnewloginpage").http.uri().to_string();
    assert_eq!(uri, format!("https://wx2.qq.com{target}"));
    assert_eq!(
        bench.header("webwxnewloginpage", "client-version"),
        Some("2.0.0")
    );
}

#[test]
fn a_login_stays_on_the_kind_of_page_it_was_begun_on() {
    for entry in Family::ALL {
        for target in Family::ALL {
            let mut bench = Bench::new(entering(entry));
            assert_eq!(bench.hosts("jslogin"), [entry.login]);
            bench.confirm(target.main);
            let same_kind = HELPERS.contains(entry) == HELPERS.contains(target);
            if same_kind {
                assert_eq!(bench.hosts("webwxnewloginpage"), [target.main]);
                assert_eq!(bench.client.phase(), Phase::Confirmed);
                continue;
            }
            let EndCause::Protocol(error) = end_of(&bench.events()) else {
                panic!("{} to {}", entry.main, target.main)
            };
            assert_eq!(
                error.kind,
                ProtocolErrorKind::Untrusted(RedirectRefusal::OtherPage)
            );
            assert_eq!(bench.asked().len(), 2, "nobody is asked there");
        }
    }
}

#[test]
fn the_page_for_the_file_helper_goes_online_and_sends_a_text_to_it() {
    for family in HELPERS {
        let mut bench = Bench::new(entering(family));
        let uri = bench.request("jslogin").http.uri().to_string();
        assert!(uri.contains("?appid=wx_webfilehelper&"), "{uri}");
        let back = format!("redirect_uri=https%3A%2F%2F{}%2Fcgi-bin", family.main);
        assert!(uri.contains(&back), "{uri}");
        bench.say(
            "jslogin",
            "window.QRLogin.code = 200; window.QRLogin.uuid = \"QbXample7Q==\";",
        );
        let uri = bench.request("login").http.uri().to_string();
        assert!(uri.ends_with("&appid=wx_webfilehelper"), "{uri}");
        assert_eq!(bench.hosts("login"), [family.login]);
        bench.say(
            "login",
            format!(
                "window.code=200;\nwindow.redirect_uri=\"https://{}/cgi-bin/mmwebwx-bin/\
                 webwxnewloginpage?ticket=A@qrticket_0&uuid=Qb==\";",
                family.main
            ),
        );
        let early = bench.header("webwxnewloginpage", "mmweb_appid");
        assert_eq!(early, None, "not before it is in");
        bench.let_in(family.main, "qq.com");
        let said = |bench: &Bench, endpoint: &str| {
            let is_helper = bench.header(endpoint, "mmweb_appid") == Some("wx_webfilehelper");
            assert!(is_helper, "{endpoint}");
            let page = format!("https://{}/", family.main);
            assert_eq!(bench.header(endpoint, "referer"), Some(page.as_str()));
        };
        said(&bench, "webwxinit");
        bench.open();
        // There is no address book to wait for.
        assert_eq!(bench.client.phase(), Phase::Online);
        assert!(bench.client.roster().is_complete());
        let events = bench.events();
        assert_eq!(names(&events), ["qr", "confirmed", "online", "roster"]);

        let poll = bench.request("synccheck").http.uri().clone();
        assert_eq!(poll.host(), Some(family.main));
        let query = poll.query().unwrap();
        assert!(query.ends_with("&mmweb_appid=wx_webfilehelper"), "{query}");
        said(&bench, "synccheck");

        assert!(bench.client.chat(ME).is_none());
        let chat = bench.client.chat("filehelper").unwrap();
        bench.submit(SendText::new(chat, "note to self"));
        said(&bench, "webwxsendmsg");
        let body = bench.request("webwxsendmsg").http.body();
        let body: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(body["Msg"]["ToUserName"], "filehelper");
        let device = body["BaseRequest"]["DeviceID"].as_str().unwrap();
        assert_eq!((device.len(), &device[..1]), (16, "e"));

        // What comes is from it or to it; nobody is looked up.
        bench.run_for(25 * SECOND);
        bench.say(
            "synccheck",
            "window.synccheck={retcode:\"0\",selector:\"2\"}",
        );
        said(&bench, "webwxsync");
        bench.say("webwxsync", incoming());
        assert_eq!(texts(&bench.events()), ["from the phone"]);
        for (host, path) in bench.asked() {
            assert!(family.contains(host), "{host}{path}");
        }
        for unknown in [
            "webwxgetcontact",
            "webwxbatchgetcontact",
            "webwxstatusnotify",
        ] {
            assert!(bench.hosts(unknown).is_empty(), "{unknown}");
        }
    }
}

fn incoming() -> String {
    format!(
        r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":""}},"AddMsgCount":1,"AddMsgList":[{{
        "MsgId":"2271000000000000001","FromUserName":"{ME}","ToUserName":"filehelper","MsgType":1,
        "Content":"from the phone","CreateTime":1700003600}}],"ContinueFlag":0,"SyncKey":{{
        "Count":1,"List":[{{"Key":1,"Val":704153082}}]}},"SKey":""}}"#
    )
}

#[test]
fn no_other_page_says_that_it_is_the_one_for_the_file_helper() {
    let mut bench = Bench::to_online(config(), "wx2.qq.com", "qq.com");
    let chat = bench.client.chat("filehelper").unwrap();
    bench.submit(SendText::new(chat, "hello"));
    for endpoint in ["synccheck", "webwxsendmsg", "webwxgetcontact"] {
        assert_eq!(bench.header(endpoint, "mmweb_appid"), None, "{endpoint}");
        let uri = bench.request(endpoint).http.uri().to_string();
        assert!(!uri.contains("appid"), "{uri}");
    }
    assert_eq!(bench.hosts("synccheck"), ["webpush.wx2.qq.com"]);
}

#[test]
fn a_snapshot_of_the_one_page_does_not_open_the_other() {
    let helper = Bench::to_online(entering(HELPERS[1]), HELPERS[1].main, "qq.com");
    let full = Bench::to_online(config(), "wx2.qq.com", "qq.com");
    let helper = helper.client.snapshot().unwrap();
    let full = full.client.snapshot().unwrap();

    for (entry, from) in [(Family::WX, &helper), (HELPERS[1], &full)] {
        let bench = Bench::resume(entering(entry), from.clone());
        assert_eq!(bench.hosts("jslogin"), [entry.login]);
        assert_eq!(bench.request("jslogin").http.headers().get("cookie"), None);
    }
    // The host of the snapshot, whichever of its kind is asked for.
    for (entry, from, main) in [
        (HELPERS[0], &helper, HELPERS[1].main),
        (Family::WEB, &full, "wx2.qq.com"),
    ] {
        let bench = Bench::resume(entering(entry), from.clone());
        assert_eq!(bench.hosts("webwxinit"), [main]);
    }
}

#[test]
fn an_address_in_a_refusal_is_not_gone_to() {
    let mut bench = Bench::new(config());
    bench.confirm("wx2.qq.com");
    let xml = "<error><ret>1203</ret><message>no</message>\
        <redirecturl>https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckurl?a=1</redirecturl></error>";
    let mut reply = page(301, Bytes::from(xml));
    let place = HeaderValue::from_static("https://evil.example/");
    reply.headers_mut().insert("location", place);
    bench.answer("webwxnewloginpage", reply);
    bench.run_for(60 * SECOND);
    let EndCause::Refused(error) = end_of(&bench.events()) else {
        panic!()
    };
    assert_eq!((error.ret, error.text.as_str()), (Ret::LOGIN_REFUSED, "no"));
    assert_eq!(bench.asked().len(), 3);
}

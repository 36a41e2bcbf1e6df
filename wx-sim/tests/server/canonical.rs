//! Requests as text: what is shown, what is masked, what is left out.

use std::time::Duration;

use http::Response;
use wx_sim::server::{Endpoint, Setup};

use crate::client::Client;
use crate::requests::Raw;
use crate::walk::{setup, walk_on, whole_walk};

/// The canonical text of one request, whatever becomes of it.
pub(crate) fn text_of(client: &mut Client, raw: Raw) -> String {
    client.ask(raw);
    client.last().canonical.clone()
}

pub(crate) fn line(text: &str, start: &str) -> String {
    let found = text
        .lines()
        .find(|line| line.trim_start().starts_with(start));
    found
        .unwrap_or_else(|| panic!("{start} in {text}"))
        .trim_start()
        .to_owned()
}

#[test]
fn a_whole_session() {
    let client = whole_walk(setup());
    let transcript = client.server.transcript();
    let cgi = "/cgi-bin/mmwebwx-bin";
    let base = "{\"BaseRequest\":{\"Uin\":<uin-1>,\"Sid\":\"<sid-1>\",\"Skey\":\"<skey-2>\",\
                \"DeviceID\":\"<device>\"}";
    let expected = [
        (
            "jslogin",
            "GET login /jslogin appid=wx782c26e4c19acffb redirect_uri=https://wx2.qq.com\
                     /cgi-bin/mmwebwx-bin/webwxnewloginpage fun=new lang=zh_CN _=<time>"
                .to_owned(),
        ),
        (
            "login",
            format!("GET login {cgi}/login loginicon=true uuid=<uuid-1> tip=1 r=<time> _=<time>"),
        ),
        (
            "login",
            format!("GET login {cgi}/login loginicon=true uuid=<uuid-1> tip=0 r=<time> _=<time>"),
        ),
        (
            "webwxnewloginpage",
            format!(
                "GET main {cgi}/webwxnewloginpage ticket=<ticket-1> uuid=<uuid-1> \
                                       lang=zh_CN scan=<time> fun=new version=v2"
            ),
        ),
        (
            "webwxinit",
            format!("POST main {cgi}/webwxinit r=<time> lang=zh_CN pass_ticket=<pass_ticket-1>"),
        ),
        (
            "webwxinit",
            format!("{}}}", base.replace("<skey-2>", "<skey-1>")),
        ),
        (
            "webwxstatusnotify",
            format!(
                "{base},\"Code\":3,\"FromUserName\":\"<user-1>\",\
                                       \"ToUserName\":\"<user-1>\",\"ClientMsgId\":<time>}}"
            ),
        ),
        (
            "webwxgetcontact",
            format!(
                "GET main {cgi}/webwxgetcontact lang=zh_CN \
                                     pass_ticket=<pass_ticket-1> r=<time> seq=0 skey=<skey-2>"
            ),
        ),
        (
            "webwxgetcontact",
            format!(
                "GET main {cgi}/webwxgetcontact lang=zh_CN \
                                     pass_ticket=<pass_ticket-1> r=<time> seq=<cursor-1> skey=<skey-2>"
            ),
        ),
        (
            "webwxbatchgetcontact",
            format!(
                "{base},\"Count\":2,\"List\":[\
                                          {{\"UserName\":\"<user-2>\",\"ChatRoomId\":\"\"}},\
                                          {{\"UserName\":\"<user-3>\",\"EncryChatRoomId\":\"\"}}]}}"
            ),
        ),
        (
            "synccheck",
            format!(
                "GET push {cgi}/synccheck r=<time> skey=<skey-2> sid=<sid-1> \
                               uin=<uin-1> deviceid=<device> \
                               synckey=1_<key-1>|2_<key-2>|3_<time>|1000_<time> _=<time>"
            ),
        ),
        (
            "webwxsync",
            format!(
                "{base},\"SyncKey\":{{\"Count\":4,\"List\":[\
                               {{\"Key\":1,\"Val\":<key-1>}},{{\"Key\":2,\"Val\":<key-2>}},\
                               {{\"Key\":3,\"Val\":<time>}},{{\"Key\":1000,\"Val\":<time>}}]}},\
                               \"rr\":<time>}}"
            ),
        ),
        (
            "webwxsendmsg",
            format!(
                "{base},\"Msg\":{{\"Type\":1,\"Content\":\"七点\\n集合\",\
                                  \"FromUserName\":\"<user-1>\",\"ToUserName\":\"<user-3>\",\
                                  \"LocalID\":\"<message-1>\",\"ClientMsgId\":\"<message-1>\"}},\
                                  \"Scene\":0}}"
            ),
        ),
        (
            "webwxlogout",
            format!("POST main {cgi}/webwxlogout redirect=1 type=0 skey=<skey-2>"),
        ),
        ("webwxlogout", "sid=<sid-1> uin=<uin-1>".to_owned()),
    ];
    for (endpoint, line) in expected {
        let (_, chapter) = transcript.split_once(&format!("# {endpoint}\n")).unwrap();
        let chapter = chapter.split("\n# ").next().unwrap();
        assert!(
            chapter.lines().any(|have| have.trim_start() == line),
            "{line}\nis not in\n{chapter}"
        );
    }
    let init = client
        .server
        .records()
        .iter()
        .find(|it| it.endpoint == Endpoint::Init)
        .unwrap();
    let headers: Vec<&str> = init.canonical.lines().skip(1).take(5).collect();
    assert_eq!(
        headers,
        [
            "  accept-language: zh-CN,zh;q=0.9,en;q=0.8",
            "  content-type: application/json;charset=UTF-8",
            "  cookie: mm_lang webwx_auth_ticket webwx_data_ticket webwxuvid wxloadtime wxsid wxuin",
            "  referer: https://wx2.qq.com/",
            "  user-agent: Mozilla/5.0 (X11; Linux x86_64)",
        ]
    );
    // Whoever adds a call to the page adds its members to what is shown.
    assert!(!transcript.contains('…'));
    for secret in [
        &client.uin,
        &client.sid,
        &client.skey,
        &client.pass_ticket,
        &client.uuid,
    ] {
        assert!(!transcript.contains(secret.as_str()));
    }
    let cookies = client.cookies.values().filter(|value| value.len() > 7);
    assert!(cookies.clone().count() > 1);
    for value in cookies {
        assert!(!transcript.contains(value.as_str()));
    }
}

#[test]
fn the_same_for_every_seed_moment_and_port() {
    let first = whole_walk(setup()).server.transcript();
    for seed in 8..28 {
        let mut client = Client::new(Setup { seed, ..setup() });
        client.now += Duration::from_secs(seed * 12_345_678);
        assert_eq!(walk_on(client).server.transcript(), first);
    }
    let mapped = |base: &str| {
        let mut client = Client::new(Setup {
            base: Some(base.to_owned()),
            ..setup()
        });
        let raw = client.jslogin_request();
        let host = base.replace(':', "%3A").replace('/', "%2F");
        let raw = raw
            .with("https%3A%2F%2Fwx2.qq.com", &host)
            .header("Referer", Some(&format!("{base}/")));
        text_of(&mut client, raw)
    };
    let text = mapped("http://127.0.0.1:8088");
    assert_eq!(text, mapped("http://127.0.0.1:40961"));
    assert!(text.contains(" redirect_uri=<base>/cgi-bin/"), "{text}");
    assert_eq!(line(&text, "referer"), "referer: <base>/");
}

#[test]
fn differences_stay() {
    let mut client = Client::online(setup());
    let raw = client.send_request("filehelper", "你好");
    let sent = text_of(&mut client, raw.clone());
    let body = line(&sent, "{");
    assert!(body.contains("\"Content\":\"你好\""), "{body}");
    assert!(
        body.contains("\"ToUserName\":\"filehelper\",\"LocalID\":\"<message-1>\""),
        "{body}"
    );
    // The same once more, and as another message.
    assert_eq!(text_of(&mut client, raw.clone()), sent);
    let again = client.send_request("filehelper", "你好");
    let again = text_of(&mut client, again);
    assert_eq!(again, sent.replace("<message-1>", "<message-2>"));

    for other in [
        raw.clone().with("你", "\\u4f60"),
        raw.clone().with("\"Type\":1", "\"Type\":\"1\""),
        raw.clone()
            .with(",\"Scene\":0}", "}")
            .with("{\"BaseRequest\"", "{\"Scene\":0,\"BaseRequest\""),
        raw.clone().param("lang", "zh_CN"),
        raw.clone().with("filehelper", "weixin"),
        raw.clone().header("Accept-Language", None),
        raw.clone()
            .header("X-Requested-With", Some("XMLHttpRequest")),
        raw.clone().method("PUT"),
    ] {
        let what = format!("{other:?}");
        assert_ne!(text_of(&mut client, other), sent, "{what}");
    }
}

#[test]
fn what_the_page_does_not_send_is_named_and_not_shown() {
    let mut client = Client::online(setup());
    let key = client.skey.clone();
    let raw = client
        .sync_request()
        .with("lang=zh_CN", "lang=zh_CN&hint=private%20words&lang=en%20US")
        .with("\"rr\":", "\"Extra\":{\"a\":[\"private words\",1]},\"Hint\":\"private words\",\"Key\":[7],\"rr\":")
        .header("Authorization", Some("private words"));
    let text = text_of(&mut client, raw);
    assert!(
        text.contains(" lang=zh_CN hint=… lang=en\\u{20}US "),
        "{text}"
    );
    assert!(
        text.contains(",\"Extra\":…,\"Hint\":\"…\",\"Key\":[7],\"rr\":<time>}"),
        "{text}"
    );
    assert_eq!(line(&text, "authorization"), "authorization: …");
    assert!(!text.contains("private"));

    // Keys in places where nobody looks for them.
    let query = key.replace('@', "%40");
    let raw = client
        .sync_request()
        .with("lang=zh_CN", &format!("lang={query}"));
    let raw = raw.header("User-Agent", Some(&format!("bot {key} {}", client.sid)));
    let text = text_of(&mut client, raw);
    assert!(text.contains(" lang=<secret> "), "{text}");
    assert_eq!(
        line(&text, "user-agent"),
        "user-agent: bot <secret> <secret>"
    );
    let said = format!("{} {key}", client.pass_ticket);
    let raw = client.send_request("filehelper", &said);
    let text = text_of(&mut client, raw);
    assert!(text.contains("\"Content\":\"<secret> <secret>\""), "{text}");

    let raw = client.get("wx2.qq.com", &format!("/secret/{key}?skey={query}"));
    let text = text_of(&mut client, raw);
    assert!(text.starts_with("GET nowhere /…/ skey=…\n"), "{text}");
    let raw = client.get("wx2.qq.com", "/cgi-bin/mmwebwx-bin/webwxcheckurl?seq=1");
    assert!(
        text_of(&mut client, raw)
            .starts_with("GET main /cgi-bin/mmwebwx-bin/webwxcheckurl seq=…\n")
    );
}

#[test]
fn hostile_requests_stay_short_and_on_their_lines() {
    let mut client = Client::online(setup());
    let long = "长".repeat(5000);
    let raw = client.send_request("filehelper", &long);
    let text = text_of(&mut client, raw);
    let shown = format!("\"Content\":\"{}… (15000 bytes)\",", "长".repeat(256));
    assert!(text.contains(&shown), "{text}");

    let names: Vec<String> = (0..2000).map(|at| format!("@{at:032x}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let raw = client.batch_request(&names);
    let text = text_of(&mut client, raw);
    assert!(text.len() < 9000, "{}", text.len());
    let (_, length) = text.rsplit_once("… (").unwrap();
    let length: usize = length.strip_suffix(" bytes)").unwrap().parse().unwrap();
    assert!(length > 80_000, "{length}");
    let raw = client
        .sync_request()
        .body(&format!("[\"{}\"]", "a".repeat(1_000_000)));
    assert!(text_of(&mut client, raw).ends_with("\n  1000004 bytes"));

    let raw = client.send_request("filehelper", "a\\nb\\u0007c\\\\d\\\"e");
    let text = text_of(&mut client, raw);
    assert!(text.contains(r#""Content":"a\nb\u{7}c\\d\"e""#), "{text}");
    let raw = client
        .jslogin_request()
        .param("appid", "a%0AGET%20login%20b");
    let text = text_of(&mut client, raw);
    assert!(text.contains(r" appid=a\nGET\u{20}login\u{20}b"), "{text}");

    for body in [
        "[".repeat(100_000),
        "{\"a\":".repeat(1000),
        "{} {}".to_owned(),
        "text".to_owned(),
    ] {
        let raw = client.sync_request().body(&body);
        let text = text_of(&mut client, raw);
        assert_eq!(
            line(&text, "not JSON"),
            format!("not JSON: {} bytes", body.len())
        );
    }
    let raw = client.jslogin_request().method("POST").body("a=b");
    assert!(text_of(&mut client, raw).ends_with("\n  3 bytes"));
    let raw = client.get("login.weixin.qq.com", "/qrcode/%0A");
    assert!(text_of(&mut client, raw).starts_with("GET login /qrcode/<uuid-"));
}

#[test]
fn polls_are_told_once_and_sends_each_time() {
    let mut client = Client::online(setup());
    for _ in 0..5 {
        client.check();
    }
    let raw = client.send_request("filehelper", "twice");
    client.server.plant(
        "webwxsendmsg",
        1,
        Response::builder()
            .status(503)
            .body(Default::default())
            .unwrap(),
    );
    client.ask(raw.clone());
    client.ask(raw);
    let transcript = client.server.transcript();
    let count = |name: &str| {
        let call = format!("/cgi-bin/mmwebwx-bin/{name} ");
        transcript
            .lines()
            .filter(|line| line.contains(&call))
            .count()
    };
    assert_eq!(count("synccheck"), 1);
    assert_eq!(count("webwxsendmsg"), 2);

    // A poll that differs in anything else is another one.
    let usual = client.check_request();
    let usual = text_of(&mut client, usual);
    let mut others = Vec::new();
    let changes: [fn(Raw) -> Raw; 5] = [
        |raw| raw.header("User-Agent", Some("other")),
        |raw| raw.header("Accept", Some("*/*")),
        |raw| raw.param("skey", "other"),
        |raw| raw.without("r"),
        |raw| raw.body("other"),
    ];
    for change in changes {
        let raw = change(client.check_request());
        others.push(text_of(&mut client, raw));
        assert_ne!(others.last(), Some(&usual));
        let raw = client.check_request();
        assert_eq!(text_of(&mut client, raw), usual);
    }
    others.dedup();
    assert_eq!(others.len(), changes.len());
}

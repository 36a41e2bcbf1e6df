mod downloads;
mod people;
mod raw;
mod rows;
mod secrets;
mod sends;
mod uploads;

use http::Method;

use super::super::{
    Context, Credentials, Draft, Endpoint, SyncKey, Uin, jslogin, login, synccheck,
    webwxbatchgetcontact::{self, Entry},
    webwxgetcontact, webwxinit, webwxlogout, webwxnewloginpage, webwxpushloginurl,
    webwxstatusnotify::{self, Notice},
    webwxsync,
};
use crate::{
    hosts::{Family, Hosts, Redirect},
    secret::Secret,
};

const BASE: &str = r#""BaseRequest":{"Uin":2100045678,"Sid":"Zx3KqT8bWnE1Yv0r","Skey":"@crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b","DeviceID":"e318540297714663"}"#;
const ME: &str = "@5e1f0c9a7b3d48e6a2c4f8d1b7e90365";
const ANNA: &str = "@b07d61c2f9a84e35907c1d2e3f4a5b6c";
const ROOM: &str = "@@c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8";

/// The same, as they stand in a query.
const TICKET: &str = "pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D";
const SKEY: &str = "skey=%40crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b";

fn cx(unix_ms: u64, nonce: u64) -> Context<'static> {
    Context {
        family: Family::of_main("wx2.qq.com").unwrap(),
        lang: "zh_CN",
        desktop: false,
        unix_ms,
        nonce,
        device_id: "e318540297714663",
    }
}

fn credentials() -> Credentials {
    Credentials {
        uin: Uin::new(2_100_045_678),
        sid: Secret::new("Zx3KqT8bWnE1Yv0r"),
        skey: Secret::new("@crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b"),
        pass_ticket: Secret::new("Qx7%2Bm2Lk0nVZ3s9Wd4Tg%3D"),
    }
}

/// Below the folder of nearly all calls.
fn bin(call: &str) -> String {
    format!("/cgi-bin/mmwebwx-bin/{call}")
}

/// After a resume by cookies: no key, no ticket.
fn resumed() -> Credentials {
    Credentials {
        skey: Secret::default(),
        pass_ticket: Secret::default(),
        ..credentials()
    }
}

fn on(main: &str) -> Context<'static> {
    Context {
        family: Family::of_main(main).unwrap(),
        ..cx(0, 0)
    }
}

fn header<'a>(draft: &'a Draft, name: &str) -> Option<&'a str> {
    let mut found = draft.headers.iter().filter(|(known, _)| known == name);
    found.next().map(|(_, value)| value.to_str().unwrap())
}

fn key() -> SyncKey {
    SyncKey::parse("1_704153081|2_704153167|3_704153152|1000_1672518042").unwrap()
}

#[track_caller]
fn is_get(draft: &Draft, endpoint: Endpoint, target: &str) {
    assert_eq!((draft.endpoint, &draft.method), (endpoint, &Method::GET));
    assert_eq!(draft.target, target);
    assert!(draft.body.is_empty());
    assert!(draft.headers.iter().all(|(name, _)| name == "accept"));
}

#[track_caller]
fn is_json(draft: &Draft, endpoint: Endpoint, target: &str, body: &str) {
    assert_eq!((draft.endpoint, &draft.method), (endpoint, &Method::POST));
    assert_eq!(draft.target, target);
    assert_eq!(std::str::from_utf8(&draft.body).unwrap(), body);
    let content_type = header(draft, "content-type");
    assert_eq!(content_type, Some("application/json;charset=UTF-8"));
}

#[test]
fn the_login() {
    is_get(
        &jslogin::request(&cx(1_672_531_100_500, 1_672_531_100_123)),
        Endpoint::JsLogin,
        "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx2.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_=1672531100123",
    );
    let poll = cx(1_672_531_101_002, 1_672_531_100_124);
    is_get(
        &login::request(&poll, "QbXample7Q==", true),
        Endpoint::Login,
        "/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=QbXample7Q%3D%3D&tip=1&r=-1788822859&_=1672531100124",
    );
    is_get(
        &login::request(&poll, "QbXample7Q==", false),
        Endpoint::Login,
        "/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid=QbXample7Q%3D%3D&tip=0&r=-1788822859&_=1672531100124",
    );
    is_get(
        &webwxpushloginurl::request(&poll, Uin::new(4_100_045_678)),
        Endpoint::PushLoginUrl,
        "/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin=4100045678",
    );
    let redirect = Redirect::check(
        "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AXexampleTicket01@qrticket_0&uuid=QbXample7Q==&lang=zh_CN&scan=1672531150",
        &Hosts::Real,
    )
    .unwrap();
    is_get(
        &webwxnewloginpage::request(&redirect, webwxnewloginpage::Form::Scripted),
        Endpoint::NewLoginPage,
        "/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AXexampleTicket01@qrticket_0&uuid=QbXample7Q==&lang=zh_CN&scan=1672531150&fun=new&version=v2",
    );
    is_get(
        &webwxnewloginpage::request(&redirect, webwxnewloginpage::Form::Verbatim),
        Endpoint::NewLoginPage,
        "/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AXexampleTicket01@qrticket_0&uuid=QbXample7Q==&lang=zh_CN&scan=1672531150",
    );
    assert_eq!(
        jslogin::qr_content("Qb=="),
        "https://login.weixin.qq.com/l/Qb=="
    );
    assert_eq!(
        jslogin::qr_picture_url(&Hosts::Real, "Qb=="),
        "https://login.weixin.qq.com/qrcode/Qb=="
    );
    // What stands in for the service is who knows the code.
    assert_eq!(
        jslogin::qr_picture_url(&Hosts::mapped("http://127.0.0.1:8088").unwrap(), "Qb=="),
        "http://127.0.0.1:8088/qrcode/Qb=="
    );
}

#[test]
fn the_inverted_clock_is_cut_to_32_bits_first() {
    for (unix_ms, inverted) in [
        (0, -1),
        (1_532_080_318_985, 1_223_005_686),
        (1_672_531_101_002, -1_788_822_859),
        (1_700_000_000_000, 807_049_215),
    ] {
        assert_eq!(cx(unix_ms, 0).inverted_ms(), inverted);
    }
}

#[test]
fn the_start_of_a_session() {
    is_json(
        &webwxinit::request(&cx(1_672_531_205_900, 0), &credentials()),
        Endpoint::Init,
        "/cgi-bin/mmwebwx-bin/webwxinit?r=-1788927757&lang=zh_CN&pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D",
        &format!("{{{BASE}}}"),
    );
    is_json(
        &webwxinit::request(&cx(1_672_531_205_900, 0), &resumed()),
        Endpoint::Init,
        "/cgi-bin/mmwebwx-bin/webwxinit?r=-1788927757&lang=zh_CN",
        r#"{"BaseRequest":{"Uin":2100045678,"Sid":"Zx3KqT8bWnE1Yv0r","Skey":"","DeviceID":"e318540297714663"}}"#,
    );
    let target = "/cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D";
    is_json(
        &webwxstatusnotify::request(
            &cx(0, 0),
            &credentials(),
            ME,
            Notice::Inited,
            1_672_531_207_111,
        ),
        Endpoint::StatusNotify,
        target,
        &format!(
            r#"{{{BASE},"Code":3,"FromUserName":"{ME}","ToUserName":"{ME}","ClientMsgId":1672531207111}}"#
        ),
    );
    is_json(
        &webwxstatusnotify::request(
            &cx(0, 0),
            &credentials(),
            ME,
            Notice::Read(ANNA),
            1_672_531_207_112,
        ),
        Endpoint::StatusNotify,
        target,
        &format!(
            r#"{{{BASE},"Code":1,"FromUserName":"{ME}","ToUserName":"{ANNA}","ClientMsgId":1672531207112}}"#
        ),
    );
}

#[test]
fn contacts() {
    is_get(
        &webwxgetcontact::request(&cx(1_672_531_208_001, 0), &credentials(), 668_103),
        Endpoint::GetContact,
        "/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D&r=1672531208001&seq=668103&skey=%40crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b",
    );
    let entries = [
        Entry::room("@@c3d2"),
        Entry::person(ANNA),
        Entry::member("@d41c", "@5fd8"),
    ];
    is_json(
        &webwxbatchgetcontact::request(&cx(1_672_531_209_777, 0), &credentials(), &entries),
        Endpoint::BatchGetContact,
        "/cgi-bin/mmwebwx-bin/webwxbatchgetcontact?type=ex&r=1672531209777&lang=zh_CN&pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D",
        &format!(
            r#"{{{BASE},"Count":3,"List":[{{"UserName":"@@c3d2","ChatRoomId":""}},{{"UserName":"{ANNA}","EncryChatRoomId":""}},{{"UserName":"@d41c","EncryChatRoomId":"@5fd8"}}]}}"#
        ),
    );
}

#[test]
fn the_sync() {
    is_get(
        &synccheck::request(
            &Context {
                device_id: "e771045532089914",
                ..cx(1_672_531_212_345, 1_672_531_100_131)
            },
            &credentials(),
            &key(),
        ),
        Endpoint::SyncCheck,
        "/cgi-bin/mmwebwx-bin/synccheck?r=1672531212345&skey=%40crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b&sid=Zx3KqT8bWnE1Yv0r&uin=2100045678&deviceid=e771045532089914&synckey=1_704153081%7C2_704153167%7C3_704153152%7C1000_1672518042&_=1672531100131",
    );
    is_json(
        &webwxsync::request(&cx(1_672_531_212_500, 0), &credentials(), &key()),
        Endpoint::Sync,
        "/cgi-bin/mmwebwx-bin/webwxsync?sid=Zx3KqT8bWnE1Yv0r&skey=%40crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b&lang=zh_CN&pass_ticket=Qx7%252Bm2Lk0nVZ3s9Wd4Tg%253D",
        &format!(
            r#"{{{BASE},"SyncKey":{{"Count":4,"List":[{{"Key":1,"Val":704153081}},{{"Key":2,"Val":704153167}},{{"Key":3,"Val":704153152}},{{"Key":1000,"Val":1672518042}}]}},"rr":-1788934357}}"#
        ),
    );
    // A session id of the base64 alphabet.
    let credentials = Credentials {
        sid: Secret::new("a/b+c="),
        ..credentials()
    };
    let target = synccheck::request(&cx(0, 0), &credentials, &key()).target;
    assert!(target.contains("&sid=a%2Fb%2Bc%3D&"), "{target}");
}

#[test]
fn the_logout() {
    let draft = webwxlogout::request(&credentials());
    assert_eq!(
        (draft.endpoint, &draft.method),
        (Endpoint::Logout, &Method::POST)
    );
    assert_eq!(
        draft.target,
        "/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey=%40crypt_5a3c10f2_0d9e8b7c6a5f4e3d2c1b0a9f8e7d6c5b"
    );
    assert_eq!(draft.body, "sid=Zx3KqT8bWnE1Yv0r&uin=2100045678");
    let content_type = header(&draft, "content-type");
    assert_eq!(content_type, Some("application/x-www-form-urlencoded"));
}

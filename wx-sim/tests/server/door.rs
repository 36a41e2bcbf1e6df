//! How the door answers, and whom it lets in as what.

use http::{StatusCode, header};
use wx_sim::server::{Deed, Door, LoginRefusal, Refusal, Remark, Setup, Wording};

use crate::client::{Client, json, tag, text};
use crate::requests::{Change, Raw};
use crate::walk::{assert_faultless, setup};

/// A client whose login was confirmed, before the door.
fn at_door(setup: Setup) -> Client {
    let mut client = Client::new(setup);
    client.jslogin();
    client.redirect = client.redirected();
    client
}

/// The same, begun as the desktop shell begins.
fn shell_at_door(setup: Setup) -> Client {
    let mut client = Client::new(setup);
    let raw = client.jslogin_request();
    let raw = raw.with("webwxnewloginpage&", "webwxnewloginpage%3Fmod%3Ddesktop&");
    let body = text(&client.ask(raw));
    let (_, uuid) = body.split_once("uuid = \"").unwrap();
    client.uuid = uuid.strip_suffix("\";").unwrap().to_owned();
    client.redirect = client.redirected();
    client
}

fn shell(raw: Raw) -> Raw {
    raw.header("client-version", Some("2.0.0"))
        .header("extspam", Some(EXTSPAM))
        .header("Referer", Some("https://wx.qq.com/?&lang=zh_CN&target=t"))
}

/// The text of a refused login; nothing of a session is in it.
fn refused(client: &mut Client) -> String {
    let raw = client.enter_request();
    let body = text(&client.ask(raw));
    assert!(!body.contains("skey") && client.cookies.is_empty());
    body
}

#[test]
fn a_barred_account_hears_it_in_one_of_several_wordings() {
    let mut seen = Vec::new();
    for wording in Wording::ALL {
        let mut client = at_door(Setup {
            barred: true,
            refusal: LoginRefusal::barred(wording),
            ..setup()
        });
        let body = refused(&mut client);
        assert_eq!(tag(&body, "ret"), "1203");
        assert_eq!(client.last().code, 1203);
        seen.push(tag(&body, "message"));
        assert_faultless(&client);
    }
    assert!(seen.iter().any(|words| words.contains("com  Mac")));
    assert!(
        seen.iter()
            .any(|words| words.starts_with("For account security"))
    );
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), Wording::ALL.len());
}

#[test]
fn a_wording_may_be_indented() {
    let mut client = at_door(Setup {
        barred: true,
        refusal: LoginRefusal::barred(Wording::English),
        ..setup()
    });
    assert!(refused(&mut client).starts_with("  \n  <error>"));
}

#[test]
fn another_refusal_may_name_a_page() {
    let mut client = at_door(Setup {
        barred: true,
        refusal: LoginRefusal {
            ret: 1206,
            message: "稍后".to_owned(),
            redirect_url: Some("https://wx2.qq.com/?a=1&b=2".to_owned()),
            indented: false,
        },
        ..setup()
    });
    let body = refused(&mut client);
    assert_eq!(
        (tag(&body, "ret"), tag(&body, "redirecturl")),
        (
            "1206".to_owned(),
            "https://wx2.qq.com/?a=1&amp;b=2".to_owned()
        )
    );
}

#[test]
fn the_door_may_answer_301_with_and_without_a_place() {
    for location in [false, true] {
        for barred in [false, true] {
            let mut client = at_door(Setup {
                door: Door::Moved { location },
                barred,
                ..setup()
            });
            let raw = client.enter_request();
            let reply = client.ask(raw);
            assert_eq!(reply.status(), StatusCode::MOVED_PERMANENTLY);
            let place = reply.headers().get(header::LOCATION);
            let home = location.then_some("https://wx2.qq.com/");
            assert_eq!(place.map(|place| place.to_str().unwrap()), home);
            let ret = tag(&text(&reply), "ret");
            assert_eq!(ret, if barred { "1203" } else { "0" });
            assert_eq!(client.cookies.contains_key("wxsid"), !barred);
            assert_faultless(&client);
        }
    }
}

#[test]
fn a_page_for_people_comes_to_scripts_and_not_to_the_address_as_it_came() {
    let mut client = at_door(Setup {
        door: Door::Page,
        ..setup()
    });
    let raw = client.enter_request();
    let reply = client.ask(raw);
    assert!(text(&reply).starts_with("<!DOCTYPE html>") && client.cookies.is_empty());
    let raw = client.enter_request().without("fun").without("version");
    assert_eq!(tag(&text(&client.ask(raw)), "ret"), "0");
    assert_faultless(&client);

    let mut client = at_door(Setup {
        door: Door::PageOnly,
        ..setup()
    });
    let raw = client.enter_request().without("fun").without("version");
    assert!(text(&client.ask(raw)).starts_with("<!DOCTYPE html>"));
    assert!(client.server.sessions().is_empty());
}

#[test]
fn the_shell_is_let_in_where_the_page_is_not() {
    let only = || Setup {
        desktop_only: true,
        ..setup()
    };
    let mut client = at_door(only());
    assert_eq!(tag(&refused(&mut client), "ret"), "1203");
    assert_faultless(&client);

    let mut client = shell_at_door(only());
    assert!(client.server.logins()[0].desktop);
    assert!(
        client.redirect.ends_with("&mod=desktop"),
        "{}",
        client.redirect
    );
    let raw = shell(client.enter_request());
    assert_eq!(tag(&text(&client.ask(raw)), "ret"), "0");
    assert_faultless(&client);

    // Accounts that the page lets in as well.
    client.deed(Deed::DesktopOnly(false));
    client.log_in();
    assert_faultless(&client);
}

#[test]
fn a_pushed_login_says_so_as_well() {
    let mut client = Client::online(setup());
    client.deed(Deed::DesktopOnly(true));
    for (mode, ret) in [("", "1203"), ("&mod=desktop", "0")] {
        let raw = client.push_request().with(
            "?uin=",
            &format!(
                "?{}uin=",
                mode.replace('&', "") + if mode.is_empty() { "" } else { "&" }
            ),
        );
        let reply = json(&client.ask(raw));
        client.uuid = reply["uuid"].as_str().unwrap().to_owned();
        client.redirect = client.redirected();
        let raw = client.enter_request();
        let raw = if mode.is_empty() { raw } else { shell(raw) };
        assert_eq!(tag(&text(&client.ask(raw)), "ret"), ret);
    }
    assert_faultless(&client);
}

#[test]
fn half_a_shell_is_a_fault_where_only_shells_come_in() {
    let cases: [(Change, Refusal); 3] = [
        (
            |raw| raw.header("extspam", None),
            Refusal::Header("extspam"),
        ),
        (
            |raw| raw.header("client-version", Some("1")),
            Refusal::Header("client-version"),
        ),
        (|raw| raw.without("mod"), Refusal::Param("mod")),
    ];
    for (spoil, refusal) in cases {
        let mut client = shell_at_door(Setup {
            desktop_only: true,
            ..setup()
        });
        let raw = spoil(shell(client.enter_request()));
        assert_eq!(tag(&text(&client.ask(raw)), "ret"), "1203");
        assert_eq!(client.last().refusal, Some(refusal));
    }
}

#[test]
fn half_a_shell_is_remarked_where_everybody_comes_in() {
    let cases: [(Change, Remark); 5] = [
        (
            |raw| raw.header("extspam", None),
            Remark::MissingHeader("extspam"),
        ),
        (
            |raw| raw.header("client-version", Some("1")),
            Remark::HeaderForm("client-version"),
        ),
        (|raw| raw.without("mod"), Remark::MissingParam("mod")),
        (
            |raw| raw.header("Referer", Some("https://wx2.qq.com/")),
            Remark::Referer,
        ),
        (
            |raw| raw.with("&mod=desktop", "&mod=desktop&mod=desktop"),
            Remark::RepeatedParam("mod"),
        ),
    ];
    for (spoil, remark) in cases {
        let mut client = shell_at_door(setup());
        let raw = spoil(shell(client.enter_request()));
        assert_eq!(tag(&text(&client.ask(raw)), "ret"), "0");
        assert_eq!(client.last().remarks, [remark]);
    }
}

#[test]
fn the_shell_says_so_at_the_door_and_nowhere_else() {
    let mut client = Client::online(setup());
    let raw = client
        .sync_request()
        .header("client-version", Some("2.0.0"))
        .header("extspam", Some(EXTSPAM));
    client.ask(raw);
    assert_eq!(
        client.last().remarks,
        [
            Remark::StrayHeader("client-version"),
            Remark::StrayHeader("extspam")
        ]
    );
}

/// A file as the shell sends it, once the page's way is known.
fn by_shell(raw: Raw) -> Raw {
    raw.with("&f=json", "&f=json&mod=desktop")
        .with("appid='wxeb7ec651dd0aefa9'", "appid=''")
}

#[test]
fn a_session_of_the_shell_sends_files_as_the_shell() {
    let remarked = |client: &mut Client, change: Change| {
        let file = client.file("a.txt", "text/plain", b"text".to_vec());
        let media_id = client.upload(&file);
        let raw = change(client.file_request("filehelper", &file, &media_id));
        assert_eq!(client.answer(raw), 0);
        client.last().remarks.clone()
    };
    let mut client = shell_at_door(setup());
    client.dress = |raw| match raw.uri.contains("/webwxnewloginpage?") {
        true => shell(raw),
        false => raw,
    };
    client.enter();
    client.init();
    assert_eq!(remarked(&mut client, by_shell), []);
    assert_faultless(&client);
    let form = Remark::MemberForm("Content");
    let missing = [Remark::MissingParam("mod"), form.clone()];
    assert_eq!(remarked(&mut client, |raw| raw), missing);

    let mut client = Client::online(setup());
    let unknown = [Remark::UnknownParam("mod".to_owned()), form];
    assert_eq!(remarked(&mut client, by_shell), unknown);
    assert_eq!(remarked(&mut client, |raw| raw), []);
}

/// What all clients that are let in as the shell send.
const EXTSPAM: &str = "\
    Go8FCIkFEokFCggwMDAwMDAwMRAGGvAESySibk50w5Wb3uTl2c2h64jVVrV7gNs06GFlWplHQbY/5FfiO++1yH4ykC\
    yNPWKXmco+wfQzK5R98D3so7rJ5LmGFvBLjGceleySrc3SOf2Pc1gVehzJgODeS0lDL3/I/0S2SSE98YgKleq6Uqx6\
    ndTy9yaL9qFxJL7eiA/R3SEfTaW1SBoSITIu+EEkXff+Pv8NHOk7N57rcGk1w0ZzRrQDkXTOXFN2iHYIzAAZPIOY45\
    Lsh+A4slpgnDiaOvRtlQYCt97nmPLuTipOJ8Qc5pM7ZsOsAPPrCQL7nK0I7aPrFDF0q4ziUUKettzW8MrAaiVfmbD1\
    /VkmLNVqqZVvBCtRblXb5FHmtS8FxnqCzYP4WFvz3T0TcrOqwLX1M/DQvcHaGGw0B0y4bZMs7lVScGBFxMj3vbFi2S\
    RKbKhaitxHfYHAOAa0X7/MSS0RNAjdwoyGHeOepXOKY+h3iHeqCvgOH6LOifdHf/1aaZNwSkGotYnYScW8Yx63LnSw\
    ba7+hESrtPa/huRmB9KWvMCKbDThL/nne14hnL277EDCSocPu3rOSYjuB9gKSOdVmWsj9Dxb/iZIe+S6AiG29Esm+/\
    eUacSba0k8wn5HhHg9d4tIcixrxveflc8vi2/wNQGVFNsGO6tB5WF0xf/plngOvQ1/ivGV/C1Qpdhzznh0ExAVJ6dw\
    zNg7qIEBaw+BzTJTUuRcPk92Sn6QDn2Pu3mpONaEumacjW4w6ipPnPw+g2TfywJjeEcpSZaP4Q3YV5HG8D6UjWA4GS\
    kBKculWpdCMadx0usMomsSS/74QgpYqcPkmamB4nVv1JxczYITIqItIKjD35IGKAUwAA==";

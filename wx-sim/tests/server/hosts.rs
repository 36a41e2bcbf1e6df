//! Which host answers what: the push host, the main page, and the page of the file helper.

use serde_json::Value;
use wx_sim::server::{Act, Family, Piece, Refusal, Remark, Setup};

use crate::client::{Client, json, text};
use crate::media::{CHUNK, bytes, given};
use crate::requests::{Change, Raw, quote};
use crate::walk::{assert_faultless, setup};

/// Moves a request to the hosts of a family that has nothing of its own but a name.
fn moved(raw: Raw, main: &str, push: &str, login: &str) -> Raw {
    let mut raw = raw;
    raw.uri = raw
        .uri
        .replace("//webpush.wx2.qq.com/", &format!("//{push}/"))
        .replace("//login.wx2.qq.com/", &format!("//{login}/"))
        .replace("//wx2.qq.com/", &format!("//{main}/"))
        .replace("F%2Fwx2.qq.com", &format!("F%2F{main}"))
        .replace("%3A%2F%2Fwx2.qq.com", &format!("%3A%2F%2F{main}"));
    let page = format!("https://{main}/");
    for (name, value) in [
        ("Referer", page.as_str()),
        ("Origin", page.trim_end_matches('/')),
    ] {
        if raw.headers.iter().any(|(have, _)| *have == name) {
            raw = raw.header(name, Some(value));
        }
    }
    raw
}

fn family(family: Family) -> Setup {
    Setup { family, ..setup() }
}

#[test]
fn every_family_is_served_at_its_own_hosts() {
    let dress: [(Family, Change); 4] = [
        (Family::Wx, |raw| {
            moved(raw, "wx.qq.com", "webpush.wx.qq.com", "login.wx.qq.com")
        }),
        (Family::Wx8, |raw| {
            moved(raw, "wx8.qq.com", "webpush.wx8.qq.com", "login.wx8.qq.com")
        }),
        (Family::Web, |raw| {
            let hosts = (
                "web.wechat.com",
                "webpush.web.wechat.com",
                "login.web.wechat.com",
            );
            moved(raw, hosts.0, hosts.1, hosts.2)
        }),
        (Family::Web2, |raw| {
            let hosts = (
                "web2.wechat.com",
                "webpush.web2.wechat.com",
                "login.web2.wechat.com",
            );
            moved(raw, hosts.0, hosts.1, hosts.2)
        }),
    ];
    for (name, dress) in dress {
        let mut client = Client::new(family(name));
        client.dress = dress;
        client.log_in();
        client.init();
        assert_eq!(client.check(), ("0".to_owned(), "0".to_owned()), "{name:?}");
        assert_faultless(&client);
    }
}

/// A request as the page of the file helper makes it.
fn helper(raw: Raw) -> Raw {
    helper_at(raw, "szfilehelper.weixin.qq.com", "login.wx2.qq.com")
}

fn helper_at(raw: Raw, main: &str, login: &str) -> Raw {
    let app = "wx_webfilehelper";
    let mut raw = moved(raw, main, main, login);
    raw.uri = raw.uri.replace("wx782c26e4c19acffb", app);
    if raw.uri.contains("/login?") {
        raw.uri = format!("{}&appid={app}", raw.uri);
    } else if raw.uri.contains("/synccheck?") {
        raw.uri = format!("{}&mmweb_appid={app}", raw.uri);
    }
    if raw.uri.contains("/webwxuploadmedia?") {
        raw.uri = format!("{}&random=b7e5", raw.uri);
    }
    if raw.uri.contains("//file.") {
        // What a jar sends to a host that has nothing but the parent domain in common.
        raw = cookies(raw, &["webwx_data_ticket", "wxuin"]);
    }
    let before = ["/jslogin", "/login?", "/webwxnewloginpage"];
    if before.iter().any(|path| raw.uri.contains(path)) {
        raw
    } else {
        raw.header("mmweb_appid", Some(app))
    }
}

/// Keeps the cookies of these names.
fn cookies(raw: Raw, names: &[&str]) -> Raw {
    let (_, line) = raw
        .headers
        .iter()
        .find(|(name, _)| *name == "Cookie")
        .unwrap();
    let is_kept = |pair: &&str| names.contains(&pair.split('=').next().unwrap());
    let kept: Vec<&str> = line.split("; ").filter(is_kept).collect();
    let line = kept.join("; ");
    raw.header("Cookie", Some(&line))
}

/// The download of a file as the page of the file helper asks for it.
fn helpers_download(client: &mut Client, message: &Value) -> Raw {
    let sid = quote(&client.sid);
    let end = format!("&sid={sid}&mmweb_appid=wx_webfilehelper");
    let mut raw = client.attachment_request(message);
    raw.uri.push_str(&end);
    raw
}

fn file() -> Piece {
    Piece::File {
        name: "a.txt".to_owned(),
        data: given(b"text"),
    }
}

fn helper_online() -> Client {
    let mut client = Client::new(family(Family::SzFileHelper));
    client.dress = helper;
    client.log_in();
    client.init();
    client
}

#[test]
fn the_three_pages_of_the_file_helper_borrow_login_hosts_and_poll_at_home() {
    let dress: [(Family, Change); 3] = [
        (Family::FileHelper, |raw| {
            helper_at(raw, "filehelper.weixin.qq.com", "login.wx.qq.com")
        }),
        (Family::SzFileHelper, helper),
        (Family::CmFileHelper, |raw| {
            helper_at(raw, "cmfilehelper.weixin.qq.com", "login.wx8.qq.com")
        }),
    ];
    for (name, dress) in dress {
        let mut client = Client::new(family(name));
        client.dress = dress;
        client.log_in();
        assert!(client.redirect.contains(name.main()), "{}", client.redirect);
        client.init();
        assert_eq!(client.check().0, "0");
        assert_eq!((name.push(), name.is_file_helper()), (name.main(), true));
        let raw = client.send_request("filehelper", "to myself");
        assert_eq!(client.answer(raw), 0);
        let raw = client.logout_request();
        client.ask(raw);
        assert_faultless(&client);
    }
}

#[test]
fn the_page_of_the_file_helper_knows_nobody_else() {
    let mut client = helper_online();
    let raw = client.init_request();
    let reply = json(&client.ask(raw));
    let names = |list: &Value| {
        let list = list.as_array().unwrap().clone();
        list.iter()
            .map(|contact| contact["UserName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&reply["ContactList"]), ["filehelper", "filehelper"]);
    assert_eq!(reply["ChatSet"], "filehelper,filehelper,");
    let anna = client.name("wxid_anna7c20x1");
    let raw = client.send_request(&anna, "hello");
    assert_eq!(client.answer(raw), 1204);
    assert_eq!(client.last().refusal, Some(Refusal::ForbiddenRecipient));

    for (from, arrives) in [("wxid_anna7c20x1", 0), ("filehelper", 1)] {
        client.act(Act::Text {
            from: from.to_owned(),
            text: "hello".to_owned(),
        });
        assert_eq!(client.drain().len(), arrives, "{from}");
    }
    client.act(Act::OwnText {
        to: "filehelper".to_owned(),
        text: "from the phone".to_owned(),
    });
    assert_eq!(client.drain()[0]["ToUserName"], "filehelper");
}

#[test]
fn the_page_of_the_file_helper_names_itself() {
    let mut client = helper_online();
    // Its own dress is put on by hand here, and spoilt.
    client.dress = |raw| raw;
    let raw = helper(client.sync_request()).header("mmweb_appid", None);
    client.ask(raw);
    assert_eq!(
        client.last().remarks,
        [Remark::MissingHeader("mmweb_appid")]
    );
    let raw = helper(client.sync_request()).header("mmweb_appid", Some("other"));
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::HeaderForm("mmweb_appid")]);
    let raw = helper(client.check_request()).without("mmweb_appid");
    client.ask(raw);
    assert!(
        client
            .last()
            .remarks
            .contains(&Remark::MissingParam("mmweb_appid"))
    );
    let raw = helper(client.contacts_request(0));
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::NotOnThisPage]);
    let raw = helper(client.jslogin_request()).with("wx_webfilehelper", "wx782c26e4c19acffb");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Appid));
    client.dress = helper;
    let message = client.receive("filehelper", None, file());
    client.dress = |raw| raw;
    let raw = helper(helpers_download(&mut client, &message)).without("mmweb_appid");
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::MissingParam("mmweb_appid")]);
    let picture = client.file("a.jpg", "image/jpeg", bytes(9));
    let mut form = client.chunk(&picture, 0);
    form.raw = helper(form.raw).without("random");
    client.ask(form);
    assert_eq!(client.last().remarks, [Remark::MissingParam("random")]);
}

#[test]
fn the_page_of_the_file_helper_moves_files_at_a_host_few_of_its_cookies_reach() {
    let mut client = helper_online();
    let picture = client.file("a.jpg", "image/jpeg", bytes(CHUNK + 1));
    let media_id = client.upload(&picture);
    let raw = client.image_request("filehelper", &media_id);
    assert_eq!(client.answer(raw), 0);
    let message = client.receive("filehelper", None, file());
    let raw = helpers_download(&mut client, &message);
    assert_eq!(client.ask(raw).body().as_ref(), b"text");
    // The other one is on the parent domain since the login, and no sync renews it there.
    client.dress = |raw| match raw.uri.contains("//file.") {
        true => cookies(helper(raw), &["webwx_data_ticket"]),
        false => helper(raw),
    };
    client.upload(&picture);
    let raw = helpers_download(&mut client, &message);
    assert_eq!(client.ask(raw).body().as_ref(), b"text");
    assert_faultless(&client);

    let raw = helpers_download(&mut client, &message).without("sid");
    assert!(client.ask(raw).body().is_empty());
    let refusal = Refusal::MissingCookie("wxsid");
    assert_eq!(client.last().refusal, Some(refusal));
    client.dress = |raw| cookies(helper(raw), &["wxuin"]);
    let raw = helpers_download(&mut client, &message);
    assert!(client.ask(raw).body().is_empty());
    let form = client.chunk(&picture, 0);
    assert_eq!(client.answer(form), 1100);
    let refusal = Refusal::MissingCookie("webwx_data_ticket");
    assert_eq!(client.last().refusal, Some(refusal));
}

#[test]
fn what_the_file_helper_sends_is_unknown_to_other_pages() {
    let mut client = Client::online(setup());
    let raw = client
        .check_request()
        .with("&_=", "&mmweb_appid=wx_webfilehelper&_=");
    client.ask(raw);
    assert_eq!(
        client.last().remarks,
        [Remark::UnknownParam("mmweb_appid".to_owned())]
    );
    let raw = client
        .sync_request()
        .header("mmweb_appid", Some("wx_webfilehelper"));
    client.ask(raw);
    assert_eq!(client.last().remarks, [Remark::StrayHeader("mmweb_appid")]);
    let raw = client
        .jslogin_request()
        .with("wx782c26e4c19acffb", "wx_webfilehelper");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Appid));
    let unknown = |name: &str| Remark::UnknownParam(name.to_owned());
    let message = client.receive("filehelper", None, file());
    let raw = helpers_download(&mut client, &message);
    client.ask(raw);
    assert_eq!(
        client.last().remarks,
        [unknown("sid"), unknown("mmweb_appid")]
    );
    let picture = client.file("a.jpg", "image/jpeg", bytes(9));
    let mut form = client.chunk(&picture, 0);
    form.raw.uri.push_str("&random=b7e5");
    client.ask(form);
    assert_eq!(client.last().remarks, [unknown("random")]);
    let raw = client.attachment_request(&message);
    client.ask(cookies(raw, &["webwx_data_ticket", "wxuin"]));
    let refusal = Refusal::MissingCookie("wxsid");
    assert_eq!(client.last().refusal, Some(refusal));
}

#[test]
fn a_poll_may_be_answered_at_the_main_host_alone() {
    let mut client = Client::online(Setup {
        push_at_main: true,
        ..setup()
    });
    assert_eq!(client.check().0, "1100");
    assert_faultless(&client);
    let raw = client
        .check_request()
        .with("webpush.wx2.qq.com", "wx2.qq.com");
    let expected = "window.synccheck={retcode:\"0\",selector:\"0\"}";
    assert_eq!(text(&client.ask(raw)), expected);
    assert_faultless(&client);
    let raw = client
        .check_request()
        .with("webpush.wx2.qq.com", "webpush.wx.qq.com");
    client.ask(raw);
    assert_eq!(client.last().refusal, Some(Refusal::Host));
}

#[test]
fn the_main_page_knows_whether_its_reader_is_logged_in() {
    let logged_in = "window.MMCgi={isLogin:!!\"1\"}";
    let mut client = Client::online(setup());
    let raw = client.index_request();
    let reply = client.ask(raw);
    assert!(text(&reply).contains(logged_in) && text(&reply).starts_with("<!DOCTYPE html>"));
    assert_eq!(client.last().session, Some(client.server.sessions()[0].id));
    let cookies = client.cookies.clone();
    client.cookies.remove("wxuin");
    let raw = client.index_request();
    assert!(!text(&client.ask(raw)).contains(logged_in));
    client.cookies = cookies;
    client.act(Act::LogOut);
    let raw = client.index_request();
    assert!(text(&client.ask(raw)).contains("window.MMCgi={isLogin:!!\"\"}"));
    assert_faultless(&client);
}

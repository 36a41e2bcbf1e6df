//! Requests as text: what is shown, what is masked, what is left out.

use std::time::Duration;

use http::Response;
use wx_sim::server::{Act, Endpoint, Piece, Setup};

use crate::client::{Client, json};
use crate::media::{CHUNK, app_file, bytes, given};
use crate::requests::Raw;
use crate::walk::{setup, walk_on, whole_walk};

/// The canonical text of one request, whatever becomes of it.
fn text_of(client: &mut Client, raw: Raw) -> String {
    client.ask(raw);
    client.last().canonical.clone()
}

fn line(text: &str, start: &str) -> String {
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
fn people_rooms_and_reports_are_shown_without_names_and_tickets() {
    let base = "{\"BaseRequest\":{\"Uin\":<uin-1>,\"Sid\":\"<sid-1>\",\"Skey\":\"<skey-2>\",\
                \"DeviceID\":\"<device>\"}";
    let mut client = Client::online(setup());
    client.act(Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: "New".to_owned(),
        words: String::new(),
    });
    let message = client.drain().remove(0);
    let ticket = message["RecommendInfo"]["Ticket"].as_str().unwrap();
    let (new, anna) = (client.name("wxid_new0"), client.name("wxid_anna7c20x1"));
    let room = client.name("10241024@chatroom");
    let mut told = |raw: Raw| {
        let text = text_of(&mut client, raw);
        assert!(client.last().is_accepted(), "{}", client.last());
        assert!(
            !text.contains('…') && !text.contains("v4_") && !text.contains(&anna),
            "{text}"
        );
        line(&text, "{")
    };
    // The same client once more: of one seed, it writes the same requests.
    let mut by_hand = Client::online(setup());
    by_hand.act(Act::FriendRequest {
        plain: "wxid_new0".to_owned(),
        nick: "New".to_owned(),
        words: String::new(),
    });
    for (raw, members) in [
        (
            by_hand.verify_request(3, &new, ticket),
            "\"Opcode\":3,\"VerifyUserListSize\":1,\"VerifyUserList\":[{\"Value\":\"<user-1>\",\
             \"VerifyUserTicket\":\"<ticket-2>\"}],\"VerifyContent\":\"\",\"SceneListCount\":1,\
             \"SceneList\":[33],\"skey\":\"<skey-2>\"",
        ),
        (
            by_hand.pin_request(&anna, true, "安娜"),
            "\"UserName\":\"<user-2>\",\"CmdId\":3,\"OP\":1,\"RemarkName\":\"安娜\"",
        ),
        (
            by_hand.create_room_request(&[&anna], "T"),
            "\"MemberCount\":1,\"MemberList\":[{\"UserName\":\"<user-2>\"}],\"Topic\":\"T\"",
        ),
        (
            by_hand.room_request(
                "addmember",
                &room,
                &format!("\"AddMemberList\":\"{new},{anna}\""),
            ),
            "\"ChatRoomName\":\"<user-3>\",\"AddMemberList\":\"<user-1>,<user-2>\"",
        ),
        (
            by_hand.call("webwxsearchcontact", "", "\"KeyWord\":\"a\""),
            "\"KeyWord\":\"a\"",
        ),
    ] {
        assert_eq!(told(raw), format!("{base},{members}}}"));
    }
    let raw = by_hand.report_request("{\\\"type\\\":\\\"x\\\",\\\"time\\\":1672531200123}");
    let report = told(raw);
    assert!(
        report.ends_with(",\"Count\":1,\"List\":[{\"Type\":1,\"Text\":\"<report>\"}]}"),
        "{report}"
    );
    let raw = by_hand.link_request("http://example.org/");
    let text = text_of(&mut client, raw);
    assert!(
        text.starts_with(
            "GET main /cgi-bin/mmwebwx-bin/webwxcheckurl requrl=http://example.org/ skey=<skey-2> \
             deviceid=<device> pass_ticket=<pass_ticket-1> opcode=2 scene=1 username=<user-4>\n"
        ),
        "{text}"
    );
    let raw = by_hand.push_request();
    let text = text_of(&mut client, raw);
    assert!(
        text.starts_with("GET main /cgi-bin/mmwebwx-bin/webwxpushloginurl uin=<uin-1>\n"),
        "{text}"
    );
    let raw = client.index_request();
    assert!(text_of(&mut client, raw).starts_with("GET main /\n"));
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

/// A picture is uploaded, sent, looked at and taken back, and a file comes and is fetched.
fn media_walk(mut client: Client) -> Client {
    let picture = client.file("a.jpg", "image/jpeg", bytes(CHUNK + 9));
    let raw = client.check_upload_request(&picture);
    client.ask(raw);
    let media_id = client.upload(&picture);
    let raw = client.image_request("filehelper", &media_id);
    let sent = json(&client.ask(raw));
    let id = sent["MsgID"].as_str().unwrap().to_owned();
    client.picture(&id, "&type=slave");
    let document = client.file("b.pdf", "application/pdf", bytes(100));
    let media_id = client.upload(&document);
    let raw = client.file_request("filehelper", &document, &media_id);
    client.ask(raw);
    let raw = client.revoke_request("filehelper", &id);
    client.ask(raw);
    let piece = Piece::File {
        name: "c.txt".to_owned(),
        data: given(b"text"),
    };
    let message = client.receive("Anna", None, piece);
    let raw = client.attachment_request(&message);
    client.ask(raw);
    client
}

#[test]
fn media_are_shown_by_name_size_and_md5_and_their_ids_are_masked() {
    let client = media_walk(Client::online(setup()));
    let transcript = client.server.transcript();
    let cgi = "/cgi-bin/mmwebwx-bin";
    let base = "{\"UploadType\":2,\"BaseRequest\":{\"Uin\":<uin-1>,\"Sid\":\"<sid-1>\",\
                \"Skey\":\"<skey-2>\",\"DeviceID\":\"<device>\"}";
    let md5 = crate::media::md5(&bytes(CHUNK + 9));
    let app = app_file("b.pdf", 100, "<media-2>", "pdf");
    let expected = [
        "name=a.jpg".to_owned(),
        "lastModifiedDate=<time>".to_owned(),
        "chunks=2".to_owned(),
        "chunk=1".to_owned(),
        format!(
            "uploadmediarequest={base},\"ClientMediaId\":<upload-1>,\"TotalLen\":524297,\
             \"StartPos\":0,\"DataLen\":524297,\"MediaType\":4,\"FromUserName\":\"<user-1>\",\
             \"ToUserName\":\"filehelper\",\"FileMd5\":\"{md5}\"}}"
        ),
        "webwx_data_ticket=<data_ticket-1>".to_owned(),
        "filename=a.jpg image/jpeg 524288 bytes".to_owned(),
        "filename=a.jpg image/jpeg 9 bytes".to_owned(),
        "content-type: multipart/form-data;".to_owned(),
        format!("GET main {cgi}/webwxgetmsgimg MsgID=<message-2> skey=<skey-2> type=slave"),
        format!(
            "GET file {cgi}/webwxgetmedia sender=<user-2> mediaid=<media-3> \
             encryfilename=c%2Etxt fromuser=<uin-1> pass_ticket=<pass_ticket-1> \
             webwx_data_ticket=<data_ticket-1>"
        ),
    ];
    for line in expected {
        let found = transcript.lines().any(|have| have.trim_start() == line);
        assert!(found, "{line}\nis not in\n{transcript}");
    }
    let start: String = app.chars().take(200).collect();
    assert!(transcript.contains(&start), "{transcript}");
    assert!(transcript.contains("\"MediaId\":\"<media-1>\",\"Content\":\"\""));
    assert!(transcript.contains("\"SvrMsgId\":\"<message-2>\""));
    let secrets = [&client.skey, &client.cookies["webwx_data_ticket"]];
    assert!(!transcript.contains("@crypt_"));
    for secret in secrets {
        assert!(!transcript.contains(secret.as_str()));
    }
    for seed in 8..12 {
        let mut client = Client::new(Setup { seed, ..setup() });
        client.now += Duration::from_secs(seed * 12_345_678);
        client.log_in();
        client.init();
        assert_eq!(media_walk(client).server.transcript(), transcript);
    }
}

#[test]
fn keys_of_large_files_are_masked() {
    let mut client = Client::online(setup());
    let mut file = client.file("a.bin", "application/octet-stream", bytes(9));
    (file.aes_key, file.signature) = ("secret key".to_owned(), "secret sign".to_owned());
    let form = client.chunk(&file, 0);
    client.ask(form);
    let text = client.last().canonical.clone();
    let masked = "\"AESKey\":\"<aes_key-1>\",\"Signature\":\"<signature-1>\"}";
    assert!(text.contains(masked), "{text}");
    assert!(!text.contains("secret"));
}

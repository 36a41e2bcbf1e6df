//! What others choose — people their names, the service its tickets — becomes a value in a request,
//! and never a part of the request.

use wx_proto::{Attachment, Forward, Message, Raw, SendFile, SendText};

use crate::common::{
    bench::{Bench, ME, init},
    *,
};

/// All that ends something somewhere.
const ENDS: &str = "a'\"&=#?/\\<>;,%0d%0a]]>--";

/// What the XML of the login gives, escaped as it has to be there.
fn page_of(key: &str, sid: &str, ticket: &str) -> String {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let [key, sid, ticket] = [key, sid, ticket].map(escape);
    format!(
        "<error><ret>0</ret><skey>{key}</skey><wxsid>{sid}</wxsid><wxuin>2100045678</wxuin>\
         <pass_ticket>{ticket}</pass_ticket></error>"
    )
}

#[test]
fn tickets_and_keys_are_values_whatever_is_in_them() {
    let mut bench = Bench::new(config());
    bench.confirm("wx.qq.com");
    let hostile = format!("{ENDS} @evil.example");
    let mut reply = page(200, page_of(&hostile, &hostile, &hostile));
    for cookie in [
        "webwx_data_ticket=a b\"c, d=e; Domain=.qq.com; Path=/",
        "x=\u{7f}y",
    ] {
        let value = http::HeaderValue::from_bytes(cookie.replace('\u{7f}', "\u{80}").as_bytes());
        reply.headers_mut().append("set-cookie", value.unwrap());
    }
    bench.answer("webwxnewloginpage", reply);
    bench.say("webwxinit", init());
    bench.run_for(5 * SECOND);
    // All of it arrives, and nothing of it is more than a value.
    let poll = bench.request("synccheck").http.uri().clone();
    assert_eq!(poll.host(), Some("webpush.wx.qq.com"));
    let query = poll.query().unwrap();
    assert_eq!(query.split('&').count(), 7, "{query}");
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(key, _)| *key == name).unwrap().1;
        assert!(
            value
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~!*'()%".contains(&byte))
        );
        value.to_owned()
    };
    assert_eq!(value("skey"), value("sid"));
    for request in bench.open_requests() {
        let body: serde_json::Value = match request.http.body().is_empty() {
            true => continue,
            false => serde_json::from_slice(request.http.body()).unwrap(),
        };
        assert_eq!(body["BaseRequest"]["Skey"], *hostile);
        assert_eq!(body["BaseRequest"]["Sid"], *hostile);
        assert_eq!(body["BaseRequest"].as_object().unwrap().len(), 4);
    }
}

/// A session to which this message came.
fn told(message: &str) -> (Bench, Message) {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    bench.say(
        "synccheck",
        r#"window.synccheck={retcode:"0",selector:"2"}"#,
    );
    let key = r#""SyncKey":{"Count":1,"List":[{"Key":1,"Val":7}]}"#;
    let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"AddMsgList":[{message}],{key}}}"#);
    bench.say("webwxsync", body);
    let message = messages(&bench.events()).pop().unwrap();
    (bench, message)
}

/// What the open request to an endpoint says.
fn content(bench: &Bench, endpoint: &str) -> String {
    let body: serde_json::Value =
        serde_json::from_slice(bench.request(endpoint).http.body()).unwrap();
    body["Msg"]["Content"].as_str().unwrap().to_owned()
}

#[test]
fn a_name_on_a_card_does_not_end_its_attribute() {
    let nick = r#"O'Dell' username='@evil' x='\"<&"#;
    let card = format!(
        r#"{{"MsgId":"5","FromUserName":"@a","ToUserName":"{ME}","MsgType":42,"Content":"x",
        "RecommendInfo":{{"UserName":"@card","NickName":"{nick}"}}}}"#
    );
    let (mut bench, message) = told(&card);
    let helper = bench.client.chat("filehelper").unwrap();
    bench.submit(Forward::new(helper, &message));
    assert_eq!(
        content(&bench, "webwxsendmsg"),
        "<msg username='@card' nickname='O&#39;Dell&#39; username=&#39;@evil&#39; \
         x=&#39;&quot;&lt;&amp;'/>"
    );
}

#[test]
fn a_name_of_a_file_ends_neither_its_line_nor_its_element() {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    let helper = bench.client.chat("filehelper").unwrap();
    let name = "a\"\r\nX-Evil: 1\r\n\r\n--</title><x/>.txt";
    bench.submit(SendFile::new(helper, Attachment::bytes(name, vec![7; 10])));
    let request = &bench.request("webwxuploadmedia").http;
    let kind = request.headers()["content-type"].to_str().unwrap();
    let boundary = format!("--{}", kind.split_once("boundary=").unwrap().1);
    let body = String::from_utf8_lossy(request.body());
    // Values stand as they are between two boundaries, names of files in a line before them.
    let parts: Vec<_> = body.split(&boundary).collect();
    let heads = parts[1..parts.len() - 1].iter();
    let heads: Vec<_> = heads
        .map(|part| part.split_once("\r\n\r\n").unwrap().0)
        .collect();
    assert!(
        heads.iter().all(|head| !head.contains("\nX-Evil")),
        "{heads:?}"
    );
    let file = "filename=\"a%22%0D%0AX-Evil: 1%0D%0A%0D%0A--</title><x/>.txt\"";
    assert!(heads.last().unwrap().contains(file), "{heads:?}");
    let media = "</attachid><x/>";
    bench.say(
        "webwxuploadmedia",
        format!(r#"{{"BaseResponse":{{"Ret":0}},"MediaId":"{media}"}}"#),
    );
    let xml = content(&bench, "webwxsendappmsg");
    assert_eq!(xml.matches("<x/>").count(), 0, "{xml}");
    assert_eq!(xml.matches("</title>").count(), 1, "{xml}");
}

#[test]
fn no_path_of_a_raw_request_leads_to_another_host() {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    for path in [
        "//evil.example/x",
        "/\\evil.example/x",
        "https://evil.example/x",
        "/..//evil.example",
        "/%2f%2fevil.example",
        "/a/%2e%2e/b",
        "/x\r\nHost: evil.example",
        "/x y",
        "/x?y",
        "/x#y",
        "@evil.example/x",
        ":80@evil.example/x",
        "../../x",
        "",
    ] {
        let sent = bench.open_requests().len();
        bench.submit(Raw::get(path));
        for request in &bench.open_requests()[sent..] {
            assert_eq!(request.http.uri().host(), Some("wx.qq.com"), "{path}");
            assert!(
                request
                    .http
                    .uri()
                    .path()
                    .starts_with("/cgi-bin/mmwebwx-bin/"),
                "{path}"
            );
        }
    }
}

#[test]
fn a_text_is_a_text_whatever_is_in_it() {
    let mut bench = Bench::to_online(config(), "wx.qq.com", "qq.com");
    let helper = bench.client.chat("filehelper").unwrap();
    let text = format!("{ENDS}\",\"ToUserName\":\"@evil\",\"x\":\"\u{0}\u{1b}\u{2028}\\\"");
    bench.submit(SendText::new(helper, text.clone()));
    assert_eq!(content(&bench, "webwxsendmsg"), text);
    let body: serde_json::Value =
        serde_json::from_slice(bench.request("webwxsendmsg").http.body()).unwrap();
    assert_eq!(body["Msg"]["ToUserName"], "filehelper");
}

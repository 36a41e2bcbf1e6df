//! Requests carry the session. They go to the hosts of one family, whatever the service names.

use wx_proto::{
    Family, FetchAvatar, FetchFile, FetchImage, FetchMap, FetchSticker, Forward, SendText,
};

use crate::common::{
    bench::{Bench, ME, init},
    *,
};

const EVIL: &str = "https://evil.example/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1&skey=";

fn moved(body: String) -> http::Response<bytes::Bytes> {
    let mut reply = page(200, body);
    for name in ["location", "content-location", "refresh", "link", "alt-svc"] {
        let value = http::HeaderValue::from_static(EVIL);
        reply.headers_mut().insert(name, value);
    }
    let cookie = "stolen=1; Domain=evil.example; Path=/";
    let cookie = http::HeaderValue::from_static(cookie);
    reply.headers_mut().append("set-cookie", cookie);
    reply
}

#[test]
fn whatever_address_the_service_names_no_request_leaves_the_family() {
    let mut bench = Bench::new(config());
    bench.confirm("wx2.qq.com");
    bench.let_in("wx2.qq.com", "qq.com");
    let contact = |name: &str| {
        format!(r#"{{"UserName":"{name}","NickName":"n","HeadImgUrl":"{EVIL}","ContactFlag":3}}"#)
    };
    let list = format!(r#""ContactList":[{},{},"#, contact("@a"), contact("@@room"));
    bench.answer(
        "webwxinit",
        moved(init().replace("\"ContactList\":[", &list)),
    );
    bench.run_for(5 * SECOND);
    let poll = r#"window.synccheck={retcode:"0",selector:"2"}"#;
    bench.answer("synccheck", moved(poll.to_owned()));
    let xml = |inside: &str| {
        let inside = inside.replace("URL", EVIL).replace('&', "&amp;");
        let inside = inside.replace('<', "&lt;").replace('>', "&gt;");
        inside.replace('"', "\\\"")
    };
    let md5 = "0123456789abcdef0123456789abcdef";
    let message = |id: u32, kind: u32, content: &str, more: &str| {
        format!(
            r#"{{"MsgId":"{id}","FromUserName":"@a","ToUserName":"{ME}","MsgType":{kind},
            "Content":"{content}","Url":"{EVIL}","CreateTime":1700000000{more}}}"#
        )
    };
    let file = format!(r#","AppMsgType":6,"FileName":"a.txt","MediaId":"{EVIL}""#);
    let list = [
        message(
            1,
            3,
            &xml("<msg><img cdnmidimgurl=\"URL\" length=\"9\"/></msg>"),
            "",
        ),
        message(
            2,
            47,
            &xml(&format!("<msg><emoji cdnurl=\"URL\" md5=\"{md5}\"/></msg>")),
            "",
        ),
        message(
            3,
            49,
            &xml("<msg><appmsg><title>a.txt</title><url>URL</url></appmsg></msg>"),
            &file,
        ),
        message(
            4,
            1,
            &format!(
                "place:<br/>{}&amp;pictype=location",
                "/cgi-bin/mmwebwx-bin/x?url=xxx"
            ),
            r#","SubMsgType":48,"OriContent":"<msg><location x='1' y='2'/></msg>""#,
        ),
    ];
    let key = r#""SyncKey":{"Count":1,"List":[{"Key":1,"Val":7}]}"#;
    let list = list.join(",");
    let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"AddMsgList":[{list}],{key}}}"#);
    bench.answer("webwxsync", moved(body));
    let heard = messages(&bench.events());
    assert_eq!(heard.len(), 4);
    let before = bench.asked().len();
    for name in ["@a", "@@room"] {
        let chat = bench.client.chat(name).unwrap();
        bench.submit(FetchAvatar::of(chat.clone()));
        bench.submit(SendText::new(chat, EVIL));
    }
    let helper = bench.client.chat("filehelper").unwrap();
    for message in &heard {
        bench.submit(FetchImage::of(message));
        bench.submit(FetchSticker::of(message));
        bench.submit(FetchFile::of(message));
        bench.submit(FetchMap::of(message));
        bench.submit(Forward::new(helper.clone(), message));
        bench.run_for(60 * SECOND);
    }
    assert!(bench.asked().len() > before + 8, "{:?}", bench.asked());
    let family = Family::WX2;
    // Before the account had said where it lives.
    let (login, session) = bench.asked().split_at(2);
    assert!(
        login.iter().all(|(host, _)| host == Family::WX.login),
        "{login:?}"
    );
    for (host, path) in session {
        assert!(family.contains(host), "{host}{path}");
    }
    for request in bench.open_requests() {
        assert_eq!(request.http.uri().scheme_str(), Some("https"));
        let cookie = request.http.headers().get("cookie");
        assert!(cookie.is_none_or(|it| !it.to_str().unwrap().contains("stolen")));
    }
}

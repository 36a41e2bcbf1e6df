//! What the service may answer: for each endpoint a handful of replies, the usual one first.

use bytes::Bytes;
use http::Response;

/// In every value that opens something. What is printed must not have it.
pub(crate) const MARK: &str = "Pl4nt3d";

const OK: &str = r#""BaseResponse":{"Ret":0,"ErrMsg":""}"#;

/// A reply to a call. `count` makes ids that do not repeat.
pub(super) fn reply(endpoint: &str, which: u8, count: u64) -> Response<Bytes> {
    let kind = match endpoint {
        "webwxgetmsgimg" | "webwxgetheadimg" | "webwxgeticon" => "image/jpeg",
        "webwxgetvoice" => "audio/mp3",
        "webwxgetvideo" | "webwxgetmedia" | "webwxgetpubliclinkimg" => "",
        "index" => "text/html",
        _ => "text/plain",
    };
    let mut reply = Response::new(Bytes::from(body(endpoint, which, count)));
    if let Ok(kind) = kind.parse() {
        reply.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    }
    let cookies = match endpoint {
        "webwxnewloginpage" => COOKIES.as_slice(),
        "webwxsync" => &COOKIES[1..2],
        _ => &[],
    };
    for cookie in cookies {
        if let Ok(cookie) = format!("{cookie}; Path=/; Secure")
            .replace("MARK", MARK)
            .parse()
        {
            reply.headers_mut().append(http::header::SET_COOKIE, cookie);
        }
    }
    reply
}

const COOKIES: [&str; 4] = [
    "wxuin=2100045678; Domain=wx2.qq.com; Max-Age=43200",
    "wxsid=MARK1; Domain=wx2.qq.com; Max-Age=43200",
    "webwx_data_ticket=MARK2; Domain=qq.com; Max-Age=43200",
    "webwxuvid=MARK3; Domain=wx2.qq.com; Max-Age=99999999",
];

fn body(endpoint: &str, which: u8, count: u64) -> String {
    let one = |all| one(all, which);
    let refused = |ret: i32| format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":"no"}}}}"#);
    let with = |members: &str| match which {
        8 => refused(1205),
        9 => refused(1101),
        10 => refused(-1),
        11 => refused(1204),
        _ => format!("{{{OK}{members}}}"),
    };
    let text = match endpoint {
        "jslogin" => one(&[
            r#"window.QRLogin.code = 200; window.QRLogin.uuid = "QbXample7Q==";"#,
            r#"window.QRLogin.code = 400;"#,
        ])
        .to_owned(),
        "login" => one(&LOGIN).to_owned(),
        "webwxnewloginpage" => one(&CREDENTIALS).to_owned(),
        "webwxpushloginurl" => one(&[
            r#"{"ret":"0","msg":"all ok","uuid":"QbXample8Q=="}"#,
            r#"{"ret":"1","msg":"no"}"#,
        ])
        .to_owned(),
        "webwxinit" => with(INIT),
        "webwxgetcontact" => with(one(&CONTACTS)),
        "webwxbatchgetcontact" => with(LOOKUP),
        "synccheck" => format!("window.synccheck={{{}}}", one(&POLL)),
        "webwxsync" => with(&news(which, count)),
        "webwxstatusnotify" => with(r#","MsgID":"7""#),
        "webwxuploadmedia" => with(r#","MediaId":"@crypt_77aa","StartPos":0,"EncryFileName":"a""#),
        "webwxcheckupload" => with(one(&[
            r#","MediaId":"","AESKey":"MARK7","Signature":"MARK8","EncryFileName":"a""#,
            r#","MediaId":"@crypt_77ab","AESKey":"","Signature":"","EncryFileName":"a""#,
        ])),
        "webwxcreatechatroom" => with(
            r#","Topic":"","MemberCount":1,"MemberList":[{"UserName":"@a1"}],"ChatRoomName":"@@r2","BlackList":"""#,
        ),
        "webwxrevokemsg" => with(r#","Introduction":"","SysWording":"gone""#),
        "webwxsearchcontact" => with(r#","MatchCount":1,"ContactList":[{"UserName":"@a1"}]"#),
        "webwxgetmsgimg"
        | "webwxgetheadimg"
        | "webwxgeticon"
        | "webwxgetvoice"
        | "webwxgetvideo"
        | "webwxgetmedia"
        | "webwxgetpubliclinkimg" => one(&[
            "\u{fffd}\0media of some kind",
            "",
            r#"{"BaseResponse":{"Ret":1}}"#,
        ])
        .to_owned(),
        "index" => one(&[
            r#"<script>window.MMCgi={isLogin:!!"1"}</script>"#,
            r#"<script>window.MMCgi={isLogin:!!""}</script>"#,
        ])
        .to_owned(),
        name if name.starts_with("webwxsend") => match which {
            1 => with(""),
            _ => with(&format!(r#","MsgID":"70{count}","LocalID":"{count}""#)),
        },
        _ => with(""),
    };
    text.replace("MARK", MARK)
}

fn one(all: &[&'static str], which: u8) -> &'static str {
    let at = usize::from(which) % all.len().max(1);
    all.get(at).copied().unwrap_or_default()
}

const LOGIN: [&str; 8] = [
    "window.code=200;\nwindow.redirect_uri=\"https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=MARK4@qrticket_0&uuid=QbXample7Q==&lang=zh_CN&scan=1700003600\";",
    "window.code=201;window.userAvatar = 'data:img/jpg;base64,AAAA';",
    "window.code=408;",
    "window.code=202;",
    "window.code=400;",
    "window.code=500;",
    "window.code=200;\nwindow.redirect_uri=\"https://evil.example/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=MARK4\";",
    "window.code=200;\nwindow.redirect_uri=\"https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=MARK4\";",
];

const CREDENTIALS: [&str; 3] = [
    "<error><ret>0</ret><message></message><skey>@crypt_MARK5</skey><wxsid>MARK1</wxsid><wxuin>2100045678</wxuin><pass_ticket>MARK6%2Bm2Lk%3D</pass_ticket><isgrayscale>1</isgrayscale></error>",
    "<error><ret>1203</ret><message>not here</message></error>",
    "<error><ret>0</ret><message></message></error>",
];

const INIT: &str = r#","Count":2,"ContactList":[{"UserName":"filehelper","NickName":"helper"},
{"UserName":"@@r1","NickName":"","MemberCount":2,"MemberList":[{"UserName":"@me"},{"UserName":"@a1"}]}],
"SyncKey":{"Count":2,"List":[{"Key":1,"Val":704153081},{"Key":2,"Val":704153167}]},
"User":{"Uin":2100045678,"UserName":"@me","NickName":"me"},"ChatSet":"filehelper,@a1,@@r1,@@r3,","SKey":"@crypt_MARK5""#;

const CONTACTS: [&str; 3] = [
    r#","MemberCount":2,"MemberList":[{"UserName":"@a1","NickName":"Anna","ContactFlag":3},{"UserName":"@b1","NickName":"Boris &amp; Co","ContactFlag":1}],"Seq":0"#,
    r#","MemberCount":1,"MemberList":[{"UserName":"@a1","NickName":"Anna","ContactFlag":3}],"Seq":2"#,
    r#","MemberCount":0,"MemberList":[],"Seq":0"#,
];

const LOOKUP: &str = r#","Count":1,"ContactList":[{"UserName":"@@r1","NickName":"room","EncryChatRoomId":"@e1","MemberCount":2,
"MemberList":[{"UserName":"@me","NickName":"me"},{"UserName":"@a1","NickName":"Anna","DisplayName":"A"}]}]"#;

const POLL: [&str; 8] = [
    r#"retcode:"0",selector:"2""#,
    r#"retcode:"0",selector:"0""#,
    r#"retcode:"0",selector:"7""#,
    r#"retcode:"1101",selector:"0""#,
    r#"retcode:"1102",selector:"0""#,
    r#"retcode:"1100",selector:"0""#,
    r#"retcode:"1205",selector:"0""#,
    r#"retcode:"-1",selector:"0""#,
];

/// What a sync brings.
fn news(which: u8, count: u64) -> String {
    let message = |id: u64, from: &str, kind: i64, content: &str| {
        format!(
            r#"{{"MsgId":"8{id}","FromUserName":"{from}","ToUserName":"@me","MsgType":{kind},"Content":"{content}","CreateTime":1700003601,"Ticket":"MARK9"}}"#
        )
    };
    let messages = match which {
        0 => message(count, "@a1", 1, "hello"),
        1 => String::new(),
        2 => message(count, "@@r1", 1, "@a1:<br/>to all &lt;3"),
        3 => message(count, "@@r9", 1, "@x9:<br/>who is this"),
        4 => message(1, "@a1", 1, "the same one again"),
        5 => message(count, "@a1", 10_000, "操作太频繁，请稍后再试"),
        6 => [
            message(
                count,
                "@a1",
                3,
                "&lt;msg&gt;&lt;img length=\\\"7\\\"/&gt;&lt;/msg&gt;",
            ),
            message(count, "@me", 51, ""),
            "{}".to_owned(),
            r#"{"MsgId":"#.to_owned() + &count.to_string() + "}",
        ]
        .join(","),
        7 => message(
            count,
            "@a1",
            10_002,
            "&lt;sysmsg type=\\\"revokemsg\\\"&gt;&lt;revokemsg&gt;&lt;msgid&gt;81&lt;/msgid&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;",
        ),
        12 => message(count, "fmessage", 37, "&lt;msg ticket=\\\"MARKa\\\"/&gt;"),
        13 => message(
            count,
            "@a1",
            49,
            "&lt;msg&gt;&lt;appmsg&gt;&lt;type&gt;6&lt;/type&gt;&lt;title&gt;a.pdf&lt;/title&gt;&lt;/appmsg&gt;&lt;/msg&gt;",
        ),
        14 => message(count, "@a1", 43, "") + "," + &message(count + 1, "@a1", 34, ""),
        _ => message(count, "@a1", 47, ""),
    };
    let changed = match which {
        3 => r#"{"UserName":"@a1","NickName":"Anne"},{"UserName":"@c1","NickName":"new"}"#,
        _ => "",
    };
    let more = u8::from(which == 6);
    format!(
        r#","AddMsgCount":1,"AddMsgList":[{messages}],"ModContactList":[{changed}],"DelContactList":[],
"ModChatRoomMemberList":[],"ContinueFlag":{more},"SKey":"","SyncKey":{{"Count":1,"List":[{{"Key":1,"Val":{count}}}]}},
"SyncCheckKey":{{"Count":1,"List":[{{"Key":1,"Val":{count}}}]}}"#
    )
}

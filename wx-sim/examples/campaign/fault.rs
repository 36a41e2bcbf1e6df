//! Everything that can go wrong, and what it is called in the table.

use std::{io::Write, sync::OnceLock};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::Response;
use wx_proto::TransportErrorKind;
use wx_sim::{
    net::{Fate, Weather},
    server::Class,
};

use crate::dice::Dice;

/// What comes in place of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    Empty,
    Html,
    Noise,
    /// A megabyte, packed into a kilobyte.
    Bomb,
    CutGzip,
    UnknownCoding,
    NoUtf8,
    Nested,
    EmptyObject,
    Null,
    Status(u16),
    /// 429, with so many seconds of patience asked for.
    Busy(u32),
    /// To a stranger.
    Redirect,
    Ret(i32),
    /// A success and nothing else.
    Bare,
    /// A sync that worked, with keys that are empty.
    EmptyKeys,
    /// A poll without news that is not held: the next one may not follow at once.
    NotHeld,
    /// A poll that says that the session is over.
    Over(i32),
    /// A login that leads to a stranger.
    Astray,
}

impl Bad {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty body",
            Self::Html => "page for people",
            Self::Noise => "noise",
            Self::Bomb => "gzip bomb",
            Self::CutGzip => "cut gzip",
            Self::UnknownCoding => "unknown coding",
            Self::NoUtf8 => "no UTF-8",
            Self::Nested => "deep nesting",
            Self::EmptyObject => "empty object",
            Self::Null => "null",
            Self::Status(500..) => "5xx",
            Self::Status(_) => "4xx",
            Self::Busy(_) => "429 with Retry-After",
            Self::Redirect => "redirect to a stranger",
            Self::Ret(1205) => "ret 1205",
            Self::Ret(-1) => "ret -1",
            Self::Ret(_) => "other ret",
            Self::Bare => "bare success",
            Self::EmptyKeys => "empty sync keys",
            Self::NotHeld => "poll that is not held",
            Self::Over(_) => "false logged-out code",
            Self::Astray => "login leads to a stranger",
        }
    }

    pub(crate) fn reply(self) -> Response<Bytes> {
        let page = |status: u16, body: Bytes| {
            let mut reply = Response::new(body);
            *reply.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
            reply
        };
        let ok = |body: &'static str| page(200, Bytes::from_static(body.as_bytes()));
        let mut reply = match self {
            Self::Empty => ok(""),
            Self::Html => ok("<html><head><title>Sign in</title></head><body></body></html>"),
            Self::Noise => page(200, Bytes::from(vec![b'z'; 10_000])),
            Self::Bomb => coded("gzip", bomb()),
            Self::CutGzip => coded("gzip", bomb().slice(..100)),
            Self::UnknownCoding => coded("br", Bytes::from_static(b"??")),
            Self::NoUtf8 => page(
                200,
                Bytes::from_static(b"\xff\xfe{\"BaseResponse\":{\"Ret\":\xc3\x28"),
            ),
            Self::Nested => page(200, Bytes::from("{\"a\":[".repeat(2000))),
            Self::EmptyObject => ok("{}"),
            Self::Null => ok("null"),
            Self::Status(status) => page(status, Bytes::new()),
            Self::Busy(_) => page(429, Bytes::new()),
            Self::Redirect => page(302, Bytes::new()),
            Self::Ret(ret) => {
                let body = format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}}}}"#);
                page(200, body.into())
            }
            Self::Bare => ok(r#"{"BaseResponse":{"Ret":0,"ErrMsg":""}}"#),
            Self::EmptyKeys => ok(
                r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"AddMsgCount":0,"AddMsgList":[],
                "ModContactCount":0,"ModContactList":[],"DelContactCount":0,"DelContactList":[],
                "ContinueFlag":0,"SKey":"","SyncKey":{"Count":0,"List":[]},
                "SyncCheckKey":{"Count":0,"List":[]}}"#,
            ),
            Self::NotHeld => ok("window.synccheck={retcode:\"0\",selector:\"0\"}"),
            Self::Over(code) => {
                let body = format!("window.synccheck={{retcode:\"{code}\",selector:\"0\"}}");
                page(200, body.into())
            }
            Self::Astray => ok(
                "window.code=200;\nwindow.redirect_uri=\"https://wx2.qq.com.evil.example/\
                cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A&uuid=B&lang=zh_CN&scan=1\";",
            ),
        };
        let header = |value: String| http::HeaderValue::try_from(value).ok();
        let extra = match self {
            Self::Busy(seconds) => header(seconds.to_string()).map(|it| ("retry-after", it)),
            Self::Redirect => {
                header("https://evil.example/cgi-bin".into()).map(|it| ("location", it))
            }
            _ => None,
        };
        if let Some((name, value)) = extra {
            reply.headers_mut().insert(name, value);
        }
        reply.extensions_mut().insert(Named(self.name()));
        reply
    }
}

/// The name under which an unused reply is known again.
#[derive(Clone, Copy)]
pub(crate) struct Named(pub(crate) &'static str);

fn coded(coding: &'static str, body: Bytes) -> Response<Bytes> {
    let mut reply = Response::new(body);
    let coding = http::HeaderValue::from_static(coding);
    reply.headers_mut().insert("content-encoding", coding);
    reply
}

fn bomb() -> Bytes {
    static BOMB: OnceLock<Bytes> = OnceLock::new();
    let make = || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let _ = encoder.write_all(&vec![b' '; 1 << 20]);
        Bytes::from(encoder.finish().unwrap_or_default())
    };
    BOMB.get_or_init(make).clone()
}

pub(crate) const fn name_of(fate: Fate) -> &'static str {
    match fate {
        Fate::Arrives => "none",
        Fate::Fails(TransportErrorKind::Connect) => "no connection",
        Fate::Fails(TransportErrorKind::Resolve) => "no address",
        Fate::Fails(TransportErrorKind::Tls) => "no TLS",
        Fate::Fails(_) => "lost before it was sent",
        Fate::Unheard(TransportErrorKind::NotHttp) => "no HTTP",
        Fate::Unheard(_) => "reply lost",
        Fate::Stalls => "reply never comes",
        Fate::Truncated(_) => "reply cut",
        Fate::Unavailable => "503 of a proxy",
        Fate::Doubled => "request doubled",
    }
}

/// A network on which up to 30 % of all exchanges go wrong, by some or all of the ways to do so.
pub(crate) fn foul(dice: &mut Dice) -> Weather {
    let mut weather = Weather::foul(0);
    let mut left = dice.small(20, 300);
    for _ in 0..8 {
        let rate = dice.small(0, left);
        left -= rate;
        let which = match dice.below(8) {
            0 => &mut weather.unreachable,
            1 => &mut weather.lost_before,
            2 => &mut weather.lost_after,
            3 => &mut weather.stalled,
            4 => &mut weather.truncated,
            5 => &mut weather.garbled,
            6 => &mut weather.unavailable,
            _ => &mut weather.doubled,
        };
        *which += rate;
    }
    weather
}

pub(crate) fn fate(dice: &mut Dice) -> Fate {
    match dice.below(9) {
        0 => Fate::Fails(TransportErrorKind::Connect),
        1 => Fate::Fails(TransportErrorKind::Resolve),
        2 => Fate::Fails(TransportErrorKind::Tls),
        3 => Fate::Fails(TransportErrorKind::Reset),
        4 => Fate::Unheard(TransportErrorKind::Reset),
        5 => Fate::Unheard(TransportErrorKind::NotHttp),
        6 => Fate::Stalls,
        7 => Fate::Truncated(dice.small(0, 999)),
        _ => Fate::Unavailable,
    }
}

/// Calls on the way to a session, and those that keep it.
pub(crate) const LIFE: [&str; 9] = [
    "jslogin",
    "login",
    "webwxnewloginpage",
    "webwxinit",
    "webwxstatusnotify",
    "webwxgetcontact",
    "webwxbatchgetcontact",
    "synccheck",
    "webwxsync",
];

/// All that has a rate of its own.
pub(crate) const CLASSES: [Class; 9] = [
    Class::Text,
    Class::Media,
    Class::Upload,
    Class::Recall,
    Class::Lookup,
    Class::Remark,
    Class::Friend,
    Class::NewRoom,
    Class::Room,
];

/// Calls of commands that say something.
pub(crate) const SENDS: [&str; 4] = [
    "webwxsendmsg",
    "webwxsendmsgimg",
    "webwxsendappmsg",
    "webwxuploadmedia",
];

/// Other calls of commands.
pub(crate) const CALLS: [&str; 8] = [
    "webwxoplog",
    "webwxstatusnotify",
    "webwxbatchgetcontact",
    "webwxsearchcontact",
    "webwxcreatechatroom",
    "webwxupdatechatroom",
    "webwxgetmsgimg",
    "webwxgeticon",
];

/// A reply that a call may get. `after`: the service has acted, so a refusal would be a lie that no
/// client can see through.
pub(crate) fn bad(dice: &mut Dice, endpoint: &str, after: bool) -> Bad {
    let mut all = vec![
        Bad::Empty,
        Bad::Html,
        Bad::Noise,
        Bad::CutGzip,
        Bad::UnknownCoding,
        Bad::NoUtf8,
        Bad::Nested,
        Bad::EmptyObject,
        Bad::Null,
        Bad::Status(dice.pick(&[500, 502, 503, 504])),
        Bad::Status(dice.pick(&[400, 403, 404, 410])),
        Bad::Busy(dice.small(1, 120)),
        Bad::Redirect,
    ];
    if matches!(endpoint, "webwxgetmsgimg" | "webwxgeticon") {
        // Nobody can tell whether these were meant to be a picture.
        all.retain(|bad| {
            !matches!(
                bad,
                Bad::Noise | Bad::NoUtf8 | Bad::Nested | Bad::EmptyObject | Bad::Null
            )
        });
        return dice.pick(&all);
    }
    let is_send = SENDS.contains(&endpoint);
    if !after {
        all.push(Bad::Ret(-1));
        all.push(Bad::Ret(1205));
        all.push(Bad::Ret(
            dice.pick(&[-2, -14, 1, 3, 77, 1100, 1101, 1102, 1200, 1203, 1204]),
        ));
    }
    // A success that is none cannot be told from one either, nor one in place of a refusal.
    if !is_send {
        all.push(Bad::Bare);
    }
    match endpoint {
        "synccheck" => {
            all.extend([Bad::Bomb; 10]);
            all.extend([Bad::NotHeld; 5]);
            all.extend([Bad::Over(dice.pick(&[1100, 1101, 1102])); 14]);
        }
        "webwxsync" => all.extend([Bad::EmptyKeys; 12]),
        "login" => all.extend([Bad::Astray; 12]),
        "jslogin" | "webwxnewloginpage" => all.push(Bad::Bomb),
        _ => {}
    }
    dice.pick(&all)
}

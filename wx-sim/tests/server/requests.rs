//! The requests of the hand-written client, as the page sends them.

use bytes::Bytes;
use http::Request;

use crate::client::Client;

/// How a test makes a request, and how it changes one.
pub(crate) type Make = fn(&mut Client) -> Raw;
pub(crate) type Change = fn(Raw) -> Raw;

/// A request before it becomes one.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) method: &'static str,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Raw {
    /// Replaces text in the address and in the body; it must be there.
    pub(crate) fn with(mut self, old: &str, new: &str) -> Self {
        assert!(
            self.uri.contains(old) || self.body.contains(old),
            "{old} in {self:?}"
        );
        self.uri = self.uri.replace(old, new);
        self.body = self.body.replace(old, new);
        self
    }

    pub(crate) fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    /// Drops a query parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        let (path, query) = self.uri.split_once('?').unwrap();
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        assert_ne!(
            kept.len(),
            query.split('&').count(),
            "{name} in {}",
            self.uri
        );
        self.uri = format!("{path}?{}", kept.join("&"));
        self
    }

    /// Gives a query parameter another value, as it stands on the wire.
    pub(crate) fn param(self, name: &str, value: &str) -> Self {
        let mut raw = self.without(name);
        raw.uri = format!("{}&{name}={value}", raw.uri);
        raw
    }

    pub(crate) fn header(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.headers.retain(|(have, _)| *have != name);
        self.headers
            .extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// The same with a body that is no text.
    pub(crate) fn with_bytes(self, body: Bytes) -> Request<Bytes> {
        let mut request = Request::builder().method(self.method).uri(self.uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(body).unwrap()
    }
}

/// What becomes a request once it is written as the page at hand writes it.
pub(crate) trait Dressed {
    fn dressed(self, dress: Change) -> Request<Bytes>;
}

impl Dressed for Raw {
    fn dressed(self, dress: Change) -> Request<Bytes> {
        let mut raw = dress(self);
        let body = std::mem::take(&mut raw.body);
        raw.with_bytes(body.into())
    }
}

/// One that is finished, and stays as it is.
impl Dressed for Request<Bytes> {
    fn dressed(self, _: Change) -> Request<Bytes> {
        self
    }
}

impl Client {
    pub(crate) fn jslogin_request(&mut self) -> Raw {
        let counter = self.next_counter();
        self.get(
            "login.wx2.qq.com",
            &format!(
                "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx2.qq.com%2Fcgi-bin\
                 %2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_={counter}"
            ),
        )
    }

    pub(crate) fn poll_login(&mut self, tip: u32) -> Raw {
        let counter = self.next_counter();
        let uuid = self.uuid.replace('=', "%3D");
        let r = self.inverted();
        self.get(
            "login.wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/login?loginicon=true&uuid={uuid}&tip={tip}&r={r}&_={counter}"
            ),
        )
    }

    pub(crate) fn enter_request(&mut self) -> Raw {
        let (_, rest) = self.redirect.split_once("/cgi-bin/").unwrap();
        let path = format!("/cgi-bin/{rest}&fun=new&version=v2");
        self.get("wx2.qq.com", &path)
    }

    pub(crate) fn init_request(&mut self) -> Raw {
        let (r, ticket, base) = (self.inverted(), self.ticket(), self.base_request());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxinit?r={r}&lang=zh_CN&pass_ticket={ticket}"),
            &format!("{{{base}}}"),
        )
    }

    pub(crate) fn notify_request(&mut self, code: u32, to: &str) -> Raw {
        let (ticket, base, ms, me) = (
            self.ticket(),
            self.base_request(),
            self.ms(),
            self.me.clone(),
        );
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxstatusnotify?lang=zh_CN&pass_ticket={ticket}"),
            &format!(
                "{{{base},\"Code\":{code},\"FromUserName\":\"{me}\",\"ToUserName\":\"{to}\",\
                 \"ClientMsgId\":{ms}}}"
            ),
        )
    }

    pub(crate) fn contacts_request(&mut self, seq: u64) -> Raw {
        let (ticket, ms, skey) = (self.ticket(), self.ms(), quote(&self.skey));
        self.get(
            "wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxgetcontact?lang=zh_CN&pass_ticket={ticket}&r={ms}\
                 &seq={seq}&skey={skey}"
            ),
        )
    }

    /// A batch; rooms and people are told apart by their names.
    pub(crate) fn batch_request(&mut self, names: &[&str]) -> Raw {
        let (ticket, ms, base) = (self.ticket(), self.ms(), self.base_request());
        let entries: Vec<String> = names
            .iter()
            .map(|name| {
                let key = if name.starts_with("@@") {
                    "ChatRoomId"
                } else {
                    "EncryChatRoomId"
                };
                format!("{{\"UserName\":\"{name}\",\"{key}\":\"\"}}")
            })
            .collect();
        self.post(
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxbatchgetcontact?type=ex&r={ms}&lang=zh_CN\
                 &pass_ticket={ticket}"
            ),
            &format!(
                "{{{base},\"Count\":{},\"List\":[{}]}}",
                names.len(),
                entries.join(",")
            ),
        )
    }

    pub(crate) fn check_request(&mut self) -> Raw {
        let keys = if self.check_key.is_null() {
            &self.sync_key
        } else {
            &self.check_key
        };
        let keys: Vec<String> = keys["List"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| format!("{}_{}", item["Key"], item["Val"]))
            .collect();
        let counter = self.next_counter();
        let device = self.next_device();
        self.get(
            "webpush.wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/synccheck?r={}&skey={}&sid={}&uin={}&deviceid={device}\
                 &synckey={}&_={counter}",
                self.ms(),
                quote(&self.skey),
                quote(&self.sid),
                self.uin,
                keys.join("%7C")
            ),
        )
    }

    pub(crate) fn sync_request(&mut self) -> Raw {
        let (sid, skey, ticket) = (quote(&self.sid), quote(&self.skey), self.ticket());
        let (base, keys, rr) = (
            self.base_request(),
            self.sync_key.to_string(),
            self.inverted(),
        );
        self.post(
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxsync?sid={sid}&skey={skey}&lang=zh_CN\
                 &pass_ticket={ticket}"
            ),
            &format!("{{{base},\"SyncKey\":{keys},\"rr\":{rr}}}"),
        )
    }

    /// A text under a new id; `content` as it stands between the quotes.
    pub(crate) fn send_request(&mut self, to: &str, content: &str) -> Raw {
        self.sends += 1;
        let id = format!("{}{:04}", self.ms(), self.sends);
        let (ticket, base, me) = (self.ticket(), self.base_request(), self.me.clone());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket={ticket}"),
            &format!(
                "{{{base},\"Msg\":{{\"Type\":1,\"Content\":\"{content}\",\"FromUserName\":\"{me}\",\
                 \"ToUserName\":\"{to}\",\"LocalID\":\"{id}\",\"ClientMsgId\":\"{id}\"}},\
                 \"Scene\":0}}"
            ),
        )
    }

    pub(crate) fn push_request(&mut self) -> Raw {
        let path = format!("/cgi-bin/mmwebwx-bin/webwxpushloginurl?uin={}", self.uin);
        self.get("wx2.qq.com", &path)
    }

    /// A call of the page with the usual query and these members after `BaseRequest`.
    pub(crate) fn call(&mut self, name: &str, query: &str, members: &str) -> Raw {
        let (ticket, base) = (self.ticket(), self.base_request());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/{name}?{query}lang=zh_CN&pass_ticket={ticket}"),
            &format!("{{{base},{members}}}"),
        )
    }

    pub(crate) fn remark_request(&mut self, who: &str, remark: &str) -> Raw {
        let members = format!("\"UserName\":\"{who}\",\"CmdId\":2,\"RemarkName\":\"{remark}\"");
        self.call("webwxoplog", "", &members)
    }

    pub(crate) fn pin_request(&mut self, who: &str, on: bool, remark: &str) -> Raw {
        let on = u8::from(on);
        let members =
            format!("\"UserName\":\"{who}\",\"CmdId\":3,\"OP\":{on},\"RemarkName\":\"{remark}\"");
        self.call("webwxoplog", "", &members)
    }

    pub(crate) fn verify_request(&mut self, opcode: u32, who: &str, ticket: &str) -> Raw {
        let (ms, skey) = (self.ms(), self.skey.clone());
        let members = format!(
            "\"Opcode\":{opcode},\"VerifyUserListSize\":1,\"VerifyUserList\":[{{\"Value\":\"{who}\",\
             \"VerifyUserTicket\":\"{ticket}\"}}],\"VerifyContent\":\"\",\"SceneListCount\":1,\
             \"SceneList\":[33],\"skey\":\"{skey}\""
        );
        self.call("webwxverifyuser", &format!("r={ms}&"), &members)
    }

    pub(crate) fn create_room_request(&mut self, people: &[&str], topic: &str) -> Raw {
        let ms = self.ms();
        let list: Vec<String> = people
            .iter()
            .map(|name| format!("{{\"UserName\":\"{name}\"}}"))
            .collect();
        let members = format!(
            "\"MemberCount\":{},\"MemberList\":[{}],\"Topic\":\"{topic}\"",
            people.len(),
            list.join(",")
        );
        self.call("webwxcreatechatroom", &format!("r={ms}&"), &members)
    }

    /// `member` with its value as it stands in the body, or nothing.
    pub(crate) fn room_request(&mut self, fun: &str, room: &str, member: &str) -> Raw {
        let comma = if member.is_empty() { "" } else { "," };
        let members = format!("\"ChatRoomName\":\"{room}\"{comma}{member}");
        self.call("webwxupdatechatroom", &format!("fun={fun}&"), &members)
    }

    pub(crate) fn report_request(&mut self, text: &str) -> Raw {
        let members = format!("\"Count\":1,\"List\":[{{\"Type\":1,\"Text\":\"{text}\"}}]");
        let skey = format!("\"Skey\":\"{}\",", self.skey);
        self.call("webwxstatreport", "fun=new&", &members)
            .with(&skey, "")
    }

    pub(crate) fn link_request(&mut self, url: &str) -> Raw {
        let (skey, device, ticket) = (quote(&self.skey), self.next_device(), self.ticket());
        let (url, me) = (quote(url).replace(':', "%3A"), quote(&self.me));
        let path = format!(
            "/cgi-bin/mmwebwx-bin/webwxcheckurl?requrl={url}&skey={skey}&deviceid={device}\
             &pass_ticket={ticket}&opcode=2&scene=1&username={me}"
        );
        self.get("wx2.qq.com", &path)
    }

    pub(crate) fn index_request(&mut self) -> Raw {
        self.get("wx2.qq.com", "/").header("Referer", None)
    }

    pub(crate) fn logout_request(&mut self) -> Raw {
        let skey = quote(&self.skey);
        let body = format!("sid={}&uin={}", quote(&self.sid), self.uin);
        let path = format!("/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=0&skey={skey}");
        self.post(&path, &body)
            .header("Content-Type", Some("application/x-www-form-urlencoded"))
    }

    pub(crate) fn get(&mut self, host: &str, path: &str) -> Raw {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = vec![
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)".to_owned()),
            ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8".to_owned()),
            ("Referer", "https://wx2.qq.com/".to_owned()),
        ];
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.join("; ")));
        }
        let uri = match &self.base {
            Some(_) => path.to_owned(),
            None => format!("https://{host}{path}"),
        };
        Raw {
            method: "GET",
            uri,
            headers,
            body: String::new(),
        }
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> Raw {
        let mut raw = self.get("wx2.qq.com", path).method("POST").body(body);
        raw.headers
            .push(("Content-Type", "application/json;charset=UTF-8".to_owned()));
        raw
    }

    pub(crate) fn ms(&self) -> u64 {
        self.now.as_millis() as u64
    }

    fn inverted(&self) -> i32 {
        !(self.ms() as i32)
    }

    pub(crate) fn ticket(&self) -> String {
        self.pass_ticket.replace('%', "%25")
    }

    fn next_counter(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    fn next_device(&mut self) -> String {
        self.device += 1;
        format!("e{:015}", self.device)
    }

    pub(crate) fn base_request(&mut self) -> String {
        let device = self.next_device();
        format!(
            "\"BaseRequest\":{{\"Uin\":{},\"Sid\":\"{}\",\"Skey\":\"{}\",\"DeviceID\":\"{device}\"}}",
            self.uin, self.sid, self.skey
        )
    }
}

pub(crate) fn quote(value: &str) -> String {
    value
        .replace('%', "%25")
        .replace('@', "%40")
        .replace('+', "%2B")
        .replace('/', "%2F")
}

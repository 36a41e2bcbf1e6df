//! A client made of one socket and strings, so that nothing is hidden from the tests.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::{Value, json};

/// Long enough for a busy machine, short enough for a failing test.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Nothing is expected to come; if it does, this is time enough for it.
pub(crate) const MOMENT: Duration = Duration::from_millis(150);

/// A reply as it came over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Raw<S = TcpStream> {
    pub(crate) stream: S,
    host: String,
}

/// What the tests need of a connection, with or without TLS.
pub(crate) trait Wire: Read + Write {
    fn patience(&self, time: Duration);
}

impl Wire for TcpStream {
    fn patience(&self, time: Duration) {
        self.set_read_timeout(Some(time)).unwrap();
    }
}

impl Wire for rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    fn patience(&self, time: Duration) {
        self.sock.patience(time);
    }
}

impl Raw {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        Self {
            stream,
            host: address.to_string(),
        }
    }

    pub(crate) fn to(url: &str) -> Self {
        Self::connect(url.strip_prefix("http://").unwrap().parse().unwrap())
    }
}

impl<S: Wire> Raw<S> {
    pub(crate) fn over(stream: S, host: &str) -> Self {
        Self {
            stream,
            host: host.to_owned(),
        }
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a GET and does not wait for the reply.
    pub(crate) fn ask(&mut self, path: &str, headers: &str) {
        self.write(format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n",
            self.host
        ));
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.get_with(path, "")
    }

    pub(crate) fn get_with(&mut self, path: &str, headers: &str) -> Reply {
        self.ask(path, headers);
        self.read().unwrap()
    }

    pub(crate) fn post(&mut self, path: &str, headers: &str, body: impl AsRef<[u8]>) -> Reply {
        self.send(path, headers, body.as_ref());
        self.read().unwrap()
    }

    /// Sends a POST and does not wait for the reply.
    pub(crate) fn send(&mut self, path: &str, headers: &str, body: &[u8]) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.write([head.as_bytes(), body].concat());
    }

    /// Reads one reply, and not a byte more.
    pub(crate) fn read(&mut self) -> io::Result<Reply> {
        let head = self.head()?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        let headers = lines.filter(|line| !line.is_empty()).map(header).collect();
        let mut reply = Reply {
            status,
            headers,
            body: Vec::new(),
        };
        if reply.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?;
                let size = usize::from_str_radix(size.trim_end(), 16).unwrap();
                reply.body.extend(self.bytes(size)?);
                assert_eq!(self.bytes(2)?, b"\r\n");
                if size == 0 {
                    return Ok(reply);
                }
            }
        }
        let length = reply.header("content-length").unwrap().parse().unwrap();
        reply.body = self.bytes(length)?;
        Ok(reply)
    }

    /// The head, up to and with the empty line.
    pub(crate) fn head(&mut self) -> io::Result<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push_str(&self.line()?);
        }
        Ok(head)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.extend(self.bytes(1)?);
        }
        Ok(String::from_utf8(line).unwrap())
    }

    pub(crate) fn bytes(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Whatever comes until the connection ends.
    pub(crate) fn rest(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.stream.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether the connection stays open without a byte coming.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.stream.patience(MOMENT);
        let silent = self.stream.read(&mut [0]).is_err_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            )
        });
        self.stream.patience(SOON);
        silent
    }
}

/// A session as a client holds it.
pub(crate) struct Session<S = TcpStream> {
    pub(crate) raw: Raw<S>,
    /// The address that let it in.
    pub(crate) redirect: String,
    /// The cookies as they were given.
    pub(crate) set_cookies: String,
    /// The header with them.
    pub(crate) cookies: String,
    base: Value,
    own: String,
    query: String,
    keys: Value,
}

const CGI: &str = "/cgi-bin/mmwebwx-bin";

impl Session {
    pub(crate) fn open(address: SocketAddr) -> Self {
        Self::open_over(Raw::connect(address))
    }
}

impl<S: Wire> Session<S> {
    /// Logs in with a phone that confirms by itself.
    pub(crate) fn open_over(mut raw: Raw<S>) -> Self {
        let uuid = new_code(&mut raw);
        let (redirect, page) = loop {
            let reply = raw.get(&poll_path(&uuid));
            if let Some((_, url)) = reply.text().split_once("window.redirect_uri=\"") {
                let path = url
                    .trim_end_matches("\";")
                    .splitn(4, '/')
                    .nth(3)
                    .unwrap()
                    .to_owned();
                let page = raw.get(&format!("/{path}&fun=new&version=v2"));
                break (url.to_owned(), page);
            }
        };
        let cookies: Vec<&str> = page
            .all("set-cookie")
            .into_iter()
            .map(|cookie| cookie.split(';').next().unwrap())
            .collect();
        let value = |name: &str| {
            let (_, rest) = page.text().split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        let base = json!({
            "Uin": value("wxuin").parse::<u64>().unwrap(),
            "Sid": value("wxsid"),
            "Skey": value("skey"),
            "DeviceID": "e318540297714663",
        });
        let query = format!(
            "r=1&skey={}&sid={}&uin={}&deviceid=e318540297714663&_=9",
            value("skey").replace('@', "%40"),
            value("wxsid").replace('+', "%2B").replace('/', "%2F"),
            value("wxuin"),
        );
        let cookies = format!("Cookie: {}\r\n", cookies.join("; "));
        let body = json!({ "BaseRequest": base }).to_string();
        let init = raw
            .post(&format!("{CGI}/webwxinit?r=1"), &cookies, body)
            .json();
        assert_eq!(init["BaseResponse"]["Ret"], 0);
        let own = init["User"]["UserName"].as_str().unwrap().to_owned();
        Self {
            raw,
            redirect,
            set_cookies: page.all("set-cookie").join("\n"),
            cookies,
            base,
            own,
            query,
            keys: init["SyncKey"].clone(),
        }
    }

    /// Sends a poll over a connection of its own and does not wait for the reply.
    pub(crate) fn poll(&self, address: SocketAddr) -> Raw {
        let key = |key: &Value| format!("{}_{}", key["Key"], key["Val"]);
        let keys: Vec<_> = self.keys["List"]
            .as_array()
            .unwrap()
            .iter()
            .map(key)
            .collect();
        let mut raw = Raw::connect(address);
        let path = format!(
            "{CGI}/synccheck?{}&synckey={}",
            self.query,
            keys.join("%7C")
        );
        raw.ask(&path, &self.cookies);
        raw
    }

    /// Sends a text to the file helper and does not wait for the reply.
    pub(crate) fn say(&mut self, text: &str, id: &str) {
        let body = json!({
            "BaseRequest": self.base,
            "Msg": {
                "Type": 1,
                "Content": text,
                "FromUserName": self.own,
                "ToUserName": "filehelper",
                "LocalID": id,
                "ClientMsgId": id,
            },
            "Scene": 0,
        });
        self.raw.send(
            &format!("{CGI}/webwxsendmsg"),
            &self.cookies,
            body.to_string().as_bytes(),
        );
    }
}

pub(crate) const JSLOGIN: &str = "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2F\
    wx.qq.com%2Fcgi-bin%2Fmmwebwx-bin%2Fwebwxnewloginpage&fun=new&lang=zh_CN&_=1";

/// Asks for a QR code; its id.
pub(crate) fn new_code<S: Wire>(raw: &mut Raw<S>) -> String {
    let reply = raw.get(JSLOGIN);
    let (_, uuid) = reply.text().split_once("uuid = \"").unwrap();
    uuid.trim_end_matches("\";").to_owned()
}

pub(crate) fn poll_path(uuid: &str) -> String {
    let uuid = uuid.replace('=', "%3D");
    format!("{CGI}/login?loginicon=true&uuid={uuid}&tip=0&r=1&_=2")
}

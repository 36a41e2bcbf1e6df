//! The requests with media of the hand-written client, as the page sends them.

use bytes::Bytes;
use http::{Request, Response};
use md5::{Digest as _, Md5};
use serde_json::Value;
use wx_sim::server::{Act, Blob, Piece};

use crate::client::{Client, json, ret};
use crate::requests::{Change, Dressed, Raw, quote};

pub(crate) const CHUNK: usize = 512 * 1024;

/// A file on its way.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) bytes: Vec<u8>,
    pub(crate) to: String,
    /// `ClientMediaId`
    pub(crate) id: u64,
    pub(crate) aes_key: String,
    pub(crate) signature: String,
}

impl File {
    pub(crate) fn md5(&self) -> String {
        md5(&self.bytes)
    }

    pub(crate) fn chunks(&self) -> usize {
        self.bytes.len().div_ceil(CHUNK).max(1)
    }
}

/// An upload form before it becomes a request.
#[derive(Clone)]
pub(crate) struct Form {
    pub(crate) raw: Raw,
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) file_name: String,
    pub(crate) file_kind: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) boundary: String,
}

impl Form {
    /// Gives a field another value.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(have, _)| *have == name);
        value.clone_into(&mut field.unwrap().1);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        let before = self.fields.len();
        self.fields.retain(|(have, _)| *have != name);
        assert_ne!(self.fields.len(), before, "{name}");
        self
    }

    /// Replaces text in `uploadmediarequest`; it must be there.
    pub(crate) fn with(mut self, old: &str, new: &str) -> Self {
        let field = self
            .fields
            .iter_mut()
            .find(|(name, _)| *name == "uploadmediarequest")
            .unwrap();
        assert!(field.1.contains(old), "{old} in {}", field.1);
        field.1 = field.1.replace(old, new);
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.bytes = bytes.to_vec();
        self
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend_from_slice(
                format!(
                    "--{}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n",
                    self.boundary
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!(
                "--{}\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"{}\"\r\n\
                 Content-Type: {}\r\n\r\n",
                self.boundary, self.file_name, self.file_kind
            )
            .as_bytes(),
        );
        body.extend_from_slice(&self.bytes);
        body.extend_from_slice(format!("\r\n--{}--\r\n", self.boundary).as_bytes());
        body
    }
}

impl Dressed for Form {
    fn dressed(self, dress: Change) -> Request<Bytes> {
        let body = self.body();
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        dress(self.raw)
            .header("Content-Type", Some(&kind))
            .with_bytes(body.into())
    }
}

impl Client {
    /// A file that this client is about to upload.
    pub(crate) fn file(&mut self, name: &str, kind: &'static str, bytes: Vec<u8>) -> File {
        self.sends += 1;
        File {
            name: name.to_owned(),
            kind,
            bytes,
            to: "filehelper".to_owned(),
            id: self.ms() + self.sends,
            aes_key: String::new(),
            signature: String::new(),
        }
    }

    pub(crate) fn pdf(&mut self, size: usize) -> File {
        self.file("report_1.pdf", "application/pdf", bytes(size))
    }

    pub(crate) fn check_upload_request(&mut self, file: &File) -> Raw {
        let (ticket, base, me) = (self.ticket(), self.base_request(), self.me.clone());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxcheckupload?pass_ticket={ticket}"),
            &format!(
                "{{{base},\"FromUserName\":\"{me}\",\"ToUserName\":\"{}\",\"FileSize\":{},\
                 \"FileMd5\":\"{}\",\"FileName\":\"{}\",\"FileType\":7}}",
                file.to,
                file.bytes.len(),
                file.md5(),
                file.name
            ),
        )
    }

    pub(crate) fn chunk(&mut self, file: &File, nth: usize) -> Form {
        let (base, me) = (self.base_request(), self.me.clone());
        let (size, count) = (file.bytes.len(), file.chunks());
        let big = if file.aes_key.is_empty() {
            String::new()
        } else {
            format!(
                ",\"AESKey\":\"{}\",\"Signature\":\"{}\"",
                file.aes_key, file.signature
            )
        };
        let request = format!(
            "{{\"UploadType\":2,{base},\"ClientMediaId\":{},\"TotalLen\":{size},\"StartPos\":0,\
             \"DataLen\":{size},\"MediaType\":4,\"FromUserName\":\"{me}\",\"ToUserName\":\"{}\",\
             \"FileMd5\":\"{}\"{big}}}",
            file.id,
            file.to,
            file.md5()
        );
        let media_type = match file.name.rsplit('.').next() {
            Some("jpg" | "jpeg" | "png" | "bmp") => "pic",
            Some("mp4") => "video",
            _ => "doc",
        };
        let mut fields = vec![
            ("id", "WU_FILE_0".to_owned()),
            ("name", file.name.clone()),
            ("type", file.kind.to_owned()),
            (
                "lastModifiedDate",
                "Sun Jan 01 2023 08:00:00 GMT+0800 (中国标准时间)".to_owned(),
            ),
            ("size", size.to_string()),
        ];
        if count > 1 {
            fields.push(("chunks", count.to_string()));
            fields.push(("chunk", nth.to_string()));
        }
        fields.extend([
            ("mediatype", media_type.to_owned()),
            ("uploadmediarequest", request),
            (
                "webwx_data_ticket",
                self.cookies
                    .get("webwx_data_ticket")
                    .cloned()
                    .unwrap_or_default(),
            ),
            ("pass_ticket", self.plain_ticket()),
        ]);
        let start = nth * CHUNK;
        let end = (start + CHUNK).min(size);
        let raw = self
            .get(
                "file.wx2.qq.com",
                "/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json",
            )
            .method("POST")
            .header("Origin", Some("https://wx2.qq.com"));
        Form {
            raw,
            fields,
            file_name: file.name.clone(),
            file_kind: file.kind.to_owned(),
            bytes: file.bytes.get(start..end).unwrap_or_default().to_vec(),
            boundary: "----WebKitFormBoundary7MA4YWxkTrZu0gW".to_owned(),
        }
    }

    /// Uploads a whole file, and nothing goes wrong.
    pub(crate) fn upload(&mut self, file: &File) -> String {
        self.upload_rest(file, 0)
    }

    /// Uploads the chunks from one on.
    pub(crate) fn upload_rest(&mut self, file: &File, first: usize) -> String {
        let mut media_id = String::new();
        for nth in first..file.chunks() {
            let form = self.chunk(file, nth);
            let reply = json(&self.ask(form));
            assert_eq!(ret(&reply), 0);
            assert_eq!(media_id, "", "only the last chunk has an id");
            media_id = reply["MediaId"].as_str().unwrap().to_owned();
        }
        assert!(media_id.starts_with("@crypt_"));
        media_id
    }

    /// One of the sends; `members` are those of its own, between the type and the names.
    pub(crate) fn send_media(&mut self, path: &str, to: &str, msg_type: u32, members: &str) -> Raw {
        self.sends += 1;
        let id = format!("{}{:04}", self.ms(), self.sends);
        let (ticket, base, me) = (self.ticket(), self.base_request(), self.me.clone());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/{path}&lang=zh_CN&pass_ticket={ticket}"),
            &format!(
                "{{{base},\"Msg\":{{\"Type\":{msg_type},{members},\"FromUserName\":\"{me}\",\
                 \"ToUserName\":\"{to}\",\"LocalID\":\"{id}\",\"ClientMsgId\":\"{id}\"}},\
                 \"Scene\":0}}"
            ),
        )
    }

    pub(crate) fn image_request(&mut self, to: &str, media_id: &str) -> Raw {
        let members = format!("\"MediaId\":\"{media_id}\",\"Content\":\"\"");
        self.send_media("webwxsendmsgimg?fun=async&f=json", to, 3, &members)
    }

    pub(crate) fn video_request(&mut self, to: &str, media_id: &str) -> Raw {
        let members = format!("\"MediaId\":\"{media_id}\",\"Content\":\"\"");
        self.send_media("webwxsendvideomsg?fun=async&f=json", to, 43, &members)
    }

    pub(crate) fn sticker_request(&mut self, to: &str, what: &str) -> Raw {
        let members = format!("\"EmojiFlag\":2,{what}");
        self.send_media("webwxsendemoticon?fun=sys", to, 47, &members)
    }

    /// `content` as it stands between the quotes.
    pub(crate) fn app_request(&mut self, to: &str, kind: u32, content: &str) -> Raw {
        let members = format!("\"Content\":\"{content}\"");
        self.send_media("webwxsendappmsg?fun=async&f=json", to, kind, &members)
    }

    pub(crate) fn file_request(&mut self, to: &str, file: &File, media_id: &str) -> Raw {
        let ending = file.name.rsplit('.').next().unwrap();
        let content = app_file(&file.name, file.bytes.len(), media_id, ending);
        self.app_request(to, 6, &content)
    }

    pub(crate) fn revoke_request(&mut self, to: &str, msg_id: &str) -> Raw {
        self.sends += 1;
        let id = format!("{}{:04}", self.ms(), self.sends);
        let (ticket, base) = (self.ticket(), self.base_request());
        self.post(
            &format!("/cgi-bin/mmwebwx-bin/webwxrevokemsg?pass_ticket={ticket}"),
            &format!(
                "{{{base},\"SvrMsgId\":\"{msg_id}\",\"ToUserName\":\"{to}\",\
                 \"ClientMsgId\":\"{id}\"}}"
            ),
        )
    }

    /// A download by the id of a message; `end` follows the key.
    pub(crate) fn message_media(&mut self, path: &str, name: &str, id: &str, end: &str) -> Raw {
        let skey = quote(&self.skey);
        self.get(
            "wx2.qq.com",
            &format!("/cgi-bin/mmwebwx-bin/{path}?{name}={id}&skey={skey}{end}"),
        )
    }

    pub(crate) fn picture(&mut self, msg_id: &str, end: &str) -> Response<Bytes> {
        let raw = self.message_media("webwxgetmsgimg", "MsgID", msg_id, end);
        self.ask(raw)
    }

    /// `message` is the one that brought the file.
    pub(crate) fn attachment_request(&mut self, message: &Value) -> Raw {
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        let data_ticket = quote(&self.cookies["webwx_data_ticket"]);
        let (ticket, uin) = (self.ticket(), self.uin.clone());
        self.get(
            "file.wx2.qq.com",
            &format!(
                "/cgi-bin/mmwebwx-bin/webwxgetmedia?sender={}&mediaid={}&encryfilename={}\
                 &fromuser={uin}&pass_ticket={ticket}&webwx_data_ticket={data_ticket}",
                quote(&text("FromUserName")),
                quote(&text("MediaId")),
                quote(&text("EncryFileName")),
            ),
        )
    }

    /// A friend sends something; the message as it arrives.
    pub(crate) fn receive(&mut self, chat: &str, from: Option<&str>, piece: Piece) -> Value {
        self.receive_as(chat, from, piece, false)
    }

    pub(crate) fn receive_as(
        &mut self,
        chat: &str,
        from: Option<&str>,
        piece: Piece,
        veiled: bool,
    ) -> Value {
        let act = Act::Send {
            chat: chat.to_owned(),
            from: from.map(str::to_owned),
            piece,
            veiled,
        };
        self.act(act);
        let mut messages = self.drain();
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }

    fn plain_ticket(&self) -> String {
        self.pass_ticket
            .replace("%2B", "+")
            .replace("%2F", "/")
            .replace("%3D", "=")
    }
}

/// A file message as the page writes it, between the quotes of JSON.
pub(crate) fn app_file(name: &str, size: usize, media_id: &str, ending: &str) -> String {
    format!(
        "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{name}</title><des></des>\
         <action></action><type>6</type><content></content><url></url><lowurl></lowurl>\
         <appattach><totallen>{size}</totallen><attachid>{media_id}</attachid>\
         <fileext>{ending}</fileext></appattach><extinfo></extinfo></appmsg>"
    )
}

pub(crate) fn md5(bytes: &[u8]) -> String {
    let digest: [u8; 16] = Md5::digest(bytes).into();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes that do not repeat where chunks do.
pub(crate) fn bytes(size: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        bytes.extend_from_slice(&state.to_be_bytes()[..4]);
    }
    bytes.truncate(size);
    bytes
}

pub(crate) fn given(bytes: &'static [u8]) -> Blob {
    Blob::Given(Bytes::from_static(bytes))
}

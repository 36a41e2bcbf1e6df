//! Files on their way in: webwxcheckupload and webwxuploadmedia.

use bytes::Bytes;
use http::Response;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use super::call::{Call, Fail, UPLOAD_REQUEST, as_text};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::media::{Grant, Named, digest};
use super::peer::{ME, Peer};
use super::rate::Class;
use super::reply::{self, Json, base};
use super::{Server, SessionId};

/// Files above this size are announced first.
pub(super) const BIG: u64 = 25 * 1024 * 1024;

/// Bytes of every chunk but the last.
const CHUNK: usize = 512 * 1024;

/// More than this at once fails in the field.
const AT_ONCE: usize = 1024 * 1024;

/// Videos of this size and above are refused.
const VIDEO: u64 = 20 * 1024 * 1024;

/// The fields of the page's form, in its order. Two of them are there only if there are several
/// chunks.
const FIELDS: &[&str] = &[
    "id",
    "name",
    "type",
    "lastModifiedDate",
    "size",
    "chunks",
    "chunk",
    "mediatype",
    UPLOAD_REQUEST,
    "webwx_data_ticket",
    "pass_ticket",
    "filename",
];

impl Server {
    pub(super) fn check_upload(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.judge_ways(call, id)?;
        let size = number(&call.json, "FileSize");
        let Some(size) = size.filter(|size| *size > 0) else {
            return Err(call.refuse(Refusal::Member("FileSize"), 1));
        };
        let md5 = call.member("FileMd5").unwrap_or_default();
        if !is_md5(&md5) {
            return Err(call.refuse(Refusal::Member("FileMd5"), 1));
        }
        let name = call.member("FileName").unwrap_or_default();
        if name.is_empty() {
            return Err(call.refuse(Refusal::Member("FileName"), 1));
        }
        if number(&call.json, "FileType") != Some(7) {
            return Err(call.refuse(Refusal::Member("FileType"), 1));
        }
        if size <= BIG {
            call.remark(Remark::NeedlessCheck);
        }
        let account = self.sessions.get(&id).ok_or(Fail::Code(1100))?.account;
        let limits = self.setup.limits.clone();
        // Whoever knows the md5 of something the service has need not send it.
        let known = self.shelf.content(&md5).filter(|it| it.size == size);
        let media_id = known.map_or_else(String::new, |content| {
            let named = Named {
                account,
                session: Some(id),
                content,
                name: name.clone(),
            };
            self.shelf.name(named, &limits)
        });
        let grant = self.shelf.grant(id, &md5, &limits);
        let body = Json::Object(vec![
            base(0),
            ("MediaId", media_id.into()),
            ("AESKey", grant.aes_key.into()),
            ("Signature", grant.signature.into()),
            ("EncryFileName", encry_file_name(&name).into()),
        ]);
        Ok(reply::json(self.now, self.packs(call), &body))
    }

    pub(super) fn upload_media(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        self.judge_ticket(call, id)?;
        let has_ticket = self.sessions.get(&id).is_some_and(|it| !it.ticket_lost);
        judge_order(call, has_ticket);
        let chunk = Chunk::read(call)?;
        self.judge_ways(call, id)?;
        self.judge_grant(call, id, &chunk)?;
        let account = self.sessions.get(&id).ok_or(Fail::Code(1100))?.account;
        let next = self.next_chunk(call, id, &chunk)?;
        if let Next::Again(media_id) = next {
            return Ok(self.uploaded_reply(call, 0, &media_id, &chunk));
        }
        if self.pace(id, Class::Upload).is_err() {
            return Err(self.too_often(call, id, &chunk));
        }
        let limits = self.setup.limits.clone();
        let kept = self
            .shelf
            .append(id, &chunk.upload, &chunk.bytes, &limits)
            .is_ok();
        if !kept {
            return Err(Fail::Code(-1));
        }
        if chunk.nth + 1 < chunk.of {
            return Ok(self.uploaded_reply(call, 0, "", &chunk));
        }
        if let Some(why) = self.is_unlike_what_was_said(id, &chunk) {
            self.shelf.drop_draft(id, &chunk.upload);
            return Err(call.refuse(why, -1));
        }
        let finished = self
            .shelf
            .finish(id, &chunk.upload, account, &chunk.name, &limits);
        match finished {
            Some(media_id) => Ok(self.uploaded_reply(call, 0, &media_id, &chunk)),
            None => Err(Fail::Code(-1)),
        }
    }

    /// From oneself, to somebody.
    fn judge_ways(&self, call: &mut Call, id: SessionId) -> Result<(), Fail> {
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        if call.member("FromUserName") != Some(session.name(Peer::Person(ME))) {
            return Err(call.refuse(Refusal::Sender, 1));
        }
        let to = call.member("ToUserName").unwrap_or_default();
        if session.peer(&to).is_none() {
            return Err(call.refuse(Refusal::UnknownRecipient, 1));
        }
        Ok(())
    }

    /// The two tickets in the form. Without the first one the file host knows no session.
    fn judge_ticket(&self, call: &mut Call, id: SessionId) -> Result<(), Fail> {
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        let text = |call: &Call, name| Some(call.field(name)?.text()?.to_owned());
        match text(call, "webwx_data_ticket") {
            Some(ticket) if ticket == session.data_ticket => {}
            Some(_) => return Err(call.refuse(Refusal::Identity("webwx_data_ticket"), 1100)),
            None => return Err(call.refuse(Refusal::Member("webwx_data_ticket"), 1100)),
        }
        match text(call, "pass_ticket") {
            Some(ticket) if decoded(&session.pass_ticket) == ticket => {}
            Some(_) => call.remark(Remark::PassTicketEncoding),
            // The order of the fields tells that it is missing.
            None => {}
        }
        Ok(())
    }

    /// A large file is uploaded with what its announcement was answered with.
    fn judge_grant(&self, call: &mut Call, id: SessionId, chunk: &Chunk) -> Result<(), Fail> {
        if chunk.total <= BIG {
            for name in ["AESKey", "Signature"] {
                if call.member(name).is_some_and(|value| !value.is_empty()) {
                    call.remark(Remark::UnknownMember(name.to_owned()));
                }
            }
            return Ok(());
        }
        let md5 = call.member("FileMd5").unwrap_or_default();
        let grant: Option<Grant> = self.shelf.granted(id, &md5).cloned();
        for (name, value) in [
            ("AESKey", grant.as_ref().map(|grant| &grant.aes_key)),
            ("Signature", grant.as_ref().map(|grant| &grant.signature)),
        ] {
            if value.is_none() || call.member(name).as_ref() != value {
                return Err(call.refuse(Refusal::Grant(name), -1));
            }
        }
        Ok(())
    }

    /// Whether a chunk is the next one of its upload, or came before.
    fn next_chunk(&self, call: &mut Call, id: SessionId, chunk: &Chunk) -> Result<Next, Fail> {
        let draft = self.shelf.draft(id, &chunk.upload);
        let come = draft.map_or(0, |draft| draft.chunks.len());
        let before = draft.and_then(|draft| draft.chunks.get(chunk.nth));
        match before {
            Some(before) if *before == digest(&chunk.bytes) => {
                let is_last = chunk.nth + 1 == come;
                let done = draft.and_then(|draft| draft.done.clone());
                Ok(Next::Again(done.filter(|_| is_last).unwrap_or_default()))
            }
            Some(_) => Err(call.refuse(Refusal::ChunkChanged, -1)),
            None if chunk.nth == come && draft.is_none_or(|draft| draft.done.is_none()) => {
                Ok(Next::New)
            }
            None => Err(call.refuse(Refusal::ChunkOrder, -1)),
        }
    }

    fn is_unlike_what_was_said(&self, id: SessionId, chunk: &Chunk) -> Option<Refusal> {
        let size = self.shelf.draft(id, &chunk.upload).map(|draft| draft.size);
        if size != Some(chunk.total) {
            return Some(Refusal::TotalLen);
        }
        let told = chunk.md5.as_ref()?;
        (self.shelf.md5_of(id, &chunk.upload).as_ref() != Some(told)).then_some(Refusal::FileMd5)
    }

    /// Beyond the rate there is a media id all the same, but it leads to something else.
    fn too_often(&mut self, call: &Call, id: SessionId, chunk: &Chunk) -> Fail {
        let limits = self.setup.limits.clone();
        let wrong = Bytes::from_static(b"\xff\xd8\xff\xe0 somebody else's picture \xff\xd9");
        let account = self.sessions.get(&id).map(|session| session.account);
        let media_id = match (account, self.shelf.put(&wrong, &limits)) {
            (Some(account), Some(content)) => {
                let named = Named {
                    account,
                    session: Some(id),
                    content,
                    name: chunk.name.clone(),
                };
                self.shelf.name(named, &limits)
            }
            _ => String::new(),
        };
        let reply = self.uploaded_reply(call, 1205, &media_id, chunk);
        Fail::Answer(1205, Box::new(reply))
    }

    fn uploaded_reply(
        &self,
        call: &Call,
        ret: i64,
        media_id: &str,
        chunk: &Chunk,
    ) -> Response<Bytes> {
        let is_last = chunk.nth + 1 == chunk.of;
        let body = Json::Object(vec![
            base(ret),
            ("MediaId", media_id.into()),
            ("StartPos", Json::Big(if is_last { chunk.total } else { 0 })),
            ("CDNThumbImgHeight", Json::Num(0)),
            ("CDNThumbImgWidth", Json::Num(0)),
            ("EncryFileName", encry_file_name(&chunk.name).into()),
        ]);
        reply::json(self.now, self.packs(call), &body)
    }
}

/// What is to be done with a chunk.
enum Next {
    New,
    /// It came before, and was answered with this media id.
    Again(String),
}

/// A chunk, taken apart and judged by itself.
struct Chunk {
    /// `ClientMediaId`.
    upload: String,
    name: String,
    total: u64,
    md5: Option<String>,
    nth: usize,
    of: usize,
    bytes: Bytes,
}

impl Chunk {
    fn read(call: &mut Call) -> Result<Self, Fail> {
        let Some(file) = call.field("filename").cloned() else {
            return Err(call.refuse(Refusal::Member("filename"), 1));
        };
        let upload = call.member("ClientMediaId").filter(|id| !id.is_empty());
        let Some(upload) = upload else {
            return Err(call.refuse(Refusal::Member("ClientMediaId"), 1));
        };
        let Some(total) = number(&call.json, "TotalLen") else {
            return Err(call.refuse(Refusal::Member("TotalLen"), 1));
        };
        let name = field(call, "name").unwrap_or_default();
        let md5 = call.member("FileMd5");
        if md5.as_ref().is_some_and(|md5| !is_md5(md5)) {
            call.remark(Remark::MemberForm("FileMd5"));
        }
        let count = |name| field(call, name).map(|text| text.parse::<usize>().ok());
        let (of, nth) = match (count("chunks"), count("chunk")) {
            (None, None) => (1, 0),
            (Some(Some(of)), Some(Some(nth))) => (of, nth),
            _ => return Err(call.refuse(Refusal::ChunkSize, 1)),
        };
        let is_single = of <= 1;
        if is_single && call.field("chunks").is_some() {
            // With one chunk the page does not count.
            call.remark(Remark::FieldForm("chunks"));
        }
        let chunk = Self {
            upload,
            name,
            total,
            md5: md5.map(|md5| md5.to_ascii_lowercase()),
            nth,
            of,
            bytes: file.value.clone(),
        };
        chunk.judge_size(call)?;
        chunk.judge_request(call);
        chunk.judge_fields(call, file.file.as_deref(), file.kind.as_deref());
        Ok(chunk)
    }

    fn judge_size(&self, call: &mut Call) -> Result<(), Fail> {
        let is_video = field(call, "mediatype").as_deref() == Some("video");
        if self.total == 0 || (is_video && self.total >= VIDEO) {
            return Err(call.refuse(Refusal::FileSize, -2));
        }
        if self.nth >= self.of || self.bytes.len() > AT_ONCE {
            return Err(call.refuse(Refusal::ChunkSize, -1));
        }
        if self.nth + 1 < self.of && self.bytes.len() != CHUNK {
            call.remark(Remark::ChunkLength);
        }
        if self.of == 1 && self.bytes.len() > CHUNK {
            call.remark(Remark::ChunkLength);
        }
        Ok(())
    }

    /// The numbers that are the same for every chunk of every file.
    fn judge_request(&self, call: &mut Call) {
        for (name, value) in [
            ("UploadType", 2),
            ("StartPos", 0),
            ("DataLen", self.total),
            ("MediaType", 4),
        ] {
            let told = call.json.get(name);
            if told.is_some() && told.and_then(Value::as_u64) != Some(value) {
                call.remark(Remark::MemberForm(name));
            }
        }
        let is_ms =
            call.json.get("ClientMediaId").is_some_and(Value::is_u64) && self.upload.len() == 13;
        if !is_ms {
            call.remark(Remark::MemberForm("ClientMediaId"));
        }
    }

    fn judge_fields(&self, call: &mut Call, file: Option<&str>, kind: Option<&str>) {
        let is_id = |id: &str| {
            let digits = id.strip_prefix("WU_FILE_");
            digits.is_some_and(|digits| digits.parse::<u32>().is_ok())
        };
        let told = field(call, "type");
        let is_kind =
            kind.is_some() && (kind == told.as_deref() || kind == Some("application/octet-stream"));
        let judged = [
            ("id", field(call, "id").is_some_and(|id| is_id(&id))),
            (
                "name",
                file == Some(self.name.as_str()) && !self.name.is_empty(),
            ),
            ("type", told.is_some_and(|told| told.contains('/'))),
            (
                "lastModifiedDate",
                field(call, "lastModifiedDate").is_some_and(|date| !date.is_empty()),
            ),
            ("size", field(call, "size") == Some(self.total.to_string())),
            (
                "mediatype",
                field(call, "mediatype").as_deref() == Some(media_type(&self.name)),
            ),
            ("filename", is_kind),
        ];
        for (name, is_right) in judged {
            // Those that are missing were remarked.
            if !is_right && call.field(name).is_some() {
                call.remark(Remark::FieldForm(name));
            }
        }
    }
}

/// The fields there are against those of the page.
fn judge_order(call: &mut Call, has_ticket: bool) {
    let mut remarks = Vec::new();
    let names: Vec<&str> = call.form.iter().map(|field| field.name.as_str()).collect();
    let place = |name: &str| FIELDS.iter().position(|field| *field == name);
    for name in &names {
        if place(name).is_none() {
            remarks.push(Remark::UnknownMember(super::call::shown(name)));
        }
    }
    for name in FIELDS {
        let is_needed = match *name {
            "chunks" | "chunk" => false,
            // A start from cookies alone brings none.
            "pass_ticket" => has_ticket,
            _ => true,
        };
        if is_needed && !names.contains(name) {
            remarks.push(Remark::MissingMember(name));
        }
    }
    let places: Vec<usize> = names.iter().filter_map(|name| place(name)).collect();
    if !places.is_sorted_by(|before, after| before < after) {
        remarks.push(Remark::FieldOrder);
    }
    for remark in remarks {
        call.remark(remark);
    }
}

fn field(call: &Call, name: &str) -> Option<String> {
    Some(call.field(name)?.text()?.to_owned())
}

fn number(json: &Value, name: &str) -> Option<u64> {
    json.get(name).and_then(as_text)?.parse().ok()
}

fn is_md5(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == 32 && text.bytes().all(is_digit)
}

fn decoded(ticket: &str) -> String {
    percent_decode_str(ticket).decode_utf8_lossy().into_owned()
}

/// What the page takes a file for, by its name. A GIF is a document, or it would stand still.
fn media_type(name: &str) -> &'static str {
    match extension(name).to_ascii_lowercase().as_str() {
        "bmp" | "png" | "jpeg" | "jpg" => "pic",
        "mp4" => "video",
        _ => "doc",
    }
}

/// What follows the last dot of a name.
pub(super) fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, end)| end)
}

/// A file name as the service writes it, percent-encoded down to `_` and `.`.
pub(super) fn encry_file_name(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

//! Media on their way out. Whatever is wrong with a request, the answer is an empty 200.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::account::{Attachment, Heard, Sort};
use super::call::{Call, Fail};
use super::endpoint::Row;
use super::judge::{Refusal, Remark};
use super::media::Content;
use super::picture::small;
use super::reply;
use super::sample::picture_type;
use super::upload::encry_file_name;
use super::{Server, SessionId};

impl Server {
    pub(super) fn preview(&mut self, call: &mut Call, row: &Row) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let account = self.sessions.get(&id).ok_or(Fail::Code(1100))?.account;
        let media_id = call.param("mediaid").unwrap_or_default();
        let Some(named) = self.shelf.named(media_id, account, id) else {
            return Err(call.refuse(Refusal::MediaId, 0));
        };
        Ok(self.picture(&named.content))
    }

    pub(super) fn message_image(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let heard = self.asked_for(call, id, "MsgID")?;
        let size = call.param("type").map(str::to_owned);
        if !matches!(size.as_deref(), None | Some("slave" | "big")) {
            call.remark(Remark::ParamForm("type"));
        }
        let small_one = || self.drawn(small(self.setup.seed, heard.msg_id));
        match (&heard.attachment, size.as_deref()) {
            (Some(attachment), size) => match (attachment.sort, size, &attachment.content) {
                (Sort::Image | Sort::Video | Sort::App, Some("slave"), _) => Ok(small_one()),
                (Sort::Image, _, Some(content))
                // A sticker is only there in this size.
                | (Sort::Sticker, Some("big"), Some(content)) => Ok(self.picture(content)),
                (Sort::Sticker | Sort::Video | Sort::App, ..) => {
                    call.remark(Remark::ParamForm("type"));
                    Err(Fail::Code(0))
                }
                _ => Err(call.refuse(Refusal::UnknownMessage, 0)),
            },
            (None, _) => Err(call.refuse(Refusal::UnknownMessage, 0)),
        }
    }

    pub(super) fn message_voice(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let content = self.asked_for_content(call, id, Sort::Voice)?;
        match range(call) {
            Some(range) => self.part(call, &content, "audio/mp3", range),
            None => Ok(self.file(&content, "audio/mp3")),
        }
    }

    pub(super) fn message_video(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let content = self.asked_for_content(call, id, Sort::Video)?;
        match range(call) {
            Some(range) => self.part(call, &content, "video/mp4", range),
            None => {
                call.remark(Remark::MissingHeader("Range"));
                Err(Fail::Code(0))
            }
        }
    }

    pub(super) fn message_file(
        &mut self,
        call: &mut Call,
        row: &Row,
    ) -> Result<Response<Bytes>, Fail> {
        let id = self.enter(call, row)?;
        let session = self.sessions.get(&id).ok_or(Fail::Code(1100))?;
        if call.param("webwx_data_ticket") != Some(session.data_ticket.as_str()) {
            return Err(call.refuse(Refusal::Identity("webwx_data_ticket"), 0));
        }
        let media_id = call.param("mediaid").unwrap_or_default();
        let Some(named) = self.shelf.named(media_id, session.account, id) else {
            return Err(call.refuse(Refusal::MediaId, 0));
        };
        let is_known = call
            .param("sender")
            .is_some_and(|sender| session.peer(sender).is_some());
        let is_named = match (call.param("encryfilename"), call.param("filename")) {
            (Some(name), _) => name == encry_file_name(&named.name),
            (None, Some(name)) => name == named.name,
            (None, None) => false,
        };
        if !is_known {
            call.remark(Remark::ParamForm("sender"));
        }
        if !is_named {
            call.remark(Remark::ParamForm("encryfilename"));
        }
        Ok(self.file(&named.content, "application/octet-stream"))
    }

    /// The message a request names.
    pub(super) fn asked_for(
        &self,
        call: &mut Call,
        id: SessionId,
        name: &'static str,
    ) -> Result<Heard, Fail> {
        let Some(digits) = call.param_in_any_spelling(name).map(str::to_owned) else {
            return Err(call.refuse(Refusal::Param(name), 0));
        };
        let (_, account) = self.inside(id)?;
        let Ok(msg_id) = digits.parse::<u64>() else {
            return Err(call.refuse(Refusal::UnknownMessage, 0));
        };
        match account.message(msg_id) {
            Some(heard) => Ok(heard.clone()),
            // It was taken back while the client was on its way to it, which can happen to anybody.
            None if account.gone.contains(&msg_id) => Err(Fail::Code(0)),
            None => Err(call.refuse(Refusal::UnknownMessage, 0)),
        }
    }

    fn asked_for_content(
        &self,
        call: &mut Call,
        id: SessionId,
        sort: Sort,
    ) -> Result<Content, Fail> {
        match self.asked_for(call, id, "msgid")?.attachment {
            Some(Attachment {
                sort: is,
                content: Some(content),
            }) if is == sort => Ok(content),
            _ => Err(call.refuse(Refusal::UnknownMessage, 0)),
        }
    }

    /// A whole content, or nothing if it is not kept any more.
    fn file(&self, content: &Content, kind: &str) -> Response<Bytes> {
        let bytes = self.shelf.whole(content).unwrap_or_default();
        reply::plain(self.now, StatusCode::OK, kind, bytes)
    }

    fn picture(&self, content: &Content) -> Response<Bytes> {
        let bytes = self.shelf.whole(content).unwrap_or_default();
        let kind = picture_type(&bytes);
        reply::plain(self.now, StatusCode::OK, kind, bytes)
    }

    pub(super) fn drawn(&self, bytes: Bytes) -> Response<Bytes> {
        reply::plain(self.now, StatusCode::OK, "image/jpeg", bytes)
    }

    /// A part of a content.
    fn part(
        &self,
        call: &mut Call,
        content: &Content,
        kind: &str,
        range: (u64, Option<u64>),
    ) -> Result<Response<Bytes>, Fail> {
        let (start, end) = range;
        let Some(last) = content.size.checked_sub(1).filter(|last| start <= *last) else {
            call.note(Refusal::Range);
            return Err(Fail::Status(StatusCode::RANGE_NOT_SATISFIABLE));
        };
        let end = end.map_or(last, |end| end.min(last));
        let length = end.saturating_sub(start).saturating_add(1);
        let Some(bytes) = self.shelf.read(content, start, length) else {
            return Err(Fail::Code(0));
        };
        let mut reply = reply::plain(self.now, StatusCode::PARTIAL_CONTENT, kind, bytes);
        let place = format!("bytes {start}-{end}/{}", content.size);
        let headers = reply.headers_mut();
        headers.insert(header::CONTENT_RANGE, reply::text(&place));
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        Ok(reply)
    }
}

/// `bytes=0-` or `bytes=0-99`. Other forms count as none.
fn range(call: &Call) -> Option<(u64, Option<u64>)> {
    let value = call.header(header::RANGE.as_str())?;
    let (start, end) = value.strip_prefix("bytes=")?.split_once('-')?;
    let start = start.parse().ok()?;
    let end = match end {
        "" => None,
        digits => Some(digits.parse().ok().filter(|end| *end >= start)?),
    };
    Some((start, end))
}

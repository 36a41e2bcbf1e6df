//! A file on its way to the service: its digest first, then its pieces, one after another.
//!
//! What is at hand is digested at once. A source is read twice, a block at a time, and of all its
//! blocks only the one on its way is kept.

use std::{fmt::Write, time::Duration};

use bytes::Bytes;
use md5::{Digest, Md5};

use super::{
    check,
    step::{Outcome, Step},
};
use crate::{
    command::{self, Answer, Data, Media, MediaKind, Misuse},
    cx::{Cx, Failure, read_accepted},
    endpoint::{
        Context, Draft, Endpoint, webwxcheckupload,
        webwxuploadmedia::{self, Chunk, FileInfo, MediaType},
    },
    error::ProtocolErrorKind,
    id::{ChatId, CommandId},
    output::Reply,
    rng,
    secret::Secret,
    session::Session,
    transport::{SourceErrorKind, TransportError},
    wire::mime::mime_of,
};

pub(crate) struct Upload {
    to: ChatId,
    kind: MediaKind,
    name: String,
    len: u64,
    /// `None`: the caller reads it.
    bytes: Option<Bytes>,
    /// The same for all its pieces.
    client_media_id: u64,
    serial: u64,
    boundary: u64,
    modified: Duration,
    /// So many bytes the service has.
    arrived: u64,
    stage: Stage,
}

enum Stage {
    /// The digest is being made; so much of the source went into it.
    Digest(Box<Md5>, u64),
    /// Large files are announced.
    Announce(String),
    Pieces(Box<Pieces>),
}

struct Pieces {
    md5: String,
    /// Of what was sent. It must come to the same.
    again: Md5,
    nth: u64,
    /// The piece on its way.
    block: Option<Bytes>,
    aes_key: Secret,
    signature: Secret,
}

/// The size of a piece, fixed by the official page.
const PIECE: u64 = 512 << 10;

/// Files beyond are announced first.
const LARGE: u64 = 25 << 20;

/// Ids of media were seen with over 600 characters. They go into bodies of requests.
const LONGEST_ID: usize = 8192;

impl Upload {
    /// The job of the command `Upload`.
    pub(super) fn alone(
        cx: &mut Cx,
        id: CommandId,
        order: command::Upload,
    ) -> Result<Self, Misuse> {
        if let Some(to) = &order.to {
            check::is_ours(cx, to)?;
        }
        let to = order.to.unwrap_or_else(|| cx.session.chat("filehelper"));
        Self::of(cx, id, to, order.kind, order.name, order.data)
    }

    pub(super) fn of(
        cx: &mut Cx,
        id: CommandId,
        to: ChatId,
        kind: MediaKind,
        name: String,
        data: Data,
    ) -> Result<Self, Misuse> {
        let len = data.len();
        let limits = &cx.config.limits;
        let most = match kind {
            MediaKind::Image => limits.image,
            MediaKind::Video => limits.video,
            MediaKind::File => limits.file,
        };
        if len == 0 {
            return Err(Misuse::EmptyFile);
        }
        if len > most {
            return Err(Misuse::TooLarge);
        }
        if name.is_empty() || name.len() > LONGEST_NAME {
            return Err(Misuse::FileName);
        }
        let mut upload = Self {
            to,
            kind,
            name,
            len,
            bytes: None,
            client_media_id: cx.next_media_id(),
            serial: cx.next_upload(),
            boundary: cx.random(rng::Purpose::Boundary, id.ordinal()),
            modified: cx.now.unix,
            arrived: 0,
            stage: Stage::Digest(Box::default(), 0),
        };
        if let Data::Here(bytes) = data {
            let digest = Md5::digest(&bytes);
            upload.bytes = Some(bytes);
            upload.digested(hex(&digest));
        }
        Ok(upload)
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        (self.arrived, self.len)
    }

    pub(super) fn step(&self) -> Step {
        match &self.stage {
            Stage::Digest(_, at) => self.block_at(*at),
            Stage::Announce(_) => Step::Ask(Endpoint::CheckUpload),
            Stage::Pieces(pieces) if pieces.block.is_none() => self.block_at(pieces.nth * PIECE),
            Stage::Pieces(_) => Step::Ask(Endpoint::UploadMedia),
        }
    }

    fn block_at(&self, offset: u64) -> Step {
        let len = self.len.saturating_sub(offset).min(PIECE);
        Step::Read {
            offset,
            len: usize::try_from(len).unwrap_or(usize::MAX),
        }
    }

    pub(super) fn took(&mut self, block: Bytes) -> Result<(), SourceErrorKind> {
        let Step::Read { offset, len } = self.step() else {
            return Ok(());
        };
        if block.len() != len {
            return Err(SourceErrorKind::Changed);
        }
        let end = offset + len as u64;
        match &mut self.stage {
            Stage::Digest(digest, at) => {
                digest.update(&block);
                *at = end;
                if end == self.len {
                    let digest = hex(&digest.clone().finalize());
                    self.digested(digest);
                }
                Ok(())
            }
            Stage::Pieces(pieces) => {
                pieces.again.update(&block);
                let is_last = end == self.len;
                if is_last && hex(&pieces.again.clone().finalize()) != pieces.md5 {
                    return Err(SourceErrorKind::Changed);
                }
                pieces.block = Some(block);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn digested(&mut self, md5: String) {
        if self.len > LARGE {
            self.stage = Stage::Announce(md5);
        } else {
            self.announced(md5, Secret::default(), Secret::default());
        }
    }

    fn announced(&mut self, md5: String, aes_key: Secret, signature: Secret) {
        let mut pieces = Pieces {
            md5,
            again: Md5::new(),
            nth: 0,
            block: None,
            aes_key,
            signature,
        };
        pieces.block = self.piece_at_hand(0);
        self.stage = Stage::Pieces(Box::new(pieces));
    }

    /// A piece of what need not be read.
    fn piece_at_hand(&self, nth: u64) -> Option<Bytes> {
        let bytes = self.bytes.as_ref()?;
        let start = usize::try_from(nth * PIECE).ok()?;
        let end = bytes.len().min(start.checked_add(PIECE as usize)?);
        (start < end).then(|| bytes.slice(start..end))
    }

    pub(super) fn draft(
        &self,
        cx: &Context<'_>,
        session: &Session,
        ticket: &Secret,
    ) -> Option<Draft> {
        let (from, to) = (session.my_name(), self.to.user_name());
        let credentials = &session.credentials;
        let pieces = match &self.stage {
            Stage::Digest(..) => return None,
            Stage::Announce(md5) => {
                let (size, name) = (self.len, &self.name);
                let draft = webwxcheckupload::request(cx, credentials, from, to, size, md5, name);
                return Some(draft);
            }
            Stage::Pieces(pieces) => pieces,
        };
        let file = FileInfo {
            name: &self.name,
            mime: mime_of(&self.name),
            media_type: match self.kind {
                MediaKind::Image => MediaType::Pic,
                MediaKind::Video => MediaType::Video,
                MediaKind::File => MediaType::Doc,
            },
            size: self.len,
            md5: &pieces.md5,
            modified: self.modified,
        };
        let chunk = Chunk {
            from,
            to,
            file: &file,
            client_media_id: self.client_media_id,
            data_ticket: ticket,
            aes_key: pieces.aes_key.expose(),
            signature: pieces.signature.expose(),
            nth: pieces.nth,
            of: self.len.div_ceil(PIECE),
            serial: self.serial,
            boundary: self.boundary,
        };
        let data = pieces.block.as_deref().unwrap_or_default();
        Some(webwxuploadmedia::request(cx, credentials, &chunk, data))
    }

    pub(super) fn answered(
        &mut self,
        cx: &Cx,
        reply: Result<Reply, TransportError>,
    ) -> Result<Outcome, Failure> {
        match &self.stage {
            Stage::Announce(md5) => {
                let endpoint = Endpoint::CheckUpload;
                let reply = read_accepted(endpoint, reply, webwxcheckupload::parse, |it| &it.base)?;
                let md5 = md5.clone();
                if reply.media_id.is_empty() {
                    self.announced(md5, reply.aes_key, reply.signature);
                    Ok(Outcome::Next)
                } else {
                    // The service has a file of that digest.
                    self.arrived = self.len;
                    self.finish(cx, endpoint, md5, reply.media_id, reply.signature)
                }
            }
            Stage::Pieces(pieces) => {
                let endpoint = Endpoint::UploadMedia;
                let reply = read_accepted(endpoint, reply, webwxuploadmedia::parse, |it| &it.base)?;
                let nth = pieces.nth + 1;
                self.arrived = self.len.min(nth * PIECE);
                if self.arrived == self.len {
                    let id = reply.usable_media_id().unwrap_or_default().to_owned();
                    let (md5, signature) = (pieces.md5.clone(), pieces.signature.clone());
                    return self.finish(cx, endpoint, md5, id, signature);
                }
                let block = self.piece_at_hand(nth);
                if let Stage::Pieces(pieces) = &mut self.stage {
                    pieces.nth = nth;
                    pieces.block = block;
                }
                Ok(Outcome::Next)
            }
            Stage::Digest(..) => Ok(Outcome::Next),
        }
    }

    fn finish(
        &self,
        cx: &Cx,
        endpoint: Endpoint,
        md5: String,
        media_id: String,
        signature: Secret,
    ) -> Result<Outcome, Failure> {
        let kind = match media_id.len() {
            0 => Some(ProtocolErrorKind::Missing("MediaId")),
            1..=LONGEST_ID => None,
            _ => Some(ProtocolErrorKind::Oversized),
        };
        if let Some(kind) = kind {
            return Err(Failure::bare(endpoint, kind));
        }
        let media = Media {
            login: cx.session.login(),
            kind: self.kind,
            name: self.name.clone(),
            len: self.len,
            md5,
            media_id: Secret::new(media_id),
            signature,
        };
        Ok(Outcome::Done(Answer::Uploaded(media)))
    }
}

/// A name has to fit the file systems of those who receive it.
const LONGEST_NAME: usize = 255;

fn hex(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

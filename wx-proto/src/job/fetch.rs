//! Something on its way from the service into the caller's sink.

use std::time::Duration;

use http::header::CONTENT_TYPE;

use super::{check, step::Outcome};
use crate::{
    command::{self, Answer, FileOf, Misuse, Of},
    cx::{Cx, Failure, accepted},
    endpoint::{
        Context, Draft, Endpoint, webwxgetheadimg, webwxgeticon,
        webwxgetmedia::{self, Attachment},
        webwxgetmsgimg::{self, ImageSize},
        webwxgetpubliclinkimg, webwxgetvideo, webwxgetvoice, webwxoplog,
    },
    error::ProtocolErrorKind,
    id::{CommandId, MsgId},
    output::Reply,
    roster::{Contact, Roster},
    secret::Secret,
    session::Session,
    stream::Stream,
    transport::{TransportError, TransportErrorKind},
};

pub(crate) struct Fetch {
    name: &'static str,
    id: CommandId,
    what: What,
    /// Bytes, as far as known.
    size: u64,
    /// The most that the sink gets.
    most: u64,
    is_spent: bool,
}

enum What {
    Image(MsgId, ImageSize),
    Voice(MsgId),
    Video { message: MsgId, from: u64 },
    Map(MsgId),
    File(Box<FileOf>),
    Icon(Icon),
    RoomPicture { user_name: String, seq: u64 },
}

struct Icon {
    user_name: String,
    seq: u64,
    /// Empty outside rooms.
    chat_room_id: String,
    big: bool,
}

/// Whoever has less than this, in bytes per second, has to do without files.
const SLOWEST: u64 = 32 << 10;

/// No message is so large that it may take longer.
const LONGEST: Duration = Duration::from_secs(3 * 3600);

impl Fetch {
    pub(super) fn image(
        cx: &Cx,
        id: CommandId,
        order: command::FetchImage,
    ) -> Result<Self, Misuse> {
        let size = order.size;
        Self::message(cx, id, "FetchImage", order.of, |it| What::Image(it, size))
    }

    pub(super) fn sticker(
        cx: &Cx,
        id: CommandId,
        order: command::FetchSticker,
    ) -> Result<Self, Misuse> {
        // Without this size it stands still.
        let what = |it| What::Image(it, ImageSize::Big);
        Self::message(cx, id, "FetchSticker", order.of, what)
    }

    pub(super) fn voice(
        cx: &Cx,
        id: CommandId,
        order: command::FetchVoice,
    ) -> Result<Self, Misuse> {
        Self::message(cx, id, "FetchVoice", order.of, What::Voice)
    }

    pub(super) fn video(
        cx: &Cx,
        id: CommandId,
        order: command::FetchVideo,
    ) -> Result<Self, Misuse> {
        let from = order.from;
        let what = |message| What::Video { message, from };
        Self::message(cx, id, "FetchVideo", order.of, what)
    }

    pub(super) fn map(cx: &Cx, id: CommandId, order: command::FetchMap) -> Result<Self, Misuse> {
        Self::message(cx, id, "FetchMap", order.of, What::Map)
    }

    fn message(
        cx: &Cx,
        id: CommandId,
        name: &'static str,
        of: Of,
        what: impl FnOnce(MsgId) -> What,
    ) -> Result<Self, Misuse> {
        check::is_this_login(cx, of.login)?;
        let message = of.msg_id.ok_or(Misuse::NothingToFetch)?;
        Ok(Self::new(cx, id, name, what(message), of.size))
    }

    pub(super) fn file(cx: &Cx, id: CommandId, order: command::FetchFile) -> Result<Self, Misuse> {
        check::is_this_login(cx, order.login)?;
        let file = order.what.ok_or(Misuse::NothingToFetch)?;
        let size = file.size;
        Ok(Self::new(
            cx,
            id,
            "FetchFile",
            What::File(Box::new(file)),
            size,
        ))
    }

    pub(super) fn avatar(
        cx: &Cx,
        roster: &Roster,
        id: CommandId,
        order: command::FetchAvatar,
    ) -> Result<Self, Misuse> {
        check::is_ours(cx, &order.who)?;
        let user_name = order.who.user_name().to_owned();
        let seq = roster.find(&user_name).and_then(Contact::head_img_seq);
        let seq = seq.unwrap_or(0);
        let what = match &order.room {
            None if order.who.is_room() => What::RoomPicture { user_name, seq },
            room => What::Icon(Icon {
                chat_room_id: match room {
                    None => String::new(),
                    Some(room) => {
                        check::is_room(cx, room)?;
                        check::room_id(roster, room.user_name())
                    }
                },
                user_name,
                seq,
                big: order.big,
            }),
        };
        Ok(Self::new(cx, id, "FetchAvatar", what, 0))
    }

    fn new(cx: &Cx, id: CommandId, name: &'static str, what: What, size: u64) -> Self {
        Self {
            name,
            id,
            what,
            size,
            most: cx.config.limits.download,
            is_spent: false,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn is_spent(&self) -> bool {
        self.is_spent
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        match &self.what {
            What::Image(..) => Endpoint::GetMsgImg,
            What::Voice(_) => Endpoint::GetVoice,
            What::Video { .. } => Endpoint::GetVideo,
            What::Map(_) => Endpoint::GetPublicLinkImg,
            What::File(_) => Endpoint::GetMedia,
            What::Icon(_) => Endpoint::GetIcon,
            What::RoomPicture { .. } => Endpoint::GetHeadImg,
        }
    }

    /// Large ones take long. How far one is, the core does not see.
    pub(super) fn extra_time(&self) -> Duration {
        Duration::from_secs(self.size.min(self.most) / SLOWEST).min(LONGEST)
    }

    pub(super) fn draft(&self, cx: &Context<'_>, session: &Session, ticket: &Secret) -> Draft {
        let credentials = &session.credentials;
        let draft = match &self.what {
            What::Image(message, size) => webwxgetmsgimg::request(cx, credentials, message, *size),
            What::Voice(message) => webwxgetvoice::request(cx, credentials, message),
            What::Video { message, from } => {
                webwxgetvideo::request(cx, credentials, message, *from)
            }
            What::Map(message) => webwxgetpubliclinkimg::request(cx, credentials, message),
            What::File(file) => {
                let attachment = Attachment {
                    sender: &file.sender,
                    media_id: file.media_id.expose(),
                    encry_file_name: &file.encry_file_name,
                    file_name: &file.file_name,
                };
                webwxgetmedia::request(cx, credentials, &attachment, ticket)
            }
            What::Icon(icon) => webwxgeticon::request(
                cx,
                credentials,
                &icon.user_name,
                icon.seq,
                &icon.chat_room_id,
                icon.big,
            ),
            What::RoomPicture { user_name, seq } => {
                webwxgetheadimg::request(cx, credentials, user_name, *seq)
            }
        };
        draft.into_stream(Stream {
            command: self.id,
            most: self.most,
            from: match self.what {
                What::Video { from, .. } => from,
                _ => 0,
            },
            // A file may be a text.
            takes_text: matches!(self.what, What::File(_)),
        })
    }

    pub(super) fn answered(
        &mut self,
        reply: Result<Reply, TransportError>,
    ) -> Result<Outcome, Failure> {
        let endpoint = self.endpoint();
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                // How much a reply that took too long brought, nobody tells.
                let kind = error.kind();
                self.is_spent |= error.reached_sink() > 0
                    || matches!(
                        kind,
                        TransportErrorKind::TimedOut | TransportErrorKind::Sink
                    );
                return Err(error.into());
            }
        };
        let kind = match reply.status {
            status if status.is_redirection() => ProtocolErrorKind::Redirected,
            status if !status.is_success() => ProtocolErrorKind::Status(status.as_u16()),
            _ if reply.streamed > 0 => {
                let content_type = reply.headers.get(CONTENT_TYPE);
                let content_type = content_type.and_then(|value| value.to_str().ok());
                return Ok(Outcome::Done(Answer::Fetched(command::Fetched {
                    len: reply.streamed,
                    content_type: content_type.map(str::to_owned),
                })));
            }
            _ if reply.body.is_empty() => ProtocolErrorKind::Empty,
            _ => {
                // A refusal says so itself; any other page is one.
                if let Ok(refusal) = webwxoplog::parse(&reply.body) {
                    accepted(endpoint, &refusal.base)?;
                }
                ProtocolErrorKind::Page
            }
        };
        Err(Failure::protocol(endpoint, kind, &reply))
    }
}

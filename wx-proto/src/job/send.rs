//! Something said in a chat, with the upload that may have to come before.

use super::{
    check,
    said::{Said, SaidWhat},
    step::{Outcome, Step},
    upload::Upload,
};
use crate::{
    command::{self, Answer, Attachment, Forwarded, Kept, Media, MediaKind, Misuse, Part, Receipt},
    cx::{Cx, Failure, read_accepted},
    endpoint::{
        Context, Draft, Endpoint,
        envelope::Envelope,
        webwxsendappmsg::{self, App},
        webwxsendemoticon::{self, Sticker},
        webwxsendmsg::{self, Said as Words},
        webwxsendmsgimg, webwxsendvideomsg,
    },
    id::{ChatId, ClientMsgId, CommandId},
    message::mention_text,
    output::Reply,
    pacer::PaceClass,
    roster::Roster,
    secret::Secret,
    session::Session,
    transport::TransportError,
};

pub(crate) struct Send {
    name: &'static str,
    chat: ChatId,
    id: ClientMsgId,
    what: What,
}

enum What {
    Text {
        content: String,
        mention: Vec<String>,
    },
    /// To be said as what it is uploaded for.
    Media(Sendable, Form),
    /// A sticker by its digest.
    Sticker(String),
    Kept(Kept),
}

enum Sendable {
    Uploading(Box<Upload>),
    Ready(Box<Media>),
}

/// How media are said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Image,
    Emoticon,
    Video,
    File,
}

impl Form {
    /// What it has to be uploaded as.
    fn kind(self) -> MediaKind {
        match self {
            Self::Image => MediaKind::Image,
            Self::Video => MediaKind::Video,
            Self::Emoticon | Self::File => MediaKind::File,
        }
    }
}

impl Send {
    pub(super) fn text(
        cx: &mut Cx,
        roster: &Roster,
        id: CommandId,
        order: command::SendText,
    ) -> Result<Self, Misuse> {
        check::is_ours(cx, &order.chat)?;
        if order.text.is_empty() {
            return Err(Misuse::EmptyText);
        }
        let mut content = order.text;
        let mut mention = Vec::new();
        if !order.mention.is_empty() {
            check::is_room(cx, &order.chat)?;
            let room = roster.find(order.chat.user_name());
            let mut names = Vec::new();
            for member in &order.mention {
                check::is_ours(cx, member)?;
                let known = room.and_then(|room| room.member(member.user_name()));
                names.push(known.ok_or(Misuse::NotAMember)?.name());
                mention.push(member.user_name().to_owned());
            }
            let names: Vec<_> = names.iter().map(|name| &**name).collect();
            content = mention_text(&names, &content);
        }
        let client_msg_id = match &order.key {
            Some(key) => ClientMsgId::of_key(key),
            None => cx.next_client_msg_id(id),
        };
        let what = What::Text { content, mention };
        Ok(Self::new("SendText", order.chat, client_msg_id, what))
    }

    pub(super) fn image(
        cx: &mut Cx,
        id: CommandId,
        order: command::SendImage,
    ) -> Result<Self, Misuse> {
        Self::media(cx, id, "SendImage", order.chat, order.what, Form::Image)
    }

    pub(super) fn video(
        cx: &mut Cx,
        id: CommandId,
        order: command::SendVideo,
    ) -> Result<Self, Misuse> {
        Self::media(cx, id, "SendVideo", order.chat, order.what, Form::Video)
    }

    pub(super) fn file(
        cx: &mut Cx,
        id: CommandId,
        order: command::SendFile,
    ) -> Result<Self, Misuse> {
        Self::media(cx, id, "SendFile", order.chat, order.what, Form::File)
    }

    pub(super) fn emoticon(
        cx: &mut Cx,
        id: CommandId,
        order: command::SendEmoticon,
    ) -> Result<Self, Misuse> {
        const NAME: &str = "SendEmoticon";
        let (chat, md5) = match order.what {
            Ok(what) => return Self::media(cx, id, NAME, order.chat, what, Form::Emoticon),
            Err(md5) => (order.chat, md5),
        };
        check::is_ours(cx, &chat)?;
        if md5.len() != 32 || !md5.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Misuse::Digest);
        }
        let client_msg_id = cx.next_client_msg_id(id);
        Ok(Self::new(NAME, chat, client_msg_id, What::Sticker(md5)))
    }

    pub(super) fn forward(
        cx: &mut Cx,
        id: CommandId,
        order: command::Forward,
    ) -> Result<Self, Misuse> {
        check::is_ours(cx, &order.chat)?;
        check::is_this_login(cx, order.login)?;
        let what = match order.what.ok_or(Misuse::NotForwardable)? {
            Forwarded::Text(content) => What::Text {
                content,
                mention: Vec::new(),
            },
            Forwarded::Sticker(md5) => What::Sticker(md5),
            Forwarded::Kept(kept) => What::Kept(kept),
        };
        let client_msg_id = cx.next_client_msg_id(id);
        Ok(Self::new("Forward", order.chat, client_msg_id, what))
    }

    fn media(
        cx: &mut Cx,
        id: CommandId,
        name: &'static str,
        chat: ChatId,
        what: Attachment,
        form: Form,
    ) -> Result<Self, Misuse> {
        check::is_ours(cx, &chat)?;
        let media = match what.0 {
            Part::Old(media) => {
                check::is_this_login(cx, media.login)?;
                if media.kind != form.kind() && form != Form::File {
                    return Err(Misuse::WrongMedia);
                }
                Sendable::Ready(Box::new(media))
            }
            Part::New { name, data } => {
                if form == Form::Emoticon && data.len() > cx.config.limits.image {
                    return Err(Misuse::TooLarge);
                }
                let upload = Upload::of(cx, id, chat.clone(), form.kind(), name, data)?;
                Sendable::Uploading(Box::new(upload))
            }
        };
        let client_msg_id = cx.next_client_msg_id(id);
        let what = What::Media(media, form);
        Ok(Self::new(name, chat, client_msg_id, what))
    }

    fn new(name: &'static str, chat: ChatId, id: ClientMsgId, what: What) -> Self {
        Self {
            name,
            chat,
            id,
            what,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn chat(&self) -> &ChatId {
        &self.chat
    }

    pub(super) fn client_msg_id(&self) -> ClientMsgId {
        self.id
    }

    /// What has to come before it can be said.
    pub(super) fn upload(&self) -> Option<&Upload> {
        match &self.what {
            What::Media(Sendable::Uploading(upload), _) => Some(upload),
            _ => None,
        }
    }

    pub(super) fn upload_mut(&mut self) -> Option<&mut Upload> {
        match &mut self.what {
            What::Media(Sendable::Uploading(upload), _) => Some(upload),
            _ => None,
        }
    }

    pub(super) fn progress(&self) -> Option<(u64, u64)> {
        match &self.what {
            What::Media(Sendable::Uploading(upload), _) => Some(upload.progress()),
            What::Media(Sendable::Ready(media), _) => Some((media.len, media.len)),
            _ => None,
        }
    }

    pub(super) fn class(&self) -> PaceClass {
        match &self.what {
            What::Media(Sendable::Uploading(_), _) => PaceClass::Upload,
            What::Text { .. } => PaceClass::Text,
            _ => PaceClass::Media,
        }
    }

    pub(super) fn step(&self) -> Step {
        match self.upload() {
            Some(upload) => upload.step(),
            None => Step::Ask(self.endpoint()),
        }
    }

    fn endpoint(&self) -> Endpoint {
        match &self.what {
            What::Text { .. } => Endpoint::SendMsg,
            What::Sticker(_) | What::Media(_, Form::Emoticon) => Endpoint::SendEmoticon,
            What::Media(_, Form::Image) => Endpoint::SendMsgImg,
            What::Media(_, Form::Video) => Endpoint::SendVideoMsg,
            What::Media(_, Form::File) => Endpoint::SendAppMsg,
            What::Kept(Kept::Image { .. }) => Endpoint::SendMsgImg,
            What::Kept(Kept::Video { .. }) => Endpoint::SendVideoMsg,
            What::Kept(Kept::File { .. } | Kept::App { .. }) => Endpoint::SendAppMsg,
            What::Kept(Kept::Location(_) | Kept::Card(_)) => Endpoint::SendMsg,
        }
    }

    pub(super) fn draft(
        &self,
        cx: &Context<'_>,
        session: &Session,
        ticket: &Secret,
    ) -> Option<Draft> {
        let credentials = &session.credentials;
        let envelope = Envelope {
            from: session.my_name(),
            to: self.chat.user_name(),
            id: self.id,
        };
        let say = |words| webwxsendmsg::request(cx, credentials, envelope, words);
        let image =
            |id: &str, xml: &str| webwxsendmsgimg::request(cx, credentials, envelope, id, xml);
        let video = |id: &str, xml: &str, micro| {
            webwxsendvideomsg::request(cx, credentials, envelope, id, xml, micro)
        };
        let sticker = |it| webwxsendemoticon::request(cx, credentials, envelope, it);
        let app = |it| webwxsendappmsg::request(cx, credentials, envelope, it);
        Some(match &self.what {
            What::Text { content, mention } => {
                let mention: Vec<_> = mention.iter().map(String::as_str).collect();
                let mention = &mention[..];
                say(Words::Text { content, mention })
            }
            What::Sticker(md5) => sticker(Sticker::Md5(md5)),
            What::Media(Sendable::Ready(media), form) => {
                let id = media.media_id.expose();
                match form {
                    Form::Image => image(id, ""),
                    Form::Video => video(id, "", false),
                    Form::Emoticon => sticker(Sticker::Media(id)),
                    Form::File => app(App::File {
                        name: &media.name,
                        size: media.len,
                        media_id: id,
                        signature: media.signature.expose(),
                    }),
                }
            }
            What::Media(Sendable::Uploading(upload), _) => {
                return upload.draft(cx, session, ticket);
            }
            What::Kept(kept) => match kept {
                Kept::Location(content) => say(Words::Location { content }),
                Kept::Card(content) => say(Words::Card { content }),
                Kept::Image { media_id, content } => image(media_id, content),
                Kept::Video {
                    media_id,
                    content,
                    micro,
                } => video(media_id, content, *micro),
                Kept::File {
                    name,
                    size,
                    media_id,
                } => app(App::File {
                    name,
                    size: *size,
                    media_id,
                    signature: "",
                }),
                Kept::App { kind, content } => app(App::Forwarded {
                    kind: *kind,
                    content,
                }),
            },
        })
    }

    pub(super) fn answered(
        &mut self,
        cx: &Cx,
        reply: Result<Reply, TransportError>,
    ) -> Result<Outcome, Failure> {
        if let Some(upload) = self.upload_mut() {
            return match upload.answered(cx, reply)? {
                Outcome::Done(Answer::Uploaded(media)) => {
                    if let What::Media(it, _) = &mut self.what {
                        *it = Sendable::Ready(Box::new(media));
                    }
                    Ok(Outcome::Next)
                }
                outcome => Ok(outcome),
            };
        }
        let endpoint = self.endpoint();
        let reply = read_accepted(endpoint, reply, webwxsendmsg::parse, |it| &it.base)?;
        Ok(Outcome::Done(Answer::Sent(Receipt {
            chat: self.chat.clone(),
            msg_id: reply.msg_id,
            client_msg_id: self.id,
            accepted: cx.now.unix,
        })))
    }

    pub(super) fn said(&self) -> Option<Said> {
        let what = match &self.what {
            What::Text { content, .. } => SaidWhat::Text(content.clone()),
            What::Media(Sendable::Uploading(_), _) => return None,
            What::Media(Sendable::Ready(media), Form::File) => SaidWhat::File(media.name.clone()),
            What::Media(_, Form::Image) => SaidWhat::Kind("image"),
            What::Media(_, Form::Video) => SaidWhat::Kind("video"),
            What::Media(_, Form::Emoticon) | What::Sticker(_) => SaidWhat::Kind("emoticon"),
            What::Kept(kept) => match kept {
                Kept::File { name, .. } => SaidWhat::File(name.clone()),
                Kept::Location(_) => SaidWhat::Kind("location"),
                Kept::Card(_) => SaidWhat::Kind("card"),
                Kept::Image { .. } => SaidWhat::Kind("image"),
                Kept::Video { .. } => SaidWhat::Kind("video"),
                Kept::App { .. } => SaidWhat::Kind("app"),
            },
        };
        Some(Said {
            chat: self.chat.clone(),
            what,
        })
    }
}

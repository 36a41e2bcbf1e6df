//! What stands in the envelope of a send.

use serde_json::Value;

use super::account::{Attachment, Sort};
use super::call::{Call, Fail, as_text};
use super::endpoint::Endpoint;
use super::judge::{Refusal, Remark};
use super::media::Content;
use super::peer::Peer;
use super::received::Said;
use super::upload::{BIG, extension};
use super::xml::{self, Element};
use super::{Server, SessionId};

/// A message as far as it does not depend on who gets it.
#[derive(Debug)]
pub(super) struct Payload {
    pub(super) what: Said,
    pub(super) text: String,
    pub(super) mentions: Vec<String>,
    pub(super) attachment: Option<Attachment>,
}

impl Payload {
    fn plain(what: Said, text: String) -> Self {
        Self {
            what,
            text,
            mentions: Vec::new(),
            attachment: None,
        }
    }

    fn with(what: Said, text: String, sort: Sort, content: Content) -> Self {
        Self {
            attachment: Some(Attachment::new(sort, content)),
            ..Self::plain(what, text)
        }
    }
}

impl Server {
    pub(super) fn payload(
        &self,
        call: &mut Call,
        id: SessionId,
        chat: Peer,
        msg_type: u32,
        msg: &Value,
    ) -> Result<Payload, Fail> {
        let text = |name: &str| msg.get(name).and_then(as_text).unwrap_or_default();
        let content = text("Content");
        match (call.endpoint, msg_type) {
            (Endpoint::SendMsgImg, _) => {
                let found = self.media_or_forward(call, id, &text("MediaId"), &content, "img")?;
                let what = Said::Image((&found).into());
                Ok(Payload::with(what, content, Sort::Image, found))
            }
            (Endpoint::SendVideoMsg, _) => {
                let found =
                    self.media_or_forward(call, id, &text("MediaId"), &content, "videomsg")?;
                let what = Said::Video {
                    media: (&found).into(),
                    micro: msg_type == 62,
                };
                Ok(Payload::with(what, content, Sort::Video, found))
            }
            (Endpoint::SendEmoticon, _) => {
                if text("EmojiFlag") != "2" {
                    call.remark(Remark::MemberForm("EmojiFlag"));
                }
                let md5 = text("EMoticonMd5");
                let found = if md5.is_empty() {
                    self.uploaded(call, id, &text("MediaId"))?
                } else {
                    if !text("MediaId").is_empty() {
                        call.remark(Remark::MemberForm("EMoticonMd5"));
                    }
                    let known = self.shelf.content(&md5);
                    known.ok_or_else(|| call.refuse(Refusal::UnknownSticker, -1))?
                };
                let what = Said::Sticker((&found).into());
                Ok(Payload::with(what, content, Sort::Sticker, found))
            }
            (Endpoint::SendAppMsg, _) => {
                self.app_message(call, id, msg_type, content, &text("Signature"))
            }
            (_, 42) => {
                let card = xml::parse(&content).filter(|root| root.name == "msg");
                let who = card
                    .as_ref()
                    .and_then(|card| self.peer(id, card.attribute("username")?));
                let Some(who) = who else {
                    return Err(call.refuse(Refusal::Content, 1));
                };
                let who = self.plain_of(id, who);
                Ok(Payload::plain(Said::Card { who }, content))
            }
            (_, 48) => {
                if xml::parse(&content).is_none_or(|root| root.at(&["location"]).is_none()) {
                    return Err(call.refuse(Refusal::Content, 1));
                }
                Ok(Payload::plain(Said::Location, content))
            }
            _ => {
                let mentions = match msg.get("MsgSource") {
                    None => Vec::new(),
                    Some(source) => {
                        let source = source.as_str().unwrap_or_default();
                        let mentions = self.mentions(id, chat, source);
                        // A mention that names nobody of this room tells no phone anything.
                        if mentions.is_empty() || !content.contains('@') {
                            call.remark(Remark::MemberForm("MsgSource"));
                        }
                        mentions
                    }
                };
                Ok(Payload {
                    mentions,
                    ..Payload::plain(Said::Text, content)
                })
            }
        }
    }

    fn peer(&self, id: SessionId, name: &str) -> Option<Peer> {
        self.sessions.get(&id)?.peer(name)
    }

    fn plain_of(&self, id: SessionId, peer: Peer) -> String {
        let session = self.sessions.get(&id);
        let account = session.and_then(|session| self.accounts.get(&session.account));
        account.map_or(String::new(), |account| account.plain(peer).to_owned())
    }

    /// The members of a room that a mention names: all of them, or it is none.
    fn mentions(&self, id: SessionId, chat: Peer, source: &str) -> Vec<String> {
        let Peer::Room(room) = chat else {
            return Vec::new();
        };
        let Some(root) = xml::parse(source).filter(|root| root.name == "msgsource") else {
            return Vec::new();
        };
        if self.peer(id, root.text_at(&["atchatroomname"])) != Some(chat) {
            return Vec::new();
        }
        let session = self.sessions.get(&id);
        let Some(account) = session.and_then(|session| self.accounts.get(&session.account)) else {
            return Vec::new();
        };
        let member = |name: &str| match self.peer(id, name)? {
            Peer::Person(at) if account.room(room)?.has(at) => {
                Some(account.plain(Peer::Person(at)).to_owned())
            }
            _ => None,
        };
        let names = root.text_at(&["atusername"]).split(',');
        names.map(member).collect::<Option<_>>().unwrap_or_default()
    }

    /// What a media id leads to.
    fn uploaded(&self, call: &mut Call, id: SessionId, media_id: &str) -> Result<Content, Fail> {
        if media_id.is_empty() {
            return Err(call.refuse(Refusal::Member("MediaId"), 1200));
        }
        let account = self.sessions.get(&id).map(|session| session.account);
        let named = account.and_then(|account| self.shelf.named(media_id, account, id));
        let found = named.map(|named| named.content.clone());
        found.ok_or_else(|| call.refuse(Refusal::MediaId, -1))
    }

    /// Media that were uploaded, or those of a message whose content is forwarded.
    fn media_or_forward(
        &self,
        call: &mut Call,
        id: SessionId,
        media_id: &str,
        content: &str,
        element: &str,
    ) -> Result<Content, Fail> {
        if !media_id.is_empty() || content.is_empty() {
            return self.uploaded(call, id, media_id);
        }
        if content.starts_with('@') {
            return self.uploaded(call, id, content);
        }
        let root = xml::parse(content);
        let md5 = root
            .as_ref()
            .and_then(|root| root.at(&[element])?.attribute("md5"));
        let found = md5.and_then(|md5| self.shelf.content(md5));
        found.ok_or_else(|| call.refuse(Refusal::Content, -1))
    }

    fn app_message(
        &self,
        call: &mut Call,
        id: SessionId,
        msg_type: u32,
        content: String,
        signature: &str,
    ) -> Result<Payload, Fail> {
        let root = xml::parse(&content);
        // A forwarded one may stand in its message, or was cut out of it.
        let app = root.as_ref().and_then(|root| match root.name.as_str() {
            "appmsg" => Some(root),
            _ => root.at(&["appmsg"]),
        });
        let Some(app) = app else {
            return Err(call.refuse(Refusal::Content, 1));
        };
        if app.text_at(&["type"]) != msg_type.to_string() {
            return Err(call.refuse(Refusal::MessageType, 1));
        }
        // A name may begin or end with a blank.
        let title = app
            .at(&["title"])
            .map_or("", |title| &title.text)
            .to_owned();
        if msg_type != 6 {
            let what = Said::App {
                kind: msg_type,
                title,
            };
            return Ok(Payload::plain(what, content));
        }
        let found = self.uploaded(call, id, app.text_at(&["appattach", "attachid"]))?;
        judge_file(call, app, &title, &found);
        // What is forwarded was named and signed by whoever sent it first.
        let is_own = !self.was_received(id, app);
        let desktop = self.sessions.get(&id).is_some_and(|it| it.desktop);
        if is_own && app.attribute("appid") != Some(app_id(desktop)) {
            call.remark(Remark::MemberForm("Content"));
        }
        let is_signed = is_own && found.size > BIG;
        let granted = self.shelf.granted(id, &found.md5);
        if is_signed && granted.is_none_or(|grant| grant.signature != signature) {
            return Err(call.refuse(Refusal::Grant("Signature"), -1));
        }
        if !is_signed && !signature.is_empty() {
            call.remark(Remark::UnknownMember("Signature".to_owned()));
        }
        let what = Said::File {
            media: (&found).into(),
            name: title,
        };
        Ok(Payload::with(what, content, Sort::File, found))
    }

    fn was_received(&self, id: SessionId, app: &Element) -> bool {
        let Some(session) = self.sessions.get(&id) else {
            return false;
        };
        let media_id = app.text_at(&["appattach", "attachid"]);
        let named = self.shelf.named(media_id, session.account, id);
        named.is_some_and(|named| named.session.is_none())
    }
}

/// By what the page sends files; the desktop shell leaves it empty.
fn app_id(desktop: bool) -> &'static str {
    if desktop { "" } else { "wxeb7ec651dd0aefa9" }
}

/// The facts of a file as the receiver's phone shows them.
fn judge_file(call: &mut Call, app: &Element, title: &str, found: &Content) {
    let told = app.text_at(&["appattach", "totallen"]);
    let ending = app.text_at(&["appattach", "fileext"]);
    if told != found.size.to_string() || ending != extension(title) || title.is_empty() {
        call.remark(Remark::MemberForm("Content"));
    }
}

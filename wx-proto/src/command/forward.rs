//! Saying again what somebody said.

use std::fmt;

use crate::{
    command::{Answer, Receipt, command},
    event::Message,
    id::{ChatId, LoginId},
    message::{self, Body},
    wire::{escape::xml_attribute, xml},
};

/// Says a message that arrived again in another chat: texts, pictures, videos, stickers, files,
/// places, cards, and what apps made.
///
/// The service forwards what it has; nothing is downloaded. It may refuse what is too old, and what
/// an app made. [`Misuse::NotForwardable`](crate::Misuse::NotForwardable) for voice, notices, and all
/// else that the web cannot send.
#[derive(Clone)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Forward {
    pub(crate) chat: ChatId,
    pub(crate) login: LoginId,
    pub(crate) what: Option<Forwarded>,
}

command!(Forward -> Receipt, Answer::Sent(receipt) => receipt);

#[derive(Clone)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Forwarded {
    Text(String),
    /// A sticker by its digest.
    Sticker(String),
    Kept(Kept),
}

/// Something that the service has, as far as a request has to repeat it.
#[derive(Clone)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Kept {
    Location(String),
    Card(String),
    Image {
        media_id: String,
        content: String,
    },
    Video {
        media_id: String,
        content: String,
        micro: bool,
    },
    File {
        name: String,
        size: u64,
        media_id: String,
    },
    App {
        kind: i64,
        content: String,
    },
}

impl Forward {
    /// `message`, to `chat`. Both of the same login.
    pub fn new(chat: ChatId, message: &Message) -> Self {
        Self {
            chat,
            login: message.chat.login(),
            what: Forwarded::of(message),
        }
    }
}

impl Forwarded {
    fn of(message: &Message) -> Option<Self> {
        match &message.body {
            Body::Text(text) => Some(Self::Text(text.text.clone())),
            Body::Emoticon(sticker) => sticker.md5.clone().map(Self::Sticker),
            _ => Kept::of(message).map(Self::Kept),
        }
    }
}

impl Kept {
    fn of(message: &Message) -> Option<Self> {
        let record = &message.record;
        let xml = || message::payload_text(record);
        Some(match &message.body {
            Body::Location(_) if !record.ori_content.trim().is_empty() => {
                Self::Location(record.ori_content.clone())
            }
            Body::Location(_) => Self::Location(xml().filter(|xml| xml.contains("<location"))?),
            Body::Card(card) => {
                let user_name = xml_attribute(card.user_name.as_ref()?);
                let nick_name = xml_attribute(&card.nick_name);
                Self::Card(format!(
                    "<msg username='{user_name}' nickname='{nick_name}'/>"
                ))
            }
            Body::Image(_) => Self::Image {
                media_id: record.media_id.clone(),
                content: xml()?,
            },
            Body::Video(video) => Self::Video {
                media_id: record.media_id.clone(),
                content: xml()?,
                micro: video.micro,
            },
            Body::File(file) if !file.media_id.is_empty() => Self::File {
                name: file.name.clone(),
                size: file.size.unwrap_or(0),
                media_id: file.media_id.expose().to_owned(),
            },
            Body::App(app) => Self::App {
                kind: app.kind.0,
                content: app_element(&xml()?)?.to_owned(),
            },
            _ => return None,
        })
    }
}

/// The element that says what an app made. `None` where what stands in its place is not what the
/// application was shown: a comment can hold another one.
fn app_element(xml: &str) -> Option<&str> {
    let start = xml.find("<appmsg")?;
    let end = xml.find("</appmsg>")? + "</appmsg>".len();
    let element = xml.get(start..end)?;
    let whole = xml::parse(xml)?;
    (xml::parse(element).as_ref() == whole.descendant("appmsg")).then_some(element)
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward")
            .field("chat", &self.chat)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::app_element;

    #[test]
    fn what_is_forwarded_is_what_was_shown() {
        let good = "<appmsg appid=\"\"><title>harmless</title></appmsg>";
        let evil = "<appmsg><title>evil</title></appmsg>";
        assert_eq!(app_element(&format!("<msg>{good}</msg>")), Some(good));
        for trick in [
            format!("<msg><!--{evil}-->{good}</msg>"),
            format!("<msg><![CDATA[{evil}]]>{good}</msg>"),
            format!("<msg><x a='{evil}'/>{good}</msg>"),
            "<msg><appmsg><title><![CDATA[</appmsg>]]></title></appmsg></msg>".to_owned(),
            "<msg>&lt;appmsg></msg>".to_owned(),
        ] {
            assert_eq!(app_element(&trick), None, "{trick}");
        }
    }
}

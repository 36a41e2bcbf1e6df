//! What apps make: links, files, money, mini programs.

mod payload;

pub use payload::{
    AppPayload, ChannelVideo, ChatHistory, HistoryItem, MiniProgram, Quote, RedPacket,
    RoomInvitation, Sticker, Transfer,
};

use super::{AppMsgType, Body, media::is_opaque, number, payload, safe_name, shown, some};
use crate::{
    endpoint::message::MessageRecord,
    secret::Secret,
    wire::{html::clean, xml::Element},
};

/// A message made by an app: a link, an article, a mini program, a quote, a transfer and so on.
/// Files have a body of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct App {
    /// The content is encrypted; title and URL may be known all the same.
    pub opaque: bool,
    /// Which kind it is.
    pub kind: AppMsgType,
    /// The headline; the text itself in quotes and in texts by apps.
    pub title: String,
    /// The lines below it.
    pub description: Option<String>,
    /// Where it leads to. On any host at all: for people, after a look.
    pub url: Option<String>,
    /// The media behind it, for music and videos.
    pub data_url: Option<String>,
    /// A preview picture, on any host.
    pub thumb_url: Option<String>,
    /// Who made it, as shown: the official account, else the app.
    pub source: Option<String>,
    /// The account name of the official account it comes from.
    pub source_user_name: Option<String>,
    /// The articles of a digest; empty for everything else.
    pub articles: Vec<Article>,
    /// What this kind has that others have not.
    pub payload: Option<Box<AppPayload>>,
}

/// One article of a digest of an official account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Article {
    /// The headline.
    pub title: String,
    /// A summary.
    pub digest: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// A picture, on any host.
    pub cover: Option<String>,
}

impl App {
    fn read(record: &MessageRecord, said: &str, xml: Option<&Element>) -> Self {
        let app = xml.and_then(|xml| xml.descendant("appmsg"));
        let text = |name| text(app, &[name]);
        let link = |name| some(self::text(app, &[name])?.trim());
        let articles = articles(app.and_then(|app| app.child("mmreader")));
        let kind = kind(record, app);
        let title = text("title")
            .or_else(|| shown(&record.file_name))
            .or_else(|| Some(articles.first()?.title.clone()));
        Self {
            opaque: is_opaque(said),
            kind,
            title: title.unwrap_or_default(),
            description: text("des"),
            url: some(clean(&record.url).trim()).or_else(|| link("url")),
            data_url: link("dataurl").or_else(|| link("lowdataurl")),
            thumb_url: link("thumburl"),
            source: text("sourcedisplayname").or_else(|| self::text(xml, &["appinfo", "appname"])),
            source_user_name: text("sourceusername"),
            articles,
            payload: app
                .and_then(|app| AppPayload::read(kind, app))
                .map(Box::new),
        }
    }

    /// News of the day: XML in a text, and the text itself where that is torn.
    pub(super) fn news(said: &str) -> Self {
        let xml = payload(said);
        let articles = articles(xml.as_ref().and_then(|xml| xml.descendant("mmreader")));
        let title = match articles.first() {
            Some(article) => article.title.clone(),
            None if xml.is_some() => String::new(),
            None => clean(said).into_owned(),
        };
        Self {
            kind: AppMsgType::ARTICLES,
            title,
            articles,
            ..Self::default()
        }
    }

    /// A red packet that came as a text: the sentence is all there is.
    pub(super) fn red_packet(said: &str) -> Self {
        Self {
            kind: AppMsgType::RED_PACKET,
            title: clean(said).into_owned(),
            ..Self::default()
        }
    }
}

impl Article {
    fn read(item: &Element) -> Self {
        let text = |name| text(Some(item), &[name]);
        let link = |name| some(self::text(Some(item), &[name])?.trim());
        Self {
            title: text("title").unwrap_or_default(),
            digest: text("digest"),
            url: link("url"),
            // Width and height follow the URL, between bars.
            cover: link("cover").and_then(|cover| some(cover.split('|').next()?)),
        }
    }
}

/// A file that can be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// The content is encrypted. That does not touch the file.
    pub opaque: bool,
    /// The name its sender gave it. It may hold anything, path separators too:
    /// [`safe_name`](Self::safe_name) is for saving.
    pub name: String,
    /// Bytes.
    pub size: Option<u64>,
    /// What the download asks for: whoever has it and a session can fetch the file.
    pub media_id: Secret,
    /// The name as the download wants it, percent-encoded by the service.
    pub encry_file_name: Option<String>,
    /// As the sender's phone says it, without a dot; else the end of the name. Letters and digits
    /// of ASCII only, so that it can become part of a path.
    pub extension: Option<String>,
}

impl File {
    /// The name, made safe to save the file under: see [`safe_name`].
    pub fn safe_name(&self) -> String {
        safe_name(&self.name)
    }

    fn read(record: &MessageRecord, app: App, xml: Option<&Element>) -> Self {
        let attachment = xml.and_then(|xml| xml.descendant("appattach"));
        let inside = |name| text(attachment, &[name]);
        let name = shown(&record.file_name).unwrap_or(app.title);
        Self {
            opaque: app.opaque,
            size: number(Some(&record.file_size))
                .filter(|size| *size > 0)
                .or_else(|| number(inside("totallen").as_deref())),
            media_id: some(&record.media_id)
                .or_else(|| inside("attachid"))
                .map(Secret::new)
                .unwrap_or_default(),
            encry_file_name: some(&record.encry_file_name),
            extension: inside("fileext")
                .or_else(|| some(name.rsplit_once('.')?.1))
                .filter(|end| end.bytes().all(|c| c.is_ascii_alphanumeric())),
            name,
        }
    }
}

pub(super) fn read(record: &MessageRecord, said: &str) -> Body {
    let xml = payload(said);
    let app = App::read(record, said, xml.as_ref());
    if app.kind == AppMsgType::FILE {
        Body::File(File::read(record, app, xml.as_ref()))
    } else {
        Body::App(app)
    }
}

fn kind(record: &MessageRecord, app: Option<&Element>) -> AppMsgType {
    if record.app_msg_type != 0 {
        return AppMsgType(record.app_msg_type);
    }
    let written = text(app, &["type"]).and_then(|kind| kind.trim().parse().ok());
    AppMsgType(written.unwrap_or_default())
}

fn articles(reader: Option<&Element>) -> Vec<Article> {
    let category = reader.and_then(|reader| reader.child("category"));
    let items = category.into_iter().flat_map(|category| &category.children);
    items
        .filter(|item| item.name == "item")
        .map(Article::read)
        .collect()
}

/// The text of an element below, `None` when there is none or nothing in it.
fn text(element: Option<&Element>, path: &[&str]) -> Option<String> {
    some(&element?.path(path)?.text)
}

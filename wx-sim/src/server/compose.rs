//! How a piece looks on the wire.

use std::time::Duration;

use bytes::Bytes;

use super::account::{Account, Attachment, Heard, Sort};
use super::deed::DeedError;
use super::keys::Item;
use super::markup::{self, App};
use super::media::Named;
use super::message::{Content, Extra, Message, Recommended, escape};
use super::notice::Notice;
use super::peer::{ME, Peer, Person};
use super::piece::{Blob, Piece};
use super::sample::{Format, sample};
use super::text::encode_text;
use super::{AccountId, Server, media};

impl Server {
    /// Somebody sends something that is not a text.
    pub(super) fn send_piece(
        &mut self,
        id: AccountId,
        chat: Peer,
        from: usize,
        piece: Piece,
        veiled: bool,
    ) -> Result<Option<u64>, DeedError> {
        // Nothing may be kept of a deed that cannot be done.
        self.session_on(id).ok_or(DeedError::NoSession)?;
        if piece == Piece::RedPacket {
            let notice = if from == ME {
                Notice::RedPacketSent
            } else {
                Notice::RedPacketReceived
            };
            let text = notice.text(self.setup.language);
            return self.announce(id, chat, 10_000, Content::Plain(text));
        }
        let msg_id = self.next_msg_id();
        let mut composed = self.compose(id, msg_id, from, piece)?;
        if veiled {
            self.veil(id, &mut composed);
        }
        let Composed {
            msg_type,
            content,
            extra,
            attachment,
        } = composed;
        let message = Message {
            msg_type,
            extra,
            ..Message::in_chat(msg_id, self.now, chat, from, content)
        };
        self.log(id, Item::Message(Box::new(message)))?;
        let heard = Heard {
            msg_id,
            at: self.now,
            chat,
            from,
            attachment,
        };
        let limit = self.setup.limits.texts;
        if let Some(account) = self.accounts.get_mut(&id) {
            account.hear(heard, limit);
        }
        Ok(Some(msg_id))
    }

    /// Newer phones send the description of media in a form the web client cannot read.
    fn veil(&mut self, id: AccountId, composed: &mut Composed) {
        let Some(Attachment {
            sort: Sort::Image | Sort::Sticker | Sort::Voice | Sort::Video,
            content: Some(content),
        }) = &composed.attachment
        else {
            return;
        };
        let named = Named {
            account: id,
            session: None,
            content: content.clone(),
            name: String::new(),
        };
        let limits = self.setup.limits.clone();
        composed.content = Content::Wire(self.shelf.veil(named, &limits));
    }

    fn compose(
        &mut self,
        id: AccountId,
        msg_id: u64,
        from: usize,
        piece: Piece,
    ) -> Result<Composed, DeedError> {
        match piece {
            Piece::Image { data } => {
                let kept = self.keep(&data, Format::Jpeg, msg_id)?;
                let xml = markup::image(&kept);
                let extra = Extra {
                    image: (120, 103),
                    ..Extra::default()
                };
                Ok(Composed::media(3, &xml, extra, Sort::Image, kept))
            }
            Piece::Gif { data } => {
                let kept = self.keep(&data, Format::Gif, msg_id)?;
                let xml = markup::sticker(&kept, self.plain_at(id, from)?);
                let extra = Extra {
                    image: (240, 240),
                    ..Extra::default()
                };
                Ok(Composed::media(47, &xml, extra, Sort::Sticker, kept))
            }
            Piece::StoreSticker => {
                let extra = Extra {
                    has_product_id: 1,
                    ..Extra::default()
                };
                Ok(Composed::new(47, Content::Wire(String::new()), extra))
            }
            Piece::Voice { data, length } => {
                let kept = self.keep(&data, Format::Mp3, msg_id)?;
                let ms = millis(length);
                let xml = markup::voice(&kept, ms, self.plain_at(id, from)?);
                let extra = Extra {
                    voice_length: ms,
                    ..Extra::default()
                };
                Ok(Composed::media(34, &xml, extra, Sort::Voice, kept))
            }
            Piece::Video {
                data,
                length,
                micro,
            } => {
                let kept = self.keep(&data, Format::Mp4, msg_id)?;
                let seconds = u32::try_from(length.as_secs()).unwrap_or(u32::MAX);
                let xml = markup::video(&kept, seconds, self.plain_at(id, from)?);
                let extra = Extra {
                    play_length: seconds,
                    image: (540, 960),
                    ..Extra::default()
                };
                let msg_type = if micro { 62 } else { 43 };
                Ok(Composed::media(msg_type, &xml, extra, Sort::Video, kept))
            }
            Piece::File { name, data } => self.compose_file(id, from, msg_id, name, &data),
            Piece::Location { label, x, y } => Ok(location(msg_id, &label, &x, &y)),
            Piece::Card { who } => self.compose_card(id, &who),
            Piece::Quote { quoted, name, text } => {
                let row = "- - - - - - - - - - - - - - -";
                let text = format!("「{name}：{quoted}」\n{row}\n{text}");
                Ok(Composed::new(1, Content::Plain(text), Extra::default()))
            }
            Piece::Reply {
                msg_id: of,
                quoted,
                text,
            } => {
                let account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
                let heard = account.message(of).ok_or(DeedError::NoMessage(of))?;
                let said_by = Peer::Person(heard.from);
                let quote = markup::Quote {
                    msg_id: of,
                    from: account.plain(said_by),
                    chat: account.plain(heard.chat),
                    name: account.shown(said_by),
                    said: &quoted,
                };
                let app = App {
                    kind: 57,
                    title: &text,
                    rest: markup::quote(&quote),
                    ..App::default()
                };
                Ok(app_message(&app, account.plain(Peer::Person(from))))
            }
            Piece::Link {
                title,
                description,
                url,
            } => {
                let app = App {
                    kind: 5,
                    title: &title,
                    description: &description,
                    url: &url,
                    ..App::default()
                };
                Ok(app_message(&app, self.plain_at(id, from)?))
            }
            Piece::Transfer { amount, memo } => {
                let app = App {
                    kind: 2000,
                    title: "微信转账",
                    description: "收到转账。如需收钱，请点此升级至最新版本",
                    rest: markup::transfer(&amount, &memo, msg_id, self.now),
                    ..App::default()
                };
                Ok(app_message(&app, self.plain_at(id, from)?))
            }
            Piece::MiniProgram { title, name } => {
                let app = App {
                    kind: 33,
                    title: &title,
                    source: &name,
                    rest: markup::mini_program(),
                    ..App::default()
                };
                Ok(app_message(&app, self.plain_at(id, from)?))
            }
            // It is a notice, and was written before.
            Piece::RedPacket => Ok(Composed::new(
                10_000,
                Content::Plain(String::new()),
                Extra::default(),
            )),
        }
    }

    fn compose_file(
        &mut self,
        id: AccountId,
        from: usize,
        msg_id: u64,
        name: String,
        data: &Blob,
    ) -> Result<Composed, DeedError> {
        let kept = self.keep(data, Format::Plain, msg_id)?;
        let named = Named {
            account: id,
            session: None,
            content: kept.clone(),
            name: name.clone(),
        };
        let limits = self.setup.limits.clone();
        let media_id = self.shelf.name(named, &limits);
        let app = App {
            kind: 6,
            title: &name,
            attach: markup::attached_file(&kept, &media_id, &name),
            ..App::default()
        };
        let mut composed = app_message(&app, self.plain_at(id, from)?);
        composed.extra.file_size = kept.size.to_string();
        composed.extra.media_id = media_id;
        composed.attachment = Some(Attachment::new(Sort::File, kept));
        Ok(composed)
    }

    fn compose_card(&self, id: AccountId, who: &str) -> Result<Composed, DeedError> {
        let account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
        let at = match account.find(who) {
            Some(Peer::Person(at)) => at,
            Some(Peer::Room(_)) => return Err(DeedError::NotThere(who.to_owned())),
            None => return Err(DeedError::Nobody(who.to_owned())),
        };
        let blank = Person::blank();
        let person = account.person(at).unwrap_or(&blank);
        let extra = Extra {
            recommended: Some(Recommended {
                who: Peer::Person(at),
                nick: person.nick.clone(),
                province: person.province.clone(),
                signature: person.signature.clone(),
                sex: person.sex,
                verify_flag: person.verify_flag,
                attr_status: person.attr_status,
            }),
            ..Extra::default()
        };
        let xml = markup::card(person);
        Ok(Composed::new(42, Content::Wire(escape(&xml)), extra))
    }

    fn keep(
        &mut self,
        data: &Blob,
        format: Format,
        msg_id: u64,
    ) -> Result<media::Content, DeedError> {
        let seed = self.setup.seed;
        let bytes: Bytes = match data {
            Blob::Given(bytes) => bytes.clone(),
            Blob::Made(size) => sample(format, *size, seed, "friend", msg_id),
            Blob::Known(md5) => return self.shelf.content(md5).ok_or(DeedError::NoMedia),
        };
        let limits = self.setup.limits.clone();
        self.shelf.put(&bytes, &limits).ok_or(DeedError::NoStore)
    }

    fn plain_at(&self, id: AccountId, person: usize) -> Result<&str, DeedError> {
        let account: &Account = self.accounts.get(&id).ok_or(DeedError::NoAccount)?;
        Ok(account.plain(Peer::Person(person)))
    }
}

/// A message but for its envelope.
struct Composed {
    msg_type: u32,
    content: Content,
    extra: Extra,
    attachment: Option<Attachment>,
}

impl Composed {
    fn new(msg_type: u32, content: Content, extra: Extra) -> Self {
        Self {
            msg_type,
            content,
            extra,
            attachment: None,
        }
    }

    fn media(msg_type: u32, xml: &str, extra: Extra, sort: Sort, kept: media::Content) -> Self {
        Self {
            attachment: Some(Attachment::new(sort, kept)),
            ..Self::new(msg_type, Content::Wire(escape(xml)), extra)
        }
    }
}

fn app_message(app: &App<'_>, from: &str) -> Composed {
    let extra = Extra {
        file_name: app.title.to_owned(),
        url: app.url.to_owned(),
        app_msg_type: app.kind,
        app_id: app.id.to_owned(),
        ..Extra::default()
    };
    let xml = markup::app(app, from);
    Composed {
        attachment: Some(Attachment {
            sort: Sort::App,
            content: None,
        }),
        ..Composed::new(49, Content::Wire(escape(&xml)), extra)
    }
}

/// A place comes as a text: its name, and the address of a picture.
fn location(msg_id: u64, label: &str, x: &str, y: &str) -> Composed {
    let picture = format!(
        "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid={msg_id}&pictype=location"
    );
    let extra = Extra {
        sub_msg_type: 48,
        url: format!("http://apis.map.qq.com/uri/v1/geocoder?coord={x},{y}&referer=webwx"),
        ori_content: markup::location(label, x, y),
        ..Extra::default()
    };
    let content = format!("{}:<br/>{picture}", encode_text(label));
    Composed {
        attachment: Some(Attachment {
            sort: Sort::Location,
            content: None,
        }),
        ..Composed::new(1, Content::Wire(content), extra)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

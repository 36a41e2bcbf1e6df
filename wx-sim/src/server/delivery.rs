//! Messages as a session receives them: the items of `AddMsgList`.

use super::message::{Applicant, Content, Extra, Message, Recommended, escape};
use super::peer::Peer;
use super::reply::Json;
use super::session::Session;
use super::text::{encode_name, encode_text};
use super::upload::encry_file_name;
use super::xml;

impl Message {
    /// The item of `AddMsgList`, with the names of a session.
    pub(super) fn json(&self, session: &Session) -> Json {
        let prefix = match self.speaker {
            Some(speaker) => format!("{}:<br/>", session.name(Peer::Person(speaker))),
            None => String::new(),
        };
        let content = match &self.content {
            Content::Plain(text) => encode_text(text),
            Content::Wire(wire) => wire.clone(),
            Content::Applicant(who) => who.xml(),
        };
        let names = |peers: &[Peer]| {
            peers
                .iter()
                .map(|peer| session.name(*peer))
                .collect::<Vec<_>>()
                .join(",")
        };
        let (code, notified) = self
            .notify
            .as_ref()
            .map_or((0, String::new()), |n| (n.code, names(&n.peers)));
        let extra = &self.extra;
        let recommend_info = match &self.content {
            Content::Applicant(who) => who.json(session),
            Content::Plain(_) | Content::Wire(_) => recommend_info(session, extra),
        };
        // A sticker of the store comes as a text with nothing in it.
        let pictured = matches!(self.msg_type, 3 | 47) || extra.has_product_id > 0;
        // Only a file can be asked for by its name.
        let encry = match extra.media_id.as_str() {
            "" => String::new(),
            _ => encry_file_name(&extra.file_name),
        };
        let nothing = || Json::from("");
        let zero = || Json::Num(0);
        Json::Object(vec![
            ("MsgId", self.msg_id.to_string().into()),
            ("FromUserName", session.name(self.from).into()),
            ("ToUserName", session.name(self.to).into()),
            ("MsgType", self.msg_type.into()),
            ("Content", format!("{prefix}{content}").into()),
            ("Status", self.status.into()),
            ("ImgStatus", Json::Num(if pictured { 2 } else { 1 })),
            ("CreateTime", Json::Big(self.at.as_secs())),
            ("VoiceLength", Json::Big(extra.voice_length)),
            ("PlayLength", extra.play_length.into()),
            ("FileName", encode_name(&extra.file_name).into()),
            ("FileSize", extra.file_size.as_str().into()),
            ("MediaId", extra.media_id.as_str().into()),
            ("Url", encode_text(&extra.url).into()),
            ("AppMsgType", extra.app_msg_type.into()),
            ("StatusNotifyCode", code.into()),
            ("StatusNotifyUserName", notified.into()),
            ("RecommendInfo", recommend_info),
            ("ForwardFlag", zero()),
            (
                "AppInfo",
                Json::Object(vec![
                    ("AppID", extra.app_id.as_str().into()),
                    ("Type", zero()),
                ]),
            ),
            ("HasProductId", extra.has_product_id.into()),
            ("Ticket", nothing()),
            ("ImgHeight", extra.image.0.into()),
            ("ImgWidth", extra.image.1.into()),
            ("SubMsgType", extra.sub_msg_type.into()),
            ("NewMsgId", Json::Big(self.msg_id)),
            ("OriContent", extra.ori_content.as_str().into()),
            ("EncryFileName", encry.into()),
        ])
    }
}

impl Applicant {
    /// The element in `Content`: attributes only, with the id that stays. They are escaped once of
    /// their own, and then all of it is.
    fn xml(&self) -> String {
        let person = &self.person;
        escape(&format!(
            "<msg fromusername=\"{}\" fromnickname=\"{}\" content=\"{}\" scene=\"{SCENE}\" \
             sex=\"{}\" alias=\"{}\" ticket=\"{}\" opcode=\"{OPCODE}\"/>",
            person.plain,
            xml::escape(&person.nick),
            xml::escape(&self.words),
            person.sex,
            xml::escape(&person.alias),
            self.ticket
        ))
    }

    fn json(&self, session: &Session) -> Json {
        let person = &self.person;
        Json::Object(vec![
            ("UserName", session.name(Peer::Person(self.at)).into()),
            ("NickName", encode_name(&person.nick).into()),
            ("QQNum", Json::Num(0)),
            ("Province", person.province.as_str().into()),
            ("City", "".into()),
            ("Content", encode_text(&self.words).into()),
            ("Signature", encode_name(&person.signature).into()),
            ("Alias", person.alias.as_str().into()),
            ("Scene", SCENE.into()),
            ("VerifyFlag", person.verify_flag.into()),
            ("AttrStatus", person.attr_status.into()),
            ("Sex", person.sex.into()),
            ("Ticket", self.ticket.as_str().into()),
            ("OpCode", OPCODE.into()),
        ])
    }
}

/// The number of a friend request, and the one of a search, by which the user was found.
const OPCODE: u32 = 2;
const SCENE: u32 = 3;

fn recommend_info(session: &Session, extra: &Extra) -> Json {
    let who = extra.recommended.as_ref();
    let text = |of: fn(&Recommended) -> &String| {
        Json::from(who.map_or(String::new(), |who| encode_name(of(who))))
    };
    let number = |of: fn(&Recommended) -> u32| Json::from(who.map_or(0, of));
    let name = who.map_or(String::new(), |who| session.name(who.who));
    Json::Object(vec![
        ("UserName", name.into()),
        ("NickName", text(|who| &who.nick)),
        ("QQNum", Json::Num(0)),
        ("Province", text(|who| &who.province)),
        ("City", "".into()),
        ("Content", "".into()),
        ("Signature", text(|who| &who.signature)),
        ("Alias", "".into()),
        ("Scene", Json::Num(i64::from(who.is_some()) * 17)),
        ("VerifyFlag", number(|who| who.verify_flag)),
        ("AttrStatus", number(|who| who.attr_status)),
        ("Sex", number(|who| who.sex)),
        ("Ticket", "".into()),
        ("OpCode", Json::Num(0)),
    ])
}

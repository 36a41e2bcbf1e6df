//! What kinds of app messages have that others have not.

use super::text;
use crate::{
    MsgId,
    message::{AppMsgType, MsgType, Who, msg_id, notice::invitation, number, payload, some},
    wire::xml::{self, Element},
};

/// What a kind of app message has that others have not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppPayload {
    /// The message that is quoted.
    Quote(Quote),
    /// Where a mini program is.
    MiniProgram(MiniProgram),
    /// Money for one person.
    Transfer(Transfer),
    /// Money in an envelope.
    RedPacket(RedPacket),
    /// Messages that were forwarded together.
    ChatHistory(ChatHistory),
    /// A video of a channel.
    ChannelVideo(ChannelVideo),
    /// A sticker.
    Sticker(Sticker),
    /// An invitation into a room.
    RoomInvitation(RoomInvitation),
}

/// The message that a text quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quote {
    /// Its type.
    pub msg_type: MsgType,
    /// Its id, the one that the service has for it.
    pub msg_id: Option<MsgId>,
    /// The account name of who said it, the same in every login; no request accepts it.
    pub account: Option<String>,
    /// The account name of the room or the person it was said to.
    pub chat_account: Option<String>,
    /// The name of who said it, as the phone of the one who answers shows it.
    pub name: Option<String>,
    /// What it says: the text, or the title of an app message. `None` for all other kinds.
    pub text: Option<String>,
    /// Its content: the text, or XML, as it stands in the quote.
    pub content: String,
}

/// Where a mini program is. Its name is the `source` of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MiniProgram {
    /// Its account name, `gh_…@app`.
    pub account: Option<String>,
    /// Its id as an application.
    pub app_id: Option<String>,
    /// The page that opens, with parameters.
    pub page: Option<String>,
    /// A picture, on any host.
    pub icon_url: Option<String>,
}

/// Money for one person. Only the phone can take it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// What happened to it, in the service's numbers: 1 is sent, the others are not known for sure.
    pub step: Option<u64>,
    /// The amount with its currency, for people: `￥0.10`.
    pub amount: Option<String>,
    /// The line that was written to it.
    pub memo: Option<String>,
    /// Decimal digits, more than a number holds.
    pub transfer_id: Option<String>,
    /// Decimal digits, more than a number holds.
    pub transaction_id: Option<String>,
    /// When it was sent; Unix time in seconds.
    pub begun: Option<u64>,
    /// Until when it can be taken; Unix time in seconds.
    pub expires: Option<u64>,
    /// How long it can be taken, in the service's own count, probably days.
    pub effective: Option<u64>,
}

/// Money in an envelope. Only the phone can open it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RedPacket {
    /// The wish on it.
    pub wish: Option<String>,
}

/// Messages that were forwarded together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChatHistory {
    /// Whose chat it was.
    pub title: Option<String>,
    /// The first of them, for people.
    pub summary: Option<String>,
    /// The messages, in order.
    pub items: Vec<HistoryItem>,
}

/// One message among those that were forwarded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryItem {
    /// Its kind, in numbers of its own: 1 is text, 2 a picture.
    pub kind: Option<u64>,
    /// Who said it.
    pub name: Option<String>,
    /// When, as the phone shows it: in any form.
    pub time: Option<String>,
    /// A title, for links and files.
    pub title: Option<String>,
    /// What it says.
    pub text: Option<String>,
}

/// A video of a channel. Only the phone can play it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelVideo {
    /// The id of the video: decimal digits, more than a number holds.
    pub object_id: Option<String>,
    /// The name of the channel.
    pub channel: Option<String>,
    /// What the channel says about the video.
    pub description: Option<String>,
    /// A picture, on any host.
    pub thumb_url: Option<String>,
}

/// A sticker that came as an app message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sticker {
    /// Hexadecimal digest of the file: the same for everyone who sends it.
    pub md5: Option<String>,
}

/// An invitation into a room. Accepting it takes the phone; the URL of the message leads there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoomInvitation {
    /// Who invites, by the sentence of the card; best effort.
    pub inviter: Option<Who>,
    /// The name of the room, by the same sentence.
    pub room: Option<String>,
}

impl AppPayload {
    /// `None` for kinds that have nothing of their own, and where it is missing.
    pub(super) fn read(kind: AppMsgType, app: &Element) -> Option<Self> {
        Some(match kind {
            AppMsgType::QUOTE => Self::Quote(Quote::read(app.child("refermsg")?)),
            AppMsgType::MINI_PROGRAM | AppMsgType::MINI_PROGRAM_PAGE => {
                Self::MiniProgram(MiniProgram::read(app.child("weappinfo")?))
            }
            AppMsgType::TRANSFER => Self::Transfer(Transfer::read(app.child("wcpayinfo")?)),
            AppMsgType::RED_PACKET => Self::RedPacket(RedPacket::read(app.child("wcpayinfo")?)),
            AppMsgType::CHAT_HISTORY => {
                Self::ChatHistory(ChatHistory::read(app.child("recorditem")?))
            }
            AppMsgType::CHANNEL_VIDEO => {
                Self::ChannelVideo(ChannelVideo::read(app.child("finderFeed")?))
            }
            AppMsgType::EMOTICON => Self::Sticker(Sticker {
                md5: text(Some(app), &["appattach", "emoticonmd5"]),
            }),
            AppMsgType::LINK => Self::RoomInvitation(RoomInvitation::read(app)?),
            _ => return None,
        })
    }
}

impl Quote {
    fn read(quote: &Element) -> Self {
        let inside = |name| text(Some(quote), &[name]);
        let content = inside("content").unwrap_or_default();
        let msg_type = inside("type").and_then(|kind| kind.trim().parse().ok());
        let msg_type = MsgType(msg_type.unwrap_or_default());
        let chat = inside("fromusr");
        Self {
            msg_id: inside("svrid").and_then(|id| msg_id(&id)),
            account: inside("chatusr").or_else(|| chat.clone()),
            chat_account: chat,
            name: inside("displayname"),
            text: match msg_type {
                MsgType::TEXT => some(&content),
                MsgType::APP => title(&content),
                _ => None,
            },
            msg_type,
            content,
        }
    }
}

/// The title of an app message that stands inside another one.
fn title(content: &str) -> Option<String> {
    let xml = payload(content)?;
    text(xml.descendant("appmsg"), &["title"])
}

impl MiniProgram {
    fn read(program: &Element) -> Self {
        let inside = |name| some(text(Some(program), &[name])?.trim());
        Self {
            account: inside("username"),
            app_id: inside("appid"),
            page: inside("pagepath"),
            icon_url: inside("weappiconurl"),
        }
    }
}

impl Transfer {
    fn read(pay: &Element) -> Self {
        let inside = |name| text(Some(pay), &[name]);
        let count = |name| number(inside(name).as_deref());
        Self {
            step: count("paysubtype"),
            amount: inside("feedesc"),
            memo: inside("pay_memo"),
            transfer_id: inside("transferid"),
            // The service spells it so.
            transaction_id: inside("transcationid").or_else(|| inside("transactionid")),
            begun: count("begintransfertime"),
            expires: count("invalidtime"),
            effective: count("effectivedate"),
        }
    }
}

impl RedPacket {
    fn read(pay: &Element) -> Self {
        let inside = |name| text(Some(pay), &[name]);
        Self {
            wish: inside("receivertitle").or_else(|| inside("sendertitle")),
        }
    }
}

impl ChatHistory {
    fn read(record: &Element) -> Self {
        // Mostly XML in the text of the element, at times elements of its own.
        let text_of = xml::parse(record.text.trim());
        let info = text_of.as_ref().unwrap_or(record);
        let info = info.descendant("recordinfo").unwrap_or(info);
        let items = info.child("datalist").into_iter();
        Self {
            title: text(Some(info), &["title"]),
            summary: text(Some(info), &["desc"]),
            items: items
                .flat_map(|list| &list.children)
                .filter(|item| item.name == "dataitem")
                .map(HistoryItem::read)
                .collect(),
        }
    }
}

impl HistoryItem {
    fn read(item: &Element) -> Self {
        let inside = |name| text(Some(item), &[name]);
        Self {
            kind: number(item.attr("datatype")),
            name: inside("sourcename"),
            time: inside("sourcetime"),
            title: inside("datatitle"),
            text: inside("datadesc"),
        }
    }
}

impl ChannelVideo {
    fn read(feed: &Element) -> Self {
        let inside = |name| text(Some(feed), &[name]);
        Self {
            object_id: inside("objectId"),
            channel: inside("nickname"),
            description: inside("desc"),
            thumb_url: text(Some(feed), &["mediaList", "media", "thumbUrl"]),
        }
    }
}

impl RoomInvitation {
    /// The titles of such a card; all else about it is like any link.
    const TITLES: [&str; 3] = ["邀请你加入群聊", "邀請你加入群聊", "Group Chat Invitation"];

    fn read(app: &Element) -> Option<Self> {
        let title = text(Some(app), &["title"])?;
        if !Self::TITLES.contains(&title.trim()) {
            return None;
        }
        let told = text(Some(app), &["des"]).and_then(|sentence| invitation(&sentence));
        let (inviter, room) = told.unzip();
        Some(Self { inviter, room })
    }
}

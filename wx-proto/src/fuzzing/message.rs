//! What messages say.

use super::Feed;
use crate::{
    endpoint::message::MessageRecord,
    message::{self, Body, Content, Mention, MsgType, mention_text, mentions, safe_name},
    wire::{
        html::{self, clean},
        utf8,
    },
};

/// The types of messages, in the order in which the first byte of an input names them.
pub const MESSAGE_TYPES: [i64; 20] = [
    1, 3, 34, 37, 40, 42, 43, 47, 48, 49, 50, 51, 52, 53, 62, 9999, 10_000, 10_002, 0, -7,
];

const ROOM: &str = "@@b3d9b3d9";
const ME: &str = "@5e1f5e1f";
const FRIEND: &str = "@c48ec48e";

/// Reads a message.
///
/// The first byte names its type, the second is the kind of an app message, the third says where it
/// was said and what else is peculiar. The rest are the texts of the record, with zeros between
/// them; the content is the first.
pub fn message(data: &[u8]) -> bool {
    let mut feed = Feed::new(data);
    let (kind, app, shape) = (feed.pick(&MESSAGE_TYPES), feed.byte(), feed.byte());
    let text = utf8::decode(feed.rest());
    let record = record(kind.unwrap_or_default(), app, shape, &text);
    let content = Content::read(&record);
    check(&record, &content);
    the_encoding(&record.content);
    names(&record.content, &record.file_name);
    match &content.body {
        Body::Unknown(_) | Body::Unreadable(_) => false,
        Body::Text(said) => !said.text.is_empty(),
        _ => true,
    }
}

fn record(kind: i64, app: u8, shape: u8, text: &str) -> MessageRecord {
    let mut texts = text.split('\0').map(str::to_owned);
    let mut next = || texts.next().unwrap_or_default();
    let mut record = MessageRecord {
        msg_id: "4611686018427664274".to_owned(),
        msg_type: kind,
        app_msg_type: match app {
            0xff => 100_001,
            0xfe => 2001,
            0xfd => 2000,
            app => app.into(),
        },
        content: next(),
        file_name: next(),
        media_id: next(),
        url: next(),
        ori_content: next(),
        status_notify_user_name: next(),
        encry_file_name: next(),
        file_size: next(),
        from_user_name: FRIEND.to_owned(),
        to_user_name: ME.to_owned(),
        ..MessageRecord::default()
    };
    match shape & 7 {
        1 => record.from_user_name = ROOM.to_owned(),
        2 => record.to_user_name = ROOM.to_owned(),
        3 => record.from_user_name = "newsapp".to_owned(),
        4 => record.from_user_name = "fmessage".to_owned(),
        _ => {}
    }
    if shape & 8 != 0 {
        record.sub_msg_type = 48;
    }
    if shape & 16 != 0 {
        (record.has_product_id, record.img_status) = (1, 2);
    }
    if shape & 32 != 0 {
        let about = &mut record.recommend_info;
        (about.user_name, about.nick_name) = (next(), next());
        (about.content, about.alias) = (next(), next());
    }
    record.status_notify_code = i64::from(shape >> 6) + 1;
    record
}

fn check(record: &MessageRecord, content: &Content) {
    assert!(content.sender.as_deref() != Some("") && content.room.as_deref() != Some(""));
    let in_room = [&record.from_user_name, &record.to_user_name].contains(&&ROOM.to_owned());
    assert_eq!(content.room.is_some(), in_room);
    // The type says what it is. Only three look further: a text may be a place, an app message names
    // its kind in its XML, and 10002 decides for itself.
    let looks = [MsgType::TEXT, MsgType::APP, MsgType::SYSTEM];
    if !looks.contains(&MsgType(record.msg_type)) {
        let bare = MessageRecord {
            content: String::new(),
            ..record.clone()
        };
        assert_eq!(content.body.kind(), Content::read(&bare).body.kind());
    }
    let payload = message::payload_text(record);
    assert!(payload.is_none_or(|xml| xml.starts_with('<') && xml.trim() == xml));
    match &content.body {
        Body::Text(said) => {
            assert!(said.text.len() <= record.content.len());
            if let Some(quoted) = said.quoted() {
                assert!(!quoted.name.is_empty());
                let parts = [quoted.name, quoted.text, quoted.answer];
                assert!(parts.iter().all(|part| said.text.contains(part)));
            }
        }
        Body::Recalled(recalled) => {
            for id in [&recalled.msg_id, &recalled.new_msg_id]
                .into_iter()
                .flatten()
            {
                assert!(id.as_str().bytes().all(|digit| digit.is_ascii_digit()));
            }
        }
        Body::Unknown(unknown) => assert_eq!(unknown.raw, record.content),
        _ => {}
    }
}

/// One layer of the service's encoding comes off, and no more than that.
fn the_encoding(content: &str) {
    let cleaned = clean(content);
    assert!(cleaned.len() <= content.len());
    if !cleaned.contains(['<', '&']) {
        assert_eq!(clean(&cleaned), cleaned, "nothing is left to come off");
    }
    // Whatever a text is, once it is escaped it is nothing but text.
    for text in [content, &cleaned] {
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        assert_eq!(clean(&escaped), text);
        assert_eq!(html::unescape(&escaped), text);
    }
    assert!(html::payload(content).len() <= content.len());
    assert!(html::untagged(content).len() <= content.len());
}

/// Names that somebody else has given.
fn names(text: &str, file_name: &str) {
    for name in [text, file_name] {
        let safe = safe_name(name);
        assert!(!safe.is_empty() && safe.len() <= 255, "{safe}");
        let is_bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
        assert!(!safe.contains(is_bad), "{safe}");
        assert!(
            !safe.starts_with(['.', ' ']) && !safe.ends_with(['.', ' ']),
            "{safe}"
        );
        assert_eq!(safe_name(&safe), safe, "a safe name is safe");
    }
    if !text.contains('@') {
        assert_eq!(mentions(text, "me", Some("me")), Mention::No);
    }
    // What would be somebody else's mention or line is written in another way.
    let is_other = |c: char| c.is_control() || "@\u{2005}\u{2028}\u{2029}".contains(c);
    if !file_name.is_empty() && !file_name.contains(is_other) {
        let said = mention_text(&[file_name], text);
        assert_eq!(mentions(&said, file_name, Some("")), Mention::Yes, "{said}");
        assert_eq!(mentions(&said, "", Some(file_name)), Mention::Yes, "{said}");
    }
}

//! What real answers do that a reader of descriptions would not expect, point by point. The numbers
//! are those of one list of such points; a number that is not here is tested beside the code.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

#[path = "../common/mod.rs"]
mod common;

mod bytes;
mod check;
mod login;
mod people;
mod sender;
mod sync;
mod text;
mod xml;

use wx_proto::{Body, Content, endpoint::message::MessageRecord};

/// A record of that type and content, from a friend.
fn record(msg_type: i64, content: &str) -> MessageRecord {
    let mut record = MessageRecord::default();
    record.msg_type = msg_type;
    record.from_user_name = "@0a7c".to_owned();
    record.to_user_name = "@5e1f".to_owned();
    record.content = content.to_owned();
    record
}

/// What a record of that type and content says.
fn body(msg_type: i64, content: &str) -> Body {
    Content::read(&record(msg_type, content)).body
}

/// An XML payload as it comes: escaped, with `<br/>` for its line ends.
fn wire(xml: &str) -> String {
    xml.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\n', "<br/>")
}

//! Who said it: the content of a room's message begins with its sender.

use super::{MsgType, is_location};
use crate::{endpoint::message::MessageRecord, id::is_room};

/// The room, who spoke, and what is left of the content once the prefix that says so is off.
pub(super) fn speaker(record: &MessageRecord) -> (Option<&str>, Option<&str>, &str) {
    let from = record.from_user_name.as_str();
    let to = record.to_user_name.as_str();
    let content = record.content.as_str();
    if is_room(from) {
        // From a room: the prefix says who. Nobody says notices, and their text may look like one.
        let named = if MsgType(record.msg_type) == MsgType::NOTICE {
            None
        } else {
            split_prefix(content)
        };
        match named {
            // A place has an address with the same mark behind it. Where there is no second mark
            // it was the address that looked like a name.
            Some((name, rest))
                if is_location(record, content)
                    && !name.starts_with('@')
                    && !rest.contains(":<br/>") =>
            {
                (Some(from), None, content)
            }
            Some((name, rest)) => (Some(from), Some(name), rest),
            None => (Some(from), None, content),
        }
    } else if is_room(to) {
        // Written on the phone of this account. Mostly without a prefix, so one that names
        // somebody else is text.
        match split_prefix(content) {
            Some((name, rest)) if name == from => (Some(to), Some(from), rest),
            _ => (Some(to), Some(from), content),
        }
    } else {
        (None, Some(from), content)
    }
}

/// Splits `name:<br/>text`. Names are `@` and letters or digits; plain account names have hyphens
/// and underscores too.
fn split_prefix(content: &str) -> Option<(&str, &str)> {
    let (name, rest) = content.split_once(":<br/>")?;
    let given = match name.strip_prefix('@') {
        Some(given) => given
            .bytes()
            .all(|c| c.is_ascii_alphanumeric())
            .then_some(given),
        None => name
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'))
            .then_some(name),
    };
    (!given?.is_empty()).then_some((name, rest))
}

//! Messages that are no texts, as an order describes them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value};

use super::{
    Refusal,
    order::{MessageId, duration},
};
use crate::server::{Act, Blob, Piece};

/// What `kind` can be, beside `text`. The names are those of [`Order`].
pub(super) const KINDS: &[&str] = &[
    "image",
    "gif",
    "store_sticker",
    "voice",
    "video",
    "file",
    "link",
    "location",
    "card",
    "quote",
    "reply",
    "red_packet",
    "transfer",
    "mini_program",
];

/// Bytes of a file of which nothing is said.
const SIZE: usize = 4096;

/// A voice or a video lasts so long if nothing is said, in seconds.
const SECONDS: f64 = 3.0;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    Image {
        bytes: Option<Bytes>,
    },
    Gif {
        bytes: Option<Bytes>,
    },
    StoreSticker {},
    Voice {
        bytes: Option<Bytes>,
        seconds: Option<f64>,
    },
    Video {
        bytes: Option<Bytes>,
        seconds: Option<f64>,
        micro: Option<bool>,
    },
    File {
        name: String,
        bytes: Option<Bytes>,
    },
    Link {
        title: String,
        description: Option<String>,
        url: String,
    },
    Location {
        label: String,
        x: String,
        y: String,
    },
    Card {
        who: String,
    },
    Quote {
        name: String,
        quoted: String,
        text: String,
    },
    Reply {
        msg_id: MessageId,
        quoted: String,
        text: String,
    },
    RedPacket {},
    Transfer {
        amount: String,
        memo: Option<String>,
    },
    MiniProgram {
        title: String,
        name: String,
    },
}

/// A number of bytes that are made up, the bytes themselves in Base64, or the md5 of bytes that the
/// service has.
struct Bytes(Blob);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let blob = match &value {
            Value::String(text) => STANDARD
                .decode(text)
                .ok()
                .map(|bytes| Blob::Given(bytes.into())),
            Value::Object(known) => known
                .get("md5")
                .and_then(Value::as_str)
                .filter(|_| known.len() == 1)
                .map(|md5| Blob::Known(md5.to_owned())),
            other => other
                .as_u64()
                .and_then(|size| usize::try_from(size).ok())
                .filter(|size| *size <= MADE_UP)
                .map(Blob::Made),
        };
        blob.map(Self)
            .ok_or_else(|| D::Error::custom("bytes is no number of bytes, no Base64 and no md5"))
    }
}

/// The largest files of the protocol are a tenth of it.
const MADE_UP: usize = 256 * 1024 * 1024;

/// The act that a body with a `kind` describes.
pub(super) fn act(name: &str, mut members: Map<String, Value>) -> Result<Act, Refusal> {
    let veiled = match members.remove("veiled") {
        None => false,
        Some(Value::Bool(veiled)) => veiled,
        Some(_) => return Err(Refusal::bad("veiled is not true or false")),
    };
    let mut end = |name: &str| match members.remove(name) {
        None => Ok(None),
        Some(Value::String(end)) => Ok(Some(end)),
        Some(_) => Err(Refusal::bad(format!("{name} is not a string"))),
    };
    let needed = |end: Option<String>, name| {
        end.ok_or_else(|| Refusal::bad(format!("missing field `{name}`")))
    };
    let (chat, from) = if name == "own" {
        (needed(end("to")?, "to")?, Some("me".to_owned()))
    } else {
        let from = needed(end("from")?, "from")?;
        match end("room")? {
            Some(room) => (room, Some(from)),
            None => (from, None),
        }
    };
    let order = Order::deserialize(Value::Object(members))
        .map_err(|error| Refusal::bad(error.to_string()))?;
    let piece = lower(order)?;
    Ok(Act::Send {
        chat,
        from,
        piece,
        veiled,
    })
}

fn lower(order: Order) -> Result<Piece, Refusal> {
    let blob = |bytes: Option<Bytes>| bytes.map_or(Blob::Made(SIZE), |bytes| bytes.0);
    Ok(match order {
        Order::Image { bytes } => Piece::Image { data: blob(bytes) },
        Order::Gif { bytes } => Piece::Gif { data: blob(bytes) },
        Order::StoreSticker {} => Piece::StoreSticker,
        Order::Voice { bytes, seconds } => Piece::Voice {
            data: blob(bytes),
            length: duration(seconds.unwrap_or(SECONDS))?,
        },
        Order::Video {
            bytes,
            seconds,
            micro,
        } => Piece::Video {
            data: blob(bytes),
            length: duration(seconds.unwrap_or(SECONDS))?,
            micro: micro.unwrap_or(false),
        },
        Order::File { name, bytes } => Piece::File {
            name,
            data: blob(bytes),
        },
        Order::Link {
            title,
            description,
            url,
        } => Piece::Link {
            title,
            description: description.unwrap_or_default(),
            url,
        },
        Order::Location { label, x, y } => Piece::Location { label, x, y },
        Order::Card { who } => Piece::Card { who },
        Order::Quote { name, quoted, text } => Piece::Quote { quoted, name, text },
        Order::Reply {
            msg_id,
            quoted,
            text,
        } => Piece::Reply {
            msg_id: msg_id.0,
            quoted,
            text,
        },
        Order::RedPacket {} => Piece::RedPacket,
        Order::Transfer { amount, memo } => Piece::Transfer {
            amount,
            memo: memo.unwrap_or_default(),
        },
        Order::MiniProgram { title, name } => Piece::MiniProgram { title, name },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_an_order() {
        for kind in KINDS {
            let order = serde_json::json!({ "kind": kind, "surely not a member": 1 });
            let error = Order::deserialize(order).err().expect("an unknown member");
            assert!(
                error.to_string().contains("surely not a member"),
                "{kind}: {error}"
            );
        }
    }
}

//! Pictures, sounds, videos, stickers and places.
//!
//! Since 2017 the content of most media is encrypted: `opaque` is true then, and only what the
//! record itself says is known. The media can be fetched all the same, by the id of the message.

use std::time::Duration;

use super::{MsgType, attr, number, payload, positive, shown, some};
use crate::{endpoint::message::MessageRecord, wire::html::clean};

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// The content is encrypted.
    pub opaque: bool,
    /// Hexadecimal digest of the file.
    pub md5: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Pixels of the preview.
    pub width: Option<u64>,
    /// Pixels of the preview.
    pub height: Option<u64>,
}

impl Image {
    pub(super) fn read(record: &MessageRecord, said: &str) -> Self {
        let xml = payload(said);
        let img = xml.as_ref().and_then(|xml| xml.descendant("img"));
        Self {
            opaque: is_opaque(said),
            md5: attr(img, "md5").and_then(some),
            size: number(attr(img, "length")),
            width: positive(record.img_width).or_else(|| number(attr(img, "cdnthumbwidth"))),
            height: positive(record.img_height).or_else(|| number(attr(img, "cdnthumbheight"))),
        }
    }
}

/// A voice message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Voice {
    /// The content is encrypted.
    pub opaque: bool,
    /// How long it plays; whole milliseconds.
    pub duration: Option<Duration>,
    /// Bytes.
    pub size: Option<u64>,
}

impl Voice {
    pub(super) fn read(record: &MessageRecord, said: &str) -> Self {
        let xml = payload(said);
        let voice = xml.as_ref().and_then(|xml| xml.descendant("voicemsg"));
        Self {
            opaque: is_opaque(said),
            duration: positive(record.voice_length)
                .or_else(|| number(attr(voice, "voicelength")))
                .map(Duration::from_millis),
            size: number(attr(voice, "length")),
        }
    }
}

/// A video.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Video {
    /// The content is encrypted.
    pub opaque: bool,
    /// It was recorded in the chat, a few seconds long.
    pub micro: bool,
    /// How long it plays; whole seconds.
    pub duration: Option<Duration>,
    /// Bytes.
    pub size: Option<u64>,
    /// Hexadecimal digest of the file.
    pub md5: Option<String>,
    /// Pixels of the still picture.
    pub width: Option<u64>,
    /// Pixels of the still picture.
    pub height: Option<u64>,
}

impl Video {
    pub(super) fn read(record: &MessageRecord, said: &str, micro: bool) -> Self {
        let xml = payload(said);
        let video = xml.as_ref().and_then(|xml| {
            // Short videos come as pictures too.
            xml.descendant("videomsg").or_else(|| xml.descendant("img"))
        });
        Self {
            opaque: is_opaque(said),
            micro,
            duration: positive(record.play_length)
                .or_else(|| number(attr(video, "playlength")))
                .map(Duration::from_secs),
            size: number(attr(video, "length")),
            md5: attr(video, "md5").and_then(some),
            width: positive(record.img_width).or_else(|| number(attr(video, "cdnthumbwidth"))),
            height: positive(record.img_height).or_else(|| number(attr(video, "cdnthumbheight"))),
        }
    }
}

/// A sticker. One from the store has no content and no more to say than that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emoticon {
    /// The content is encrypted.
    pub opaque: bool,
    /// It belongs to a set of the store; the service hands out no file for most of these.
    pub from_store: bool,
    /// The set it belongs to.
    pub product_id: Option<String>,
    /// Hexadecimal digest of the file: the same for everyone who sends it.
    pub md5: Option<String>,
    /// Where the file is; no login needed, and none of the service's own hosts.
    pub cdnurl: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
}

impl Emoticon {
    pub(super) fn read(record: &MessageRecord, said: &str) -> Self {
        let xml = payload(said);
        let emoji = xml.as_ref().and_then(|xml| xml.descendant("emoji"));
        let product_id = attr(emoji, "productid").and_then(some);
        Self {
            opaque: is_opaque(said),
            from_store: record.has_product_id > 0 || product_id.is_some(),
            product_id,
            md5: attr(emoji, "md5").and_then(some),
            cdnurl: attr(emoji, "cdnurl").and_then(|url| some(url.trim())),
            size: number(attr(emoji, "len")),
            // The record has the size of the preview.
            width: number(attr(emoji, "width")).or_else(|| positive(record.img_width)),
            height: number(attr(emoji, "height")).or_else(|| positive(record.img_height)),
        }
    }
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The address.
    pub label: String,
    /// The name of the place.
    pub poiname: Option<String>,
    /// Decimal degrees, digit by digit as the service wrote them.
    pub x: Option<String>,
    /// Decimal degrees, digit by digit as the service wrote them.
    pub y: Option<String>,
    /// Zoom level of the map.
    pub scale: Option<u64>,
    /// A map on the web, for people.
    pub url: Option<String>,
}

impl Location {
    /// `x` and `y` as numbers. Which of them is the latitude the service does not say; where one
    /// exceeds 90 it is the other.
    pub fn degrees(&self) -> Option<(f64, f64)> {
        let parse = |text: &Option<String>| {
            let degrees: f64 = text.as_deref()?.trim().parse().ok()?;
            degrees.is_finite().then_some(degrees)
        };
        Some((parse(&self.x)?, parse(&self.y)?))
    }

    pub(super) fn read(record: &MessageRecord, said: &str) -> Self {
        // In a text the XML is an extra, otherwise it is the content.
        let (xml, label) = match record.ori_content.trim() {
            "" if MsgType(record.msg_type) == MsgType::LOCATION => (payload(said), None),
            origin => (payload(origin), shown(split_picture(said))),
        };
        let place = xml.as_ref().and_then(|xml| xml.descendant("location"));
        Self {
            label: label
                .or_else(|| attr(place, "label").and_then(some))
                .unwrap_or_default(),
            poiname: attr(place, "poiname").and_then(some),
            x: attr(place, "x").and_then(some),
            y: attr(place, "y").and_then(some),
            scale: number(attr(place, "scale")),
            url: some(clean(&record.url).trim()),
        }
    }
}

/// Cuts the path of the map picture off a location: what stands before it is the address.
fn split_picture(said: &str) -> &str {
    match said.rsplit_once(":<br/>") {
        Some((label, path)) if path.starts_with("/cgi-bin/") => label,
        _ => said,
    }
}

/// Whether a text is a location by its looks. The `&` is bare, which no keyboard can produce: it
/// would arrive escaped.
pub(super) fn is_location(said: &str) -> bool {
    said.rsplit_once(":<br/>").is_some_and(|(_, path)| {
        path.starts_with("/cgi-bin/") && path.contains("&pictype=location")
    })
}

/// Whether a content is encrypted: `@` and hexadecimal digits, 800 to 2,000 of them in what was
/// seen. User names look the same and have 64 at most.
pub(super) fn is_opaque(said: &str) -> bool {
    let digits = said.trim_end().strip_prefix('@').unwrap_or_default();
    digits.len() > 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

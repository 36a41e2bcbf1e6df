//! Media that nobody made: the beginning of a real file of its kind, and then bytes that follow
//! from the seed.

use bytes::Bytes;

use super::stream::Stream;

/// A kind of file, as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Jpeg,
    Gif,
    Mp3,
    Mp4,
    Plain,
}

impl Format {
    const fn magic(self) -> &'static [u8] {
        match self {
            Self::Jpeg => b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            Self::Gif => b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff",
            Self::Mp3 => b"ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x10\xc4",
            Self::Mp4 => b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42",
            Self::Plain => b"",
        }
    }

    const fn end(self) -> &'static [u8] {
        match self {
            Self::Jpeg => b"\xff\xd9",
            Self::Gif => b";",
            Self::Mp3 | Self::Mp4 | Self::Plain => b"",
        }
    }
}

/// A file of `size` bytes, or of as many as its beginning and its end have if that is more.
/// `purpose` and `ordinal` tell it from others.
pub(super) fn sample(format: Format, size: usize, seed: u64, purpose: &str, ordinal: u64) -> Bytes {
    let mut draw = Stream::new(seed, purpose, ordinal);
    let (magic, end) = (format.magic(), format.end());
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(magic);
    while bytes.len() + end.len() < size {
        let left = size - end.len() - bytes.len();
        let number = draw.next().to_le_bytes();
        bytes.extend(number.iter().take(left));
    }
    bytes.extend_from_slice(end);
    bytes.into()
}

/// The type a browser is told, by the first bytes of a picture.
pub(super) fn picture_type(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"GIF8") {
        "image/gif"
    } else {
        "image/jpeg"
    }
}

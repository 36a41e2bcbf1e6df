//! Bodies of HTML forms with a file, as browsers write them.

use std::borrow::Cow;

use crate::wire::mime;

/// A form that ends in a file.
pub(crate) struct Parts<'a> {
    /// Names, which are constants that need no escaping, and values, in order.
    pub(crate) fields: Vec<(&'static str, Cow<'a, str>)>,
    pub(crate) file: File<'a>,
}

/// The part with the file.
pub(crate) struct File<'a> {
    pub(crate) field: &'static str,
    pub(crate) name: &'a str,
    pub(crate) mime: &'a str,
    pub(crate) data: &'a [u8],
}

/// A body that is written.
pub(crate) struct Multipart {
    /// What stands between the parts, for the `Content-Type` header.
    pub(crate) boundary: String,
    pub(crate) bytes: Vec<u8>,
}

impl Parts<'_> {
    /// Writes the body. `random` ends up in the boundary; another number takes its place as long as
    /// the boundary occurs in what it has to divide.
    pub(crate) fn write(&self, random: u64) -> Multipart {
        let boundary = self.boundary(random);
        let file = &self.file;
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
             Content-Type: {}\r\n\r\n",
            file.field,
            quoted(file.name),
            header_text(file.mime),
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let field_len = |(name, value): &(&str, Cow<'_, str>)| {
            BEFORE_NAME.len() + name.len() + AROUND_VALUE + boundary.len() + value.len()
        };
        let fields: usize = self.fields.iter().map(field_len).sum();
        let len = fields + head.len() + file.data.len() + tail.len();

        let mut bytes = Vec::with_capacity(len);
        for (name, value) in &self.fields {
            for piece in [
                "--",
                &boundary,
                BEFORE_NAME,
                name,
                "\"\r\n\r\n",
                value,
                "\r\n",
            ] {
                bytes.extend_from_slice(piece.as_bytes());
            }
        }
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(file.data);
        bytes.extend_from_slice(tail.as_bytes());
        Multipart { boundary, bytes }
    }

    /// A boundary that occurs in none of the parts.
    fn boundary(&self, mut random: u64) -> String {
        loop {
            let boundary = format!("{BOUNDARY}{random:016x}");
            if !self.has(&boundary) {
                return boundary;
            }
            // Goes through all numbers before it repeats one, so a free one comes up.
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
        }
    }

    fn has(&self, boundary: &str) -> bool {
        let is_it = |window: &[u8]| window == boundary.as_bytes();
        let values = self.fields.iter().map(|(_, value)| value.as_ref());
        let mut texts = values.chain([self.file.name, self.file.mime]);
        texts.any(|text| text.contains(boundary))
            || self.file.data.windows(boundary.len()).any(is_it)
    }
}

/// The browser that the client says it is begins its boundaries like this.
const BOUNDARY: &str = "----WebKitFormBoundary";

const BEFORE_NAME: &str = "\r\nContent-Disposition: form-data; name=\"";

/// Dashes, quote and line ends.
const AROUND_VALUE: usize = 2 + 5 + 2;

/// A file name as it stands between quotes: as it is, but for what would end the quotes or the line.
fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '"' => quoted.push_str("%22"),
            '\r' => quoted.push_str("%0D"),
            '\n' => quoted.push_str("%0A"),
            '\0' => quoted.push_str("%00"),
            _ => quoted.push(character),
        }
    }
    quoted
}

/// A media type, if it can stand in a header.
fn header_text(mime: &str) -> &str {
    let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    match !mime.is_empty() && mime.bytes().all(printable) {
        true => mime,
        false => mime::UNKNOWN,
    }
}

#[cfg(test)]
mod tests;

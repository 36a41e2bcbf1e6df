//! Media types by the names of files.

/// What a file with this name probably is, by the part behind the last dot in upper or lower case;
/// `application/octet-stream` if there is none, or one that is not in the table.
pub(crate) fn mime_of(name: &str) -> &'static str {
    let extension = extension(name);
    TYPES
        .iter()
        .find(|(known, _)| extension.eq_ignore_ascii_case(known))
        .map_or(UNKNOWN, |(_, mime)| mime)
}

/// What follows the last dot of a file name; nothing if there is no dot.
pub(crate) fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// What browsers say of a file that they do not know.
pub(crate) const UNKNOWN: &str = "application/octet-stream";

/// As a browser names what people send each other.
const TYPES: [(&str, &str); 28] = [
    ("7z", "application/x-7z-compressed"),
    ("amr", "audio/amr"),
    ("apk", "application/vnd.android.package-archive"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("gif", "image/gif"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("rar", "application/vnd.rar"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "text/xml"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_decides_in_any_case() {
        for (name, mime) in [
            ("a.pdf", "application/pdf"),
            ("a.tar.ZIP", "application/zip"),
            ("语音.amr", "audio/amr"),
            ("IMG.JPeG", "image/jpeg"),
            ("a.pdf.", UNKNOWN),
            (".png", "image/png"),
            ("pdf", UNKNOWN),
            ("a.unknown", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(mime_of(name), mime, "{name}");
        }
    }
}

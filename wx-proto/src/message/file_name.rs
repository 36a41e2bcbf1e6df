//! File names that came from others.

/// The longest name that all file systems in use take, in bytes.
const MAX_NAME: usize = 255;

/// The longest end of a name that is kept when the name is cut, in bytes and with its dot.
const MAX_EXTENSION: usize = 32;

/// What a name becomes of which nothing is left.
const NAMELESS: &str = "file";

/// Makes a name that somebody else has given safe to save a file under, in any file system.
///
/// The result is one name and no path: it has no separators, no control characters, no characters
/// that turn the direction of writing, none that Windows refuses, no dot at its start, no dot or
/// blank at its end, none of the names of Windows' devices, 255 bytes at most, and it is never
/// empty. The extension is kept as it is. Two names may become the same one, and there may be such a
/// file already: that is for the caller to look at.
pub fn safe_name(name: &str) -> String {
    let name: String = name.chars().filter_map(safe).collect();
    let name = name
        .trim_start_matches(['.', ' '])
        .trim_end_matches(['.', ' ']);
    let name = shorten(name);
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    if is_device(&name) {
        return shorten(&format!("_{name}"));
    }
    name
}

fn safe(c: char) -> Option<char> {
    match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => Some('_'),
        c if c.is_control() => None,
        // Marks of direction, and what has neither width nor ink. The two joiners stay: emoji and
        // some scripts are made with them.
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' => None,
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        // All other blanks look like this one.
        c if c.is_whitespace() => Some(' '),
        c => Some(c),
    }
}

/// Cuts the middle out of a name that is too long.
fn shorten(name: &str) -> String {
    if name.len() <= MAX_NAME {
        return name.to_owned();
    }
    let extension = name
        .rfind('.')
        .map(|at| name.split_at(at).1)
        .filter(|extension| extension.len() <= MAX_EXTENSION)
        .unwrap_or_default();
    let mut end = MAX_NAME - extension.len();
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let stem = name.split_at(end).0.trim_end_matches(['.', ' ']);
    format!("{stem}{extension}")
}

/// `CON`, `com1.txt` and so on: Windows takes them for devices whatever follows the dot.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(' ').to_ascii_uppercase();
    let is_numbered = |kind| {
        stem.strip_prefix(kind).is_some_and(|n| {
            matches!(
                n,
                "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³"
            )
        })
    };
    matches!(
        stem.as_str(),
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" | "CLOCK$"
    ) || is_numbered("COM")
        || is_numbered("LPT")
}

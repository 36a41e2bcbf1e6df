//! Paths of pictures. The service puts the session's key into many of them; it is taken out as
//! soon as they are read, so that a record can be printed and stored. Whoever fetches a picture
//! adds the key of that moment.

use serde::Deserializer;

use crate::wire::json;

pub(super) fn path<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    json::text(from).map(without_key)
}

pub(super) fn some_path<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(json::some_text(from)?.map(without_key))
}

/// `…&skey=@crypt_…` becomes `…&skey=`.
fn without_key(path: String) -> String {
    let Some((base, query)) = path.split_once('?') else {
        return path;
    };
    let without = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("skey") => format!("{name}="),
        _ => pair.to_owned(),
    };
    let query: Vec<_> = query.split('&').map(without).collect();
    format!("{base}?{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_and_all_else_stays() {
        for (path, bare) in [
            (
                "/icon?seq=1&username=@a&skey=@crypt_1_2",
                "/icon?seq=1&username=@a&skey=",
            ),
            ("/icon?skey=@crypt_1_2&seq=0|0", "/icon?skey=&seq=0|0"),
            ("/icon?seq=1&SKEY=x=y", "/icon?seq=1&SKEY="),
            ("/icon?seq=1", "/icon?seq=1"),
            ("/icon", "/icon"),
            ("", ""),
        ] {
            assert_eq!(without_key(path.to_owned()), bare);
        }
    }
}

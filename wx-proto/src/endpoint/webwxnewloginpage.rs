//! `GET https://{main}/cgi-bin/mmwebwx-bin/webwxnewloginpage`: turns the ticket of a confirmed scan
//! into credentials and cookies.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=AX…@qrticket_0&uuid=…&lang=zh_CN&scan=1672531150&fun=new&version=v2
//!
//! <error><ret>0</ret><message></message><skey>@crypt_…</skey><wxsid>Zx3K…</wxsid>
//! <wxuin>2100045678</wxuin><pass_ticket>Qx7%2Bm…%3D</pass_ticket><isgrayscale>1</isgrayscale></error>
//! ```
//!
//! - The root is `error` on success, too; `message` is then empty or `OK`.
//! - A refused account gets `ret` 1203 and a message in one of several wordings, nothing else.
//! - The same body comes under 200, or under 301 with or without `Location`.
//! - Without `fun=new` an HTML page may come instead; and with it, rarely.
//! - White space may precede the root.
//! - The desktop client adds `mod=desktop`, if the address has it not yet, and headers of its own.
//! - Each call that succeeds starts a new session in which all user names are new.

use std::time::Duration;

use quick_xml::{Reader, events::Event};

use crate::{
    endpoint::{Draft, Endpoint, HostRole, Repeat, Row, Uin, XML_LIMIT, bin},
    hosts::Redirect,
    ret::Ret,
    secret::Secret,
    wire::{
        malformed::{Defect, Malformed},
        utf8,
    },
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxnewloginpage"),
    timeout: Duration::from_secs(15),
    repeat: Repeat::Idempotent,
    limit: XML_LIMIT,
};

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As the page's script does it, for XML.
    Scripted,
    /// As the script does it in the desktop client.
    Desktop,
    /// The address as it came, as a browser goes there: for when the scripted form was answered
    /// with a page.
    Verbatim,
}

pub(crate) fn request(redirect: &Redirect, form: Form) -> Draft {
    let target = redirect.target(match form {
        Form::Desktop if !redirect.has("mod=desktop") => "fun=new&version=v2&mod=desktop",
        Form::Scripted | Form::Desktop => "fun=new&version=v2",
        Form::Verbatim => "",
    });
    Draft::ajax(Endpoint::NewLoginPage, target)
}

/// The reply to `webwxnewloginpage`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// 0, or why there are no credentials. With 0, what is missing below may be in the cookies: they
    /// repeat sid and uin.
    pub ret: Ret,
    /// On a refusal, words for the user.
    pub message: String,
    /// Proves the session in requests.
    pub skey: Option<Secret>,
    /// The session's id.
    pub wxsid: Option<Secret>,
    /// The account's number.
    pub wxuin: Option<Uin>,
    /// Percent-encoded once, to be used as it is.
    pub pass_ticket: Option<Secret>,
    /// Unknown.
    pub isgrayscale: Option<i64>,
    /// Where a browser would have to go first. Never followed.
    pub redirect_url: Option<Secret>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`]; its defect is [`Defect::Html`] for a page for people.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let fields = fields(&text)?;
    let field = |name: &str| {
        let mut found = fields.iter().filter(|(tag, _)| tag == name);
        found.next().map(|(_, value)| value.as_str())
    };
    let trimmed = |name| field(name).map(str::trim);
    let secret = |name| trimmed(name).filter(|value| !value.is_empty());
    let skey = secret("skey");
    let wxsid = secret("wxsid");
    let wxuin = trimmed("wxuin").and_then(|uin| Uin::of(uin.parse().ok()?));
    let ret = match trimmed("ret") {
        Some(ret) => ret
            .parse()
            .map(Ret)
            .map_err(|_| Malformed::missing("ret"))?,
        // Nothing has been seen without it; credentials that are all there speak for themselves.
        None if skey.is_some() && wxsid.is_some() && wxuin.is_some() => Ret::OK,
        None => return Err(Malformed::missing("ret")),
    };
    Ok(Reply {
        ret,
        message: field("message").unwrap_or_default().to_owned(),
        skey: skey.map(Secret::new),
        wxsid: wxsid.map(Secret::new),
        wxuin,
        pass_ticket: secret("pass_ticket").map(Secret::new),
        isgrayscale: trimmed("isgrayscale").and_then(|flag| flag.parse().ok()),
        redirect_url: secret("redirecturl").map(Secret::new),
    })
}

/// The elements right below the root, with their text.
fn fields(text: &str) -> Result<Vec<(String, String)>, Malformed> {
    /// The bound of a list that has eight entries.
    const MAX_FIELDS: usize = 64;

    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    // A message of the service is words for people, with an `&` in its links.
    config.allow_dangling_amp = true;
    config.check_end_names = false;
    config.expand_empty_elements = true;

    let mut fields: Vec<(String, String)> = Vec::new();
    let mut depth = 0_usize;
    let mut closed = false;
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or_default();
        let event = reader.read_event().map_err(|_| match depth {
            0 => Malformed::in_text(text, Defect::Syntax, at),
            _ => Malformed::new(Defect::Syntax, at),
        })?;
        match event {
            Event::Start(tag) => {
                let name = owned(tag.name().0);
                match depth {
                    0 if closed => break,
                    0 if name != "error" => return Err(Malformed::new(Defect::Html, at)),
                    1 if fields.len() < MAX_FIELDS => fields.push((name, String::new())),
                    _ => {}
                }
                depth += 1;
            }
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                closed |= depth == 0;
            }
            Event::Text(piece) if depth == 2 => append(&mut fields, &owned(&*piece)),
            Event::CData(piece) if depth == 2 => append(&mut fields, &owned(&*piece)),
            Event::GeneralRef(reference) if depth == 2 => {
                let name = owned(&*reference);
                let number = reference.resolve_char_ref().ok().flatten();
                match number.or_else(|| entity(&name)) {
                    Some(character) => append(&mut fields, character.encode_utf8(&mut [0; 4])),
                    None => append(&mut fields, &format!("&{name};")),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match (closed, depth) {
        (true, _) => Ok(fields),
        (false, 0) => Err(Malformed::in_text(text, Defect::Syntax, 0)),
        (false, _) => Err(Malformed::new(Defect::Truncated, text.len())),
    }
}

fn append(fields: &mut [(String, String)], piece: &str) {
    if let Some((_, value)) = fields.last_mut() {
        value.push_str(piece);
    }
}

/// The five that XML itself knows; no document of ours may define more.
fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// Bytes in one version of the reader, text in the next.
fn owned(piece: impl AsRef<[u8]>) -> String {
    String::from_utf8_lossy(piece.as_ref()).into_owned()
}

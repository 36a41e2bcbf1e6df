//! A request as text, the same for every correct client of one seed and one script.
//!
//! Nothing is shown that is not known to be harmless: values of parameters, members and headers
//! that the page does not send stand as `…`.

use std::fmt::Write as _;

use http::{HeaderMap, Method, header};

use super::call::{Call, UPLOAD_REQUEST, shown};
use super::endpoint::{Body, Endpoint, Form, Host, Row};
use super::masks::{HIDDEN, Kind, Masks, limited, plain};
use super::members;
use super::multipart::Field;
use super::session::Session;
use super::{Server, SessionId};

/// Bytes of one request's text. A batch look-up of fifty people stays below half of it; the book
/// keeps some thousand of these.
const TEXT: usize = 8 * 1024;

/// Bytes of a body that is looked into. The longest JSON of the page is a tenth of it.
const BODY: usize = 256 * 1024;

/// Headers whose values are the same for everybody who plays the same browser.
const HEADERS: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "client-version",
    "content-type",
    "extspam",
    "mmweb_appid",
    "origin",
    "pragma",
    "referer",
    "user-agent",
    "x-requested-with",
];

/// A poll and its text. Most requests of a long session are the same poll once more, and telling
/// that costs less than writing the same text once more.
pub(super) struct Poll {
    session: Option<SessionId>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    text: String,
}

impl Poll {
    /// Whether this call has the same text, because only values that are not shown differ.
    fn is_repeated(&self, call: &Call, row: &Row) -> bool {
        let is_same = |(have, had): (&(String, String), &(String, String))| {
            have == had || (have.0 == had.0 && is_unlike_each_time(row, &have.0))
        };
        self.session == call.session
            && self.query.len() == call.query.len()
            && call.query.iter().zip(&self.query).all(is_same)
            && self.headers == call.headers
    }
}

fn is_unlike_each_time(row: &Row, name: &str) -> bool {
    let param = row.params.iter().find(|param| param.name == name);
    let kind = param.and_then(|param| param.form.kind());
    matches!(kind, Some(Kind::Time | Kind::Device))
}

impl Server {
    /// See [`Record::canonical`](super::Record::canonical). This is the last that is done to a
    /// call: what it was made of may be kept.
    pub(super) fn canonical(&mut self, call: &mut Call) -> String {
        let poll = call.row.filter(|row| {
            matches!(row.endpoint, Endpoint::Login | Endpoint::SyncCheck)
                && call.method == Method::GET
                && call.body.is_empty()
        });
        let Some(row) = poll else {
            return self.write(call);
        };
        if let Some(last) = self.polls.get(&row.endpoint) {
            if last.is_repeated(call, row) {
                return last.text.clone();
            }
        }
        let text = self.write(call);
        let poll = Poll {
            session: call.session,
            query: std::mem::take(&mut call.query),
            headers: std::mem::take(&mut call.headers),
            text: text.clone(),
        };
        self.polls.insert(row.endpoint, poll);
        text
    }

    fn write(&mut self, call: &Call) -> String {
        let mut text = first_line(call, &mut self.masks);
        write_headers(&mut text, call);
        write_body(&mut text, call, &mut self.masks);
        if let Some(base) = &self.setup.base {
            // Its port is another one each time.
            text = text.replace(base.as_str(), "<base>");
        }
        // Credentials have their places, and are masked there; some clients put them elsewhere.
        let session = call
            .session
            .or_else(|| self.session_by_sid(call.cookie("wxsid")?));
        if let Some(session) = session.and_then(|id| self.sessions.get(&id)) {
            scrub(&mut text, session);
        }
        cut(&mut text, TEXT);
        text
    }
}

fn scrub(text: &mut String, session: &Session) {
    for secret in session.secrets() {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), "<secret>");
        }
    }
}

fn first_line(call: &Call, masks: &mut Masks) -> String {
    let mut line = format!("{} ", plain(call.method.as_str()));
    match call.row {
        Some(row) if row.endpoint == Endpoint::Qrcode => {
            let uuid = call.path.strip_prefix("/qrcode/").unwrap_or_default();
            let uuid = masks.mask(Kind::Uuid, uuid);
            let _ = write!(line, "{} /qrcode/{uuid}", role(row));
        }
        Some(row) => {
            let _ = write!(line, "{} {}", role(row), call.path);
        }
        None => {
            let last = call.path.rsplit('/').next().unwrap_or_default();
            let _ = write!(line, "nowhere /{HIDDEN}/{}", shown(last));
        }
    }
    for (name, value) in &call.query {
        let params = call.row.map_or(&[][..], |row| row.params);
        let _ = match params.iter().find(|param| param.name == name) {
            Some(param) => write!(line, " {name}={}", form(param.form, value, masks)),
            None => write!(line, " {}={HIDDEN}", shown(name)),
        };
    }
    line
}

fn role(row: &Row) -> &'static str {
    match row.host {
        Host::Login | Host::Qr => "login",
        Host::Main => "main",
        Host::Push => "push",
        Host::File => "file",
    }
}

fn form(form: Form, value: &str, masks: &mut Masks) -> String {
    match form.kind() {
        Some(kind) => masks.mask(kind, value),
        None => plain(value),
    }
}

fn write_headers(text: &mut String, call: &Call) {
    let framing = [
        header::HOST,
        header::CONTENT_LENGTH,
        header::CONNECTION,
        header::COOKIE,
    ];
    let mut lines: Vec<(&str, String)> = call
        .headers
        .keys()
        .filter(|name| !framing.contains(name))
        .map(|name| (name.as_str(), header_values(&call.headers, name.as_str())))
        .collect();
    if !call.cookies.is_empty() {
        let mut names: Vec<String> = call.cookies.iter().map(|(name, _)| shown(name)).collect();
        names.sort();
        lines.push(("cookie", names.join(" ")));
    }
    lines.sort();
    for (name, values) in lines {
        let _ = write!(text, "\n  {name}: {values}");
    }
}

fn header_values(headers: &HeaderMap, name: &str) -> String {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| match value.to_str() {
            Ok(value) if HEADERS.contains(&name) => {
                // The boundary is made up anew each time.
                let (value, _) = value.split_once("boundary=").unwrap_or((value, ""));
                limited(value.trim_end())
            }
            _ => HIDDEN.to_owned(),
        })
        .collect();
    values.join(" | ")
}

fn write_body(text: &mut String, call: &Call, masks: &mut Masks) {
    if call.body.is_empty() {
        return;
    }
    text.push_str("\n  ");
    match call.row.map(|row| row.body) {
        Some(Body::Multipart { .. }) => {
            let fields = match call.form.as_slice() {
                [] => call.read_form().unwrap_or_default(),
                form => form.to_vec(),
            };
            if !fields.is_empty() {
                let lines: Vec<String> = fields
                    .iter()
                    .map(|field| form_field(field, call, masks))
                    .collect();
                text.push_str(&lines.join("\n  "));
                return;
            }
        }
        _ if call.body.len() > BODY => {}
        Some(Body::Json(_)) => match members::show(&call.body, call.endpoint, masks) {
            Some(json) => {
                text.push_str(&json);
                return;
            }
            None => text.push_str("not JSON: "),
        },
        Some(Body::Form) => {
            let pairs: Vec<String> = form_urlencoded::parse(&call.body)
                .map(|(name, value)| match members::kind(&name) {
                    Some(kind) => format!("{name}={}", masks.mask(kind, &value)),
                    None => format!("{}={HIDDEN}", shown(&name)),
                })
                .collect();
            text.push_str(&pairs.join(" "));
            return;
        }
        _ => {}
    }
    let _ = write!(text, "{} bytes", call.body.len());
}

/// One line. Of a file its name, type and size are shown, not its bytes.
fn form_field(field: &Field, call: &Call, masks: &mut Masks) -> String {
    let name = shown(&field.name);
    if let Some(file) = &field.file {
        let kind = field.kind.as_deref().unwrap_or_default();
        let (file, kind, size) = (plain(file), plain(kind), field.value.len());
        return format!("{name}={file} {kind} {size} bytes");
    }
    let value = field.text().unwrap_or_default();
    let shown = match name.as_str() {
        UPLOAD_REQUEST => members::show(&field.value, call.endpoint, masks)
            .unwrap_or_else(|| format!("not JSON: {} bytes", field.value.len())),
        "webwx_data_ticket" => masks.mask(Kind::DataTicket, value),
        "pass_ticket" => masks.mask(Kind::PassTicket, value),
        "lastModifiedDate" => masks.mask(Kind::Time, value),
        "id" | "name" | "type" | "size" | "chunks" | "chunk" | "mediatype" => plain(value),
        _ => HIDDEN.to_owned(),
    };
    format!("{name}={shown}")
}

fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at));
        let length = text.len();
        text.truncate(end.unwrap_or(0));
        let _ = write!(text, "{HIDDEN} ({length} bytes)");
    }
}

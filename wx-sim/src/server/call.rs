//! One request, taken apart and judged as far as that needs no state of the service.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::Value;

use super::endpoint::{Body, Endpoint, Row, row};
use super::judge::{Record, Refusal, Remark};
use super::multipart::{self, Field};
use super::{AccountId, ExchangeId, SessionId};

/// How a call ends that is not answered in full.
#[derive(Debug)]
pub(super) enum Fail {
    /// The reply of the call with this code in it.
    Code(i64),
    /// A reply of its own with this code in it.
    Answer(i64, Box<Response<Bytes>>),
    /// An empty reply with this status.
    Status(StatusCode),
}

/// A request with everything the handlers ask it for, and the verdict as it grows.
pub(super) struct Call {
    pub(super) id: ExchangeId,
    pub(super) now: Duration,
    pub(super) endpoint: Endpoint,
    pub(super) row: Option<&'static Row>,
    pub(super) path: String,
    pub(super) body: Bytes,
    /// The JSON of the body, once [`Call::read_json`] went well.
    pub(super) json: Value,
    /// The fields of the form, as soon as that was read.
    pub(super) form: Vec<Field>,
    pub(super) account: Option<AccountId>,
    pub(super) session: Option<SessionId>,
    pub(super) method: Method,
    pub(super) host: Option<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) cookies: Vec<(String, String)>,
    refusal: Option<Refusal>,
    remarks: Vec<Remark>,
}

impl Call {
    pub(super) fn new(now: Duration, id: ExchangeId, request: Request<Bytes>) -> Self {
        let (head, body) = request.into_parts();
        let host = head
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| Some(head.headers.get(header::HOST)?.to_str().ok()?.to_owned()));
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default();
        let row = row(&path);
        Self {
            id,
            now,
            endpoint: row.map_or(Endpoint::Unknown, |row| row.endpoint),
            row,
            body,
            json: Value::Null,
            form: Vec::new(),
            account: None,
            session: None,
            method: head.method,
            host: host.map(|host| host.trim_end_matches(":443").to_ascii_lowercase()),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            cookies: cookies(&head.headers),
            headers: head.headers,
            path,
            refusal: None,
            remarks: Vec::new(),
        }
    }

    /// The decoded value of a query parameter; the first, if it stands twice.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same with small letters and capitals as they come: downloads do not mind. That it is
    /// another name than the page's was remarked with the query.
    pub(super) fn param_in_any_spelling(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether one of the cookies of that name has that value. `None`: there is none of that name.
    pub(super) fn cookie_is(&self, name: &str, value: &str) -> Option<bool> {
        let mut found = None;
        for (_, have) in self.cookies.iter().filter(|(key, _)| key == name) {
            found = Some(found == Some(true) || have == value);
        }
        found
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn takes_gzip(&self) -> bool {
        self.header(header::ACCEPT_ENCODING.as_str())
            .is_some_and(|value| value.contains("gzip"))
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// A text or a number of the JSON body's top level, as text.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        as_text(self.json.get(name)?)
    }

    /// Notes a fault and gives the code to answer with. The first fault explains the call.
    pub(super) fn refuse(&mut self, why: Refusal, code: i64) -> Fail {
        self.note(why);
        Fail::Code(code)
    }

    /// Notes a fault that the service does not answer with an error.
    pub(super) fn note(&mut self, why: Refusal) {
        self.refusal.get_or_insert(why);
    }

    pub(super) fn remark(&mut self, what: Remark) {
        if !self.remarks.contains(&what) {
            self.remarks.push(what);
        }
    }

    /// Neither refused nor remarked, so far.
    pub(super) fn is_accepted(&self) -> bool {
        self.refusal.is_none() && self.remarks.is_empty()
    }

    pub(super) fn into_record(
        self,
        ordinal: u64,
        code: i64,
        planted: bool,
        canonical: String,
    ) -> Record {
        Record {
            ordinal,
            at: self.now,
            endpoint: self.endpoint,
            account: self.account,
            session: self.session,
            refusal: self.refusal,
            remarks: self.remarks,
            code,
            planted,
            canonical,
        }
    }

    /// The JSON of the body, read the way the service reads it: the body itself, or one field of
    /// the form it is.
    pub(super) fn read_json(&mut self, row: &Row) -> Result<(), Fail> {
        let (text, expected) = match row.body {
            Body::None | Body::Form => return Ok(()),
            Body::Json(expected) => (self.body.clone(), expected),
            Body::Multipart(expected) => {
                let Some(form) = self.read_form() else {
                    return Err(self.refuse(Refusal::Form, 1200));
                };
                self.form = form;
                match self.field(UPLOAD_REQUEST) {
                    Some(field) => (field.value.clone(), expected),
                    None => return Err(self.refuse(Refusal::Member(UPLOAD_REQUEST), 1200)),
                }
            }
        };
        let Ok(body) = std::str::from_utf8(&text) else {
            return Err(self.refuse(Refusal::Body, 1200));
        };
        let (literal, escapes) = keep_escapes(body);
        if escapes.slash {
            return Err(self.refuse(Refusal::EscapedSlash, 1200));
        }
        let json = match serde_json::from_str::<Value>(&literal) {
            Ok(value @ Value::Object(_)) => value,
            _ => return Err(self.refuse(Refusal::Body, 1200)),
        };
        if escapes.text {
            self.note(Refusal::EscapedText);
        }
        self.judge_members(&json, expected, row.may);
        self.json = json;
        if self.json.get("BaseRequest").is_some_and(Value::is_object) {
            Ok(())
        } else {
            Err(self.refuse(Refusal::NoBaseRequest, 1))
        }
    }

    /// The members of an object against those the page sends always and those it sends at times.
    pub(super) fn judge_members(
        &mut self,
        object: &Value,
        expected: &[&'static str],
        also: &[&str],
    ) {
        let names = object.as_object().into_iter().flat_map(|it| it.keys());
        for name in names {
            if !expected.contains(&name.as_str()) && !also.contains(&name.as_str()) {
                self.remark(Remark::UnknownMember(shown(name)));
            }
        }
        for name in expected {
            if object.get(name).is_none() {
                self.remark(Remark::MissingMember(name));
            }
        }
    }

    /// The fields of a form the body is. `None`: it is not one.
    pub(super) fn read_form(&self) -> Option<Vec<Field>> {
        multipart::read(self.header(header::CONTENT_TYPE.as_str())?, &self.body)
    }

    /// A field of the form; the first, if it stands twice.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.form.iter().find(|field| field.name == name)
    }

    pub(super) fn ms(&self) -> u64 {
        u64::try_from(self.now.as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The field of an upload that says what it is.
pub(super) const UPLOAD_REQUEST: &str = "uploadmediarequest";

/// A text or a number, as text: the service takes ids either way.
pub(super) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn cookies(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A name out of a request, cut to what a log line can bear. Some clients forget the `=` and so
/// put a key into a name: nothing after the first character that names do not have is kept.
pub(super) fn shown(name: &str) -> String {
    name.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(24)
        .collect()
}

/// What a body held that the service's reader does not decode.
#[derive(Default)]
pub(super) struct Escapes {
    text: bool,
    slash: bool,
}

/// Turns `\uXXXX` into the six characters the service takes it for. Control characters have no
/// other way to stand in JSON, and the page's own serializer writes them so: they are decoded.
pub(super) fn keep_escapes(body: &str) -> (String, Escapes) {
    let mut escapes = Escapes::default();
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        out.push('\\');
        let control = after.starts_with("u000") || after.starts_with("u001");
        if after.starts_with('u') && !control {
            escapes.text = true;
            out.push('\\');
        }
        escapes.slash |= after.starts_with('/');
        let mut chars = after.chars();
        if let Some(escaped) = chars.next() {
            out.push(escaped);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    (out, escapes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stay_as_written() {
        let (kept, escapes) = keep_escapes(r#"{"a":"\u4f60\n\"\\u4f60\u001b"}"#);
        assert_eq!(kept, r#"{"a":"\\u4f60\n\"\\u4f60\u001b"}"#);
        assert!(escapes.text && !escapes.slash);
        assert!(keep_escapes(r#""a\/b""#).1.slash);
    }
}

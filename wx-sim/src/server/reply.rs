//! The bytes the service answers with: its JSON layout, headers, dates and cookies.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{HeaderValue, Response, StatusCode, header};

use super::setup::Setup;

/// A JSON value with its members in the order of the service.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Num(i64),
    Big(u64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// The service's layout: one member a line, no indent, an object followed by a line that holds
    /// only a comma, items of a list joined as `}` LF `,{`, one LF at the end.
    pub(super) fn encode(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Num(number) => out.push_str(&number.to_string()),
            Self::Big(number) => out.push_str(&number.to_string()),
            Self::Text(text) => quote(out, text),
            Self::List(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push_str("{\n");
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push_str(",\n");
                    }
                    out.push('"');
                    out.push_str(name);
                    out.push_str("\": ");
                    value.write(out);
                    if !matches!(value, Self::Object(_)) && at + 1 == members.len() {
                        out.push('\n');
                    }
                }
                out.push_str("}\n");
            }
        }
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Num(i64::from(number))
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Big(number as u64)
    }
}

/// Control characters other than the three usual ones leave raw: the service does not escape them.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// `BaseResponse`, the first member of nearly every reply.
pub(super) fn base(ret: i64) -> (&'static str, Json) {
    (
        "BaseResponse",
        Json::Object(vec![("Ret", Json::Num(ret)), ("ErrMsg", "".into())]),
    )
}

/// A reply with the headers every reply has.
pub(super) fn plain(now: Duration, status: StatusCode, kind: &str, body: Bytes) -> Response<Bytes> {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::DATE, text(&date(now)));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, must-revalidate"),
    );
    if !kind.is_empty() {
        headers.insert(header::CONTENT_TYPE, text(kind));
    }
    reply
}

/// JSON as the service sends it: `text/plain` without a charset, gzip when the client takes it.
pub(super) fn json(now: Duration, gzip: bool, body: &Json) -> Response<Bytes> {
    let encoded = body.encode();
    // Two kilobytes were seen compressed and a hundred bytes plain; where the real border lies is
    // not known.
    if gzip && encoded.len() >= 512 {
        if let Some(packed) = pack(encoded.as_bytes()) {
            let mut reply = plain(now, StatusCode::OK, "text/plain", packed);
            reply
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return reply;
        }
    }
    plain(now, StatusCode::OK, "text/plain", Bytes::from(encoded))
}

/// One of the script-style replies: no line feed at the end.
pub(super) fn script(now: Duration, body: String) -> Response<Bytes> {
    plain(now, StatusCode::OK, "text/javascript", Bytes::from(body))
}

/// A page for people.
pub(super) fn html(now: Duration, status: StatusCode, body: String) -> Response<Bytes> {
    plain(now, status, "text/html; charset=UTF-8", Bytes::from(body))
}

/// An empty reply with nothing but a status.
pub(super) fn bare(now: Duration, status: StatusCode) -> Response<Bytes> {
    plain(now, status, "", Bytes::new())
}

fn pack(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// One cookie as the service sets it. `domain` is left out, like `Secure`, where the service is
/// mapped to another base.
pub(super) fn set_cookie(
    reply: &mut Response<Bytes>,
    setup: &Setup,
    name: &str,
    value: &str,
    domain: &str,
    expires: Duration,
) {
    let expires = date(expires);
    let line = if setup.base.is_some() {
        format!("{name}={value}; Path=/; Expires={expires}")
    } else {
        format!("{name}={value}; Domain={domain}; Path=/; Expires={expires}; Secure")
    };
    reply.headers_mut().append(header::SET_COOKIE, text(&line));
}

/// A header value of our own making. None of them holds a control character; an empty value stands
/// in if one ever did.
pub(super) fn text(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(""))
}

/// `Sun, 01-Jan-2023 12:00:00 GMT`: a short week day and dashes, which is neither of the two
/// standard forms.
pub(super) fn date(unix: Duration) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = unix.as_secs() / 86_400;
    let clock = unix.as_secs() % 86_400;
    let weekday = usize::try_from(days % 7)
        .ok()
        .and_then(|at| WEEKDAYS.get(at))
        .unwrap_or(&"Thu");
    let (year, month, day) = civil(days);
    let month = usize::try_from(month - 1)
        .ok()
        .and_then(|at| MONTHS.get(at))
        .copied()
        .unwrap_or("Jan");
    format!(
        "{weekday}, {day:02}-{month}-{year:04} {:02}:{:02}:{:02} GMT",
        clock / 3600,
        clock / 60 % 60,
        clock % 60
    )
}

/// Year, month (1 to 12) and day of a number of days since 1970, by counting from 1 March of the
/// year 0 so that leap days come last.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_is_the_one_of_the_service() {
        let reply = Json::Object(vec![
            base(0),
            ("Count", 1_u32.into()),
            (
                "List",
                Json::List(vec![
                    Json::Object(vec![("A", "x".into()), ("B", Json::List(vec![]))]),
                    Json::Object(vec![("A", Json::Object(vec![("C", 1_u32.into())]))]),
                ]),
            ),
            ("Seq", 0_u32.into()),
        ]);
        assert_eq!(
            reply.encode(),
            "{\n\"BaseResponse\": {\n\"Ret\": 0,\n\"ErrMsg\": \"\"\n}\n,\n\"Count\": 1,\n\
             \"List\": [{\n\"A\": \"x\",\n\"B\": []\n}\n,{\n\"A\": {\n\"C\": 1\n}\n}\n],\n\
             \"Seq\": 0\n}\n"
        );
    }

    #[test]
    fn a_send_reply_has_the_length_of_a_real_one() {
        let reply = Json::Object(vec![
            base(0),
            ("MsgID", "1234567890123456789".into()),
            ("LocalID", "12345678901234567".into()),
        ]);
        assert_eq!(reply.encode().len(), 112);
    }

    #[test]
    fn dates_are_dashed() {
        assert_eq!(
            date(Duration::from_secs(0)),
            "Thu, 01-Jan-1970 00:00:00 GMT"
        );
        assert_eq!(
            date(Duration::from_secs(951_782_400)),
            "Tue, 29-Feb-2000 00:00:00 GMT"
        );
        assert_eq!(
            date(Duration::from_secs(1_670_880_802)),
            "Mon, 12-Dec-2022 21:33:22 GMT"
        );
        assert_eq!(
            date(Duration::from_secs(1_672_574_400)),
            "Sun, 01-Jan-2023 12:00:00 GMT"
        );
    }

    #[test]
    fn control_characters_stay_raw() {
        assert_eq!(Json::from("a\u{1b}\n\"").encode(), "\"a\u{1b}\\n\\\"\"");
    }
}

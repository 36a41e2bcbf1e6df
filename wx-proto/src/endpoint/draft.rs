//! What an endpoint makes: a request against logical hosts, without cookies and common headers.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method,
    header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    endpoint::{Endpoint, HostRole, Uin, jslogin::FILE_HELPER_APP_ID},
    hosts::Family,
    secret::Secret,
    stream::Stream,
    wire::{form::Form, multipart::Multipart},
};

/// What every request may draw on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) family: &'static Family,
    /// `zh_CN`, `en_US`, …
    pub(crate) lang: &'a str,
    /// The page is that of the desktop client, which some endpoints spell differently.
    pub(crate) desktop: bool,
    /// Unix time in milliseconds.
    pub(crate) unix_ms: u64,
    /// The page's anti-cache counter: starts at the client's first millisecond, grows by one with
    /// each request that carries it.
    pub(crate) nonce: u64,
    /// `e` and 15 digits, new for each request.
    pub(crate) device_id: &'a str,
}

impl Context<'_> {
    /// JavaScript's `~new Date()`: the clock cut to 32 bits, then inverted.
    pub(crate) fn inverted_ms(&self) -> i32 {
        // Wrapping is the point: the official page truncates the same way.
        !(self.unix_ms as i32)
    }

    /// What the page for the file helper alone says of itself; empty on the full page.
    pub(crate) fn file_helper_app_id(&self) -> &'static str {
        match self.family.is_file_helper() {
            true => FILE_HELPER_APP_ID,
            false => "",
        }
    }
}

/// Who we are, once `webwxnewloginpage` has said so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) uin: Uin,
    pub(crate) sid: Secret,
    /// Empty while a session is resumed by its cookies alone.
    pub(crate) skey: Secret,
    /// As the service wrote it, that is percent-encoded once. Empty after a resume by cookies.
    pub(crate) pass_ticket: Secret,
}

/// The member that all JSON bodies have.
pub(crate) struct BaseRequest<'a> {
    credentials: &'a Credentials,
    device_id: &'a str,
    /// One endpoint leaves the key out.
    with_skey: bool,
}

impl<'a> BaseRequest<'a> {
    pub(crate) fn new(cx: &Context<'a>, credentials: &'a Credentials) -> Self {
        Self {
            credentials,
            device_id: cx.device_id,
            with_skey: true,
        }
    }

    pub(crate) fn without_skey(self) -> Self {
        Self {
            with_skey: false,
            ..self
        }
    }
}

impl Serialize for BaseRequest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let len = if self.with_skey { 4 } else { 3 };
        let mut base = serializer.serialize_struct("BaseRequest", len)?;
        base.serialize_field("Uin", &self.credentials.uin)?;
        base.serialize_field("Sid", &self.credentials.sid)?;
        match self.with_skey {
            true => base.serialize_field("Skey", &self.credentials.skey)?,
            false => base.skip_field("Skey")?,
        }
        base.serialize_field("DeviceID", self.device_id)?;
        base.end()
    }
}

/// A request that still lacks cookies, the headers common to all, and its place on the wire.
pub(crate) struct Draft {
    pub(crate) endpoint: Endpoint,
    /// That of the endpoint's row, except where the caller names the path.
    pub(crate) host: HostRole,
    pub(crate) method: Method,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
    /// Headers of this endpoint alone.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// How the body of the reply gets to the sink of a command.
    pub(crate) stream: Option<Stream>,
}

impl Draft {
    /// A request of the page's script tags.
    pub(crate) fn script(endpoint: Endpoint, target: String) -> Self {
        Self::get(endpoint, target, "*/*")
    }

    /// A request of the browser itself, for a page.
    pub(crate) fn page(endpoint: Endpoint, target: String) -> Self {
        Self::get(
            endpoint,
            target,
            "text/html,application/xhtml+xml,*/*;q=0.8",
        )
    }

    /// A request of the page's scripts, without a body.
    pub(crate) fn ajax(endpoint: Endpoint, target: String) -> Self {
        Self::get(endpoint, target, AJAX_ACCEPT)
    }

    /// A request of the page's pictures, players and links: for a file as it is, since what is
    /// packed already gains nothing, and a part of a packed file is worth nothing.
    pub(crate) fn media(endpoint: Endpoint, target: String) -> Self {
        let identity = HeaderValue::from_static("identity");
        let mut draft = Self::get(endpoint, target, "*/*");
        draft.headers.push((ACCEPT_ENCODING, identity));
        draft
    }

    fn get(endpoint: Endpoint, target: String, accept: &'static str) -> Self {
        Self {
            endpoint,
            host: endpoint.row().host,
            method: Method::GET,
            target,
            headers: vec![(ACCEPT, HeaderValue::from_static(accept))],
            body: Bytes::new(),
            stream: None,
        }
    }

    /// A request with a JSON body: raw UTF-8, because the service does not read `\uXXXX`. Behind what
    /// the endpoint has in its query stands the ticket, if there is one.
    pub(crate) fn json(
        endpoint: Endpoint,
        query: Form,
        credentials: &Credentials,
        body: &impl Serialize,
    ) -> Self {
        let query = query.pair_unless_empty("pass_ticket", credentials.pass_ticket.expose());
        let target = query.query_of(endpoint.row().path);
        Self::json_text(endpoint, target, json_text(body))
    }

    /// A request with a JSON body that is written already.
    pub(crate) fn json_text(endpoint: Endpoint, target: String, body: String) -> Self {
        let content_type = HeaderValue::from_static("application/json;charset=UTF-8");
        Self::post(endpoint, target, content_type, body.into_bytes())
    }

    /// A request of an HTML form.
    pub(crate) fn form(endpoint: Endpoint, target: String, body: String) -> Self {
        let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        Self::post(endpoint, target, content_type, body.into_bytes())
    }

    /// A request of an HTML form with a file.
    pub(crate) fn multipart(endpoint: Endpoint, target: String, body: Multipart) -> Self {
        let content_type = own_value(format!("multipart/form-data; boundary={}", body.boundary));
        Self::post(endpoint, target, content_type, body.bytes)
    }

    /// Adds a header, its value made of digits, host names and other things of our own.
    pub(crate) fn with_header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, own_value(value)));
        self
    }

    /// The body of the reply is for the caller of a command, not for the core.
    pub(crate) fn into_stream(mut self, stream: Stream) -> Self {
        self.stream = Some(stream);
        self
    }

    fn post(endpoint: Endpoint, target: String, content_type: HeaderValue, body: Vec<u8>) -> Self {
        Self {
            endpoint,
            host: endpoint.row().host,
            method: Method::POST,
            target,
            headers: vec![
                (ACCEPT, HeaderValue::from_static(AJAX_ACCEPT)),
                (CONTENT_TYPE, content_type),
            ],
            body: Bytes::from(body),
            stream: None,
        }
    }
}

/// JSON as the service reads it.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    #[expect(
        clippy::expect_used,
        reason = "bodies are structs of texts, numbers and lists, and those always serialise"
    )]
    serde_json::to_string(value).expect("a value of texts and numbers")
}

fn own_value(value: String) -> HeaderValue {
    #[expect(
        clippy::expect_used,
        reason = "nothing of it comes from outside, and all of it is printable ASCII"
    )]
    HeaderValue::try_from(value).expect("printable ASCII")
}

/// Query and body hold the credentials, so neither is printed.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

const AJAX_ACCEPT: &str = "application/json, text/plain, */*";

//! What an endpoint makes: a request against logical hosts, without cookies and common headers.

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    endpoint::{Endpoint, Uin, jslogin::FILE_HELPER_APP_ID},
    hosts::Family,
    id::CommandId,
    secret::Secret,
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

/// The member that all JSON bodies begin with.
pub(crate) struct BaseRequest<'a> {
    credentials: &'a Credentials,
    device_id: &'a str,
}

impl<'a> BaseRequest<'a> {
    pub(crate) fn new(cx: &Context<'a>, credentials: &'a Credentials) -> Self {
        Self {
            credentials,
            device_id: cx.device_id,
        }
    }
}

impl Serialize for BaseRequest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut base = serializer.serialize_struct("BaseRequest", 4)?;
        base.serialize_field("Uin", &self.credentials.uin)?;
        base.serialize_field("Sid", &self.credentials.sid)?;
        base.serialize_field("Skey", &self.credentials.skey)?;
        base.serialize_field("DeviceID", self.device_id)?;
        base.end()
    }
}

/// A request that still lacks cookies, the headers common to all, and its place on the wire.
pub(crate) struct Draft {
    pub(crate) endpoint: Endpoint,
    pub(crate) method: Method,
    /// Path and query, percent-encoded.
    pub(crate) target: String,
    /// Headers of this endpoint alone.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// The command whose sink gets the body of the reply.
    pub(crate) sink: Option<CommandId>,
}

impl Draft {
    /// A request of the page's script tags.
    pub(crate) fn script(endpoint: Endpoint, target: String) -> Self {
        Self::get(endpoint, target, "*/*")
    }

    /// A request of the page's scripts, without a body.
    pub(crate) fn ajax(endpoint: Endpoint, target: String) -> Self {
        Self::get(endpoint, target, AJAX_ACCEPT)
    }

    fn get(endpoint: Endpoint, target: String, accept: &'static str) -> Self {
        Self {
            endpoint,
            method: Method::GET,
            target,
            headers: vec![(ACCEPT, HeaderValue::from_static(accept))],
            body: Bytes::new(),
            sink: None,
        }
    }

    /// A request with a JSON body: raw UTF-8, because the service does not read `\uXXXX`.
    pub(crate) fn json(endpoint: Endpoint, target: String, body: &impl Serialize) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "bodies are structs of texts, numbers and lists, and those always serialise"
        )]
        let body = serde_json::to_vec(body).expect("a body of texts and numbers");
        Self::post(endpoint, target, "application/json;charset=UTF-8", body)
    }

    /// A request of an HTML form.
    pub(crate) fn form(endpoint: Endpoint, target: String, body: String) -> Self {
        Self::post(
            endpoint,
            target,
            "application/x-www-form-urlencoded",
            body.into_bytes(),
        )
    }

    /// The body of the reply is for the caller of a command, not for the core.
    #[cfg(feature = "_probe")]
    pub(crate) fn into_sink_of(mut self, command: CommandId) -> Self {
        self.sink = Some(command);
        self
    }

    fn post(endpoint: Endpoint, target: String, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            endpoint,
            method: Method::POST,
            target,
            headers: vec![
                (ACCEPT, HeaderValue::from_static(AJAX_ACCEPT)),
                (CONTENT_TYPE, HeaderValue::from_static(content_type)),
            ],
            body: Bytes::from(body),
            sink: None,
        }
    }
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

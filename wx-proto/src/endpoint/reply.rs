//! What nearly all JSON replies begin with.

use serde::Deserialize;

use crate::{
    ret::Ret,
    wire::{
        json::{self, Document},
        malformed::Malformed,
        utf8::{self, cut},
    },
};

/// Whether the service did what it was asked to. All else in a reply is optional, and empty when
/// `ret` is not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaseResponse {
    /// The only sign of failure: the HTTP status is 200 either way.
    pub ret: Ret,
    /// Mostly empty, even on failures; if not, words for the user, perhaps in Chinese. May be
    /// filled on success.
    pub err_msg: String,
}

impl BaseResponse {
    pub(crate) fn read(reply: &Document<'_>) -> Result<Self, Malformed> {
        let wire: Wire = reply.record("BaseResponse");
        let mut err_msg = wire.err_msg;
        cut(&mut err_msg, WORDS);
        // An empty object is no success.
        let ret = wire.ret.and_then(|ret| i32::try_from(ret).ok());
        Ok(Self {
            ret: Ret(ret.ok_or(Malformed::missing("BaseResponse.Ret"))?),
            err_msg,
        })
    }
}

/// The longest words to a refusal that are kept, in bytes. They are handed to everybody whom it
/// concerns, so their length must not be for the service to choose.
pub(super) const WORDS: usize = 2048;

/// A reply that says no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether it was done.
    pub base: BaseResponse,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    BaseResponse::read(&reply).map(|base| Reply { base })
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Wire {
    #[serde(deserialize_with = "json::some_int")]
    ret: Option<i64>,
    #[serde(deserialize_with = "json::text")]
    err_msg: String,
}

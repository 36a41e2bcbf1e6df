//! Codecs that know nothing of the service: bytes to values and back.

pub(crate) mod date;
pub(crate) mod escape;
pub(crate) mod form;
pub(crate) mod html;
pub(crate) mod js;
pub(crate) mod json;
pub(crate) mod malformed;
pub(crate) mod mime;
pub(crate) mod multipart;
pub(crate) mod utf8;
pub(crate) mod xml;

//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendmsg`: sends a text, a location or a card.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendmsg?lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":1,"Content":"七点\n集合","FromUserName":"@5e1f…","ToUserName":"@b07d…",
//!  "LocalID":"16725312201550412","ClientMsgId":"16725312201550412"},"Scene":0}
//!
//! {"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"7650884298732299102","LocalID":"16725312201550412"}
//! ```
//!
//! - `Ret` alone decides. It may be negative, `ErrMsg` is empty on failures.
//! - `MsgID` `""` and `"0"` both mean none; it and `LocalID` may be missing on success, too.
//! - `LocalID` comes back as a text of 14 to 17 digits.
//! - Whoever is mentioned is named twice: to be read in the text, to be notified in `MsgSource`.

use std::time::Duration;

use crate::{
    endpoint::{
        BaseResponse, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT,
        bin,
        envelope::{Contents, Envelope},
    },
    id::MsgId,
    wire::{escape::xml_text, form::Form, json::Document, malformed::Malformed, utf8},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsendmsg"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said<'a> {
    Text {
        /// As it is to be read: neither HTML nor escaped, lines end in LF.
        content: &'a str,
        /// User names of members of the room this goes to.
        mention: &'a [&'a str],
    },
    /// The XML that a location came with, not escaped.
    Location { content: &'a str },
    /// The XML of a card. Whether the service takes it depends on the account.
    Card { content: &'a str },
}

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    envelope: Envelope<'_>,
    said: Said<'_>,
) -> Draft {
    let (kind, content, mention) = match said {
        Said::Text { content, mention } => (1, content, mention),
        Said::Location { content } => (48, content, [].as_slice()),
        Said::Card { content } => (42, content, [].as_slice()),
    };
    let source = (!mention.is_empty()).then(|| {
        format!(
            "<msgsource><atusername>{}</atusername><atchatroomname>{}</atchatroomname></msgsource>",
            xml_text(&mention.join(",")),
            xml_text(envelope.to),
        )
    });
    let contents = Contents {
        kind,
        content: Some(content),
        msg_source: source.as_deref(),
        ..Contents::default()
    };
    envelope.draft(Endpoint::SendMsg, Form::new(), cx, credentials, contents)
}

/// The reply to `webwxsendmsg`, and to the other calls that send.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// Whether the message was accepted, which is not: delivered.
    pub base: BaseResponse,
    /// What a recall needs.
    pub msg_id: Option<MsgId>,
    /// The id that the client gave, in digits.
    pub local_id: Option<String>,
}

/// Reads a reply.
///
/// # Errors
///
/// [`Malformed`] if it is no object or has no `BaseResponse.Ret`.
pub fn parse(body: &[u8]) -> Result<Reply, Malformed> {
    let text = utf8::decode(body);
    let reply = Document::parse(&text)?;
    let local_id = reply.some_text("LocalID");
    Ok(Reply {
        base: BaseResponse::read(&reply)?,
        msg_id: MsgId::new(reply.text("MsgID")),
        local_id: local_id.filter(|id| !matches!(id.as_str(), "" | "0")),
    })
}

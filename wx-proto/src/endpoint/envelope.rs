//! What all calls that send a message have in common.

use serde::Serialize;

use crate::{
    endpoint::{BaseRequest, Context, Credentials, Draft, Endpoint},
    id::ClientMsgId,
    wire::form::Form,
};

/// From whom a message goes to whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Envelope<'a> {
    /// The own user name, of this login.
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// The same one for each try.
    pub(crate) id: ClientMsgId,
}

/// What is in it, in the order of the wire. What is `None` is left out.
#[derive(Clone, Copy, Default)]
pub(super) struct Contents<'a> {
    pub(super) kind: i64,
    pub(super) emoji_flag: Option<u8>,
    pub(super) emoticon_md5: Option<&'a str>,
    pub(super) media_id: Option<&'a str>,
    pub(super) content: Option<&'a str>,
    pub(super) msg_source: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
}

impl Envelope<'_> {
    /// The request. `query` is what this endpoint alone has in it.
    pub(super) fn draft(
        self,
        endpoint: Endpoint,
        query: Form,
        cx: &Context<'_>,
        credentials: &Credentials,
        contents: Contents<'_>,
    ) -> Draft {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Body<'a> {
            base_request: BaseRequest<'a>,
            msg: Msg<'a>,
            scene: u8,
        }

        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Msg<'a> {
            r#type: i64,
            #[serde(skip_serializing_if = "Option::is_none")]
            emoji_flag: Option<u8>,
            #[serde(rename = "EMoticonMd5", skip_serializing_if = "Option::is_none")]
            emoticon_md5: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            media_id: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            content: Option<&'a str>,
            from_user_name: &'a str,
            to_user_name: &'a str,
            #[serde(rename = "LocalID")]
            local_id: &'a str,
            client_msg_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            msg_source: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            signature: Option<&'a str>,
        }

        let query = query.pair("lang", cx.lang);
        let id = self.id.to_string();
        let body = Body {
            base_request: BaseRequest::new(cx, credentials),
            msg: Msg {
                r#type: contents.kind,
                emoji_flag: contents.emoji_flag,
                emoticon_md5: contents.emoticon_md5,
                media_id: contents.media_id,
                content: contents.content,
                from_user_name: self.from,
                to_user_name: self.to,
                local_id: &id,
                client_msg_id: &id,
                msg_source: contents.msg_source,
                signature: contents.signature,
            },
            scene: 0,
        };
        Draft::json(endpoint, query, credentials, &body)
    }
}

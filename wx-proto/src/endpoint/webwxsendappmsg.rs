//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxsendappmsg`: sends a file, or forwards what an
//! application made.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxsendappmsg?fun=async&f=json&lang=zh_CN&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{…},"Msg":{"Type":6,"Content":"<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>report.pdf</title>…</appmsg>",
//!  "FromUserName":"@5e1f…","ToUserName":"@b07d…","LocalID":"16725312501550001","ClientMsgId":"16725312501550001"},"Scene":0}
//! ```
//!
//! - The reply is that of [`webwxsendmsg`](crate::endpoint::webwxsendmsg).
//! - `Type` is that of the application's content, not 49.
//! - A file above 25 MB carries the signature that `webwxcheckupload` gave it.
//! - The desktop page has `mod=desktop` in the query and no `appid`.

use std::time::Duration;

use crate::{
    endpoint::{
        Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SHORT_LIMIT, bin,
        envelope::{Contents, Envelope},
    },
    wire::{escape::xml_text, form::Form, mime},
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxsendappmsg"),
    timeout: Duration::from_secs(20),
    repeat: Repeat::Deduplicated,
    limit: SHORT_LIMIT,
};

/// What is sent. No `Debug`: the signature is a secret.
#[derive(Clone, Copy)]
pub(crate) enum App<'a> {
    /// An uploaded file.
    File {
        name: &'a str,
        /// In bytes.
        size: u64,
        media_id: &'a str,
        /// Empty unless the file is a large one.
        signature: &'a str,
    },
    /// What somebody else sent.
    Forwarded {
        /// Its `AppMsgType`.
        kind: i64,
        /// Its `appmsg` element.
        content: &'a str,
    },
}

pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    envelope: Envelope<'_>,
    app: App<'_>,
) -> Draft {
    let query = Form::new()
        .pair("fun", "async")
        .pair("f", "json")
        .pair_unless_empty("mod", if cx.desktop { "desktop" } else { "" });
    let file;
    let contents = match app {
        App::File {
            name,
            size,
            media_id,
            signature,
        } => {
            file = file_xml(cx, name, size, media_id);
            Contents {
                kind: 6,
                content: Some(&file),
                signature: Some(signature).filter(|signature| !signature.is_empty()),
                ..Contents::default()
            }
        }
        App::Forwarded { kind, content } => Contents {
            kind,
            content: Some(content),
            ..Contents::default()
        },
    };
    envelope.draft(Endpoint::SendAppMsg, query, cx, credentials, contents)
}

fn file_xml(cx: &Context<'_>, name: &str, size: u64, media_id: &str) -> String {
    /// Stands for files sent by this page.
    const APP_ID: &str = "wxeb7ec651dd0aefa9";

    let app_id = if cx.desktop { "" } else { APP_ID };
    let (title, media_id) = (xml_text(name), xml_text(media_id));
    let extension = xml_text(mime::extension(name));
    format!(
        "<appmsg appid='{app_id}' sdkver=''><title>{title}</title><des></des><action></action>\
         <type>6</type><content></content><url></url><lowurl></lowurl><appattach>\
         <totallen>{size}</totallen><attachid>{media_id}</attachid><fileext>{extension}</fileext>\
         </appattach><extinfo></extinfo></appmsg>"
    )
}

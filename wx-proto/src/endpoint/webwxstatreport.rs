//! `POST https://{main}/cgi-bin/mmwebwx-bin/webwxstatreport`: tells the service what the user clicked
//! and how long things took.
//!
//! ```text
//! POST /cgi-bin/mmwebwx-bin/webwxstatreport?fun=new&pass_ticket=Qx7%252Bm…%253D
//! {"BaseRequest":{"Uin":2100045678,"Sid":"Zx3K…","DeviceID":"e3185…"},"Count":1,
//!  "List":[{"Type":1,"Text":"{\"type\":\"[action-record]\",\"data\":{\"actions\":[]}}"}]}
//! ```
//!
//! - `BaseRequest` has no key here.
//! - Whatever comes back is ignored.

use std::time::Duration;

use serde::Serialize;

use crate::{
    endpoint::{
        BaseRequest, Context, Credentials, Draft, Endpoint, HostRole, Repeat, Row, SCRIPT_LIMIT,
        bin,
    },
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::Main,
    path: bin!("webwxstatreport"),
    timeout: Duration::from_secs(10),
    repeat: Repeat::AtMostOnce,
    limit: SCRIPT_LIMIT,
};

/// Each report is a type, 1 for information, 2 for an error or 16 for a failed send, and a JSON text.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    reports: &[(u8, &str)],
) -> Draft {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Body<'a> {
        base_request: BaseRequest<'a>,
        count: usize,
        list: Vec<Report<'a>>,
    }

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Report<'a> {
        r#type: u8,
        text: &'a str,
    }

    let query = Form::new().pair("fun", "new");
    let list = reports.iter().map(|(kind, text)| Report {
        r#type: *kind,
        text,
    });
    let body = Body {
        base_request: BaseRequest::new(cx, credentials).without_skey(),
        count: reports.len(),
        list: list.collect(),
    };
    Draft::json(Endpoint::StatReport, query, credentials, &body)
}

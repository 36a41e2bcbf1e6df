//! `GET https://{file}/cgi-bin/mmwebwx-bin/webwxgetmedia`: the file of a file message.
//!
//! ```text
//! GET /cgi-bin/mmwebwx-bin/webwxgetmedia?sender=%40b07d…&mediaid=%40crypt_77aa_cc03&encryfilename=report%252Epdf&fromuser=2100045678&pass_ticket=Qx7%252Bm…%253D&webwx_data_ticket=gSe…
//! ```
//!
//! - The sender of a message in a room is the room.
//! - `fromuser` is not a user name but the number of the account.
//! - `encryfilename` is encoded already, and once more here.
//! - An empty body means that there is no such file any more.

use std::time::Duration;

use crate::{
    endpoint::{
        Context, Credentials, Draft, Endpoint, HostRole, MEDIA_LIMIT, Repeat, Row, bin,
        jslogin::FILE_HELPER_APP_ID,
    },
    secret::Secret,
    wire::form::Form,
};

pub(crate) const ROW: Row = Row {
    host: HostRole::File,
    path: bin!("webwxgetmedia"),
    timeout: Duration::from_secs(120),
    repeat: Repeat::Idempotent,
    limit: MEDIA_LIMIT,
};

/// What the message says about its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attachment<'a> {
    /// Its `FromUserName`, which may be a room.
    pub(crate) sender: &'a str,
    pub(crate) media_id: &'a str,
    /// Empty in messages of old; then the name itself has to do.
    pub(crate) encry_file_name: &'a str,
    pub(crate) file_name: &'a str,
}

/// `data_ticket` is the cookie `webwx_data_ticket`.
pub(crate) fn request(
    cx: &Context<'_>,
    credentials: &Credentials,
    attachment: &Attachment<'_>,
    data_ticket: &Secret,
) -> Draft {
    let query = Form::new()
        .pair("sender", attachment.sender)
        .pair("mediaid", attachment.media_id);
    let query = match attachment.encry_file_name {
        "" => query.pair("filename", attachment.file_name),
        name => query.pair("encryfilename", name),
    };
    let query = query
        .pair("fromuser", credentials.uin.expose())
        .pair_unless_empty("pass_ticket", credentials.pass_ticket.expose())
        .pair("webwx_data_ticket", data_ticket.expose());
    let query = match cx.family.is_file_helper() {
        false => query,
        true => query
            .pair("sid", credentials.sid.expose())
            .pair("mmweb_appid", FILE_HELPER_APP_ID),
    };
    Draft::media(Endpoint::GetMedia, query.query_of(ROW.path))
}
